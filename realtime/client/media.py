"""Pictures, over HTTP beside a client's socket."""

import asyncio
import json
import urllib.error
import urllib.request
from urllib.parse import urlencode, urlsplit

from realtime.client.asking import Refused
from realtime.messages import Picture
from realtime.messages import Refused as RefusedAnswer

_TIMEOUT_S = 60.0  # some megabytes over a bad network


class Media:
    """Where one member's pictures go, and come from. Both calls raise Refused, or OSError without a server."""

    def __init__(self, url: str, token: str) -> None:
        """`url`: the address of the socket; pictures have the same host and port."""
        parts = urlsplit(url)
        self._base = f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}/v1/media"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def send_in(self, data: bytes) -> Picture:
        """Send a JPEG, PNG or WebP in, to be shown in an alert or a message within a day."""
        request = urllib.request.Request(self._base, data, self._headers | {"Content-Type": "application/octet-stream"})
        told = json.loads(await asyncio.to_thread(_answer, request))
        return Picture(picture=told["picture"], width=told["width"], height=told["height"])

    async def fetch(
        self,
        picture: str,
        *,
        alert: str | None = None,
        group: str | None = None,
        seq: int | None = None,
        small: bool = False,
    ) -> bytes:
        """The JPEG of a picture that an alert or a group's message shows, or of one's own."""
        asked = {"alert": alert, "group": group, "seq": seq, "size": "small" if small else None}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return await asyncio.to_thread(
            _answer, urllib.request.Request(f"{self._base}/{picture}?{query}", headers=self._headers)
        )


def _answer(request: urllib.request.Request) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the environment's cannot know this server
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        told = error.read()
        try:
            said = json.loads(told)
            refused = RefusedAnswer(code=said["code"], message=said["message"], retry_after_s=said.get("retry_after_s"))
        except (ValueError, KeyError, TypeError):
            raise OSError(f"the server answered {error.code}") from None
        raise Refused(refused) from None
