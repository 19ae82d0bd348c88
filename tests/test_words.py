"""What the server says to people says the same in both languages."""

from string import Formatter

import pytest

from realtime.words import _NOTICES, notice_text
from realtime.words_sv import NOTICES_SV
from storage.events import Noticed


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_there_are_swedish_words_for_every_notice() -> None:
    assert set(NOTICES_SV) == set(_NOTICES)


@pytest.mark.parametrize("code", sorted(set(_NOTICES) & set(NOTICES_SV)))
def test_both_languages_name_the_same(code: str) -> None:
    assert named(_NOTICES[code]) == named(NOTICES_SV[code])


def test_what_has_no_swedish_is_said_in_english_and_what_has_no_words_by_its_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    about = {"name": "Shops"}
    assert notice_text(Noticed(code="not_trusted", about=about), "sv") == "I Shops är du vanlig medlem igen."
    monkeypatch.delitem(NOTICES_SV, "not_trusted")
    assert notice_text(Noticed(code="not_trusted", about=about), "sv") == "In Shops you are an ordinary member again."
    assert notice_text(Noticed(code="of tomorrow"), "sv") == "of tomorrow"
    assert notice_text(Noticed(code="trusted"), "sv") == "trusted"
