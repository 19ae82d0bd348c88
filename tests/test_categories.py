"""What an alert can be about, as files say."""

from pathlib import Path

import pytest

from realtime.categories import CategoriesUnusable, load_categories


def test_reconnaissance_is_among_them_as_behaviour() -> None:
    """F15."""
    kind = load_categories().get("reconnaissance")
    assert kind is not None
    assert (kind.sv, kind.is_for("red"), kind.is_for("yellow")) == ("Rekognosering inför inbrott", False, True)


def test_an_operator_adds_and_changes_and_an_area_chooses(tmp_path: Path) -> None:
    """F87, F88: by data alone."""
    more = tmp_path / "our.toml"
    more.write_text('[boats]\nsv = "Båtar"\nen = "Boats"\n[fire]\nsv = "Eld"\nen = "Fire"\nroles = ["duty"]\n')
    categories = load_categories(more)
    assert list(categories)[-1] == "boats"
    fire = categories.get("fire")
    assert fire is not None
    assert fire.is_open_to("guard", on_duty=True)
    assert not fire.is_open_to("member", on_duty=False)
    assert list(categories.only({"boats", "theft"})) == ["theft", "boats"]


@pytest.mark.parametrize(
    ("text", "what"),
    [("[Fire]", "is no name"), ("[fire]\nsv = 1", r"\[fire\]"), ("[fire", "not a TOML file"), (None, "cannot be read")],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str | None, what: str) -> None:
    file = tmp_path / "our.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(CategoriesUnusable, match=what):
        load_categories(file)
