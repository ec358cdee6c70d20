"""`python -m tallychain.node.engine --config node.toml`: the engine of a node, with the settings of that file.

It writes what the engine reads (`config.toml` and its genesis, never keys) and then becomes the engine, under the same process number, so that whoever
supervises it supervises the engine itself.  A validator whose folder is a copy of another follows first, as a process beside this one: see `following`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from tallychain.engine.cometbft.binary import EngineMissing, engine_binary
from tallychain.engine.cometbft.home import EngineValidator, engine_genesis
from tallychain.engine.cometbft.nodekeys import EngineKeyRefused, address_of
from tallychain.engine.cometbft.template import FOLLOWER_SIGNER, VALIDATOR_SIGNER, config_text
from tallychain.engine.lifecycle import EXIT_REFUSED
from tallychain.engine.logs import logger
from tallychain.gateway.config import ConfigRefused
from tallychain.ledger.engineparameters import first_parameters
from tallychain.ledger.genesis import genesis_digest, read_genesis
from tallychain.node.config import Node, load_node
from tallychain.node.following import follow, why_to_follow


def prepare(node: Node, *, follower: bool = False) -> None:
    """Write what the engine reads, from the node's settings and the genesis document; a follower has a key of nobody.  Raises `EngineKeyRefused`."""
    if node.engine is None:
        raise ConfigRefused(
            f"The chain of {node.genesis} has the embedded engine, which needs no process of its own."
        )
    document = node.genesis.read_bytes()
    genesis = read_genesis(document)
    validators = tuple(EngineValidator(one.member, one.key, one.power) for one in genesis.validators)
    settings, signer = node.engine, VALIDATOR_SIGNER
    if follower:
        settings, signer = msgspec.structs.replace(settings, remote_signer=""), FOLLOWER_SIGNER
        node.home.make_follower()
    config = config_text(
        settings, moniker=node.gateway.member, proxy_app=f"unix://{node.abci}", signer=signer
    )
    _free(settings.remote_signer)
    beginning = engine_genesis(
        genesis.chain,
        genesis.time_ms,
        genesis_digest(document).hex(),
        validators,
        first_parameters(genesis.policies),
    )
    node.home.put_in_order(config, beginning)


def _free(remote_signer: str) -> None:
    """Remove the socket on which a killed engine waited for its signer: the next one could not open it again."""
    kind, _, name = remote_signer.partition("://")
    path = Path(name)
    if kind == "unix" and path.is_socket():
        path.unlink()


def main(arguments: Sequence[str]) -> int:
    """Become the engine; returns only where it cannot."""
    parser = argparse.ArgumentParser(prog="python -m tallychain.node.engine", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="settings file of the node")
    parser.add_argument(
        "--follower", action="store_true", help="follow with a key of nobody, and do not vote"
    )
    given = parser.parse_args(arguments)
    log = logger()
    try:
        node, binary = load_node(given.config), engine_binary()
        if not given.follower and (reason := why_to_follow(node)):
            log.warning("follows first, without its consensus key", reason=reason)
            if status := follow(node, log):
                return status
        prepare(node, follower=given.follower)
        log.info(
            "engine follows" if given.follower else "engine starts",
            member=node.gateway.member,
            node=node.home.node_id,
            validator=address_of(node.home.consensus().public) if node.home.consensus_key.exists() else "",
            binary=str(binary),
        )
    except (ConfigRefused, EngineKeyRefused, EngineMissing) as refusal:
        log.error("not started", reason=type(refusal).__name__, sentence=str(refusal))
        return EXIT_REFUSED
    sys.stdout.flush()
    sys.stderr.flush()
    return _become(binary, node.home.root)


def _become(binary: Path, home: Path) -> NoReturn:
    os.execv(binary, [str(binary), "start", "--home", str(home)])  # noqa: S606 - no shell, and our own binary


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
