"""How often yellows may sound at one device, and what is said of those that came without (R35)."""

from typing import Final

import numpy as np

from realtime.clock import Clock, Timer
from realtime.delivery.rooms import Rooms
from realtime.delivery.roster import Numbers, Roster
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import NoticeNews
from realtime.words import notice_text
from storage.events import Noticed

HOUR_S: Final = 3_600.0


class Noise:
    """The last few times that a yellow sounded, by device number: at most `limit` within any hour; 0 for no limit.

    A person's devices hear the same, so that each may count for itself. The times are kept while the number is
    theirs, also over a lost connection, and nowhere else: what reached somebody is location data (R14).
    """

    def __init__(self, limit: int, roster: Roster, rooms: Rooms, clock: Clock, *, is_exercise: bool) -> None:
        self._limit = limit
        self._roster = roster
        self._rooms = rooms
        self._clock = clock
        self._is_exercise = is_exercise
        self._times = np.empty((0, limit))
        self._whose: list[str] = []
        self._silenced: dict[int, int] = {}  # how many came without, since the last digest
        self._timer: Timer | None = None

    @property
    def is_limited(self) -> bool:
        return self._limit > 0

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def attached(self, number: int, user: str) -> None:
        """Somebody has this number: nothing has sounded there if it was somebody else's before."""
        if not self._limit:
            return
        if number >= len(self._whose):
            more = max(64, number)
            self._whose += [""] * more
            self._times = np.concatenate([self._times, np.full((more, self._limit), -np.inf)])
        if self._whose[number] != user:
            self._whose[number] = user
            self._times[number] = -np.inf
            self._silenced.pop(number, None)

    def forget(self, user: str) -> None:
        """Nothing is remembered of what sounded at somebody's devices."""
        for number, whose in enumerate(self._whose):
            if whose == user:
                self._whose[number] = ""
                self._times[number] = -np.inf
                self._silenced.pop(number, None)

    def parted(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """Of these, at whom a yellow may sound now, which then counts; and at whom it may not."""
        now = self._clock.monotonic()
        oldest = self._times[numbers].argmin(axis=1)
        may = self._times[numbers, oldest] <= now - HOUR_S
        self._times[numbers[may], oldest[may]] = now
        over = numbers[~may]
        return numbers[may], over

    def silenced(self, numbers: Numbers) -> None:
        """A yellow came to these without its signal."""
        for number in numbers.tolist():
            self.silenced_one(number)

    def silenced_one(self, number: int) -> None:
        self._silenced[number] = self._silenced.get(number, 0) + 1
        if self._timer is None:
            self._timer = self._clock.call_later(HOUR_S, self._digest)

    def may_sound(self, number: int) -> bool:
        """The same for one."""
        may, _ = self.parted(np.array([number]))
        return len(may) > 0

    def _digest(self) -> None:
        """Tell each, once an hour, how many came without a signal."""
        self._timer = None
        silenced, self._silenced = self._silenced, {}
        for number, count in silenced.items():
            session = self._roster.sessions[number]
            if session is not None and session.identity.user not in self._rooms.paused:
                language = self._rooms.languages.get(session.identity.user, "en")
                said = Noticed(code="more_yellows", about={"count": str(count)})
                news = NoticeNews(
                    code=said.code,
                    text=notice_text(said, language),
                    about=said.about,
                    rooms={},
                    exercise=self._is_exercise,
                )
                session.tell(Frames(news), Lane.REST)
