"""What an alert is made of, and what an update makes of it. Pure: no state, no time but what is given."""

from typing import Final

from geo.distance import metres_between
from geo.grid import Grid
from realtime.config import AlertSettings
from realtime.errors import Ended, Invalid, NoScope, RateLimited, TooFarMoved, TooManyUpdates
from realtime.identity import Identity
from realtime.messages import ENDINGS, Level, RaiseAlert, State, UpdateAlert
from storage.events import Alert, LevelChange

GRID: Final = Grid(100.0)  # never finer than the street block (R18)
HOME_GRID: Final = Grid(500.0)  # threatened at home
_OLDEST_PRESS_S: Final = 86_400.0
_FIRST_STATE: Final[dict[Level, State]] = {"red": "going_on", "yellow": "may_happen", "info": "may_happen"}
# What an update may change; at least one of them.
_CHANGES: Final = (
    "headline",
    "text",
    "category",
    "called_112",
    "level",
    "lat",
    "lon",
    "state",
    "wrong",
    "extend_s",
    "image",
)


def check_request(message: RaiseAlert, settings: AlertSettings) -> None:
    """What can be said of a request without knowing anything else. Raises NoScope or Invalid with the field."""
    if not message.public and not message.groups:
        raise NoScope("an alert must say whom it is for: public, or at least one group (or both)", field="public")
    limits = _radius_limits(message.level, settings)
    if message.radius_m is None:
        return
    if limits is None:
        raise Invalid("info goes to rooms and maps, and has no radius", field="radius_m")
    if not limits[0] <= message.radius_m <= limits[1]:
        raise Invalid(f"a {message.level} may reach {limits[0]:g} to {limits[1]:g} m", field="radius_m")


def new_alert(
    id: str, identity: Identity, message: RaiseAlert, settings: AlertSettings, now: float, *, unverified: bool
) -> Alert:
    """The first revision. Its published place is the centre of a cell, so that nothing finer can be learned (R18)."""
    public_lat, public_lon, cell_m = _published(message.lat, message.lon, at_home=message.at_home)
    sent_at = message.sent_at
    return Alert(
        id=id,
        revision=1,
        author=identity.user,
        name=identity.name,
        role=identity.role,
        level=message.level,
        levels=(LevelChange(message.level, now, 1),),
        kind=message.kind,
        category=message.category,
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
        headline=message.headline,
        text=message.text,
        called_112=message.called_112,
        radius_m=message.radius_m or _default_radius_m(message.level, settings),
        radius_given=message.radius_m is not None,
        sent_at=sent_at if sent_at is not None and now - _OLDEST_PRESS_S <= sent_at <= now else now,
        received_at=now,
        updated_at=now,
        expires_at=now + _ttl_s(message.level, settings),
        unverified=unverified,
    )


def updated_alert(alert: Alert, message: UpdateAlert, settings: AlertSettings, now: float) -> Alert:
    """The next revision. Raises SamverkanError if the update says nothing, or more than it may."""
    _check_update(alert, message, settings, now)
    changes: dict[str, object] = {
        name: value
        for name in ("headline", "text", "category", "called_112", "state", "wrong")
        if (value := getattr(message, name)) is not None
    }
    is_ending = message.state in ENDINGS
    if message.wrong is not None:  # what was said is hidden, unless said anew (R15)
        changes.setdefault("headline", None)
        changes.setdefault("text", None)
        changes.setdefault("image", None)
    if message.wrong is not None or is_ending:
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
    changes = {
        name: value
        for name in ("headline", "text", "category", "called_112")
        if (value := getattr(message, name)) is not None
    }
    at_home = alert.at_home or message.at_home
    changes.update(_moved(alert, message.lat, message.lon, at_home, settings), at_home=at_home)
    return alert.revised(now, {**changes, "merged": alert.merged + 1})


def reopened_alert(alert: Alert, settings: AlertSettings, now: float) -> Alert:
    """One call too many: the last one goes on, without its words and without a new signal."""
    _check_pace(alert, settings, now)
    changes = {"state": "going_on", "ended_at": None, "expires_at": now + _ttl_s(alert.level, settings)}
    return alert.revised(now, {**changes, "merged": alert.merged + 1})


def _check_update(alert: Alert, message: UpdateAlert, settings: AlertSettings, now: float) -> None:
    if all(getattr(message, name) is None for name in _CHANGES):
        raise Invalid("an update must change something: " + ", ".join(_CHANGES))
    if (message.lat is None) != (message.lon is None):
        raise Invalid("lat and lon go together", field="lon" if message.lon is None else "lat")
    is_ending = message.state in ENDINGS
    if alert.ended_at is not None or now >= alert.expires_at:
        is_other_end = is_ending and (message.state != alert.state or message.wrong is not None)
        is_correction = is_other_end or (message.wrong is not None and message.state is None)
        if not is_correction or any(each is not None for each in (message.level, message.lat, message.extend_s)):
            raise Ended("the alert has ended; it takes only a correction: wrong, or another ending state")
    elif is_ending:
        return  # an ending always passes
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
    radius_m = _default_radius_m(level, settings)
    limits = _radius_limits(level, settings)
    if alert.radius_given and alert.radius_m is not None and limits is not None:
        radius_m = min(max(alert.radius_m, limits[0]), limits[1])
    return {
        "level": level,
        "levels": (*alert.levels, LevelChange(level, now, alert.revision + 1)),
        "radius_m": radius_m,
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


def _ttl_s(level: Level, settings: AlertSettings) -> float:
    return {"red": settings.red_ttl_s, "yellow": settings.yellow_ttl_s, "info": settings.info_ttl_s}[level]
