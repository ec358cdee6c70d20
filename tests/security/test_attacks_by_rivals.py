"""Attacks 1, 2, 3, 12 and 15: somebody else's act is spoilt, changed, taken, done twice, or not carried."""

from pathlib import Path

import pytest

from tallychain.contracts.members.operations import Suspend
from tallychain.contracts.vouchers.operations import Accept, Take
from tallychain.contracts.vouchers.sponsoring.operations import ClaimSponsorIdle, Port
from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS
from tallychain.crypto.keys import SigningKey
from tallychain.instruments.money import Units
from tallychain.ledger.operation import Signature, SignedOperation, operation_id, signing_message
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.refusals import Inadmissible
from tallychain.testkit.people import derived
from tallychain.testkit.world import Variation, World
from tests.deals import PROMISE, Deals, code, content, done
from tests.security.doors import chain_of, with_new_header, with_operations, with_signatures


def signed_by(key: SigningKey, operation: SignedOperation, role: str = "holder") -> Signature:
    return Signature(
        role, key.public, key.sign(signing_message(operation_id(operation.body), role, key.public))
    )


@pytest.fixture
def deals() -> Deals:
    return Deals(World())


@pytest.mark.attack(1)
def test_a_rival_that_signs_and_submits_somebody_elses_act_first_does_not_spoil_it(deals: Deals) -> None:
    world = deals.world
    voucher = deals.issued("s1")
    tag = voucher.receiver.tag
    genuine = world.act("voucher.accept", Accept(voucher.number, voucher.promise), by=tag)
    rival = world.members["bank-b"].staff["maker"].key
    false = with_signatures(genuine, signed_by(rival, genuine))
    before = world.root

    assert world.submit([false], carrier="bank-a") == [
        NotTaken(operation_id(genuine.body), "KEY_NOT_OF_AUTHOR", "")
    ]
    assert world.root == before

    assert done(world.submit([genuine], carrier="bank-a")[0]).operation == operation_id(genuine.body)


@pytest.mark.attack(1)
def test_a_rival_cannot_carry_somebody_elses_act_in_its_own_envelope(deals: Deals) -> None:
    world = deals.world
    voucher = deals.issued("s1")
    genuine = world.act("voucher.accept", Accept(voucher.number, voucher.promise), by=voucher.receiver.tag)
    before = world.root

    with pytest.raises(Inadmissible, match="WRONG_CARRIER"):
        world.submit([genuine], carrier="bank-b")

    assert world.root == before
    done(world.submit([genuine], carrier="bank-a")[0])


@pytest.mark.attack(1)
def test_a_rival_cannot_use_up_a_nonce_in_somebody_elses_name(deals: Deals) -> None:
    world = deals.world
    nonce = derived(9, "nonce")[:16]
    staff = world.members["bank-b"].staff
    args = deals.promise(world.receiver("s1"))
    false = world.act(
        "voucher.issue",
        args,
        by="ce-a",
        vary=Variation(nonce=nonce, via="bank-b", keys=[staff["maker"].key, staff["checker"].key]),
    )

    assert code(world.submit([false], carrier="bank-b")[0]) == "KEY_NOT_OF_AUTHOR"

    done(world.do("voucher.issue", args, by="ce-a", content={"trade": PROMISE}, vary=Variation(nonce=nonce)))


@pytest.mark.attack(2)
def test_whoever_orders_envelopes_cannot_exchange_a_client_signature_in_one(
    deals: Deals, tmp_path: Path
) -> None:
    world = deals.world
    voucher = deals.issued("s1")
    genuine = world.act("voucher.accept", Accept(voucher.number, voucher.promise), by=voucher.receiver.tag)
    envelope = world.envelope([genuine], "bank-a")
    false = with_signatures(genuine, signed_by(world.members["bank-b"].staff["maker"].key, genuine))
    changed = with_operations(envelope, (false,))
    covered = with_new_header(envelope, (false,), world)

    with pytest.raises(Inadmissible, match="ENVELOPE_ROOT_DIFFERS"):
        world.block([changed])
    with pytest.raises(Inadmissible, match="SIGNATURE_FALSE"):
        world.block([covered])
    with chain_of(world, tmp_path) as chain:
        before = chain.app_hash
        block = chain.make_block(world.time_ms + 1, [changed, covered])
        assert (block.codes, block.results) == ([1, 1], [[], []])
        assert chain.app_hash == before
        assert chain.make_block(world.time_ms + 2, [envelope]).codes == [0]
    done(world.block([envelope])[0][0])


