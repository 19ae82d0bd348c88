"""Draft the next migration from what schema.py says more than the migrations: `python -m storage.migrations "Why"`."""

import sqlite3
import sys

from alembic import command
from alembic.script import ScriptDirectory

from storage.migrations import configuration, connection

if len(sys.argv) != 2:
    sys.exit('usage: python -m storage.migrations "Add the members\' preferences"')
settings = configuration()
number = len(list(ScriptDirectory.from_config(settings).walk_revisions())) + 1
with connection(lambda: sqlite3.connect(":memory:", isolation_level=None)) as db, db.begin():
    settings.attributes["connection"] = db
    command.upgrade(settings, "head")
    command.revision(settings, sys.argv[1], autogenerate=True, rev_id=f"{number:04}")
