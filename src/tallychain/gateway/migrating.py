"""Brings the gateway's own tables to the revision that this version works with.

Forward only: a table of an older version is changed, one of a newer version is refused, because it may hold what this version would lose.
Called under the writer's lock, so nobody else does the same at the same time.
"""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from tallychain.sql.opening import open_engine
from tallychain.sql.places import Place
from tallychain.sql.port import DatabaseRefused

REVISION: Final = "0014"
"""The newest revision in `migrations/versions`."""

_FOLDER: Final = Path(__file__).parent / "migrations"
_VERSION_TABLE: Final = "alembic_version"


def bring_up(place: Place) -> None:
    """Make or change the tables; raises `DatabaseRefused` for those of a newer version, and `DatabaseLost`."""
    engine = open_engine(place, lasting=True)
    try:
        with engine.begin() as connection:
            if _revision(connection) != REVISION:
                _upgrade(connection)
    finally:
        engine.dispose()


def _revision(connection: sa.Connection) -> str:
    """The revision that the tables have; empty for tables from before there were any, and for none."""
    if not sa.inspect(connection).has_table(_VERSION_TABLE):
        return ""
    return str(connection.scalar(sa.text(f"SELECT version_num FROM {_VERSION_TABLE}")))  # noqa: S608 - a constant


def _upgrade(connection: sa.Connection) -> None:
    # Loading the tool takes longer than all the rest of opening, and most starts need it not at all.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    found = _revision(connection)
    if found and found not in {
        script.revision for script in ScriptDirectory.from_config(config).walk_revisions()
    }:
        raise DatabaseRefused(
            f"The gateway's tables are of revision {found}, which is newer than this version of tallychain knows ({REVISION}): "
            "start the newer version, or restore the copy that was made before it."
        )
    command.upgrade(config, "head")
