"""One operation in a block: turned away, refused or done, and always for the most important reason."""

import msgspec
import pytest

from tallychain.ledger import limits
from tallychain.ledger.contract import Change
from tallychain.ledger.execution import check_touched
from tallychain.ledger.identity import MEMBERS, is_in_good_standing
from tallychain.ledger.operation import SealedPart
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.tests.chain import (
    LIMIT,
    SEALING,
    START_MS,
    Block,
    Chain,
    carried,
    key_of,
    members,
    note,
    signed,
    tag,
)
from tallychain.ledger.tests.toy import PLAIN, TAG_SEALING, EndKey, FillBox, OpenBox, SetStanding
from tallychain.ledger.timeline import settled

OPEN = OpenBox("A", 1, 0, "why")
FILL = FillBox("A", 1)


@pytest.fixture
def chain() -> Chain:
    return Chain()


def turned_away(block: Block) -> str:
    (answer,) = block.answers
    assert isinstance(answer, NotTaken)
    assert block.result.writes == {}
    assert block.result.receipts == ()
    return answer.code


def refused(block: Block) -> Receipt:
    (answer,) = block.answers
    assert isinstance(answer, Receipt)
    assert (answer.outcome, answer.events) == ("refused", ())
    return answer


# -- turned away -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        (("checker", "maker"), ("bank-a/checker", "bank-a/maker")),
        (("maker",), ("bank-a/maker",)),
        (("maker", "checker", "admin"), ("bank-a/maker", "bank-a/checker", "bank-a/admin")),
        (("holder",), ("bank-a/maker",)),
        (("system",), ("bank-a/system",)),
    ],
)
def test_missing_extra_and_misordered_roles_are_turned_away(
    chain: Chain, roles: tuple[str, ...], names: tuple[str, ...]
) -> None:
    operation = signed(chain.body("box.open", OPEN), roles, names)

    assert turned_away(chain.block(operation)) == "ROLES_WRONG"


def test_a_holder_does_not_act_as_a_member_nor_a_member_as_a_holder(chain: Chain) -> None:
    as_member = signed(chain.body("box.fill", FILL, author=tag("t1")), ("system",), ("t1",))
    as_holder = signed(chain.body("box.carry", FILL), ("holder",), ("bank-a/system",))

    assert turned_away(chain.block(as_member)) == "ROLES_WRONG"
    assert turned_away(chain.block(as_holder)) == "ROLES_WRONG"


def test_a_key_of_somebody_else_is_turned_away(chain: Chain) -> None:
    assert turned_away(chain.block(chain.ask("box.fill", FILL, "bank-b/system"))) == "KEY_NOT_OF_AUTHOR"
    assert turned_away(chain.block(chain.ask("box.fill", FILL, "stranger"))) == "KEY_NOT_OF_AUTHOR"
    stolen = signed(chain.body("box.carry", FILL, author=tag("t1")), ("holder",), ("t2",))
    assert turned_away(chain.block(stolen)) == "KEY_NOT_OF_AUTHOR"


def test_a_key_signs_from_its_height_on_and_until_its_end(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OPEN))
    chain.block(chain.ask("key.end", EndKey(key_of("bank-a/system").public, 5)))
    old, late = "bank-a/system", "bank-a/late"

    assert chain.block(chain.ask("box.fill", FILL, old)).codes == ["DONE"]
    fills = [chain.ask("box.fill", FILL, name, via="bank-b") for name in (old, late)]
    assert chain.block(*fills, via="bank-b").codes == ["DONE", "KEY_REVOKED"]
    fills = [chain.ask("box.fill", FILL, name, via="bank-b") for name in (old, late)]
    assert chain.block(*fills, via="bank-b").codes == ["KEY_REVOKED", "DONE"]


@pytest.mark.parametrize(
    ("lives_ms", "code"), [(999, "EXPIRED"), (1_000, "EXPIRED"), (1_001, "BOX_NOT_OPEN")]
)
def test_an_operation_is_taken_before_its_expiry_only(chain: Chain, lives_ms: int, code: str) -> None:
    assert chain.block(chain.ask("box.fill", FILL, lives_ms=lives_ms)).codes == [code]


@pytest.mark.parametrize(
    ("kind", "args", "lifetime_ms", "code"),
    [
        ("box.fill", FILL, limits.ONE_SIGNATURE_LIFETIME_MS, "BOX_NOT_OPEN"),
        ("box.open", OPEN, limits.TWO_SIGNATURE_LIFETIME_MS, "DONE"),
    ],
)
def test_an_operation_expires_no_further_ahead_than_its_signatures_allow(
    chain: Chain, kind: str, args: msgspec.Struct, lifetime_ms: int, code: str
) -> None:
    for extra, expected in ((-1, code), (0, code), (1, "EXPIRES_TOO_FAR")):
        fresh = Chain()
        operation = fresh.ask(kind, args, lives_ms=1_000 + lifetime_ms + extra)
        assert fresh.block(operation).codes == [expected]


# -- refused ---------------------------------------------------------------------------------------------------


