"""The bounded queue of frames for one slow socket, red first."""

from enum import IntEnum


class Lane(IntEnum):
    """Which frames go before which: all of one lane before any of the next."""

    RED = 0
    YELLOW = 1
    REST = 2
