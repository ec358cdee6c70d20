"""The first members of a chain, from this contract's section of the genesis document."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from tallychain.contracts.members.events import MemberAdmitted, SealingKeySet
from tallychain.contracts.members.operations import CertificateDigest, GatewayUrl, PersonId
from tallychain.contracts.members.rules import registered
from tallychain.contracts.members.state import LEAST_ADMINS
from tallychain.crypto.schemes import KeyNotAdmissible, admit_key, admit_sealing_key
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.numbers import check_lei, check_uscc
from tallychain.ledger import codec, limits
from tallychain.ledger.contract import Change
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.identity import (
    ACTIVE,
    ADMIN,
    BANK,
    FACTOR,
    KINDS,
    MEMBERS,
    OPERATOR,
    RIGHTS,
    SYSTEM,
    Key,
    Member,
    SealingKey,
)
from tallychain.ledger.timeline import settled
from tallychain.ledger.types import Count, KeyText, MemberName, SealingKeyText

LEI_CHARACTERS: Final = 20
"""By its length a legal entity identifier is told from a unified social credit code of 18 characters."""


class GenesisKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A signing key of a founder."""

    key: KeyText
    person: PersonId
    rights: Annotated[tuple[str, ...], Meta(min_length=1, max_length=5)]
    """In the order maker, checker, admin, system, look."""
    limit: Count
    certificate: CertificateDigest


class GenesisMember(Struct, frozen=True, forbid_unknown_fields=True):
    """A founder of the alliance."""

    member: MemberName
    name: Annotated[str, Meta(min_length=1, max_length=limits.TEXT_CODE_POINTS)]
    uscc: Annotated[str, Meta(max_length=20)]
    """Unified social credit code, or LEI for an institution without one."""
    kinds: Annotated[tuple[str, ...], Meta(min_length=1, max_length=10)]
    licences: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=limits.TEXT_CODE_POINTS)], ...],
        Meta(max_length=20),
    ]
    gateway: GatewayUrl
    sealing: SealingKeyText
    keys: Annotated[tuple[GenesisKey, ...], Meta(min_length=2, max_length=1_000)]


def founders(section: msgspec.Raw) -> Change:
    """
    The Change that admits the founders; its events stand for height 0.

    Raises `GenesisRefused` with a sentence that names the member and what is wrong.
    """
    try:
        members = codec.decode(tuple[GenesisMember, ...], bytes(section))
    except codec.Malformed as error:
        raise GenesisRefused(f"The members in the genesis document are not valid: {error.detail}") from None
    _check_unique("The member", [member.member for member in members])
    _check_unique("The code", [member.uscc for member in members])
    _check_unique("The sealing key", [member.sealing for member in members])
    _check_unique("The key", [key.key for member in members for key in member.keys])
    for member in members:
        _check_institution(member)
        _check_keys(member)
    change = Change()
    for member in members:
        change += _admitted(member)
    return change


def _admitted(founder: GenesisMember) -> Change:
    row = Member(
        member=founder.member,
        name=founder.name,
        uscc=founder.uscc,
        kinds=founder.kinds,
        licences=founder.licences,
        standing=settled(ACTIVE),
        sealing=(SealingKey(1, founder.sealing, 0),),
        gateway=founder.gateway,
        admitted_height=0,
    )
    admitted = MemberAdmitted(row.member, row.name, row.uscc, row.kinds, row.licences, row.gateway)
    change = Change((MEMBERS.put(row),), (admitted, SealingKeySet(row.member, 1, founder.sealing, 0)))
    for key in founder.keys:
        change += registered(
            Key(key.key, row.member, key.person, key.rights, key.limit, key.certificate, 0, 0)
        )
    return change


def _check_unique(what: str, values: Sequence[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise GenesisRefused(f"{what} {value} stands twice in the genesis document.")
        seen.add(value)


def _check_institution(member: GenesisMember) -> None:
    name = member.member
    check: Callable[[str], None] = check_lei if len(member.uscc) == LEI_CHARACTERS else check_uscc
    try:
        check(member.uscc)
    except InstrumentError as error:
        raise GenesisRefused(f"The member {name} has no valid code: {error}") from None
    for kind in member.kinds:
        if kind not in KINDS:
            raise GenesisRefused(f"The member {name} has the unknown kind {kind}.")
    if OPERATOR in member.kinds and (BANK in member.kinds or FACTOR in member.kinds):
        raise GenesisRefused(f"The member {name} is an operator and so never a bank or factor.")


def _check_keys(member: GenesisMember) -> None:
    name = member.member
    try:
        admit_sealing_key(member.sealing)
        for key in member.keys:
            admit_key(key.key)
    except KeyNotAdmissible as error:
        raise GenesisRefused(f"The member {name} has a key that is not admissible: {error.reason}.") from None
    owners: dict[str, str] = {}
    for key in member.keys:
        if key.rights != tuple(right for right in RIGHTS if right in key.rights):
            raise GenesisRefused(
                f"The rights of {key.key} of {name} are not of {', '.join(RIGHTS)}, in order."
            )
        if SYSTEM in key.rights and len(key.rights) > 1:
            raise GenesisRefused(f"The system key {key.key} of {name} has other rights too.")
        if owners.setdefault(key.certificate, key.person) != key.person:
            raise GenesisRefused(f"Two persons of {name} have the certificate {key.certificate}.")
    admins = {key.person for key in member.keys if ADMIN in key.rights}
    if len(admins) < LEAST_ADMINS:
        raise GenesisRefused(
            f"The member {name} needs two admins, two persons with certificates of their own."
        )
