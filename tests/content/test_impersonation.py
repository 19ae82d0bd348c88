"""Names that look like an authority's, and names that are somebody's own."""

import pytest

from realtime.content.impersonation import is_deceptive

AUTHORITIES = [
    "Polisen", "POLISEN", "polis", "Polisen Norrmalm", "Stockholmspolisen", "The Police", "Nacka kommun", "Nackakommun",
    "Väktare 12", "vaktare", "VÄKTARE", "Räddningstjänsten", "Ordningsvakt Bo", "SOS Alarm", "112", "Fire Brigade",
    "security guard", "Trafikpolis Solna", "Polisinspektör Ek", "PolisAnna", "Polis1", "SthlmPolice", "Politiet",
    "Полиция", "الشرطة", "Kustbevakning", "114 14", "1-1-2", "Socialjouren", "Väktarna", "SOSAlarm", "Vakt",
    "112 Sverige", "Ring 112", "Larm 1-1-2", "Nödnummer: 112", "(112)",
]  # fmt: skip
LOOK_ALIKES = [
    "Роlіsеn",  # Cyrillic Р, і and е
    "Ρolis",  # Greek Ρ
    "P0lisen", "PoIisen", "P0LIS", "pol1s", "ｐｏｌｉｓ", "𝗣𝗼𝗹𝗶𝘀", "ⓟolis", "polıs",
    "Po lisen", "Po.li.sen", "Poliisen", "Pol!s", "🅿🅾🅻🅸🆂", "🇵🇴🇱🇮🇸",
    "poḷis",     "p̲o̲l̲i̲s̲", "P.O.L.I.S", "P o l i s e n", "kornmun", "K O M M U N", "vӓktare", "Pоliсе",
]  # fmt: skip
HIDING = ["An\u200bna", "An\u202ena", "Anna\u3164", "An\u200dna", "Anna \u2800", "Аnna", "Ann\u00ada"]
ORDINARY = [
    "Anna Ek", "Åsa Öberg", "Bo Lind", "Ole Poliszczuk", "Anna Иванова", "Анна Иванова", "田中さくら", "محمد",
    "Ν. Παπαδόπουλος",    "O'Brien", "Kommodor Berg", "Hotel Metropolis", "Akropolis Taverna", "J. R. R. Tolkien",
    "Köpmangatan", "Nattvandrare Söder", "Grannsamverkan", "Mohammad \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Familjen 👨\u200d👩\u200d👧", "Guardiola", "Copa", "So Sara", "Kim Po Lee", "Policarpo Reyes",
    "Kvarter 11 2", "Storgatan 112", "Group 112", "load-112", "Brf Eken 114",
    "Anna \U0001f1f8\U0001f1ea", "Annapolis", "Grannvakten", "Vaktmästare Ola", "Politis",
    "Caf\u00e9 \U0001fae8", "Tullinge",
]  # fmt: skip


@pytest.mark.parametrize("name", AUTHORITIES + LOOK_ALIKES)
def test_what_looks_like_an_authority_is_seen(name: str) -> None:
    assert is_deceptive(name)


@pytest.mark.parametrize("name", HIDING)
def test_what_hides_something_is_seen(name: str) -> None:
    """Invisible characters, and letters of another script within a word."""
    assert is_deceptive(name)


@pytest.mark.parametrize("name", ORDINARY)
def test_people_and_places_keep_their_names(name: str) -> None:
    assert not is_deceptive(name)


def test_a_person_may_not_be_called_what_the_server_s_own_people_are() -> None:
    assert is_deceptive("Moderator", of_a_person=True)
    assert is_deceptive("Аdmin", of_a_person=True)
    assert is_deceptive("Samverkan Support")
    assert not is_deceptive("Support for the elderly")
