"""The words and bounds that messages share."""

from typing import Annotated, Final, Literal

from msgspec import Meta

Level = Literal["red", "yellow", "info"]
Kind = Literal["inform", "warn", "help"]
State = Literal["may_happen", "going_on", "has_happened", "false_alarm", "closed"]
World = Literal["real", "exercise"]
History = Literal["joining", "all"]  # from where a room's history is a new member's to see
Trust = Literal["admin", "approver", "ambassador"]  # what a group trusts a member with, beside its creator
Shows = Literal["nobody", "unrecognisable", "people"]  # who is in a picture
GroupKind = Literal["neighbour_watch", "town_centre", "night_walkers", "guides", "hotels", "shops", "building", "other"]
Outcome = Literal["prevented", "arrest", "nothing_found", "false_alarm"]  # what came of an alert (F86)
Official = Literal["appeal", "picture", "missing_person", "wanted_vehicle"]  # what only who holds an office may say
Said = Literal["seen", "coming", "safe", "not_true"]  # by who has got an alert (F20)
Bucket = Literal["<5", "5-19", "20-99", "100+"]  # of people: no exact count is ever told (R19)
Encoding = Literal["json", "msgpack"]
Sector = Literal["police", "municipality", "rescue", "guards", "nightwalkers", "property", "transport", "trade"]  # F54
Office = Literal["police", "municipal", "rescue", "guard", "nightwalker", "property", "transport", "trade"]
Standing = Literal["chief", "staff", "none"]  # how somebody stands to an organisation
ThreadKind = Literal["tip", "question", "view"]  # what somebody writes to an organisation (F52, F56)
Calling = Literal["police", "rescue"]  # who may call volunteers (F59)
Language = Literal["sv", "en"]
Purpose = Literal["account", "position", "membership", "contact", "survey", "volunteer"]  # R25

OFFICE_OF: Final[dict[Sector, Office]] = {
    "police": "police",
    "municipality": "municipal",
    "rescue": "rescue",
    "guards": "guard",
    "nightwalkers": "nightwalker",
    "property": "property",
    "transport": "transport",
    "trade": "trade",
}

LEVEL_NUMBER: Final[dict[Level, int]] = {"red": 3, "yellow": 2, "info": 1}  # R34: never colour alone
ENDINGS: Final[frozenset[State]] = frozenset({"false_alarm", "closed"})
SEARCHES: Final[frozenset[Official]] = frozenset({"missing_person", "wanted_vehicle"})  # for police alone (R4)
ADVICE: Final = "Do not intervene. Keep distance."  # R7, on every red
ADVICE_SV: Final = "Ingrip inte. Håll avstånd."  # the same, as `conduct` has it (R34)

# The bounds also keep out NaN and infinity, which MessagePack can carry.
Lat = Annotated[float, Meta(ge=-90, le=90)]
Lon = Annotated[float, Meta(ge=-180, le=180)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
OrganisationId = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]  # kept where it is read who changed what, and why
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Timestamp = Annotated[float, Meta(ge=0, le=1e11)]  # seconds since 1970-01-01 UTC, fractions allowed
Headline = Annotated[str, Meta(max_length=110)]
Text = Annotated[str, Meta(min_length=1, max_length=2_000)]
Short = Annotated[str, Meta(min_length=1, max_length=200)]
Called112 = bool | Literal["not_needed"]
Category = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
Place = Annotated[int, Meta(ge=0, lt=2**53)]  # what a JavaScript client can hold exactly
