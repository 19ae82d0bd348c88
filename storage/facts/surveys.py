"""What holds of surveys: which were put, and nothing of who was asked or has answered."""

from typing import ClassVar

from realtime.messages import Question
from storage.facts.base import Fact


class Survey(Fact, frozen=True, kw_only=True, tag="survey"):
    """The members of an area are asked, and to compare with those of the `control` areas (F83-F85). Unix seconds.

    `day` is the day in local time by which all its answers are counted.
    """

    NAMED_BY: ClassVar = ("survey",)
    survey: str
    area: str
    put_at: float
    until: float
    day: str
    questions: tuple[Question, ...]
    control: tuple[str, ...] = ()
