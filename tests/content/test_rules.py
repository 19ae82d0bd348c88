"""What is found in words, by a table of examples: what must not be said, and what is like it and may."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.content.finding import Finding, without
from realtime.content.rules import by_origin, forbidden, plain

# (said, what is found of it in public, what in a locked group)
EXAMPLES: list[tuple[str, set[str], set[str]]] = [
    # plates
    ("Svart Volvo ABC123 cirklar kvarteret", {"plate"}, {"plate"}),
    ("Van with ABC 12D parked outside", {"plate"}, {"plate"}),
    ("skåpbil abc-123 utan lampor", {"plate"}, {"plate"}),
    ("regnr: xyz 789", {"plate"}, {"plate"}),
    ("the number plate was abc 12x", {"plate"}, {"plate"}),
    ("A B C 1 2 3 stod det", {"plate"}, {"plate"}),
    ("ＡＢＣ１２３", {"plate"}, {"plate"}),
    ("A\u200bBC1\u200b23", {"plate"}, {"plate"}),
    ("Vit BMW 320 och en KTM 125", set(), set()),
    ("Ring SOS 112 nu", set(), set()),
    ("de har ringt 112 och och 114 14", set(), set()),
    ("Det kostade SEK 500 eller 500 kr", set(), set()),
    ("buss 123 mot Slussen, linje 401", set(), set()),
    ("ALLA SKA UT HAN TRE 123", set(), set()),
    ("rum 123 i hus 402", set(), set()),
    ("E18 och Rv73, mp3, covid19", set(), set()),
    ("kl 1230-1430 den 24/11", set(), set()),
    # personal identity numbers
    ("han är 850101-1234", {"identity_number"}, {"identity_number"}),
    ("19850101-1234", {"identity_number"}, {"identity_number"}),
    ("198501011234", {"identity_number"}, {"identity_number"}),
    ("born 850161-1234, a co-ordination number", {"identity_number"}, {"identity_number"}),
    ("8112189876", {"identity_number"}, {"identity_number"}),
    ("8112189875", set(), set()),
    ("personnummer 0112189876", {"identity_number"}, {"identity_number"}),
    ("org.nr 556677-1234", set(), set()),
    ("ärende 2025112412345678", set(), set()),
    ("850231-1234", set(), set()),
    # phone numbers
    ("ring mig på 070-123 45 67", {"phone"}, set()),
    ("0701234567", {"phone"}, set()),
    ("call +46 70 123 45 67", {"phone"}, set()),
    ("kontor 08-123 456 78", {"phone"}, set()),
    ("0046701234567", {"phone"}, set()),
    ("+49 30 1234567", {"phone"}, set()),
    ("112, 114 14, 1177 och 113 13", set(), set()),
    ("öppet 0700-0800", set(), set()),
    ("mellan 01.00-03.30", set(), set()),
    ("2025-11-24 kl 16", set(), set()),
    # links
    ("se https://example.org/video", {"link"}, set()),
    ("www.tjuvar.se", {"link"}, set()),
    ("Bilder på min-sida.com", {"link"}, set()),
    ("skriv till anna@example.org", {"link"}, set()),
    ("bl.a. cyklar, dvs. stöld", set(), set()),
    ("Han sprang ut.De var två", set(), set()),
    ("ca 1.5 meter, 12.30", set(), set()),
    # names
    ("Han heter Kalle Svensson", {"suspect_name", "person_name"}, set()),
    ("en kille vid namn Robban", {"suspect_name"}, set()),
    ("The thief is John Smith from next door", {"suspect_name"}, set()),
    ("Rånaren heter Niklas Berg", {"suspect_name", "person_name"}, set()),
    ("Anna Lindström slår på dörren", {"person_name"}, set()),
    ("Hunden heter Bamse", set(), set()),
    ("Gatan där det hände heter Storgatan", set(), set()),
    ("En man springer på Karl Johans gata", set(), set()),
    ("Inbrott på Erik Dahlbergsgatan", set(), set()),
    ("Tjuven sprang mot Norra Bantorget", set(), set()),
    ("Tjuven är Man i trettioårsåldern", set(), set()),
    ("Anna Ring polisen", set(), set()),
    ("The suspect is running towards Old Town", set(), set()),
    # hunts, advertising, politics
    ("Vem känner igen honom?", {"hunt"}, set()),
    ("Help us find this man", {"hunt"}, set()),
    ("Belöning till den som ger namn", {"hunt"}, set()),
    ("Reward for information", {"hunt"}, set()),
    ("Hittelön för upphittad cykel", set(), set()),
    ("Känner någon röklukt?", set(), set()),
    ("20 % rabatt på lås", {"advertising"}, set()),
    ("Buy now, free trial", {"advertising"}, set()),
    ("Bedragare vill att man köper presentkort", set(), set()),
    ("Rösta på oss i valet", {"politics"}, set()),
    ("Vote for the mayor", {"politics"}, set()),
    ("Valaffischer rivs ned vid vallokalen", set(), set()),
    # what people do say
    ("Två män försöker bryta upp dörren till butiken, springer mot torget", set(), set()),
    ("Three people are testing doors, walking north", set(), set()),
    ("Någon hotar personalen med kniv", set(), set()),
    ("Rött, jag är hotad!", set(), set()),
]

ORIGIN = [
    ("Mörkhyad man", True),
    ("två utländska män", True),
    ("person med utländskt utseende", True),
    ("a dark-skinned guy", True),
    ("Two black men", True),
    ("invandrargäng", True),
    ("svart jacka och vita skor", False),
    ("svart personbil", False),
    ("en vit kvinnocykel", False),
    ("Någon hotar besökare vid moskén", False),
    ("hot mot judiska församlingen", False),
    ("black car with two men", False),
    ("polska flaggor", False),
]


@pytest.mark.parametrize(("said", "public", "locked"), EXAMPLES)
def test_what_is_found(said: str, public: set[str], locked: set[str]) -> None:
    text = plain(said)
    assert {finding.what for finding in forbidden(text, "public")} == public
    assert {finding.what for finding in forbidden(text, "locked")} == locked
    assert {finding.what for finding in forbidden(text, "open")} == public - {"person_name"}


@pytest.mark.parametrize(("said", "is_found"), ORIGIN)
def test_origin_is_told_from_colours_and_victims(said: str, is_found: bool) -> None:
    assert bool(by_origin(said)) == is_found


def test_who_holds_an_office_may_say_where_to_turn_to_and_no_more() -> None:
    text = "Tips: 077-114 14 00 eller www.polisen.se, ABC123"
    assert {finding.what for finding in forbidden(text, "public", on_duty=True)} == {"plate"}


def test_people_may_sign_where_names_are_shown() -> None:
    assert not forbidden("Hälsningar Anna Lindström", "public", is_signed=True)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Bil ABC123 åker mot torget", "Bil … åker mot torget"),
        ("ABC123", None),
        ("regnr ABC 123, tel 0701234567!", "regnr …, tel …!"),
    ],
)
def test_what_is_left_is_what_may_be_said(text: str, rest: str | None) -> None:
    assert without(text, forbidden(text, "public")) == rest


LETTERS = st.sampled_from("ABCDEFGHJKLMNOPRSTUWXYZ")


@given(st.tuples(LETTERS, LETTERS, LETTERS).map("".join), st.integers(0, 99), st.sampled_from("0123456789ABCDE"))
def test_every_plate_is_found_when_it_is_called_one(letters: str, digits: int, last: str) -> None:
    for plate in (f"{letters}{digits:02}{last}", f"{letters} {digits:02}{last}".lower()):
        text = f"bil med regnr {plate} åker runt"
        found = forbidden(text, "locked")
        assert found
        assert plate not in (without(text, found) or "")


@given(
    st.text(max_size=300),
    st.sampled_from(["ABC123", "850101-1234", "0701234567", "https://x.se/a"]),
    st.text(max_size=300),
)
def test_nothing_is_left_to_find_in_what_is_left(before: str, secret: str, after: str) -> None:
    """Whatever stands around it; and what was no part of a finding stays as it was."""
    text = plain(f"{before} {secret} {after}")
    found = forbidden(text, "public")
    assert found
    rest = without(text, found)
    assert rest is None or secret not in rest


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_gaps_take_exactly_what_was_found(text: str, spans: list[tuple[int, int]]) -> None:
    found = [Finding("plate", min(a, len(text)), min(b, len(text))) for a, b in spans if a < b]
    covered = {place for finding in found for place in range(finding.start, finding.end)}
    rest = without(text, found)
    kept = [character for place, character in enumerate(text) if place not in covered]
    assert (rest is None) == (not any(character.isalnum() for character in kept))
    if rest is not None:
        assert [c for c in rest if c != "…"] == [c for c in kept if c != "…"]


@pytest.mark.parametrize(
    "text",
    ["a" * 2_000, "0" * 2_000, "A B " * 500, "1-" * 1_000, "Anna " * 400, "www." * 500, "reg " * 500, "+4 " * 600,
     "heter " * 300, "a.b-" * 500, "belöning " * 220, "070-" * 500],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    """A red must not wait for a pattern: some milliseconds for the longest text that is taken."""
    began = time.process_time()
    forbidden(plain(text), "public")
    by_origin(text)
    assert time.process_time() - began < 0.1
