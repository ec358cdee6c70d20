from typing import Any

import msgspec
import pytest

from tallychain.crypto import identity
from tallychain.crypto.authority import TestAuthority
from tallychain.crypto.certificates import verify_chain
from tallychain.crypto.identity import (
    CardNotValid,
    TagCard,
    decode_card,
    encode_card,
    identity_statement,
    sign_card,
    sign_identity,
    verify_card,
    verify_identity,
)
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import verify
from tallychain.crypto.tests.vectors import cases, unhex
from tallychain.crypto.wallet import Wallet, tag_author

FROM, UNTIL, NOW = 1_767_225_600_000, 1_830_297_600_000, 1_795_441_000_000
AUTHORITY = TestAuthority(b"\x21" * 32, from_ms=FROM)
WALLET = Wallet.from_seed(bytes(32))
KEY = WALLET.sign.identity_key()
CERTIFICATE = AUTHORITY.issue_person("P-7Q2K", KEY.public, FROM, UNTIL)
CARD = sign_card(
    KEY,
    chain="alliance-1",
    tag=tag_author(WALLET.sign.tag_key(0).public),
    sealing=WALLET.view.sealing_key(0).public,
    sponsor="bank-a",
    valid_until=NOW,
    certificate=CERTIFICATE,
)
ACT: dict[str, Any] = {
    "chain": "alliance-1",
    "type": "voucher.take",
    "version": 1,
    "author": CARD.tag,
    "via": "bank-a",
    "nonce": bytes(16),
    "expires": NOW,
    "args_digest": bytes(32),
    "parts": (("trade", bytes(32)),),
}


@pytest.mark.parametrize("case", cases("identity"))
def test_every_identity_vector_holds(case: dict[str, Any]) -> None:
    certificate, root = unhex(case["certificate"]), unhex(case["root"])
    subject = verify_chain(certificate, [root], NOW, allow_test=True)
    card = decode_card(case["card"].encode())
    verify_card(card, certificate, chain="alliance-1", at_ms=NOW)
    assert verify(subject.key, unhex(case["message"]), unhex(card.signature))
    act = dict(case["statement"])
    expected, signature = unhex(act.pop("digest")), unhex(act.pop("signature"))
    act["nonce"], act["args_digest"] = unhex(act["nonce"]), unhex(act["args_digest"])
    act["parts"] = [(label, unhex(commitment)) for label, commitment in act["parts"]]
    assert identity_statement(**act) == expected
    assert verify_identity(certificate, expected, signature)


@pytest.mark.parametrize("scheme", ["ed25519", "p256"])
def test_an_identity_signature_is_that_of_the_certified_key(scheme: str) -> None:
    key = WALLET.sign.identity_key(scheme)
    certificate = AUTHORITY.issue_person("P-1", key.public, FROM, UNTIL)
    statement = identity_statement(**ACT)
    assert verify_identity(certificate, statement, sign_identity(key, statement))
    stranger = signing_key_from_seed(scheme, bytes([9]) * 32)
    assert not verify_identity(certificate, statement, sign_identity(stranger, statement))


@pytest.mark.attack(11)
@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("chain", "trial-1"),
        ("type", "voucher.decline"),
        ("version", 2),
        ("author", "tag:ed25519:other"),
        ("via", "bank-b"),
        ("nonce", bytes(15) + b"\1"),
        ("expires", NOW + 1),
        ("args_digest", bytes(31) + b"\1"),
        ("parts", ()),
        ("parts", (("terms", bytes(32)),)),
        ("parts", (("trade", bytes(31) + b"\1"),)),
        ("parts", (("trade", bytes(32)), ("terms", bytes(32)))),
    ],
)
def test_an_identity_signature_shows_nothing_about_another_act(field: str, other: object) -> None:
    signature = sign_identity(KEY, identity_statement(**ACT))
    assert verify_identity(CERTIFICATE, identity_statement(**ACT), signature)
    assert not verify_identity(CERTIFICATE, identity_statement(**{**ACT, field: other}), signature)


def test_what_is_no_certificate_verifies_nothing() -> None:
    statement = identity_statement(**ACT)
    assert not verify_identity(b"no certificate", statement, sign_identity(KEY, statement))


def test_a_good_card_passes_until_the_end_of_its_time() -> None:
    verify_card(CARD, CERTIFICATE, chain="alliance-1", at_ms=NOW)
    with pytest.raises(CardNotValid, match="its time is over") as refused:
        verify_card(CARD, CERTIFICATE, chain="alliance-1", at_ms=NOW + 1)
    assert refused.value.code == "CARD_NOT_VALID"


def test_a_card_of_another_chain_is_refused() -> None:
    with pytest.raises(CardNotValid, match="another chain"):
        verify_card(CARD, CERTIFICATE, chain="trial-1", at_ms=NOW)


def test_a_card_with_another_certificate_is_refused() -> None:
    other = AUTHORITY.issue_person("P-OTHER", KEY.public, FROM, UNTIL)
    with pytest.raises(CardNotValid, match="another certificate"):
        verify_card(CARD, other, chain="alliance-1", at_ms=NOW)


@pytest.mark.attack(3)
@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("tag", tag_author(WALLET.sign.tag_key(1).public)),
        ("sealing", WALLET.view.sealing_key(1).public),
        ("sponsor", "bank-b"),
        ("valid_until", NOW + 1),
        ("signature", "00" * 64),
        ("signature", "no hex"),
    ],
)
def test_a_card_with_one_field_replaced_is_refused(field: str, other: object) -> None:
    changed = msgspec.structs.replace(CARD, **{field: other})
    with pytest.raises(CardNotValid, match="not that of the certified key"):
        verify_card(changed, CERTIFICATE, chain="alliance-1", at_ms=NOW)


@pytest.mark.attack(13)
@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("tag", "tag:ed25519:" + "01" + "00" * 31),
        ("tag", WALLET.sign.tag_key(0).public),
        ("tag", "member:bank-a"),
        ("sealing", "x25519:" + "00" * 32),
    ],
)
def test_a_card_naming_a_key_that_anybody_could_use_is_refused(field: str, other: str) -> None:
    fields = {"tag": CARD.tag, "sealing": CARD.sealing, field: other}
    card = sign_card(
        KEY, chain="alliance-1", sponsor="bank-a", valid_until=NOW, certificate=CERTIFICATE, **fields
    )
    with pytest.raises(CardNotValid, match="not admissible"):
        verify_card(card, CERTIFICATE, chain="alliance-1", at_ms=NOW)


def test_a_card_is_read_from_its_one_spelling_only() -> None:
    text = encode_card(CARD)
    assert decode_card(text) == CARD
    assert text.startswith(b'{"chain":"alliance-1","tag":"tag:ed25519:')
    for bad in (text + b" ", text.replace(b":", b": ", 1), text[:-1] + b',"x":1}', b"{}", b"\xff"):
        with pytest.raises(CardNotValid):
            decode_card(bad)


def test_a_card_signature_is_no_identity_signature() -> None:
    assert not verify_identity(CERTIFICATE, identity_statement(**ACT), bytes.fromhex(CARD.signature))
    assert identity._card_message(CARD) != identity_statement(**ACT)


def test_a_card_is_frozen() -> None:
    with pytest.raises(AttributeError):
        CARD.sponsor = "bank-b"  # type: ignore[misc]  # that it cannot be set is what is tested
    assert isinstance(CARD, TagCard)
