"""Pictures over HTTP: taken from whoever has a token, and given to whoever may see them."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from realtime.clock import Clock
from realtime.config import MediaSettings
from realtime.errors import Busy, NotFound, RateLimited
from realtime.identity import Identity
from realtime.media import pictures
from realtime.messages import World
from realtime.service.pictures.gallery import HOUR_S, Pictures
from realtime.service.pictures.showing import Showing
from storage.log import StorageError
from storage.media import MediaFiles, Size

_log = logging.getLogger(__name__)

_ORPHAN_S: Final = 3_600.0  # after which a file that nothing is known of was left by a server that died


class Identifies(Protocol):
    def identify(self, token: str) -> Identity:
        """Who a token's bearer is. Raises TokenRefused."""


@dataclass(frozen=True, slots=True)
class Wall:
    """The pictures of one world, and who may not come near them; `check_suspended` raises Suspended for them."""

    pictures: Pictures
    showing: Showing
    check_suspended: Callable[[Identity], None]


class MediaDoor:
    """What the HTTP routes ask. Decoding has one thread at a time, so that it never takes more than one core."""

    def __init__(
        self,
        tokens: Identifies,
        walls: Mapping[World, Wall],
        files: MediaFiles,
        clock: Clock,
        settings: MediaSettings,
    ) -> None:
        self._tokens = tokens
        self._walls = walls
        self._files = files
        self._clock = clock
        self.settings = settings
        self._decoding = asyncio.Semaphore(1)
        self._inside: Counter[tuple[World, str]] = Counter()  # who is sending one in now
        self._tried: dict[tuple[World, str], deque[float]] = {}  # when each has tried to within the last hour
        self._being_kept: Counter[str] = Counter()  # pictures whose files are written and not yet noted

    def enter(self, token: str) -> Identity:
        """Who wants to send a picture in, before it is read. Raises TokenRefused, Suspended, RateLimited or Busy.

        Each that is let in must `leave`. One of a person at a time, so that nobody takes all the places; every try
        counts, for a damaged picture takes as long as a good one.
        """
        identity = self._identify(token)
        who = identity.world, identity.user
        self._check_tries(who)
        if self._inside[who] or self._inside.total() >= self.settings.at_once:
            raise Busy(2.0)
        self._inside[who] += 1
        return identity

    def leave(self, identity: Identity) -> None:
        del self._inside[identity.world, identity.user]

    def _check_tries(self, who: tuple[World, str]) -> None:
        now = self._clock.monotonic()
        tries = self._tried.setdefault(who, deque())
        while tries and tries[0] <= now - HOUR_S:
            tries.popleft()
        if len(tries) >= self.settings.uploads_per_hour:
            wait_s = tries[0] + HOUR_S - now
            raise RateLimited(f"{self.settings.uploads_per_hour} pictures an hour", retry_after_s=wait_s)
        tries.append(now)

    def _identify(self, token: str) -> Identity:
        """Who it is, let in as at `hello`."""
        identity = self._tokens.identify(token)
        self._walls[identity.world].check_suspended(identity)
        return identity

    async def take(self, identity: Identity, data: bytes) -> dict[str, Any]:
        """Encode a picture anew and keep it; what to show it by. Raises NotAPicture, SamverkanError or StorageError."""
        wall = self._walls[identity.world].pictures
        async with self._decoding:
            prepared = await asyncio.to_thread(pictures.prepare, data, self.settings.max_pixels)
        name = wall.name(identity, prepared)
        self._being_kept[name] += 1
        try:
            await asyncio.to_thread(self._files.put, name, prepared.full, prepared.small)
            kept = await wall.keep(identity, name, prepared)
        finally:
            self._being_kept[name] -= 1
            self._being_kept += Counter()  # lets go of what is at zero
        return {"picture": kept.picture, "width": kept.width, "height": kept.height, "until": kept.until}

    async def give(
        self, token: str, name: str, size: Size, *, alert: str | None, group: str | None, seq: int | None
    ) -> bytes:
        """A picture's JPEG. Raises TokenRefused, Suspended, NotFound or StorageError."""
        identity = self._identify(token)
        await self._walls[identity.world].showing.check(identity, name, alert=alert, group=group, seq=seq)
        content = await asyncio.to_thread(self._files.read, name, size)
        if content is None:
            raise NotFound("no such picture, or not one that you may see", field="picture")
        return content

    async def tidy(self, now: float) -> None:
        """Let go of pictures whose time has passed, and of files that are no longer known. Raises StorageError."""
        for wall in self._walls.values():
            wall.pictures.drop_old(now)
        an_hour_ago = self._clock.monotonic() - HOUR_S
        self._tried = {who: tries for who, tries in self._tried.items() if tries and tries[-1] > an_hour_ago}
        await self.remove_gone()
        for name in await asyncio.to_thread(lambda: set(self._files.names(now - _ORPHAN_S))):
            if not self._is_needed(name):
                await asyncio.to_thread(self._files.drop, name)

    async def remove_gone(self) -> None:
        """Remove the files of what was taken back since the last call. Raises StorageError; the rest waits."""
        for wall in self._walls.values():
            gone = wall.pictures.gone
            while gone:
                name = gone.pop()  # before the pause: another run must not take it too
                if self._is_needed(name):  # it has been sent in anew meanwhile
                    continue
                try:
                    await asyncio.to_thread(self._files.drop, name)
                except StorageError:
                    gone.append(name)
                    raise

    def _is_needed(self, name: str) -> bool:
        return name in self._being_kept or any(wall.pictures.is_kept(name) for wall in self._walls.values())
