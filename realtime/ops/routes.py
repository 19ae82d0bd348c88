"""The HTTP side of the one port: health, readiness and metrics."""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from realtime.clock import Clock
from realtime.ops.health import LoopLag, Readiness, Vitals, health
from realtime.ops.metrics import render

_FRESH = {"Cache-Control": "no-store"}


def make_app(vitals: Vitals, lag: LoopLag, clock: Clock, more: Sequence[Route] = ()) -> Starlette:
    """`/health`: is this process alive and well? `/ready`: should new clients come here? 200 is yes, 503 is no.

    `/metrics`: all figures, for Prometheus. `more`: whatever else there is over HTTP.
    """
    readiness = Readiness(vitals, clock)

    async def health_route(request: Request) -> Response:
        document = health(vitals, lag)
        if not document["well"]:
            document["problems"] = [f"not well: the event loop was {document['loop_lag_s']:.3f} s late"]
        return _answer(document, well=document["well"])

    async def ready_route(request: Request) -> Response:
        problems = await readiness.problems()
        return _answer({"ready": not problems, "problems": problems}, well=not problems)

    async def metrics_route(request: Request) -> Response:
        document, media_type = await render(vitals, request.headers.get("accept", ""))
        return Response(document, headers=_FRESH | {"Content-Type": media_type})

    return Starlette(
        routes=[
            Route("/health", health_route),
            Route("/ready", ready_route),
            Route("/metrics", metrics_route),
            Route("/v1", _sockets_only),
            *more,
        ]
    )


async def _sockets_only(request: Request) -> Response:
    """RFC 9110 section 15.5.22: somebody tried the address in a browser."""
    text = "This is a WebSocket endpoint; protocol.md says how to speak to it.\n"
    return PlainTextResponse(text, 426, headers={"Upgrade": "websocket", "Connection": "Upgrade"})


def _answer(document: dict[str, Any], *, well: bool) -> Response:
    return JSONResponse(document, 200 if well else 503, headers=_FRESH)
