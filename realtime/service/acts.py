"""From a request to the act that the writer takes: its key, its digest, and where its answer goes."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping

from realtime.codec import CODECS
from realtime.delivery.act import Act
from realtime.delivery.writer import Writer
from realtime.errors import IdRequired, Internal, SamverkanError, refusal
from realtime.lanes import Lane, lane_of_request
from realtime.messages import ClientMessage, Ok, World
from realtime.service.caller import Caller
from storage.events import Entry, Event, Noticed, key_prefix, own_room


def required_id(message: ClientMessage) -> str:
    """The id of a message that is stored: without one a retry would not be harmless."""
    if message.id is None:
        raise IdRequired("this is stored, so it needs an id: a UUID that you use again when you retry", field="id")
    return message.id


def key_of(caller: Caller, id: str) -> str:
    """The idempotency key: unique over world, user and client id."""
    return key_prefix(caller.identity.world, caller.identity.user) + id


def noticed(world: World, user: str, code: str, at: float, **about: str) -> Entry:
    """Something for one person alone to be told, in their own room; `words.py` has what it says."""
    return Entry(body=Noticed(code=code, about=about), world=world, at=at, rooms=(own_room(world, user),))


def act_for(
    caller: Caller,
    message: ClientMessage,
    *,
    decide: Callable[[str, bytes], Entry],
    ok: Callable[[Event, Mapping[str, int], bool], Ok] | None = None,
    lane: Callable[[], Lane] | None = None,
    is_urgent: Callable[[], bool] = lambda: False,
    alert: str | None = None,
    began: Callable[[Event], None] = lambda event: None,
    settled: Callable[[], None] = lambda: None,
    is_told: bool = False,
) -> Act:
    """An act that answers this caller. `decide` is given the key and the digest that its entry must bear.

    `ok` makes the answer, where it says more than that this is done. `settled` is called after each answer, and after
    the refusal.

    The digest is over the decoded message, so that the same request is the same in either encoding.
    """
    id = required_id(message)
    key = key_of(caller, id)
    digest = hashlib.sha256(CODECS["msgpack"].encode(message)).digest()
    lane_now = lane or (lambda: lane_of_request(message))

    def answer(event: Event, seqs: Mapping[str, int], durable: bool) -> None:
        done = Ok(id=id, durable=durable) if ok is None else ok(event, seqs, durable)
        caller.answer(done, lane_now())
        settled()

    def refuse(error: SamverkanError) -> None:
        caller.answer(refusal(error, id), lane_now())
        settled()

    return Act(
        world=caller.identity.world,
        key=key,
        digest=digest,
        origin=caller,
        decide=lambda: decide(key, digest),
        answer=answer,
        refuse=refuse,
        is_urgent=is_urgent,
        alert=alert,
        began=began,
        request=message,
        is_told=is_told,
    )


def own_act(
    world: World,
    about: str,
    decide: Callable[[], Entry],
    *,
    digest: bytes = b"",
    answer: Callable[[Event, Mapping[str, int], bool], None] = lambda event, seqs, durable: None,
    refuse: Callable[[SamverkanError], None] = lambda error: None,
    alert: str | None = None,
) -> Act:
    """An act of the server's own, which nobody hears of unless `answer` and `refuse` say so.

    While one waits to be stored, another that is `about` the same is that one. No client's key is like it: those begin
    with a length.
    """
    return Act(
        world=world,
        key=f"{world}/{about}",
        digest=digest,
        origin=None,
        decide=decide,
        answer=answer,
        refuse=refuse,
        alert=alert,
    )


def kept(
    caller: Caller,
    message: ClientMessage,
    decide: Callable[[], Entry],
    *,
    began: Callable[[Event], None] = lambda event: None,
    group: str | None = None,
    call: str | None = None,
) -> Act:
    """An act that makes or changes what holds. `group` and `call` are what `ok` says was made."""
    id = required_id(message)

    def decided(key: str, digest: bytes) -> Entry:
        return decide().asked_for(key, digest)

    def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
        return Ok(id=id, durable=durable, group=group, call=call)

    return act_for(caller, message, decide=decided, ok=ok, began=began)


class NothingToDo(Internal):
    """Raised when an act of the server's own is decided, and told to nobody: it is done without storing anything."""


async def have_stored(writer: Writer, world: World, decide: Callable[[], Entry]) -> None:
    """Have an act of the server's own stored, and return when it is. Raises why it could not be."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def answer(event: Event, seqs: Mapping[str, int], durable: bool) -> None:
        if not done.done():
            done.set_result(None)

    def refuse(error: SamverkanError) -> None:
        if not done.done() and isinstance(error, NothingToDo):
            done.set_result(None)
        elif not done.done():
            done.set_exception(error)

    writer.submit(own_act(world, f"stored/{secrets.token_hex(16)}", decide, answer=answer, refuse=refuse))
    await done
