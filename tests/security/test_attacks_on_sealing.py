"""Attacks 9, 10, 11 and 13: sealed parts, identity signatures and keys that are not what they seem."""

import msgspec
import pytest

from tallychain.contracts.vouchers.operations import Decline, Take
from tallychain.crypto.digest import sha256
from tallychain.crypto.identity import verify_identity
from tallychain.crypto.sealing import CannotOpen, WrapsDiffer
from tallychain.crypto.tests.edwards import every_encoding, torsion
from tallychain.ledger import codec
from tallychain.ledger.holder import IdentityContent, Receiver
from tallychain.ledger.operation import (
    Body,
    Signature,
    SignedOperation,
)
from tallychain.ledger.refusals import Inadmissible
from tallychain.sdk.opening import check_wraps, statement_of
from tallychain.testkit.world import Variation, World
from tests.deals import TRADE, Deals, code, content, done
from tests.security.parts import Reader, read, signed_again, wrongly_wrapped

SMALL_ORDER = [raw.hex() for raw in every_encoding(torsion())]
IDENTITY_POINT = "01" + "00" * 31
LOW_X25519 = [
    "00" * 32,
    "01" + "00" * 31,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
]
"""Points of X25519 with which every shared secret is zero."""


@pytest.fixture
def deals() -> Deals:
    return Deals(World())


@pytest.fixture
def reader(deals: Deals) -> Reader:
    return Reader(deals.world)


def offer_of(deals: Deals, client: str, to: str) -> SignedOperation:
    voucher = deals.active(client)
    args = deals.offer_args(voucher, deals.world.receiver(to))
    return deals.world.act("voucher.offer", args, by=voucher.receiver.tag, content={"trade": TRADE})


@pytest.mark.attack(9)
def test_a_sealed_part_copied_into_a_rivals_operation_opens_for_nobody(deals: Deals, reader: Reader) -> None:
    world = deals.world
    _, victim, box = read(offer_of(deals, "s1", "s2"), "trade")
    own = offer_of(deals, "s4", "s3")
    body, replaced, _ = read(own, "trade")
    # The rival keeps the recipients that its own operation must have and adds the victim's commitment and box.
    copied = msgspec.structs.replace(victim, to=replaced.to)
    for part in (copied, victim):
        sealed = tuple(part if old.label == "trade" else old for old in body.sealed)
        boxes = {digest: data for digest, data in own.boxes.items() if digest != replaced.box}
        nonce = sha256(part.to[0].encode()).hex()[:32] if part is victim else body.nonce
        rival = signed_again(
            world, msgspec.structs.replace(body, sealed=sealed, nonce=nonce), {**boxes, victim.box: box}
        )
        changed = codec.decode(Body, rival.body)
        for name in part.to:
            with pytest.raises(CannotOpen):
                reader.open(changed, part, box, name)
        answer = world.submit([rival], carrier="bank-b")[0]
        # With the victim's recipients the ledger refuses it; with its own it stands there and says nothing to anybody.
        assert code(answer) == ("DONE" if part is copied else "RECIPIENT_MISSING")


