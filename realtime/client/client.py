"""One connection after another, to one server, as one user."""

import asyncio
import random
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeAlias
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from realtime import messages
from realtime.client.acks import Acknowledgements
from realtime.client.asking import Refused, Stopped, Unreachable, new_id
from realtime.client.groups import GroupRequests
from realtime.client.maps import MapRequests
from realtime.client.organisations import OrganisationRequests
from realtime.client.position import OwnPosition
from realtime.client.state import MAX_HOLDS, MAX_ROOMS, News, Replica
from realtime.client.surveys import SurveyRequests
from realtime.client.trust import TrustRequests
from realtime.client.words import WordRequests
from realtime.clock import Clock, SystemClock, sleep
from realtime.codec import CODECS
from realtime.errors import CloseCode
from realtime.messages import (
    AnswersNews,
    AppealDecision,
    CallNews,
    Drain,
    Encoding,
    GivenPosition,
    Heartbeat,
    Hello,
    Ok,
    Reach,
    ServerMessage,
    SurveyNews,
    Welcome,
)

OPEN_TIMEOUT_S: Final = 10.0  # to connect and be welcomed
CLOSE_TIMEOUT_S: Final = 2.0
FIRST_BACKOFF_S: Final = 0.5
MAX_BACKOFF_S: Final = 20.0
STEADY_S: Final = 10.0  # a session that lasted so long shows that the server is well
MAX_EVENTS: Final = 1_000  # that wait to be taken from events()


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection was lost, or could not be made; the client tries again by itself."""

    code: int | None
    reason: str
    retry_in_s: float


# messages.Refused as an event is an error that answers no request, such as one about a position.
Event: TypeAlias = (
    Welcome | News | Reach | AnswersNews | CallNews | SurveyNews | Drain | messages.Refused | Disconnected
)


def full_jitter(ceiling_s: float) -> float:
    """Any delay up to the ceiling: with less than full jitter, clients cut off together come back together."""
    return random.uniform(0, ceiling_s)


class Client(GroupRequests, MapRequests, OrganisationRequests, SurveyRequests, TrustRequests, WordRequests):
    """One device of one member. All its methods belong to the loop on which it was started.

    `patient`: keep trying although the first attempt fails. `replica`: what an earlier client of this device had.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        device: str | None = None,
        encoding: Encoding = "json",
        ping_s: float | None = None,
        patient: bool = False,
        replica: Replica | None = None,
        clock: Clock | None = None,
        jitter: Callable[[float], float] = full_jitter,
        program: str = "samverkan-python",
    ) -> None:
        super().__init__()
        self.url = url
        self.device = device or uuid.uuid4().hex
        self.replica = replica or Replica()
        self._token = token
        self._codec = CODECS[encoding]
        self._ping_s = ping_s
        self._patient = patient
        self._clock = clock or SystemClock()
        self._jitter = jitter
        self._program = program
        self._max_rooms, self._max_holds = MAX_ROOMS, MAX_HOLDS
        self._task: asyncio.Task[None] | None = None
        self._first: asyncio.Future[Welcome] | None = None
        self._come_back_after_s: float | None = None  # as `drain` said
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()  # bounded by _tell
        self._listening = False
        self._taken = asyncio.Event()
        self._own_position = OwnPosition(self._clock, self._wake.set)
        self._acks = Acknowledgements(self._clock, self._wake.set)

    # --- life --------------------------------------------------------------------------------------------------------

    async def start(self) -> Welcome:
        """Connect, and stay connected until `close`. Raises Unreachable (unless patient) or Stopped."""
        self._first = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._stay_connected(self._first))
        return await self._first

    async def close(self) -> None:
        """Leave. What waits for an answer raises Unreachable; `events` ends."""
        self._own_position.stop()
        self._acks.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Everything that arrives, each thing once, until `close`; raises Stopped when the server says to stay away.

        Whoever falls far behind makes the socket wait; the server then closes it as slow, and the client catches up.
        While nobody iterates, only the newest events are kept.
        """
        self._listening = True
        try:
            while (event := await self._events.get()) is not None:
                self._taken.set()
                yield event
        finally:
            self._listening = False
            self._taken.set()
        self._events.put_nowait(None)  # for whoever asks again
        if isinstance(self._ended, Stopped):
            raise self._ended

    # --- what needs no answer ----------------------------------------------------------------------------------------

    def position(self, lat: float, lon: float, *, accuracy_m: float = 0.0, age_s: float = 0.0) -> None:
        """Say where this device is; while disconnected only the last is kept, and said when back.

        Call it when the device has moved: in between, the client renews it. Raises ValueError outside of the world.
        """
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise ValueError(f"{lat}, {lon} is no latitude and longitude")
        self._own_position.give(GivenPosition(lat=lat, lon=lon, accuracy_m=accuracy_m, age_s=age_s))

    def withdraw_position(self) -> None:
        """Have the position erased; said again after a reconnect, in case it did not arrive."""
        self._own_position.withdraw()

    def shown(self, alert: str) -> None:
        """An alert was shown to the person: say it for each, so that the server need not ask whether we are there."""
        self._acks.shown(alert)

    # --- connecting --------------------------------------------------------------------------------------------------

    async def _stay_connected(self, first: asyncio.Future[Welcome]) -> None:
        error: Exception = Unreachable("the client was closed")
        try:
            await self._come_and_go(first)
        except (Stopped, Unreachable) as stop:
            error = stop
        finally:
            if not first.done():
                first.set_exception(error)
            self._fail_all(error)
            self._events.put_nowait(None)

    async def _come_and_go(self, first: asyncio.Future[Welcome]) -> None:
        failures = 0
        while True:
            began = self._clock.monotonic()
            code, reason = await self._session(first)
            if code is not None and 4_500 <= code <= 4_999:
                raise Stopped(code, reason)
            if not (first.done() or self._patient):
                raise Unreachable(reason)
            failures = 0 if self._clock.monotonic() - began >= STEADY_S else min(failures + 1, 10)
            delay_s = self._jitter(min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2**failures))
            if self._come_back_after_s is not None:  # already spread over the clients by the server
                delay_s, self._come_back_after_s, failures = self._come_back_after_s, None, 0
            await self._tell(Disconnected(code, reason, delay_s))
            await sleep(self._clock, delay_s)

    async def _session(self, first: asyncio.Future[Welcome]) -> tuple[int | None, str]:
        """Be connected once; return the close code, if there was one, and the reason in words."""
        offered = Subprotocol(f"samverkan.v1.{self._codec.encoding}")
        local = urlsplit(self.url).hostname in ("localhost", "127.0.0.1", "::1")
        try:
            async with connect(
                self.url,
                subprotocols=[offered],
                compression=None,
                proxy=None if local else True,  # a proxy of the environment cannot know this machine
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
            ) as connection:
                if connection.subprotocol != offered:
                    return None, f"no samverkan server at {self.url}"
                welcome = await self._greet(connection)
                self._begin(welcome)
                if not first.done():
                    first.set_result(welcome)
                return await self._read_and_write(connection, welcome)
        except ConnectionClosed as closed:
            if closed.rcvd is None:
                return None, "the connection broke"
            return closed.rcvd.code, closed.rcvd.reason or f"closed with {closed.rcvd.code}"
        except InvalidStatus as refused:
            with suppress(KeyError, ValueError):
                self._come_back_after_s = float(refused.response.headers["Retry-After"]) + self._jitter(1.0)
            return None, f"{self.url} answered with HTTP status {refused.response.status_code}"
        except TimeoutError:
            return None, f"no answer from {self.url} within {OPEN_TIMEOUT_S:.0f} s"
        except ConnectionRefusedError:
            return None, f"no server answers at {self.url}"
        except (OSError, EOFError, WebSocketException) as error:
            return None, f"cannot connect to {self.url}: {error}"

    async def _greet(self, connection: ClientConnection) -> Welcome:
        """Say hello until the server takes it; if it is too much for the server, half of it is said again."""
        while True:
            hello = Hello(
                token=self._token,
                device=self.device,
                position=self._own_position.for_hello(),
                rooms=self.replica.places(self._max_rooms),
                holds=self.replica.held(self._clock.now(), self._max_holds),
                epoch=self.replica.epoch,
                watch=self._view,
                client=self._program,
                ping_s=self._ping_s,
            )
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                await self._send(connection, hello)
                while not isinstance(answer := await self._receive(connection), messages.Refused):
                    if isinstance(answer, Welcome):
                        return answer
            await self._mend(hello, answer)

    async def _mend(self, hello: Hello, refused: messages.Refused) -> None:
        """Make the next hello one that the server takes. What is not known here is followed by a close code."""
        match refused.code, refused.field:
            case "busy", _:
                await sleep(self._clock, refused.retry_after_s or 0.0)
            case "too_many", "rooms" if hello.rooms:
                self._max_rooms = len(hello.rooms) // 2
            case "too_many", _ if hello.holds:
                self._max_holds = len(hello.holds) // 2
            case "invalid", "rooms" if hello.rooms:  # places beyond what there is: better none
                self.replica.rooms.clear()
            case "invalid", _:  # saying it again cannot help
                raise Stopped(None, refused.message)

    def _begin(self, welcome: Welcome) -> None:
        """Take up where the last session ended, with what still waits for an answer."""
        self.replica.welcome(welcome)
        self._max_rooms, self._max_holds = welcome.limits.hello_rooms, welcome.limits.hello_holds
        self._own_position.begin(welcome.limits.position_ttl_s)
        self._resend_all()
        self._wake.set()

    # --- reading and writing -----------------------------------------------------------------------------------------

    async def _read_and_write(self, connection: ClientConnection, welcome: Welcome) -> tuple[int | None, str]:
        writing = asyncio.create_task(self._write(connection))
        try:
            await self._tell(welcome)
            return await self._read(connection)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _read(self, connection: ClientConnection) -> tuple[int | None, str]:
        while True:
            message = await self._receive(connection)
            match message:
                case messages.Answer() | messages.Refused():
                    await self._take_answer(message)
                case Heartbeat(delivered=sent) if sent != self.replica.delivered:
                    reason = f"{sent} frames were sent, {self.replica.delivered} arrived"
                    await connection.close(CloseCode.LOST, reason)
                    return None, reason
                case Heartbeat():
                    self.replica.reach(message.rooms)
                    self._acks.heartbeat()
                case Drain():
                    self._come_back_after_s = message.reconnect_after_s
                    await self._tell(message)
                case Reach() | AnswersNews() | CallNews() | SurveyNews():
                    await self._tell(message)
                case None | Welcome():
                    pass
                case _:
                    if self.replica.take(message, self._clock.now()):
                        await self._tell(message)

    async def _take_answer(self, message: messages.Answer | messages.Refused) -> None:
        request = self._answer(message)
        if isinstance(message, Ok) and request is not None:
            self.replica.answered(request, message, self._clock.now())
        elif isinstance(message, messages.Refused) and message.code == "no_position":
            self._own_position.unknown()
        elif isinstance(message, messages.Refused) and message.id is None:
            await self._tell(message)

    async def _tell(self, event: Event) -> None:
        while self._events.qsize() >= MAX_EVENTS:
            if self._listening:
                self._taken.clear()
                await self._taken.wait()
            else:
                self._events.get_nowait()
        self._events.put_nowait(event)

    async def _write(self, connection: ClientConnection) -> None:
        """Send what is due whenever there is something: requests first, then the position, then acknowledgements."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (request := self._next_unsent()) is not None:
                await self._send(connection, request)
            if (position := self._own_position.take_due()) is not None:
                await self._send(connection, position)
            if (ack := self._acks.due(self.replica.delivered)) is not None:
                await self._send(connection, ack)
                self._acks.said(ack)

    async def _send(self, connection: ClientConnection, message: messages.Request) -> None:
        await connection.send(self._codec.encode(message), text=self._codec.encoding == "json")

    async def _receive(self, connection: ClientConnection) -> ServerMessage | None:
        """The next message; None for one of a type that this client does not know yet."""
        payload = await connection.recv(decode=False)
        try:
            return self._codec.decode_server(payload)
        except ValueError:
            return None


async def appeal_outside(url: str, token: str, of: str, text: str) -> Ok:
    """Appeal a decision without signing in, as who is suspended must. Raises Refused or Unreachable."""
    codec = CODECS["json"]
    try:
        async with connect(url, subprotocols=[Subprotocol("samverkan.v1.json")], compression=None) as socket:
            await socket.send(codec.encode(AppealDecision(id=new_id(), of=of, text=text, token=token)), text=True)
            answer = codec.decode_server(await socket.recv(decode=False))
    except (OSError, EOFError, WebSocketException, TimeoutError) as error:
        raise Unreachable(f"cannot reach {url}: {error}") from None
    if isinstance(answer, messages.Refused):
        raise Refused(answer)
    if not isinstance(answer, Ok):
        raise Unreachable(f"{url} did not answer an appeal")
    return answer
