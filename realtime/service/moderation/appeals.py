"""Asking the owner to look again at what was decided against oneself."""

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Forbidden, NotFound
from realtime.messages import AppealDecision
from realtime.service.acts import act_for
from realtime.service.caller import Caller
from realtime.service.moderation.ledger import Ledger
from storage.events import Entry, FactSet
from storage.facts import Appeal, Decision


class Appeals:
    """The appeals of one world; what becomes of them is decided where reports are."""

    def __init__(self, hub: Hub, writer: Writer, clock: Clock, ledger: Ledger) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._ledger = ledger

    def appeal(self, caller: Caller, message: AppealDecision) -> None:
        """One for each decision; said again before it is looked at, it takes the place of the one before."""
        user, world = caller.identity.user, caller.identity.world

        def decide(key: str, digest: bytes) -> Entry:
            decision = self._hub.facts.latest(Decision, message.of)
            if decision is None or decision.user != user:
                raise NotFound("no such decision, or not one about you", field="of")
            if decision.is_final:
                raise Forbidden("your appeal was looked at, and the decision stands", field="of")
            now = self._clock.now()
            is_new = self._hub.facts.latest(Appeal, decision.id) is None
            fact = Appeal(decision=decision.id, user=user, text=message.text, at=now)
            body = FactSet(fact=fact, by=user)
            also = (self._ledger.counted(now, appeals=1),) if is_new else ()
            return Entry(body=body, world=world, at=now, key=key, digest=digest, also=also)

        self._writer.submit(act_for(caller, message, decide=decide))
