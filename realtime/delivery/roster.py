"""Sessions by the number of their device, and beside them in columns what decides who gets which copy, and how."""

from typing import Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from realtime.delivery.subscriber import Subscriber

Numbers: TypeAlias = NDArray[np.int64]
"""Device numbers, each once."""

Marks: TypeAlias = NDArray[np.bool_]
"""By device number: whether something holds of its session."""

_T = TypeVar("_T", bound=np.generic)
_EXACT_ROLE: Final = "police"  # who sees the exact place of what they are near


class Roster:
    """Who is connected, by device number.

    To touch a session, its identity and its socket costs more than to write to it, so a choice of thousands reads
    columns and nothing else. Whatever else is to decide on a copy belongs in a column too.
    """

    __slots__ = (
        "attached",
        "duties",
        "files",
        "is_binary",
        "is_here",
        "is_on_duty",
        "sessions",
        "since",
        "wishes",
        "yellow_m",
    )

    def __init__(self) -> None:
        self.sessions: list[Subscriber | None] = []
        self.duties = 0  # how often somebody here went on duty or off it; a choice made before may be out of date
        self.attached = 0  # so far; a number that was taken later than a choice is somebody else
        self.since = np.empty(0, np.int64)  # how many had attached when its latest session did, that one included
        self.files = np.empty(0, np.int32)  # of whom is here: the number of the socket, -1 if it is none
        self.is_here = np.empty(0, np.bool_)
        self.is_binary = np.empty(0, np.bool_)
        self.is_on_duty = np.empty(0, np.bool_)
        self.wishes = np.empty(0, np.uint8)  # what they do not want now, in the bits of `Wishes`
        self.yellow_m = np.empty(0, np.float64)  # how near a yellow must be; infinite for as far as it reaches

    def __len__(self) -> int:
        """One more than the highest number."""
        return len(self.sessions)

    def add(self) -> int:
        """A number that nobody had."""
        number = len(self.sessions)
        self.sessions.append(None)
        if number >= len(self.files):
            more = max(64, number)
            self.files = _longer(self.files, more, -1)
            self.since = _longer(self.since, more, 0)
            self.is_here = _longer(self.is_here, more, False)
            self.is_binary = _longer(self.is_binary, more, False)
            self.is_on_duty = _longer(self.is_on_duty, more, False)
            self.wishes = _longer(self.wishes, more, 0)
            self.yellow_m = _longer(self.yellow_m, more, np.inf)
        return number

    def enter(self, number: int, session: Subscriber) -> None:
        """A session has this number from now on."""
        self.attached += 1
        session.number = number
        self.since[number] = self.attached
        self.sessions[number] = session
        self.files[number] = session.file
        self.is_here[number] = True
        self.is_binary[number] = session.encoding == "msgpack"
        self.is_on_duty[number] = is_on_duty(session)

    def became(self, session: Subscriber) -> None:
        """A session is somebody else from now on, if it is still here."""
        number, is_now = session.number, is_on_duty(session)
        if number < len(self.sessions) and self.sessions[number] is session and self.is_on_duty[number] != is_now:
            self.is_on_duty[number] = is_now
            self.duties += 1

    def leave(self, number: int) -> None:
        """Nobody has this number now."""
        self.sessions[number] = None
        self.files[number] = -1
        self.is_here[number] = False

    def session(self, number: int, since: int) -> Subscriber | None:
        """The session of a number, if it is the same one as when so many had attached."""
        return self.sessions[number] if self.since[number] <= since else None

    def are_same(self, numbers: Numbers, since: int) -> bool:
        """Whether nobody has taken one of these numbers since so many had attached."""
        return self.attached == since or not (self.since[numbers] > since).any()

    def those(self, numbers: Numbers) -> list[Subscriber]:
        """The sessions of these numbers."""
        found = (self.sessions[number] for number in numbers.tolist())
        return [session for session in found if session is not None]


def _longer(column: NDArray[_T], by: int, value: object) -> NDArray[_T]:
    return np.concatenate([column, np.full(by, value, column.dtype)])


def is_on_duty(session: Subscriber) -> bool:
    """Whether somebody sees the exact place of what they are near."""
    return session.identity.role == _EXACT_ROLE
