"""Surveys: each person in an area is asked once, and what they answer is counted and nothing else (F83-F85)."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from realtime.clock import Clock, Timer
from realtime.counting.notes import hashed
from realtime.counting.periods import Periods
from realtime.delivery.hub import Hub
from realtime.delivery.slices import in_slices
from realtime.delivery.subscriber import Subscriber
from realtime.delivery.writer import Writer
from realtime.errors import Ended, Invalid, NotFound, NotStored, TooMany
from realtime.frames import Frames
from realtime.lanes import Lane
from realtime.messages import (
    CHOICES,
    AnswerSurvey,
    ListSurveys,
    Ok,
    PutSurvey,
    ReadSurvey,
    SurveyCard,
    SurveyList,
    SurveyNews,
    SurveyResult,
    SurveyRow,
)
from realtime.naming import Naming
from realtime.questions import questions
from realtime.service.access import Access
from realtime.service.acts import kept, required_id
from realtime.service.caller import Caller
from realtime.service.errands import Errands
from realtime.service.places.areas import Areas
from realtime.suppressing import Told, per_cent, protected, published
from storage.counts import CountKey, Counts
from storage.events import PROBE_ROLE, Entry, FactSet, audit_room
from storage.facts import FollowedArea, PlatformArea, Survey
from storage.log import StorageError

MAX_OPEN: Final = 10  # at once: each is looked at when somebody moves
LONGEST_S: Final = 90 * 86_400.0
GROUPS: Final = ("area", "control")

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Round:
    """Of one survey that goes on: marks of who was asked and who has answered. The key is thrown away with them."""

    key: bytes
    asked: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)  # users whose mark need not be looked up again; in memory only


class Surveys:
    """The surveys of one world.

    Who was asked, and who has answered, is kept as keyed hashes, and only until the survey is over. That somebody was
    asked says neither where they were nor in which of its areas: the ticket that a client was given says that, and
    comes back with the answer.
    """

    def __init__(
        self,
        hub: Hub,
        writer: Writer,
        store: Counts,
        clock: Clock,
        naming: Naming,
        access: Access,
        areas: Areas,
        errands: Errands,
        zone: str,
        may_ask: Callable[[str], bool],
    ) -> None:
        """`may_ask`: whether somebody wants to be asked at all."""
        self._hub = hub
        self._writer = writer
        self._store = store
        self._clock = clock
        self._naming = naming
        self._access = access
        self._areas = areas
        self._errands = errands
        self._periods = Periods(zone)
        self._may_ask = may_ask
        self.open: dict[str, Survey] = {}
        self._rounds: dict[str, _Round] = {}
        self._timers: dict[str, Timer] = {}
        self._unsaved: dict[str, bytes | None] = {}
        hub.facts.listen(Survey, self._told)

    # --- for the owner ---

    def put(self, caller: Caller, message: PutSurvey) -> None:
        world = caller.identity.world

        def decide() -> Entry:
            self._access.require_owner(caller.identity, message)
            facts, now = self._hub.facts, self._clock.now()
            if facts.latest(Survey, message.survey) is not None:
                raise Invalid("this survey was put before; a survey is put once", field="survey")
            for name, areas in (("area", (message.area,)), ("control", message.control)):
                if any(facts.latest(PlatformArea, area) is None for area in areas):
                    raise NotFound("no such area", field=name)
            if message.area in message.control:
                raise Invalid("an area is not compared with itself", field="control")
            if not now < message.until <= now + LONGEST_S:
                raise Invalid("a survey lasts until a time within the next 90 days", field="until")
            if sum(now < each.until for each in facts.latest_of(Survey)) >= MAX_OPEN:
                raise TooMany(f"{MAX_OPEN} surveys go on; put this one when one is over", field="survey")
            fact = Survey(
                survey=message.survey,
                area=message.area,
                put_at=now,
                until=message.until,
                day=self._periods.day(now),
                questions=tuple(dict.fromkeys(message.questions)),
                control=tuple(dict.fromkeys(message.control)),
            )
            body = FactSet(fact=fact, by=caller.identity.user)
            return Entry(body=body, world=world, at=now, rooms=(audit_room(world, ""),))

        self._writer.submit(kept(caller, message, decide))

    def list(self, caller: Caller, message: ListSurveys) -> None:
        id = required_id(message)
        self._access.require_owner(caller.identity, message)
        now = self._clock.now()
        cards = (
            SurveyCard(
                survey=each.survey,
                area=each.area,
                put_at=each.put_at,
                until=each.until,
                questions=each.questions,
                control=each.control,
                over=now >= each.until,
            )
            for each in sorted(self._hub.facts.of(Survey).values(), key=lambda each: -each.put_at)
        )
        caller.answer(SurveyList(id=id, surveys=tuple(cards)))

    def result(self, caller: Caller, message: ReadSurvey) -> None:
        """Not before it is over: who looks again and again would see each answer come."""
        id = required_id(message)
        self._access.require_owner(caller.identity, message)
        survey = self._hub.facts.get(Survey, message.survey)
        if survey is None:
            raise NotFound("no such survey", field="survey")
        if self._clock.now() < survey.until:
            raise Invalid("this survey goes on; its result is told when it is over", field="survey")
        self._errands.run(caller, id, self._tell_result(caller, id, survey))

    async def _tell_result(self, caller: Caller, id: str, survey: Survey) -> None:
        counts = await self._store.counts(survey.day, survey.day + "T")  # the day, and none of its hours
        rows = tuple(self._rows(survey, counts))
        caller.answer(SurveyResult(id=id, survey=survey.survey, area=survey.area, control=survey.control, rows=rows))

    def _rows(self, survey: Survey, counts: Mapping[CountKey, int]) -> Iterator[SurveyRow]:
        for question in survey.questions:
            told: dict[str, tuple[list[Told], Told]] = {}
            for group in GROUPS:
                keys = (self._key(survey, "", question, group, answer) for answer in CHOICES[question])
                numbers = [counts.get(key, 0) for key in keys]
                told[group] = protected(numbers), published(sum(numbers))
            for place, answer in enumerate(CHOICES[question]):
                found = {
                    name: value
                    for group, (parts, total) in told.items()
                    for name, value in ((group, parts[place]), (f"{group}_share", per_cent(parts[place], total)))
                    if isinstance(value, int)
                }
                yield SurveyRow(question=question, answer=answer, **found)

    def _key(self, survey: Survey, area: str, question: str, group: str, answer: str) -> CountKey:
        return CountKey(self._hub.world, area, survey.day, "survey", (survey.survey, question, group, answer))

    # --- asking ---

    def arrived(self, session: Subscriber) -> None:
        """A session is here, or its device is somewhere else: ask the person what they have not been asked yet."""
        user = session.identity.user
        open_ = [each for each in self.open.values() if user not in self._rounds[each.survey].done]
        if not open_ or session.identity.role == PROBE_ROLE or not self._may_ask(user):
            return
        here = {area.area for place in self._places(session) for area in self._areas.at(*place)}
        for survey in open_:
            group = "area" if survey.area in here else "control" if here.intersection(survey.control) else None
            if group is not None:
                self._ask(session, survey, group)

    def _places(self, session: Subscriber) -> Iterator[tuple[float, float]]:
        """Where somebody is, and the middles of what they follow, as their home."""
        position = self._hub.presence.position(session)
        if position is not None:
            yield position.lat, position.lon
        yield from map(_middle, self._hub.elsewhere.followed.by(session.identity.user))

    def _ask(self, session: Subscriber, survey: Survey, group: str) -> None:
        user, round_ = session.identity.user, self._rounds[survey.survey]
        round_.done.add(user)
        mark = hashed(round_.key, user)
        if mark in round_.asked:
            return
        round_.asked.add(mark)
        self._unsaved[self._note(survey, "asked", mark)] = b""
        news = SurveyNews(
            survey=survey.survey,
            ticket=self._ticket(survey, group, user),
            until=survey.until,
            questions=tuple(questions()[name] for name in survey.questions),
            exercise=self._hub.world == "exercise",
        )
        session.tell(Frames(news), Lane.REST)

    def _ticket(self, survey: Survey, group: str, user: str) -> str:
        return self._naming.made_by(f"survey-{group}", self._hub.world, user, survey.survey)

    # --- answering ---

    def answer(self, caller: Caller, message: AnswerSurvey) -> None:
        """The first answer of each person counts; another changes nothing, so that a retry is harmless."""
        id, user = required_id(message), caller.identity.user
        survey = self._hub.facts.get(Survey, message.survey)
        groups = () if survey is None else GROUPS
        group = next((each for each in groups if survey and message.ticket == self._ticket(survey, each, user)), None)
        if survey is None or group is None:
            raise NotFound("no such survey, or none that you were asked", field="survey")
        round_ = self._rounds.get(survey.survey)
        if round_ is None or self._clock.now() >= survey.until:
            raise Ended("this survey is over")
        given = {name: str(value) for name in CHOICES if (value := getattr(message, name)) is not None}
        if not given:
            raise Invalid("answer one question at least", field="survey")
        if unasked := [name for name in given if name not in survey.questions]:
            raise Invalid("that was not asked", field=unasked[0])
        mark = hashed(round_.key, user)
        if mark in round_.answered:
            caller.answer(Ok(id=id, durable=True))
            return
        added = {
            self._key(survey, area, question, group, value): 1
            for area in ("", survey.area)
            for question, value in given.items()
        }
        round_.answered.add(mark)
        try:
            self._errands.run(caller, id, self._count(caller, id, round_, survey, mark, added))
        except BaseException:
            round_.answered.discard(mark)
            raise

    async def _count(
        self, caller: Caller, id: str, round_: _Round, survey: Survey, mark: str, added: Mapping[CountKey, int]
    ) -> None:
        """The counts and that somebody has answered are stored in one step, and neither says who, or when."""
        try:
            await self._store.count(added, {self._note(survey, "answered", mark): b""})
        except StorageError as error:
            round_.answered.discard(mark)
            raise NotStored("your answer could not be stored; send it again") from error
        caller.answer(Ok(id=id, durable=True))

    # --- what is kept meanwhile ---

    def load(self, notes: Mapping[str, bytes]) -> None:
        """Take over who was asked and has answered, as stored; what is left of surveys that are over goes."""
        for name, value in notes.items():
            kind, world, *rest = name.split("/", 2)
            if kind != "survey" or world != self._hub.world:
                continue
            what, survey, mark = _parsed(rest[0])
            round_ = self._rounds.get(survey)
            if round_ is None:
                self._unsaved[name] = None
            elif what == "key":
                round_.key = value
                self._unsaved.pop(name, None)
            else:
                (round_.asked if what == "asked" else round_.answered).add(mark)

    def forget(self, user: str) -> None:
        """Who has erased their account is in no mark; what they answered is counted, and nobody's."""
        for name, round_ in self._rounds.items():
            mark = hashed(round_.key, user)
            round_.done.discard(user)
            for what, marks in (("asked", round_.asked), ("answered", round_.answered)):
                if mark in marks:
                    marks.discard(mark)
                    self._unsaved[self._note(self.open[name], what, mark)] = None

    def _note(self, survey: Survey, what: str, mark: str = "") -> str:
        return f"survey/{self._hub.world}/{what}/{mark}/{survey.survey}"

    def _told(self, before: Survey | None, now: Survey | None) -> None:
        if now is None or (left_s := now.until - self._clock.now()) <= 0:
            return
        self.open[now.survey] = now
        round_ = self._rounds[now.survey] = _Round(secrets.token_bytes(32))
        self._unsaved[self._note(now, "key")] = round_.key
        self._timers[now.survey] = self._clock.call_later(left_s, lambda: self._end(now))
        here = list(self._hub.presence.roster.sessions)
        in_slices(self._clock, [each for each in here if each is not None], self.arrived, lambda: None)

    def _end(self, survey: Survey) -> None:
        """Forget who was asked and who has answered."""
        del self._timers[survey.survey]
        self.open.pop(survey.survey, None)
        round_ = self._rounds.pop(survey.survey, None)
        if round_ is not None:
            gone = [self._note(survey, "key")]
            gone += [self._note(survey, "asked", mark) for mark in round_.asked]
            gone += [self._note(survey, "answered", mark) for mark in round_.answered]
            self._unsaved |= dict.fromkeys(gone)

    async def save(self) -> None:
        """Store who was asked meanwhile, and drop what is over. A kill before that may have somebody asked again."""
        notes, self._unsaved = self._unsaved, {}
        try:
            if notes:
                await self._store.count({}, notes)
        except StorageError as error:
            self._unsaved = notes | self._unsaved
            _log.warning("who was asked could not be saved; trying again: %s", error)

    async def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        await self.save()


def _parsed(rest: str) -> tuple[str, str, str]:
    what, mark, survey = rest.split("/", 2)
    return what, survey, mark


def _middle(area: FollowedArea) -> tuple[float, float]:
    if area.lat is not None and area.lon is not None:
        return area.lat, area.lon
    lats, lons = zip(*area.corners, strict=True)
    return sum(lats) / len(lats), sum(lons) / len(lons)
