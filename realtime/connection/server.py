"""The listening socket and its life: listening before anything starts, drained before anything stops."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from signal import SIGINT, SIGTERM
from typing import Any, Final, Self, TypeVar

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_BACKLOG: Final = 4_096  # a whole neighbourhood comes back at once; the kernel caps it at net.core.somaxconn
_ACCEPTED_AT_ONCE: Final = 4
_END_OF_HEAD: Final = b"\r\n\r\n"
_MAX_HEAD_BYTES: Final = 65_536
_HEAD_TIMEOUT_S: Final = 10.0
_REST_TIMEOUT_S: Final = 5.0  # for the rest of a request that has been answered already
_SHUTDOWN_S: Final = 15  # more than a connection takes to close by itself

_log = logging.getLogger(__name__)

# uvicorn warns of each request that is malformed or wants another upgrade, and anybody can send a thousand.
_REQUESTS_LOG: Final = logging.getLogger(f"{__name__}.requests")
_REQUESTS_LOG.setLevel(logging.ERROR)
_T = TypeVar("_T")


class CannotListen(OSError):
    """The address cannot be listened on; says which and why, in one line."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens already, so that a taken port is known before anything else is begun. Port 0: any free one.

    Clients that connect before the server runs wait for it in the backlog. Raises CannotListen.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise CannotListen(f"cannot listen on {host} port {port}: {reason}") from error


class Server(uvicorn.Server):
    """uvicorn on one listening socket, with our sockets' protocol class, and draining before its own shutdown."""

    def __init__(
        self,
        app: Callable[..., Any],
        transport: type[asyncio.Protocol],
        listener: socket.socket,
        drain: Callable[[], Awaitable[None]],
        max_sockets: int | None = None,
    ) -> None:
        """`app` is ASGI. `drain` is awaited when the server is to stop, while everything still works.

        `max_sockets`: of all kinds together, HTTP's too; one more is cut off before it says anything.
        """

        class Bound(HttpConnection):
            _most = max_sockets

        super().__init__(
            uvicorn.Config(
                app,
                http=Bound,
                ws=transport,
                ws_ping_interval=None,
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_graceful_shutdown=_SHUTDOWN_S,
            )
        )
        self._listener = listener
        self.port: Final[int] = listener.getsockname()[1]  # the real one, if 0 was asked for
        self._drain = drain
        self._draining: asyncio.Future[None] | None = None
        self._stopping = asyncio.Event()

    async def serve(self, sockets: object = None) -> None:
        """Serve until `stop`, SIGTERM or SIGINT; return when everything is closed."""
        # Not uvicorn's way, which raises the signal again at the end: the process would die with its log still open.
        loop = asyncio.get_running_loop()
        for number in (SIGINT, SIGTERM):
            loop.add_signal_handler(number, self.stop)
        try:
            async with self.running():
                await self._stopping.wait()
        finally:
            for number in (SIGINT, SIGTERM):
                loop.remove_signal_handler(number)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve on this loop for as long as the context lasts; on leaving it, drain and close."""
        if not self.config.loaded:
            self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        # uvloop accepts one connection from each listener in a turn of the loop. With one alone, while turns are busy
        # with those who are in, the others wait outside, where nobody can tell them when to come.
        listeners = [self._listener, *(self._listener.dup() for _ in range(_ACCEPTED_AT_ONCE - 1))]
        await self.startup(sockets=listeners)
        ticking = asyncio.create_task(self.main_loop())
        try:
            yield self
        finally:
            try:
                await self.shutdown(sockets=listeners)
            finally:
                ticking.cancel()
                await asyncio.wait([ticking])

    def stop(self) -> None:
        """Let `serve` drain and return. Called again, it waits no longer for anybody."""
        if self._stopping.is_set():
            self.force_exit = True
            if self._draining is not None:
                self._draining.cancel()
        self._stopping.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._draining = asyncio.ensure_future(self._drain())
        try:
            await asyncio.wait([self._draining])
        finally:
            self._draining.cancel()
        if not self._draining.cancelled() and (error := self._draining.exception()):
            _log.error("draining failed", exc_info=error)
        await super().shutdown(sockets)


class HttpConnection(HttpToolsProtocol):
    """uvicorn's HTTP, with bounds that it lacks: on how long a request's head may be, and may take to come; on what
    still comes when it has been answered; and on how many there are."""

    _most: int | None = None  # sockets of this server
    _head_bytes = 0
    _before = b""  # the end of the read before, for where a head ends in the middle
    _in_head = True
    _in_body = False
    _deadline: asyncio.TimerHandle | None = None
    _rest_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.logger = _REQUESTS_LOG
        super().connection_made(transport)
        self._arm()
        if self._most is not None and len(self.connections) > self._most:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            end = (self._before + data).find(_END_OF_HEAD)  # what follows is a body, which may be long
            self._head_bytes += len(data) if end < 0 else end
            self._before = data[-3:]
            if self._head_bytes > _MAX_HEAD_BYTES:
                self.transport.abort()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._in_head = True
        self._arm()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """What comes after a chunked body (RFC 9112 section 7.1.2) is let go: nothing bounds how much that is."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes, self._before = False, 0, b""
        self._in_body = True
        self._disarm()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        if self._rest_deadline is not None:
            self._rest_deadline.cancel()
            self._rest_deadline = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """What comes after a refusal, byte by byte, would keep the socket for ever: each byte counts as life."""
        super().on_response_complete()
        if self._in_body and self._rest_deadline is None:
            self._rest_deadline = self.loop.call_later(_REST_TIMEOUT_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        if self._rest_deadline is not None:
            self._rest_deadline.cancel()
            self._rest_deadline = None
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()  # pipelined behind a request whose answer would be written into the WebSocket
            return
        super().handle_websocket_upgrade()
        # Parser and protocol hold each other: without this a connection keeps both until the next full collection.
        self.parser = None  # type: ignore[assignment]

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(_HEAD_TIMEOUT_S, self.transport.abort)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """Run a server's coroutine on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
