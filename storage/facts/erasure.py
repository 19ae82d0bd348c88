"""What holds of accounts that are erased."""

from typing import ClassVar

from storage.facts.base import Fact


class Erasing(Fact, frozen=True, kw_only=True, tag="erasing"):
    """An account is being erased (F78): it is nowhere any more, and what is stored of it is on its way out."""

    NAMED_BY: ClassVar = ("user",)
    user: str


class Retracted(Fact, frozen=True, kw_only=True, tag="retracted"):
    """An alert whose author takes back all that they said in it (F78), until nothing of that is stored any more."""

    NAMED_BY: ClassVar = ("alert",)
    alert: str
    user: str


class Erasure(Fact, frozen=True, kw_only=True, tag="erasure"):
    """Somebody's account was erased, at a time (Unix seconds); whose is not kept. `by_platform`: not by themselves."""

    NAMED_BY: ClassVar = ("id",)
    id: str
    at: float
    by_platform: bool = False
