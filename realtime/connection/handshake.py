"""The opening handshake: an HTTP request to its answer, and to the encoding that the client chose."""

import logging
import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

from websockets.exceptions import NegotiationError
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from realtime.connection.contract import Gate
from realtime.messages import Encoding

PATH: Final = "/v1"
SUBPROTOCOLS: Final[dict[str, Encoding]] = {"samverkan.v1.json": "json", "samverkan.v1.msgpack": "msgpack"}

# The library logs every connection at INFO and every payload at DEBUG, and payloads hold places and texts.
LIBRARY_LOG: Final = logging.getLogger(f"{__name__}.websockets")
LIBRARY_LOG.setLevel(logging.WARNING)


class Handshake(NamedTuple):
    """What to answer; `encoding` is None if the client was refused."""

    response: bytes
    encoding: Encoding | None


def shake_hands(head: bytes, gate: Gate) -> Handshake:
    """Answer one whole HTTP request that asks for an upgrade."""
    # An instance for the handshake alone: its parser would keep the request, with its headers, for as long as it lives.
    protocol = ServerProtocol(select_subprotocol=_choose, logger=LIBRARY_LOG)
    protocol.receive_data(head)
    for request in protocol.events_received():
        if isinstance(request, Request):
            _answer(protocol, request, gate)
    chosen = protocol.subprotocol if protocol.state is protocol.state.OPEN else None
    return Handshake(b"".join(protocol.data_to_send()), SUBPROTOCOLS[chosen] if chosen else None)


def _answer(protocol: ServerProtocol, request: Request, gate: Gate) -> None:
    if request.path.partition("?")[0] != PATH:
        response = protocol.reject(HTTPStatus.NOT_FOUND, f"The WebSocket endpoint is {PATH}.\n")
    elif (wait_s := gate.wait_s()) is not None:
        response = protocol.reject(HTTPStatus.SERVICE_UNAVAILABLE, "Full, or about to stop. Come back in a moment.\n")
        response.headers["Retry-After"] = str(math.ceil(wait_s))
    else:
        response = protocol.accept(request)
    protocol.send_response(response)


def _choose(_protocol: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol:
    """The first of the client's that we speak: it lists them in its order of preference (RFC 6455, section 4.1)."""
    for name in offered:
        if name in SUBPROTOCOLS:
            return name
    raise NegotiationError(f"offer a supported subprotocol: {', '.join(SUBPROTOCOLS)}")
