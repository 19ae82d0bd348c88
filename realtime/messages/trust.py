"""What is said and told of conduct, of what breaks it, and of what is done about that."""

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

from realtime.messages.base import Answer, Request
from realtime.messages.terms import Id, Language, Level, Place, Timestamp

Fault = Literal["political", "commercial", "tone", "opinion", "identity", "false", "impersonation", "other"]
"""What somebody can report (F67, F68), and what can be given as the reason for a removal."""
Withholding = Literal["hide", "show", "remove"]
Resolution = Literal["dismiss", "hide", "remove", "warn", "suspend", "grant"]
Deed = Literal["hide", "remove", "warn", "suspend", "suspend_group"]
"""What can be decided against somebody, and appealed."""
Flagging = Literal["unverified", "reported", "words", "probing"]

Why = Annotated[str, Meta(min_length=1, max_length=500)]
Seq = Annotated[int, Meta(ge=1, lt=2**53)]


class AskConduct(Request, frozen=True, kw_only=True, tag="conduct"):
    language: Language = "sv"


class Accept(Request, frozen=True, kw_only=True, tag="accept"):
    """The person has read and accepted this version of the code of conduct."""

    conduct: Id


class ReportPost(Request, frozen=True, kw_only=True, tag="report"):
    """An alert, or a message by its group and seq, breaks the code of conduct; or its author does."""

    category: Fault
    alert: Id | None = None
    group: Id | None = None
    seq: Seq | None = None
    about_author: bool = False
    reason: Why | None = None


class ListReports(Request, frozen=True, kw_only=True, tag="reports"):
    """What is reported of a group, for those who look after it; without one, what is the owner's to look at."""

    group: Id | None = None
    all: bool = False


class Resolve(Request, frozen=True, kw_only=True, tag="resolve"):
    """Decide a report, or an appeal (`dismiss` or `grant`)."""

    report: Id
    action: Resolution
    reason: Why
    until: Timestamp | None = None


class Moderate(Request, frozen=True, kw_only=True, tag="moderate"):
    """Hide a post until it is looked at, show it again, or remove it for everybody."""

    action: Withholding
    reason: Why
    alert: Id | None = None
    group: Id | None = None
    seq: Seq | None = None


class Suspend(Request, frozen=True, kw_only=True, tag="suspend"):
    """Bar an account until a time, or until it is lifted."""

    user: Annotated[str, Meta(min_length=1, max_length=255)]
    reason: Why
    until: Timestamp | None = None


class SuspendGroup(Request, frozen=True, kw_only=True, tag="suspend_group"):
    group: Id
    reason: Why
    until: Timestamp | None = None


class Lift(Request, frozen=True, kw_only=True, tag="lift"):
    """End the suspension of an account, or of a group: exactly one of the two."""

    reason: Why
    user: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    group: Id | None = None


class AppealDecision(Request, frozen=True, kw_only=True, tag="appeal"):
    """Ask the owner to look again at what was decided against oneself: `of` is what its notice calls `decision`.

    Who is suspended cannot say hello, and says this instead, with a `token`.
    """

    of: Id
    token: Annotated[str, Meta(min_length=1, max_length=8_192)] | None = None
    text: Annotated[str, Meta(min_length=1, max_length=1_000)]


class ListFlags(Request, frozen=True, kw_only=True, tag="flags"): ...


class ListAccounts(Request, frozen=True, kw_only=True, tag="accounts"):
    """The accounts of which something is decided or reported now."""


class ExportUser(Request, frozen=True, kw_only=True, tag="export_user"):
    """Begin a lawful export of all on one person; `silent` where a law forbids that they are told."""

    user: Annotated[str, Meta(min_length=1, max_length=255)]
    reason: Why
    case: Annotated[str, Meta(min_length=1, max_length=100)]
    silent: bool = False


class ReadExport(Request, frozen=True, kw_only=True, tag="export"):
    """One part of an export that was begun."""

    export: Id
    part: Place = 0


class AskTransparency(Request, frozen=True, kw_only=True, tag="transparency"): ...


# --- answers ---------------------------------------------------------------------------------------------------------


class Conduct(Answer, frozen=True, kw_only=True, tag="conduct"):
    """The code of conduct and the guide for new members, in plain words (F66, F90)."""

    version: str
    language: Language
    text: str
    guide: str
    advice: str
    accepted: bool


class ReportedPost(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report, without who made it; what was said, as it was then."""

    report: str
    category: Fault
    at: float
    said: str
    user: str
    alert: str | None = None
    group: str | None = None
    seq: int | None = None
    about_author: bool = False
    reason: str | None = None
    overdue: bool = False


class OpenAppeal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An appeal, with what it is of."""

    appeal: str
    user: str
    at: float
    text: str
    action: Deed
    reason: str
    by: str


class Reports(Answer, frozen=True, kw_only=True, tag="reports"):
    """The oldest first."""

    reports: tuple[ReportedPost, ...]
    appeals: tuple[OpenAppeal, ...] = ()


class FlaggedPost(Struct, frozen=True, kw_only=True, omit_defaults=True):
    alert: str
    at: float
    why: tuple[Flagging, ...]
    level: Level | None = None
    said: str | None = None


class Flags(Answer, frozen=True, kw_only=True, tag="flags"):
    """Public posts that look wrong, the latest first; they went out all the same (F72)."""

    flags: tuple[FlaggedPost, ...]


class Account(Struct, frozen=True, kw_only=True, omit_defaults=True):
    user: str
    suspended: bool = False
    until: float | None = None
    reason: str | None = None
    decisions: int = 0
    reports: int = 0
    probing: bool = False


class Accounts(Answer, frozen=True, kw_only=True, tag="accounts"):
    accounts: tuple[Account, ...]


class ExportPart(Answer, frozen=True, kw_only=True, tag="export"):
    """Some of what is stored on one person, as it is stored; `next` is the part after this one, if there is one."""

    user: str
    items: tuple[dict[str, Any], ...]
    next: int | None = None


class MonthCounts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was done in one month, in UTC. Counts are to the nearest 5; one that is not given is below 5."""

    month: str
    reports: int | None = None
    removals: int | None = None
    suspensions: int | None = None
    appeals: int | None = None


class Transparency(Answer, frozen=True, kw_only=True, tag="transparency"):
    months: tuple[MonthCounts, ...]


FromClient: TypeAlias = (
    AskConduct
    | Accept
    | ReportPost
    | ListReports
    | Resolve
    | Moderate
    | Suspend
    | SuspendGroup
    | Lift
    | AppealDecision
    | ListFlags
    | ListAccounts
    | ExportUser
    | ReadExport
    | AskTransparency
)

FromServer: TypeAlias = Conduct | Reports | Flags | Accounts | ExportPart | Transparency
