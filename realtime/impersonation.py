"""Whether a name looks like an authority's, or hides what it is (R31), by the look-alikes of Unicode (UTS #39)."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import disarm

_JOINERS: Final = "\u200c\u200d"  # written within words in Persian and several Indic scripts, and within emoji

# What an authority is called, in the languages that members write. Inflected forms stand here whole: a beginning
# alone would take the name from people who bear it (Poliszczuk), an end alone from places (Akropolis).
_AUTHORITIES: Final = [
    "polis", "polisen", "polisens", "poliser", "poliserna", "polisman", "polismannen", "polismän", "polischef",
    "polischefen", "närpolis", "närpolisen", "polismyndighet", "polismyndigheten", "kommunpolis", "kommunpolisen",
    "säpo", "säkerhetspolisen", "tull", "tullverket", "kustbevakningen", "kommun", "kommunen", "kommunens",
    "kommuner", "länsstyrelse", "länsstyrelsen", "myndighet", "myndigheten", "åklagare", "åklagaren", "väktare",
    "väktaren", "väktarna", "ordningsvakt", "ordningsvakten", "ordningsvakter", "skyddsvakt", "skyddsvakten",
    "räddningstjänst", "räddningstjänsten", "räddningstjänstens", "brandkår", "brandkåren", "brandman", "brandmän",
    "sos", "alarm", "ambulans", "ambulansen", "police", "policeman", "policewoman", "policemen", "constable",
    "sheriff", "cop", "cops", "municipality", "council", "authority", "authorities", "guard", "guards",
    "firefighter", "firefighters", "paramedic", "ambulance", "coastguard", "customs",
]  # fmt: skip
_PHRASES: Final = ["rescue service", "rescue services", "fire brigade", "fire department", "sos alarm", "the police"]
# Compounds: Citypolisen, Nackakommun.
_ENDINGS: Final = [
    "polisen", "polismyndigheten", "kommun", "kommunen", "väktare", "väktaren", "ordningsvakt", "räddningstjänst",
    "räddningstjänsten", "brandkår", "brandkåren",
]  # fmt: skip
_NUMBERS: Final = {"112", "11414"}
_OURS: Final = ["admin", "administrator", "moderator", "samverkan", "plattform", "platform", "support"]
_LEAST_LETTERS: Final = 3  # of a word whose letters stand apart: what is shorter stands in too many names


@lru_cache(maxsize=20_000)
def is_deceptive(name: str, *, of_a_person: bool = False) -> bool:
    """Whether a name can be taken for an authority's, mixes scripts within a word, or has something invisible in it.

    A person may not be called what this server's own people are either.
    """
    if _hides_something(name) or disarm.is_mixed_script(name, per_word=True):
        return True
    words = _words(name)
    known = _LOOKS | _LOOKS_OF_OURS if of_a_person else _LOOKS
    joined = {look for run in _spelt_out(words) for look in _looks(run)}
    looks = {look for word in words for look in _looks(word)} | joined
    if looks & known or any(look.endswith(_LOOKS_OF_ENDINGS) for look in looks) or set(words) & _NUMBERS:
        return True
    whole = " ".join(words)
    return any(f" {phrase} " in f" {look} " for look in _looks(whole) for phrase in _LOOKS_OF_PHRASES)


def _hides_something(name: str) -> bool:
    """Format characters, fillers and variation selectors that change no emoji; joiners only where they join."""
    for at, character in enumerate(name):
        if character in _JOINERS:
            around = name[max(at - 1, 0) : at] + name[at + 1 : at + 2]
            if len(around) < 2 or any(_is_alphabetic_of_the_west(each) for each in around):
                return True
        elif character in _FILLERS or (
            unicodedata.category(character) in {"Cf", "Cc", "Co", "Cn", "Cs"}
            and not "\U0001f000" <= character <= "\U0001faff"  # emoji that are newer than this Python
        ):
            return True
    return False


_FILLERS: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters and marks that leave no ink


def _is_alphabetic_of_the_west(character: str) -> bool:
    return unicodedata.name(character, "").startswith(("LATIN", "GREEK", "CYRILLIC", "DIGIT"))


def _words(name: str) -> list[str]:
    """Words as they are told apart by eye: marks belong to their letters, all else that is no letter parts them."""
    return re.findall(r"[\w\u0300-\u036f|!$@]+", unicodedata.normalize("NFKC", name).replace("_", " "))


def _spelt_out(words: list[str]) -> list[str]:
    """What is written letter by letter, as P.O.L.I.S."""
    runs, run = [], ""
    for word in (*words, "  "):
        if len(_bare(word)) == 1:
            run += word
            continue
        if len(run) >= _LEAST_LETTERS:
            runs.append(run)
        run = ""
    return runs


def _looks(word: str) -> set[str]:
    """What a word can be taken for, without its marks.

    In capitals an I looks like an l and in small letters it does not, so it is looked at both ways. UTS #39 takes an m
    apart into r and n; here the two are put together.
    """
    plain = _bare(word)
    skeletons = {disarm.skeleton_key(each, digit_policy="tr39") for each in (plain, plain.casefold(), plain.upper())}
    return {_bare(skeleton).replace("rn", "m") for skeleton in skeletons}


def _bare(text: str) -> str:
    """Without marks above and below letters: väktare and vaktare are one word to a reader in a hurry."""
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


def _all_looks(words: list[str]) -> frozenset[str]:
    return frozenset(look for word in words for look in _looks(word))


_LOOKS: Final = _all_looks(_AUTHORITIES)
_LOOKS_OF_OURS: Final = _all_looks(_OURS)
_LOOKS_OF_ENDINGS: Final = tuple(_all_looks(_ENDINGS))
_LOOKS_OF_PHRASES: Final = _all_looks(_PHRASES)
