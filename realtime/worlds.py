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
from realtime.messages import (
    Ack,
    AnswerAlert,
    AnswerSurvey,
    AppealDecision,
    Apply,
    Appoint,
    AskConsents,
    AskPreferences,
    Assign,
    BanMember,
    CallVolunteers,
    ClientMessage,
    CloseGroup,
    CloseThread,
    CreateGroup,
    Decide,
    DropArea,
    EndCall,
    EraseAccount,
    EraseAlert,
    FindArea,
    FindGroups,
    FindOrganisations,
    Follow,
    GiveConsent,
    GoOnDuty,
    GrantRole,
    HandOver,
    Hello,
    Inform,
    Invite,
    JoinGroup,
    LeaveGroup,
    LetOrganisationIn,
    ListAreas,
    ListRoles,
    ListStaff,
    ListSurveys,
    ListThreads,
    MarkRead,
    MergeAlert,
    MuteGroup,
    Pause,
    Ping,
    Position,
    PostMessage,
    Prefer,
    PutSurvey,
    RaiseAlert,
    ReadActivity,
    ReadApplications,
    ReadCategories,
    ReadGroupMap,
    ReadHistory,
    ReadInvitations,
    ReadMap,
    ReadMembers,
    ReadSurvey,
    Remove,
    ReopenThread,
    ReviseMessage,
    Revoke,
    RevokeRole,
    SetArea,
    SetGroup,
    SetOrganisation,
    SetStaff,
    Share,
    ShowGroup,
    Unban,
    Unfollow,
    UpdateAlert,
    VolunteerFor,
    Watch,
    Withdraw,
    WriteTo,
)
from realtime.moderation import make_moderation
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.alerts.answers import Answers
from realtime.service.alerts.catalogue import Catalogue
from realtime.service.alerts.raising import Alerts
from realtime.service.caller import Caller
from realtime.service.circles import Circles
from realtime.service.errands import Errands
from realtime.service.groupbook import GroupBook
from realtime.service.groups.admitting import Admitting
from realtime.service.groups.cards import Cards
from realtime.service.groups.governing import Governing
from realtime.service.groups.groupacts import GroupActs
from realtime.service.groups.history import History
from realtime.service.groups.invitations import Invitations
from realtime.service.groups.joining import Joining
from realtime.service.groups.lists import Lists
from realtime.service.groups.membership import Groups
from realtime.service.groups.posting import Posting
from realtime.service.groups.revising import Revisions
from realtime.service.groups.trusting import Trusting
from realtime.service.moderation.appeals import Appeals
from realtime.service.moderation.conduct import Conducts
from realtime.service.organisations.informing import Informing
from realtime.service.organisations.offices import Offices
from realtime.service.organisations.registry import Organisations
from realtime.service.organisations.roles import Roles
from realtime.service.organisations.threads import Threads
from realtime.service.organisations.volunteers import Volunteers
from realtime.service.pace import Pace
from realtime.service.people.erasing import Eraser
from realtime.service.people.members import Doorstep, Home, Members
from realtime.service.people.retracting import Retracting
from realtime.service.people.surveys import Surveys
from realtime.service.people.wishing import Wishing
from realtime.service.pictures.gallery import Pictures
from realtime.service.pictures.showing import Showing
from realtime.service.places.areas import Areas
from realtime.service.places.following import Following
from realtime.service.places.looking import Looking
from realtime.service.words.forms import Forms
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
    forms = Forms(hub.rooms, categories)
    errands = Errands()
    book = GroupBook(hub)
    conducts = Conducts(hub, writer, clock, settings.conduct)
    pictures = Pictures(hub, writer, clock, naming, partial(_picture_kept_s, settings))
    wall = Wall(pictures, Showing(hub, log), conducts.check_suspended)
    access = Access(hub, book)
    catch_up = CatchUp(hub, log, clock, settings.log.replay_page)
    areas = Areas(hub, writer, clock, access, settings.alerts, categories)
    alerts = Alerts(
        hub,
        writer,
        clock,
        naming,
        pictures,
        settings.alerts,
        quotas,
        book,
        areas,
        forms,
        conducts.has_accepted,
        is_answered=lambda alert: answers.is_answered(alert),
    )
    answers = Answers(hub, writer, clock, settings.alerts.answers_every_s, alerts.is_new, Circles(hub).of)
    invitations = Invitations(hub, naming)
    joining = Joining(hub, book, invitations, settings.connection.max_hello_rooms - 1)  # and `me`
    groups = Groups(hub, writer, clock, naming, book, joining, forms)
    posting = Posting(writer, clock, naming, access, book, pictures, forms)
    acts = GroupActs(hub, writer, clock, access, book, forms)
    cards = Cards(acts, invitations, naming)
    admitting = Admitting(acts, joining, invitations)
    governing = Governing(acts)
    lists = Lists(acts, log, errands)
    trust = Trusting(hub, writer, clock, access, book)
    offices = Offices(hub, writer, clock)
    threads = Threads(hub, writer, clock, naming, access, offices, pictures)
    organisations = Organisations(hub, writer, clock, access, offices)
    roles = Roles(hub, writer, clock, access)
    informing = Informing(hub, clock, access, offices, alerts, forms, settings.alerts)
    volunteers = Volunteers(hub, writer, clock, naming, access, offices, settings.alerts.reach_after_s)
    revisions = Revisions(hub, writer, log, clock, errands, pictures, forms, book)
    surveys = Surveys(
        hub, writer, log, clock, naming, access, areas, errands, settings.figures.zone, hub.wishes.may_survey
    )
    members = Members(hub, volunteers, surveys, settings.positions.ttl_s, alerts.forget_place)
    looking = Looking(hub, catch_up, log, clock, naming, errands)
    following = Following(hub, catch_up, writer, clock, access)
    wishing = Wishing(hub, writer, log, clock, errands)
    hub.wishes.erased_place = alerts.forget_place

    retracting = Retracting(hub, writer, log, clock, errands, pictures)

    def forget_person(user: str) -> None:
        alerts.forget_place(user)
        answers.forget(user)
        hub.noise.forget(user)
        hub.unreached.forget(user)
        surveys.forget(user)
        pace.forget(user)

    pace = Pace(clock, quotas)
    eraser = Eraser(hub, writer, log, clock, naming, access, book, governing, revisions, errands, forget_person)
    history = History(hub, log, clock, naming, errands)
    moderation = make_moderation(
        hub, writer, log, clock, naming, access, book, revisions, errands, conducts, pictures, settings, alerts.probing
    )

    def gate(act: Act) -> None:
        """What this refuses is not stored, whatever it is."""
        conducts.gate(act)
        pace.check(act)

    writer.gates[hub.world] = gate
    router = Router(
        {
            Position: members.position,
            RaiseAlert: alerts.raise_alert,
            UpdateAlert: alerts.update,
            MergeAlert: alerts.merge,
            AnswerAlert: answers.answer,
            ReadCategories: Catalogue(areas).categories,
            PostMessage: lambda caller, said: (threads if is_thread(said.group) else posting).post(caller, said),
            ReviseMessage: revisions.revise,
            CreateGroup: groups.create,
            JoinGroup: groups.join,
            LeaveGroup: governing.leave,
            Appoint: trust.appoint,
            SetGroup: cards.set,
            ShowGroup: cards.show,
            FindGroups: cards.find,
            ReadGroupMap: cards.map,
            Apply: admitting.apply,
            Withdraw: admitting.withdraw,
            ReadApplications: admitting.applications,
            Decide: admitting.decide,
            Invite: admitting.invite,
            ReadInvitations: admitting.invitations,
            Revoke: admitting.revoke,
            Remove: governing.remove,
            BanMember: governing.ban,
            Unban: governing.unban,
            HandOver: governing.hand_over,
            CloseGroup: governing.close,
            MuteGroup: governing.mute,
            ReadMembers: lists.members,
            ReadActivity: lists.activity,
            Prefer: wishing.prefer,
            Pause: wishing.pause,
            Share: wishing.share,
            GiveConsent: wishing.consent,
            AskPreferences: wishing.preferences,
            AskConsents: wishing.consents,
            EraseAccount: eraser.erase,
            EraseAlert: retracting.erase,
            ReadHistory: history.read,
            MarkRead: history.mark,
            SetOrganisation: organisations.set,
            FindOrganisations: organisations.find,
            SetStaff: organisations.set_staff,
            ListStaff: organisations.list_staff,
            LetOrganisationIn: organisations.let_in,
            GrantRole: roles.grant,
            RevokeRole: roles.revoke,
            ListRoles: roles.held,
            Inform: informing.inform,
            WriteTo: threads.write_to,
            ListThreads: threads.inbox,
            Assign: threads.assign,
            CloseThread: threads.close,
            ReopenThread: threads.reopen,
            VolunteerFor: volunteers.volunteer,
            CallVolunteers: volunteers.call,
            EndCall: volunteers.end,
            Watch: looking.watch,
            ReadMap: looking.read,
            Follow: following.follow,
            Unfollow: following.unfollow,
            ListAreas: following.areas,
            GoOnDuty: following.go_on_duty,
            SetArea: areas.set,
            DropArea: areas.drop,
            FindArea: areas.find,
            PutSurvey: surveys.put,
            ListSurveys: surveys.list,
            ReadSurvey: surveys.result,
            AnswerSurvey: surveys.answer,
            Ack: members.ack,
            Ping: members.ping,
            Hello: _greeted_already,
            **moderation.handlers,
        },
        otherwise=_greeted_already,
    )
    return World(
        hub,
        catch_up,
        alerts,
        answers,
        errands,
        wall,
        offices,
        volunteers,
        governing,
        surveys,
        router,
        conducts,
        moderation.appeals,
        areas,
        eraser,
        retracting,
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
