import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tallychain.crypto.authority import TestAuthority
from tallychain.crypto.certificates import (
    CERTIFICATE_MAX,
    CertificateNotValid,
    certificate_digest,
    certificate_key,
    certificate_subject,
    revoked_by,
    verify_chain,
)
from tallychain.crypto.digest import sha256
from tallychain.crypto.keys import P256SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import KeyNotAdmissible, key_text

DAY = 86_400_000
FROM, UNTIL, NOW = 1_767_225_600_000, 1_830_297_600_000, 1_795_441_000_000
USCC = "91310000MA1FL0A01J"
AUTHORITY = TestAuthority(b"\x21" * 32, from_ms=FROM)
KEY = signing_key_from_seed("p256", bytes(32))
LEAF = AUTHORITY.issue_enterprise("精工机械有限公司", USCC, KEY.public, FROM, UNTIL)

Change = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]


def key_usage(*, sign: bool = False, issue: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(sign, False, False, False, False, issue, issue, False, False)


def name(text: str, *more: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    parts = ((NameOID.COMMON_NAME, text), *more)
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


class Issuer:
    """A licensed authority as others build it, with every choice open."""

    def __init__(self, text: str, issuer: "Issuer | None" = None, **options: object) -> None:
        self.name = name(text)
        self.key = P256SigningKey(sha256(text.encode())).private
        signer = issuer or self
        self.der = signer.issue(self.name, self.key.public_key(), ca=True, **options)  # type: ignore[arg-type]  # options of issue

    def issue(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
        *,
        ca: bool = False,
        path: object = None,
        usage: object = "usual",
        constraints: bool = True,
        change: object = None,
        hash_: object = None,
    ) -> bytes:
        start = datetime.fromtimestamp(FROM // 1000, UTC)
        builder = x509.CertificateBuilder(self.name, subject, key, 77, start, start + timedelta(days=900))
        if constraints:
            length = path if isinstance(path, int) else None
            builder = builder.add_extension(x509.BasicConstraints(ca, length), critical=True)
        if usage == "usual":
            usage = key_usage(sign=not ca, issue=ca)
        if isinstance(usage, x509.KeyUsage):
            builder = builder.add_extension(usage, critical=True)
        if callable(change):
            builder = change(builder)
        used = hash_ if isinstance(hash_, hashes.HashAlgorithm) else hashes.SHA256()
        return builder.sign(self.key, used).public_bytes(Encoding.DER)  # type: ignore[arg-type]  # any hash may be asked for

    def leaf(self, **options: object) -> bytes:
        subject = name("精工机械有限公司", (NameOID.SERIAL_NUMBER, USCC))
        public = P256SigningKey(bytes(32)).private.public_key()
        return self.issue(subject, public, **options)  # type: ignore[arg-type]  # options of issue


ROOT = Issuer("Licensed Root")


def test_an_enterprise_is_named_by_its_code() -> None:
    subject = verify_chain(LEAF, [AUTHORITY.root], NOW, allow_test=True)
    assert (subject.kind, subject.name, subject.identifier) == ("enterprise", "精工机械有限公司", USCC)
    assert subject.key == KEY.public
    assert subject.certificate == certificate_digest(LEAF) == sha256(LEAF).hex()
    assert (subject.not_before_ms, subject.not_after_ms) == (FROM, UNTIL)
    assert subject.is_test


@pytest.mark.parametrize("scheme", ["ed25519", "p256"])
def test_a_person_is_named_by_a_pseudonym(scheme: str) -> None:
    key = signing_key_from_seed(scheme, bytes(32))
    der = AUTHORITY.issue_person("P-7Q2K", key.public, FROM, UNTIL)
    subject = verify_chain(der, [AUTHORITY.root], NOW, allow_test=True)
    assert (subject.kind, subject.identifier, subject.key) == ("person", "P-7Q2K", key.public)
    assert certificate_key(der) == key.public


def test_the_test_authority_repeats_itself() -> None:
    again = TestAuthority(b"\x21" * 32, from_ms=FROM)
    assert again.root == AUTHORITY.root
    assert again.issue_enterprise("精工机械有限公司", USCC, KEY.public, FROM, UNTIL) == LEAF
    assert repr(again) == "<test authority>"


def test_a_test_certificate_is_refused_in_production() -> None:
    with pytest.raises(CertificateNotValid, match="test authority"):
        verify_chain(LEAF, [AUTHORITY.root], NOW)


def test_the_test_authority_certifies_no_inadmissible_key() -> None:
    with pytest.raises(KeyNotAdmissible):
        AUTHORITY.issue_person("P-1", "ed25519:" + "01" + "00" * 31, FROM, UNTIL)


def test_a_licensed_authority_is_no_test() -> None:
    subject = verify_chain(ROOT.leaf(), [AUTHORITY.root, ROOT.der], NOW)
    assert not subject.is_test


@pytest.mark.parametrize("at_ms", [FROM - 1, UNTIL + 1, UNTIL + 9 * 365 * DAY])
def test_a_certificate_out_of_its_time_is_refused(at_ms: int) -> None:
    with pytest.raises(CertificateNotValid, match="not valid at that time"):
        verify_chain(LEAF, [AUTHORITY.root], at_ms, allow_test=True)


@pytest.mark.parametrize("at_ms", [FROM, UNTIL])
def test_both_ends_of_the_validity_are_included(at_ms: int) -> None:
    verify_chain(LEAF, [AUTHORITY.root], at_ms, allow_test=True)


def test_an_unknown_authority_is_refused() -> None:
    stranger = TestAuthority(b"\x22" * 32, from_ms=FROM)
    with pytest.raises(CertificateNotValid, match="no trusted authority"):
        verify_chain(LEAF, [], NOW, allow_test=True)
    with pytest.raises(CertificateNotValid, match="no trusted authority") as refused:
        verify_chain(LEAF, [stranger.root], NOW, allow_test=True)
    assert refused.value.code == "CERTIFICATE_NOT_VALID"


def test_a_revoked_certificate_is_refused() -> None:
    listing = AUTHORITY.revocation_list([LEAF], NOW)
    revoked = revoked_by(listing, AUTHORITY.root, NOW)
    assert len(revoked) == 1
    with pytest.raises(CertificateNotValid, match="revoked"):
        verify_chain(LEAF, [AUTHORITY.root], NOW, revoked, allow_test=True)
    other = AUTHORITY.issue_enterprise("远山", USCC, KEY.public, FROM, UNTIL)
    verify_chain(other, [AUTHORITY.root], NOW, revoked, allow_test=True)


def test_a_revocation_list_must_be_current_and_signed_by_its_authority() -> None:
    listing = AUTHORITY.revocation_list([], NOW)
    assert revoked_by(listing, AUTHORITY.root, NOW) == frozenset()
    assert revoked_by(listing, AUTHORITY.root, NOW + 7 * DAY) == frozenset()
    for at_ms in (NOW - 1, NOW + 7 * DAY + 1):
        with pytest.raises(CertificateNotValid, match="not of that time"):
            revoked_by(listing, AUTHORITY.root, at_ms)
    stranger = TestAuthority(b"\x22" * 32, from_ms=FROM)
    with pytest.raises(CertificateNotValid, match="not signed by its authority"):
        revoked_by(listing, stranger.root, NOW)
    with pytest.raises(CertificateNotValid, match="cannot be read"):
        revoked_by(b"no list", AUTHORITY.root, NOW)


@pytest.mark.parametrize("der", [b"", b"no certificate", LEAF[:-1], LEAF + b"\0"])
def test_what_cannot_be_read_is_refused(der: bytes) -> None:
    with pytest.raises(CertificateNotValid, match="cannot be read"):
        verify_chain(der, [AUTHORITY.root], NOW, allow_test=True)


@pytest.mark.parametrize("version", [1, 3, 4, 127])
def test_a_version_that_there_is_not_is_refused(version: int) -> None:
    third = bytes.fromhex("a003020102")
    assert third in LEAF
    with pytest.raises(CertificateNotValid, match="cannot be read"):
        certificate_subject(LEAF.replace(third, third[:-1] + bytes([version]), 1))


def test_a_validity_in_the_year_0_is_refused() -> None:
    late = AUTHORITY.issue_enterprise("精工机械有限公司", USCC, KEY.public, FROM, 4_000_000_000_000)
    assert late.count(b"\x18\x0f2096") == 1
    with pytest.raises(CertificateNotValid, match="cannot be read"):
        certificate_subject(late.replace(b"\x18\x0f2096", b"\x18\x0f0000"))


def test_a_name_of_bits_is_refused() -> None:
    # The common name, as a string of UTF-8 and then as one of bits.
    begin = LEAF.index(bytes.fromhex("0603550403")) + 5
    assert LEAF[begin] == 0x0C
    with pytest.raises(CertificateNotValid, match="cannot be read"):
        certificate_subject(LEAF[:begin] + b"\x03" + LEAF[begin + 1 :])


@pytest.mark.filterwarnings(
    "ignore"
)  # the library says that a later version of it will not read such a number
def test_a_serial_number_that_is_not_positive_is_refused() -> None:
    begin = LEAF.index(bytes.fromhex("a003020102")) + 5
    assert LEAF[begin] == 2
    with pytest.raises(CertificateNotValid, match="not positive"):
        certificate_subject(LEAF[: begin + 2] + b"\x80" + LEAF[begin + 3 :])


@pytest.mark.filterwarnings("ignore")
@given(st.lists(st.tuples(st.integers(0, len(LEAF) - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_whatever_bytes_are_changed_it_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    changed = bytearray(LEAF)
    for place, value in changes:
        changed[place] = value
    with contextlib.suppress(CertificateNotValid):
        certificate_subject(bytes(changed))


def test_a_certificate_or_chain_that_is_too_long_is_refused() -> None:
    with pytest.raises(CertificateNotValid, match="it is too long"):
        verify_chain(bytes(CERTIFICATE_MAX + 1), [AUTHORITY.root], NOW)
    with pytest.raises(CertificateNotValid, match="too many"):
        verify_chain(LEAF, [AUTHORITY.root], NOW, intermediates=[LEAF] * 4)


def test_one_changed_byte_is_found() -> None:
    changed = LEAF.replace(USCC.encode(), b"91310000MA1FL0A02J")
    assert changed != LEAF
    with pytest.raises(CertificateNotValid, match="no trusted authority"):
        verify_chain(changed, [AUTHORITY.root], NOW, allow_test=True)


def test_an_intermediate_authority_may_stand_between() -> None:
    middle = Issuer("Middle", ROOT)
    lower = Issuer("Lower", middle)
    subject = verify_chain(lower.leaf(), [ROOT.der], NOW, intermediates=[middle.der, lower.der])
    assert subject.identifier == USCC
    with pytest.raises(CertificateNotValid, match="no trusted authority"):
        verify_chain(lower.leaf(), [ROOT.der], NOW, intermediates=[lower.der])


def test_a_chain_of_five_is_too_long() -> None:
    issuers = [Issuer("A", ROOT)]
    for text in "BC":
        issuers.append(Issuer(text, issuers[-1]))
    with pytest.raises(CertificateNotValid, match="no trusted authority"):
        verify_chain(issuers[-1].leaf(), [ROOT.der], NOW, intermediates=[ca.der for ca in issuers])


def test_an_authority_may_limit_the_authorities_below_it() -> None:
    root = Issuer("Short", path=0)
    verify_chain(root.leaf(), [root.der], NOW)
    middle = Issuer("Middle", root)
    with pytest.raises(CertificateNotValid, match="longer than its issuer allows"):
        verify_chain(middle.leaf(), [root.der], NOW, intermediates=[middle.der])


@pytest.mark.parametrize(
    "options",
    [{"usage": key_usage(sign=True)}, {"usage": None}, {"constraints": False}],
)
def test_an_issuer_that_may_not_issue_is_refused(options: dict[str, object]) -> None:
    root = Issuer("Odd", None, **options)
    with pytest.raises(CertificateNotValid, match="may not issue"):
        verify_chain(root.leaf(), [root.der], NOW)


def test_the_holder_of_a_certificate_issues_none() -> None:
    holder = Issuer("Holder")
    holder.der = ROOT.issue(holder.name, holder.key.public_key())
    with pytest.raises(CertificateNotValid, match="may not issue"):
        verify_chain(holder.leaf(), [ROOT.der], NOW, intermediates=[holder.der])


def test_a_revoked_intermediate_spoils_what_is_below() -> None:
    middle = Issuer("Middle", ROOT)
    revoked = {(certificate_digest(ROOT.der), 77)}
    with pytest.raises(CertificateNotValid, match="revoked"):
        verify_chain(middle.leaf(), [ROOT.der], NOW, revoked, intermediates=[middle.der])


def test_an_authority_is_nobodys_identity() -> None:
    with pytest.raises(CertificateNotValid, match="authority's own"):
        verify_chain(ROOT.der, [ROOT.der], NOW)


@pytest.mark.parametrize("usage", [None, key_usage()])
def test_a_key_that_is_not_for_signatures_is_refused(usage: object) -> None:
    with pytest.raises(CertificateNotValid, match="not meant for signatures"):
        verify_chain(ROOT.leaf(usage=usage), [ROOT.der], NOW)


def test_a_leaf_without_basic_constraints_passes() -> None:
    assert verify_chain(ROOT.leaf(constraints=False), [ROOT.der], NOW).identifier == USCC


def test_an_unknown_critical_extension_is_refused_and_an_uncritical_one_ignored() -> None:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    verify_chain(ROOT.leaf(change=lambda b: b.add_extension(odd, critical=False)), [ROOT.der], NOW)
    with pytest.raises(CertificateNotValid, match=r"1\.2\.3\.4 is unknown"):
        verify_chain(ROOT.leaf(change=lambda b: b.add_extension(odd, critical=True)), [ROOT.der], NOW)


@pytest.mark.parametrize(
    "attributes",
    [
        (),
        ((NameOID.SERIAL_NUMBER, USCC), (NameOID.PSEUDONYM, "P-1")),
        ((NameOID.SERIAL_NUMBER, USCC), (NameOID.SERIAL_NUMBER, "91310000MA1FL0A02J")),
    ],
)
def test_a_subject_that_is_not_clearly_one_is_refused(
    attributes: tuple[tuple[x509.ObjectIdentifier, str], ...],
) -> None:
    der = ROOT.issue(name("X", *attributes), P256SigningKey(bytes(32)).private.public_key())
    with pytest.raises(CertificateNotValid, match="neither an enterprise"):
        verify_chain(der, [ROOT.der], NOW)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        rsa.generate_private_key(65537, 2048).public_key(),
    ],
)
def test_a_key_of_another_scheme_is_refused(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> None:
    der = ROOT.issue(name("X", (NameOID.SERIAL_NUMBER, USCC)), key)
    with pytest.raises(CertificateNotValid, match="neither Ed25519 nor P-256"):
        verify_chain(der, [ROOT.der], NOW)


def swapped(old: str, new: bytes) -> bytes:
    """A certificate with another public key put into its bytes; its signature no longer matters."""
    key = signing_key_from_seed("ed25519", bytes(32))
    der = AUTHORITY.issue_person("P-1", key.public, FROM, UNTIL)
    raw = bytes.fromhex(key.public.removeprefix(old))
    assert raw in der
    return der.replace(raw, new)


def test_a_certificate_of_an_inadmissible_key_is_refused() -> None:
    with pytest.raises(CertificateNotValid, match="not admissible: the point has small order"):
        certificate_key(swapped("ed25519:", (1).to_bytes(32, "little")))


def test_a_certificate_whose_key_is_no_point_is_refused() -> None:
    point = P256SigningKey(bytes(32)).private.public_key()
    raw = point.public_numbers().x.to_bytes(32, "big")
    der = ROOT.leaf()
    assert raw in der
    with pytest.raises(CertificateNotValid, match="key cannot be read"):
        certificate_key(der.replace(raw, bytes(32)))


def test_a_weak_hash_is_no_signature() -> None:
    with pytest.raises(CertificateNotValid, match="no trusted authority"):
        verify_chain(ROOT.leaf(hash_=hashes.SHA224()), [ROOT.der], NOW)


def test_a_p256_certificate_gives_the_compressed_point() -> None:
    assert certificate_key(LEAF) == KEY.public
    assert key_text("p256", bytes.fromhex(KEY.public[5:])) == KEY.public
