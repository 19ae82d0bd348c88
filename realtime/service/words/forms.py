"""What may be said in an alert or a message, and what is withheld of a red rather than losing it."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from realtime.categories import Categories
from realtime.content.finding import GAP, Finding, without
from realtime.content.rules import EXPLAINED, Audience, by_origin, forbidden, plain
from realtime.delivery.rooms import Rooms
from realtime.errors import DescriptionAlone, Forbidden, Invalid, NotInPublic, SamverkanError
from realtime.identity import Identity
from realtime.messages import ENDINGS, SEARCHES, Inform, Level, Meeting, RaiseAlert, UpdateAlert, Words
from storage.events import Alert

DESCRIPTIONS: Final = ("vehicle", "clothes")  # of somebody: last, and only where the category has room for it
TEXTS: Final = ("what", "headline", "where", "direction", "text", *DESCRIPTIONS)
_HAPPENING: Final = ("what", "headline", "text")  # any of which may say what happens
_ASIDE: Final[frozenset[str]] = frozenset({"headline", "text"})  # where origin may stand beside what happens

W = TypeVar("W", bound=Words)


class Forms:
    """Behaviour first (R1), and nobody named (R2, R3), in one world.

    What is not urgent is refused, with the field and what was found. A red, a call for help and an ending are never
    lost for their words: what must not be told is left out.
    """

    def __init__(self, rooms: Rooms, categories: Categories) -> None:
        self._rooms = rooms
        self.categories = categories

    def raised(self, identity: Identity, message: RaiseAlert, offered: Categories) -> RaiseAlert:
        """The alert as it may go out, about what is `offered` at its place; what is official is about anything.

        Raises Invalid, Forbidden, NotInPublic or DescriptionAlone.
        """
        form = _Form(self.categories, identity, self._audience(message.public, message.groups))
        form.offered = offered if message.official is None else self.categories
        form.level = message.level
        form.is_urgent = message.level == "red" or message.kind == "help"
        form.is_search = message.official in SEARCHES
        if message.official in SEARCHES and message.category is None:
            message = message.changed({"category": message.official})
        if message.meeting is not None:
            form.check("meeting.place", message.meeting.place)
        return form.filled(message, None)

    def updated(self, identity: Identity, alert: Alert, message: UpdateAlert, offered: Categories) -> UpdateAlert:
        """The update as it may go out; what it does not say stands as it does. Raises like `raised`."""
        form = _Form(self.categories, identity, self._audience(alert.public, alert.groups))
        form.offered = offered if alert.official is None else self.categories
        form.level = message.level or alert.level
        form.is_urgent = form.level == "red" or alert.kind == "help" or message.state in ENDINGS
        form.is_search = alert.official in SEARCHES
        message = form.filled(message, alert)
        if message.wrong is not None:
            message = message.changed({"wrong": form.passed("wrong", message.wrong) or GAP})
        return message

    def posted(self, identity: Identity, group: str, text: str | None, meeting: Meeting | None = None) -> None:
        """Raise NotInPublic if a message must not be said in this group."""
        form = _Form(self.categories, identity, self._audience(False, (group,)))
        for field, said in (("text", text), ("meeting.place", None if meeting is None else meeting.place)):
            if said is not None:
                form.check(field, said)

    def informed(self, speaker: Identity, message: Inform) -> None:
        """The same of what an organisation, as whose officer `speaker` stands here, says itself."""
        form = _Form(self.categories, speaker, self._audience(message.public, message.groups))
        form.level = message.level
        for field, said in (("headline", message.headline), ("text", message.text)):
            if said is not None:
                form.check(field, said)

    def to_strangers(self, identity: Identity, said: Mapping[str, str | None], *, audience: Audience = "open") -> None:
        """Raise NotInPublic for what is no message, and is read all the same by who does not know its author: a card, a
        reason, an application. By field of the request."""
        form = _Form(self.categories, identity, audience)
        for field, text in said.items():
            if text is not None:
                form.check(field, text)

    def _audience(self, public: bool, groups: Iterable[str]) -> Audience:
        if public:
            return "public"
        cards = [self._rooms.group(group) for group in groups]
        return "locked" if all(card is not None and card.locked for card in cards) else "open"


class _Form:
    """One thing that is said, by one person to one audience."""

    level: Level = "info"
    is_urgent = False
    is_search = False

    def __init__(self, categories: Categories, identity: Identity, audience: Audience) -> None:
        self._categories = self.offered = categories
        self._identity = identity
        self._audience = audience

    def filled(self, message: W, alert: Alert | None) -> W:
        """The words as they may be said, beside those of the alert that still stand."""
        changes: dict[str, str | None] = {}
        if message.category is not None and not self._is_category_open(message.category):
            changes["category"] = None
        for field in TEXTS:
            said = getattr(message, field)
            if said is not None and (passed := self.passed(field, said)) != said:
                changes[field] = passed
        standing = _standing(message, alert, changes)
        for field in (field for field in TEXTS if getattr(message, field) is not None):
            error = self._misplaced(field, standing)
            if error is not None and not self.is_urgent:
                raise error
            if error is not None:
                said = standing[field]
                is_kept = field not in DESCRIPTIONS and said is not None
                changes[field] = standing[field] = without(said, by_origin(plain(said))) if is_kept and said else None
        return message.changed(changes) if changes else message

    def passed(self, field: str, said: str) -> str | None:
        """What may be said of it: all of it, or with gaps if it is urgent. Raises NotInPublic."""
        text = plain(said)
        found = self._found(text)
        if not found:
            return said
        if not self.is_urgent:
            raise _refusal(field, found)
        return without(text, found)

    def check(self, field: str, said: str) -> None:
        """Raise NotInPublic if any of it must not be said."""
        if found := self._found(plain(said)):
            raise _refusal(field, found)

    def _found(self, text: str) -> list[Finding]:
        if self.is_search:
            return []
        on_duty = self._identity.verified_role is not None
        return forbidden(text, self._audience, on_duty=on_duty, is_signed=self.level == "info")

    def _is_category_open(self, name: str) -> bool:
        """Raises Invalid or Forbidden; False if it is urgent, and goes out without."""
        kind = self.offered.get(name)
        if kind is not None and kind.is_for(self.level):
            if kind.is_open_to(self._identity.role, on_duty=self._identity.verified_role is not None):
                return True
            error: SamverkanError = Forbidden(f"{name} is only for: {', '.join(kind.roles)}", field="category")
        elif kind is not None:
            error = Invalid(f"{name} is only for: {', '.join(kind.levels)}", field="category")
        else:
            error = Invalid(f"no such category here; there are: {', '.join(self.offered)}", field="category")
        if self.is_urgent:
            return False
        raise error

    def _misplaced(self, field: str, standing: Mapping[str, str | None]) -> SamverkanError | None:
        """Why a field must not stand among the others, if it must not."""
        if self.is_search:
            return None
        if field in DESCRIPTIONS:
            if not any(standing[each] for each in _HAPPENING):
                return DescriptionAlone("a description alone is never a reason: say what happens", field=field)
            kind = self._categories.get(standing["category"] or "")
            if kind is None or not kind.description:
                return Invalid("only with a category that has room for a description", field=field)
        is_beside = field in _ASIDE and standing["what"] is not None
        said = standing[field]
        if self.level != "info" and not is_beside and said is not None and by_origin(plain(said)):
            return DescriptionAlone("origin, skin or faith is never a reason: say in `what` what happens", field=field)
        return None


def _standing(message: Words, alert: Alert | None, changes: Mapping[str, str | None]) -> dict[str, str | None]:
    """What will be said when this has been applied."""
    standing: dict[str, str | None] = {}
    for field in ("category", *TEXTS):
        said = changes[field] if field in changes else getattr(message, field)
        is_hidden = isinstance(message, UpdateAlert) and message.wrong is not None and field != "category"
        standing[field] = said if said is not None or alert is None or is_hidden else getattr(alert, field)
    return standing


def _refusal(field: str, found: Iterable[Finding]) -> NotInPublic:
    kinds = tuple(dict.fromkeys(finding.what for finding in found))
    what = " and ".join(EXPLAINED[kind] for kind in kinds)
    return NotInPublic(
        f"it holds {what}, which others must not be told here; say what happens, and give the rest to the police "
        "as a witness tip",
        field=field,
        found=kinds,
    )
