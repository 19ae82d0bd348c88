"""Raising, updating, correcting and ending alerts."""

from collections.abc import Callable, Mapping

from geo.areas import Area
from realtime.clock import Clock
from realtime.config import AlertSettings, QuotaSettings
from realtime.delivery.alertbook import lane_of
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Forbidden, IdReused, Invalid, NotFound, RateLimited
from realtime.identity import Identity
from realtime.lanes import LANE_OF_LEVEL, Lane
from realtime.messages import (
    ENDINGS,
    LEVEL_NUMBER,
    GivenPicture,
    Inform,
    MergeAlert,
    Ok,
    Picture,
    RaiseAlert,
    UpdateAlert,
)
from realtime.messages import Reach as ReachNews
from realtime.naming import Naming
from realtime.service.acts import act_for, required_id
from realtime.service.alerts.lasting import check_still_theirs
from realtime.service.alerts.merging import Merging
from realtime.service.alerts.quotas import Quotas
from realtime.service.alerts.reach import Reach
from realtime.service.alerts.searches import Searches
from realtime.service.caller import Caller
from realtime.service.groupbook import GroupBook
from realtime.service.moderation.flagging import check_withheld, flagged, withheld
from realtime.service.moderation.probing import Probing
from realtime.service.pictures.gallery import Pictures
from realtime.service.places.areas import Areas
from realtime.service.places.following import checked_area
from realtime.service.words.composing import (
    check_meeting_of,
    check_radius,
    check_request,
    is_same_call,
    merged_alert,
    new_alert,
    reopened_alert,
    updated_alert,
)
from realtime.service.words.forms import TEXTS, Forms
from realtime.service.words.official import check_official
from storage.events import Alert, AlertRaised, AlertUpdated, Entry, Event, is_thread
from storage.facts import Staff, joined_key

MAX_AIM_M = 50_000.0  # to each side of a polygon
MAX_CALLS = 3  # for help, over the limit, by one person within `help_merge_s`


