"""One world's conduct and moderation, joined."""

from dataclasses import dataclass

from realtime.messages import (
    Accept,
    AppealDecision,
    AskConduct,
    AskTransparency,
    ExportMe,
    ExportUser,
    Lift,
    ListAccounts,
    ListFlags,
    ListReports,
    Moderate,
    ReadAudit,
    ReadExport,
    ReportPost,
    Resolve,
    Suspend,
    SuspendGroup,
)
from realtime.service.groups.revising import Revisions
from realtime.service.moderation.appeals import Appeals
from realtime.service.moderation.exporting import Exporter, Exporting, OwnExport
from realtime.service.moderation.ledger import Ledger
from realtime.service.moderation.moderating import Moderating
from realtime.service.moderation.overseeing import Overseeing
from realtime.service.moderation.posts import Posts
from realtime.service.moderation.probing import Probing
from realtime.service.moderation.reporting import Reporting
from realtime.service.moderation.suspending import Suspending
from realtime.service.moderation.trail import Trails
from realtime.worlds.shared import Handlers, Shared


@dataclass(frozen=True, slots=True)
class ModerationServices:
    """What others ask of it, and what its messages are handled by."""

    appeals: Appeals
    handlers: Handlers


def make_moderation(s: Shared, revisions: Revisions, probing: Probing) -> ModerationServices:
    ledger = Ledger(s.hub, s.settings)
    posts = Posts(s.hub, s.log, s.errands)
    reporting = Reporting(s.hub, s.writer, s.clock, s.naming, s.access, ledger, posts, s.errands, s.settings.moderation)
    suspending = Suspending(s.hub, s.writer, s.clock, s.naming, s.access, s.book, ledger)
    moderating = Moderating(
        s.hub,
        s.writer,
        s.clock,
        s.naming,
        s.access,
        ledger,
        posts,
        revisions,
        s.errands,
        suspending,
        s.pictures,
    )
    appeals = Appeals(s.hub, s.writer, s.clock, ledger)
    overseeing = Overseeing(s.hub, s.clock, s.access, probing)
    trails = Trails(s.hub, s.log, s.access, s.errands)
    exporter = Exporter(s.hub, s.log, s.errands)
    exporting = Exporting(s.hub, s.writer, s.clock, s.naming, s.access, ledger, exporter, s.errands)
    handlers: Handlers = {
        AskConduct: s.conducts.show,
        Accept: s.conducts.accept,
        ReportPost: reporting.report,
        ListReports: reporting.show,
        Resolve: moderating.resolve,
        Moderate: moderating.moderate,
        Suspend: suspending.suspend,
        SuspendGroup: suspending.suspend_group,
        Lift: suspending.lift,
        AppealDecision: appeals.appeal,
        ListFlags: overseeing.flags,
        ReadAudit: trails.audit,
        ListAccounts: overseeing.accounts,
        AskTransparency: overseeing.transparency,
        ExportUser: exporting.begin,
        ReadExport: exporting.read,
        ExportMe: OwnExport(exporter, s.errands).read,
    }
    return ModerationServices(appeals, handlers)