@pytest.mark.attack(3)
@pytest.mark.parametrize("thief", ["s2", "s4"])
def test_another_client_cannot_take_what_is_offered_to_a_named_tag(deals: Deals, thief: str) -> None:
    world = deals.world
    voucher = deals.active("s1")
    named = world.receiver("s3")
    (offer,) = deals.offered(voucher, named)
    other = world.receiver(thief)
    before = content(world)

    for via in ("bank-a", "bank-b"):
        answer = deals.take(voucher, offer, by=other.tag, vary=Variation(via=via))
        assert code(answer) == "NOT_THE_NAMED_RECEIVER"
    assert content(world) == before

    done(deals.take(voucher, offer, by=named.tag))
    assert {row.tag for row in world.reader.scan(HOLDINGS, voucher.number)} == {
        voucher.receiver.tag,
        named.tag,
    }


@pytest.mark.attack(3)
def test_another_client_cannot_accept_a_voucher_issued_to_a_named_tag(deals: Deals) -> None:
    voucher = deals.issued("s1")
    other = deals.world.receiver("s2")
    before = content(deals.world)

    assert code(deals.accept(voucher, by=other.tag)) == "NOT_THE_NAMED_RECEIVER"
    assert code(deals.reject(voucher, by=other.tag)) == "NOT_THE_NAMED_RECEIVER"

    assert content(deals.world) == before


@pytest.mark.attack(3)
@pytest.mark.parametrize("person", ["maker", "system"])
def test_the_sponsor_cannot_take_or_accept_with_a_key_of_its_own(deals: Deals, person: str) -> None:
    world = deals.world
    sponsor = world.members["bank-a"].staff[person].key
    issued, active = deals.issued("s1"), deals.active("s2")
    named = world.receiver("s3")
    (offer,) = deals.offered(active, named)
    before = world.root

    accept = world.act("voucher.accept", Accept(issued.number, issued.promise), by=issued.receiver.tag)
    take = world.act("voucher.take", Take(active.number, offer), by=named.tag)
    # In the tag's name with the sponsor's key, and as a tag that the sponsor makes of its own key.
    for act in (accept, take):
        false = with_signatures(act, signed_by(sponsor, act))
        assert code(world.submit([false], carrier="bank-a")[0]) == "KEY_NOT_OF_AUTHOR"
    assert world.root == before

    world.owner_of[sponsor.public] = "s1"
    world.sealing_of[sponsor.public] = named.sealing
    unchanged = content(world)
    answer = deals.take(active, offer, by=sponsor.public, vary=Variation(keys=[sponsor]))
    assert code(answer) == "NOT_THE_NAMED_RECEIVER"
    assert content(world) == unchanged


@pytest.mark.attack(12)
@pytest.mark.parametrize("first", ["ce-a", "bank-a"])
def test_one_issue_carried_by_two_gateways_makes_one_voucher(deals: Deals, first: str) -> None:
    world = deals.world
    second = {"ce-a": "bank-a", "bank-a": "ce-a"}[first]
    nonce = derived(9, "nonce")[:16]
    args = deals.promise(world.receiver("s1"))
    acts = {
        via: world.act("voucher.issue", args, by="ce-a", vary=Variation(via=via, nonce=nonce))
        for via in (first, second)
    }

    receipt = done(world.submit([acts[first]], carrier=first)[0])
    retried = world.submit([acts[second]], carrier=second)[0]

    assert retried == NotTaken(operation_id(acts[second].body), "NONCE_USED", receipt.operation)
    assert len(world.reader.scan(VOUCHERS)) == 1


