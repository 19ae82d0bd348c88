"""The accounting of a run: every frame that came against every frame that had to come. Pure: no I/O, no clock."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.oracle import Entitled, Life, Oracle, Published, great_circle_m
from bench.plan import AlertPlan, Plan
from bench.records import NEVER, Act, Deliveries, Records, Times
from realtime.messages import Level

Fault: TypeAlias = Literal["lost", "duplicate", "wrong", "disordered"]
What: TypeAlias = Literal["alert", "update", "answer"]

UNSEEN_NS = 1_000_000_000  # an act that nobody received may have been dispatched until so long after its answer
PLACE_MARGIN_M = 1.0
EXAMPLES = 20


@dataclass(slots=True)
class Latencies:
    """From due to received, in ns: of every recipient, and of the first, the median and the last of each alert.

    Of an `answer` the one recipient is the sender.
    """

    every: list[Times] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    median: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)

    def add(self, waited_ns: Times) -> None:
        if len(waited_ns):
            self.every.append(waited_ns)
            self.first.append(int(waited_ns.min()))
            self.median.append(int(np.median(waited_ns)))
            self.last.append(int(waited_ns.max()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One alert (`step` 0) or update: times in ns from when it was due, at those whom it is timed at."""

    alert: int  # its number in the plan
    step: int
    level: Level
    case: str  # of the time budget
    corrects: bool
    durable: bool
    recipients: int
    near: int  # of these, who are in none of its groups
    sent_ns: int
    answered_ns: int
    first_ns: int
    median_ns: int
    last_ns: int


@dataclass(slots=True)
class Verdict:
    """`band`: pairs of alert and person for whom either answer was right; `band_received`: how many of them got it."""

    faults: Counter[Fault] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    expected: int = 0
    delivered: int = 0
    band: int = 0
    band_received: int = 0
    walked_in: int = 0
    foreign: int = 0
    raised: int = 0
    updated: int = 0
    unanswered: int = 0
    outran_log: int = 0
    latencies: dict[tuple[What, Level], Latencies] = field(default_factory=lambda: defaultdict(Latencies))
    said: int = 0  # messages to rooms, which reached so many
    heard: int = 0
    chat: Latencies = field(default_factory=Latencies)
    timings: list[Timing] = field(default_factory=list)  # of everything that reached anybody

    def fault(self, kind: Fault, count: int, example: str) -> None:
        if count:
            self.faults[kind] += count
            if len(self.examples) < EXAMPLES:
                self.examples.append(f"{kind}: {count} × {example}")

    @property
    def complete(self) -> bool:
        """Everybody got all that was theirs, once and in order, and nobody else got anything."""
        return not self.faults and not self.unanswered


def judge(plan: Plan, records: Records, *, alone: bool) -> Verdict:
    """`alone`: nobody else uses the server, so that an alert which the bench did not raise is a wrong delivery."""
    verdict = Verdict()
    oracle = Oracle(plan, records.positions)
    rows_of, verdict.foreign = _by_alert(records)
    if alone:
        verdict.fault("wrong", verdict.foreign, "a frame of an alert that nobody here raised")
    acts: dict[int, list[Act]] = defaultdict(list)
    for act in records.acts:
        acts[act.alert].append(act)
        verdict.unanswered += act.sent_ns != NEVER and act.answered_ns == NEVER
        verdict.outran_log += not act.durable
    for number, alert in enumerate(plan.alerts):
        taken = [act for act in acts[number] if act.answered_ns != NEVER and act.error is None]
        if taken and taken[0].step == 0:
            rows = _Rows(records.deliveries, rows_of.get(number, _NONE))
            _Case(plan, number, alert, acts[number], taken, rows, verdict).settle(oracle)
    return verdict


_NONE = np.zeros(0, np.intp)


def _by_alert(records: Records) -> tuple[dict[int, NDArray[np.intp]], int]:
    """The delivery rows of each planned alert, and how many rows are of none."""
    planned = {act.alert_id: act.alert for act in records.acts if act.step == 0 and act.alert_id is not None}
    numbers = np.array([planned.get(id, -1) for id in records.deliveries.ids] or [-1], np.int32)
    of = numbers[records.deliveries.alert]
    order = np.argsort(of, kind="stable")
    found, starts = np.unique(of[order], return_index=True)
    parts = dict(zip(found.tolist(), np.split(order, starts[1:]), strict=True)) if len(found) else {}
    return parts, len(parts.pop(-1, _NONE))


