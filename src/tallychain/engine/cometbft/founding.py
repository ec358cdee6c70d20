"""Whether the engine begins the chain that we were given the genesis document of."""

import msgspec

from tallychain.engine.cometbft.calls import InitChain
from tallychain.ledger.genesis import Genesis


class BeginningDiffers(Exception):
    """The engine's genesis file does not belong to our genesis document: two nodes that went on would be on two chains."""


class _AppState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the engine's genesis file says of ours."""

    genesis: str


def check_beginning(call: InitChain, genesis: Genesis, digest: str, height: int) -> None:
    """Refuse to begin another chain, with other validators, or a second time; raises `BeginningDiffers`."""
    if height:
        raise BeginningDiffers(f"The engine begins a chain that stands at block {height} here already.")
    if call.chain_id != genesis.chain:
        raise BeginningDiffers(
            f"The engine begins the chain {call.chain_id}; the genesis document is of {genesis.chain}."
        )
    if call.initial_height > 1:
        raise BeginningDiffers(f"The engine begins at block {call.initial_height}, and not at block 1.")
    try:
        named = msgspec.json.decode(call.app_state, type=_AppState).genesis
    except msgspec.DecodeError:
        raise BeginningDiffers("The engine's genesis file does not name our genesis document.") from None
    if named != digest:
        raise BeginningDiffers(
            f"The engine's genesis file names the genesis document {named}; at hand is {digest}."
        )
    told = sorted((row.key, row.power) for row in call.validators)
    if told != sorted((row.key, row.power) for row in genesis.validators):
        raise BeginningDiffers("The engine's validators are not those of the genesis document.")
