"""Message type to handler; the one place where an exception becomes an answer."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from realtime.errors import Internal, SamverkanError, refusal
from realtime.lanes import lane_of_request
from realtime.messages import ClientMessage
from realtime.service.caller import Caller

_log = logging.getLogger(__name__)

Handler = Callable[[Caller, Any], None]


class Router:
    """One table of handlers. Each world has its own, so that no message can reach the other's services (R16)."""

    def __init__(self, handlers: Mapping[type[ClientMessage], Handler], otherwise: Handler) -> None:
        self._handlers = dict(handlers)
        self._otherwise = otherwise

    def route(self, caller: Caller, message: ClientMessage) -> None:
        """Have a message handled, and whatever goes wrong answered. Never raises."""
        try:
            self._handlers.get(type(message), self._otherwise)(caller, message)
        except SamverkanError as error:
            caller.answer(refusal(error, message.id), lane_of_request(message))
        except Exception:
            _log.exception("a %s could not be handled", type(message).__name__)
            bug = Internal("this went wrong here, and has been logged")
            caller.answer(refusal(bug, message.id), lane_of_request(message))
