"""What the server itself says to people, in plain words."""

from typing import Final

from storage.events import Noticed

_NOTICES: Final[dict[str, str]] = {
    "trusted": "In {name} you are trusted with: {trusted}.",
    "more_yellows": "In the last hour {count} more yellow alerts came without a signal.",
    "not_trusted": "In {name} you are an ordinary member again.",
}


def notice_text(noticed: Noticed) -> str:
    """A notice in words. What an older or newer program named otherwise is told by its code alone."""
    try:
        return _NOTICES[noticed.code].format_map(noticed.about)
    except KeyError:
        return noticed.code
