"""The table of who may do what, walked: every message, by whoever stands in each way to what it is about."""

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from realtime.messages import (
    Accept,
    Ack,
    AnswerAlert,
    AnswerSurvey,
    AppealDecision,
    Apply,
    Appoint,
    AskConduct,
    AskConsents,
    AskPreferences,
    AskTransparency,
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
    ExportMe,
    ExportUser,
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
    Lift,
    ListAccounts,
    ListAreas,
    ListFlags,
    ListReports,
    ListRoles,
    ListStaff,
    ListSurveys,
    ListThreads,
    MarkRead,
    MergeAlert,
    Moderate,
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
    ReadAudit,
    ReadCategories,
    ReadExport,
    ReadGroupMap,
    ReadHistory,
    ReadInvitations,
    ReadMap,
    ReadMembers,
    ReadSurvey,
    Remove,
    ReopenThread,
    ReportPost,
    Request,
    Resolve,
    ReviseMessage,
    Revoke,
    RevokeRole,
    SetArea,
    SetGroup,
    SetOrganisation,
    SetStaff,
    Share,
    ShowGroup,
    Suspend,
    SuspendGroup,
    Unban,
    Unfollow,
    UpdateAlert,
    VolunteerFor,
    Watch,
    Withdraw,
    WriteTo,
)
from realtime.service.access import MAY
from tests.offices import AROUND, an_organisation, with_staff
from tests.town import HERE, Phone, Town

REFUSALS = {"not_found", "forbidden"}


# The token's role of those who hold an office.
ROLES = {"duty": "guard", "owner": "owner", "police": "police"}


class Scene:
    """One group, with somebody who stands in each way to it, and something that was said and raised there."""

    def __init__(self, town: Town) -> None:
        self.people = {
            name: town.phone(name, as_=f"real/{{}}/{ROLES[name]}" if name in ROLES else "real/{}") for name in STANDINGS
        }
        creator, author = self.people["creator"], self.people["author"]
        self.group = town.group(
            creator,
            *(self.people[name] for name, standing in STANDINGS.items() if "member" in standing and name != "creator"),
            locked=True,
        )
        for trust in ("admin", "approver", "ambassador"):
            creator.ask("appoint", group=self.group, user=trust, trusted=[trust])
        creator.ask("set_group", group=self.group, purpose="Theft", conduct="Be kind.", listed=True)
        assert town.phone("applicant").ask("apply", group=self.group, accepted=True)["type"] == "ok"
        creator.ask("ban", group=self.group, user="banned", reason="Threats")
        creator.ask("set_group", group=self.group, purpose="Theft", conduct="Be kind.")
        self.people["ambassador"].ask("invite", group=self.group)
        (invited,) = self.people["ambassador"].ask("invitations", group=self.group)["invitations"]
        self.invitation = invited["invitation"]
        said = author.ask("message", group=self.group, text="Hello")
        self.seq = said["rooms"][self.group]
        raised = author.ask(
            "alert", level="yellow", kind="warn", lat=HERE[0], lon=HERE[1], public=False, groups=[self.group]
        )
        self.alert = raised["alert"]
        self.area = "district"
        self.people["owner"].ask("set_area", area=self.area, name="A district", parts=[{"corners": CORNERS}])
        self.report = creator.ask("report", group=self.group, seq=self.seq, category="tone")["report"]
        shown = author.ask("message", group=self.group, text="Buy here")["rooms"][self.group]
        creator.ask("moderate", group=self.group, seq=shown, action="remove", reason="commercial")
        self.decision = author.all("notice")[-1]["about"]["decision"]
        owner = self.people["owner"]
        owner.ask("suspend", user="bully", reason="threats")
        self.export = owner.ask("export_user", user="anyone", reason="ordered", case="K 1-26")["export"]
        self._set_up_organisation()
        self.survey = "autumn"
        until = town.clock.now() + 60
        assert owner.ask("put_survey", survey=self.survey, area=self.area, until=until)["type"] == "ok"

    def _set_up_organisation(self) -> None:
        owner = self.people["owner"]
        self.organisation = an_organisation(owner, "polisen-syd")
        with_staff(owner, self.organisation, staff="staff", chief="chief", somebody="staff")
        owner.ask("grant_role", user="somebody", role="police", organisation=self.organisation)
        wrote = self.people["correspondent"].ask("write_to", organisation=self.organisation, kind="view", text="Thanks")
        self.thread = wrote["group"]
        place = {"lat": HERE[0], "lon": HERE[1], "radius_m": 500}
        until = owner.town.clock.now() + 600
        calling = {"organisation": self.organisation, "text": "Search", "until": until, **place}
        self.call = self.people["staff"].ask("call_volunteers", **calling)["call"]


