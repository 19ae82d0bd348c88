"""What the server itself says to people, in plain words."""

from typing import Final

from realtime.messages import Language
from realtime.words_sv import NOTICES_SV
from storage.events import Noticed

_NOTICES: Final[dict[str, str]] = {
    "trusted": "In {name} you are trusted with: {trusted}.",
    "more_yellows": "In the last hour {count} more yellow alerts came without a signal.",
    "not_trusted": "In {name} you are an ordinary member again.",
}


def notice_text(noticed: Noticed, language: Language = "en") -> str:
    """A notice in words, in English where there are none in the language.

    What an older or newer program named otherwise is told by its code alone.
    """
    words = NOTICES_SV if language == "sv" and noticed.code in NOTICES_SV else _NOTICES
    try:
        return words[noticed.code].format_map(noticed.about)
    except KeyError:
        return noticed.code
