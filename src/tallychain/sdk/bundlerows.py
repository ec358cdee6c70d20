"""The fields of a proof bundle, in their order; docs/proofs.md says what each is."""

import msgspec
from msgspec import Struct


class SignatureRow(Struct, frozen=True):
    """A signature under an operation."""

    role: str
    key: str
    signature: str


class OperationRow(Struct, frozen=True):
    """The operation."""

    id: str
    body: msgspec.Raw
    signatures: list[SignatureRow]


class Carrier(Struct, frozen=True):
    """The envelope that carried it."""

    envelope: msgspec.Raw
    signature: str
    path: list[str]


class ReceiptRow(Struct, frozen=True):
    """The ledger's answer."""

    text: msgspec.Raw
    digest: str
    path: list[str]
    result: list[str]


class HeaderRow(Struct, frozen=True):
    """A header of an embedded chain."""

    text: msgspec.Raw
    digest: str
    signature: str


class ValidatorRow(Struct, frozen=True):
    """A validator of a set."""

    key: str
    power: int


class VotedRow(Struct, frozen=True):
    """A header and the votes on it."""

    header: str
    commit: str


class StateRow(Struct, frozen=True):
    """A record of the state."""

    value: msgspec.Raw
    lower: list[str]
    upper: list[str]


class OpenedRow(Struct, frozen=True):
    """A sealed part that is shown."""

    label: str
    salt: str
    content: str


class CertificateRow(Struct, frozen=True):
    """A certificate."""

    digest: str
    der: str


class Bundle(Struct, frozen=True):
    """A proof from a chain of one operator."""

    format: str
    chain: str
    genesis: msgspec.Raw
    operation: OperationRow
    carrier: Carrier
    receipt: ReceiptRow
    headers: list[HeaderRow]
    state: dict[str, list[StateRow]]
    opened: list[OpenedRow]
    certificates: list[CertificateRow]


class AllianceBundle(Struct, frozen=True):
    """A proof from a chain with several validators."""

    format: str
    chain: str
    genesis: msgspec.Raw
    operation: OperationRow
    carrier: Carrier
    receipt: ReceiptRow
    validators: list[list[ValidatorRow]]
    block: str
    headers: list[VotedRow]
    state: dict[str, list[StateRow]]
    opened: list[OpenedRow]
    certificates: list[CertificateRow]
