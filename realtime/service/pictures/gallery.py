"""Pictures: sent in by somebody, shown in what they say, and gone with it."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import NotFound, PersonShown, SamverkanError
from realtime.identity import Identity
from realtime.media.pictures import Prepared
from realtime.messages import GivenPicture, Picture
from realtime.naming import Naming
from realtime.service.acts import own_act
from storage.events import Entry, Event, FactDropped, FactSet
from storage.facts import PictureKept

HOUR_S: Final = 3_600.0
UNSHOWN_S: Final = 86_400.0  # for how long one is kept that nothing shows


class Pictures:
    """The pictures of one world: what is kept of each, and for how long. Their files go when the fact goes."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        kept_s: Callable[[bool], float],
    ) -> None:
        """`kept_s`: for how long what is shown in public (or not) is kept at most."""
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._kept_s = kept_s
        self.gone: list[str] = []  # whose files are to be removed
        hub.facts.listen(PictureKept, self._changed)

    # --- sent in ---

    def name(self, identity: Identity, prepared: Prepared) -> str:
        """The same content of the same person has the same name, which tells others nothing of either."""
        return self._naming.content("picture", identity.world, identity.user, prepared.full)

    async def keep(self, identity: Identity, name: str, prepared: Prepared) -> PictureKept:
        """Note that somebody has sent in a picture, whose files are written; raises why it could not be noted."""
        done: asyncio.Future[PictureKept] = asyncio.get_running_loop().create_future()
        now = self._clock.now()

        def decide() -> Entry:
            known = self._hub.facts.latest(PictureKept, name)
            fact = PictureKept(
                picture=name,
                user=identity.user,
                width=prepared.width,
                height=prepared.height,
                at=now,
                until=max(now + UNSHOWN_S, known.until if known else 0.0),
                shown_in=known.shown_in if known else (),
            )
            return self._entry(FactSet(fact=fact, by=identity.user))

        def answer(event: Event, seqs: Mapping[str, int], durable: bool) -> None:
            if not done.done() and isinstance(event, FactSet) and isinstance(event.fact, PictureKept):
                done.set_result(event.fact)

        def refuse(error: SamverkanError) -> None:
            if not done.done():
                done.set_exception(error)

        about = f"picture/{name}/{secrets.token_hex(16)}"  # nobody will retry it
        self._writer.submit(own_act(self._hub.world, about, decide, answer=answer, refuse=refuse))
        return await done

    # --- shown ---

    def shown(
        self, identity: Identity, given: GivenPicture, post: str, *, to_strangers: bool, to_office: bool = False
    ) -> tuple[Picture, Entry]:
        """A picture as a post has it, and what is to be stored with the post.

        `to_strangers`: in public or in an open group; `to_office`: in private to an organisation, which alone may be
        shown who somebody is (R2, R3). Raises NotFound for what is not this person's own, and PersonShown.
        """
        kept = self._hub.facts.latest(PictureKept, given.picture)
        if kept is None or kept.user != identity.user:
            raise NotFound("no such picture of yours; send it in again", field="image.picture")
        if given.shows == "people" and not to_office:
            raise PersonShown(
                "a picture that shows who somebody is goes to the police or another organisation in private, and "
                "nowhere else",
                field="image.shows",
            )
        until = max(kept.until, self._clock.now() + self._kept_s(to_strangers))
        fact = kept.shown(tuple(dict.fromkeys((*kept.shown_in, post))), until)
        picture = Picture(picture=kept.picture, width=kept.width, height=kept.height)
        return picture, self._entry(FactSet(fact=fact, by=identity.user))

    def hidden(self, picture: Picture, post: str, by: str) -> tuple[Entry, ...]:
        """What is to be stored when a post shows a picture no longer: it goes, unless something else shows it."""
        kept = self._hub.facts.latest(PictureKept, picture.picture)
        if kept is None:
            return ()
        others = tuple(other for other in kept.shown_in if other != post)
        if others:
            return (self._entry(FactSet(fact=kept.shown(others, kept.until), by=by)),)
        return (self._entry(FactDropped(fact=kept, by=by)),)

    # --- gone ---

    def drop_old(self, now: float) -> None:
        """Let go of pictures whose time has passed by then (Unix seconds)."""
        for name in [name for name, kept in self._hub.facts.of(PictureKept).items() if kept.until <= now]:
            self._writer.submit(own_act(self._hub.world, f"picture/{name}", partial(self._dropped, name, now)))

    def _dropped(self, name: str, now: float) -> Entry:
        """Decided in its turn: it may have been shown anew, or be gone."""
        kept = self._hub.facts.latest(PictureKept, name)
        if kept is None or kept.until > now:
            raise NotFound("it is gone already, or shown for longer")
        return self._entry(FactDropped(fact=kept))

    def is_kept(self, name: str) -> bool:
        return self._hub.facts.get(PictureKept, name) is not None

    def _changed(self, before: PictureKept | None, now: PictureKept | None) -> None:
        if now is None and before is not None:
            self.gone.append(before.picture)

    def _entry(self, said: FactSet | FactDropped) -> Entry:
        return Entry(body=said, world=self._hub.world, at=self._clock.now())
