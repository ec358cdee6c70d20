"""How a gateway is opened: its files, keys and the ledger are looked at first, and whatever does not fit keeps it from starting."""

import os
import time
from typing import Final

from tallychain.crypto.errors import CryptoRefusal
from tallychain.engine.port import Engine
from tallychain.gateway import config, memberkeys
from tallychain.gateway.certificates import Authorities
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.config import ConfigRefused, Folder, Settings
from tallychain.gateway.database import Database, DatabaseLost
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.service import Choices, Gateway, Ground
from tallychain.ledger.machine import Catalogue
from tallychain.sql.port import DatabaseRefused

_DRIVEN: Final = "driven"


async def open_gateway(
    settings: Settings, folder: Folder, engine: Engine, catalogue: Catalogue, choices: Choices | None = None
) -> Gateway:
    """
    Put a gateway together and check it against the ledger; nothing runs yet.

    Raises `ConfigRefused` with a sentence for whatever keeps it from starting.
    """
    chosen = choices or Choices()
    environment = os.environ if chosen.environment is None else chosen.environment
    status = await engine.status()
    clock = ChainClock(driven=status.clock == _DRIVEN, wall_ms=lambda: time.time_ns() // 1_000_000)
    clock.saw(status.height, status.time_ms)
    folder.make()
    if not status.demo:
        memberkeys.refuse_demo_keys(folder)
    passphrase = config.passphrase(settings, folder, demo=status.demo, environment=environment)
    keys = memberkeys.load(folder, passphrase)
    state = LedgerState(engine)
    await memberkeys.check_of_record(keys, settings.member, state, status.height)
    facts = clock.facts = await state.facts()
    authorities = Authorities.load(
        folder.root / settings.trusted_roots,
        folder.root / settings.revocations,
        clock,
        allow_test=status.demo,
    )
    database = _open_database(settings, folder)
    ground = Ground(
        settings, folder, catalogue, facts, engine, clock, state, keys, authorities, passphrase, database
    )
    gateway = Gateway(ground, chosen)
    try:
        await gateway.roster.put_back()
        await gateway.seats.unlock_views(passphrase)
        await gateway.seats.load_tags()
    except (CryptoRefusal, ConfigRefused, DatabaseLost) as error:
        gateway.database.close()
        raise ConfigRefused(str(error)) from None
    return gateway


def _open_database(settings: Settings, folder: Folder) -> Database:
    try:
        return Database(config.own_tables(settings, folder))
    except DatabaseRefused as error:
        raise ConfigRefused(str(error)) from None
    except DatabaseLost as error:
        raise ConfigRefused(f"The gateway's database does not answer: {error}.") from None
