"""The alliance's fingerprint key: compared with the ledger at start."""

from pathlib import Path

import pytest

from tallychain.crypto.keyfile import StoredSecret, write_key_file
from tallychain.gateway.config import ConfigRefused, Folder
from tallychain.gateway.tests.alliance import COST, PASSPHRASE, Alliance, alliance, in_loop


def put_key(there: Alliance, member: str, secret: bytes, epoch: int = 1) -> None:
    """Another fingerprint key in place of the member's."""
    path = Folder(there.root / member).keys / f"fingerprint-{epoch}.key"
    path.unlink(missing_ok=True)
    write_key_file(path, StoredSecret("secret", "", secret), PASSPHRASE, n=COST)


@in_loop
async def test_a_gateway_with_another_fingerprint_key_than_the_alliances_does_not_start(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path, ["ce-a", "bank-a", "supervisor"]) as there:
        there.furnish("ce-a")
        put_key(there, "ce-a", b"x" * 32)
        with pytest.raises(ConfigRefused, match="not the alliance's fingerprint key"):
            async with there.gateway("ce-a"):
                pass


@in_loop
async def test_a_fingerprint_key_of_an_epoch_that_is_not_on_record_is_refused(tmp_path: Path) -> None:
    async with alliance(tmp_path, ["ce-a", "bank-a", "supervisor"]) as there:
        there.furnish("ce-a")
        put_key(there, "ce-a", b"x" * 32, epoch=2)
        with pytest.raises(ConfigRefused, match="not on record"):
            async with there.gateway("ce-a"):
                pass
