"""Alerts: everybody whom one concerns holds its last revision, nobody else any, and nobody heard it sound twice."""

import math
from collections import defaultdict
from collections.abc import Iterator

from bench.chaos.cases import Case, place_at
from bench.chaos.nearness import Nearness
from bench.chaos.records import NEVER, Copy, Device, Records
from bench.chaos.signals import judge_signals
from bench.chaos.stays import Stays
from bench.chaos.verdict import Kind, Verdict
from bench.oracle import EARTH_RADIUS_M

PLACE_MARGIN_M = 1.0
Span = tuple[float, float]


class Alerts:
    def __init__(self, records: Records, cases: dict[str, Case], stays: Stays, verdict: Verdict) -> None:
        self._records, self._cases, self._stays, self._verdict = records, cases, stays, verdict
        self._near = Nearness(records.devices, records.lives)
        self._of_user: dict[int, list[Device]] = defaultdict(list)
        self._had: dict[str, dict[int, list[Copy]]] = defaultdict(lambda: defaultdict(list))  # by alert, by device
        for device in records.devices:
            self._of_user[device.user].append(device)
            for copy in device.copies:
                self._had[copy.alert][device.index].append(copy)
        # When a device was surely here: from its welcome to when it was last proven to have all.
        self._here = {
            device.index: [(c.welcomed, c.proven, c.lost) for c in device.connections if c.proven > c.welcomed]
            for device in records.devices
        }

    def judge(self) -> None:
        for alert in self._had.keys() - self._cases.keys():
            self._verdict.fault("wrong", f"alert {alert}: nobody raised it", alert=alert)
        for case in self._cases.values():
            believers = self._judge_claims(case)
            if case.durable or believers:
                self._judge_holders(case)
            self._judge_copies(case)
            judge_signals(case, self._records.devices, self._had[case.id], self._verdict)

    # --- who has to have it, and who may ---

    def _must(self, case: Case) -> dict[int, float]:
        """Devices that were here, and concerned, at a moment when the alert was surely active.

        Each with the end of the first connection on which that was so: by then it had to have come.
        """
        must: dict[int, float] = {}

        def concerns(device: int, span: Span, leaving: float = NEVER) -> bool:
            lost = self._lost_when_here(device, span, leaving)
            if lost is not None:
                must[device] = min(lost, must.get(device, NEVER))
            return lost is not None

        active = (case.known, case.ending)
        for device in self._of_user[case.user]:
            concerns(device.index, active)
        for group in case.body["groups"]:
            for user in {stay.user for stay in self._stays.of_group.get(group, ())}:
                for span in self._stays.surely(group, user):
                    for device in self._of_user[user]:
                        concerns(device.index, _common(active, span), span[1])
        near = {device for device, since, until in self._near.surely(case) if concerns(device, (since, until))}
        self._verdict.figures["alerts to somebody near"] += len(near)
        return must

    def _lost_when_here(self, device: int, span: Span, leaving: float) -> float | None:
        """When the first connection ended on which this device was surely here in this time; None if it was not.

        Whoever leaves a group leaves what has not come yet: a connection counts if it had all before.
        """
        for since, until, lost in self._here[device]:
            if max(since, span[0]) < min(until, span[1]) and until < leaving:
                return lost
        return None

    def _may(self, case: Case) -> set[int]:
        may = {device.index for device in self._of_user[case.user]} | self._near.possibly(case)
        for group in case.body["groups"]:
            for user in {stay.user for stay in self._stays.of_group.get(group, ())}:
                if self._stays.possibly(group, user, case.request.first_sent, case.ended):
                    may.update(device.index for device in self._of_user[user])
        return may

    def _judge_holders(self, case: Case) -> None:
        """Whoever has it, or must, holds the last revision at the end; nobody else has had any."""
        must, may, final = self._must(case), self._may(case), case.final or 1
        had = self._had[case.id]
        self._verdict.figures["alerts on disk"] += 1
        self._verdict.figures["alerts to somebody who had to get them"] += len(must)
        self._verdict.figures["alerts to somebody for whom either is right"] += len(may - must.keys())
        self._verdict.figures["alerts received"] += len(had)
        for device in self._records.devices:
            holds = device.holds.get(case.id)
            if holds is None:
                if device.index in must or self._still_has(device, case):
                    self._fault("lost", f"does not hold {self._name(case)}", device, case)
            elif holds != final:
                self._fault("lost", f"holds revision {holds}, not {final}, of {self._name(case)}", device, case)
            if self._first_had(case, device.index) > must.get(device.index, NEVER):
                self._fault(
                    "lost", f"did not get {self._name(case)} by the connection that it was due on", device, case
                )
            self._judge_revisions(case, device)
            if device.index not in may and (holds is not None or device.index in had):
                self._fault("wrong", f"has {self._name(case)}, which does not concern them", device, case)

    def _first_had(self, case: Case, device: int) -> float:
        """When it first had any of it; 0 if it never did, which is another fault."""
        copies = self._had[case.id].get(device, [])
        answers = (a.at for request in (case.request, *case.updates) for a in request.answers if a.device == device)
        return min((*(copy.at for copy in copies[:1]), *answers), default=0.0)

    def _judge_revisions(self, case: Case, device: Device) -> None:
        """Who holds the last one at the end had each by the connection that it was due on, not only after a hello."""
        copies = self._had[case.id].get(device.index)
        if copies is None or device.user == case.user or device.holds.get(case.id) != case.final or case.final < 2:
            return
        for number, connection in enumerate(device.connections):
            here = [copy for copy in copies if copy.connection == number]
            named = connection.holds.get(case.id, 0) if case.id not in connection.unconfirmed else 0
            if connection.proven < connection.live or not (named or (here and here[0].at < connection.proven)):
                continue
            due = max((r for r, known in case.durable.items() if known < connection.proven), default=0)
            if max((named, *(copy.revision for copy in here))) < due:
                text = f"did not get revision {due} of {self._name(case)} by the connection that it was due on"
                self._fault("lost", text, device, case, connection.proven)

    def _still_has(self, device: Device, case: Case) -> bool:
        """Whether the last that this device heard of it was a copy, not that it is unconfirmed."""
        copies = self._had[case.id].get(device.index)
        dropped = (connection.unconfirmed.get(case.id, -NEVER) for connection in device.connections)
        return copies is not None and copies[-1].at > max(dropped, default=-NEVER)

    def _name(self, case: Case) -> str:
        body = case.body
        scope = "public " * body["public"] + f"{len(body['groups'])} groups" * bool(body["groups"])
        return f"alert {case.id} ({body['level']}, {scope}, by person {case.user})"

    # --- what the copies say ---

    def _judge_copies(self, case: Case) -> None:
        for index, copies in self._had[case.id].items():
            device = self._records.devices[index]
            seen: dict[int, dict[int, Copy]] = defaultdict(dict)
            for copy in copies:
                self._judge_order(case, device, copy, seen[copy.connection])
                seen[copy.connection][copy.revision] = copy
                problem = next(self._problems(case, device, copy), None)
                if problem is not None:
                    text = f"revision {copy.revision} of {self._name(case)}: {problem}"
                    self._fault("wrong", text, device, case, copy.at)

    def _judge_order(self, case: Case, device: Device, copy: Copy, seen: dict[int, Copy]) -> None:
        """A repeat must bring a signal; only what was raised meanwhile may be overtaken."""
        claimed = device.connections[copy.connection].holds.get(case.id, 0)
        dropped = device.connections[copy.connection].unconfirmed.get(case.id, NEVER) <= copy.at
        is_known = copy.revision in seen and not (copy.signal and not seen[copy.revision].signal)
        kind: Kind | None = None
        if is_known or (copy.revision <= claimed and not copy.signal and not dropped):
            kind = "duplicate"
        elif copy.revision < max(seen, default=0) and copy.level == seen[max(seen)].level:
            kind = "disordered"
        if kind is not None:
            self._fault(kind, f"revision {copy.revision} of {self._name(case)}", device, case, copy.at)

    def _problems(self, case: Case, device: Device, copy: Copy) -> Iterator[str]:
        """What is not as it was said, or not for this device to see."""
        words = case.words.get(copy.revision)
        inside = "own" in copy.why or any(reason.startswith("group:") for reason in copy.why)
        if copy.revision > max(case.words) and case.final < copy.revision:
            yield "nobody made that revision"
        if words is not None and copy.durable:
            if (copy.level, copy.state) != (words.level, words.state):
                yield f"it is {words.level} and {words.state}, not {copy.level} and {copy.state}"
            if copy.headline != (words.headline if inside or case.body["public"] else None):
                yield f"its headline is {words.headline!r}, not {copy.headline!r}"
        if ("own" in copy.why) != (device.user == case.user):
            yield f"why: {copy.why}"
        for reason in copy.why:
            group = reason.removeprefix("group:")
            if group != reason and (group not in case.body["groups"] or not self._was_in(group, device, copy)):
                yield f"why: {reason}"
        place = place_at(case, copy)
        off_m = _metres(place.lat, place.lon, copy.lat, copy.lon)
        if copy.durable and words is not None and off_m > (copy.cell_m or 0.0) / 2**0.5 + PLACE_MARGIN_M:
            yield f"its place is {off_m:.0f} m off"
        locked = any(self._stays.locked.get(reason.removeprefix("group:"), False) for reason in copy.why)
        if copy.cell_m is None and "own" not in copy.why and not locked:
            yield "its exact place is not theirs to see"

    def _was_in(self, group: str, device: Device, copy: Copy) -> bool:
        """At some time on that connection: a frame may have been on its way for long."""
        opened = device.connections[copy.connection].opened
        return self._stays.possibly(group, device.user, opened, copy.at)

    # --- what the server says of what clients say that they hold ---

    def _judge_claims(self, case: Case) -> bool:
        """`unconfirmed` for what died with a crash, and for nothing else. Returns whether one was believed after it."""
        believed, denied = [], []
        crash = min((life.ended for life in self._records.lives[:-1] if life.ended > case.answered), default=NEVER)
        for device in self._records.devices:
            for connection in device.connections:
                revision = connection.holds.get(case.id)
                if revision is None or connection.welcomed == NEVER:
                    continue
                if case.id in connection.unconfirmed:
                    denied.append(device)
                    was_stored = case.durable.get(revision, NEVER) <= connection.hello
                    if was_stored and self._may_claim(case, device.user, connection.hello):
                        text = f"unconfirmed, but on disk: {self._name(case)}"
                        self._fault("lie", text, device, case, connection.hello)
                elif connection.hello > crash and connection.live < NEVER:
                    believed.append(device)
        if not case.durable:
            if crash == NEVER:
                self._verdict.fault("lost", f"{self._name(case)} went out and was never stored", alert=case.id)
            self._verdict.figures["alerts that died with a crash"] += not believed
            for device in believed if denied or case.is_gone else ():
                self._fault("lie", f"not told that {self._name(case)} died with a crash", device, case)
        return bool(believed)

    def _may_claim(self, case: Case, user: int, at: float) -> bool:
        """Whether the log then had this person where the alert went, at any time since it was stored.

        A red that died and was asked for again is as old as its second life: who had it in the first one, and left the
        group before the second, has no claim to it.
        """
        stays = (stay for group in case.body["groups"] for stay in self._stays.surely(group, user))
        return (
            case.body["public"] or case.user == user or any(since < at and until > case.known for since, until in stays)
        )

    def _fault(self, kind: Kind, text: str, device: Device, case: Case, at: float | None = None) -> None:
        self._verdict.fault(kind, f"device {device.index}: {text}", device=device.index, alert=case.id, at=at)


def _common(one: Span, other: Span) -> Span:
    return max(one[0], other[0]), min(one[1], other[1])


def _metres(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Near enough for a few hundred metres."""
    north = math.radians(to_lat - lat)
    east = math.radians(to_lon - lon) * math.cos(math.radians(lat))
    return EARTH_RADIUS_M * math.hypot(north, east)
