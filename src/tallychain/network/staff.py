"""The first persons of an institution: their keys and certificates are read and judged, and their accounts are made."""

import asyncio
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallychain.contracts.members.record import RecordKey
from tallychain.crypto.certificates import CertificateNotValid, Subject, certificate_digest, verify_chain
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keyfile import read_key_file, read_public
from tallychain.gateway.accounts import HOUSE, Account, Accounts
from tallychain.gateway.certificates import Certificates, Chain
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.config import DEMO_PASSPHRASE, Folder
from tallychain.gateway.database import Database
from tallychain.gateway.factors import Factors
from tallychain.ledger.identity import RIGHTS
from tallychain.network.founding import Founding, ProductionRefused, StaffMember
from tallychain.sql.places import Place
from tallychain.sql.port import DatabaseLost, DatabaseRefused

_PERSON_LETTERS: Final = frozenset("0123456789abcdef")
_PERSON_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Person:
    """One person, judged."""

    staff: StaffMember
    key_file: Path
    certificate: bytes
    record: RecordKey
    """As it will stand on the ledger: a random id, never the name."""


def persons_of(founding: Founding, base: Path, now_ms: int) -> tuple[Person, ...]:
    """
    Every person with key and certificate.

    Raises `ProductionRefused` for a key that the demo passphrase opens, a certificate of another key, of a test authority or of no authority that is
    believed, one person with two accounts; `KeyFileRefused` for a key file that others may read.
    """
    roots = tuple(path.read_bytes() for path in sorted((base / founding.trusted_roots).glob("*.der")))
    if not roots:
        raise ProductionRefused(
            f"There is no certificate (*.der) of an authority in {base / founding.trusted_roots}."
        )
    persons = tuple(_person(staff, base, roots, now_ms) for staff in founding.staff)
    for what, values in (
        ("The account", [person.staff.account for person in persons]),
        ("The key", [person.record.key for person in persons]),
        ("The certificate", [person.record.certificate for person in persons]),
        ("The person", [person.record.person for person in persons]),
    ):
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise ProductionRefused(f"{what} {twice} stands twice among the staff: two persons are two keys.")
    return persons


def enrol(
    folder: Folder, founding: Founding, persons: Sequence[Person], secret: bytes, tables: Place
) -> dict[str, str]:
    """
    Put the key files into the gateway's folder and make an account for each person; by account, the one-time code with which the person enrols a phone.

    `secret` is the member's own, under which second factors are kept; `tables` is where the gateway will look for its accounts.
    Raises `ProductionRefused` where a database does not answer or cannot be used.
    """
    for person in persons:
        target = folder.keys / f"{person.staff.account}.key"
        shutil.copyfile(person.key_file, target)
        target.chmod(0o600)
    try:
        return asyncio.run(_accounts(founding, persons, secret, tables))
    except (DatabaseLost, DatabaseRefused) as error:
        raise ProductionRefused(f"The gateway's database cannot be used: {str(error).rstrip('.')}.") from None


def _person(staff: StaffMember, base: Path, roots: tuple[bytes, ...], now_ms: int) -> Person:
    path = base / staff.key
    kind, public = read_public(path)
    if kind != "signing":
        raise ProductionRefused(
            f"{path} holds a {kind} key; {staff.account} needs a signing key (tally key new)."
        )
    _refuse_demo(path)
    certificate, subject = _certificate(staff, base / staff.certificate, roots, now_ms)
    if subject.key != public:
        raise ProductionRefused(f"The certificate of {staff.account} is for another key than {path}.")
    rights = tuple(right for right in RIGHTS if right in staff.rights)
    if len(rights) != len(staff.rights):
        raise ProductionRefused(f"The rights of {staff.account} are of {', '.join(RIGHTS)}, each once.")
    record = RecordKey(public, _person_id(subject), rights, staff.limit, certificate_digest(certificate))
    return Person(staff, path, certificate, record)


def _refuse_demo(path: Path) -> None:
    try:
        read_key_file(path, DEMO_PASSPHRASE)
    except CryptoRefusal:
        return
    raise ProductionRefused(f"The key file {path} opens with the demo passphrase, which everybody knows.")


def _certificate(
    staff: StaffMember, path: Path, roots: tuple[bytes, ...], now_ms: int
) -> tuple[bytes, Subject]:
    try:
        certificate = path.read_bytes()
        return certificate, verify_chain(certificate, roots, now_ms)
    except OSError as error:
        raise ProductionRefused(f"The certificate {path} cannot be read: {error.strerror}.") from None
    except CertificateNotValid as error:
        raise ProductionRefused(f"The certificate of {staff.account} is not valid: {error.reason}.") from None


def _person_id(subject: Subject) -> str:
    """The pseudonym that the certificate names, where it has the form of a person's id; else a fresh one."""
    found = subject.identifier
    fits = len(found) == _PERSON_LENGTH and _PERSON_LETTERS.issuperset(found)
    return found if fits else secrets.token_hex(_PERSON_LENGTH // 2)


async def _accounts(
    founding: Founding, persons: Sequence[Person], secret: bytes, tables: Place
) -> dict[str, str]:
    database = Database(tables)
    factors, codes = Factors(database, secret, founding.member), dict[str, str]()
    accounts, certificates = Accounts(database), Certificates(database, ChainClock(driven=False))
    try:
        for person in persons:
            await certificates.keep(
                Chain(person.certificate), name=founding.name, uscc=founding.uscc, sender=""
            )
            await accounts.add(
                Account(
                    id=person.staff.account,
                    name=person.staff.name,
                    seat=HOUSE,
                    person=person.record.person,
                    roles=person.record.rights,
                    key_file=f"{person.staff.account}.key",
                    certificate=person.record.certificate,
                    active=True,
                )
            )
            codes[person.staff.account] = (await factors.allow_enrolment(person.staff.account))[0]
    finally:
        database.close()
    return codes
