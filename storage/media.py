"""The files of pictures: two for each, written whole or not at all, named by what they are."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, cast

from storage.log import StorageError

Size = Literal["full", "small"]
FOLDER: Final = "media"
_NAME: Final = re.compile(FOLDER + r"/(?P<name>[0-9a-f]{32})\.(?P<size>full|small)\.jpg")
_SIZES: Final[tuple[Size, ...]] = ("full", "small")


class MediaFiles:
    """A folder beside the database. A name is hexadecimal, so that it is never a path that somebody else chose."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def all(self) -> Iterator[tuple[str, bytes]]:
        """Every file, by a name that `restore` knows. One that goes meanwhile is passed over."""
        for path in sorted(self._folder.glob("??/*.jpg")):
            with suppress(FileNotFoundError):
                yield f"{FOLDER}/{path.name}", path.read_bytes()

    def restore(self, name: str, content: bytes) -> bool:
        """Write a file that `all` gave; False if it is none of ours. Raises StorageError."""
        found = _NAME.fullmatch(name)
        if found is None:
            return False
        try:
            self._write(self._path(found["name"], cast(Size, found["size"])), content)
        except OSError as error:
            raise StorageError(f"a picture cannot be written: {error.strerror}") from error
        return True

    def put(self, name: str, full: bytes, small: bytes) -> None:
        """Write both sizes through to the disk. Raises StorageError."""
        try:
            self._write(self._path(name, "full"), full)
            self._write(self._path(name, "small"), small)
        except OSError as error:
            raise StorageError(f"a picture cannot be written: {error.strerror}") from error

    def read(self, name: str, size: Size) -> bytes | None:
        """One file; None if it is not there. Raises StorageError."""
        try:
            return self._path(name, size).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"a picture cannot be read: {error.strerror}") from error

    def drop(self, name: str) -> None:
        """Let go of both files, and of what a write that died left of them. Raises StorageError."""
        try:
            for size in _SIZES:
                path = self._path(name, size)
                path.unlink(missing_ok=True)
                _unfinished(path).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"a picture cannot be removed: {error.strerror}") from error

    def names(self, older_than: float) -> Iterator[str]:
        """The pictures whose files were written before then (Unix seconds), and what is left of a write that died."""
        for path in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < older_than:
                    yield path.name.partition(".")[0]

    def _write(self, path: Path, content: bytes) -> None:
        """Through to the disk, and under its name whole or not at all."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = _unfinished(path)
        with open(new, "wb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.rename(path)

    def _path(self, name: str, size: Size) -> Path:
        if not name.isalnum():
            raise ValueError(f"no picture is called {name!r}")
        return self._folder / name[:2] / f"{name}.{size}.jpg"


def _unfinished(path: Path) -> Path:
    return path.with_suffix(".new")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
