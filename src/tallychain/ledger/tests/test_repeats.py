"""An operation acts at most once, and nobody spoils it for its author."""

import pytest

from tallychain.ledger.receipt import NotTaken
from tallychain.ledger.tests.chain import START_MS, Chain, carried, note, pack, signed
from tallychain.ledger.tests.toy import FillBox, OpenBox

OPEN = OpenBox("A", 1, 0, "why")
FILL = FillBox("A", 1)


@pytest.fixture
def chain() -> Chain:
    return Chain()


def test_a_repeat_names_the_first_and_does_nothing(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OPEN))
    operation = chain.ask("box.fill", FILL)
    (first,) = chain.block(operation).answers

    (again,) = chain.block(operation).answers

    assert again == NotTaken(first.operation, "REPEAT", first.operation)


def test_a_repeat_in_one_block_is_recognised(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN)
    envelope = pack([operation], "bank-a", START_MS)

    assert chain.raw_block([envelope, envelope]).codes == ["DONE", "REPEAT"]


def test_a_repeat_under_other_signatures_is_a_repeat(chain: Chain) -> None:
    body = chain.body("box.open", OPEN)
    first = signed(body, ("maker", "checker"), ("bank-a/maker", "bank-a/checker"))
    other = signed(body, ("maker", "checker"), ("bank-a/maker", "bank-a/twin"))

    assert chain.block(first).codes == ["DONE"]
    assert chain.block(other).codes == ["REPEAT"]


def test_a_refusal_is_final_for_its_operation(chain: Chain) -> None:
    fill = chain.ask("box.fill", FILL)
    assert chain.block(fill).codes == ["BOX_NOT_OPEN"]
    chain.block(chain.ask("box.open", OPEN))

    assert chain.block(fill).codes == ["REPEAT"]


@pytest.mark.attack(12)
def test_a_retry_at_another_gateway_acts_once(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OPEN))
    one = carried(chain, note(), nonce="ab" * 16)
    two = carried(chain, note(), nonce="ab" * 16, via="bank-b", lives_ms=120_000)
    (first,) = chain.block(one).answers
    assert first.code == "DONE"

    for block in (chain.block(two, via="bank-b"), chain.restarted().block(two, via="bank-b")):
        (second,) = block.answers
        assert isinstance(second, NotTaken)
        assert (second.code, second.first) == ("NONCE_USED", first.operation)


def test_another_author_may_use_the_same_nonce(chain: Chain) -> None:
    operations = [carried(chain, note(), nonce="ab" * 16, name=name) for name in ("t1", "t2")]

    assert chain.block(*operations).codes == ["BOX_NOT_OPEN", "BOX_NOT_OPEN"]


@pytest.mark.attack(1)
def test_a_rival_who_submits_first_and_wrongly_signed_spoils_nothing(chain: Chain) -> None:
    genuine = chain.ask("box.open", OPEN)
    rivals = [
        signed(genuine.body, ("maker", "checker"), ("bank-b/maker", "bank-b/checker")),
        signed(genuine.body, ("checker", "maker"), ("bank-a/checker", "bank-a/maker")),
    ]

    for rival in rivals:
        block = chain.block(rival)
        assert block.codes[0] in {"KEY_NOT_OF_AUTHOR", "ROLES_WRONG"}
        assert block.result.writes == {}
    assert chain.block(genuine).codes == ["DONE"]


@pytest.mark.attack(1)
def test_a_rival_who_carries_it_in_an_envelope_of_its_own_spoils_nothing(chain: Chain) -> None:
    genuine = chain.ask("box.open", OPEN)

    rival = chain.raw_block([pack([genuine], "bank-b", START_MS)])

    assert rival.inadmissible == ["WRONG_CARRIER"]
    assert chain.block(genuine).codes == ["DONE"]


def test_a_nonce_is_free_again_once_its_journal_was_dropped(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN, nonce="ab" * 16)
    chain.block(operation)
    chain.block(after_ms=120_000)
    assert chain.block(chain.ask("box.open", OPEN, nonce="ab" * 16)).codes == ["NONCE_USED"]
    chain.block(chain.ask("box.fill", FILL))

    assert chain.block(operation).codes == ["EXPIRED"]
    assert chain.block(chain.ask("box.open", OPEN, nonce="ab" * 16)).codes == ["BOX_KNOWN"]