# Everybody in the scene, and how they stand to the group or, the author, to what is changed.
STANDINGS: dict[str, set[str]] = {
    "anyone": {"anyone"},
    "member": {"anyone", "member", "recipient"},
    "author": {"anyone", "member", "author"},
    "creator": {"anyone", "member", "recipient", "creator"},
    "duty": {"anyone", "member", "recipient", "duty"},
    "admin": {"anyone", "member", "recipient", "admin"},
    "approver": {"anyone", "member", "recipient", "approver"},
    "ambassador": {"anyone", "member", "recipient", "ambassador"},
    "owner": {"anyone", "owner"},
    "police": {"anyone", "police"},
    "chief": {"anyone", "staff", "chief"},
    "staff": {"anyone", "staff"},
    "correspondent": {"anyone"},  # to everything but their thread
}
CORNERS = [{"lat": 59.0, "lon": 18.0}, {"lat": 59.1, "lon": 18.0}, {"lat": 59.1, "lon": 18.1}]

# What each message says in the scene. It is allowed if it is not refused as unknown or forbidden.
TRIED: dict[type[Request], Callable[[Scene], dict[str, Any]]] = {
    UpdateAlert: lambda scene: {"alert": scene.alert, "state": "has_happened"},
    EraseAlert: lambda scene: {"alert": scene.alert},
    AnswerAlert: lambda scene: {"alert": scene.alert, "answer": "seen"},
    MergeAlert: lambda scene: {"alert": scene.alert, "into": scene.alert},
    PostMessage: lambda scene: {"group": scene.group, "text": "Hi"},
    ReviseMessage: lambda scene: {"group": scene.group, "seq": scene.seq, "text": "Hi"},
    ReadHistory: lambda scene: {"room": scene.group, "limit": 10},
    MarkRead: lambda scene: {"room": scene.group, "seq": 1},
    LeaveGroup: lambda scene: {"group": scene.group},
    Appoint: lambda scene: {"group": scene.group, "user": "member", "trusted": []},
    ReportPost: lambda scene: {"group": scene.group, "seq": scene.seq, "category": "tone"},
    ListReports: lambda scene: {"group": scene.group},
    Resolve: lambda scene: {"report": scene.report, "action": "dismiss", "reason": "well meant"},
    Moderate: lambda scene: {"group": scene.group, "seq": scene.seq, "action": "hide", "reason": "tone"},
    ReadAudit: lambda scene: {"group": scene.group, "limit": 10},
    AppealDecision: lambda scene: {"of": scene.decision, "text": "It was a joke"},
    Suspend: lambda scene: {"user": "member", "reason": "threats"},
    SuspendGroup: lambda scene: {"group": scene.group, "reason": "threats"},
    Lift: lambda scene: {"user": "bully", "reason": "by mistake"},
    ListFlags: lambda scene: {},
    ListAccounts: lambda scene: {},
    ExportUser: lambda scene: {"user": "member", "reason": "ordered", "case": "K 2-26"},
    ReadExport: lambda scene: {"export": scene.export},
    EraseAccount: lambda scene: {"user": "bully", "confirm": True},
    LetOrganisationIn: lambda scene: {"group": scene.group, "organisation": scene.organisation},
    SetOrganisation: lambda scene: {
        "organisation": scene.organisation,
        "name": "Polisen",
        "sector": "police",
        "area": AROUND,
    },
    SetStaff: lambda scene: {"organisation": scene.organisation, "user": "somebody", "standing": "none"},
    ListStaff: lambda scene: {"organisation": scene.organisation},
    GrantRole: lambda scene: {"organisation": scene.organisation, "user": "somebody", "role": "police"},
    RevokeRole: lambda scene: {"organisation": scene.organisation, "user": "somebody", "role": "police"},
    ListRoles: lambda scene: {"organisation": scene.organisation},
    ListThreads: lambda scene: {"organisation": scene.organisation},
    Assign: lambda scene: {"thread": scene.thread, "user": "staff"},
    CloseThread: lambda scene: {"thread": scene.thread},
    ReopenThread: lambda scene: {"thread": scene.thread},
    Inform: lambda scene: {
        "organisation": scene.organisation,
        "level": "info",
        "headline": "We are here on Friday",
        "public": True,
        "groups": [],
    },
    CallVolunteers: lambda scene: {
        "organisation": scene.organisation,
        "lat": HERE[0],
        "lon": HERE[1],
        "radius_m": 500,
        "text": "Search",
        "until": scene.people["owner"].town.clock.now() + 60,
    },
    EndCall: lambda scene: {"call": scene.call},
    SetGroup: lambda scene: {"group": scene.group, "purpose": "Theft", "conduct": "Be short."},
    ReadMembers: lambda scene: {"group": scene.group},
    ReadGroupMap: lambda scene: {"group": scene.group},
    MuteGroup: lambda scene: {"group": scene.group},
    ReadApplications: lambda scene: {"group": scene.group},
    Decide: lambda scene: {"group": scene.group, "user": "applicant", "approve": True},
    Invite: lambda scene: {"group": scene.group, "user": "guest"},
    ReadInvitations: lambda scene: {"group": scene.group},
    Revoke: lambda scene: {"group": scene.group, "invitation": scene.invitation},
    Remove: lambda scene: {"group": scene.group, "user": "author", "reason": "Tone"},
    BanMember: lambda scene: {"group": scene.group, "user": "author", "reason": "Tone"},
    Unban: lambda scene: {"group": scene.group, "user": "banned", "reason": "It was long ago"},
    ReadActivity: lambda scene: {"group": scene.group},
    HandOver: lambda scene: {"group": scene.group, "user": "author"},
    CloseGroup: lambda scene: {"group": scene.group, "reason": "It is done"},
    SetArea: lambda scene: {"area": "a", "name": "A", "parts": [{"corners": CORNERS}]},
    DropArea: lambda scene: {"area": scene.area},
    PutSurvey: lambda scene: {
        "survey": "another",
        "area": scene.area,
        "until": scene.people["owner"].town.clock.now() + 60,
    },
    ListSurveys: lambda scene: {},
    ReadSurvey: lambda scene: {"survey": scene.survey},
    GoOnDuty: lambda scene: {"on": True, "polygon": CORNERS},
}

