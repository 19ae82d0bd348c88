"""What those who have got an alert say to its author, and what three of them together change (F20, R12, R21)."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from realtime.clock import Clock
from realtime.delivery.alertbook import lane_of
from realtime.delivery.buckets import bucket_of
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Ended, Invalid, NotFound
from realtime.frames import Frames
from realtime.messages import AnswerAlert, AnswersNews, Bucket, Ok, Said
from realtime.service.acts import own_act, required_id
from realtime.service.caller import Caller
from storage.events import Alert, AlertUpdated, Entry

DISPUTED_BY: Final = 3  # independent accounts that say it is not true


@dataclass(frozen=True, slots=True)
class _Answer:
    said: Said
    is_settled: bool  # an account that is not new, whose "not true" counts
    name: str | None = None


@dataclass(slots=True)
class _Answers:
    """Of one alert, by user, and whether its author is about to be told."""

    first_at: float  # Unix seconds
    by_user: dict[str, _Answer] = field(default_factory=dict)
    is_due: bool = False


class Answers:
    """The answers to one world's alerts, in memory only: who got an alert is stored nowhere (R14).

    They live as long as the alert is in the book, and end with the server.
    """

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        every_s: float,
        is_new: Callable[[Caller], bool],
        circle_of: Callable[[str], Set[str]],
    ) -> None:
        """`every_s`: at most so often is an author told how many have answered. `circle_of`: see `Circles`."""
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._every_s = every_s
        self._is_new = is_new
        self._circle_of = circle_of
        self._answers: dict[str, _Answers] = {}
        self._began_at = clock.now()

    def answer(self, caller: Caller, message: AnswerAlert) -> None:
        """The latest answer of each person counts. Only who has got the alert has anything to answer (R23)."""
        id, identity = required_id(message), caller.identity
        record = self._hub.alerts.record(message.alert)
        if record is None or not self._hub.has(caller, message.alert) or record.alert.author == identity.user:
            raise NotFound("no such alert, or none that you have got from somebody else", field="alert")
        if not record.is_active(self._clock.now()):
            raise Ended("the alert has ended")
        if message.named and (message.answer != "coming" or not self._in_one_locked_group(identity.user, record.alert)):
            raise Invalid("one comes by name only within a locked group", field="named")
        answers = self._answers.setdefault(message.alert, _Answers(self._clock.now()))
        answers.by_user[identity.user] = _Answer(
            message.answer, not self._is_new(caller), identity.name if message.named else None
        )
        caller.answer(Ok(id=id, durable=False, alert=message.alert))
        if not answers.is_due:
            answers.is_due = True
            self._clock.call_later(self._every_s, lambda: self._tell(message.alert))
        if message.answer == "not_true":
            self._dispute(record.alert, answers.by_user)

    def first_at(self, alert: str) -> float | None:
        """When somebody first answered an alert (Unix seconds), for as long as the alert is in the book."""
        answers = self._answers.get(alert)
        return None if answers is None else answers.first_at

    def is_answered(self, alert: Alert) -> bool:
        """Whether anybody has answered whose account is not new; or may have, before the server's start."""
        answers = self._answers.get(alert.id)
        is_known = answers is not None and any(answer.is_settled for answer in answers.by_user.values())
        return is_known or alert.received_at < self._began_at

    def forget(self, user: str) -> None:
        """Somebody has erased their account: they have answered nothing."""
        for answers in self._answers.values():
            answers.by_user.pop(user, None)

    def forget_old(self) -> None:
        """Let go of the answers to alerts that nobody shows any more."""
        self._answers = {
            alert: answers for alert, answers in self._answers.items() if self._hub.alerts.record(alert) is not None
        }

    def _tell(self, alert: str) -> None:
        """Say to all of the author's devices how it stands now."""
        answers, record = self._answers.get(alert), self._hub.alerts.record(alert)
        if answers is None or record is None:
            return
        answers.is_due = False
        said = [answer.said for answer in answers.by_user.values()]
        names = (
            answer.name
            for user, answer in answers.by_user.items()
            if answer.name is not None and self._in_one_locked_group(user, record.alert)  # still
        )
        news = AnswersNews(
            alert=alert,
            seen=_bucket(said, "seen"),
            coming=_bucket(said, "coming"),
            safe=_bucket(said, "safe"),
            not_true=_bucket(said, "not_true"),
            names=tuple(sorted(names)),
        )
        for session in self._hub.presence.of_user(record.alert.author):
            session.tell(Frames(news), lane_of(record.alert))

    def _in_one_locked_group(self, user: str, alert: Alert) -> bool:
        """Whether somebody got it in a locked group, of which its author is a member too."""
        rooms = self._hub.rooms
        for group in alert.groups:
            card, members = rooms.group(group), rooms.members(group)
            if card is not None and card.locked and user in members and alert.author in members:
                return True
        return False

    # --- disputed ---

    def _dispute(self, alert: Alert, by_user: Mapping[str, _Answer]) -> None:
        """Mark it once enough who have nothing to do with each other say that it is not true. Its state stays (R12)."""
        if alert.disputed or alert.by_role is not None or self._independent(alert.author, by_user) < DISPUTED_BY:
            return

        def decide() -> Entry:
            latest = self._hub.alerts.latest(alert.id)
            if latest is None or latest.disputed or latest.by_role is not None or latest.ended_at is not None:
                raise Ended("it is disputed already, or somebody with an office has said how it is")
            now = self._clock.now()
            changed = latest.revised(
                now, {"disputed": True, "merged": latest.merged + 1}
            )  # none of its author's updates
            self._hub.alerts.decide(changed)
            return Entry(body=AlertUpdated(changed), world=self._hub.world, at=now)

        self._writer.submit(own_act(self._hub.world, f"disputed/{alert.id}", decide, alert=alert.id))

    def _independent(self, author: str, by_user: Mapping[str, _Answer]) -> int:
        """How many circles of people say so; whoever is of the author's own counts for nothing.

        What a client calls its device says nothing of who holds it, and is not looked at.
        """
        authors = self._circle_of(author)
        circles: list[Set[str]] = []
        for user, answer in by_user.items():
            mine = self._circle_of(user)
            if answer.said != "not_true" or not answer.is_settled or mine & authors:
                continue
            for circle in [circle for circle in circles if circle & mine]:
                circles.remove(circle)
                mine = mine | circle
            circles.append(mine)
        return len(circles)


def _bucket(said: list[Said], which: Said) -> Bucket | None:
    """None if nobody said so: that somebody comes is what the author waits for."""
    count = said.count(which)
    return bucket_of(count) if count else None
