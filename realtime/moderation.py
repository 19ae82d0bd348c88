"""One world's conduct and moderation, joined: what `worlds.py` adds to the rest of a world."""

from dataclasses import dataclass

from realtime.clock import Clock
from realtime.config import Settings
from realtime.connection.router import Handler
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.messages import (
    Accept,
    AppealDecision,
    AskConduct,
    AskTransparency,
    ClientMessage,
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
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.errands import Errands
from realtime.service.groupbook import GroupBook
from realtime.service.groups.revising import Revisions
from realtime.service.moderation.appeals import Appeals
from realtime.service.moderation.conduct import Conducts
from realtime.service.moderation.exporting import Exporter, Exporting, OwnExport
from realtime.service.moderation.ledger import Ledger
from realtime.service.moderation.moderating import Moderating
from realtime.service.moderation.overseeing import Overseeing
from realtime.service.moderation.posts import Posts
from realtime.service.moderation.probing import Probing
from realtime.service.moderation.reporting import Reporting
from realtime.service.moderation.suspending import Suspending
from realtime.service.moderation.trail import Trails
from realtime.service.pictures.gallery import Pictures
from storage.log import EventLog


@dataclass(frozen=True, slots=True)
class Moderation:
    """What others ask of it, and what its messages are handled by."""

    exporter: Exporter
    appeals: Appeals
    handlers: dict[type[ClientMessage], Handler]


def make_moderation(
    hub: Hub,
    writer: Writer,
    log: EventLog,
    clock: Clock,
    naming: Naming,
    access: Access,
    book: GroupBook,
    revisions: Revisions,
    errands: Errands,
    conducts: Conducts,
    pictures: Pictures,
    settings: Settings,
    probing: Probing,
) -> Moderation:
    ledger = Ledger(hub, settings)
    posts = Posts(hub, log, errands)
    reporting = Reporting(hub, writer, clock, naming, access, ledger, posts, errands, settings.moderation)
    suspending = Suspending(hub, writer, clock, naming, access, book, ledger)
    moderating = Moderating(hub, writer, clock, naming, access, ledger, posts, revisions, errands, suspending, pictures)
    appeals = Appeals(hub, writer, clock, ledger)
    overseeing = Overseeing(hub, clock, access, probing)
    trails = Trails(hub, log, access, errands)
    exporter = Exporter(hub, log, errands)
    exporting = Exporting(hub, writer, clock, naming, access, ledger, exporter, errands)
    return Moderation(
        exporter,
        appeals,
        {
            AskConduct: conducts.show,
            Accept: conducts.accept,
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
            ExportMe: OwnExport(exporter, errands).read,
        },
    )