class Alerts:
    """The alerts of one world: who may raise and change what, as it stands when the act is judged."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        pictures: Pictures,
        settings: AlertSettings,
        quotas: QuotaSettings,
        book: GroupBook,
        areas: Areas,
        forms: Forms,
        has_accepted: Callable[[Identity], bool],
        is_answered: Callable[[Alert], bool],
    ) -> None:
        """`has_accepted`: whether somebody has accepted the code of conduct."""
        self._has_accepted = has_accepted
        self._book = book
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._pictures = pictures
        self._settings = settings
        self._areas = areas
        self._forms = forms
        self._help_merge_s = quotas.help_merge_s
        self._quotas = Quotas(quotas)
        self.probing = Probing(hub, quotas, is_answered)
        self._reach = Reach(hub, clock)
        self._searches = Searches(hub, writer, clock, pictures)
        self._merging = Merging(hub, writer, clock, settings, quotas, self.may_change)

    def raise_alert(self, caller: Caller, message: RaiseAlert) -> None:
        check_request(message)
        if message.polygon is not None:
            corners = checked_area(message.polygon, MAX_AIM_M)
            if not Area([[corners]]).reaches(message.lat, message.lon, 0.0):
                raise Invalid("an alert that is aimed at a polygon happens in it", field="polygon")
        identity = caller.identity
        id = self._naming.made_by("alert", identity.world, identity.user, required_id(message))
        received_at = self._clock.now()
        self._writer.submit(
            act_for(
                caller,
                message,
                decide=lambda key, digest: self._decide_raise(id, caller.identity, message, received_at, key, digest),
                ok=lambda event, seqs, durable: self._offering(caller, message, event, seqs, durable),
                is_urgent=lambda: message.level == "red",
                alert=id,
                began=lambda event: self._tell_reach_later(caller, event),
            )
        )

    def raise_as(self, caller: Caller, message: Inform, make: Callable[[str, float], Alert]) -> None:
        """Raise an alert that is made, when it is decided, of its id and the time at which it was asked for."""
        identity = caller.identity
        id = self._naming.made_by("alert", identity.world, identity.user, required_id(message))
        received_at = self._clock.now()

        def decide(key: str, digest: bytes) -> Entry:
            alert = make(id, received_at)
            for group in alert.groups:  # nothing of a group is told to an organisation, not that it is suspended either
                if self._book.group(group) is None or self._book.suspension(group, received_at) is not None:
                    raise NotFound("no such group, or it does not let you in", field="groups")
            if self._hub.alerts.latest(id) is not None:
                raise IdReused("this id was used before; use a new one")
            alerts = self._hub.alerts.by_author(identity.user)
            self._quotas.check(caller.identity, True, alert.level, alerts, received_at)
            self._hub.alerts.decide(alert)
            body, rooms = AlertRaised(alert), alert.groups
            return Entry(body=body, world=identity.world, at=received_at, rooms=rooms, key=key, digest=digest)

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            mine = self._hub.rooms.groups_of(identity.user)  # how much is said in other groups is not to be seen
            return _ok(message, event, {room: seq for room, seq in seqs.items() if room in mine}, durable=durable)

        self._writer.submit(
            act_for(
                caller,
                message,
                decide=decide,
                ok=ok,
                alert=id,
                began=lambda event: self._tell_reach_later(caller, event),
            )
        )

    def update(self, caller: Caller, message: UpdateAlert) -> None:
        has_got_it = self._hub.has(caller, message.alert)

        def lane() -> Lane:
            alert = self._hub.alerts.latest(message.alert)
            return (
                Lane.REST
                if alert is None or not self.may_change(caller.identity, alert, has_got_it)
                else lane_of(alert)
            )

        self._writer.submit(
            act_for(
                caller,
                message,
                decide=lambda key, digest: self._decide_update(caller.identity, message, has_got_it, key, digest),
                ok=lambda event, seqs, durable: self._offering(caller, message, event, seqs, durable),
                lane=lane,
                is_urgent=lambda: lane() == Lane.RED or (lane() != Lane.REST and message.level == "red"),
                alert=message.alert,
            )
        )

    def merge(self, caller: Caller, message: MergeAlert) -> None:
        self._merging.merge(caller, message)

    def is_new(self, caller: Caller) -> bool:
        return self._quotas.is_new(caller.identity, self._clock.now())

    def forget_old(self) -> None:
        self._searches.end_old()
        self._reach.forget_old()

    # --- decisions ---

    def _decide_raise(
        self, id: str, identity: Identity, message: RaiseAlert, received_at: float, key: str, digest: bytes
    ) -> Entry:
        for group in message.groups:
            if not self._hub.rooms.stays(group, identity.user) or is_thread(group):
                raise NotFound("no such group, or not one of yours", field="groups")
            self._book.check_posting(group, received_at, field="groups")
        settings = self._areas.settings_at(message.lat, message.lon)
        check_radius(message, settings)
        if message.polygon is not None and identity.verified_role is None:
            raise Forbidden("only verified roles aim at a polygon; give a radius", field="polygon")
        if self._hub.alerts.latest(id) is not None:
            raise IdReused("this id was used before; use a new one")  # the writer knows whether it is a retry
        alerts = self._hub.alerts.by_author(identity.user)
        check_meeting_of(message, received_at)
        check_official(identity, message, settings, received_at)
        self._check_tied(identity, message)
        message = self._forms.raised(identity, message, self._areas.categories_at(message.lat, message.lon))
        body: Event
        try:
            is_vouched = self._hub.rooms.is_vouched(identity.user)
            is_probing = self.probing.is_seen(identity.user, received_at)
            self._quotas.check(identity, is_vouched, message.level, alerts, received_at, is_probing=is_probing)
            # Who has not accepted the code of conduct gets so far with a call for help only (R10).
            unverified = not self._has_accepted(identity)
            raised = new_alert(id, identity, message, settings, received_at, unverified=unverified)
            body = AlertRaised(self._merging.compared(self._widened(raised, settings), received_at))
        except RateLimited:
            if message.level != "red" or message.kind != "help":
                raise
            body = self._over_limit_help(id, identity, message, received_at, alerts)
        also: tuple[Entry, ...] = ()
        if message.image is not None:
            alert, also = self._showing(identity, body.alert, body.alert.image, message.image)
            body = AlertRaised(alert) if isinstance(body, AlertRaised) else AlertUpdated(alert)
        self._hub.alerts.decide(body.alert)
        also = (*also, *self.probing.noted(identity.user, received_at))
        rooms = body.alert.groups if isinstance(body, AlertRaised) else ()
        also = (*also, *self._flag_if_unverified(body.alert, received_at))
        return Entry(body=body, world=identity.world, at=received_at, rooms=rooms, key=key, digest=digest, also=also)

    def _check_tied(self, identity: Identity, message: RaiseAlert) -> None:
        """What it is about is public, or it is not there for who says so (R23)."""
        for tied in message.about:
            record = self._hub.alerts.record(tied)
            if record is None or not record.alert.public:
                raise NotFound("no such alert, or none that is public", field="about")

    def _over_limit_help(
        self, id: str, identity: Identity, message: RaiseAlert, now: float, alerts: list[Alert]
    ) -> AlertRaised | AlertUpdated:
        """Never block "I am threatened" (R10): the first goes out unverified, and another one soon after updates it.

        Unless it is for others or from elsewhere: it goes out anew then, a few times. What is said to a locked group
        must not go where the first call went.
        """
        recent = [alert for alert in alerts if alert.unverified and now - alert.received_at < self._help_merge_s]
        for alert in reversed(recent):
            is_open = now < min(alert.expires_at, alert.ended_at or now + 1) and withheld(self._hub, alert.id) is None
            if is_open and is_same_call(alert, message, self._settings):
                return AlertUpdated(merged_alert(alert, message, self._settings, now))
        if len(recent) >= MAX_CALLS:
            return AlertUpdated(reopened_alert(recent[-1], self._settings, now))
        return AlertRaised(new_alert(id, identity, message, self._settings, now, unverified=True))

    def _decide_update(
        self, identity: Identity, message: UpdateAlert, has_got_it: bool, key: str, digest: bytes
    ) -> Entry:
        alert = self._hub.alerts.latest(message.alert)
        if alert is None or not self.may_change(identity, alert, has_got_it):
            raise NotFound("no such alert, or not yours to change", field="alert")
        check_withheld(self._hub, message)
        now = self._clock.now()
        check_still_theirs(self._hub, self._book, identity, alert, message, now)
        if alert.for_issuer and message.level is not None:
            raise Invalid("what an organisation informs of keeps its level; say it anew", field="level")
        lat, lon = (alert.lat, alert.lon) if message.lat is None or message.lon is None else (message.lat, message.lon)
        settings = self._areas.settings_at(lat, lon)
        message = self._forms.updated(identity, alert, message, self._areas.categories_at(lat, lon))
        changed = updated_alert(alert, message, settings, now, by=identity)
        is_own = alert.author == identity.user and not alert.for_issuer
        if is_own and (alert.role, alert.issuer) != (identity.role, identity.issuer):
            changed = changed.in_office(identity.role, identity.issuer)  # as who its author is now
        if LEVEL_NUMBER[changed.level] > LEVEL_NUMBER[alert.level]:  # counts as an alert of the new level
            is_vouched = self._hub.rooms.is_vouched(identity.user)
            others = [other for other in self._hub.alerts.by_author(identity.user) if other.id != alert.id]
            try:
                is_probing = self.probing.is_seen(identity.user, now)
                self._quotas.check(identity, is_vouched, changed.level, [*others, alert], now, is_probing=is_probing)
            except RateLimited:
                if changed.level != "red" or alert.kind != "help":
                    raise
                changed = changed.marked_unverified()  # it goes out all the same
        if changed.level != alert.level:
            changed = self._merging.compared(self._widened(changed, settings), now)
        given = None if message.state in ENDINGS else message.image  # an end carries nothing that could be refused
        changed, also = self._showing(identity, changed, alert.image, given)
        self._hub.alerts.decide(changed)
        also = (*also, *self._flag_if_unverified(changed, now), *self.probing.noted(alert.author, now))
        return Entry(body=AlertUpdated(changed), world=identity.world, at=now, key=key, digest=digest, also=also)

    def _flag_if_unverified(self, alert: Alert, now: float) -> tuple[Entry, ...]:
        """For the owner to look at, when it has gone out (F72, R12)."""
        return flagged(self._hub, alert, "unverified", now) if alert.unverified else ()

    def _offering(
        self, caller: Caller, message: RaiseAlert | UpdateAlert, event: Event, seqs: Mapping[str, int], durable: bool
    ) -> Ok:
        return _ok(message, event, seqs, durable=durable, same_as=self._merging.offered(caller, event))

    def _showing(
        self, identity: Identity, alert: Alert, before: Picture | None, given: GivenPicture | None
    ) -> tuple[Alert, tuple[Entry, ...]]:
        """The alert with the picture that it is given, and what becomes of that and of the one that it had before."""
        shown: tuple[Entry, ...] = ()
        if given is not None:
            picture, entry = self._pictures.shown(identity, given, alert.id, to_strangers=alert.public)
            alert, shown = alert.showing(picture), (entry,)
        if before is None or before == alert.image:
            return alert, shown
        return alert, (*shown, *self._pictures.hidden(before, alert.id, identity.user))

    def may_change(self, identity: Identity, alert: Alert, has_got_it: bool) -> bool:
        """Its author may, and who holds an office, had got it when they said so, and may still see it (R12).

        What an organisation said itself whoever works there may change, and nobody else.
        """
        if alert.for_issuer and alert.issuer is not None:
            works_at = joined_key(alert.issuer.organisation, identity.user)
            return self._hub.facts.latest(Staff, works_at) is not None
        if alert.author == identity.user:
            return True
        is_theirs = alert.public or any(self._hub.rooms.stays(group, identity.user) for group in alert.groups)
        return identity.verified_role is not None and has_got_it and is_theirs

    def _widened(self, alert: Alert, settings: AlertSettings) -> Alert:
        """The same, going further if it is a red where few are near."""
        radius_m = self._reach.widened_m(alert, settings)
        return alert if radius_m == alert.radius_m else alert.reaching(radius_m)

    # --- the reach ---

    def forget_place(self, user: str) -> None:
        """A position was withdrawn."""
        self._reach.forget(user)

    def _tell_reach_later(self, caller: Caller, event: Event) -> None:
        """Always after the same time, whatever the reach (R20); to the device that asked, if it is there."""
        if not isinstance(event, AlertRaised):
            return
        alert = event.alert
        self._searches.began(alert)

        def tell() -> None:
            is_untold = self.is_new(caller) or self.probing.is_seen(caller.identity.user, self._clock.now())
            news = ReachNews(alert=alert.id, bucket=None if is_untold else self._reach.bucket(alert))
            caller.answer(news, LANE_OF_LEVEL[alert.level])

        self._clock.call_later(self._settings.reach_after_s, tell)


def _ok(
    message: RaiseAlert | UpdateAlert | Inform,
    event: Event,
    seqs: Mapping[str, int],
    *,
    durable: bool,
    same_as: tuple[str, ...] = (),
) -> Ok:
    if not isinstance(event, AlertRaised | AlertUpdated):
        raise TypeError(f"a {type(event).__name__} is no answer to an alert")
    return Ok(
        id=required_id(message),
        durable=durable,
        alert=event.alert.id,
        revision=event.alert.revision,
        rooms=dict(seqs),
        same_as=same_as,
        merged=isinstance(message, RaiseAlert) and isinstance(event, AlertUpdated),
        withheld=() if isinstance(message, Inform) else _withheld(message, event.alert),
    )


def _withheld(message: RaiseAlert | UpdateAlert, alert: Alert) -> tuple[str, ...]:
    """What was said and did not go out as it was said."""
    fields = ("category", *TEXTS, *(("wrong",) if isinstance(message, UpdateAlert) else ()))
    return tuple(field for field in fields if getattr(message, field) not in (None, getattr(alert, field)))
