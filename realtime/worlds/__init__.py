"""One world's services, joined topic by topic, and what each message of its clients is handled by."""

from realtime.worlds.world import World, make_doorstep, make_world

__all__ = ["World", "make_doorstep", "make_world"]
