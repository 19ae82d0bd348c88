"""What is said and told of surveys: put once to the members of an area, and answered without a name (F83-F85)."""

from typing import Annotated, Final, Literal, TypeAlias, get_args

from msgspec import Meta, Struct

from realtime.messages.base import Answer, Message, Request
from realtime.messages.terms import Id, Timestamp

Question = Literal["safety", "effect", "knowledge", "recommend"]
Safety = Literal["safer", "unchanged", "less_safe"]
Effect = Literal["much", "some", "none"]
Knowledge = Literal["more", "unchanged", "less"]

CHOICES: Final[dict[Question, tuple[str, ...]]] = {
    "safety": get_args(Safety),
    "effect": get_args(Effect),
    "knowledge": get_args(Knowledge),
    "recommend": tuple(f"{mark}" for mark in range(1, 11)),
}
"""What each question can be answered with."""
_ALL: Final = get_args(Question)


class PutSurvey(Request, frozen=True, kw_only=True, tag="put_survey"):
    """Ask the members of an area, once each; and those of other areas to compare with."""

    survey: Id
    area: Id
    until: Timestamp
    control: Annotated[tuple[Id, ...], Meta(max_length=20)] = ()
    questions: Annotated[tuple[Question, ...], Meta(min_length=1, max_length=4)] = _ALL


class ListSurveys(Request, frozen=True, kw_only=True, tag="surveys"): ...


class ReadSurvey(Request, frozen=True, kw_only=True, tag="survey_result"):
    survey: Id


class AnswerSurvey(Request, frozen=True, kw_only=True, tag="answer_survey"):
    survey: Id
    ticket: Annotated[str, Meta(max_length=64)]
    safety: Safety | None = None
    effect: Effect | None = None
    knowledge: Knowledge | None = None
    recommend: Annotated[int, Meta(ge=1, le=10)] | None = None


class Choice(Struct, frozen=True, kw_only=True):
    """One answer to choose, in both languages."""

    answer: str
    sv: str
    en: str


class AskedQuestion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question, in both languages. Without `choices` it is answered by a mark from 1 to 10."""

    question: Question
    sv: str
    en: str
    choices: tuple[Choice, ...] = ()


class SurveyNews(Message, frozen=True, kw_only=True, tag="survey"):
    """This person is asked; `ticket` goes with the answer."""

    survey: str
    ticket: str
    until: float
    questions: tuple[AskedQuestion, ...]
    exercise: bool = False


class SurveyCard(Struct, frozen=True, kw_only=True, omit_defaults=True):
    survey: str
    area: str
    put_at: float
    until: float
    questions: tuple[Question, ...]
    control: tuple[str, ...] = ()
    over: bool = False


class SurveyList(Answer, frozen=True, kw_only=True, tag="surveys"):
    surveys: tuple[SurveyCard, ...]


class SurveyRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many gave one answer, and their share of those who answered the question; absent where it may not be told."""

    question: Question
    answer: str
    area: int | None = None
    area_share: int | None = None
    control: int | None = None
    control_share: int | None = None


class SurveyResult(Answer, frozen=True, kw_only=True, tag="survey_result"):
    survey: str
    area: str
    control: tuple[str, ...]
    rows: tuple[SurveyRow, ...]


FromClient: TypeAlias = PutSurvey | ListSurveys | ReadSurvey | AnswerSurvey

FromServer: TypeAlias = SurveyNews | SurveyList | SurveyResult
