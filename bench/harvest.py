"""An inbox of raw payloads made into records, when the run is over and time costs nothing."""

from array import array
from collections import Counter
from typing import NamedTuple

import numpy as np

from bench.member import Inbox, Told, told
from bench.records import NEVER, Deliveries, Messages, Positions

COUNTED = frozenset({"alert", "update", "message"})  # what a heartbeat's `delivered` counts


class Reported(NamedTuple):
    """One position as it was sent; its place in the list is in the message's `id`."""

    client: int
    lat: float
    lon: float
    accuracy_m: float
    sent_ns: int


class Harvest(NamedTuple):
    positions: Positions
    deliveries: Deliveries
    messages: Messages
    refused: Counter[str]
    miscounted: int
    bytes_in: int
    alert_bytes: int


def position_id(row: int) -> str:
    return f"p{row}"


def harvest(inbox: Inbox, reported: list[Reported]) -> Harvest:
    """Decode everything that came. A frame is shared by many recipients, so each payload is decoded once."""
    acked_ns = np.full(len(reported), NEVER, np.int64)
    ids: dict[str, int] = {}
    seen: dict[bytes, Told] = {}
    refused: Counter[str] = Counter()
    counted: Counter[int] = Counter()
    columns, chat, said = _Columns(), _Chat(), dict[str, int]()
    miscounted = bytes_in = alert_bytes = 0
    for client, received_ns, payload in inbox:
        bytes_in += len(payload)
        message = seen.get(payload)
        if message is None:
            message = seen[payload] = told(payload)
        counted[client] += message.type in COUNTED
        if message.type in ("alert", "update") and message.alert is not None:
            alert_bytes += len(payload)
            columns.add(client, received_ns, ids.setdefault(message.alert, len(ids)), message)
        elif message.type == "message" and message.message is not None:
            chat.add(client, received_ns, said.setdefault(message.message, len(said)))
        elif message.type in ("ok", "welcome") and message.id is not None and message.id[:1] == "p":
            acked_ns[int(message.id[1:])] = received_ns
        elif (
            message.type == "error" and message.code != "busy"
        ):  # which is a turn in the queue to say hello: no refusal
            refused[message.code or "?"] += 1
        elif message.type == "heartbeat":
            miscounted += message.delivered != counted[client]
    rows = np.array(reported, np.float64).reshape(-1, 5)
    return Harvest(
        Positions(
            rows[:, 0].astype(np.int32),
            rows[:, 1],
            rows[:, 2],
            rows[:, 3],
            # Not from the float column: nanoseconds need more than its 53 bits.
            np.array([one.sent_ns for one in reported], np.int64),
            acked_ns,
        ),
        columns.deliveries(list(ids)),
        chat.messages(list(said)),
        refused,
        miscounted,
        bytes_in,
        alert_bytes,
    )


class _Columns:
    """Deliveries as they are found, in plain arrays, 45 bytes a row where tuples would take 300."""

    def __init__(self) -> None:
        self._client, self._alert, self._revision = array("i"), array("i"), array("i")
        self._received_ns, self._first = array("q"), array("b")
        self._lat, self._lon, self._cell_m = array("d"), array("d"), array("d")

    def add(self, client: int, received_ns: int, alert: int, message: Told) -> None:
        self._client.append(client)
        self._received_ns.append(received_ns)
        self._alert.append(alert)
        self._revision.append(message.revision)
        self._first.append(message.type == "alert")
        self._lat.append(message.lat)
        self._lon.append(message.lon)
        self._cell_m.append(float("nan") if message.cell_m is None else message.cell_m)

    def deliveries(self, ids: list[str]) -> Deliveries:
        return Deliveries(
            ids,
            np.array(self._client, np.int32),
            np.array(self._received_ns, np.int64),
            np.array(self._alert, np.int32),
            np.array(self._revision, np.int32),
            np.array(self._first, np.bool_),
            np.array(self._lat),
            np.array(self._lon),
            np.array(self._cell_m),
        )


class _Chat:
    """Messages in the same way."""

    def __init__(self) -> None:
        self._client, self._received_ns, self._message = array("i"), array("q"), array("i")

    def add(self, client: int, received_ns: int, message: int) -> None:
        self._client.append(client)
        self._received_ns.append(received_ns)
        self._message.append(message)

    def messages(self, ids: list[str]) -> Messages:
        return Messages(
            ids,
            np.array(self._client, np.int32),
            np.array(self._received_ns, np.int64),
            np.array(self._message, np.int32),
        )
