"""What a request has to wait for: reads from the log, each in a task that somebody owns."""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine
from typing import Final

from realtime.errors import Internal, NotStored, RateLimited, SamverkanError, refusal
from realtime.service.caller import Caller
from storage.log import StorageError

_log = logging.getLogger(__name__)


_AT_ONCE: Final = 4  # of one session
_READING: Final = 4  # of all: whoever comes back reads from the same log


class Errands:
    """Runs errands to their end, a few for each session at a time, and answers whoever asked if one goes wrong."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._of: Counter[str] = Counter()  # by session
        self.reading = asyncio.Semaphore(_READING)

    def run(self, caller: Caller, id: str, errand: Coroutine[None, None, None]) -> None:
        """Do something for a caller whose request has this id: it answers by itself, or raises why it is refused.

        Raises RateLimited if the caller has as many under way as it may.
        """
        if self._of[caller.id] >= _AT_ONCE:
            errand.close()
            raise RateLimited(f"{_AT_ONCE} of your requests are being read; ask again", retry_after_s=0.5)
        self._of[caller.id] += 1
        task = asyncio.get_running_loop().create_task(self._answered(caller, id, errand))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(caller, done))

    async def finish(self) -> None:
        """Return when all that is under way now is answered."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, caller: Caller, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._of[caller.id] -= 1
        if not self._of[caller.id]:
            del self._of[caller.id]

    async def _answered(self, caller: Caller, id: str, errand: Coroutine[None, None, None]) -> None:
        try:
            await errand
        except SamverkanError as error:
            caller.answer(refusal(error, id))
        except StorageError as error:
            _log.error("a room could not be read: %s", error)
            caller.answer(refusal(NotStored("the history cannot be read just now; ask again"), id))
        except Exception:
            _log.exception("a request could not be answered")
            caller.answer(refusal(Internal("this went wrong here, and has been logged"), id))
