"""What holds of organisations: what they are, who works there, and who writes to them."""

from typing import ClassVar, Literal

from msgspec import Struct, structs

from realtime.messages import Calling, Sector, ThreadKind
from storage.facts.base import Fact


class Area(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A circle, or a polygon whose corners are (latitude, longitude) and around which the circle lies."""

    lat: float
    lon: float
    radius_m: float
    outline: tuple[tuple[float, float], ...] = ()


class Organisation(Fact, frozen=True, kw_only=True, tag="organisation"):
    """A registered organisation (F42, F50, F54). One that is closed keeps its name for what it said."""

    NAMED_BY: ClassVar = ("id",)
    id: str
    name: str
    sector: Sector
    area: Area
    about: str | None = None
    hours: str | None = None
    contact: str | None = None
    emblem: str | None = None
    department_of: str | None = None
    closed: bool = False


class Staff(Fact, frozen=True, kw_only=True, tag="staff"):
    """Somebody works for an organisation; a chief says who else does."""

    NAMED_BY: ClassVar = ("organisation", "user")
    organisation: str
    user: str
    chief: bool = False


class LetIn(Fact, frozen=True, kw_only=True, tag="let_in"):
    """A group lets an organisation inform it (F53)."""

    NAMED_BY: ClassVar = ("group", "organisation")
    group: str
    organisation: str


class Thread(Fact, frozen=True, kw_only=True, tag="thread"):
    """Somebody and an organisation write to each other in a room that only they know (F51). Times are Unix seconds."""

    NAMED_BY: ClassVar = ("room",)
    room: str
    organisation: str
    sender: str
    about: ThreadKind
    opened_at: float
    last_at: float
    state: Literal["open", "closed"] = "open"
    name: str | None = None  # of the sender; None if the organisation is not to know it
    role: str = "member"
    alert: str | None = None  # of which it is a witness's tip (F56)
    assigned: str | None = None

    def changed(self, **changes: object) -> "Thread":
        return structs.replace(self, **changes)


class Volunteer(Fact, frozen=True, kw_only=True, tag="volunteer"):
    """Somebody wants to be called by this calling's organisations (F59)."""

    NAMED_BY: ClassVar = ("user", "calling")
    user: str
    calling: Calling


class Call(Fact, frozen=True, kw_only=True, tag="call"):
    """An organisation calls its volunteers who are near a place, until a time (Unix seconds)."""

    NAMED_BY: ClassVar = ("id",)
    id: str
    organisation: str
    calling: Calling
    lat: float
    lon: float
    radius_m: float
    text: str
    sent_at: float
    until: float

    def ended_at(self, until: float) -> "Call":
        return structs.replace(self, until=until)