@pytest.mark.attack(12)
def test_one_act_carried_by_two_gateways_into_one_block_is_done_once(deals: Deals, tmp_path: Path) -> None:
    world = deals.world
    nonce = derived(9, "nonce")[:16]
    args = deals.promise(world.receiver("s1"))
    envelopes = [
        world.envelope(
            [world.act("voucher.issue", args, by="ce-a", vary=Variation(via=via, nonce=nonce))], via
        )
        for via in ("ce-a", "bank-b")
    ]
    with chain_of(world, tmp_path) as chain:
        block = chain.make_block(world.time_ms + 1, envelopes)
        assert sorted(b'"DONE"' in rows[0] for rows in block.results) == [False, True]

    answers = [rows[0] for rows in world.block(envelopes)]

    assert isinstance(answers[0], Receipt)
    assert [code(answer) for answer in answers] == ["DONE", "NONCE_USED"]
    assert len(world.reader.scan(VOUCHERS)) == 1


@pytest.mark.attack(12)
def test_a_holder_that_retries_at_another_gateway_acts_at_most_once(deals: Deals) -> None:
    world = deals.world
    voucher = deals.active("s1")
    nonce = derived(9, "nonce")[:16]
    args = deals.offer_args(voucher, world.receiver("s2"))
    tag = voucher.receiver.tag
    done(world.do("voucher.offer", args, by=tag, vary=Variation(nonce=nonce)))
    before = world.root

    for via in ("bank-a", "bank-b", "factor-a"):
        again = world.do("voucher.offer", args, by=tag, vary=Variation(nonce=nonce, via=via))
        assert code(again) == "NONCE_USED"
    assert world.root == before


@pytest.mark.attack(12)
def test_the_same_operation_again_is_told_what_was_done_first(deals: Deals) -> None:
    world = deals.world
    act = world.act("voucher.issue", deals.promise(world.receiver("s1")), by="ce-a")
    receipt = done(world.submit([act], carrier="ce-a")[0])
    before = world.root

    assert world.submit([act], carrier="ce-a") == [NotTaken(receipt.operation, "REPEAT", receipt.operation)]
    assert world.root == before


@pytest.mark.attack(15)
def test_a_sponsor_that_refuses_to_carry_cannot_keep_its_client_from_another(deals: Deals) -> None:
    world = deals.world
    voucher = deals.active("s1")
    tag = voucher.receiver.tag
    elsewhere = Variation(via="bank-b")
    done(world.do("member.suspend", Suspend("bank-a", "inquiry"), by="supervisor"))

    done(world.do("holder.port", Port(voucher.number, (Units(1),)), by=tag, vary=elsewhere))

    (holding,) = world.reader.scan(HOLDINGS, voucher.number)
    assert (holding.sponsor, holding.tag) == ("bank-b", tag)
    receiver = world.receiver("s4")
    assert deals.offer(voucher, receiver, by=tag).code == "MEMBER_NOT_ACTIVE"
    done(deals.offer(voucher, receiver, by=tag, vary=elsewhere))
    assert world.check() == []


@pytest.mark.attack(15)
def test_a_client_whose_sponsor_is_dead_takes_what_it_was_offered_through_another(deals: Deals) -> None:
    world = deals.world
    voucher = deals.active("s1")
    receiver = world.receiver("s4")
    (name,) = deals.offered(voucher, receiver)
    other = Variation(via="factor-a")
    claim = ClaimSponsorIdle(voucher.number, 0, name)
    done(world.do("sponsor.claim", claim, by=receiver.tag, vary=other))
    assert deals.take(voucher, name, by=receiver.tag, vary=other).code == "NOT_THE_SPONSOR"

    world.advance(world.time_ms + 3_600_000)

    done(deals.take(voucher, name, by=receiver.tag, vary=other))
    taken = next(row for row in world.reader.scan(HOLDINGS, voucher.number) if row.tag == receiver.tag)
    assert taken.sponsor == "bank-b"
    assert world.check() == []
