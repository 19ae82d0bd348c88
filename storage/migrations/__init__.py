"""Bringing a database to the schema of this program, at every start.

A change of schema.py needs the next file in versions/: `python -m storage.migrations "Say what changes"` drafts it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, event

from storage.log import StorageError


def migrate(connect: Callable[[], sqlite3.Connection]) -> None:
    """Run the migrations that are missing, all in one transaction; raises StorageError if the database is newer."""
    settings = configuration()
    scripts = ScriptDirectory.from_config(settings)
    with connection(connect) as db, db.begin():
        at = MigrationContext.configure(db).get_current_revision()
        if at is not None:
            _refuse_newer(at, scripts)
        if at != scripts.get_current_head():
            settings.attributes["connection"] = db
            command.upgrade(settings, "head")


def schema_of(db: sqlite3.Connection, path: Path) -> str:
    """The schema of a database that is only looked at. Raises StorageError if it is none of ours, or newer."""
    try:
        found = db.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise StorageError(f"cannot read {path}: {error}") from error
        found = None
    except sqlite3.DatabaseError as error:
        raise StorageError(f"cannot read {path}: {error}") from error
    if found is None:
        raise StorageError(f"{path} is not a database of samverkan")
    _refuse_newer(found[0], ScriptDirectory.from_config(configuration()))
    return str(found[0])


def require_schema(db: sqlite3.Connection, path: Path) -> None:
    """Refuse to look at a database that is not of this program's schema; raises StorageError as `schema_of`."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    if (found := schema_of(db, path)) != head:
        raise StorageError(
            f"{path} was written by an older samverkan (schema {found}, now {head}): "
            "it can be looked at after `samverkan serve` has run on it once"
        )


def _refuse_newer(at: str, scripts: ScriptDirectory) -> None:
    if at not in {script.revision for script in scripts.walk_revisions()}:
        raise StorageError(
            f"the database was written by a newer samverkan (schema {at}); "
            f"this one knows schemas up to {scripts.get_current_head()}"
        )


def configuration() -> Config:
    """Alembic's settings without a file, so that migrations run wherever the package is installed."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


@contextmanager
def connection(connect: Callable[[], sqlite3.Connection]) -> Iterator[Connection]:
    """A Core connection over one of the driver's, whose transactions hold the changes of tables too."""
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda db: db.exec_driver_sql("BEGIN IMMEDIATE"))  # the driver itself begins none
    with engine.connect() as db:
        yield db
