"""One world's alerts and places: raising and answering, the map, and the areas with rules of their own."""

from dataclasses import dataclass

from realtime.categories import Categories
from realtime.config import QuotaSettings
from realtime.messages import (
    AnswerAlert,
    DropArea,
    FindArea,
    Follow,
    GoOnDuty,
    ListAreas,
    MergeAlert,
    RaiseAlert,
    ReadCategories,
    ReadMap,
    SetArea,
    Unfollow,
    UpdateAlert,
    Watch,
)
from realtime.service.alerts.answers import Answers
from realtime.service.alerts.catalogue import Catalogue
from realtime.service.alerts.raising import Alerts
from realtime.service.circles import Circles
from realtime.service.places.areas import Areas
from realtime.service.places.following import Following
from realtime.service.places.looking import Looking
from realtime.worlds.shared import Handlers, Shared


@dataclass(frozen=True, slots=True)
class AlertServices:
    """What others ask of them, and what their messages are handled by."""

    areas: Areas
    alerts: Alerts
    answers: Answers
    handlers: Handlers

    def forget_person(self, user: str) -> None:
        """Whose account is erased: where their reds were fixed to, and what they answered."""
        self.alerts.forget_place(user)
        self.answers.forget(user)


def make_alerts(s: Shared, quotas: QuotaSettings, categories: Categories) -> AlertServices:
    settings = s.settings.alerts
    areas = Areas(s.hub, s.writer, s.clock, s.access, settings, categories)
    alerts = Alerts(
        s.hub,
        s.writer,
        s.clock,
        s.naming,
        s.pictures,
        settings,
        quotas,
        s.book,
        areas,
        s.forms,
        s.conducts.has_accepted,
        is_answered=lambda alert: answers.is_answered(alert),
    )
    answers = Answers(s.hub, s.writer, s.clock, settings.answers_every_s, alerts.is_new, Circles(s.hub).of)
    looking = Looking(s.hub, s.catch_up, s.log, s.clock, s.naming, s.errands)
    following = Following(s.hub, s.catch_up, s.writer, s.clock, s.access)
    handlers: Handlers = {
        RaiseAlert: alerts.raise_alert,
        UpdateAlert: alerts.update,
        MergeAlert: alerts.merge,
        AnswerAlert: answers.answer,
        ReadCategories: Catalogue(areas).categories,
        Watch: looking.watch,
        ReadMap: looking.read,
        Follow: following.follow,
        Unfollow: following.unfollow,
        ListAreas: following.areas,
        GoOnDuty: following.go_on_duty,
        SetArea: areas.set,
        DropArea: areas.drop,
        FindArea: areas.find,
    }
    return AlertServices(areas, alerts, answers, handlers)
