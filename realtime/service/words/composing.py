"""What an alert is made of, and what an update makes of it. Pure: no state, no time but what is given."""

from typing import Any, Final

from geo.distance import metres_between
from geo.grid import Grid
from realtime.config import AlertSettings
from realtime.errors import Ended, Forbidden, Invalid, NoScope, RateLimited, TooFarMoved, TooManyUpdates
from realtime.identity import Identity
from realtime.messages import ENDINGS, SEARCHES, Corner, Level, Meeting, RaiseAlert, State, UpdateAlert, Words
from realtime.service.words.official import official_part
from storage.events import Alert, LevelChange
from storage.facts import Ring

GRID: Final = Grid(100.0)  # never finer than the street block (R18)
HOME_GRID: Final = Grid(500.0)  # threatened at home
_OLDEST_PRESS_S: Final = 86_400.0
_FURTHEST_MEETING_S: Final = 366 * 86_400.0
_FIRST_STATE: Final[dict[Level, State]] = {"red": "going_on", "yellow": "may_happen", "info": "may_happen"}
WORDS: Final = ("headline", "what", "where", "how_many", "direction", "text", "vehicle", "clothes")
_SAID: Final = (*WORDS, "category", "called_112")
# What an update may change; at least one of them.
_CHANGES: Final = (*_SAID, "level", "lat", "lon", "state", "wrong", "extend_s", "image", "outcome")
_AN_OFFICE_MAY: Final = frozenset({"state", "wrong", "called_112", "outcome"})  # to an alert of somebody else's (R12)


def check_request(message: RaiseAlert) -> None:
    """What can be said of a request without knowing anything else. Raises NoScope or Invalid with the field."""
    if not message.public and not message.groups:
        raise NoScope("an alert must say whom it is for: public, or at least one group (or both)", field="public")
    if message.polygon is not None:
        check_polygon(message)


def check_polygon(message: RaiseAlert) -> None:
    """What a polygon goes with. Raises Invalid with the field."""
    if message.level == "red":
        raise Invalid("a red goes to everybody near; only yellow and info are aimed at a polygon", field="polygon")
    if message.radius_m is not None:
        raise Invalid("aim at a circle or at a polygon, not at both", field="radius_m")
    if not message.public or message.at_home:
        raise Invalid("only what is public, and not at anybody's home, is aimed at a polygon", field="polygon")


def check_radius(message: RaiseAlert, settings: AlertSettings) -> None:
    """Raise Invalid for a radius outside what the place of the alert allows."""
    limits = _radius_limits(message.level, settings)
    if message.radius_m is None:
        return
    if limits is None and message.official is not None:
        return  # it has limits of its own
    if limits is None:
        raise Invalid("info goes to rooms and maps, and has no radius", field="radius_m")
    if not limits[0] <= message.radius_m <= limits[1]:
        raise Invalid(f"a {message.level} may reach {limits[0]:g} to {limits[1]:g} m", field="radius_m")


def check_meeting_of(message: RaiseAlert, now: float) -> None:
    """Raise Invalid if an alert's meeting is not one for its groups to come to."""
    check_meeting(message.meeting, now)
    if message.meeting is not None and (message.level != "info" or not message.groups):
        raise Invalid("a meeting is told to groups, as info", field="meeting")


def check_meeting(meeting: Meeting | None, now: float) -> None:
    """Raise Invalid for a meeting that nobody can come to any more, or that is more than a year away."""
    if meeting is not None and not now <= meeting.at <= now + _FURTHEST_MEETING_S:
        raise Invalid("a meeting is at some time from now on, within a year", field="meeting.at")


def new_alert(
    id: str, identity: Identity, message: RaiseAlert, settings: AlertSettings, now: float, *, unverified: bool
) -> Alert:
    """The first revision. Its published place is the centre of a cell, so that nothing finer can be learned (R18)."""
    public_lat, public_lon, cell_m = _published(message.lat, message.lon, at_home=message.at_home)
    sent_at = message.sent_at
    alert = Alert(
        id=id,
        revision=1,
        author=identity.user,
        name=identity.name,
        role=identity.role,
        issuer=identity.issuer,
        level=message.level,
        levels=(LevelChange(message.level, now, 1),),
        kind=message.kind,
        lat=message.lat,
        lon=message.lon,
        first_lat=message.lat,
        first_lon=message.lon,
        public_lat=public_lat,
        public_lon=public_lon,
        cell_m=cell_m,
        at_home=message.at_home,
        state=_FIRST_STATE[message.level],
        public=message.public,
        groups=tuple(dict.fromkeys(message.groups)),
        polygon=_ring(message.polygon),
        radius_m=message.radius_m or _radius_without_polygon(message, settings),
        radius_given=message.radius_m is not None,
        sent_at=sent_at if sent_at is not None and now - _OLDEST_PRESS_S <= sent_at <= now else now,
        received_at=now,
        updated_at=now,
        expires_at=now + _ttl_s(message.level, settings),
        unverified=unverified,
        meeting=message.meeting,
        **_said(message),
    )
    return alert.made(official_part(message, settings))


