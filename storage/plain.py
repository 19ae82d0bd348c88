"""What is stored as plain values, for whoever may read it outside; and changed copies of it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct, structs, to_builtins

from storage.events import LoggedEvent
from storage.facts import KINDS, Fact

S = TypeVar("S", bound=Struct)


def changed(of: S, **fields: Any) -> S:
    """The same with some fields changed."""
    return structs.replace(of, **fields)


def fields_of(fact: Fact) -> Mapping[str, object]:
    """A fact's fields by name."""
    return structs.asdict(fact)


def plain_fact(fact: Fact) -> dict[str, Any]:
    """A fact, with what kind it is in `holds`."""
    said: dict[str, Any] = to_builtins(fact)
    said.pop("kind")
    return {"holds": KINDS[type(fact)], **said}


def plain_event(logged: LoggedEvent) -> dict[str, Any]:
    """An event, with what kind it is in `logged` and when that was in `at` (Unix seconds)."""
    said: dict[str, Any] = to_builtins(logged.body)
    return {"logged": said.pop("type"), "at": logged.at, **said}
