"""The reference client: stays connected, comes back with what it has, and hands on each thing once, as a typed message.

    async with Client("ws://127.0.0.1:8765/v1", token) as client:
        client.position(59.3251, 18.0711)
        ok = await client.raise_alert("yellow", "warn", lat=59.3251, lon=18.0711, headline="Tries bicycle locks")
        async for event in client.events():
            ...

`protocol.md` says what each message means. The connection is in `client.py`; beside it are the parts that need no
socket: `state.py` (what a returning client has), `asking.py` (what waits for an answer), `position.py` (where it is),
`acks.py` (what was shown), and a file of requests for each topic.
"""

from realtime.client.asking import Refused, Stopped, Unreachable
from realtime.client.client import Client, Disconnected, Event, appeal_outside

__all__ = ["Client", "Disconnected", "Event", "Refused", "Stopped", "Unreachable", "appeal_outside"]