def updated_alert(alert: Alert, message: UpdateAlert, settings: AlertSettings, now: float, *, by: Identity) -> Alert:
    """The next revision. Raises SamverkanError if the update says nothing, or more than it may."""
    _check_update(alert, message, settings, now)
    _check_by(alert, message, by)
    changes = _said(message)
    for name in ("state", "wrong", "outcome"):
        if (value := getattr(message, name)) is not None:
            changes[name] = value
    if message.state is not None:
        changes["by_role"] = None if _is_own(alert, by) else by.verified_role
        changes["disputed"] = alert.disputed and _is_own(alert, by)
    is_ending = message.state in ENDINGS
    if message.wrong is not None or (is_ending and alert.official in SEARCHES):
        # What was said is hidden, unless said anew (R15, R4).
        changes = dict.fromkeys((*WORDS, "image", "meeting")) | changes
    if (message.wrong is not None or is_ending) and alert.merged_into is None:  # no all-clear while the other goes on
        changes["corrected"] = alert.revision + 1
    if is_ending:  # it always passes, so it carries nothing that could be refused
        changes["ended_at"] = min(now, alert.expires_at) if alert.ended_at is None else alert.ended_at
        return alert.revised(now, changes)
    if message.level is not None and message.level != alert.level:
        changes.update(_at_level(alert, message.level, settings, now))
    if message.lat is not None and message.lon is not None:
        changes.update(_moved(alert, message.lat, message.lon, alert.at_home, settings))
    if message.extend_s is not None:
        changes["expires_at"] = _extended(alert, message, settings, now)
    return alert.revised(now, changes)


def is_same_call(alert: Alert, message: RaiseAlert, settings: AlertSettings) -> bool:
    """Whether a call for help is for the same people as an earlier one, and from about the same place."""
    distance_m = metres_between(alert.first_lat, alert.first_lon, message.lat, message.lon)
    is_for_the_same = (alert.public, set(alert.groups)) == (message.public, set(message.groups))
    return is_for_the_same and distance_m <= settings.max_move_m


def merged_alert(alert: Alert, message: RaiseAlert, settings: AlertSettings, now: float) -> Alert:
    """A further call for help that is the same one: an update, which does not count as one of its author's (R10)."""
    _check_pace(alert, settings, now)
    changes = _said(message)
    at_home = alert.at_home or message.at_home
    changes.update(_moved(alert, message.lat, message.lon, at_home, settings), at_home=at_home)
    return alert.revised(now, {**changes, "merged": alert.merged + 1})


def reopened_alert(alert: Alert, settings: AlertSettings, now: float) -> Alert:
    """One call too many: the last one goes on, without its words and without a new signal."""
    _check_pace(alert, settings, now)
    changes = {"state": "going_on", "ended_at": None, "expires_at": now + _ttl_s(alert.level, settings)}
    return alert.revised(now, {**changes, "merged": alert.merged + 1})


def merged_into(alert: Alert, into: Alert, settings: AlertSettings, now: float) -> Alert:
    """It is over, because another one goes on for it (R11): no correction, so that nobody is told all-clear."""
    _check_pace(alert, settings, now)
    return alert.revised(now, {"state": "closed", "ended_at": min(now, alert.expires_at), "merged_into": into.id})


def another(alert: Alert, settings: AlertSettings, now: float) -> Alert:
    """Its author says that it is another thing than what it was offered to be merged with: it sounds for everybody."""
    _check_pace(alert, settings, now)
    return alert.revised(now, {"same_as": (), "merged": alert.merged + 1})


def _said(message: Words) -> dict[str, Any]:
    """The words that are given, and no others."""
    return {name: value for name in _SAID if (value := getattr(message, name)) is not None}


def _is_own(alert: Alert, by: Identity) -> bool:
    """Whether this is who says it: its author, or whoever may change what an organisation says itself."""
    return by.user == alert.author or alert.for_issuer


def _check_by(alert: Alert, message: UpdateAlert, by: Identity) -> None:
    """Who holds an office changes an alert's state and outcome, and never its author's words."""
    if not _is_own(alert, by):
        for name in _CHANGES:
            if name not in _AN_OFFICE_MAY and getattr(message, name) is not None:
                raise Forbidden("that is its author's to say", field=name)
    if alert.official is not None and (message.level is not None or message.extend_s is not None):
        raise Invalid("what is official stays info, until when it said", field="level" if message.level else "extend_s")
    if message.outcome == "arrest" and by.verified_role != "police":
        raise Forbidden("only the police say so", field="outcome")


