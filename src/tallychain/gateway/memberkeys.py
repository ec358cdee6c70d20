"""The keys of the member that stand open while its gateway runs, and the refusal to start with the wrong ones."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallychain.contracts.documents import api as documents
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keyfile import StoredSecret, read_key_file
from tallychain.crypto.keys import SealingKey, SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import scheme_of
from tallychain.gateway.config import DEMO_PASSPHRASE, ConfigRefused, Folder
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.ledger.identity import KEYS, MEMBERS, SYSTEM
from tallychain.ledger.types import Height
from tallychain.sdk.fingerprint import EpochKey

_FINGERPRINT: Final = re.compile(r"fingerprint-([1-9][0-9]{0,5})\.key")
_PROPOSED: Final = re.compile(r"proposed-fingerprint-[1-9][0-9]{0,5}-[0-9a-f]{16}\.key")
_SEALING: Final = re.compile(r"sealing-[1-9][0-9]{0,5}\.key")


@dataclass(frozen=True, slots=True)
class MemberKeys:
    """System key, sealing keys by their public half, the secret behind nonces and references, and the alliance's fingerprint keys."""

    system: SigningKey
    sealing: dict[str, SealingKey]
    secret: bytes
    fingerprints: tuple[EpochKey, ...] = ()
    """Oldest first; none where the alliance has not sent this member its key yet."""
    proposed: tuple[EpochKey, ...] = ()
    """Keys of epochs that were proposed and have not begun, in the order in which they came."""

    def __repr__(self) -> str:
        return "<keys of a member>"


def load(folder: Folder, passphrase: str) -> MemberKeys:
    """Open the key files; raises `ConfigRefused` with the sentence of the file that does not open."""
    try:
        system = _read(folder.keys / "system.key", passphrase, "signing")
        secret = _read(folder.keys / "secret.key", passphrase, "secret")
        files = sorted(path for path in folder.keys.glob("sealing-*.key") if _SEALING.fullmatch(path.name))
        sealing = [SealingKey.from_seed(_read(path, passphrase, "sealing").secret) for path in files]
        fingerprints = _fingerprint_keys(folder.keys, passphrase)
        proposed = _proposed_keys(folder.keys, passphrase)
    except CryptoRefusal as error:
        raise ConfigRefused(str(error)) from None
    return MemberKeys(
        signing_key_from_seed(scheme_of(system.public), system.secret),
        {key.public: key for key in sealing},
        secret.secret,
        fingerprints,
        proposed,
    )


def refuse_demo_keys(folder: Folder) -> None:
    """On a chain that is no demonstration, refuse every key that the known demo passphrase opens; raises `ConfigRefused`."""
    for path in sorted([*folder.keys.glob("*.key"), *folder.seats.glob("*/*.key")]):
        try:
            read_key_file(path, DEMO_PASSPHRASE)
        except CryptoRefusal:
            continue
        raise ConfigRefused(
            f"The key file {path} opens with the demo passphrase, and this chain is no demonstration."
        )


async def check_of_record(keys: MemberKeys, member: str, state: LedgerState, height: int) -> None:
    """Whether these are the member's keys on the ledger; raises `ConfigRefused`."""
    record = await state.get(MEMBERS, member)
    if record is None:
        raise ConfigRefused(f"{member} is not a member of record on this chain.")
    row = await state.get(KEYS, keys.system.public)
    if (
        row is None
        or row.member != member
        or SYSTEM not in row.rights
        or not row.signs_at(Height(height + 1))
    ):
        raise ConfigRefused(f"keys/system.key is not a system key of {member} in force on the ledger.")
    current = record.current_sealing()
    if current.key not in keys.sealing:
        raise ConfigRefused(f"The current sealing key of {member} (number {current.number}) is not in keys/.")
    for key in keys.fingerprints:
        await check_fingerprint_key(key, state)


async def check_fingerprint_key(key: EpochKey, state: LedgerState) -> None:
    """
    Whether a fingerprint key is the one that the alliance committed to; raises `ConfigRefused`.

    On a chain whose genesis document commits to none there is nothing to compare with.
    """
    if await state.evaluate(lambda rows: documents.key_epoch(rows, 1)) is None:
        return
    row = await state.evaluate(lambda rows: documents.key_epoch(rows, key.epoch))
    if row is None:
        raise ConfigRefused(
            f"keys/fingerprint-{key.epoch}.key is of an epoch that is not on record; move it out of keys/."
        )
    if row.commitment != key.commitment():
        raise ConfigRefused(
            f"keys/fingerprint-{key.epoch}.key is not the alliance's fingerprint key: the ledger has the commitment {row.commitment}, and "
            f"that of the file is {key.commitment()}; put back the right file."
        )


def _fingerprint_keys(keys: Path, passphrase: str) -> tuple[EpochKey, ...]:
    """The keys of all epochs, oldest first: an earlier one is still needed to check what was named under it."""
    found = {int(match[1]): path for path in keys.iterdir() if (match := _FINGERPRINT.fullmatch(path.name))}
    return tuple(
        EpochKey(epoch, _read(path, passphrase, "secret").secret) for epoch, path in sorted(found.items())
    )


def _proposed_keys(keys: Path, passphrase: str) -> tuple[EpochKey, ...]:
    """The keys of epochs that have not begun: the newest file last."""
    found = [(path.stat().st_mtime_ns, path) for path in keys.iterdir() if _PROPOSED.fullmatch(path.name)]
    return tuple(
        EpochKey(int(path.name.split("-")[2]), _read(path, passphrase, "secret").secret)
        for _, path in sorted(found)
    )


def _read(path: Path, passphrase: str, kind: str) -> StoredSecret:
    stored = read_key_file(path, passphrase)
    if stored.kind != kind:
        raise ConfigRefused(f"The key file {path} holds a {stored.kind} key; a {kind} key belongs there.")
    return stored
