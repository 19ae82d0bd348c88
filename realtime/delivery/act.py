"""Something that somebody asked to have stored, from its arrival to its answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from realtime.clock import Timer
from realtime.delivery.subscriber import Subscriber
from realtime.errors import SamverkanError
from realtime.messages import Request, World
from storage.events import Entry, Event


@dataclass(slots=True, kw_only=True, eq=False)
class Act:
    """A request on its way through the writer.

    `key` and `digest` are those of its Entry. `decide` judges it by the state of that moment, and gives the entry to
    append or raises SamverkanError; it is asked when the act enters a batch, and again if its batch is tried anew.
    `request` is what was asked, for rules that hold for whatever is stored; `is_told` that whoever asked gets a copy of
    what goes out like everybody else, because it is not theirs.
    `answer` is told what was stored, its seqs, and whether it is durable yet; `refuse` why it was not; `began` that it
    goes out now, once, also if it is answered again. `alert` is the alert that it concerns: one alert's acts are never
    reordered among themselves.
    """

    world: World
    key: str
    digest: bytes
    origin: Subscriber | None
    decide: Callable[[], Entry]
    answer: Callable[[Event, Mapping[str, int], bool], None]
    refuse: Callable[[SamverkanError], None]
    began: Callable[[Event], None] = lambda event: None
    is_urgent: Callable[[], bool] = lambda: False
    alert: str | None = None
    request: Request | None = None
    is_told: bool = False

    # The writer's own notes.
    since: float = 0.0  # when it was handed over, monotonic
    entry: Entry | None = None
    has_outrun: bool = False
    is_counted: bool = False  # among what one person may have stored in a while
    timer: Timer | None = None
    followers: "list[Act]" = field(default_factory=list)  # retries that came before the answer

    @property
    def askers(self) -> list[Subscriber]:
        """The sessions whose answer is all that they need, the first included."""
        return [] if self.is_told else [act.origin for act in (self, *self.followers) if act.origin is not None]

    def answer_all(self, event: Event, seqs: Mapping[str, int], *, durable: bool) -> None:
        """The same answer for the act and every retry of it; a retry with another body is none of them."""
        for act in (self, *self.followers):
            act.answer(event, seqs, durable)

    def refuse_all(self, error: SamverkanError) -> None:
        for act in (self, *self.followers):
            act.refuse(error)
