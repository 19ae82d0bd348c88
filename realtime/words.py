"""What the server itself says to people, in plain words."""

from typing import Final

from storage.events import Noticed

_NOTICES: Final[dict[str, str]] = {
    "trusted": "In {name} you are trusted with: {trusted}.",
    "not_trusted": "In {name} you are an ordinary member again.",
    "group_applied": "{who} asks to be let into {name}.",
    "group_approved": "You have been let into {name}.",
    "group_refused": "You have not been let into {name}: {reason}",
    "group_invited": "{who} invites you to {name}.",
    "group_removed": "You have been removed from {name}: {reason}",
    "group_banned": "You have been banned from {name}: {reason}",
    "group_unbanned": "You are no longer banned from {name}: {reason}",
    "group_yours": "You answer for {name} from now on.",
    "group_closed": "{name} is closed: {reason}",
    "group_suspended": "{name} is suspended: {reason}",
    "group_grown": "{name} has {members} members now. You see who is active in it, and may part it.",
}


def notice_text(noticed: Noticed) -> str:
    """A notice in words. What an older or newer program named otherwise is told by its code alone."""
    try:
        return _NOTICES[noticed.code].format_map(noticed.about)
    except KeyError:
        return noticed.code
