"""What a request has to wait for: reads from the log, each in a task that somebody owns."""

import asyncio
import logging
from collections.abc import Coroutine

from realtime.errors import Internal, NotStored, SamverkanError, refusal
from realtime.service.caller import Caller
from storage.log import StorageError

_log = logging.getLogger(__name__)


class Errands:
    """Runs errands to their end, and answers whoever asked if one goes wrong."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, caller: Caller, id: str, errand: Coroutine[None, None, None]) -> None:
        """Do something for a caller whose request has this id: it answers by itself, or raises why it is refused."""
        task = asyncio.get_running_loop().create_task(self._answered(caller, id, errand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

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