class _Rows:
    """One alert's deliveries, each client's in the order of receipt."""

    def __init__(self, every: Deliveries, which: NDArray[np.intp]) -> None:
        self.client, self.received_ns = every.client[which], every.received_ns[which]
        self.revision, self.first = every.revision[which], every.first[which]
        self.lat, self.lon, self.cell_m = every.lat[which], every.lon[which], every.cell_m[which]

    def __len__(self) -> int:
        return len(self.client)

    def earliest_ns(self, revision: int) -> int | None:
        """When anybody first had this revision: by then it had been dispatched."""
        times = self.received_ns[self.revision == revision]
        return int(times.min()) if len(times) else None


class _Case:
    """One alert's account."""

    def __init__(
        self,
        plan: Plan,
        number: int,
        alert: AlertPlan,
        acts: list[Act],
        taken: list[Act],
        rows: _Rows,
        verdict: Verdict,
    ) -> None:
        self._plan, self._alert, self._rows, self._verdict = plan, alert, rows, verdict
        self._acts, self._taken = acts, taken
        self._name = f"alert {number} ({alert.level}, due at {alert.due_s:.2f} s)"
        self._newest = max(act.revision for act in taken)
        # What each client holds: when the first copy came (NEVER: not at all), and at which revision.
        self._had_ns = np.full(plan.clients, NEVER, np.int64)
        self._had_revision = np.zeros(plan.clients, np.int32)

    def settle(self, oracle: Oracle) -> None:
        verdict, published = self._verdict, self._published()
        entitled = oracle.entitled(self._alert, self._life(), published)
        self._count_copies()
        told_later = self._count_updates(entitled.may)
        has = self._had_ns < NEVER
        self._fault("lost", (entitled.must | told_later) & ~has, "the alert")
        self._fault("wrong", has & ~entitled.may, "the alert")
        self._misplaced(published)
        band = entitled.may & ~entitled.must
        verdict.expected += int(entitled.must.sum())
        verdict.delivered += len(self._rows)
        verdict.band += int(band.sum())
        verdict.band_received += int((band & has).sum())
        verdict.walked_in += int((entitled.must & ~entitled.prompt & has).sum())
        verdict.raised += 1
        verdict.updated += len(self._taken) - 1
        self._time(entitled)

    def _fault(self, kind: Fault, who: NDArray[np.bool_], what: str) -> None:
        if who.any():
            some = ", ".join(map(str, np.flatnonzero(who)[:5]))
            self._verdict.fault(kind, int(who.sum()), f"{what} of {self._name}, client {some}")

    def _life(self) -> Life:
        def dispatched_by_ns(act: Act) -> int:
            seen = self._rows.earliest_ns(act.revision)
            return seen if seen is not None else act.answered_ns + UNSEEN_NS

        begin = self._taken[0]
        ending_sent_ns = ended_by_ns = NEVER
        for act in self._acts:
            if act.step and act.error is None and self._alert.steps[act.step - 1].state is not None:
                ending_sent_ns = act.sent_ns
                ended_by_ns = dispatched_by_ns(act) if act in self._taken else NEVER
        return Life(
            sent_ns=begin.sent_ns,
            dispatched_by_ns=dispatched_by_ns(begin),
            ending_sent_ns=ending_sent_ns,
            ended_by_ns=ended_by_ns,
        )

    def _count_copies(self) -> None:
        """First copies: each client's one. A second, or the same revision again in any form, is a duplicate."""
        rows = self._rows
        pair = rows.client.astype(np.int64) * 2**32 + rows.revision
        _, once = np.unique(pair, return_index=True)
        again = len(rows) - len(once)
        firsts = np.sort(once)[rows.first[np.sort(once)]]
        clients, at = np.unique(rows.client[firsts], return_index=True)
        again += len(firsts) - len(clients)
        self._verdict.fault("duplicate", again, f"a frame of {self._name}")
        self._had_ns[clients] = rows.received_ns[firsts[at]]
        self._had_revision[clients] = rows.revision[firsts[at]]
        self._once = np.sort(once)

    def _count_updates(self, may: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whoever holds revision n gets every later one, once, in order; nobody else gets any.

        Returns who was told more of an alert that they might have had, but not the alert itself: that was lost.
        """
        rows = self._rows
        updates = self._once[~rows.first[self._once]]
        client, revision = rows.client[updates], rows.revision[updates]
        meant = (revision > self._had_revision[client]) & (revision <= self._newest)
        held = self._had_ns[client] < NEVER
        self._verdict.fault("wrong", int((np.where(held, ~meant, ~may[client])).sum()), f"an update of {self._name}")
        got = np.bincount(client[held & meant], minlength=self._plan.clients)
        missing = np.where(self._had_ns < NEVER, self._newest - self._had_revision - got, 0)
        missing[list(self._plan.excused)] = 0
        self._verdict.fault("lost", int(missing.sum()), f"an update of {self._name}")
        # Stable by client, so that within one client the order of receipt stands.
        order = self._once[np.argsort(rows.client[self._once], kind="stable")]
        back = (np.diff(rows.client[order]) == 0) & (np.diff(rows.revision[order]) < 0)
        self._verdict.fault("disordered", int(back.sum()), f"revisions of {self._name}")
        orphaned = np.zeros(self._plan.clients, bool)
        orphaned[client[~held]] = True
        return orphaned & may

    def _published(self) -> Published | None:
        rounded = np.flatnonzero(~np.isnan(self._rows.cell_m))
        if not len(rounded):
            return None
        row = rounded[0]
        return Published(float(self._rows.lat[row]), float(self._rows.lon[row]), float(self._rows.cell_m[row]))

    def _misplaced(self, published: Published | None) -> None:
        """The published place is one for all, near the chosen one, which only members of locked groups may see."""
        rows, alert = self._rows, self._alert
        as_chosen = np.isnan(rows.cell_m)
        off_m = great_circle_m(rows.lat, rows.lon, alert.lat, alert.lon)
        bad = as_chosen & (off_m > PLACE_MARGIN_M)
        if as_chosen.any():
            locked = tuple(group for group in alert.groups if self._plan.groups[group].locked)
            inside = np.zeros(self._plan.clients, bool)
            for group in locked:
                inside[list(self._plan.groups[group].members)] = True
            bad |= as_chosen & ~inside[rows.client]
        if published is not None:
            other = (rows.lat != published.lat) | (rows.lon != published.lon) | (rows.cell_m != published.cell_m)
            bad |= ~as_chosen & (other | (off_m > published.half_diagonal_m + PLACE_MARGIN_M))
        self._verdict.fault("wrong", int(bad.sum()), f"a place in frames of {self._name}")

    def _time(self, entitled: Entitled) -> None:
        """The alert to those who had to have it at once, and each update to those who held the alert when it went."""
        latencies, rows = self._verdict.latencies, self._rows
        begin = self._taken[0]
        latencies["answer", self._alert.level].add(np.array([begin.answered_ns - begin.due_ns]))
        prompt = entitled.prompt & (self._had_ns < NEVER)
        latencies["alert", self._alert.level].add(self._had_ns[prompt] - begin.due_ns)
        self._note(begin, self._had_ns[prompt] - begin.due_ns, np.flatnonzero(prompt))
        for act in self._taken[1:]:
            of = self._once[~rows.first[self._once] & (rows.revision[self._once] == act.revision)]
            held = of[self._had_ns[rows.client[of]] <= act.sent_ns]
            held = held[~np.isin(rows.client[held], list(self._plan.excused))]
            latencies["update", self._alert.level].add(rows.received_ns[held] - act.due_ns)
            self._note(act, rows.received_ns[held] - act.due_ns, rows.client[held])

    def _note(self, act: Act, waited_ns: Times, who: NDArray[np.signedinteger[Any]]) -> None:
        if len(waited_ns):
            alert = self._alert
            rooms = {member for group in alert.groups for member in self._plan.groups[group].members}
            self._verdict.timings.append(
                Timing(
                    alert=act.alert,
                    step=act.step,
                    level=alert.level,
                    case=alert.case,
                    corrects=act.step > 0 and alert.steps[act.step - 1].wrong is not None,
                    durable=act.durable,
                    recipients=len(waited_ns),
                    near=len(waited_ns) - int(np.isin(who, list(rooms)).sum()),
                    sent_ns=act.sent_ns - act.due_ns,
                    answered_ns=act.answered_ns - act.due_ns,
                    first_ns=int(waited_ns.min()),
                    median_ns=int(np.median(waited_ns)),
                    last_ns=int(waited_ns.max()),
                )
            )
