"""What becomes of a message when its author says it otherwise: the rule that every store applies."""

from msgspec.structs import replace

from realtime.messages import World
from storage.events import LoggedEvent, MessagePosted, MessageRevised


def revised(
    stored: LoggedEvent | None, revision: MessageRevised, world: World, own_seq: int | None
) -> MessagePosted | None:
    """The message as it is from now on; None if the revision does not fit it.

    `stored` is what stands at `revision.seq` of the group's room; `own_seq` the seq of the revision there, without
    which it could never be found again.
    """
    if stored is None or own_seq is None or stored.world != world or not isinstance(stored.body, MessagePosted):
        return None
    message = stored.body
    if message.group != revision.group or message.author != revision.author or not message.text:
        return None
    return replace(message, text=revision.text, revisions=(*message.revisions, own_seq))
