"""One world's parts, joined: everything that real and exercise each have of their own (R16)."""

from dataclasses import dataclass

from realtime.clock import Clock
from realtime.config import QuotaSettings, Settings
from realtime.connection.router import Router
from realtime.delivery.catchup import CatchUp
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import AlreadyGreeted, HelloFirst
from realtime.messages import (
    Ack,
    Appoint,
    AskConsents,
    AskPreferences,
    ClientMessage,
    CreateGroup,
    GiveConsent,
    Hello,
    JoinGroup,
    LeaveGroup,
    MarkRead,
    Pause,
    Ping,
    Position,
    PostMessage,
    Prefer,
    RaiseAlert,
    ReadHistory,
    ReviseMessage,
    Share,
    UpdateAlert,
)
from realtime.naming import Naming
from realtime.service.access import Access
from realtime.service.alerts import Alerts
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.groups import Groups
from realtime.service.history import History
from realtime.service.members import Doorstep, Home, Members
from realtime.service.revising import Revisions
from realtime.service.trusting import Trusting
from realtime.service.wishing import Wishing
from storage.log import EventLog


@dataclass(frozen=True, slots=True)
class World:
    """What a session of one world can reach, and nothing of the other's."""

    hub: Hub
    catch_up: CatchUp
    alerts: Alerts
    errands: Errands
    router: Router

    @property
    def home(self) -> Home:
        return Home(self.hub, self.catch_up)

    def departed(self, session: Caller) -> None:
        """A session's socket is gone."""
        self.catch_up.end(session)
        self.hub.detach(session)

    def forget_old(self) -> None:
        """Let go of what is past, and begin with what there may be much of."""
        self.alerts.forget_old()
        self.hub.forget_old()

    def forget_more(self) -> bool:
        """Go on with what there may be much of, a little of it; True if more waits."""
        return self.hub.presence.forget_old() or self.hub.unreached.forget_old()

    async def close(self) -> None:
        self.hub.receipts.stop()
        self.hub.wishes.stop()
        self.hub.noise.stop()
        await self.catch_up.close()
        await self.errands.close()


def make_world(
    hub: Hub, writer: Writer, log: EventLog, clock: Clock, naming: Naming, settings: Settings, quotas: QuotaSettings
) -> World:
    """Build a world's services around its hub, and the table of what its members may say."""
    alerts = Alerts(hub, writer, clock, naming, settings.alerts, quotas)
    errands = Errands()
    access = Access(hub)
    groups = Groups(hub, writer, clock, naming, access, settings.connection.max_hello_rooms - 1)  # and `me`
    trust = Trusting(hub, writer, clock, access)
    revisions = Revisions(hub, writer, log, clock, errands)
    members = Members(hub, settings.positions.ttl_s, alerts.forget_place)
    wishing = Wishing(hub, writer, log, clock, errands)
    hub.wishes.erased_place = alerts.forget_place
    history = History(hub, log, clock, naming, errands)
    router = Router(
        {
            Position: members.position,
            RaiseAlert: alerts.raise_alert,
            UpdateAlert: alerts.update,
            PostMessage: groups.post,
            ReviseMessage: revisions.revise,
            CreateGroup: groups.create,
            JoinGroup: groups.join,
            LeaveGroup: groups.leave,
            Appoint: trust.appoint,
            Prefer: wishing.prefer,
            Pause: wishing.pause,
            Share: wishing.share,
            GiveConsent: wishing.consent,
            AskPreferences: wishing.preferences,
            AskConsents: wishing.consents,
            ReadHistory: history.read,
            MarkRead: history.mark,
            Ack: members.ack,
            Ping: members.ping,
            Hello: _greeted_already,
        },
        otherwise=_greeted_already,
    )
    return World(hub, CatchUp(hub, log, clock, settings.log.replay_page), alerts, errands, router)


def make_doorstep(doorstep: Doorstep) -> Router:
    """The table for who has not said hello yet."""
    return Router({Hello: doorstep.hello}, otherwise=_hello_first)


def _hello_first(caller: Caller, message: ClientMessage) -> None:
    raise HelloFirst("say hello first: who you are, and what you have")


def _greeted_already(caller: Caller, message: ClientMessage) -> None:
    raise AlreadyGreeted("this connection has said hello; connect anew to change who it is")
