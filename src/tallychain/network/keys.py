"""Every key of a trial alliance, from one secret, so that a run with a seed can be made again."""

import secrets
from dataclasses import dataclass
from typing import Final

from tallychain.crypto.authority import TestAuthority
from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.digest import digest
from tallychain.crypto.keys import SealingKey, SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.crypto.wallet import Wallet
from tallychain.engine.cometbft.nodekeys import EngineKey
from tallychain.ledger import identity
from tallychain.network.alliance import DescribedClient, DescribedMember

SECRET_BYTES: Final = 32
RIGHTS: Final = {
    "maker": (identity.MAKER,),
    "checker": (identity.CHECKER,),
    "admin-1": (identity.ADMIN,),
    "admin-2": (identity.ADMIN,),
    "system": (identity.SYSTEM,),
}
"""The persons of a member's staff, and its system, with their rights."""

_VALID_FROM_MS: Final = 1_767_225_600_000
"""2026-01-01 00:00 UTC, before the first act of any trial."""
_VALID_UNTIL_MS: Final = 2_082_758_400_000
"""2036-01-01 00:00 UTC."""
VALID_MS: Final = (_VALID_FROM_MS, _VALID_UNTIL_MS)
"""The time of every certificate of a trial."""
_DOMAIN: Final = "trial-network"


@dataclass(frozen=True, slots=True)
class StaffKey:
    """One person's key, or the system's, with the certificate of the trial authority."""

    name: str
    person: str
    rights: tuple[str, ...]
    key: SigningKey
    seed: bytes
    certificate: bytes

    @property
    def certificate_digest(self) -> str:
        """How the ledger refers to the certificate."""
        return certificate_digest(self.certificate)

    def __repr__(self) -> str:
        return f"<key of {self.name}>"


@dataclass(frozen=True, slots=True)
class MemberKeys:
    """All keys of one member."""

    staff: tuple[StaffKey, ...]
    sealing: SealingKey
    sealing_seed: bytes
    secret: bytes
    """Behind nonces and references of its acts."""
    fingerprint: bytes
    """The alliance's fingerprint key: the same for all members, made with the chain."""

    def __repr__(self) -> str:
        return "<keys of a member>"


@dataclass(frozen=True, slots=True)
class ClientPerson:
    """Who acts for a client: an identity key, its certificate, and the person behind it."""

    account: str
    role: str
    person: str
    identity_seed: bytes
    """Of an identity key of the person's own; empty where the wallet's identity key is used."""
    certificate: bytes

    @property
    def identity_key(self) -> SigningKey | None:
        """The person's own identity key, or None where the wallet's is used."""
        return signing_key_from_seed(ED25519, self.identity_seed) if self.identity_seed else None

    def __repr__(self) -> str:
        return f"<person {self.account}>"


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """The wallet of one client and the persons who act for it."""

    wallet: Wallet
    persons: tuple[ClientPerson, ...]


class KeySource:
    """Derives every key from one secret of 32 bytes."""

    def __init__(self, seed: int | None) -> None:
        """With a seed everybody can derive the keys: for demonstrations.  Without one the secret is random and is forgotten."""
        self._secret = (
            secrets.token_bytes(SECRET_BYTES) if seed is None else digest(_DOMAIN, str(seed).encode())
        )
        self.authority = TestAuthority(self._derived("authority"), from_ms=_VALID_FROM_MS)
        self.sequencer_seed = self._derived("sequencer")
        self.sequencer = signing_key_from_seed(ED25519, self.sequencer_seed)

    def member(self, member: DescribedMember) -> MemberKeys:
        """The keys of a member."""
        sealing_seed = self._derived(member.id, "sealing")
        return MemberKeys(
            staff=tuple(self._staff(member.id, name, rights) for name, rights in RIGHTS.items()),
            sealing=SealingKey.from_seed(sealing_seed),
            sealing_seed=sealing_seed,
            secret=self._derived(member.id, "secret"),
            fingerprint=self._derived("fingerprint"),
        )

    def client(self, client: DescribedClient) -> ClientKeys:
        """The keys of a client: one person, or two where its acts need two."""
        wallet = Wallet.from_seed(self._derived(client.id, "wallet"))
        # Where two persons sign, neither may be able to make the other's signature: each has a key outside the wallet.
        seed = self._derived(client.id, "maker") if client.two_persons else b""
        key = signing_key_from_seed(ED25519, seed) if seed else wallet.sign.identity_key()
        enterprise = self.authority.issue_enterprise(
            client.name_zh, client.uscc, key.public, _VALID_FROM_MS, _VALID_UNTIL_MS
        )
        maker = ClientPerson(client.id, "maker", self._person(client.id, "maker"), seed, enterprise)
        if not client.two_persons:
            return ClientKeys(wallet, (maker,))
        second = self._staff(client.id, "checker", ())
        checker = ClientPerson(
            f"{client.id}-checker", "checker", second.person, second.seed, second.certificate
        )
        return ClientKeys(wallet, (maker, checker))

    def engine(self, member: str) -> tuple[EngineKey, EngineKey]:
        """The consensus key and the node key of a member's node."""
        return EngineKey(self._derived(member, "consensus")), EngineKey(self._derived(member, "node"))

    def connection(self, member: str) -> bytes:
        """The seed of the key with which a member's processes show themselves to those of others."""
        return self._derived(member, "connection")

    def _staff(self, member: str, name: str, rights: tuple[str, ...]) -> StaffKey:
        seed = self._derived(member, name)
        key = signing_key_from_seed(ED25519, seed)
        person = self._person(member, name)
        certificate = self.authority.issue_person(person, key.public, _VALID_FROM_MS, _VALID_UNTIL_MS)
        return StaffKey(name, person, rights, key, seed, certificate)

    def _person(self, *names: str) -> str:
        return self._derived(*names, "person").hex()[:16]

    def _derived(self, *names: str) -> bytes:
        return digest(_DOMAIN, self._secret, *(name.encode() for name in names))
