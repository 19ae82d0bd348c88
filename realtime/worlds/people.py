"""One world's people, joined: who is connected, what each wishes and is asked, and how an account is erased."""

from dataclasses import dataclass

from realtime.messages import (
    Ack,
    AnswerSurvey,
    AskConsents,
    AskPreferences,
    EraseAccount,
    EraseAlert,
    GiveConsent,
    ListSurveys,
    Pause,
    Ping,
    Position,
    Prefer,
    PutSurvey,
    ReadSurvey,
    Share,
)
from realtime.service.organisations.volunteers import Volunteers
from realtime.service.people.erasing import Eraser
from realtime.service.people.members import Members
from realtime.service.people.retracting import Retracting
from realtime.service.people.surveys import Surveys
from realtime.service.people.wishing import Wishing
from realtime.worlds.alerts import AlertServices
from realtime.worlds.groups import GroupServices
from realtime.worlds.shared import Handlers, Shared


@dataclass(frozen=True, slots=True)
class PeopleServices:
    """What others ask of them, and what their messages are handled by."""

    surveys: Surveys
    eraser: Eraser
    retracting: Retracting
    handlers: Handlers


def make_people(s: Shared, alerts: AlertServices, groups: GroupServices, volunteers: Volunteers) -> PeopleServices:
    forget_place = alerts.alerts.forget_place
    s.hub.wishes.erased_place = forget_place
    surveys = Surveys(
        s.hub,
        s.writer,
        s.log,
        s.clock,
        s.naming,
        s.access,
        alerts.areas,
        s.errands,
        s.settings.figures.zone,
        s.hub.wishes.may_survey,
    )
    members = Members(s.hub, volunteers, surveys, s.settings.positions.ttl_s, forget_place)
    wishing = Wishing(s.hub, s.writer, s.log, s.clock, s.errands)
    retracting = Retracting(s.hub, s.writer, s.log, s.clock, s.errands, s.pictures)

    def forget(user: str) -> None:
        """Nothing in memory is left of somebody whose account is erased."""
        alerts.forget_person(user)
        s.hub.noise.forget(user)
        s.hub.unreached.forget(user)
        surveys.forget(user)
        s.pace.forget(user)

    eraser = Eraser(
        s.hub,
        s.writer,
        s.log,
        s.clock,
        s.naming,
        s.access,
        s.book,
        groups.governing,
        groups.revisions,
        s.errands,
        forget,
    )
    handlers: Handlers = {
        Position: members.position,
        Ack: members.ack,
        Ping: members.ping,
        Prefer: wishing.prefer,
        Pause: wishing.pause,
        Share: wishing.share,
        GiveConsent: wishing.consent,
        AskPreferences: wishing.preferences,
        AskConsents: wishing.consents,
        EraseAccount: eraser.erase,
        EraseAlert: retracting.erase,
        PutSurvey: surveys.put,
        ListSurveys: surveys.list,
        ReadSurvey: surveys.result,
        AnswerSurvey: surveys.answer,
    }
    return PeopleServices(surveys, eraser, retracting, handlers)
