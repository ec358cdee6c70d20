"""The members and clients of a trial alliance, with keys that follow from a seed, so that a run can be repeated."""

from dataclasses import dataclass, field

from tallychain.crypto.authority import TestAuthority
from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.digest import digest
from tallychain.crypto.identity import sign_identity
from tallychain.crypto.keys import SealingKey, SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.crypto.wallet import Wallet
from tallychain.instruments.numbers import uscc_check_digit
from tallychain.ledger import identity
from tallychain.ledger.holder import IdentityContent, Receiver

CERTIFICATES_FROM_MS = 1_700_000_000_000
CERTIFICATES_UNTIL_MS = 4_000_000_000_000
PERSONS = ("maker", "checker", "admin-1", "admin-2", "system")
_RIGHTS = {
    "maker": (identity.MAKER,),
    "checker": (identity.CHECKER,),
    "admin-1": (identity.ADMIN,),
    "admin-2": (identity.ADMIN,),
    "system": (identity.SYSTEM,),
}


def derived(seed: int, *names: str) -> bytes:
    """32 bytes that follow from a seed and names."""
    return digest("testkit", str(seed).encode(), *(name.encode() for name in names))


def trial_uscc(number: int) -> str:
    """A unified social credit code with a valid check digit that belongs to nobody."""
    body = f"91310000MA{number:07d}"
    return body + uscc_check_digit(body)


@dataclass(frozen=True, slots=True)
class Staff:
    """One person, or the system, of a member."""

    person: str
    rights: tuple[str, ...]
    key: SigningKey
    certificate: bytes

    @property
    def certificate_digest(self) -> str:
        """Digest of the certificate."""
        return certificate_digest(self.certificate)


@dataclass(frozen=True, slots=True)
class TrialMember:
    """A member with all its keys."""

    id: str
    name: str
    uscc: str
    kinds: tuple[str, ...]
    staff: dict[str, Staff]
    sealing: SealingKey


@dataclass(slots=True)
class TrialClient:
    """A client with its wallet; every acquisition takes the next tag."""

    id: str
    name: str
    uscc: str
    sponsor: str
    wallet: Wallet
    certificate: bytes
    next_tag: int = 0
    tags: dict[str, int] = field(default_factory=dict)
    """Tag signing key to its counter."""

    def receiver(self) -> Receiver:
        """A fresh tag, as a giver names it."""
        counter = self.next_tag
        self.next_tag += 1
        tag = self.wallet.sign.tag_key(counter).public
        self.tags[tag] = counter
        return Receiver(tag, self.wallet.view.sealing_key(counter).public, self.sponsor)

    def tag_key(self, tag: str) -> SigningKey:
        """The signing key of one of its tags."""
        return self.wallet.sign.tag_key(self.tags[tag])

    def tag_sealing(self, tag: str) -> SealingKey:
        """The sealing key of one of its tags."""
        return self.wallet.view.sealing_key(self.tags[tag])

    def identify(self, statement: bytes) -> IdentityContent:
        """The content of an identity part: this enterprise's own signature over an act."""
        signature = sign_identity(self.wallet.sign.identity_key(), statement)
        return IdentityContent(
            name=self.name,
            uscc=self.uscc,
            certificate=certificate_digest(self.certificate),
            signature=signature.hex(),
            checker_certificate="",
            checker_signature="",
        )


def trial_authority(seed: int) -> TestAuthority:
    """The certification authority of a trial alliance."""
    return TestAuthority(derived(seed, "authority"), from_ms=CERTIFICATES_FROM_MS)


def trial_member(seed: int, number: int, member: str, kinds: tuple[str, ...]) -> TrialMember:
    """A member whose keys follow from the seed."""
    authority = trial_authority(seed)
    staff = {}
    for role in PERSONS:
        key = signing_key_from_seed(ED25519, derived(seed, member, role))
        person = derived(seed, member, role, "person").hex()[:16]
        certificate = authority.issue_person(person, key.public, CERTIFICATES_FROM_MS, CERTIFICATES_UNTIL_MS)
        staff[role] = Staff(person, _RIGHTS[role], key, certificate)
    sealing = SealingKey.from_seed(derived(seed, member, "sealing"))
    return TrialMember(member, f"Trial {member}", trial_uscc(number), kinds, staff, sealing)


def trial_client(seed: int, number: int, client: str, sponsor: str) -> TrialClient:
    """A client whose wallet follows from the seed."""
    wallet = Wallet.from_seed(derived(seed, client, "wallet"))
    uscc = trial_uscc(number)
    name = f"Trial client {client}"
    certificate = trial_authority(seed).issue_enterprise(
        name, uscc, wallet.sign.identity_key().public, CERTIFICATES_FROM_MS, CERTIFICATES_UNTIL_MS
    )
    return TrialClient(client, name, uscc, sponsor, wallet, certificate)
