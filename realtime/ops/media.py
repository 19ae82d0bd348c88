"""The routes of pictures: what of HTTP is a request, an answer and an error of theirs."""

import asyncio
import logging
from typing import Any, Final, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from realtime.config import MediaSettings
from realtime.errors import Internal, NotStored, SamverkanError, TokenRefused, refusal
from realtime.identity import Identity
from realtime.media.pictures import NotAPicture
from storage.log import StorageError

_log = logging.getLogger(__name__)

_STATUS: Final = {
    "token": 401,
    "suspended": 403,
    "erased": 403,
    "not_found": 404,
    "invalid": 400,
    "rate_limited": 429,
    "busy": 503,
    "not_stored": 503,
    "internal": 500,
}
BODY_S: Final = 60.0  # for 16 MB that is 2 Mbit/s
_FRESH: Final = {"Cache-Control": "no-store"}
_LAST: Final = _FRESH | {"Connection": "close"}  # whatever of the body is still to come is not waited for
# For one person only, and never anything but a picture, whatever a browser makes of it.
_SAFE: Final = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class Door(Protocol):
    """MediaDoor, as the routes know it."""

    settings: MediaSettings

    def enter(self, token: str) -> Identity: ...

    def leave(self, identity: Identity) -> None: ...

    async def take(self, identity: Identity, data: bytes) -> dict[str, Any]: ...

    async def give(
        self, token: str, name: str, size: Any, *, alert: str | None, group: str | None, seq: int | None
    ) -> bytes: ...


class TooLarge(NotAPicture):
    """The body has more bytes than a picture may."""


def media_routes(door: Door) -> list[Route]:
    """`POST /v1/media` takes a picture, `GET /v1/media/NAME` gives one; both want `Authorization: Bearer TOKEN`."""

    async def post(request: Request) -> Response:
        try:
            identity = door.enter(_token(request))
            try:
                async with asyncio.timeout(BODY_S):
                    data = await _body(request, door.settings.max_bytes)
                return JSONResponse(await door.take(identity, data), 201)
            finally:
                door.leave(identity)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except TimeoutError:
            return JSONResponse(
                {"code": "too_slow", "message": f"a picture has to come within {BODY_S:g} s"}, 408, _LAST
            )
        except Exception as error:
            answer = _refused(error)
            answer.headers.update(_LAST)
            return answer

    async def get(request: Request) -> Response:
        try:
            asked = request.query_params
            content = await door.give(
                _token(request),
                request.path_params["name"],
                "small" if asked.get("size") == "small" else "full",
                alert=asked.get("alert"),
                group=asked.get("group"),
                seq=_seq(asked.get("seq")),
            )
        except Exception as error:
            return _refused(error)
        return Response(content, media_type="image/jpeg", headers=_SAFE)

    return [
        Route("/v1/media", post, methods=["POST"]),
        Route("/v1/media/{name:str}", get, methods=["GET"]),
    ]


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused("say who you are: Authorization: Bearer TOKEN")
    return token.strip()


async def _body(request: Request, most: int) -> bytes:
    """The body, read no further than it may be long."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > most:
            raise TooLarge(f"a picture may have {most} bytes")
    return bytes(data)


def _seq(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 17 else None


def _refused(error: Exception) -> Response:
    if isinstance(error, NotAPicture):
        status = 413 if isinstance(error, TooLarge) else 422
        return JSONResponse({"code": "not_a_picture", "message": str(error)}, status, _FRESH)
    if isinstance(error, StorageError):
        _log.error("a picture could not be stored or read: %s", error)
        error = NotStored("pictures cannot be stored or read just now; try again")
    elif not isinstance(error, SamverkanError):
        _log.error("a picture's request could not be answered", exc_info=error)
        error = Internal("this went wrong here, and has been logged")
    told = refusal(error, None)
    status = _STATUS.get(told.code, 400)
    headers = dict(_FRESH)
    if told.retry_after_s is not None:
        headers["Retry-After"] = str(int(told.retry_after_s) + 1)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    document = {"code": told.code, "message": told.message, "field": told.field, "retry_after_s": told.retry_after_s}
    return JSONResponse({name: value for name, value in document.items() if value is not None}, status, headers)
