"""Surveys, as a client asks for them: put and read by the owner, answered by whoever was asked."""

from realtime.client.asking import Requests, new_id
from realtime.messages import (
    AnswerSurvey,
    Effect,
    Knowledge,
    ListSurveys,
    Ok,
    PutSurvey,
    Question,
    ReadSurvey,
    Safety,
    SurveyList,
    SurveyNews,
    SurveyResult,
)


class SurveyRequests(Requests):
    """Each call waits for its answer, and raises as `Requests.ask` does."""

    async def put_survey(
        self,
        survey: str,
        area: str,
        until: float,
        *,
        control: tuple[str, ...] = (),
        questions: tuple[Question, ...] | None = None,
        id: str | None = None,
    ) -> Ok:
        """Ask the members of an area, once each, until a time (Unix seconds); without `questions`, all of them."""
        given = {} if questions is None else {"questions": questions}
        request = PutSurvey(id=id or new_id(), survey=survey, area=area, until=until, control=control, **given)
        return await self.ask(request)

    async def surveys(self) -> SurveyList:
        return await self.inquire(ListSurveys(id=new_id()), SurveyList)

    async def survey_result(self, survey: str) -> SurveyResult:
        """What was answered, once it is over."""
        return await self.inquire(ReadSurvey(id=new_id(), survey=survey), SurveyResult)

    async def answer_survey(
        self,
        asked: SurveyNews,
        *,
        safety: Safety | None = None,
        effect: Effect | None = None,
        knowledge: Knowledge | None = None,
        recommend: int | None = None,
        id: str | None = None,
    ) -> Ok:
        """Answer what this person was asked, or some of it."""
        request = AnswerSurvey(
            id=id or new_id(),
            survey=asked.survey,
            ticket=asked.ticket,
            safety=safety,
            effect=effect,
            knowledge=knowledge,
            recommend=recommend,
        )
        return await self.ask(request)
