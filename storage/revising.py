"""What becomes of a message when its author says it otherwise: the rule that every store applies."""

from msgspec.structs import replace

from realtime.messages import World
from storage.events import LoggedEvent, MessagePosted, MessageRevised


def filled_in(
    revision: MessageRevised, stored: LoggedEvent | None, world: World, own_seq: int | None
) -> MessageRevised:
    """The revision with the message as it is from now on; as it was given, if it does not fit.

    `stored` is what stands at `revision.seq` of the group's room; `own_seq` the seq of the revision there, without
    which it could never be found again.
    """
    if stored is None or own_seq is None or stored.world != world or not isinstance(stored.body, MessagePosted):
        return revision
    message = stored.body
    theirs = (revision.id, revision.group, revision.author)
    if (message.id, message.group, message.author) != theirs or (message.is_removed and not revision.restored):
        return revision
    # What is taken back is taken back whole, and given back whole.
    source = revision if revision.restored else message if revision.text else None
    now = replace(
        message,
        text=revision.text,
        image=None if source is None else source.image,
        meeting=None if source is None else source.meeting,
        revisions=(*message.revisions, own_seq),
        removed_why=revision.removed_why,
    )
    return replace(revision, message=now, revision=now.revision)