def test_a_member_that_is_not_active_begins_nothing(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OpenBox("B", 1, 0, "why")))
    chain.block(chain.ask("member.stand", SetStanding("bank-a", "SUSPENDED", 0)))

    answer = refused(chain.block(chain.ask("box.open", OPEN)))
    assert (answer.code, answer.fields) == ("MEMBER_NOT_ACTIVE", {"member": "bank-a", "status": "SUSPENDED"})
    assert chain.block(chain.ask("box.fill", FillBox("B", 1))).codes == ["DONE"]
    holder = carried(chain, note())
    assert refused(chain.block(holder)).fields["member"] == "bank-a"
    elsewhere = chain.ask("box.open", OPEN, via="bank-b")
    assert refused(chain.block(elsewhere, via="bank-b")).fields["member"] == "bank-a"
    other = chain.ask("box.open", OPEN, author="member:bank-b", via="bank-a")
    assert refused(chain.block(other)).fields["member"] == "bank-a"


def test_a_revoked_member_completes_nothing_either(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OPEN))
    chain.block(chain.ask("member.stand", SetStanding("bank-a", "REVOKED", 0)))

    assert refused(chain.block(chain.ask("box.fill", FILL))).fields["status"] == "REVOKED"


def test_a_suspension_that_has_lapsed_counts_no_more_though_nobody_wrote_it_down(chain: Chain) -> None:
    until = START_MS + 10_000
    chain.block(chain.ask("member.stand", SetStanding("bank-a", "SUSPENDED", until)))

    assert chain.block(chain.ask("box.open", OPEN), after_ms=8_999).codes == ["MEMBER_NOT_ACTIVE"]
    assert chain.block(chain.ask("box.open", OPEN), after_ms=1).codes == ["DONE"]


def test_a_member_without_a_record_is_as_good_as_revoked(chain: Chain) -> None:
    chain.backing.write([(MEMBERS.key("bank-a"), None)])

    assert refused(chain.block(chain.ask("box.open", OPEN))).fields["status"] == "REVOKED"


def test_a_kind_that_was_not_admitted_is_refused(chain: Chain) -> None:
    operation = chain.ask("box.open", OPEN, author="member:ce-a", via="ce-a")

    answer = refused(chain.block(operation, via="ce-a"))

    assert (answer.code, answer.fields) == ("NOT_LICENSED", {"member": "ce-a", "needed": "BANK"})


@pytest.mark.parametrize(
    ("names", "role"),
    [
        (("bank-a/checker", "bank-a/maker"), "maker"),
        (("bank-a/maker", "bank-a/both"), "checker"),
        (("bank-a/look", "bank-a/checker"), "maker"),
        (("bank-a/admin", "bank-a/deputy"), "maker"),
        (("bank-a/system", "bank-a/checker"), "maker"),
    ],
)
def test_a_key_signs_only_in_the_roles_that_it_has_a_right_to(
    chain: Chain, names: tuple[str, str], role: str
) -> None:
    answer = refused(chain.block(chain.ask("box.open", OPEN, *names)))

    assert (answer.code, answer.fields["role"]) == ("RIGHT_MISSING", role)


@pytest.mark.parametrize("maker", ["bank-a/both", "bank-a/twin"])
def test_maker_and_checker_are_two_persons_with_certificates_of_their_own(chain: Chain, maker: str) -> None:
    answer = refused(chain.block(chain.ask("box.open", OPEN, maker, "bank-a/checker")))

    assert answer.code == "SAME_PERSON"


def test_two_admins_are_two_persons(chain: Chain) -> None:
    end = EndKey(key_of("bank-a/look").public, 9)

    assert chain.block(chain.ask("key.end", end)).codes == ["DONE"]
    assert chain.block(chain.ask("key.end", end, "bank-a/admin", "bank-a/maker")).codes == ["RIGHT_MISSING"]


@pytest.mark.parametrize(
    ("amount", "code"), [(LIMIT - 1, "DONE"), (LIMIT, "DONE"), (LIMIT + 1, "ABOVE_KEY_LIMIT")]
)
def test_a_key_signs_up_to_its_limit(chain: Chain, amount: int, code: str) -> None:
    block = chain.block(chain.ask("box.open", OpenBox("A", amount, 0, "why")))

    assert block.codes == [code]
    if code != "DONE":
        assert refused(block).fields["limit"] == LIMIT


# -- sealed parts ----------------------------------------------------------------------------------------------


def test_a_sealed_part_with_its_recipients_is_taken(chain: Chain) -> None:
    chain.block(chain.ask("box.open", OPEN))

    assert chain.block(carried(chain, note(), note((SEALING,), "extra"))).codes == ["DONE"]


