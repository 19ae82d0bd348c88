"""What members report, and who is to look at it (F67-F69, R33)."""

from collections.abc import Mapping
from typing import Final

from realtime.clock import Clock
from realtime.config import ModerationSettings
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import NotFound, RateLimited
from realtime.messages import ListReports, Ok, OpenAppeal, ReportedPost, ReportPost, Reports
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.acts import act_for, noticed, required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.moderation.flagging import flagged
from realtime.service.moderation.ledger import Ledger
from realtime.service.moderation.posts import Place, Post, Posts, place_of
from storage.events import Entry, Event, FactSet
from storage.facts import Appeal, Decision, Report

_LISTED: Final = 100
_AGAIN_S: Final = 3_600.0


class Reporting:
    """The reports of one world, from being made to being looked at."""

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        clock: Clock,
        naming: Naming,
        access: Access,
        ledger: Ledger,
        posts: Posts,
        errands: Errands,
        settings: ModerationSettings,
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._naming = naming
        self._access = access
        self._ledger = ledger
        self._posts = posts
        self._errands = errands
        self._settings = settings

    def report(self, caller: Caller, message: ReportPost) -> None:
        """Whom it is about never learns who reported; one person's second report of one post is the first again."""
        id = required_id(message)
        self._errands.run(caller, id, self._report(caller, message, place_of(message)))

    async def _report(self, caller: Caller, message: ReportPost, place: Place) -> None:
        identity = caller.identity
        is_theirs = place.group is None or identity.user in self._hub.rooms.members(place.group)
        post = await self._posts.find(place) if is_theirs else None  # the log is not read for others
        made_of = (post.place.key if post is not None else "", str(message.about_author))
        report_id = self._naming.made_by("report", identity.world, identity.user, "/".join(made_of))

        def decide(key: str, digest: bytes) -> Entry:
            if place.group is not None:
                self._access.require(identity, message, group=place.group)
            if post is None or not self._posts.may_see(identity.user, post, place):
                raise NotFound("no such post, or not one that you can see", field="alert" if place.alert else "seq")
            self._check_not_too_many(identity.user, report_id)
            now = self._clock.now()
            report = self._made(report_id, identity.user, message, post, place, now)
            is_new = self._hub.facts.latest(Report, report_id) is None
            also = [self._ledger.counted(now, reports=1)] if is_new else []
            if post.alert is not None:
                also += flagged(self._hub, post.alert, "reported", now)
            also += self._told(report, now) if is_new and not self._is_known(report) else []
            body = FactSet(fact=report, by=identity.user)
            return Entry(body=body, world=identity.world, at=now, key=key, digest=digest, also=tuple(also))

        def ok(event: Event, seqs: Mapping[str, int], durable: bool) -> Ok:
            return Ok(id=required_id(message), durable=durable, report=report_id)

        self._writer.submit(act_for(caller, message, decide=decide, ok=ok))

    def _made(self, id: str, reporter: str, message: ReportPost, post: Post, place: Place, now: float) -> Report:
        group = self._group(reporter, post, place)
        carers = [] if group is None else self._access.looking_after(group)
        return Report(
            id=id,
            reporter=reporter,
            author=post.author,
            category=message.category,
            at=now,
            said=post.said,
            alert=post.place.alert,
            group=group,
            seq=place.seq,
            is_owners=group is None or not carers or post.author in carers,
            about_author=message.about_author,
            reason=message.reason,
        )

    def _group(self, reporter: str, post: Post, place: Place) -> str | None:
        """The group whose admins are to look at a post; None if that is the owner's."""
        if post.is_public:
            return None
        if place.group is not None:
            return place.group
        own = (group for group in post.groups if reporter in self._hub.rooms.members(group))
        return next(own, post.groups[0] if post.groups else None)

    def _is_known(self, report: Report) -> bool:
        """Whether somebody else has reported it, and it is not decided: who looks after the group was told then."""

        def what(each: Report) -> tuple[str | None, int | None, str | None, bool]:
            return each.group, each.seq, each.alert, each.about_author

        return any(what(each) == what(report) for each in self._hub.facts.latest_of(Report))

    def _told(self, report: Report, now: float) -> list[Entry]:
        """Those who look after the group hear that there is something to look at."""
        if report.group is None or report.is_owners:
            return []
        card = self._hub.rooms.group(report.group)
        name = report.group if card is None else card.name
        carers = [user for user in self._access.looking_after(report.group) if user != report.reporter]
        about = {"report": report.id, "group": report.group, "name": name}
        return [noticed(self._hub.world, user, "reported", now, **about) for user in carers]

    def _check_not_too_many(self, user: str, id: str) -> None:
        mine = [each.id for each in self._hub.facts.latest_of(Report) if each.reporter == user]
        if id not in mine and len(mine) >= self._settings.max_open_reports:
            raise RateLimited(
                f"{len(mine)} of your reports are still to be looked at; more when some are", retry_after_s=_AGAIN_S
            )

    # --- looking at them ---

    def show(self, caller: Caller, message: ListReports) -> None:
        """The oldest first; nobody is shown a report about themselves, unless they are the owner."""
        identity, id = caller.identity, required_id(message)
        if message.group is None:
            self._access.require_owner(identity, message)
        else:
            self._access.require(identity, message, group=message.group)
        now = self._clock.now()
        found = [
            report
            for report in self._hub.facts.of(Report).values()
            if (message.group is None or report.group == message.group)
            and (self._is_owners(report, message, now) if identity.is_owner else not self._access.is_owners(report))
        ]
        found.sort(key=lambda report: report.at)
        caller.answer(
            Reports(
                id=id,
                reports=tuple(self._shown(report, now) for report in found[:_LISTED]),
                appeals=tuple(self._appeals()) if identity.is_owner and message.group is None else (),
            )
        )

    def _is_owners(self, report: Report, message: ListReports, now: float) -> bool:
        return self._access.is_owners(report) or message.all or self._is_overdue(report, now)

    def _is_overdue(self, report: Report, now: float) -> bool:
        """Nobody has looked at it in time: from then on the owner does, too."""
        return now - report.at >= self._settings.overdue_s

    def _shown(self, report: Report, now: float) -> ReportedPost:
        return ReportedPost(
            report=report.id,
            category=report.category,
            at=report.at,
            said=report.said,
            alert=report.alert,
            group=report.group,
            seq=report.seq,
            user=report.author,
            about_author=report.about_author,
            reason=report.reason,
            overdue=self._is_overdue(report, now),
        )

    def _appeals(self) -> list[OpenAppeal]:
        shown = []
        for appeal in self._hub.facts.of(Appeal).values():
            decision = self._hub.facts.get(Decision, appeal.decision)
            if decision is not None:
                shown.append(
                    OpenAppeal(
                        appeal=appeal.decision,
                        user=appeal.user,
                        at=appeal.at,
                        text=appeal.text,
                        action=decision.action,
                        reason=decision.reason,
                        by=decision.by,
                    )
                )
        return sorted(shown, key=lambda each: each.at)[:_LISTED]
