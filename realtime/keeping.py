"""Looking after a server's data: what `samverkan verify`, `backup` and `restore` do, and what they say."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from realtime.connection.keys import OWN_KEY_FILE, keep_own_key
from storage.backup import back_up, database_of
from storage.media import MediaFiles
from storage.restoring import restoring
from storage.telling import Tell
from storage.verifying import verify


def verify_log(folder: Path, file: Path | None, console: Console) -> list[str]:
    """Check a data folder's log, or a backup; what is to be said of it, and `ok: ` before it if all is well."""
    with _progress(console) as tell:
        found = verify(file or database_of(folder), tell)
    return found.broken or [f"ok: {found.events} events in {found.rooms} rooms, epoch {found.epoch}"]


def back_up_data(folder: Path, target: Path, console: Console, *, replace: bool) -> str:
    """Put everything that a data folder holds into one file, also while a server runs."""
    key = folder / OWN_KEY_FILE
    keys = [(OWN_KEY_FILE, key.read_bytes())] if key.exists() else []
    files = chain(keys, MediaFiles(folder).all())
    with _progress(console) as tell:
        back_up(folder, target, files, tell, replace=replace)
    return f"ok: {target} ({target.stat().st_size / 1e6:.1f} MB)"


def restore_data(source: Path, folder: Path, console: Console, *, replace: bool) -> list[str]:
    """Make a backup the data of a folder.

    The key comes first: a server that starts without one makes another, and nobody's token would be valid any more.
    """
    with _progress(console) as tell, restoring(source, folder, tell, replace=replace) as ready:
        key = ready.files.get(OWN_KEY_FILE)
        if key is not None:
            keep_own_key(folder, key.decode())
        moved = ready.put_in_place()
    said = [f"ok: {ready.verdict.events} events in {ready.verdict.rooms} rooms, now in {folder}"]
    if moved is not None:
        said.append(f"the database that was there is now {moved}")
    if key is not None and key != (folder / OWN_KEY_FILE).read_bytes():
        said.append(
            f"{folder / OWN_KEY_FILE} was there already, and stays: tokens from before the backup may not fit it"
        )
    return said


@contextmanager
def _progress(console: Console) -> Iterator[Tell]:
    """A bar for each thing that is done, gone when all is; nothing where nobody watches."""
    bars: dict[str, TaskID] = {}
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:

        def tell(what: str, done: int, of: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=of)
            progress.update(bars[what], completed=done, total=of)

        yield tell