def _check_update(alert: Alert, message: UpdateAlert, settings: AlertSettings, now: float) -> None:
    if all(getattr(message, name) is None for name in _CHANGES):
        raise Invalid("an update must change something: " + ", ".join(_CHANGES))
    if (message.lat is None) != (message.lon is None):
        raise Invalid("lat and lon go together", field="lon" if message.lon is None else "lat")
    is_ending = message.state in ENDINGS
    if alert.ended_at is not None or now >= alert.expires_at:
        is_other_end = is_ending and (message.state != alert.state or message.wrong is not None)
        is_correction = is_other_end or (message.wrong is not None and message.state is None)
        given = {name for name in _CHANGES if getattr(message, name) is not None}
        if given == {"outcome"}:
            return
        if not is_correction or given & {"level", "lat", "extend_s"}:
            raise Ended(
                "the alert has ended; it takes only its outcome, or a correction: wrong, or another ending state"
            )
    elif is_ending:
        return  # an ending always passes
    elif message.outcome is not None:
        raise Invalid("what came of it is told when it is over: end it, too", field="outcome")
    if alert.revision - alert.merged > settings.max_updates:
        raise TooManyUpdates(f"an alert takes {settings.max_updates} updates, and then only its end")
    _check_pace(alert, settings, now)


def _check_pace(alert: Alert, settings: AlertSettings, now: float) -> None:
    """The first update may follow at once: words after a red."""
    wait_s = alert.updated_at + settings.update_interval_s - now
    if alert.revision > 1 and wait_s > 0:
        raise RateLimited(f"one update in {settings.update_interval_s:g} s", retry_after_s=wait_s)


def _at_level(alert: Alert, level: Level, settings: AlertSettings, now: float) -> dict[str, object]:
    """What changes with the level: the radius unless its author gave one, and a longer life, never a shorter one."""
    if level == "red" and alert.polygon is not None:
        raise Invalid("what is aimed at a polygon cannot become a red; raise another", field="level")
    radius_m = _default_radius_m(level, settings)
    limits = _radius_limits(level, settings)
    if alert.radius_given and alert.radius_m is not None and limits is not None:
        radius_m = min(max(alert.radius_m, limits[0]), limits[1])
    return {
        "level": level,
        "levels": (*alert.levels, LevelChange(level, now, alert.revision + 1)),
        "radius_m": radius_m if alert.polygon is None else None,
        "expires_at": max(alert.expires_at, now + _ttl_s(level, settings)),
    }


def _extended(alert: Alert, message: UpdateAlert, settings: AlertSettings, now: float) -> float:
    """When an alert ends that its author lets go on for so long from now; its life is never shortened."""
    level, extend_s = message.level or alert.level, message.extend_s or 0.0
    longest_s = _ttl_s(level, settings)
    if extend_s > longest_s:
        raise Invalid(f"a {level} goes on for at most {longest_s:g} s; extend it again before then", field="extend_s")
    return max(alert.expires_at, now + extend_s)


def _moved(alert: Alert, lat: float, lon: float, at_home: bool, settings: AlertSettings) -> dict[str, object]:
    distance_m = metres_between(alert.first_lat, alert.first_lon, lat, lon)
    if distance_m > settings.max_move_m:
        raise TooFarMoved(
            f"an alert may move {settings.max_move_m:g} m from where it was raised; raise another", field="lat"
        )
    public_lat, public_lon, cell_m = _published(lat, lon, at_home=at_home)
    return {"lat": lat, "lon": lon, "public_lat": public_lat, "public_lon": public_lon, "cell_m": cell_m}


def _published(lat: float, lon: float, *, at_home: bool) -> tuple[float, float, float]:
    """A place's centre on the published grid, and the size of its cell."""
    grid = HOME_GRID if at_home else GRID
    return (*grid.snap(lat, lon), grid.size_m)


def _radius_limits(level: Level, settings: AlertSettings) -> tuple[float, float] | None:
    return {"red": settings.red_radius_limits_m, "yellow": settings.yellow_radius_limits_m}.get(level)


def _default_radius_m(level: Level, settings: AlertSettings) -> float | None:
    return {"red": settings.red_radius_m, "yellow": settings.yellow_radius_m}.get(level)


def _radius_without_polygon(message: RaiseAlert, settings: AlertSettings) -> float | None:
    return _default_radius_m(message.level, settings) if message.polygon is None else None


def _ring(polygon: tuple[Corner, ...] | None) -> Ring | None:
    return None if polygon is None else tuple((corner.lat, corner.lon) for corner in polygon)


def _ttl_s(level: Level, settings: AlertSettings) -> float:
    return {"red": settings.red_ttl_s, "yellow": settings.yellow_ttl_s, "info": settings.info_ttl_s}[level]
