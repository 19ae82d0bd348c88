"""What only those who hold an office may say: appeals, situation pictures, and searches by the police (F57-F61, R4)."""

from typing import Any, Final

from realtime.config import AlertSettings
from realtime.errors import Forbidden, Invalid
from realtime.identity import Identity
from realtime.messages import SEARCHES, RaiseAlert
from storage.events import Alert

EMPTIED: Final = (
    "headline", "what", "where", "how_many", "direction", "text", "vehicle", "clothes", "wrong", "image", "meeting",
)  # fmt: skip


def check_official(identity: Identity, message: RaiseAlert, settings: AlertSettings, now: float) -> None:
    """Raise Forbidden or Invalid unless this is an ordinary alert, or an official one as it must be."""
    if message.official is None:
        if message.category in SEARCHES and identity.verified_role == "police" and message.level == "info":
            raise Invalid("a search is said to be one: official", field="official")
        for name, value in (("until", message.until), ("about", message.about)):
            if value:
                raise Invalid("only what is official has one", field=name)
        return
    _check_office(identity, message)
    longest_s = settings.search_ttl_s if message.official in SEARCHES else settings.official_ttl_s
    if message.until is None or not now < message.until <= now + longest_s:
        raise Invalid(f"it says until when it stands, at most {longest_s / 86_400:g} days from now", field="until")
    lowest, highest = settings.official_radius_limits_m
    if message.radius_m is not None and not lowest <= message.radius_m <= highest:
        raise Invalid(f"it may reach {lowest:g} to {highest:g} m", field="radius_m")


def _check_office(identity: Identity, message: RaiseAlert) -> None:
    """Who may say it, and as what."""
    if message.meeting is not None:
        raise Invalid("what is official is no meeting", field="meeting")
    if message.official in SEARCHES and identity.verified_role != "police":
        raise Forbidden("only the police search for persons and vehicles", field="official")
    if identity.verified_role is None:
        raise Forbidden("only who holds an office says so", field="official")
    if message.level != "info" or not message.public:
        raise Invalid("what is official is public info", field="official")


def official_part(message: RaiseAlert, settings: AlertSettings) -> dict[str, Any]:
    """What an official alert has beside an ordinary one, or in its place."""
    if message.official is None:
        return {}
    return {
        "official": message.official,
        "about": tuple(dict.fromkeys(message.about)),
        "radius_m": None if message.polygon is not None else message.radius_m or settings.official_radius_m,
        "expires_at": message.until,
    }


def emptied(alert: Alert, now: float) -> Alert:
    """A search that is over: it has ended for everybody, and nothing of what it said is left (R4)."""
    nothing = dict.fromkeys(EMPTIED)
    return alert.revised(now, {**nothing, "state": "closed", "ended_at": min(now, alert.expires_at)})
