"""What people choose for themselves: what they receive, what they share, and what their data may be used for."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from realtime.messages.base import Answer, Request
from realtime.messages.terms import Category, Id, Language, Level, OrganisationId, Place, Purpose, Timestamp

Minute = Annotated[int, Meta(ge=0, le=1_439)]


class QuietHours(Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"from_": "from"}):
    """Minutes after midnight, `to` excluded; over midnight if it is before `from`."""

    from_: Minute
    to: Minute
    zone: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    offset_min: Annotated[int, Meta(ge=-840, le=840)] = 0
    red: Literal["pass", "hold"] = "pass"


class Prefer(Request, frozen=True, kw_only=True, tag="prefer"):
    """Everything that one chooses to be sent, in place of what was chosen before."""

    levels: Annotated[tuple[Level, ...], Meta(max_length=3)] = ("red", "yellow", "info")
    without: Annotated[tuple[Category, ...], Meta(max_length=40)] = ()
    without_organisations: Annotated[tuple[OrganisationId, ...], Meta(max_length=40)] = ()
    distance_m: Annotated[float, Meta(ge=50, le=5_000)] | None = None
    quiet: QuietHours | None = None
    language: Language = "en"


class Pause(Request, frozen=True, kw_only=True, tag="pause"):
    on: bool
    until: Timestamp | None = None


class Share(Request, frozen=True, kw_only=True, tag="share"):
    name: bool = False
    precise: bool = True


class GiveConsent(Request, frozen=True, kw_only=True, tag="consent"):
    purpose: Purpose
    given: bool
    version: Annotated[str, Meta(min_length=1, max_length=40)]


class AskPreferences(Request, frozen=True, kw_only=True, tag="preferences"):
    """What holds of all that one can choose."""


class AskConsents(Request, frozen=True, kw_only=True, tag="consents"):
    """Every consent that one has given or taken back, with its time."""


class EraseAccount(Request, frozen=True, kw_only=True, tag="erase_account"):
    """Erase one's account for good, or, for the owner, somebody's."""

    confirm: bool
    user: Annotated[str, Meta(min_length=1, max_length=255)] | None = None


class EraseAlert(Request, frozen=True, kw_only=True, tag="erase_alert"):
    """Leave nothing of what one said in an alert of one's own."""

    alert: Id


class ExportMe(Request, frozen=True, kw_only=True, tag="export_me"):
    """One part of all that is stored on oneself."""

    part: Place = 0


class Preferences(Answer, frozen=True, kw_only=True, tag="preferences"):
    """All that `prefer`, `pause` and `share` have said."""

    levels: tuple[Level, ...]
    without: tuple[str, ...]
    without_organisations: tuple[str, ...]
    language: Language
    name: bool
    precise: bool
    paused: bool
    distance_m: float | None = None
    quiet: QuietHours | None = None
    until: float | None = None


class ConsentEntry(Struct, frozen=True, kw_only=True):
    purpose: Purpose
    given: bool
    version: str
    at: float


class Consents(Answer, frozen=True, kw_only=True, tag="consents"):
    """Every entry of the ledger, oldest first."""

    entries: tuple[ConsentEntry, ...]


FromClient: TypeAlias = (
    Prefer | Pause | Share | GiveConsent | AskPreferences | AskConsents | EraseAccount | EraseAlert | ExportMe
)

FromServer: TypeAlias = Preferences | Consents
