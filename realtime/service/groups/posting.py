"""What is said in groups' rooms, and shown there."""

from collections.abc import Mapping

from realtime.clock import Clock
from realtime.delivery.writer import Writer
from realtime.errors import Invalid
from realtime.messages import Ok, Picture, PostMessage
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from realtime.service.groupbook import GroupBook
from realtime.service.pictures.gallery import Pictures
from realtime.service.words.composing import check_meeting
from realtime.service.words.forms import Forms
from storage.events import Entry, Event, MessagePosted


class Posting:
    """Messages to the groups of one world."""

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        access: Access,
        book: GroupBook,
        pictures: Pictures,
        forms: Forms,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._access = access
        self._book = book
        self._pictures = pictures
        self._forms = forms

    def post(self, caller: Caller, message: PostMessage) -> None:
        identity = caller.identity
        id = self._naming.made_by("message", identity.world, identity.user, required_id(message))
        received_at = self._clock.now()
        check_says_something(message)

        def decide(key: str, digest: bytes) -> Entry:
            identity = caller.identity  # as it is now: a role may have been withdrawn while this waited
            self._access.require(identity, message, group=message.group)
            self._book.check_posting(message.group, received_at)
            self._book.check_accepted(message.group, identity.user)
            check_meeting(message.meeting, received_at)
            self._forms.posted(identity, message.group, message.text, message.meeting)
            image: Picture | None = None
            also: tuple[Entry, ...] = ()
            if message.image is not None:
                image, kept = self._pictures.shown(identity, message.image, id, to_strangers=False)
                also = (kept,)
            body = MessagePosted(
                id=id,
                group=message.group,
                author=identity.user,
                name=identity.name,
                role=identity.role,
                issuer=identity.issuer,
                text=message.text,
                image=image,
                meeting=message.meeting,
                sent_at=received_at,
                received_at=received_at,
            )
            return Entry(
                body=body,
                world=identity.world,
                at=received_at,
                rooms=(message.group,),
                key=key,
                digest=digest,
                also=also,
            )

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, message=id, rooms=dict(seqs))

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))


def check_says_something(message: PostMessage) -> None:
    """Raise Invalid for what has neither text nor picture."""
    if not message.text and message.image is None:
        raise Invalid("a message has a text, or a picture, or both", field="text")
