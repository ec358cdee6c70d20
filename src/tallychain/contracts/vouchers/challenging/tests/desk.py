"""A desk for challenges: acts with an identity part that is true, or false in one way, and what shows it."""

import base64
import dataclasses
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from tallychain.contracts.vouchers.challenging.operations import ChallengeIdentity
from tallychain.contracts.vouchers.challenging.shown import statement_of
from tallychain.contracts.vouchers.composed import OPERATIONS
from tallychain.contracts.vouchers.financing.tests.desk import Desk as FinancingDesk
from tallychain.contracts.vouchers.settling.tests.desk import S1
from tallychain.crypto import sealing
from tallychain.crypto.authority import TestAuthority
from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.digest import digest, sha256
from tallychain.crypto.identity import sign_identity
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.ledger import codec
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import Body, SealedPart, encode_recipients, operation_id
from tallychain.ledger.types import Author, OperationId, tag_author

RULE = next(kind.rule for kind in OPERATIONS if kind.name == "identity.challenge")
SALT = bytes(range(32))
NAME, USCC = "Trial client s1", "91310000MA00010006"
FROM_MS, UNTIL_MS = 1_700_000_000_000, 4_000_000_000_000
KEY, OTHER = (signing_key_from_seed(ED25519, sha256(name)) for name in (b"one", b"other"))
_AUTHORITY = TestAuthority(bytes(32), from_ms=FROM_MS)
CERTIFICATE = _AUTHORITY.issue_enterprise(NAME, USCC, KEY.public, FROM_MS, UNTIL_MS)
ELSE = _AUTHORITY.issue_enterprise("Somebody else", USCC, KEY.public, FROM_MS, UNTIL_MS)
OF_A_PERSON = _AUTHORITY.issue_person("p1", KEY.public, FROM_MS, UNTIL_MS)
READERS = ("member:bank-a#1", "member:ce-a#1", "member:supervisor#1")
COMMITTED = "c0" * 32


@dataclass(frozen=True)
class Lie:
    """One way in which an identity part can be made; as it stands it is true."""

    certificate: bytes = CERTIFICATE
    by_other: bool = False
    content: bytes | None = None
    changed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """An act with its text and its opened part."""

    body: Body
    content: bytes
    certificate: bytes

    @property
    def text(self) -> str:
        return codec.encode(self.body).decode()

    @property
    def id(self) -> OperationId:
        return operation_id(codec.encode(self.body))


def made(lie: Lie, kind: str = "voucher.offer", *, nonce: int = 1, label: str = "identity") -> Made:
    """The text of an act by s1."""
    part = SealedPart(label, "00" * 32, "00" * 32, READERS)
    other = SealedPart("trade", COMMITTED, "00" * 32, READERS)
    body = Body(
        chain="trial",
        type=kind,
        version=1,
        author=tag_author(S1.tag),
        via=S1.sponsor,
        nonce=f"{nonce:032x}",
        expires=1_800_000_000_000,
        args=msgspec.Raw(b"{}"),
        sealed=(part, other),
    )
    key = OTHER if lie.by_other else KEY
    said = IdentityContent(
        name=NAME,
        uscc=USCC,
        certificate=certificate_digest(lie.certificate),
        signature=sign_identity(key, statement_of(body)).hex(),
        checker_certificate="",
        checker_signature="",
    )
    content = codec.encode(replace(said, **lie.changed)) if lie.content is None else lie.content
    context = sealing.context(
        body.chain,
        body.type,
        1,
        body.author,
        body.via,
        bytes.fromhex(body.nonce),
        label,
        sha256(b"{}"),
        encode_recipients(part.to),
    )
    commitment = digest("commitment", context, SALT, content).hex()
    sealed = (replace(part, commitment=commitment), other)
    return Made(replace(body, sealed=sealed), content, lie.certificate)


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class Desk(FinancingDesk):
    """Rules of challenges at work, beside offers and financings."""

    next_operation: OperationId | None = None

    def call(self, author: Author, via: str, labels: tuple[str, ...] = ()) -> Call:
        call = super().call(author, via, labels)
        named, self.next_operation = self.next_operation, None
        return call if named is None else dataclasses.replace(call, operation=named)

    def does(self, act: Made) -> None:
        """The next operation is this one."""
        self.next_operation = act.id

    def challenge_identity(self, number: str, act: Made, *, by: str = "ce-a", **changed: str) -> Change:
        args = ChallengeIdentity(
            voucher=number,
            act=act.id,
            body=act.text,
            salt=SALT.hex(),
            content=text_of(act.content),
            certificate=text_of(act.certificate),
        )
        return self.adopt(RULE(replace(args, **changed), self.by(by), self.state))
