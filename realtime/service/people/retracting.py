"""Alerts of which their authors want nothing left that they said (F78)."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from realtime.clock import Clock
from realtime.delivery.alertbook import lane_of
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Forbidden, NotFound, SamverkanError
from realtime.lanes import Lane
from realtime.messages import EraseAlert, Ok
from realtime.service.acts import act_for, have_stored, required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.pictures.gallery import Pictures
from storage.events import Alert, AlertRaised, AlertUpdated, Entry, Event, FactDropped, FactSet
from storage.facts import Flag, Retracted, Withheld
from storage.forgetting import alert_without_words
from storage.log import EventLog, StorageError
from storage.plain import changed

_log = logging.getLogger(__name__)

_READ: Final = 100  # events looked at in one step
_RETRY_S: Final = 5.0


class Retracting:
    """The alerts of one world that are taken back whole.

    Whoever has one is told at once, with its own priority (R13). What its earlier revisions said is then looked for in
    the log, from where it was raised on; all that wait share one walk, which begins anew after a restart.
    """

    def __init__(
        self, hub: Hub, writer: Writer, log: EventLog, clock: Clock, errands: Errands, pictures: Pictures
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._log = log
        self._clock = clock
        self._errands = errands
        self._pictures = pictures
        self._task: asyncio.Task[None] | None = None
        hub.facts.listen(Retracted, self._told)

    @property
    def is_busy(self) -> bool:
        return self._task is not None and not self._task.done()

    def erase(self, caller: Caller, message: EraseAlert) -> None:
        id = required_id(message)
        record = self._hub.alerts.record(message.alert)
        if record is not None:
            self._submit(caller, message, record.alert)
        else:
            self._errands.run(caller, id, self._find(caller, message))

    async def _find(self, caller: Caller, message: EraseAlert) -> None:
        """One that is long over is only in the log."""
        async with self._errands.reading:
            found = await self._log.alert(message.alert)
        self._submit(caller, message, found.alert if found is not None and found.world == self._hub.world else None)

    def _submit(self, caller: Caller, message: EraseAlert, known: Alert | None) -> None:
        identity = caller.identity

        def decide(key: str, digest: bytes) -> Entry:
            latest = self._hub.alerts.latest(message.alert)
            alert = latest or known
            if alert is None or alert.author != identity.user:
                raise NotFound("no such alert, or not yours to change", field="alert")
            if alert.official is not None or alert.for_issuer:
                raise Forbidden("this was said in an office, and stays; end it, and say what was wrong", field="alert")
            now = self._clock.now()
            fact = Retracted(alert=alert.id, user=identity.user)
            first = Entry(body=FactSet(fact=fact), world=self._hub.world, at=now)
            also = self._gone_with(alert, now)
            if latest is not None:
                ended = _ended(latest, now)
                self._hub.alerts.decide(ended)
                first, also = changed(first, body=AlertUpdated(ended)), [first, *also]
            return changed(first, key=key, digest=digest, also=tuple(also))

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            revision = event.alert.revision if isinstance(event, AlertUpdated) else None
            return Ok(id=required_id(message), durable=durable, alert=message.alert, revision=revision)

        def lane() -> Lane:
            alert = self._hub.alerts.latest(message.alert)
            return Lane.REST if alert is None or alert.author != identity.user else lane_of(alert)

        self._writer.submit(
            act_for(
                caller,
                message,
                decide=decide,
                ok=ok,
                lane=lane,
                is_urgent=lambda: lane() == Lane.RED,
                alert=message.alert,
            )
        )

    def _gone_with(self, alert: Alert, now: float) -> list[Entry]:
        """Its picture, and what is kept of it to be looked at."""
        facts, world = self._hub.facts, self._hub.world
        withheld = facts.latest(Withheld, Withheld(decision="", author="", at=0.0, alert=alert.id).key)
        image = alert.image or (None if withheld is None else withheld.image)
        gone = [] if image is None else [*self._pictures.hidden(image, alert.id, alert.author)]
        if withheld is not None and not withheld.removed:
            bare = Withheld(decision=withheld.decision, author=withheld.author, at=withheld.at, alert=alert.id)
            gone.append(Entry(body=FactDropped(fact=bare), world=world, at=now))
        if (flag := facts.latest(Flag, alert.id)) is not None:
            gone.append(Entry(body=FactDropped(fact=flag), world=world, at=now))
        return gone

    # --- what was said before ---

    def _told(self, before: Retracted | None, now: Retracted | None) -> None:
        if now is not None and not self.is_busy:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="retracting")

    async def close(self) -> None:
        if (task := self._task) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while wanted := dict(self._hub.facts.of(Retracted)):
            try:
                await self._walk(wanted)
                await self._drop(wanted)
            except (StorageError, SamverkanError) as error:
                _log.warning("what an alert said could not be overwritten yet; trying again: %s", error)
                await self._pass()
            except Exception:
                _log.exception("what an alert said could not be overwritten yet; trying again")
                await self._pass()

    async def _pass(self) -> None:
        over = asyncio.Event()
        self._clock.call_later(_RETRY_S, over.set)
        await over.wait()

    async def _walk(self, wanted: Mapping[str, Retracted]) -> None:
        raised = [offset for id in wanted if (offset := await self._log.raised_at(id)) is not None]
        above = min(raised, default=0) - 1
        while raised:
            async with self._errands.reading:
                events = await self._log.scan(above, _READ)
            if not events:
                return
            for logged in events:
                if isinstance(logged.body, AlertRaised | AlertUpdated) and logged.body.alert.id in wanted:
                    await self._log.retract(logged.body.alert.id, [logged.offset])
            above = events[-1].offset
            await asyncio.sleep(0)

    async def _drop(self, done: Mapping[str, Retracted]) -> None:
        """Nothing is left of these to look for."""
        now, world = self._clock.now(), self._hub.world
        first, *also = [Entry(body=FactDropped(fact=fact), world=world, at=now) for fact in done.values()]
        await have_stored(self._writer, world, lambda: changed(first, also=tuple(also)))


def _ended(alert: Alert, now: float) -> Alert:
    """Without a word, and over: whoever was signalled hears that it is."""
    changes: dict[str, object] = {}
    if alert.ended_at is None and now < alert.expires_at:
        changes = {"state": "closed", "ended_at": now, "corrected": alert.revision + 1}
    return alert_without_words(alert).revised(now, changes)