# What concerns nobody but who says it, or is open to all.
FOR_EVERYBODY: set[type[Request]] = {
    Ack,
    Apply,
    CreateGroup,
    FindArea,
    FindGroups,
    Follow,
    Hello,
    JoinGroup,
    ListAreas,
    Ping,
    Position,
    RaiseAlert,
    ReadCategories,
    ReadMap,
    ShowGroup,
    Unfollow,
    Watch,
    Withdraw,
    FindOrganisations,
    WriteTo,
    VolunteerFor,
    AskConduct,
    Accept,
    AskTransparency,
    AnswerSurvey,
}
FOR_EVERYBODY |= {Prefer, Pause, Share, GiveConsent, AskPreferences, AskConsents, ExportMe}


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_every_message_is_in_the_table_or_open_to_all() -> None:
    assert set(get_args(ClientMessage)) == set(MAY) | FOR_EVERYBODY
    assert set(MAY) == set(TRIED)
    assert not set(MAY) & FOR_EVERYBODY


@pytest.mark.parametrize("who", STANDINGS)
@pytest.mark.parametrize("kind", TRIED, ids=lambda kind: kind.__struct_config__.tag)
def test_who_may_and_nobody_else(town: Town, kind: type[Request], who: str) -> None:
    scene = Scene(town)
    answer = _ask(scene.people[who], kind, TRIED[kind](scene))
    assert (answer.get("code") not in REFUSALS) == bool(STANDINGS[who] & MAY[kind]), answer


@pytest.mark.parametrize("kind", TRIED, ids=lambda kind: kind.__struct_config__.tag)
def test_a_stranger_learns_nothing_of_what_is_there(town: Town, kind: type[Request]) -> None:
    """R23: what is not theirs and what does not exist are one answer, to the letter."""
    scene = Scene(town)
    stranger, fields = scene.people["anyone"], TRIED[kind](scene)
    if "anyone" in MAY[kind]:
        return
    there = _ask(stranger, kind, fields)
    nowhere = {
        name: "no-such-thing"
        if value
        in (
            *(scene.group, scene.alert, scene.report, scene.decision, scene.export),
            *(scene.organisation, scene.thread, scene.call, scene.survey),
        )
        else value
        for name, value in fields.items()
    }
    assert {**_ask(stranger, kind, nowhere), "id": None} == {**there, "id": None}


def _ask(phone: Phone, kind: type[Request], fields: dict[str, Any]) -> dict[str, Any]:
    return phone.ask(str(kind.__struct_config__.tag), **fields)
