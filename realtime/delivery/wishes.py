"""What people have chosen to be sent and to share, applied by the server: as columns where thousands are chosen."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from math import ceil, inf
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geo.distance import MAX_MARGIN_M, metres_between
from geo.grid import Grid
from realtime.clock import Clock, Timer
from realtime.delivery.alertbook import Record, reach_m, wished_level
from realtime.delivery.chosen import Chosen
from realtime.delivery.facts import Facts
from realtime.delivery.holds import Codes
from realtime.delivery.presence import Presence
from realtime.delivery.rooms import Rooms
from realtime.delivery.roster import Marks
from realtime.delivery.subscriber import Subscriber
from realtime.delivery.views import NEAR_ONLY, Reasons
from realtime.errors import CloseCode
from realtime.messages import Purpose
from storage.events import Alert
from storage.facts import Consent, Pause, Preference, Quiet, Sharing, joined_key

T = TypeVar("T")

NO_RED: Final = 1
NO_YELLOW: Final = 2
LEAVES_OUT: Final = 4  # some categories or organisations: whoever has this bit is looked at one by one
PAUSED: Final = 8

_OF_LEVEL: Final = {"red": NO_RED, "yellow": NO_YELLOW, "info": 0}
_COARSE: Final = Grid(400.0)
_MINUTE_S: Final = 60.0


class Wishes:
    """The wishes of one world's people, as their facts say, and what follows from them now.

    A preference narrows who is near, and takes the signal from what is said to a room, never the event. It becomes a
    bit in a column when it is said, when a session comes, and when quiet hours begin or end, so that a red to
    thousands costs one comparison for all.
    """

    def __init__(self, facts: Facts, presence: Presence, rooms: Rooms, clock: Clock) -> None:
        self._facts = facts
        self._presence = presence
        self._roster = presence.roster
        self._rooms = rooms
        self._clock = clock
        self._columns: dict[str, tuple[int, float]] = {}  # by user, of those who wish anything now
        self.elsewhere: set[str] = set()  # whose position is kept coarsely, or not at all
        self._quiet: dict[Quiet, set[str]] = {}  # whose hours these are
        self._quiet_now: set[Quiet] = set()
        self._pauses: dict[str, float] = {}  # those that end by themselves, and when
        self._timer: Timer | None = None
        self.erased_place: Callable[[str], None] = lambda user: None  # told whose position is gone
        self.shown_otherwise: Callable[[str], None] = lambda user: None  # told whose name is to be shown, or not
        facts.listen(Preference, self._preferred)
        facts.listen(Pause, self._paused)
        facts.listen(Sharing, self._shared)
        facts.listen(Consent, self._consented)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    # --- asked when something is sent ---

    def narrow(self, record: Record, chosen: Chosen, former: Codes) -> Marks | None:
        """Leave out who does not want this alert; returns whose copy is to be silent, None if nobody's is.

        `former` is what they hold: who has an alert goes on getting what becomes of it.
        """
        if not self._columns:
            return None
        roster, alert = self._roster, record.alert
        wishes = roster.wishes[: len(former)]
        chosen.remove_each(wishes & PAUSED != 0)
        level = wished_level(alert)
        unwanted: Marks = wishes & _OF_LEVEL[level] != 0
        if level == "yellow":
            self._leave_out(alert, chosen, unwanted)
            closer = chosen.near_only(roster.yellow_m[: len(former)] < reach_m(alert))
            if len(closer):
                away_m = self._presence.index.metres_to(alert.public_lat, alert.public_lon, closer)
                unwanted[closer[away_m - _cell_margin_m(alert) > roster.yellow_m[closer]]] = True
        if not unwanted.any():
            return None
        chosen.spare(unwanted, former)
        return unwanted

    def _leave_out(self, alert: Alert, chosen: Chosen, unwanted: Marks) -> None:
        choosy = chosen.among(self._roster.wishes[: len(unwanted)] & LEAVES_OUT != 0)
        for number in choosy.tolist():
            session = self._roster.sessions[number]
            if session is not None and self._is_left_out(session.identity.user, alert):
                unwanted[number] = True

    def unwanted(self, session: Subscriber, alert: Alert, reasons: Reasons) -> bool:
        """The same for one: whether they do not want this alert now."""
        columns = self._columns.get(session.identity.user)
        if columns is None:
            return False
        wishes, yellow_m = columns
        level = wished_level(alert)
        if wishes & _OF_LEVEL[level]:
            return True
        if level != "yellow":
            return False
        if self._is_left_out(session.identity.user, alert):
            return True
        if reasons != NEAR_ONLY or yellow_m >= reach_m(alert):
            return False
        position = self._presence.position(session)
        if position is None:
            return False
        away_m = metres_between(position.lat, position.lon, alert.public_lat, alert.public_lon)
        return away_m - min(position.accuracy_m, MAX_MARGIN_M) - _cell_margin_m(alert) > yellow_m

    def _is_left_out(self, user: str, alert: Alert) -> bool:
        preference = self._facts.get(Preference, user)
        if preference is None:
            return False
        says = alert.issuer.organisation if alert.for_issuer and alert.issuer is not None else None
        return alert.category in preference.without or says in preference.without_organisations

    # --- asked when somebody says where they are ---

    def place(self, user: str, lat: float, lon: float, accuracy_m: float) -> tuple[float, float, float] | None:
        """A position as it may be kept: as it is, coarsely, or (None) not at all."""
        if user not in self.elsewhere:
            return lat, lon, accuracy_m
        if not self.keeps_place(user):
            return None
        return *_COARSE.snap(lat, lon), max(accuracy_m, float(ceil(_COARSE.half_diagonal_m)))

    def keeps_place(self, user: str) -> bool:
        """Whether a position of theirs is kept at all."""
        return user not in self.elsewhere or not (user in self._rooms.paused or self.has_withdrawn(user, "position"))

    def has_withdrawn(self, user: str, purpose: Purpose) -> bool:
        """Whether somebody has said that their data may not be used for this; who never said anything has not."""
        consent = self._facts.get(Consent, joined_key(user, purpose))
        return consent is not None and not consent.given

    def may_survey(self, user: str) -> bool:
        """Whether somebody may be asked in a survey now (R25, R27)."""
        return user not in self._rooms.paused and not self.has_withdrawn(user, "survey")

    # --- what changes ---

    def attached(self, session: Subscriber) -> None:
        """A session has its number from now on."""
        wishes, yellow_m = self._columns.get(session.identity.user, (0, inf))
        self._roster.wishes[session.number] = wishes
        self._roster.yellow_m[session.number] = yellow_m

    def _preferred(self, before: Preference | None, now: Preference | None) -> None:
        user = _user(before, now)
        self._rooms.languages.pop(user, None)
        if now is not None and now.language != "en":
            self._rooms.languages[user] = now.language
        if before is not None and before.quiet is not None:
            users = self._quiet[before.quiet]
            users.discard(user)
            if not users:
                del self._quiet[before.quiet]
                self._quiet_now.discard(before.quiet)
        if now is not None and now.quiet is not None:
            self._quiet.setdefault(now.quiet, set()).add(user)
            if is_quiet(now.quiet, self._clock.now()):
                self._quiet_now.add(now.quiet)
            self._watch()
        self._settle(user)

    def _paused(self, before: Pause | None, now: Pause | None) -> None:
        user = _user(before, now)
        self._pauses.pop(user, None)
        if now is None or (now.until is not None and now.until <= self._clock.now()):
            self._end_pause(user)
            return
        if now.until is not None:
            self._pauses[user] = now.until
            self._watch()
        if user not in self._rooms.paused:
            self._rooms.paused.add(user)
            self._settle(user)
            self._erase_place(user)
            self._send_away(user, "the pause begins; come back, and nothing is sent")

    def _end_pause(self, user: str) -> None:
        self._pauses.pop(user, None)
        if user in self._rooms.paused:
            self._rooms.paused.discard(user)
            self._settle(user)
            self._send_away(user, "the pause is over; come back and catch up")

    def _send_away(self, user: str, why: str) -> None:
        """What a session follows and lacks is settled when it says hello: nothing of it is half paused."""
        for session in list(self._presence.of_user(user)):
            session.close(CloseCode.PAUSE, why)

    def _shared(self, before: Sharing | None, now: Sharing | None) -> None:
        user = _user(before, now)
        _put(self._rooms.named, user, now is not None and now.name)
        self.shown_otherwise(user)
        self._settle(user)
        if now is not None and not now.precise and (before is None or before.precise):
            self._erase_place(user)  # the exact one; the next is kept coarsely

    def _consented(self, before: Consent | None, now: Consent | None) -> None:
        user = _user(before, now)
        self._settle(user)
        if now is not None and now.purpose == "position" and not now.given:
            self._erase_place(user)

    def _erase_place(self, user: str) -> None:
        self._presence.withdraw_all(user)
        self.erased_place(user)

    def _settle(self, user: str) -> None:
        """Bring one person's columns up to what holds now."""
        preference, sharing = self._facts.get(Preference, user), self._facts.get(Sharing, user)
        wishes = PAUSED if user in self._rooms.paused else 0
        yellow_m = inf
        if preference is not None:
            is_now = preference.quiet is not None and preference.quiet in self._quiet_now
            if is_now or "yellow" not in preference.levels:
                wishes |= NO_YELLOW
            if is_now and preference.quiet is not None and preference.quiet.red == "hold":
                wishes |= NO_RED
            if preference.without or preference.without_organisations:
                wishes |= LEAVES_OUT
            yellow_m = preference.distance_m or yellow_m
        if wishes or yellow_m < inf:
            self._columns[user] = wishes, yellow_m
        else:
            self._columns.pop(user, None)
        is_coarse = sharing is not None and not sharing.precise
        _put(self.elsewhere, user, is_coarse or user in self._rooms.paused or self.has_withdrawn(user, "position"))
        for session in self._presence.of_user(user):
            self.attached(session)

    # --- the clock ---

    def _watch(self) -> None:
        """Look at the clock with each new minute, while anything depends on it."""
        if self._timer is None and (self._quiet or self._pauses):
            self._timer = self._clock.call_later(_MINUTE_S - self._clock.now() % _MINUTE_S, self._minute)

    def _minute(self) -> None:
        """Only hours that begin or end concern anybody, and few hours are different ones."""
        self._timer = None
        now = self._clock.now()
        for quiet, users in self._quiet.items():
            is_now = is_quiet(quiet, now)
            if is_now != (quiet in self._quiet_now):
                _put(self._quiet_now, quiet, is_now)
                for user in users:
                    self._settle(user)
        for user in [user for user, until in self._pauses.items() if until <= now]:
            self._end_pause(user)
        self._watch()


def is_quiet(quiet: Quiet, now: float) -> bool:
    """Whether a time (Unix seconds) is within these hours of its day."""
    local = datetime.fromtimestamp(now, _zone(quiet))
    minute = local.hour * 60 + local.minute
    if quiet.start <= quiet.end:
        return quiet.start <= minute < quiet.end
    return minute >= quiet.start or minute < quiet.end


def is_zone(name: str) -> bool:
    """Whether the time zone database has this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _zone(quiet: Quiet) -> tzinfo:
    """A zone that the database has no more, after a move to another machine, is taken for its offset."""
    if quiet.zone is not None and is_zone(quiet.zone):
        return ZoneInfo(quiet.zone)
    return timezone(timedelta(minutes=quiet.offset_min))


def _cell_margin_m(alert: Alert) -> float:
    """The place is known as a cell: nobody within their distance of the true place is missed (R18)."""
    return alert.cell_m * 2**0.5 / 2


def _user(before: Preference | Pause | Sharing | Consent | None, now: object) -> str:
    said = now or before
    assert isinstance(said, Preference | Pause | Sharing | Consent)
    return said.user


def _put(into: set[T], what: T, belongs: bool) -> None:
    if belongs:
        into.add(what)
    else:
        into.discard(what)
