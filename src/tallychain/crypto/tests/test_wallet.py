from pathlib import Path
from typing import Any

import pytest

from tallychain.crypto.keyfile import KeyFileRefused, WrongPassphrase, read_public
from tallychain.crypto.tests.vectors import cases, unhex
from tallychain.crypto.wallet import (
    GAP,
    NotThisPart,
    SignRoot,
    UsedTags,
    ViewRoot,
    Wallet,
    find_used,
    nonce,
    reference,
    tag_author,
)

N = 2**10
SEED = bytes(range(32))
WALLET = Wallet.from_seed(SEED)


@pytest.mark.parametrize("case", cases("wallet"))
def test_every_wallet_vector_holds(case: dict[str, Any]) -> None:
    wallet = Wallet.from_seed(unhex(case["seed"]))
    secret = wallet.view.seat_secret
    assert secret.hex() == case["seat_secret"]
    assert wallet.sign.identity_key().public == case["identity_ed25519"]
    assert wallet.sign.identity_key("p256").public == case["identity_p256"]
    for tag in case["tags"]:
        assert wallet.sign.tag_key(tag["counter"]).public == tag["signing"]
        assert wallet.view.sealing_key(tag["counter"]).public == tag["sealing"]
    for entry in case["nonces"]:
        assert nonce(secret, entry["type"], entry["idempotency_key"]).hex() == entry["nonce"]
    for entry in case["references"]:
        assert reference(secret, entry["business_number"]).hex() == entry["reference"]


def test_no_two_keys_of_a_wallet_are_the_same() -> None:
    keys = {WALLET.sign.tag_key(i).public for i in range(50)}
    keys |= {WALLET.sign.identity_key(generation=i).public for i in range(50)}
    assert len(keys) == 100
    assert len({WALLET.view.sealing_key(i).public for i in range(50)}) == 50


def test_the_two_roots_are_stored_and_unlocked_apart(tmp_path: Path) -> None:
    view, sign = tmp_path / "view.json", tmp_path / "sign.json"
    WALLET.view.save(view, "of the gateway", n=N)
    WALLET.sign.save(sign, "of the owner", n=N)
    loaded = ViewRoot.load(view, "of the gateway")
    assert loaded.sealing_key(7).public == WALLET.view.sealing_key(7).public
    assert loaded.seat_secret == WALLET.view.seat_secret
    with pytest.raises(WrongPassphrase):
        SignRoot.load(sign, "of the gateway")
    assert SignRoot.load(sign, "of the owner").tag_key(7).public == WALLET.sign.tag_key(7).public
    assert read_public(sign) == ("sign-root", WALLET.sign.identity_key().public)


def test_one_root_is_not_taken_for_the_other(tmp_path: Path) -> None:
    WALLET.view.save(tmp_path / "view.json", "p", n=N)
    with pytest.raises(NotThisPart, match="holds a view-root, not a sign-root"):
        SignRoot.load(tmp_path / "view.json", "p")


def test_a_root_is_overwritten_only_when_asked(tmp_path: Path) -> None:
    other = Wallet.generate()
    for root, path in ((WALLET.view, tmp_path / "v"), (WALLET.sign, tmp_path / "s")):
        root.save(path, "p", n=N)
        with pytest.raises(KeyFileRefused, match="not overwritten"):
            root.save(path, "p", n=N)
    other.view.save(tmp_path / "v", "p", n=N, replace=True)
    other.sign.save(tmp_path / "s", "p", n=N, replace=True)
    assert ViewRoot.load(tmp_path / "v", "p").seat_secret == other.view.seat_secret
    assert SignRoot.load(tmp_path / "s", "p").identity_key().public == other.sign.identity_key().public


def test_a_seed_of_another_length_makes_no_wallet() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Wallet.from_seed(bytes(31))


def test_generated_wallets_differ() -> None:
    assert Wallet.generate().view.seat_secret != Wallet.generate().view.seat_secret


@pytest.mark.attack(12)
def test_the_same_act_has_the_same_nonce_and_another_act_another() -> None:
    secret = WALLET.view.seat_secret
    first = nonce(secret, "voucher.issue", "order-1")
    assert len(first) == 16
    assert first == nonce(secret, "voucher.issue", "order-1")
    others = [
        nonce(secret, "voucher.issue", "order-2"),
        nonce(secret, "voucher.offer", "order-1"),
        nonce(bytes(32), "voucher.issue", "order-1"),
    ]
    assert first not in others


def test_a_reference_hides_its_business_number_and_is_not_a_nonce() -> None:
    assert len(reference(SEED, "INV-1")) == 16
    assert reference(SEED, "INV-1") != reference(bytes(32), "INV-1")
    assert reference(SEED, "INV-1") != reference(SEED, "INV-2")


def test_used_tags_are_found_again_across_gaps_of_at_most_200() -> None:
    used = {f"k{i}" for i in (0, 3, 203, 403)}
    assert find_used("k{}".format, used.__contains__) == UsedTags((0, 3, 203, 403), 404)
    beyond = used | {"k604"}
    assert find_used("k{}".format, beyond.__contains__) == UsedTags((0, 3, 203, 403), 404)
    first_at = {f"k{GAP - 1}"}
    assert find_used("k{}".format, first_at.__contains__) == UsedTags((GAP - 1,), GAP)


def test_an_unused_wallet_starts_at_zero() -> None:
    assert find_used("k{}".format, lambda key: False, gap=5) == UsedTags((), 0)


def test_a_wallet_is_rebuilt_from_the_view_root_alone() -> None:
    known = {WALLET.view.sealing_key(i).public for i in (0, 2)}
    found = find_used(lambda i: WALLET.view.sealing_key(i).public, known.__contains__, gap=10)
    assert found == UsedTags((0, 2), 3)


def test_a_tag_as_author_names_its_scheme() -> None:
    assert tag_author(WALLET.sign.tag_key(0).public).startswith("tag:ed25519:")


def test_roots_do_not_show_themselves() -> None:
    assert repr(WALLET) == "Wallet(view=<view root of a wallet>, sign=<sign root of a wallet>)"
