"""What people choose for themselves: what they are sent, when they pause, what they share and consent to."""

from collections.abc import Mapping
from typing import Final

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.wishes import is_zone
from realtime.delivery.writer import Writer
from realtime.errors import Invalid
from realtime.messages import (
    AskConsents,
    AskPreferences,
    ClientMessage,
    ConsentEntry,
    Consents,
    GiveConsent,
    Ok,
    Prefer,
    Preferences,
    QuietHours,
    Share,
)
from realtime.messages import Pause as PauseRequest
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from storage.events import Entry, Event, FactDropped, FactSet
from storage.facts import AnyFact, Consent, Pause, Preference, Quiet, Sharing
from storage.forgetting import ledger_room
from storage.log import EventLog

_BEYOND: Final = 2**53  # any room's last seq
_PAGE: Final = 500


class Wishing:
    """Each says it of themselves, and of nobody else; it is stored, and holds in the step in which it is dispatched."""

    def __init__(self, hub: Hub, writer: Writer, log: EventLog, clock: Clock, errands: Errands) -> None:
        self._hub = hub
        self._writer = writer
        self._log = log
        self._clock = clock
        self._errands = errands

    def prefer(self, caller: Caller, message: Prefer) -> None:
        if "red" not in message.levels:
            raise Invalid("red cannot be left out; quiet hours can hold it", field="levels")
        quiet = message.quiet
        if quiet is not None:
            if quiet.zone is not None and not is_zone(quiet.zone):
                raise Invalid("no such time zone: a name like Europe/Stockholm", field="quiet.zone")
            if quiet.from_ == quiet.to:
                raise Invalid("quiet hours must end at another minute than they begin", field="quiet.to")
        fact = Preference(
            user=caller.identity.user,
            levels=message.levels,
            without=message.without,
            without_organisations=message.without_organisations,
            distance_m=message.distance_m,
            quiet=None if quiet is None else _stored(quiet),
            language=message.language,
        )
        self._say(caller, message, fact)

    def pause(self, caller: Caller, message: PauseRequest) -> None:
        if message.until is not None and not message.on:
            raise Invalid("what ends now ends at no other time", field="until")
        if message.until is not None and message.until <= self._clock.now():
            raise Invalid("a pause ends in the time to come", field="until")
        fact = Pause(user=caller.identity.user, until=message.until)
        self._say(caller, message, fact, holds=message.on)

    def share(self, caller: Caller, message: Share) -> None:
        self._say(caller, message, Sharing(user=caller.identity.user, name=message.name, precise=message.precise))

    def consent(self, caller: Caller, message: GiveConsent) -> None:
        """One more entry in a ledger that only grows (R25)."""
        user = caller.identity.user
        fact = Consent(user=user, purpose=message.purpose, given=message.given, version=message.version)
        self._say(caller, message, fact, rooms=(_ledger(caller),))

    def preferences(self, caller: Caller, message: AskPreferences) -> None:
        user, facts = caller.identity.user, self._hub.facts
        preference = facts.get(Preference, user) or Preference(user=user)
        sharing = facts.get(Sharing, user) or Sharing(user=user)
        is_paused = user in self._hub.rooms.paused
        pause = facts.get(Pause, user) if is_paused else None
        caller.answer(
            Preferences(
                id=required_id(message),
                levels=preference.levels,
                without=preference.without,
                without_organisations=preference.without_organisations,
                distance_m=preference.distance_m,
                quiet=None if preference.quiet is None else _told(preference.quiet),
                language=preference.language,
                name=sharing.name,
                precise=sharing.precise,
                paused=is_paused,
                until=None if pause is None else pause.until,
            )
        )

    def consents(self, caller: Caller, message: AskConsents) -> None:
        id = required_id(message)
        self._errands.run(caller, id, self._read_ledger(caller, id))

    async def _read_ledger(self, caller: Caller, id: str) -> None:
        room, place = _ledger(caller), _BEYOND
        entries: list[ConsentEntry] = []
        while True:
            async with self._errands.reading:
                page = await self._log.before(room, place, _PAGE)
            for logged in reversed(page):
                if isinstance(logged.body, FactSet) and isinstance(logged.body.fact, Consent):
                    said = logged.body.fact
                    entries.append(
                        ConsentEntry(purpose=said.purpose, given=said.given, version=said.version, at=logged.at)
                    )
            if len(page) < _PAGE:
                break
            place = page[0].rooms[room]
        caller.answer(Consents(id=id, entries=tuple(reversed(entries))))

    def _say(
        self, caller: Caller, message: ClientMessage, fact: AnyFact, *, holds: bool = True, rooms: tuple[str, ...] = ()
    ) -> None:
        by, world = caller.identity.user, caller.identity.world

        def decide(key: str, digest: bytes) -> Entry:
            body = FactSet(fact=fact, by=by) if holds else FactDropped(fact=fact, by=by)
            return Entry(body=body, world=world, at=self._clock.now(), rooms=rooms, key=key, digest=digest)

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))


def _ledger(caller: Caller) -> str:
    return ledger_room(caller.identity.world, caller.identity.user)


def _stored(quiet: QuietHours) -> Quiet:
    return Quiet(start=quiet.from_, end=quiet.to, zone=quiet.zone, offset_min=quiet.offset_min, red=quiet.red)


def _told(quiet: Quiet) -> QuietHours:
    return QuietHours(from_=quiet.start, to=quiet.end, zone=quiet.zone, offset_min=quiet.offset_min, red=quiet.red)
