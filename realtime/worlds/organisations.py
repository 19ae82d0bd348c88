"""One world's organisations, joined: who they are, who works there, and what they and the members tell each other."""

from dataclasses import dataclass

from realtime.messages import (
    Assign,
    CallVolunteers,
    CloseThread,
    EndCall,
    FindOrganisations,
    GrantRole,
    Inform,
    LetOrganisationIn,
    ListRoles,
    ListStaff,
    ListThreads,
    ReopenThread,
    RevokeRole,
    SetOrganisation,
    SetStaff,
    VolunteerFor,
    WriteTo,
)
from realtime.service.alerts.raising import Alerts
from realtime.service.organisations.informing import Informing
from realtime.service.organisations.offices import Offices
from realtime.service.organisations.registry import Organisations
from realtime.service.organisations.roles import Roles
from realtime.service.organisations.threads import Threads
from realtime.service.organisations.volunteers import Volunteers
from realtime.worlds.shared import Handlers, Shared


@dataclass(frozen=True, slots=True)
class OrganisationServices:
    """What others ask of them, and what their messages are handled by: all but `message`, which groups take too."""

    offices: Offices
    threads: Threads
    volunteers: Volunteers
    handlers: Handlers


def make_organisations(s: Shared, alerts: Alerts) -> OrganisationServices:
    settings = s.settings.alerts
    offices = Offices(s.hub, s.writer, s.clock)
    threads = Threads(s.hub, s.writer, s.clock, s.naming, s.access, offices, s.pictures)
    organisations = Organisations(s.hub, s.writer, s.clock, s.access, offices)
    roles = Roles(s.hub, s.writer, s.clock, s.access)
    informing = Informing(s.hub, s.clock, s.access, offices, alerts, s.forms, settings)
    volunteers = Volunteers(s.hub, s.writer, s.clock, s.naming, s.access, offices, settings.reach_after_s)
    handlers: Handlers = {
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
    }
    return OrganisationServices(offices, threads, volunteers, handlers)
