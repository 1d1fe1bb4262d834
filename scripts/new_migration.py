"""Write the next migration from what `dondoc/store/tables.py` has become: `make migration NAME="add bounce"`.

The draft lies in `dondoc/store/migrations/versions` and is to be read, mended and tested by a person:
it sees new tables and columns, not what a rename means or what old rows should say.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import create_engine

import dondoc.store
from dondoc.store.migrate import migrate

MIGRATIONS = Path(dondoc.store.__file__).parent / "migrations"


def write_migration(name: str, migrations: Path = MIGRATIONS) -> Path:
    """Compare the tables with a freshly migrated database and return the file that bridges the two."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    head = ScriptDirectory.from_config(config).get_current_head()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.db"
        migrate(f"sqlite+aiosqlite:///{path}")
        engine = create_engine(f"sqlite:///{path}")
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            script = command.revision(config, message=name, autogenerate=True, rev_id=f"{int(head or 0) + 1:04}")
        engine.dispose()
    assert isinstance(script, Script)  # a list or nothing comes only from options not used here
    return Path(script.path)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('say what changes: make migration NAME="add bounce"')
    print(write_migration(sys.argv[1]))
