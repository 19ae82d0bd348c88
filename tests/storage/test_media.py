"""The files of pictures, on the disk and in a backup."""

from pathlib import Path

import pytest

from storage.backup import back_up
from storage.media import FOLDER, MediaFiles
from storage.restoring import restoring
from storage.sql import SqlStore

NAME = "ab" * 16


def silent(*_: object) -> None: ...


def test_both_sizes_are_there_until_they_are_dropped(tmp_path: Path) -> None:
    files = MediaFiles(tmp_path)
    assert files.read(NAME, "full") is None
    files.put(NAME, b"large", b"small")
    files.put(NAME, b"large", b"small")
    assert (files.read(NAME, "full"), files.read(NAME, "small")) == (b"large", b"small")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / FOLDER).glob("*/*")} == {0o600}
    assert set(files.names(older_than=1e11)) == {NAME}
    assert set(files.names(older_than=0.0)) == set()
    files.drop(NAME)
    files.drop(NAME)
    assert files.read(NAME, "small") is None


def test_what_a_write_that_died_left_goes_with_the_rest(tmp_path: Path) -> None:
    files = MediaFiles(tmp_path)
    files.put(NAME, b"large", b"small")
    left = tmp_path / FOLDER / NAME[:2] / f"{NAME}.full.new"
    left.write_bytes(b"lar")
    assert list(files.names(older_than=1e11)) == [NAME] * 3
    files.drop(NAME)
    assert list((tmp_path / FOLDER).glob("*/*")) == []


def test_one_that_vanishes_while_they_are_listed_is_passed_over(tmp_path: Path) -> None:
    files = MediaFiles(tmp_path)
    for name in (NAME, "ab" + "cd" * 15):
        files.put(name, b"large", b"small")
    for name in (listing := files.names(older_than=1e11)):
        for each in (NAME, "ab" + "cd" * 15):
            if each != name:
                files.drop(each)
    assert list(listing) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a/b", "ab.full"])
def test_no_name_leads_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no picture is called"):
        MediaFiles(tmp_path).read(name, "full")


@pytest.mark.parametrize(
    "name", ["media/../../x.full.jpg", f"media/{NAME}.huge.jpg", f"{NAME}.full.jpg", "token-key.json"]
)
def test_a_backup_writes_nothing_but_pictures_there(tmp_path: Path, name: str) -> None:
    assert not MediaFiles(tmp_path).restore(name, b"x")
    assert list(tmp_path.iterdir()) == []


async def test_a_backup_has_them_and_a_restore_puts_them_back(tmp_path: Path) -> None:
    old = tmp_path / "old"
    await (await SqlStore.open(old)).close()
    MediaFiles(old).put(NAME, b"large", b"small")
    back_up(old, tmp_path / "backup", MediaFiles(old).all(), silent, replace=False)
    with restoring(tmp_path / "backup", tmp_path / "new", silent, replace=False) as ready:
        assert ready.files == {}
        ready.put_in_place()
    assert MediaFiles(tmp_path / "new").read(NAME, "full") == b"large"
    assert MediaFiles(tmp_path / "new").read(NAME, "small") == b"small"
    assert b"large" not in (tmp_path / "new" / "samverkan.db").read_bytes()
