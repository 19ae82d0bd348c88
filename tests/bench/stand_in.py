"""A server that speaks just enough of the wire for a swarm, over `websockets`, and can be told to do it wrong."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from math import asin, cos, radians, sin, sqrt
from typing import Any

import msgpack
import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

CELL_M = 100.0
Tamper = Callable[[str, dict[str, Any]], int]
"""How often to send a frame to a user: 1, unless something is to go wrong."""


def metres(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    lat, lon, to_lat, to_lon = map(radians, (lat, lon, to_lat, to_lon))
    chord = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lon - lon) / 2) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(chord))


class StandIn:
    """Everything in dicts; a token is the user's name; nothing is stored, nothing is fast."""

    def __init__(self, tamper: Tamper = lambda user, message: 1) -> None:
        self._tamper = tamper
        self._one_at_a_time = asyncio.Lock()
        self._sockets: dict[str, ServerConnection] = {}
        self._positions: dict[str, dict[str, Any]] = {}
        self._groups: dict[str, set[str]] = {}
        self._alerts: dict[str, dict[str, Any]] = {}
        self._has: dict[str, set[str]] = {}
        self.gone: list[str] = []  # whose connection ended, in that order

    async def start(self) -> tuple[Server, str]:
        server = await serve(
            self._session, "127.0.0.1", 0, subprotocols=["samverkan.v1.json", "samverkan.v1.msgpack"], compression=None
        )
        return server, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"

    async def _session(self, socket: ServerConnection) -> None:
        user = ""
        async for payload in socket:
            message = msgspec.json.decode(payload) if isinstance(payload, str) else msgpack.unpackb(payload)
            async with self._one_at_a_time:
                if message["type"] == "hello":
                    user = message["token"]
                    self._sockets[user] = socket
                    self._positions[user] = message["position"]
                    await self._send(user, {"type": "welcome", "id": message["id"], "user": user})
                    await self._walk_in(user)
                else:
                    await getattr(self, f"_{message['type']}")(user, message)

        self.gone.append(user)

    async def _position(self, user: str, message: dict[str, Any]) -> None:
        self._positions[user] = message
        await self._send(user, {"type": "ok", "id": message["id"], "durable": True})
        await self._walk_in(user)

    async def _create_group(self, user: str, message: dict[str, Any]) -> None:
        group = f"group-{len(self._groups)}"
        self._groups[group] = {user}
        code = {"code": "sesame"} if message["locked"] else {}
        await self._send(user, {"type": "ok", "id": message["id"], "durable": True, "group": group, **code})

    async def _join(self, user: str, message: dict[str, Any]) -> None:
        self._groups[message["group"]].add(user)
        await self._send(user, {"type": "ok", "id": message["id"], "durable": True})

    async def _alert(self, user: str, message: dict[str, Any]) -> None:
        id = hashlib.sha256(message["id"].encode()).hexdigest()[:16]
        place = (round(message["lat"], 3), round(message["lon"], 3))  # at most 62 m off, here
        self._alerts[id] = message | {"author": user, "revision": 1, "place": place, "active": True}
        self._has[id] = set()
        await self._send(user, {"type": "ok", "id": message["id"], "durable": True, "alert": id, "revision": 1})
        in_rooms = set().union(*(self._groups[group] for group in message["groups"]))
        for one in sorted(self._sockets):
            if one != user and (one in in_rooms or self._near(one, id)):
                await self._give(one, id)

    async def _update(self, user: str, message: dict[str, Any]) -> None:
        alert = self._alerts[message["alert"]]
        alert["revision"] += 1
        alert["active"] = message.get("state") != "closed"
        answer = {"type": "ok", "id": message["id"], "durable": True}
        await self._send(user, answer | {"alert": message["alert"], "revision": alert["revision"]})
        for one in sorted(self._has[message["alert"]]):
            await self._send(one, self._frame("update", message["alert"]))

    async def _walk_in(self, user: str) -> None:
        for id, alert in self._alerts.items():
            if alert["active"] and alert["author"] != user and user not in self._has[id] and self._near(user, id):
                await self._give(user, id)

    async def _give(self, user: str, id: str) -> None:
        self._has[id].add(user)
        await self._send(user, self._frame("alert", id))

    def _near(self, user: str, id: str) -> bool:
        alert, position = self._alerts[id], self._positions[user]
        if not alert["public"] or "radius_m" not in alert:
            return False
        away_m = metres(position["lat"], position["lon"], *alert["place"])
        return away_m - min(position["accuracy_m"], 300) <= alert["radius_m"] + CELL_M / sqrt(2)

    def _frame(self, type: str, id: str) -> dict[str, Any]:
        alert = self._alerts[id]
        lat, lon = alert["place"]
        return {"type": type, "alert": id, "revision": alert["revision"], "lat": lat, "lon": lon, "cell_m": CELL_M}

    async def _send(self, user: str, message: dict[str, Any]) -> None:
        socket = self._sockets[user]
        json = socket.subprotocol == "samverkan.v1.json"
        payload = msgspec.json.encode(message).decode() if json else msgpack.packb(message)
        for _ in range(self._tamper(user, message)):
            with suppress(ConnectionClosed):  # whoever has left gets nothing
                await socket.send(payload)
