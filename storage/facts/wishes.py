"""What one person has chosen: what they receive, what they share, and what their data may be used for."""

from typing import ClassVar, Literal

from msgspec import Struct

from realtime.messages import Language, Level, Purpose
from storage.facts.base import Fact


class Quiet(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hours of each day, in minutes after midnight, `end` excluded; over midnight if it is before `start`.

    In a zone of the time zone database or, without one, so many minutes east of UTC.
    """

    start: int
    end: int
    zone: str | None = None
    offset_min: int = 0
    red: Literal["pass", "hold"] = "pass"


class Preference(Fact, frozen=True, kw_only=True, tag="preference"):
    """What somebody wants to be sent (F74). `distance_m`: how near a yellow must be, if not as far as it reaches."""

    NAMED_BY: ClassVar = ("user",)

    user: str
    levels: tuple[Level, ...] = ("red", "yellow", "info")
    without: tuple[str, ...] = ()
    without_organisations: tuple[str, ...] = ()
    distance_m: float | None = None
    quiet: Quiet | None = None
    language: Language = "en"


class Pause(Fact, frozen=True, kw_only=True, tag="pause"):
    """Somebody is sent nothing, and is nowhere (R27), `until` then (Unix seconds) or until they say otherwise."""

    NAMED_BY: ClassVar = ("user",)

    user: str
    until: float | None = None


class Sharing(Fact, frozen=True, kw_only=True, tag="sharing"):
    """What somebody shows of themselves (F77): their name in public, and to the server the exact place."""

    NAMED_BY: ClassVar = ("user",)

    user: str
    name: bool = False
    precise: bool = True


class Consent(Fact, frozen=True, kw_only=True, tag="consent"):
    """Whether somebody's data may be used for one purpose (R25), by which version of the terms."""

    NAMED_BY: ClassVar = ("user", "purpose")

    user: str
    purpose: Purpose
    given: bool
    version: str
