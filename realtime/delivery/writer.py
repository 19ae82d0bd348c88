"""The one that appends to the log, in groups; then it acknowledges, then dispatches, in log order."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice

from realtime.clock import Clock
from realtime.config import LogSettings
from realtime.delivery.act import Act
from realtime.delivery.alertbook import KEPT_S
from realtime.delivery.appends import Appends
from realtime.delivery.hub import Hub
from realtime.errors import IdReused, Internal, NotStored, SamverkanError
from realtime.messages import World
from storage.events import Alert, AlertRaised, AlertUpdated, Entry, FactDropped, FactSet, LoggedEvent
from storage.facts import Organisation, RoleGrant
from storage.log import AlreadyStored, EventLog, StorageError

_log = logging.getLogger(__name__)

MAX_FOLLOWERS = 16  # retries of one act that wait with it
_WHO = (RoleGrant, Organisation)  # facts by which somebody is another than before, to everybody else
MAX_WAITING = 10_000  # acts; beyond it a message is refused at once


class Writer:
    """Takes all that waits as one batch: reds first, judged one by one, stored in one transaction, then told and sent.

    While one batch is with the disk the next one gathers, so that a commit's cost is shared by whoever came meanwhile.
    Only a red does not wait for ever: after `commit_budget_s` it goes out unstored, and is confirmed when it is stored.
    """

    def __init__(self, log: EventLog, hubs: Mapping[World, Hub], clock: Clock, settings: LogSettings) -> None:
        self._log = log
        self.appends = Appends(log, clock)
        self._hubs = hubs
        self._clock = clock
        self._settings = settings
        self._waiting: list[Act] = []
        self._owed: list[Act] = []  # reds that went out although the log refused them, the oldest first
        self._is_owed_due = False
        self._unsettled: dict[str, Act] = {}  # by key: waiting, being written, or owed
        self._is_writing = False
        self._wake = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self.gates: dict[World, Callable[[Act], None]] = {}  # raise for what nobody may do now, whatever it is

    def submit(self, act: Act) -> None:
        """Take an act over; it is answered or refused in its turn."""
        first = self._unsettled.get(act.key)
        if first is not None:
            self._follow(first, act)
            return
        if len(self._unsettled) >= MAX_WAITING and not act.is_urgent():
            act.refuse(NotStored("too much waits to be stored; send it again with the same id"))
            return
        act.since = self._clock.monotonic()
        self._unsettled[act.key] = act
        self._waiting.append(act)
        if act.is_urgent():
            act.timer = self._clock.call_later(self._settings.commit_budget_s, partial(self._outrun, act))
        self._is_idle.clear()
        self._wake.set()

    @property
    def waiting(self) -> int:
        """How many acts are not settled: waiting, being stored, or owed to the log."""
        return len(self._unsettled)

    @property
    def is_busy(self) -> bool:
        """Whether anything is waiting to be stored, or being stored; not what is owed until the log is better."""
        return bool(self._waiting) or self._is_writing

    def oldest_unsent_red_s(self) -> float | None:
        """How long the oldest red has been waiting that has not gone out yet."""
        ages = [
            self._clock.monotonic() - act.since
            for act in self._unsettled.values()
            if act.is_urgent() and not act.has_outrun
        ]
        return max(ages, default=None)

    async def run(self) -> None:
        """Write whatever is handed over, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._is_writing = True
            while self._waiting or self._is_owed_due:
                await self._write(self._take_batch())
            self._is_writing = False
            if not self._unsettled:
                self._is_idle.set()

    async def finish(self) -> None:
        """Return when all that was handed over is stored or refused."""
        await self._is_idle.wait()

    # --- from waiting to stored ---

    def _take_batch(self) -> list[Act]:
        """The next batch, reds first, the rest as it came, and one alert's acts never among themselves."""
        urgent = {act.alert for act in self._waiting if act.alert is not None and act.is_urgent()}
        ordered = sorted(self._waiting, key=lambda act: not (act.alert in urgent or act.is_urgent()))
        batch, self._waiting = ordered[: self._settings.max_batch], ordered[self._settings.max_batch :]
        owed = {act.alert for act in self._owed}
        if self._is_owed_due or any(act.alert in owed for act in batch):
            batch = self._owed + batch
            self._owed = []
            self._is_owed_due = False
        return batch

    async def _write(self, batch: list[Act]) -> None:
        decided, refused, later = self._decide(batch)
        self._waiting = later + self._waiting
        await self._store(self._with_owed(decided))
        await self._refuse_unless_known(refused)

    def _decide(self, acts: Sequence[Act]) -> tuple[list[Act], list[tuple[Act, SamverkanError]], list[Act]]:
        """Judge acts in order, each by what was decided before it. What has outrun the log stays as it was decided.

        Who somebody is changes when it happens: what comes after such a change is not judged, but left for later.
        """
        decided: list[Act] = []
        refused: list[tuple[Act, SamverkanError]] = []
        later: list[Act] = []
        is_changing = False
        for act in acts:
            if is_changing and act.entry is None:
                later.append(act)
                continue
            try:
                if act.entry is None:
                    if (gate := self.gates.get(act.world)) is not None:
                        gate(act)
                    act.entry = act.decide()
                    self._hubs[act.world].facts.decide(act.entry)
                    self._hubs[act.world].rooms.decide(act.entry)
                    is_changing = _changes_who_somebody_is(act.entry)
                decided.append(act)
            except SamverkanError as error:
                refused.append((act, error))
            except Exception:
                _log.exception("an act could not be judged")
                refused.append((act, Internal("this went wrong here, and has been logged")))
        return decided, refused, later

    def _with_owed(self, decided: list[Act]) -> list[Act]:
        """What changes an alert that is owed to the log, if only beside something else, is stored after it."""
        owed = {act.alert for act in self._owed}
        if owed and any(owed & _alerts_of(act) for act in decided):
            decided, self._owed = self._owed + decided, []
        return decided

    async def _store(self, acts: list[Act]) -> None:
        """Append decided acts as one transaction; if that fails, each by itself."""
        if not acts:
            return
        try:
            logged = await self.appends.append([entry for act in acts for entry in _entries(act)])
        except AlreadyStored as known:
            for act in acts:
                if act.key in known.found:
                    self._answer_known(act, known.found[act.key])
            await self._write_again([act for act in acts if act.key not in known.found])
        except Exception as error:  # a bug in the log is treated like a full disk: the writer goes on
            if len(acts) == 1:
                self._not_stored(acts[0], error)
                return
            touched = [_alerts_of(act) for act in acts]
            self._undecide(acts)
            for act, alerts in zip(acts, touched, strict=True):
                if any(owed.alert in alerts for owed in self._owed):
                    self._not_stored(act, error)  # it must not be stored before what it follows
                else:
                    await self._write([act])
        else:
            self._settle(acts, logged)

    async def _write_again(self, acts: list[Act]) -> None:
        """Judge again what was judged together with acts that fell out of its batch."""
        self._undecide(acts)
        await self._write(acts)

    def _undecide(self, acts: Sequence[Act]) -> None:
        """Forget what was decided, but for what has gone out already."""
        for act in acts:
            if not act.has_outrun:
                act.entry = None
        for world, hub in self._hubs.items():
            kept = [act.entry for act in self._unsettled.values() if act.world == world and act.entry is not None]
            hub.alerts.undecide(alert for entry in kept if (alert := _alert(entry)) is not None)
            hub.facts.undecide(kept)
            hub.rooms.undecide(kept)

    # --- answers ---

    def _settle(self, acts: list[Act], logged: list[LoggedEvent]) -> None:
        """Stored: queue every `ok`, then dispatch everything, in log order, without a pause between."""
        stored, left = [], iter(logged)
        for act in acts:
            event, *also = islice(left, len(_entries(act)))
            stored.append((act, event, also))
            self._forget(act)
            if not act.has_outrun:
                act.answer_all(event.body, event.rooms, durable=True)
                act.began(event.body)
        for act, event, also in stored:
            self._dispatch(act, event)
            for each in also:
                self._try(partial(self._hubs[each.world].dispatch, each, ()))
        self._send()

    def _send(self) -> None:
        """Begin to write what was dispatched."""
        for hub in self._hubs.values():
            hub.fanout.run()

    def _dispatch(self, act: Act, event: LoggedEvent) -> None:
        hub = self._hubs[act.world]
        do = hub.confirm if act.has_outrun else hub.dispatch
        self._try(partial(do, event, act.askers))

    def _try(self, dispatch: Callable[[], None]) -> None:
        """A bug with one event must not cost the others theirs."""
        try:
            dispatch()
        except Exception:
            _log.exception("an event could not be dispatched")

    def _answer_known(self, act: Act, stored: LoggedEvent) -> None:
        """This id was stored before: the same body gets its first answer again, another one is refused."""
        self._forget(act)
        if act.digest != stored.digest:
            act.refuse_all(_reused())
            self._take_back(act)
        elif act.has_outrun and self._clock.now() - stored.at > KEPT_S:  # a retry of what is long over
            self._take_back(act)
        elif act.has_outrun:  # stored before, and not seen to be; who got it now is told so
            self._dispatch(act, stored)
            self._send()
        else:
            act.answer_all(stored.body, stored.rooms, durable=True)
            for asker in act.askers:
                self._hubs[act.world].repeated(stored, asker)

    async def _refuse_unless_known(self, refused: list[tuple[Act, SamverkanError]]) -> None:
        """A retry of what was stored gets its answer, whatever the limits say now."""
        if not refused:
            return
        known: dict[str, LoggedEvent] | None = None
        try:
            known = await self._log.find([act.key for act, _ in refused])
        except Exception as error:
            _log.error("the log could not be asked for an id: %s", error)
        for act, reason in refused:
            if known is None:  # whether it is a retry is not known; "no" would be for ever
                self._forget(act)
                act.refuse_all(NotStored("the log cannot be read just now; send it again with the same id"))
            elif act.key in known:
                self._answer_known(act, known[act.key])
            else:
                self._forget(act)
                act.refuse_all(reason)

    def _not_stored(self, act: Act, error: Exception) -> None:
        """One act could not be stored by itself: a red goes out all the same and is owed to the log."""
        _log.error("the log refused an event: %s", error, exc_info=not isinstance(error, StorageError))
        if act.is_urgent() or act.has_outrun:
            self._outrun(act)
        if act.has_outrun:
            self._owe(act)
            return
        self._undecide([act])
        self._forget(act)
        act.refuse_all(NotStored("it could not be stored just now; send it again with the same id"))

    def _owe(self, act: Act) -> None:
        """Keep a red that went out unstored, and try again in a while, in the order in which they were asked for."""
        if not self._owed:
            self._clock.call_later(self._settings.retry_s, self._pay)
        self._owed.append(act)
        self._owed.sort(key=lambda each: each.since)

    def _pay(self) -> None:
        self._is_owed_due = bool(self._owed)
        self._wake.set()

    def _follow(self, first: Act, retry: Act) -> None:
        """The same id again before its answer: it waits for the same one."""
        if first.digest != retry.digest:
            retry.refuse(_reused())
        elif first.has_outrun and first.entry is not None:
            retry.answer(first.entry.body, {}, False)
        elif len(first.followers) < MAX_FOLLOWERS:
            first.followers.append(retry)
        else:
            retry.refuse(NotStored("this was asked for often enough; its answer comes when it is stored"))

    def _forget(self, act: Act) -> None:
        self._unsettled.pop(act.key, None)
        if act.timer is not None:
            act.timer.cancel()

    # --- reds that outrun the log ---

    def _outrun(self, act: Act) -> None:
        """The log has not answered in time: deliver a red now, and whatever of the same alert was before it."""
        if act.has_outrun or act.key not in self._unsettled:
            return
        for each in (*self._before(act), act):
            _, refused, _ = self._decide([each])
            if not refused:
                self._send_unstored(each)
        self._send()

    def _before(self, act: Act) -> list[Act]:
        """Acts on the same alert that still wait ahead of this one."""
        if act not in self._waiting:
            return []
        ahead = self._waiting[: self._waiting.index(act)]
        return [each for each in ahead if each.alert == act.alert and not each.has_outrun]

    def _send_unstored(self, act: Act) -> None:
        entry = _entry(act)
        alert = _alert(entry)
        if alert is None:
            return
        act.has_outrun = True
        act.answer_all(entry.body, {}, durable=False)
        act.began(entry.body)
        self._hubs[act.world].dispatch_unstored(alert, act.askers)

    def _take_back(self, act: Act) -> None:
        """A red went out before the log could tell that it is none: its id was used before. End it where it went."""
        alert = None if act.entry is None else _alert(act.entry)
        if act.has_outrun and alert is not None:
            now = self._clock.now()
            end = {"state": "closed", "ended_at": now, "corrected": alert.revision + 1}
            self._hubs[act.world].dispatch_unstored(
                alert.revised(now, {**end, "headline": None, "text": None}), act.askers
            )
            self._send()


def _entry(act: Act) -> Entry:
    if act.entry is None:
        raise RuntimeError("an act is stored only when it has been decided")
    return act.entry


def _entries(act: Act) -> list[Entry]:
    """All that is stored of an act, what it was asked for first."""
    entry = _entry(act)
    return [entry, *entry.also]


def _changes_who_somebody_is(entry: Entry) -> bool:
    """A role is given or withdrawn, or bears another name."""
    bodies = (each.body for each in (entry, *entry.also))
    return any(isinstance(body, FactSet | FactDropped) and isinstance(body.fact, _WHO) for body in bodies)


def _alert(entry: Entry) -> Alert | None:
    return entry.body.alert if isinstance(entry.body, AlertRaised | AlertUpdated) else None


def _alerts_of(act: Act) -> set[str | None]:
    """The alerts that an act is about, those that are changed with it, and that which goes on for one of them."""
    found = [alert for entry in (_entries(act) if act.entry is not None else ()) if (alert := _alert(entry))]
    return {act.alert, *(alert.id for alert in found), *(alert.merged_into for alert in found)} - {None}


def _reused() -> IdReused:
    return IdReused("this id was used before for something else; use a new one")