@pytest.mark.attack(9)
@pytest.mark.parametrize(
    "change",
    [
        {"chain": "other-1"},
        {"type": "voucher.decline"},
        {"version": 2},
        {"author": "member:bank-b"},
        {"via": "bank-b"},
        {"nonce": "00" * 16},
        {"args": msgspec.Raw(b"{}")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_sealed_part_opens_only_in_the_operation_that_it_was_made_for(
    deals: Deals, reader: Reader, change: dict[str, object]
) -> None:
    body, part, box = read(offer_of(deals, "s1", "s2"), "trade")
    for name in part.to:
        assert reader.open(body, part, box, name).content == codec.encode(TRADE)

    for name in part.to:
        with pytest.raises(CannotOpen):
            reader.open(msgspec.structs.replace(body, **change), part, box, name)


@pytest.mark.attack(9)
def test_a_sealed_part_opens_under_no_other_label_and_for_no_other_circle(
    deals: Deals, reader: Reader
) -> None:
    body, part, box = read(offer_of(deals, "s1", "s2"), "trade")
    wider = tuple(sorted((*part.to, "member:bank-b#1")))

    for changed in (msgspec.structs.replace(part, label="tradeb"), msgspec.structs.replace(part, to=wider)):
        for name in part.to:
            with pytest.raises(CannotOpen):
                reader.open(body, changed, box, name)


@pytest.mark.attack(10)
@pytest.mark.parametrize("deceived", ["member:ce-a#1", "member:supervisor#1"])
def test_a_wrong_key_for_issuer_or_supervisor_is_found_by_any_honest_recipient(
    deals: Deals, reader: Reader, deceived: str
) -> None:
    honest = offer_of(deals, "s1", "s2")
    false = wrongly_wrapped(deals.world, honest, "identity", deceived)

    # The ledger cannot see it ...
    done(deals.world.submit([false], carrier="bank-a")[0])
    shown, lying, bad = read(false, "identity")
    keys = reader.keys(lying)
    with pytest.raises(CannotOpen):
        reader.open(shown, lying, bad, deceived)
    # ... and everybody else who opens the part knows it, and for whom.
    for name in lying.to:
        if name != deceived:
            mine = reader.open(shown, lying, bad, name)
            with pytest.raises(WrapsDiffer) as found:
                check_wraps(shown, lying, bad, keys, mine)
            assert found.value.position == lying.to.index(deceived)


@pytest.mark.attack(10)
def test_parts_of_an_honest_gateway_are_what_their_content_determines(deals: Deals, reader: Reader) -> None:
    honest = offer_of(deals, "s1", "s4")
    for label in ("identity", "trade"):
        body, part, box = read(honest, label)
        for name in part.to:
            check_wraps(body, part, box, reader.keys(part), reader.open(body, part, box, name))


def identity_of(reader: Reader, operation: SignedOperation) -> tuple[Body, IdentityContent]:
    body, part, box = read(operation, "identity")
    return body, codec.decode(IdentityContent, reader.open(body, part, box, part.to[0]).content)


@pytest.mark.attack(11)
def test_an_identity_signature_from_a_trial_chain_proves_nothing_here(deals: Deals, reader: Reader) -> None:
    world = deals.world
    voucher = deals.active("s1")
    named = world.receiver("s2")
    (offer,) = deals.offered(voucher, named)
    args, nonce = Take(voucher.number, offer), bytes(16)
    trial = world.act("voucher.take", args, by=named.tag, vary=Variation(nonce=nonce, chain="trial-0"))
    here = world.act("voucher.take", args, by=named.tag, vary=Variation(nonce=nonce))
    rehearsed, signed = identity_of(reader, trial)
    certificate = reader.client(named.tag).certificate

    assert verify_identity(certificate, statement_of(rehearsed), bytes.fromhex(signed.signature))
    shown = codec.decode(Body, here.body)
    assert not verify_identity(certificate, statement_of(shown), bytes.fromhex(signed.signature))
    with pytest.raises(Inadmissible, match="WRONG_CHAIN"):
        world.submit([trial], carrier="bank-a")


@pytest.mark.attack(11)
@pytest.mark.parametrize("same_nonce", [True, False])
def test_the_identity_signature_of_a_declined_offer_proves_no_taking(
    deals: Deals, reader: Reader, same_nonce: bool
) -> None:
    world = deals.world
    voucher = deals.active("s1")
    named = world.receiver("s2")
    offer, other = deals.offered(voucher, named, world.receiver("s3"))
    vary = Variation(nonce=bytes(16))
    declined = world.act("voucher.decline", Decline(voucher.number, offer), by=named.tag, vary=vary)
    done(world.submit([declined], carrier="bank-a")[0])
    _, signed = identity_of(reader, declined)
    certificate = reader.client(named.tag).certificate
    for act in (Take(voucher.number, offer), Take(voucher.number, other)):
        shown = world.act("voucher.take", act, by=named.tag, vary=vary if same_nonce else Variation())
        statement = statement_of(codec.decode(Body, shown.body))
        assert not verify_identity(certificate, statement, bytes.fromhex(signed.signature))
        _, own = identity_of(reader, shown)
        assert verify_identity(certificate, statement, bytes.fromhex(own.signature))


@pytest.mark.attack(11)
def test_an_identity_signature_covers_every_other_sealed_part(deals: Deals, reader: Reader) -> None:
    offer = offer_of(deals, "s1", "s2")
    body, signed = identity_of(reader, offer)
    certificate = reader.client(body.author.removeprefix("tag:")).certificate
    assert verify_identity(certificate, statement_of(body), bytes.fromhex(signed.signature))

    trade = next(part for part in body.sealed if part.label == "trade")
    for forged in (
        msgspec.structs.replace(trade, commitment="0" * 64),
        msgspec.structs.replace(trade, label="tradeb"),
    ):
        sealed = tuple(forged if part.label == "trade" else part for part in body.sealed)
        shown = msgspec.structs.replace(body, sealed=sealed)
        assert not verify_identity(certificate, statement_of(shown), bytes.fromhex(signed.signature))
    left_out = msgspec.structs.replace(body, sealed=tuple(p for p in body.sealed if p.label != "trade"))
    assert not verify_identity(certificate, statement_of(left_out), bytes.fromhex(signed.signature))


@pytest.mark.attack(13)
@pytest.mark.parametrize("raw", SMALL_ORDER)
def test_no_small_order_key_is_named_as_a_receiver(deals: Deals, raw: str) -> None:
    good = deals.world.receiver("s2")
    bad = Receiver(f"ed25519:{raw}", good.sealing, "bank-a")
    voucher = deals.active("s1")
    before = content(deals.world)

    assert (
        code(deals.world.do("voucher.issue", deals.promise(bad), by="ce-a")) == "RECEIVER_KEY_NOT_ADMISSIBLE"
    )
    assert code(deals.offer(voucher, bad)) == "RECEIVER_KEY_NOT_ADMISSIBLE"

    assert content(deals.world) == before


@pytest.mark.attack(13)
@pytest.mark.parametrize("raw", SMALL_ORDER)
def test_a_small_order_key_that_anybody_signs_with_speaks_for_no_title(deals: Deals, raw: str) -> None:
    """A signature by such a key may well verify; nothing can ever be given to it, so it says nothing of worth."""
    world = deals.world
    voucher = deals.active("s1")
    (offer,) = deals.offered(voucher, world.receiver("s2"))
    key = f"ed25519:{raw}"
    before = content(world)
    for act in (
        world.act("voucher.offer", deals.offer_args(voucher, world.receiver("s3")), by=voucher.receiver.tag),
        world.act("voucher.take", Take(voucher.number, offer), by=voucher.receiver.tag),
    ):
        body = codec.decode(Body, act.body)
        text = codec.encode(msgspec.structs.replace(body, author=f"tag:{key}"))
        anybody = Signature("holder", key, bytes.fromhex(IDENTITY_POINT) + bytes(32))
        try:
            answers = [
                code(a)
                for a in world.submit([SignedOperation(text, (anybody,), act.boxes)], carrier="bank-a")
            ]
        except Inadmissible as refusal:
            answers = [refusal.code]
        assert answers[0] in {"SIGNATURE_FALSE", "NOT_THE_HOLDER", "NOT_THE_NAMED_RECEIVER"}
        assert content(world) == before


@pytest.mark.attack(13)
@pytest.mark.parametrize("raw", LOW_X25519)
def test_no_key_that_leaks_every_secret_is_named_as_a_receivers_sealing_key(deals: Deals, raw: str) -> None:
    good = deals.world.receiver("s2")
    bad = Receiver(good.tag, f"x25519:{raw}", "bank-a")

    # An honest gateway cannot even seal to it; a dishonest one that leaves it out is refused.
    vary = Variation(without=frozenset({bad.sealing}))
    answer = deals.world.do("voucher.issue", deals.promise(bad), by="ce-a", vary=vary)

    assert code(answer) in {"RECIPIENT_MISSING", "RECEIVER_KEY_NOT_ADMISSIBLE"}
