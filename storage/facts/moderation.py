"""What holds of conduct: what is reported, what was decided against whom, and what is appealed."""

from typing import ClassVar

from realtime.messages import Deed, Fault, Flagging, Meeting, Picture
from storage.facts.base import Fact, joined_key


class Report(Fact, frozen=True, kw_only=True, tag="report"):
    """Somebody says that a post, or (`about_author`) its author, breaks the code of conduct; until it is decided.

    `group` is the group whose admins look at it, None where it is the platform owner's: what is public, and what is
    about an admin of the group (R33, `is_owners`). `said` is what the post said then.
    """

    NAMED_BY: ClassVar = ("id",)
    id: str
    reporter: str
    author: str
    category: Fault
    at: float
    said: str
    alert: str | None = None
    group: str | None = None
    seq: int | None = None
    is_owners: bool = False
    about_author: bool = False
    reason: str | None = None


class Withheld(Fact, frozen=True, kw_only=True, tag="withheld"):
    """A post whose words are hidden until it is looked at, and kept here; or removed for good, without any."""

    NAMED_BY: ClassVar = ("alert", "group", "seq")
    decision: str
    author: str
    at: float
    alert: str | None = None
    group: str | None = None
    seq: int | None = None
    removed: bool = False
    headline: str | None = None
    text: str | None = None
    wrong: str | None = None
    what: str | None = None
    where: str | None = None
    how_many: int | None = None
    direction: str | None = None
    vehicle: str | None = None
    clothes: str | None = None
    meeting: Meeting | None = None
    image: Picture | None = None  # of what is hidden: its files are kept, and given to nobody but its owner


class Decision(Fact, frozen=True, kw_only=True, tag="decision"):
    """What was decided against somebody, by whom and why: what they can appeal (R32). Times are Unix seconds."""

    NAMED_BY: ClassVar = ("id",)
    id: str
    user: str
    action: Deed
    by: str
    reason: str
    at: float
    alert: str | None = None
    group: str | None = None
    seq: int | None = None
    until: float | None = None
    is_final: bool = False  # an appeal was looked at, and it stands
    by_owner: bool = False  # of the platform: nobody else undoes it


class Suspension(Fact, frozen=True, kw_only=True, tag="suspension"):
    """An account is barred (F71), `until` a time or, without one, until it is lifted."""

    NAMED_BY: ClassVar = ("user",)
    user: str
    reason: str
    decision: str
    until: float | None = None


class Appeal(Fact, frozen=True, kw_only=True, tag="appeal"):
    """Whom a decision concerns asks the owner to look at it again; one for each decision."""

    NAMED_BY: ClassVar = ("decision",)
    decision: str
    user: str
    text: str
    at: float


class Flag(Fact, frozen=True, kw_only=True, tag="flag"):
    """A public alert that looks wrong, for the owner to look at after its delivery (F72)."""

    NAMED_BY: ClassVar = ("alert",)
    alert: str
    at: float
    why: tuple[Flagging, ...]


class OddAlerts(Fact, frozen=True, kw_only=True, tag="odd_alerts"):
    """Alerts of one person by which they may have asked who is where (R24), and when each was raised (Unix seconds).

    Those raised until `cleared_at` do not count: the owner has looked at them.
    """

    NAMED_BY: ClassVar = ("user",)
    user: str
    alerts: dict[str, float]
    cleared_at: float = 0.0


class Export(Fact, frozen=True, kw_only=True, tag="export"):
    """A lawful export of all on one person (F73), which may be read for a day by whoever began it."""

    NAMED_BY: ClassVar = ("id",)
    id: str
    user: str
    by: str
    case: str
    at: float
    silent: bool = False  # a law forbids that they are told


class MonthTally(Fact, frozen=True, kw_only=True, tag="month_tally"):
    """How much was moderated in one month (`2026-03`, UTC): counts without persons, kept for ever (R29)."""

    NAMED_BY: ClassVar = ("month",)
    month: str
    reports: int = 0
    removals: int = 0
    suspensions: int = 0
    appeals: int = 0


def post_key(alert: str | None, group: str | None, seq: int | None) -> str:
    """One post: an alert by its id, or a message by its group and seq."""
    return joined_key(alert, group, seq)
