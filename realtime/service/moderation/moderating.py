"""What is decided about posts, reports and appeals: by who looks after a group, and by the owner (F70, R32, R33)."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext

from realtime.clock import Clock
from realtime.delivery.alertbook import lane_of
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import Ended, Forbidden, Invalid, NotFound
from realtime.identity import Identity
from realtime.lanes import Lane
from realtime.messages import Deed, Moderate, Ok, Resolve, Withholding
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.acts import act_for, noticed, required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.groups.revising import Revisions
from realtime.service.moderation.ledger import Ledger
from realtime.service.moderation.posts import Place, Post, Posts, place_of
from realtime.service.moderation.suspending import Suspending
from realtime.service.moderation.withholding import Withholder
from realtime.service.pictures.gallery import Pictures
from storage.events import Entry, Event, FactDropped, FactSet
from storage.facts import Appeal, Decision, Flag, OddAlerts, Report
from storage.forgetting import NOBODY
from storage.plain import changed


class Moderating:
    """The decisions of one world. What is decided is stored with its line in the audit trail, or not at all."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        access: Access,
        ledger: Ledger,
        posts: Posts,
        revisions: Revisions,
        errands: Errands,
        suspending: Suspending,
        pictures: Pictures,
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._access = access
        self._ledger = ledger
        self._posts = posts
        self._revisions = revisions
        self._errands = errands
        self._suspending = suspending
        self._withholder = Withholder(hub, pictures)

    def moderate(self, caller: Caller, message: Moderate) -> None:
        """Decide about a post that nobody need have reported."""
        place = place_of(message)

        def decide(post: Post | None, key: str) -> list[Entry]:
            found = self._theirs(caller.identity, message, post, place)
            flag = self._withholder.flag(found)
            if message.action == "show" and flag is not None and self._withholder.kept(found) is None:
                return self._cleared(flag, found.author, caller.identity.user, message.reason)
            if message.action == "show":
                self._check_may_show(caller.identity, found)
            return self._withheld(message.action, found, caller.identity, message.reason, key)

        self._errands.run(caller, required_id(message), self._decide(caller, message, [place], decide))

    def resolve(self, caller: Caller, message: Resolve) -> None:
        """Decide about what was reported, or appealed."""
        facts = self._hub.facts
        source = facts.latest(Report, message.report) or facts.latest(Decision, message.report)

        def decide(post: Post | None, key: str) -> list[Entry]:
            report = facts.latest(Report, message.report)
            if report is not None:
                return self._resolved(caller.identity, message, report, post, key)
            return self._appeal_resolved(caller.identity, message, post)

        self._errands.run(caller, required_id(message), self._decide(caller, message, _places(source), decide))

    async def _decide(
        self,
        caller: Caller,
        message: Moderate | Resolve,
        places: list[Place],
        decide: Callable[[Post | None, str], list[Entry]],
    ) -> None:
        """Look a post up and have it decided; nobody changes the message meanwhile."""
        identity = caller.identity
        if not identity.is_owner:  # the log is not read for who has nothing to do with the group (R23)
            places = [p for p in places if p.group is None or identity.user in self._hub.rooms.members(p.group)]
        place = next((place for place in places if place.seq is not None), None)
        turn = nullcontext() if place is None else self._revisions.turn(place.group or "", place.seq or 0)
        async with turn:
            post = None
            for place in places:
                post = post or await self._posts.find(place)
            alert = None if post is None else post.alert
            settled = asyncio.Event()

            def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
                report = message.report if isinstance(message, Resolve) else None
                return Ok(id=required_id(message), durable=durable, report=report)

            def entry(key: str, digest: bytes) -> Entry:
                return self._ledger.act(*decide(post, key), key=key, digest=digest)

            act = act_for(
                caller,
                message,
                decide=entry,
                ok=ok,
                is_urgent=lambda: alert is not None and lane_of(alert) == Lane.RED,  # as the alert itself (R13)
                alert=None if alert is None else alert.id,
                settled=settled.set,
                is_told=True,
            )
            self._writer.submit(act)
            await settled.wait()

    # --- who may ---

    def _theirs(self, identity: Identity, message: Moderate, post: Post | None, place: Place) -> Post:
        """The post, if this person may decide about it. Raises NotFound or Forbidden."""
        unknown = NotFound("no such post, or not one that you look after", field="alert" if place.alert else "seq")
        if place.group is not None and not identity.is_owner:
            self._access.require(identity, message, group=place.group)
        if post is None:
            raise unknown
        if identity.is_owner:
            if not post.is_public and not self._reports_of(post):  # the owner sees just what is reported (F48)
                raise unknown
        elif post.is_public or not any(identity.user in self._access.looking_after(group) for group in post.groups):
            raise unknown
        return post

    def _check_may_show(self, identity: Identity, post: Post) -> None:
        """Raise Forbidden for what somebody said themselves, and for what the platform's owner has hidden."""
        if identity.is_owner:
            return
        if post.author == identity.user:
            raise Forbidden("whether your own post is shown again is for somebody else to say", field="action")
        if self._is_hidden_by_owner(post):
            raise Forbidden("the platform's owner has hidden this", field="action")

    def _is_hidden_by_owner(self, post: Post) -> bool:
        kept = self._withholder.kept(post)
        decision = None if kept is None else self._hub.facts.latest(Decision, kept.decision)
        return decision is not None and decision.by_owner

    def _check_theirs(self, identity: Identity, message: Resolve, report: Report) -> None:
        if identity.is_owner:
            return
        unknown = NotFound("no such report, or not yours to decide", field="report")
        if report.group is None or self._access.is_owners(report) or report.author == identity.user:
            raise unknown
        if identity.user not in self._access.looking_after(report.group):
            raise unknown
        if message.action == "suspend":
            raise Forbidden("only the platform's owner suspends accounts", field="action")

    # --- what is decided ---

    def _resolved(
        self, identity: Identity, message: Resolve, report: Report, post: Post | None, key: str
    ) -> list[Entry]:
        self._check_theirs(identity, message, report)
        if message.action in ("warn", "suspend") and report.author == NOBODY:
            raise Ended("whoever said this has erased their account", field="action")
        now, by, reason = self._clock.now(), identity.user, message.reason
        settled = self._ledger.settled(report, by, reason, now)
        match message.action:
            case "hide" | "remove":
                if post is None:
                    raise NotFound("nothing is left of the post", field="report")
                entries = self._withheld(message.action, post, identity, reason, key)
                is_left = report.about_author and message.action == "remove"  # it is not one of the post's own
                return [*entries, settled] if is_left else entries
            case "warn":
                id = self._naming.made_by("decision", self._hub.world, by, key)
                warning = Decision(
                    id=id, user=report.author, action="warn", by=by, reason=reason, at=now, group=report.group
                )
                return [settled, *self._ledger.decided(warning)]
            case "suspend":
                return [*self._suspending.entries(report.author, by, reason, message.until, key), settled]
            case "dismiss":
                return [*self._shown_again(report, post, identity, reason, key), settled]
        raise Invalid("only an appeal is granted", field="action")

    def _shown_again(self, report: Report, post: Post | None, identity: Identity, reason: str, key: str) -> list[Entry]:
        """A post that was hidden until it is looked at, when nothing against it is left."""
        if post is None or any(each.id != report.id for each in self._reports_of(post)):
            return []
        kept, flag = self._withholder.kept(post), self._withholder.flag(post)
        if kept is not None and not kept.removed:
            is_theirs = identity.is_owner or not self._is_hidden_by_owner(post)
            return self._withheld("show", post, identity, reason, key) if is_theirs else []
        return [] if flag is None else self._cleared(flag, post.author, identity.user, reason)

    def _withheld(self, action: Withholding, post: Post, identity: Identity, reason: str, key: str) -> list[Entry]:
        """A post hidden, shown or removed, and its author told."""
        now, by = self._clock.now(), identity.user
        id = self._naming.made_by("decision", self._hub.world, by, key)
        kept = self._withholder.kept(post)
        change = self._withholder.change(action, post, id, reason, now)
        entries = [Entry(body=change.body, world=self._hub.world, at=now, rooms=change.rooms), *change.also]
        if action == "show":
            decision = None if kept is None else self._hub.facts.latest(Decision, kept.decision)
            if decision is not None:
                entries += self._ledger.undone(decision, by, reason, now)
            is_there = post.author != NOBODY
            told = noticed(self._hub.world, post.author, "post_shown", now, reason=reason)
            return [*entries, *([told] if is_there else [])]
        deed: Deed = "hide" if action == "hide" else "remove"
        place = post.place
        group = place.group or (None if post.is_public else self._decided_in(identity, post))
        decision = Decision(
            id=id,
            user=post.author,
            action=deed,
            by=by,
            reason=reason,
            at=now,
            alert=place.alert,
            group=group,
            seq=place.seq,
            by_owner=identity.is_owner,
        )
        entries += self._ledger.decided(decision)
        if action == "remove":
            entries += [self._ledger.settled(each, by, reason, now) for each in self._reports_of(post)]
            entries.append(self._ledger.counted(now, removals=1))
        return entries

    def _decided_in(self, identity: Identity, post: Post) -> str | None:
        """The group whose trail tells of it: of an alert to several, one that who decides looks after."""
        theirs = (group for group in post.groups if identity.user in self._access.looking_after(group))
        return next(theirs, post.groups[0] if post.groups else None)

    def _cleared(self, flag: Flag, author: str, by: str, reason: str) -> list[Entry]:
        """What looked wrong was looked at, and is well; whoever seemed to probe by it has their limits back (R24)."""
        now = self._clock.now()
        entries = [self._ledger.audited(FactDropped(fact=flag, by=by, reason=reason), now)]
        if "probing" in flag.why and author != NOBODY:
            well = FactSet(fact=OddAlerts(user=author, alerts={}, cleared_at=now), by=by, reason=reason)
            entries.append(self._ledger.audited(well, now))
        return entries

    def _reports_of(self, post: Post) -> list[Report]:
        """What is reported of a post itself and still open."""
        return [
            report
            for report in self._hub.facts.latest_of(Report)
            if post.place in _places(report) and not report.about_author
        ]

    # --- appeals ---

    def _appeal_resolved(self, identity: Identity, message: Resolve, post: Post | None) -> list[Entry]:
        """It stands, and finally; or it is undone, as far as it can be: what was removed is gone."""
        facts = self._hub.facts
        appeal, decision = facts.latest(Appeal, message.report), facts.latest(Decision, message.report)
        if appeal is None or decision is None or not identity.is_owner:
            raise NotFound("no such report, or not yours to decide", field="report")
        now, by, reason = self._clock.now(), identity.user, message.reason
        told = {"reason": reason, "decision": decision.id}
        if message.action == "dismiss":
            final = FactSet(fact=changed(decision, is_final=True), by=by, reason=reason)
            return [
                self._ledger.audited(final, now, decision.group),
                self._ledger.dropped(appeal, now),
                noticed(self._hub.world, appeal.user, "appeal_dismissed", now, **told),
            ]
        if message.action != "grant":
            raise Invalid("an appeal is dismissed or granted", field="action")
        kept = None if post is None else self._withholder.kept(post)
        is_hidden = kept is not None and kept.decision == decision.id and not kept.removed
        undone: list[Entry] = []
        if decision.action == "hide" and post is not None and is_hidden:
            undone = self._withheld("show", post, identity, reason, "")
        else:
            if decision.action == "suspend":
                undone = self._suspending.lifted(decision.user, by, reason)
            elif decision.action == "suspend_group":
                undone = self._suspending.group_lifted(decision.group or "", by, reason)
            undone += self._ledger.undone(decision, by, reason, now)
        return [*undone, noticed(self._hub.world, appeal.user, "appeal_granted", now, **told)]


def _places(source: Report | Decision | None) -> list[Place]:
    """Where a post that is reported or decided about may be found."""
    if source is None:
        return []
    alert = [Place(source.alert, None, None)] if source.alert is not None else []
    return [*alert, *([Place(None, source.group, source.seq)] if source.seq is not None else [])]
