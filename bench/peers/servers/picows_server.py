"""picows: WebSocket in Cython on uvloop, and a loop of its `send`. Runs in the peers' environment."""

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from bench.peers.servers.arguments import port

listeners: set[WSTransport] = set()


class Listener(WSListener):  # type: ignore[misc]
    def on_ws_connected(self, transport: WSTransport) -> None:
        listeners.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        listeners.discard(transport)  # whoever speaks is no longer a listener
        payload = frame.get_payload_as_bytes()
        for listener in listeners:
            listener.send(WSMsgType.TEXT, payload)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        listeners.discard(transport)


async def main() -> None:
    def listener(request: WSUpgradeRequest) -> Listener:
        return Listener()

    server = await ws_create_server(listener, "127.0.0.1", port(), backlog=4_096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
