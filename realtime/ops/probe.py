"""The server's own test alert: through a real socket to itself, in the exercise world, far from everyone."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from realtime.client import Client
from realtime.clock import Clock, sleep
from realtime.connection.auth import Issuer
from realtime.messages import AlertNews
from realtime.ops.health import ProbeReport
from storage.events import PROBE_ROLE

FAR_AWAY: Final = (-48.8767, -123.3933)  # Point Nemo, in the southern Pacific: 2,700 km from any land
ROUND_TIMEOUT_S: Final = 10.0
TOKEN_TTL_S: Final = 120.0
SENDER: Final = "samverkan-probe-sender"
RECEIVER: Final = "samverkan-probe-receiver"

_log = logging.getLogger(__name__)


def loopback_url(host: str, port: int) -> str:
    """Where a server that listens on `host` reaches itself."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"ws://[{host}]:{port}/v1" if ":" in host else f"ws://{host}:{port}/v1"


class Probe:
    """Once in a while one of its two accounts raises a red, and the other, standing there, receives it.

    A failure is logged and counted, and the next round comes as if nothing had been. `issuer` must be one that the
    server trusts for the exercise world only.
    """

    def __init__(
        self,
        url: str,
        issuer: Issuer,
        clock: Clock,
        *,
        interval_s: float,
        timeout_s: float = ROUND_TIMEOUT_S,
        connect: Callable[..., Client] = Client,
    ) -> None:
        self._url = url
        self._issuer = issuer
        self._clock = clock
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._connect = connect
        self._task: asyncio.Task[None] | None = None
        self.report = ProbeReport()

    def start(self) -> None:
        """Begin with a round at once. The server must be listening."""
        self._task = asyncio.create_task(self._run(), name="probe")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            await self._try()
            await sleep(self._clock, self._interval_s)

    async def _try(self) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                took_s = await self._round()
        except Exception as error:  # whatever it is, the next round comes
            reason = "nothing arrived in time" if isinstance(error, TimeoutError) else str(error) or repr(error)
            before = self.report
            self.report = ProbeReport(
                last_at=before.last_at, took_s=before.took_s, failures=before.failures + 1, error=reason
            )
            _log.warning("the probe alert failed", extra={"reason": reason, "failures": self.report.failures})
        else:
            self.report = ProbeReport(last_at=self._clock.now(), took_s=round(took_s, 6))

    async def _round(self) -> float:
        """Raise one red, and return how many seconds later it was received."""
        lat, lon = FAR_AWAY
        async with self._client(RECEIVER) as receiver, self._client(SENDER) as sender:
            began = self._clock.monotonic()
            ok = await sender.raise_alert("red", "inform", lat=lat, lon=lon, headline=f"Probe {secrets.token_hex(4)}")
            assert ok.alert is not None
            await _arrival(receiver, ok.alert)
            took_s = self._clock.monotonic() - began
            receiver.shown(ok.alert)
            await sender.update_alert(ok.alert, state="closed")  # else it would meet the receiver again next time
        return took_s

    def _client(self, user: str) -> Client:
        # The same device each time: its position replaces the last one, instead of standing beside it until it expires.
        token = self._issuer.mint(user, role=PROBE_ROLE, name="Probe", world="exercise", ttl_s=TOKEN_TTL_S)
        client = self._connect(self._url, token, device="probe", clock=self._clock, program="samverkan-probe")
        if user == RECEIVER:
            client.position(*FAR_AWAY)  # goes with hello, so it counts before the alert is raised
        return client


async def _arrival(receiver: Client, alert: str) -> None:
    async with aclosing(receiver.events()) as events:
        async for event in events:
            if isinstance(event, AlertNews) and event.alert == alert:
                return
