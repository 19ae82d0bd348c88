"""The words and bounds that messages share."""

from typing import Annotated, Final, Literal

from msgspec import Meta

Level = Literal["red", "yellow", "info"]
Kind = Literal["inform", "warn", "help"]
State = Literal["may_happen", "going_on", "has_happened", "false_alarm", "closed"]
World = Literal["real", "exercise"]
History = Literal["joining", "all"]  # from where a room's history is a new member's to see
Trust = Literal["admin", "approver", "ambassador"]  # what a group trusts a member with, beside its creator
Encoding = Literal["json", "msgpack"]
Language = Literal["sv", "en"]
Purpose = Literal["account", "position", "membership", "contact", "survey", "volunteer"]  # R25

LEVEL_NUMBER: Final[dict[Level, int]] = {"red": 3, "yellow": 2, "info": 1}  # R34: never colour alone
ENDINGS: Final[frozenset[State]] = frozenset({"false_alarm", "closed"})
ADVICE: Final = "Do not intervene. Keep distance."  # R7, on every red

# The bounds also keep out NaN and infinity, which MessagePack can carry.
Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Timestamp = Annotated[float, Meta(ge=0, le=1e11)]  # seconds since 1970-01-01 UTC, fractions allowed
Headline = Annotated[str, Meta(max_length=110)]
Text = Annotated[str, Meta(min_length=1, max_length=2_000)]
Category = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
Place = Annotated[int, Meta(ge=0, lt=2**53)]  # what a JavaScript client can hold exactly
