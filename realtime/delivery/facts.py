"""What holds in one world: everything that is said once and stays so until it is said otherwise."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

from realtime.messages import World
from storage.events import Entry, FactDropped, FactSet, HeldFact
from storage.facts import KINDS, AnyFact, Fact

_log = logging.getLogger(__name__)

F = TypeVar("F", bound=Fact)
Told = Callable[[Any, Any], None]

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})
_UNDECIDED: Final = object()


class Facts:
    """As dispatched so far, and over that what is decided but not yet dispatched, as in `AlertBook`.

    Whatever is decided next is decided by `latest`; whatever is shown, allowed and delivered comes from `get` and `of`.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._held: dict[type[Fact], dict[str, Fact]] = {}
        self._decided: dict[type[Fact], dict[str, Fact | None]] = {}
        self._told: dict[type[Fact], list[Told]] = {}

    # --- asked ---

    def get(self, kind: type[F], key: str) -> F | None:
        """What holds now; None if nothing does."""
        return self.of(kind).get(key)

    def of(self, kind: type[F]) -> Mapping[str, F]:
        """All of one kind that holds now, by key."""
        held: Mapping[str, Any] = self._held.get(kind, _NONE)
        return held

    def latest(self, kind: type[F], key: str) -> F | None:
        """What will hold when all that is decided has happened."""
        decided: Any = self._decided.get(kind, _NONE).get(key, _UNDECIDED)
        return self.get(kind, key) if decided is _UNDECIDED else decided

    def decided(self, kind: type[F]) -> Mapping[str, F | None]:
        """What is decided of one kind and has not happened yet, by key; None for what will hold no more."""
        decided: Mapping[str, Any] = self._decided.get(kind, _NONE)
        return decided

    def latest_of(self, kind: type[F]) -> Iterator[F]:
        """All of one kind that will hold when all that is decided has happened."""
        decided = self.decided(kind)
        for key, fact in self.of(kind).items():
            if key not in decided:
                yield fact
        yield from (now for now in decided.values() if now is not None)

    # --- told ---

    def listen(self, kind: type[F], told: Callable[[F | None, F | None], None]) -> None:
        """Be told of each change of a kind, in the step in which it happens: what held before, and what holds now."""
        self._told.setdefault(kind, []).append(told)

    def load(self, held: Iterable[HeldFact]) -> None:
        """Take over what the log held at start; other worlds' is passed over."""
        for one in held:
            if one.world == self._world:
                self._change(one.fact, one.fact)

    def apply(self, said: FactSet | FactDropped) -> None:
        """An event was dispatched that says what holds."""
        fact = said.fact
        now = fact if isinstance(said, FactSet) else None
        decided = self._decided.get(type(fact), {})
        if decided.get(fact.key, _UNDECIDED) == now:
            del decided[fact.key]
        self._change(fact, now)

    def _change(self, fact: AnyFact, now: AnyFact | None) -> None:
        held = self._held.setdefault(type(fact), {})
        before = held.pop(fact.key, None)
        if now is not None:
            held[fact.key] = now
        if before is None and now is None:
            return  # what did not hold was dropped
        for told in self._told.get(type(fact), ()):
            try:
                told(before, now)
            except Exception:  # a bug with one fact must cost neither the others theirs nor the server its start
                _log.exception("a %s could not be made use of", KINDS[type(fact)])

    # --- decided ---

    def decide(self, entry: Entry) -> None:
        """This will happen, unless its batch fails."""
        for said in _said(entry):
            decided = self._decided.setdefault(type(said.fact), {})
            decided[said.fact.key] = said.fact if isinstance(said, FactSet) else None

    def undecide(self, kept: Iterable[Entry]) -> None:
        """A batch failed: only these still stand, in order of decision."""
        self._decided.clear()
        for entry in kept:
            self.decide(entry)


def _said(entry: Entry) -> Iterator[FactSet | FactDropped]:
    for each in (entry, *entry.also):
        if isinstance(each.body, FactSet | FactDropped):
            yield each.body
