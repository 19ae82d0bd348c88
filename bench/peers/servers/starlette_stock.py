"""Starlette's stock WebSocketEndpoint on uvicorn, and what its users write: a loop of `send_text`."""

import uvicorn
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from bench.peers.servers.arguments import port

listeners: set[WebSocket] = set()


class Alerts(WebSocketEndpoint):
    encoding = "text"

    async def on_connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        listeners.add(websocket)

    async def on_receive(self, websocket: WebSocket, data: str) -> None:
        listeners.discard(websocket)  # whoever speaks is no longer a listener
        for listener in list(listeners):
            await listener.send_text(data)

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        listeners.discard(websocket)


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[WebSocketRoute("/", Alerts)]),
        port=port(),
        loop="uvloop",
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        backlog=4_096,
        log_level="warning",
    )
