"""Has a resting gateway go back to what it and the ledger have in common."""

from typing import Final

from tallychain.catalogue import CATALOGUE
from tallychain.engine.client import LedgerClient
from tallychain.gateway.config import own_tables, row_tables
from tallychain.gateway.database import Database
from tallychain.gateway.follower import NAME
from tallychain.gateway.lineage import Rewound, common_height, rewind
from tallychain.gateway.projected import Projected
from tallychain.node.config import Node
from tallychain.readmodel.openings import NoKeys

_PATIENCE_S: Final = 5.0


class NothingToRewind(Exception):
    """The gateway and the ledger agree already."""

    code = "NOTHING_TO_REWIND"

    def __init__(self, height: int) -> None:
        super().__init__(
            f"The gateway has seen nothing that the ledger does not have: both agree up to block {height}."
        )


async def rewind_gateway(node: Node) -> Rewound:
    """
    Open every act again whose end is gone, and forget all rows of the read model.

    Raises `NothingToRewind`, `EngineUnavailable`.
    """
    client = LedgerClient(node.socket, patience_s=_PATIENCE_S)
    home = node.gateway_folder
    database = Database(own_tables(node.gateway, home))
    read_model = Projected(
        row_tables(node.gateway, home), CATALOGUE, node.genesis.read_bytes(), client, NoKeys()
    )
    try:
        row = await database.read(
            lambda db: db.execute("SELECT height FROM progress WHERE name = ?", (NAME,)).fetchone()
        )
        newest = next(iter(await read_model.blocks(0, 1)), None)
        seen = max(0 if row is None else int(row[0]), 0 if newest is None else newest.height)
        common = await common_height(client, read_model, seen)
        if seen <= common:
            raise NothingToRewind(common)
        done = await rewind(database, seen, common)
        await read_model.forget()
        return done
    finally:
        await read_model.close()
        database.close()
        await client.close()
