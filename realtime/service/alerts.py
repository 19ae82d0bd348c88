"""Raising, updating, correcting and ending alerts."""

from collections.abc import Mapping

from realtime.clock import Clock
from realtime.config import AlertSettings, QuotaSettings
from realtime.delivery.alertbook import lane_of
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import IdReused, NotFound, RateLimited
from realtime.identity import Identity
from realtime.lanes import LANE_OF_LEVEL, Lane
from realtime.messages import Ok, RaiseAlert, UpdateAlert
from realtime.messages import Reach as ReachNews
from realtime.naming import Naming
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from realtime.service.composing import check_request, merged_alert, new_alert, raises_level, updated_alert
from realtime.service.quotas import Quotas
from realtime.service.reach import Reach
from storage.events import Alert, AlertRaised, AlertUpdated, Entry, Event


class Alerts:
    """The alerts of one world: who may raise and change what, as it stands when the act is judged."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        settings: AlertSettings,
        quotas: QuotaSettings,
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._settings = settings
        self._help_merge_s = quotas.help_merge_s
        self._quotas = Quotas(quotas)
        self._reach = Reach(hub, clock)
        self._reach_due: set[tuple[str, str]] = set()  # sessions that will be told, and of which alert

    def raise_alert(self, caller: Caller, message: RaiseAlert) -> None:
        check_request(message, self._settings)
        identity = caller.identity
        id = self._naming.made_by("alert", identity.world, identity.user, required_id(message))
        received_at = self._clock.now()
        self._writer.submit(
            act_for(
                caller,
                message,
                decide=lambda key, digest: self._decide_raise(id, identity, message, received_at, key, digest),
                ok=lambda event, seqs, durable: self._ok(caller, message, event, seqs, durable=durable),
                is_urgent=lambda: message.level == "red",
                alert=id,
            )
        )

    def update(self, caller: Caller, message: UpdateAlert) -> None:
        identity = caller.identity

        def lane() -> Lane:
            alert = self._hub.alerts.latest(message.alert)
            return Lane.REST if alert is None or alert.author != identity.user else lane_of(alert)

        self._writer.submit(
            act_for(
                caller,
                message,
                decide=lambda key, digest: self._decide_update(identity, message, key, digest),
                ok=lambda event, seqs, durable: self._ok(caller, message, event, seqs, durable=durable),
                lane=lane,
                is_urgent=lambda: lane() == Lane.RED or (lane() != Lane.REST and message.level == "red"),
                alert=message.alert,
            )
        )

    def forget_old(self) -> None:
        self._reach.forget_old()

    # --- decisions ---

    def _decide_raise(
        self, id: str, identity: Identity, message: RaiseAlert, received_at: float, key: str, digest: bytes
    ) -> Entry:
        for group in message.groups:
            if identity.user not in self._hub.rooms.members(group):
                raise NotFound("no such group, or not one of yours", field="groups")
        if self._hub.alerts.latest(id) is not None:
            raise IdReused("this id was used before; use a new one")  # the writer knows whether it is a retry
        alerts = self._hub.alerts.by_author(identity.user)
        body: Event
        try:
            is_vouched = self._hub.rooms.is_vouched(identity.user)
            self._quotas.check(identity, is_vouched, message.level, alerts, received_at)
            body = AlertRaised(new_alert(id, identity, message, self._settings, received_at, unverified=False))
        except RateLimited:
            if message.level != "red" or message.kind != "help":
                raise
            body = self._over_limit_help(id, identity, message, received_at, alerts)
        self._hub.alerts.decide(body.alert)
        rooms = body.alert.groups if isinstance(body, AlertRaised) else ()
        return Entry(body=body, world=identity.world, at=received_at, rooms=rooms, key=key, digest=digest)

    def _over_limit_help(
        self, id: str, identity: Identity, message: RaiseAlert, now: float, alerts: list[Alert]
    ) -> AlertRaised | AlertUpdated:
        """Never block "I am threatened": the first goes out unverified, another one soon after updates it (R10)."""
        for alert in reversed(alerts):
            is_recent = alert.unverified and now - alert.received_at < self._help_merge_s
            is_going_on = alert.ended_at is None and now < alert.expires_at
            # Only for the same people: what is said to a locked group must not go where the first call went.
            is_for_the_same = (alert.public, set(alert.groups)) == (message.public, set(message.groups))
            if is_recent and is_going_on and is_for_the_same:
                return AlertUpdated(merged_alert(alert, message, self._settings, now))
        return AlertRaised(new_alert(id, identity, message, self._settings, now, unverified=True))

    def _decide_update(self, identity: Identity, message: UpdateAlert, key: str, digest: bytes) -> Entry:
        alert = self._hub.alerts.latest(message.alert)
        if alert is None or alert.author != identity.user:
            raise NotFound("no such alert, or not yours to change", field="alert")
        now = self._clock.now()
        changed = updated_alert(alert, message, self._settings, now)
        if raises_level(alert, message):
            is_vouched = self._hub.rooms.is_vouched(identity.user)
            others = [other for other in self._hub.alerts.by_author(identity.user) if other.id != alert.id]
            self._quotas.check(identity, is_vouched, changed.level, [*others, alert], now)
        self._hub.alerts.decide(changed)
        return Entry(body=AlertUpdated(changed), world=identity.world, at=now, key=key, digest=digest)

    # --- answers ---

    def _ok(
        self,
        caller: Caller,
        message: RaiseAlert | UpdateAlert,
        event: Event,
        seqs: Mapping[str, int],
        *,
        durable: bool,
    ) -> Ok:
        if not isinstance(event, AlertRaised | AlertUpdated):
            raise TypeError(f"a {type(event).__name__} is no answer to an alert")
        alert = event.alert
        if isinstance(event, AlertRaised) and self._hub.alerts.record(alert.id) is None:
            self._tell_reach_later(caller, alert)  # a later retry finds the alert recorded
        return Ok(
            id=required_id(message),
            durable=durable,
            alert=alert.id,
            revision=alert.revision,
            rooms=dict(seqs),
            merged=isinstance(message, RaiseAlert) and isinstance(event, AlertUpdated),
        )

    def _tell_reach_later(self, caller: Caller, alert: Alert) -> None:
        """Always after the same time, whatever the reach (R20); to the device that asked, if it is there."""
        due = (caller.id, alert.id)
        if due in self._reach_due:  # a retry that came before the answer
            return
        self._reach_due.add(due)

        def tell() -> None:
            self._reach_due.discard(due)
            is_new = self._quotas.is_new(caller.identity, self._clock.now())
            news = ReachNews(alert=alert.id, bucket=None if is_new else self._reach.bucket(alert))
            caller.answer(news, LANE_OF_LEVEL[alert.level])

        self._clock.call_later(self._settings.reach_after_s, tell)
