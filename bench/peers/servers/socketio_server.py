"""python-socketio on uvicorn, in ASGI mode, and its own `emit` to everybody else. Runs in the peers' environment."""

import socketio
import uvicorn

from bench.peers.servers.arguments import port

server = socketio.AsyncServer(async_mode="asgi", ping_interval=36_000, ping_timeout=36_000)


@server.on("say")  # type: ignore[untyped-decorator]
async def say(sid: str, text: str) -> None:
    await server.emit("alert", text, skip_sid=sid)


if __name__ == "__main__":
    uvicorn.run(
        socketio.ASGIApp(server),
        port=port(),
        loop="uvloop",
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        backlog=4_096,
        log_level="warning",
    )
