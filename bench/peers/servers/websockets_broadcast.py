"""`websockets`: its asyncio server on uvloop, and its own `broadcast`. No compression, no pings, as with all peers."""

import asyncio

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.peers.servers.arguments import port

listeners: set[ServerConnection] = set()


async def session(connection: ServerConnection) -> None:
    listeners.add(connection)
    try:
        async for message in connection:
            listeners.discard(connection)  # whoever speaks is no longer a listener
            broadcast(listeners, message)
    finally:
        listeners.discard(connection)


async def main() -> None:
    async with serve(session, "127.0.0.1", port(), compression=None, ping_interval=None, backlog=4_096):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
