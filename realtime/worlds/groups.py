"""One world's groups, joined: who is in them, who runs them, and what is said there."""

from dataclasses import dataclass

from realtime.messages import (
    Apply,
    Appoint,
    BanMember,
    CloseGroup,
    CreateGroup,
    Decide,
    FindGroups,
    HandOver,
    Invite,
    JoinGroup,
    LeaveGroup,
    MarkRead,
    MuteGroup,
    ReadActivity,
    ReadApplications,
    ReadGroupMap,
    ReadHistory,
    ReadInvitations,
    ReadMembers,
    Remove,
    ReviseMessage,
    Revoke,
    SetGroup,
    ShowGroup,
    Unban,
    Withdraw,
)
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
from realtime.worlds.shared import Handlers, Shared


@dataclass(frozen=True, slots=True)
class GroupServices:
    """What others ask of them, and what their messages are handled by: all but `message`, which threads take too."""

    governing: Governing
    posting: Posting
    revisions: Revisions
    handlers: Handlers


def make_groups(s: Shared) -> GroupServices:
    invitations = Invitations(s.hub, s.naming)
    joining = Joining(s.hub, s.book, invitations, s.settings.connection.max_hello_rooms - 1)  # and `me`
    groups = Groups(s.hub, s.writer, s.clock, s.naming, s.book, joining, s.forms)
    posting = Posting(s.writer, s.clock, s.naming, s.access, s.book, s.pictures, s.forms)
    acts = GroupActs(s.hub, s.writer, s.clock, s.access, s.book, s.forms)
    cards = Cards(acts, invitations, s.naming)
    admitting = Admitting(acts, joining, invitations)
    governing = Governing(acts)
    lists = Lists(acts, s.log, s.errands)
    trust = Trusting(s.hub, s.writer, s.clock, s.access, s.book)
    revisions = Revisions(s.hub, s.writer, s.log, s.clock, s.errands, s.pictures, s.forms, s.book)
    history = History(s.hub, s.log, s.clock, s.naming, s.errands)
    handlers: Handlers = {
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
        ReviseMessage: revisions.revise,
        ReadHistory: history.read,
        MarkRead: history.mark,
    }
    return GroupServices(governing, posting, revisions, handlers)
