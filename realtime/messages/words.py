"""What is said about alerts beside raising and changing them: answers, and what they can be about."""

from typing import TypeAlias

from msgspec import Struct

from realtime.messages.base import Answer, Message, Request
from realtime.messages.terms import Bucket, Id, Lat, Level, Lon, Said


class AnswerAlert(Request, frozen=True, kw_only=True, tag="answer"):
    """What somebody who has got an alert says to its author alone (F20)."""

    alert: Id
    answer: Said
    named: bool = False


class ReadCategories(Request, frozen=True, kw_only=True, tag="categories"):
    """Asks what an alert can be about here, or at a place whose area has chosen (F88)."""

    lat: Lat | None = None
    lon: Lon | None = None


class AnswersNews(Message, frozen=True, kw_only=True, tag="answers"):
    """How many have answered what, as buckets (R21), to the author alone; `names` of those who come and said who."""

    alert: str
    seen: Bucket | None = None
    coming: Bucket | None = None
    safe: Bucket | None = None
    not_true: Bucket | None = None
    names: tuple[str, ...] = ()


class CategoryRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    sv: str
    en: str
    levels: tuple[Level, ...] = ()
    roles: tuple[str, ...] = ()
    description: bool = False


class CategoryList(Answer, frozen=True, kw_only=True, tag="categories"):
    categories: tuple[CategoryRow, ...]


FromClient: TypeAlias = AnswerAlert | ReadCategories

FromServer: TypeAlias = AnswersNews | CategoryList
