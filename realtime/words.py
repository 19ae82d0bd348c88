"""What the server itself says to people, in plain words."""

from typing import Final

from realtime.messages import Language
from realtime.words_sv import NOTICES_SV
from storage.events import Noticed

_NOTICES: Final[dict[str, str]] = {
    "trusted": "In {name} you are trusted with: {trusted}.",
    "more_yellows": "In the last hour {count} more yellow alerts came without a signal.",
    "not_trusted": "In {name} you are an ordinary member again.",
    "reported": "In {name} something is reported that you look after.",
    "post_hidden": "A post of yours is hidden until it is looked at: {reason}",
    "post_shown": "A post of yours is shown again.",
    "post_removed": "A post of yours was removed: {reason}",
    "warned": "A warning: {reason}",
    "suspended": "Your account was suspended: {reason}",
    "suspension_lifted": "Your account is no longer suspended.",
    "group_lifted": "The group {name} is no longer suspended.",
    "appeal_dismissed": "Your appeal was looked at, and the decision stands: {reason}",
    "appeal_granted": "Your appeal was granted: {reason}",
    "exported": "What is stored on you was given to an authority that the law entitles to it (case {case}).",
    "name_hidden": "Your name is not shown, for it could be taken for an authority's. Others see a pseudonym.",
    "role_granted": "{by} has verified you as {role}. What you say bears that emblem.",
    "role_revoked": "You are no longer verified as {role} by {by}.",
    "staff": "You work for {name} here, as {standing}.",
    "not_staff": "You no longer work for {name} here.",
    "organisation_closed": "{name} is no longer here.",
    "thread_assigned": "Somebody who wrote to {name} is yours to answer.",
    "thread_closed": "{name} has closed what you wrote to them about. You can still read it.",
    "thread_reopened": "{name} has taken up again what you wrote to them about.",
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


def notice_text(noticed: Noticed, language: Language = "en") -> str:
    """A notice in words, in English where there are none in the language.

    What an older or newer program named otherwise is told by its code alone.
    """
    words = NOTICES_SV if language == "sv" and noticed.code in NOTICES_SV else _NOTICES
    try:
        return words[noticed.code].format_map(noticed.about)
    except KeyError:
        return noticed.code
