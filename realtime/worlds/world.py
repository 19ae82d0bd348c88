"""One world's parts, joined: everything that real and exercise each have of their own (R16)."""

from dataclasses import dataclass
from functools import partial

from realtime.categories import load_categories
from realtime.clock import Clock
from realtime.config import QuotaSettings, Settings
from realtime.connection.router import Router
from realtime.delivery.act import Act
from realtime.delivery.catchup import CatchUp
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import AlreadyGreeted, HelloFirst
from realtime.media.door import Wall
from realtime.messages import AppealDecision, ClientMessage, Hello, PostMessage
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.alerts.answers import Answers
from realtime.service.alerts.raising import Alerts
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.groupbook import GroupBook
from realtime.service.groups.governing import Governing
from realtime.service.moderation.appeals import Appeals
from realtime.service.moderation.conduct import Conducts
from realtime.service.organisations.offices import Offices
from realtime.service.organisations.volunteers import Volunteers
from realtime.service.pace import Pace
from realtime.service.people.erasing import Eraser
from realtime.service.people.members import Doorstep, Home
from realtime.service.people.retracting import Retracting
from realtime.service.people.surveys import Surveys
from realtime.service.pictures.gallery import Pictures
from realtime.service.pictures.showing import Showing
from realtime.service.places.areas import Areas
from realtime.service.words.forms import Forms
from realtime.worlds.alerts import make_alerts
from realtime.worlds.groups import make_groups
from realtime.worlds.moderation import make_moderation
from realtime.worlds.organisations import make_organisations
from realtime.worlds.people import make_people
from realtime.worlds.shared import Shared
from storage.counts import CountedLog
from storage.events import is_thread


@dataclass(frozen=True, slots=True)
class World:
    """What a session of one world can reach, and nothing of the other's."""

    hub: Hub
    catch_up: CatchUp
    alerts: Alerts
    answers: Answers
    errands: Errands
    wall: Wall
    offices: Offices
    volunteers: Volunteers
    governing: Governing
    surveys: Surveys
    router: Router
    conducts: Conducts
    appeals: Appeals
    areas: Areas
    eraser: Eraser
    retracting: Retracting

    @property
    def home(self) -> Home:
        return Home(self.hub, self.catch_up, self.conducts, self.appeals, self.offices, self.volunteers, self.surveys)

    def departed(self, session: Caller) -> None:
        """A session's socket is gone."""
        self.catch_up.end(session)
        self.hub.detach(session)
        self.volunteers.departed(session)

    def forget_old(self) -> None:
        """Let go of what is past, and begin with what there may be much of."""
        self.alerts.forget_old()
        self.answers.forget_old()
        self.governing.drop_old_mutes()
        self.hub.forget_old()

    def forget_more(self) -> bool:
        """Go on with what there may be much of, a little of it; True if more waits."""
        return self.hub.presence.forget_old() or self.hub.unreached.forget_old()

    async def close(self) -> None:
        self.hub.receipts.stop()
        self.offices.close()
        self.volunteers.close()
        self.hub.wishes.stop()
        self.hub.noise.stop()
        await self.surveys.close()
        await self.eraser.close()
        await self.retracting.close()
        await self.catch_up.close()
        await self.errands.close()


def make_world(
    hub: Hub, writer: Writer, log: CountedLog, clock: Clock, naming: Naming, settings: Settings, quotas: QuotaSettings
) -> World:
    """Build a world's services around its hub, and the table of what its members may say."""
    categories = load_categories(settings.alerts.categories)
    book = GroupBook(hub)
    conducts = Conducts(hub, writer, clock, settings.conduct)
    pictures = Pictures(hub, writer, clock, naming, partial(_picture_kept_s, settings))
    pace = Pace(clock, quotas)
    shared = Shared(
        hub,
        writer,
        log,
        clock,
        naming,
        settings,
        Access(hub, book),
        book,
        Errands(),
        CatchUp(hub, log, clock, settings.log.replay_page),
        Forms(hub.rooms, categories),
        pictures,
        conducts,
        pace,
    )
    alerts = make_alerts(shared, quotas, categories)
    groups = make_groups(shared)
    organisations = make_organisations(shared, alerts.alerts)
    people = make_people(shared, alerts, groups, organisations.volunteers)
    moderation = make_moderation(shared, groups.revisions, alerts.alerts.probing)

    def gate(act: Act) -> None:
        """What this refuses is not stored, whatever it is."""
        conducts.gate(act)
        pace.check(act)

    writer.gates[hub.world] = gate

    def post(caller: Caller, said: PostMessage) -> None:
        """A thread is a room like a group's, with other rules."""
        (organisations.threads if is_thread(said.group) else groups.posting).post(caller, said)

    router = Router(
        {
            **alerts.handlers,
            **groups.handlers,
            **organisations.handlers,
            **people.handlers,
            **moderation.handlers,
            PostMessage: post,
            Hello: _greeted_already,
        },
        otherwise=_greeted_already,
    )
    return World(
        hub,
        shared.catch_up,
        alerts.alerts,
        alerts.answers,
        shared.errands,
        Wall(pictures, Showing(hub, log), conducts.check_suspended),
        organisations.offices,
        organisations.volunteers,
        groups.governing,
        people.surveys,
        router,
        conducts,
        moderation.appeals,
        alerts.areas,
        people.eraser,
        people.retracting,
    )


def _picture_kept_s(settings: Settings, to_strangers: bool) -> float:
    """As long as an alert or a message that shows it may be kept, from when it is shown."""
    kept, alerts = settings.retention, settings.alerts
    longest_s = max(alerts.info_ttl_s, alerts.official_ttl_s, alerts.search_ttl_s)
    if to_strangers:
        return kept.public_alerts_s + longest_s
    return max(kept.room_alerts_s + alerts.info_ttl_s, kept.messages_s)


def make_doorstep(doorstep: Doorstep) -> Router:
    """The table for who has not said hello yet."""
    return Router({Hello: doorstep.hello, AppealDecision: doorstep.appeal}, otherwise=_hello_first)


def _hello_first(caller: Caller, message: ClientMessage) -> None:
    raise HelloFirst("say hello first: who you are, and what you have")


def _greeted_already(caller: Caller, message: ClientMessage) -> None:
    raise AlreadyGreeted("this connection has said hello; connect anew to change who it is")
