"""What may be said anew of an alert by whoever raised it, when they are no longer where it went."""

from realtime.delivery.hub import Hub
from realtime.errors import Forbidden
from realtime.identity import Identity
from realtime.messages import ENDINGS, UpdateAlert
from realtime.service.groupbook import GroupBook
from realtime.service.words.composing import WORDS
from storage.events import Alert
from storage.facts import LetIn, joined_key


def check_still_theirs(
    hub: Hub, book: GroupBook, identity: Identity, alert: Alert, message: UpdateAlert, now: float
) -> None:
    """Raise Forbidden for new words to a group that its author has left, or that lets its organisation in no longer.

    Nor is anything said anew in a suspended group (F49). It can still be ended, and a call for help is never blocked
    (R10). What is public goes to those people all the same.
    """
    if alert.public or (alert.kind == "help" and alert.level == "red"):
        return
    says_more = any(getattr(message, name) is not None for name in (*WORDS, "image"))
    if message.state in ENDINGS and not says_more:
        return
    for group in alert.groups:
        if alert.for_issuer and alert.issuer is not None:  # which is not told that a group is suspended
            lets_in = hub.facts.latest(LetIn, joined_key(group, alert.issuer.organisation)) is not None
            is_theirs = lets_in and book.suspension(group, now) is None
        else:
            is_theirs = alert.author != identity.user or book.stays(group, identity.user)
            if is_theirs:
                book.check_posting(group, now, field="alert")
        if not is_theirs:
            raise Forbidden("one of its groups is no longer yours to tell this; you can still end it", field="alert")
