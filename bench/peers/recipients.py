"""All recipients of one server, in a process of their own: one program for every server, so that it favours none.

They say only what the server's dialect demands, and read from one epoll. Most reads are one whole frame, the same for
everybody: it is parsed and checked once in a round, and known by its bytes from then on.
"""

import multiprocessing
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Final

from bench.peers.dialects import DIALECTS, Dialect, Step, numbers
from bench.swarm import limit_open_files
from bench.wire import CLOSE, PING, PONG, FrameReader, masked_frame, split_upgrade, upgrade_request

ARRIVE_S: Final = 30.0
SETTLE_S: Final = 0.03  # after the last one: what comes then came too often, and the server ends what it has to
_ANSWER_S: Final = 30.0


class RecipientsFailed(Exception):
    """A client could not connect, was cut off, or was told what no client can understand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One message to all of them: what came of it."""

    last_ns: int  # from just before it was published to the read at the last recipient
    missing: int  # recipients who did not have it
    extra: int  # messages that somebody had had already, or that were of another round
    wrong: int  # distinct frames that had the number, but not the text
    frame_bytes: int  # on the wire, as most had it
    reader_busy_ns: int  # processor time of this process until the last one


class Recipients:
    """As the bench's own process sees them."""

    def __init__(self, dialect: str, port: int, cores: set[int]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_main, args=(theirs, dialect, port, cores), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> "Recipients":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pipe.close()
        self._process.join(10.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def prepare(self, count: int) -> None:
        """How many there will be, and a publisher as the last of them."""
        self._ask("prepare", count)

    def connect(self, count: int) -> None:
        """The next `count` of the clients."""
        self._ask("connect", count)

    def round(self, number: int) -> Round:
        """Publish this message, and return when everybody has it, or when there is no hope any more."""
        answer = self._ask("round", number)
        assert isinstance(answer, Round)
        return answer

    def _ask(self, word: str, number: int) -> object:
        try:
            self._pipe.send((word, number))
            answer = self._pipe.recv()
        except (OSError, EOFError):
            raise RecipientsFailed("the recipients' process died") from None
        if isinstance(answer, str):
            raise RecipientsFailed(answer)
        return answer


# --- in their own process --------------------------------------------------------------------------------------------


class Clients:
    """Every socket, by its number; the last to connect is the publisher, whose own messages count for nobody."""

    def __init__(self, dialect: Dialect, port: int) -> None:
        self._dialect, self._port = dialect, port
        self._sockets: dict[int, socket.socket] = {}
        self._midway: dict[int, FrameReader] = {}  # those of whose next frame a part has come
        self._poll = select.epoll()
        self._greetings: Iterator[tuple[Step, ...]] = iter(())
        self._publisher = -1  # its file number
        self._known: dict[bytes, tuple[int, ...]] = {}
        self._number = -1
        self._had: dict[int, bool] = {}
        self._extra = self._wrong = self._last_ns = 0

    def close(self) -> None:
        self._poll.close()
        for client in self._sockets.values():
            client.close()

    def prepare(self, count: int) -> None:
        self._greetings = self._dialect.greetings(count + 1)

    def connect(self, count: int) -> None:
        """Many at once, step by step: mosquitto takes 0.1 s for each answer, and for all of them together."""
        opened = [self._opened() for _ in range(count)]
        rests = [_upgraded(client) for client in opened]
        told = [next(self._greetings) for _ in opened]
        for turn in range(max(map(len, told))):
            talking = [at for at, steps in enumerate(told) if turn < len(steps)]
            for at in talking:
                opened[at].sendall(told[at][turn][0])
            for at in talking:
                rests[at] = _answered(opened[at], rests[at], told[at][turn][1])
        for client in opened:
            self._publisher = client.fileno()
            self._sockets[self._publisher] = client
            self._poll.register(client, select.EPOLLIN)
        self._read_for(SETTLE_S)  # whatever more it has to say at the door

    def round(self, number: int) -> Round:
        self._extra = self._wrong = self._last_ns = 0
        self._read_for(0.0)  # what is still there of the round before is too much
        recipients = self._sockets.keys() - {self._publisher}
        self._number, self._had, self._known = number, dict.fromkeys(recipients, False), {}
        waiting = len(recipients)
        message = self._dialect.publish(number)
        busy, began = time.process_time_ns(), time.monotonic_ns()
        self._sockets[self._publisher].sendall(message)
        deadline = time.monotonic() + ARRIVE_S
        while waiting and time.monotonic() < deadline:
            for file, _ in self._poll.poll(0.5):
                waiting -= self._read(file)
            # When the last of a turn's reads was done: a turn is far shorter than a round, and to time each is dear.
            self._last_ns = time.monotonic_ns() - began
        busy = time.process_time_ns() - busy
        self._read_for(SETTLE_S)
        missing = sum(not self._had[file] for file in recipients)
        return Round(
            last_ns=self._last_ns,
            missing=missing,
            extra=self._extra,
            wrong=self._wrong,
            frame_bytes=max(map(len, self._known), default=0),
            reader_busy_ns=busy,
        )

    def _read_for(self, seconds: float) -> None:
        """Whatever comes; return when nothing has come for so long."""
        while ready := self._poll.poll(seconds):
            for file, _ in ready:
                self._read(file)

    def _read(self, file: int) -> bool:
        """Whether this was the first that this recipient has of the message."""
        data = os.read(file, 4_096)
        if file == self._publisher:  # some servers tell the speaker, too
            self._parsed(file, data)
            return False
        found = self._known.get(data) if file not in self._midway else None
        if found is None:
            found = self._parsed(file, data)
        first = False
        for number in found:
            if number != self._number or self._had[file]:
                self._extra += 1
            else:
                self._had[file] = first = True
        return first

    def _parsed(self, file: int, data: bytes) -> tuple[int, ...]:
        """The numbers of the messages that are whole now; the server is answered if it wants to be."""
        if not data:
            raise RecipientsFailed("the server cut a recipient off")
        fresh = file not in self._midway
        reader = self._midway.pop(file, None) or FrameReader()
        found: list[int] = []
        for opcode, payload in reader.feed(data):
            if opcode == CLOSE:
                raise RecipientsFailed(f"the server closed: {payload[2:].decode(errors='replace')}")
            mine = () if opcode in (PING, PONG) else numbers(payload)
            self._wrong += sum(not self._dialect.whole(payload, number) for number in mine)
            answer = masked_frame(PONG, payload) if opcode == PING else None if mine else self._dialect.answer(payload)
            if answer is not None:
                self._sockets[file].sendall(answer)
            found += mine
        if reader.midway:
            self._midway[file] = reader
        elif fresh and found:
            self._known[data] = tuple(found)
        return tuple(found)

    def _opened(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self._port), timeout=_ANSWER_S)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(upgrade_request("127.0.0.1", self._dialect.path, self._dialect.subprotocol))
        return client


def _upgraded(client: socket.socket) -> bytes:
    """What came behind the answer to the upgrade."""
    got, rest = b"", None
    while rest is None:
        got += _some(client, got)
        rest = split_upgrade(got)
    return rest


def _answered(client: socket.socket, got: bytes, awaited: bytes) -> bytes:
    """What came behind the awaited answer."""
    while awaited not in got:
        got += _some(client, got)
    return got.partition(awaited)[2]


def _some(client: socket.socket, got: bytes) -> bytes:
    # A server with Nagle's algorithm on keeps its second small write until we acknowledge the first: 40 ms for each.
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    piece = client.recv(65_536)
    if not piece:
        raise RecipientsFailed(f"closed instead of an answer, after {got[-200:]!r}")
    return piece


def _main(pipe: Connection, dialect: str, port: int, cores: set[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the bench, which ends us
    os.sched_setaffinity(0, cores)
    limit_open_files()
    clients: Any = Clients(DIALECTS[dialect], port)
    try:
        while True:
            word, number = pipe.recv()
            pipe.send(getattr(clients, word)(number))
    except EOFError:
        pass
    except (RecipientsFailed, ValueError, OSError) as error:
        with suppress(OSError):  # nobody listens any more: that was the error
            pipe.send(f"a recipient failed: {error!r}")
