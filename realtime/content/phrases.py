"""Phrases that name a suspect, lead elsewhere, sell, canvass, hunt somebody, or describe nothing but origin.

As far as plain patterns can tell, in Swedish and English. Whatever else is out of place is reported, and removed by
people.
"""

import re
from collections.abc import Iterator
from typing import Final

from realtime.content.finding import Finding
from realtime.content.lexicon import listed

_I: Final = re.IGNORECASE
_CAPITAL: Final = r"[A-ZÅÄÖÉ][a-zåäöéüíáćčšžđøæ]+"
_TWO: Final = rf"{_CAPITAL}(?:-{_CAPITAL})?\s{_CAPITAL}(?:-{_CAPITAL})?"

_LINK: Final = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w@.])(?:[\w-]+\.)+(?:(?:se|com|org|net|info|shop|io|app|eu)(?![\w.-])|[a-z]{2,6}/\S+)"
)

_CALLED: Final = re.compile(
    r"\b(?i:heter|hette|vid namn|namnet är|(?:he|she)(?:'s| is) (?:called|named)|(?:his|her) name is|identified as)\s+"
    rf"({_CAPITAL}(?:\s{_CAPITAL})?)"
)
_NO_PERSON: Final = re.compile(
    r"(?:hund|katt|valp|kanin|undulat|häst|gata|väg|park|affär|butik|skola|grupp|app|café|plats|krog|"
    r"dog|cat|puppy|street|road|shop|store|school|group|bar)\w*\W+(?:\w+\W+){0,3}$",
    _I,
)
_CULPRIT: Final = re.compile(
    r"\b(?i:tjuven|gärningsmannen|gärningspersonen|rånaren|inbrottstjuven|våldtäktsmannen|pedofilen|(?:knark)?langaren|"
    r"(?:den )?misstänkt[ea]|the (?:thief|burglar|robber|suspect|dealer|culprit|rapist))"
    rf"(?:\s+(?:är|heter|is|was)|:)?,?\s+({_TWO})"
)
_FULL: Final = re.compile(rf"(?<!\w)({_CAPITAL})\s({_CAPITAL}(?:-{_CAPITAL})?)(?!\w)")
_PLACE_FOLLOWS: Final = re.compile(
    r"\s+(?:gata|väg|torg|plats|gränd|park|skola|kyrka|allé|bro|street|road|square)\b", _I
)
_PLACE: Final = re.compile(
    r"(?:gatan|vägen|torget|torg|platsen|plats|gränd|plan|parken|park|skolan|kyrkan|bron|allén?|stigen|backen|huset|"
    r"centrum|center|gården|street|square)$",
    _I,
)
_NO_SURNAME: Final = listed("no_surnames")
# Common given names in Sweden: with a surname behind it, each is somebody.
_GIVEN: Final = listed("given_names")

_PEOPLE: Final = (
    r"(?:man|män|mannen|männen|kvinna|kvinnor|kvinnan|kille|killar|killen|tjej|tjejer|person|personer|ungdom|ungdomar|"
    r"gäng|gänget|pojke|pojkar|flicka|flickor|grabb|grabbar|familj|familjer)"
)
_ORIGIN: Final = re.compile(
    r"(?<!\w)(?:(?:mörkhya\w+|svart|svarta|färgad\w*|utländsk\w*|arabisk\w*|afrikansk\w*|asiatisk\w*|romsk\w*|muslimsk\w*|"
    rf"judisk\w*|somalisk\w*|rumänsk\w*|polsk\w*|syrisk\w*)\s+{_PEOPLE}"
    r"|(?:med |av )?utländsk(?:t|a|) (?:utseende|ursprung|härkomst|bakgrund)"
    r"|mörkhyad[ea]?|zigenare\w*|invandrar(?:kill|tjej|gäng|ungdom)\w*"
    r"|foreign[- ]looking|dark[- ]skinned"
    r"|(?:black|arab|african|asian|muslim|jewish|roma|romanian|somali|gypsy) "
    r"(?:man|men|woman|women|guys?|boys?|girls?|youths?|teens?|people|persons?|family|families))(?!\w)",
    _I,
)

_HUNT: Final = re.compile(
    r"\b(?:vem känner igen|(?:någon|nån) (?:som )?känner? igen|känner (?:någon|nån|ni) igen"
    r"|hjälp (?:oss |mig |till )?(?:att )?(?:hitta|identifiera|leta upp) (?:mannen|kvinnan|killen|tjejen|personen"
    r"|tjuven|tjuvarna|honom|henne|dem)"
    r"|(?:vi |nu )?(?:jagar|letar) (?:vi )?(?:upp )?(?:tjuven|tjuvarna|honom|henne) (?:själva|tillsammans)"
    r"|(?:help (?:us |me )?)?(?:find|identify|hunt down) (?:this|the) "
    r"(?:man|woman|person|guy|girl|thief|burglar|culprit)"
    r"|who (?:knows|recogni[sz]es) (?:this|him|her|the (?:man|woman|guy|person|thief))"
    r"|(?:belöning|reward)\b[^.!?\n]{0,40}\b(?:tips|tjuv\w*|gärnings\w+|den som|namn\w*|person\w*"
    r"|thief|information|name|whoever|anyone))\b",
    _I,
)
_ADVERTISING: Final = re.compile(
    r"(?<!\w)(?:[0-9]{1,2} ?% (?:rabatt|rea|off|discount)|rabattkod|kampanjkod|(?:promo|discount) code"
    r"|(?:köp|beställ|handla) nu|(?:buy|order|shop) now"
    r"|just nu (?:bara|endast) [0-9]+ ?(?:kr|:-)|prova gratis|free trial)(?!\w)",
    _I,
)
_POLITICS: Final = re.compile(
    r"\b(?:rösta (?:på|för|mot) (?!\d)\w+|vote (?:for|against) \w+"
    r"|(?:skriv på|stöd) (?:vår |vårt )?(?:namninsamling|upprop)\w*)",
    _I,
)


def links(text: str) -> Iterator[Finding]:
    """Addresses of pages and of mail."""
    for match in _LINK.finditer(text):
        yield Finding("link", *match.span())


def suspects(text: str) -> Iterator[Finding]:
    """Names given to somebody who is suspected: "he is called …", "the thief is …"."""
    for match in _CALLED.finditer(text):
        if not _NO_PERSON.search(text[max(0, match.start() - 60) : match.start()]):
            yield Finding("suspect_name", *match.span(1))
    for match in _CULPRIT.finditer(text):
        if not _PLACE.search(match[1]):
            yield Finding("suspect_name", *match.span(1))


def persons(text: str) -> Iterator[Finding]:
    """Whole names of persons; not streets and places that are named after one."""
    for match in _FULL.finditer(text):
        given, surname = match.groups()
        if given not in _GIVEN or surname in _NO_SURNAME or _PLACE.search(surname):
            continue
        if not _PLACE_FOLLOWS.match(text, match.end()):
            yield Finding("person_name", *match.span())


def origins(text: str) -> Iterator[Finding]:
    """People described by origin, skin or faith; not people who are threatened for it, or their houses."""
    for match in _ORIGIN.finditer(text):
        yield Finding("origin", *match.span())


def out_of_place(text: str) -> Iterator[Finding]:
    """Hunts for somebody, rewards, advertising and politics."""
    for match in _HUNT.finditer(text):
        yield Finding("hunt", *match.span())
    for match in _ADVERTISING.finditer(text):
        yield Finding("advertising", *match.span())
    for match in _POLITICS.finditer(text):
        yield Finding("politics", *match.span())
