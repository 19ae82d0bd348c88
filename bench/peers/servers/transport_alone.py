"""samverkan's transport and nothing above it: its sockets, its handshake, its outbox, without session, hub or log."""

import asyncio

from bench.peers.servers.arguments import port
from realtime.clock import SystemClock
from realtime.config import ConnectionSettings
from realtime.connection.contract import Connection, Side
from realtime.connection.server import Server, listen, run
from realtime.connection.transport import transport_class
from realtime.frames import frame
from realtime.lanes import Lane


class Listener:
    """A receiver that passes on whatever it hears; whoever speaks is no longer a listener."""

    __slots__ = ()
    everybody: dict["Listener", Connection] = {}  # noqa: RUF012 - the process's

    def __init__(self, connection: Connection) -> None:
        self.everybody[self] = connection

    def received(self, payload: bytes) -> None:
        self.everybody.pop(self, None)
        framed = frame(payload, "json")
        for connection in self.everybody.values():
            connection.send(framed, Lane.RED)

    def drained(self) -> None: ...

    def lost(self) -> None:
        self.everybody.pop(self, None)


class Open:
    """A gate that lets everybody in."""

    def wait_s(self) -> float | None:
        return None

    def open(self, connection: Connection) -> Listener:
        return Listener(connection)

    def ended(self, by: Side, code: int) -> None: ...


async def serve() -> None:
    async def app(scope: object, receive: object, send: object) -> None: ...

    async def drain() -> None: ...

    kind = transport_class(Open(), ConnectionSettings(), SystemClock())
    async with Server(app, kind, listen("127.0.0.1", port()), drain).running():
        await asyncio.Event().wait()


if __name__ == "__main__":
    run(serve())