@pytest.mark.parametrize(
    ("parts", "code", "field"),
    [
        ((note(), note(), note(label="extra")), "PART_NOT_DECLARED", ("label", "note")),
        ((note(), note(label="other")), "PART_NOT_DECLARED", ("label", "other")),
        ((), "PART_MISSING", ("label", "note")),
        ((note(label="extra"),), "PART_MISSING", ("label", "note")),
        ((note((SEALING,)),), "RECIPIENT_MISSING", ("recipient", TAG_SEALING)),
        ((note((TAG_SEALING,)),), "RECIPIENT_MISSING", ("recipient", "member:supervisor")),
        (
            (note((TAG_SEALING, SEALING, "member:nobody#1")),),
            "RECIPIENT_UNKNOWN",
            ("recipient", "member:nobody#1"),
        ),
        (
            (note((TAG_SEALING, "member:supervisor#3")),),
            "RECIPIENT_UNKNOWN",
            ("recipient", "member:supervisor#3"),
        ),
    ],
)
def test_a_sealed_part_that_does_not_fit_is_refused(
    chain: Chain, parts: tuple[SealedPart, ...], code: str, field: tuple[str, str]
) -> None:
    answer = refused(chain.block(carried(chain, *parts)))

    assert (answer.code, answer.fields[field[0]]) == (code, field[1])


@pytest.mark.parametrize(
    ("extra_ms", "code"), [(-1, "BOX_NOT_OPEN"), (0, "BOX_NOT_OPEN"), (1, "RECIPIENT_UNKNOWN")]
)
def test_a_replaced_sealing_key_is_taken_for_48_hours(chain: Chain, extra_ms: int, code: str) -> None:
    chain.block(after_ms=limits.SEALING_KEY_OVERLAP_MS - 1_000 + extra_ms)

    old = note((TAG_SEALING, "member:supervisor#1"))

    assert chain.block(carried(chain, old)).codes == [code]


def test_only_an_active_member_of_record_is_in_good_standing(chain: Chain) -> None:
    now = chain.ledger.moment()
    member = members()[0]
    gone = msgspec.structs.replace(member, standing=settled("EXITED"))

    assert [is_in_good_standing(item, now) for item in (member, gone, None)] == [True, False, False]


def test_the_sealing_key_of_a_member_is_the_last_one() -> None:
    assert [key.number for key in members()[0].sealing] == [1, 2]
    assert members()[0].current_sealing().number == 2


# -- precedence ------------------------------------------------------------------------------------------------


def test_the_most_important_reason_comes_first(chain: Chain) -> None:
    """Each line puts right what the line before was refused for."""
    chain.block(chain.ask("member.stand", SetStanding("ce-a", "SUSPENDED", 0)))
    chain.block(chain.ask("box.open", OPEN))
    chain.block(chain.ask("box.fill", FillBox("A", 99)))
    big = OpenBox("A", LIMIT + 1, 0, "why")
    part = (note(label="other"),)

    def ask(args: OpenBox, *names: str, **more: object) -> str:
        operation = chain.ask("box.open", args, *names, **more)
        (code,) = chain.block(operation, via=str(more.get("via", "bank-a"))).codes
        return code

    wrong = {"author": "member:ce-a", "via": "ce-a", "sealed": part}
    assert ask(big, "ce-a/look", "bank-b/maker", **wrong, lives_ms=1) == "KEY_NOT_OF_AUTHOR"
    assert ask(big, "ce-a/look", "ce-a/maker", **wrong, lives_ms=1_000) == "EXPIRED"
    assert ask(big, "ce-a/look", "ce-a/maker", **wrong) == "MEMBER_NOT_ACTIVE"
    chain.block(chain.ask("member.stand", SetStanding("ce-a", "ACTIVE", 0)))
    assert ask(big, "ce-a/look", "ce-a/maker", **wrong) == "NOT_LICENSED"
    assert ask(big, "bank-a/look", "bank-a/checker", sealed=part) == "RIGHT_MISSING"
    assert ask(big, "bank-a/twin", "bank-a/checker", sealed=part) == "SAME_PERSON"
    assert ask(big, "bank-a/maker", "bank-a/checker", sealed=part) == "ABOVE_KEY_LIMIT"
    assert ask(OPEN, "bank-a/maker", "bank-a/checker", sealed=part) == "QUARANTINED"
    other = OpenBox("B", 1, 0, "why")
    assert ask(other, "bank-a/maker", "bank-a/checker", sealed=part) == "PART_NOT_DECLARED"
    assert ask(other, "bank-a/maker", "bank-a/checker") == "DONE"
    strange = "member:nobody#1"
    lines = [
        ((note((strange,), "other"),), "PART_NOT_DECLARED"),
        ((note((strange,), "extra"),), "PART_MISSING"),
        ((note((strange,)),), "RECIPIENT_MISSING"),
        ((note((strange, SEALING, TAG_SEALING)),), "RECIPIENT_UNKNOWN"),
        ((note(),), "BOX_NOT_OPEN"),
    ]
    for parts, code in lines:
        assert chain.block(carried(chain, *parts, name="t9", box="Z")).codes == [code]
    assert ask(other, "bank-a/maker", "bank-a/checker") == "BOX_KNOWN"


def test_a_contract_without_invariants_is_not_asked_for_any(chain: Chain) -> None:
    check_touched((PLAIN,), Change(), chain.ledger.committed, chain.ledger.committed)
    assert chain.block(chain.ask("plain.twice", FILL)).codes == ["BOX_NOT_OPEN"]
