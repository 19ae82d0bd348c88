"""Whether a name looks like an authority's, or hides what it is (R31), by the look-alikes of Unicode (UTS #39)."""

import re
import unicodedata
from collections.abc import Iterator
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
    "polisassistent", "polisassistenten", "polisinspektör", "polisinspektören", "polisintendent", "poliskommissarie",
    "polismästare", "polisstation", "polisstationen", "polisregion", "polisområde", "polisbefäl", "poliskonstapel",
    "polisaspirant", "rikspolis", "kriminalpolis", "trafikpolis", "militärpolis", "gränspolis", "områdespolis",
    "kvarterspolis", "ungdomspolis", "civilpolis", "ordningspolis", "hundpolis", "sjöpolis", "interpol", "europol",
    "konstapel", "konstapeln", "kommissarie", "vakt", "vakten", "vakter", "vakterna", "ordningsvakterna",
    "trygghetsvärd", "trygghetsvärdar", "brandmannen", "brandmännen", "brandstation", "brandstationen", "sosalarm",
    "räddningsledare", "räddningsledaren", "insatsledare", "insatsledaren", "ambulanssjukvården", "tulltjänsteman",
    "kustbevakning", "kustbevakare", "försvarsmakten", "hemvärnet", "åklagarmyndigheten", "kriminalvården",
    "socialtjänsten", "socialjouren", "skatteverket", "migrationsverket", "policeofficer", "firebrigade",
    "politi", "politiet", "poliisi", "polizei", "polizia", "policia", "policja", "policija", "полиция", "полиции",
    "полицейский", "поліція", "شرطة", "الشرطة",
]  # fmt: skip
_PHRASES: Final = [
    "rescue service", "rescue services", "fire brigade", "fire department", "sos alarm", "the police",
    "samverkan support", "samverkan admin",
]  # fmt: skip
# Compounds: Citypolisen, Nackakommun.
_ENDINGS: Final = [
    "polisen", "polismyndigheten", "kommun", "kommunen", "väktare", "väktaren", "ordningsvakt", "räddningstjänst",
    "räddningstjänsten", "brandkår", "brandkåren", "police",
]  # fmt: skip
# At the beginning, or where somebody is told to call it. After any other word it numbers something: Storgatan 112.
_NUMBERS: Final = re.compile(
    r"(?:^|\b(?:ring|slå|larm|larma|nöd\w*|call|dial|emergency|sos|alarm))\W*(?:112|1[ .-]1[ .-]2|114[ .-]?14)(?!\d)",
    re.IGNORECASE,
)
_OURS: Final = [
    "admin", "admins", "administrator", "administratör", "administratören", "moderator", "moderatorn", "moderatör",
    "samverkan", "plattform", "plattformen", "platform", "support", "supporten", "officiell", "official",
]  # fmt: skip
_LEAST_LETTERS: Final = 3  # of a word whose letters stand apart: what is shorter stands in too many names
_LEAST_PARTED: Final = 5  # of one that is parted otherwise, or has letters more than once
_LETTER_EMOJI: Final = {
    first + at: chr(ord("A") + at) for first in (0x1F150, 0x1F170, 0x1F1E6) for at in range(26)
}  # white on black, and the letters of flags: no letters to Unicode
_LEET: Final = str.maketrans("!$@345", "isaeas")


@lru_cache(maxsize=20_000)
def is_deceptive(name: str, *, of_a_person: bool = False) -> bool:
    """Whether a name can be taken for an authority's, mixes scripts within a word, or has something invisible in it.

    A person may not be called what this server's own people are either.
    """
    if _hides_something(name) or disarm.is_mixed_script(name, per_word=True):
        return True
    words = _words(name)
    known = _LOOKS | _LOOKS_OF_OURS if of_a_person else _LOOKS
    looks = {look for word in {*words, *_spelt_out(words), *_parts(words)} for look in _looks(word)}
    parted = {_look(_bare(run).casefold()) for run in _put_together(words)}
    if looks & known or any(look.endswith(_LOOKS_OF_ENDINGS) for look in looks) or _NUMBERS.search(_plain(name)):
        return True
    once = {_single(look) for look in looks}
    if any(len(look) >= _LEAST_PARTED for look in (*parted & known, *once & _ONCE)):
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
    return re.findall(r"[\w\u0300-\u036f|!$@]+", _plain(name).replace("_", " "))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name.translate(_LETTER_EMOJI))


def _parts(words: list[str]) -> Iterator[str]:
    """What stands within words: PolisAnna, Polis1."""
    for word in words:
        yield from re.findall(r"[A-ZÅÄÖ]?[a-zåäö]+", word)
        if (bare := word.strip("0123456789")) != word:
            yield bare


def _put_together(words: list[str]) -> set[str]:
    """Two or three words as one: Po lisen, Po.li.sen."""
    return {"".join(words[at : at + count]) for at in range(len(words) - 1) for count in (2, 3)}


def _single(look: str) -> str:
    """Each letter once where it stands several times in a row: Poliisen."""
    return re.sub(r"(.)\1+", r"\1", look)


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
    ways = (plain, plain.casefold(), plain.upper(), plain.translate(_LEET))
    return {_look(each) for each in {*ways}}


def _look(text: str) -> str:
    return _bare(disarm.skeleton_key(text, digit_policy="tr39")).replace("rn", "m")


def _bare(text: str) -> str:
    """Without marks above and below letters: väktare and vaktare are one word to a reader in a hurry."""
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


def _all_looks(words: list[str]) -> frozenset[str]:
    return frozenset(look for word in words for look in _looks(word))


_LOOKS: Final = _all_looks(_AUTHORITIES)
_LOOKS_OF_OURS: Final = _all_looks(_OURS)
_ONCE: Final = frozenset(_single(look) for look in _LOOKS)
_LOOKS_OF_ENDINGS: Final = tuple(_all_looks(_ENDINGS))
_LOOKS_OF_PHRASES: Final = _all_looks(_PHRASES)
