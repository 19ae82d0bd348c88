"""What the ledger finds: faults by kind, each with whom and what it concerns, and figures."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

Kind: TypeAlias = Literal[
    "lost", "duplicate", "disordered", "wrong", "lie", "refused", "sounded", "silent", "miscounted", "unsettled"
]
"""
lost         somebody has not what is theirs
duplicate    somebody was sent what they had said that they have, or twice on one connection
disordered   a message after a later one of its room, or a revision after a later one
wrong        what nobody said, or not as it was said, or to somebody whom it does not concern
lie          an `ok` that was contradicted or taken back; `unconfirmed` of what is stored, or not of what is lost
refused      an error that nothing explains
sounded      a second signal for one alert at one level
silent       no signal at all
miscounted   a heartbeat that counted other frames than came
unsettled    somebody was not up to date, or not answered, when all was quiet
"""
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in words, and where to look in the records."""

    kind: Kind
    text: str
    device: int | None = None
    room: str | None = None
    alert: str | None = None
    at: float | None = None


@dataclass(slots=True)
class Verdict:
    faults: list[Fault] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)

    def fault(
        self,
        kind: Kind,
        text: str,
        *,
        device: int | None = None,
        room: str | None = None,
        alert: str | None = None,
        at: float | None = None,
    ) -> None:
        self.faults.append(Fault(kind, text, device, room, alert, at))

    @property
    def counts(self) -> dict[Kind, int]:
        found = Counter(fault.kind for fault in self.faults)
        return {kind: found[kind] for kind in KINDS}
