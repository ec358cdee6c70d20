"""Every operation, by everybody who may not, with every set of signatures that is not the right one: never `done`."""

import itertools
from collections.abc import Iterator, Sequence

import msgspec
import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.members.operations import KeyRevoke
from tallychain.crypto.keys import SigningKey
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation, Authority
from tallychain.ledger.operation import (
    Body,
    Signature,
    SignedOperation,
    operation_id,
    signing_message,
)
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.refusals import Inadmissible
from tallychain.testkit.world import Variation, World
from tests.deals import content, done
from tests.security.banking import BANKING
from tests.security.challenging import CHALLENGING
from tests.security.courting import COURTING
from tests.security.disputing import DISPUTING
from tests.security.financing import FINANCING
from tests.security.guaranteeing import GUARANTEEING
from tests.security.honest import HONEST, Case, honest_case
from tests.security.paying import PAYING
from tests.security.pledging import PLEDGING
from tests.security.recoursing import RECOURSING
from tests.security.redeeming import REDEEMING
from tests.security.rekeying import REKEYING

Set = Sequence[tuple[str, SigningKey]]
"""Signatures as role and key."""

EVERY_ROLE = ("maker", "checker", "admin", "system", "holder", "look")
BY_SIGNATURE = {
    "ROLES_WRONG",
    "KEY_NOT_OF_AUTHOR",
    "RIGHT_MISSING",
    "SAME_PERSON",
    "OPERATION_MALFORMED",
    "ENVELOPE_MALFORMED",
}
"""Codes that speak of who signed; a wrong set must meet one of them, and not some other mistake."""
BY_OWNER = {
    "MEMBER_NOT_ACTIVE",
    "NOT_LICENSED",
    "NOT_THE_ISSUER",
    "NOT_THE_DEBTOR",
    "NOT_THE_PRESENTER",
    "NOT_THE_GRANTOR",
    "NOT_CONCERNED",
    "NOT_AWAITED",
    "CARD_NOT_OWN",
    "NOT_THE_NAMED_RECEIVER",
    "NOT_THE_HOLDER",
    "NOT_THE_PROPOSER",
    "NOT_THE_SECOND_BANK",
    "ACCOUNT_TAG_DIFFERS",
    "NOT_THE_TESTING_BANK",
    "NOT_AN_ENTITLED_READER",
    "NOT_THE_SPONSOR",
    "NOT_THE_SETTLEMENT_BANK",
    "NOT_THE_PLEDGEE",
    "NOT_ASKED_TO_QUOTE",
    "DISCLOSURE_NOT_FOUND",
    "STANDARD_NOT_FOUND",
    "NOTHING_TO_WITHDRAW",
    "QUOTE_NOT_FOUND",
    "NOT_THE_FUNDER",
    "NOT_THE_PAYING_BANK",
    "NOT_THE_RECEIVING_BANK",
    "NOT_THE_BANK_WITH_THE_MONEY",
    "NOT_THE_SELLERS_BANK",
    "NOT_A_PARTY",
    "AGREEMENT_NOT_FOUND",
    "AGREEMENT_NOT_PENDING",
    "PROPOSAL_NOT_PENDING",
    "CLAIM_NOT_WAITING",
    "NOT_YOUR_PROPOSAL",
    "KEY_UNKNOWN",
    "RECIPIENT_MISSING",
    "ROLES_WRONG",
    "KEY_NOT_OF_AUTHOR",
}
"""Codes that speak of whose matter it is."""

KINDS = [kind.name for kind in CATALOGUE.operation_types()]


def quick_ones() -> set[str]:
    """Of each contract and each rule of who signs, the first operation; financings, redemptions and recourse take blocks and hours to begin."""
    found: dict[tuple[str, Authority], str] = {}
    for contract in CATALOGUE.contracts:
        for kind in contract.operations:
            if kind.name not in {*FINANCING, *REDEEMING, *RECOURSING, *GUARANTEEING}:
                found.setdefault((contract.name, kind.authority), kind.name)
    return set(found.values())


CASES = [pytest.param(name, marks=() if name in quick_ones() else pytest.mark.slow) for name in KINDS]
"""Every operation; most of them when there is time for it."""


def kind_of(name: str) -> AnyOperation:
    kind = CATALOGUE.operation_type(name, 1)
    assert kind is not None
    return kind


def signed(body: bytes, boxes: dict[str, bytes], keys: Set) -> SignedOperation:
    name = operation_id(body)
    return SignedOperation(
        body,
        tuple(
            Signature(role, key.public, key.sign(signing_message(name, role, key.public)))
            for role, key in keys
        ),
        boxes,
    )


def staff(world: World, member: str) -> list[SigningKey]:
    return [person.key for person in world.members[member].staff.values()]


def tag_key(world: World, client: str) -> SigningKey:
    """The key of a fresh tag of a client."""
    return world.clients[client].tag_key(world.receiver(client).tag)


def wrong_sets(case: Case, kind: AnyOperation) -> Iterator[Set]:
    """Every set of signatures that is not the right one, as far as one can say in general."""
    world = case.world
    right = list(zip(kind.authority.roles, world.keys(kind, case.by), strict=True))
    others = [member for member in world.members if member != case.by]
    foreign = [key for member in others for key in staff(world, member)]
    own = staff(world, case.by) if case.by in world.members else []
    tags = [tag_key(world, client) for client in world.clients]
    # Missing, doubled, one too many, in another order, under another name of a role.
    yield ()
    yield from (right[:at] + right[at + 1 :] for at in range(len(right)) if len(right) > 1)
    yield [*right, right[0]]
    yield from ([*right, (role, key)] for role in EVERY_ROLE for key in (foreign[0], tags[0]))
    if len({role for role, _ in right}) > 1:
        yield right[::-1]
    for role in EVERY_ROLE:
        for at, (meant, key) in enumerate(right):
            if role != meant:
                yield [*right[:at], (role, key), *right[at + 1 :]]
    # Right roles, wrong keys: others of the same house, other houses, clients, and every mix with the right ones.
    good = {tuple(key.public for _, key in right)}
    if kind.authority is Authority.TWO_ADMINS:
        good.add(tuple(key.public for _, key in reversed(right)))
    roles = kind.authority.roles
    for keys in itertools.product([*own, *foreign, *tags], repeat=len(roles)):
        is_near = len(roles) == 1 or sum(key not in foreign[5:] for key in keys) > 0
        if is_near and tuple(key.public for key in keys) not in good:
            yield list(zip(roles, keys, strict=True))


def answer_of(world: World, operation: SignedOperation, carrier: str) -> tuple[str, str]:
    """Outcome and code of an operation; nothing of the business may change unless it is done."""
    root, before = world.root, content(world)
    try:
        (answer,) = world.submit([operation], carrier=carrier)
    except Inadmissible as refusal:
        assert world.root == root
        return "inadmissible", refusal.code
    if isinstance(answer, Receipt):
        if answer.outcome == "refused":
            assert content(world) == before
        return answer.outcome, answer.code
    assert world.root == root, "what is turned away leaves no trace"
    return "turned away", answer.code


@pytest.mark.parametrize("name", CASES)
def test_no_wrong_set_of_signatures_is_done(name: str) -> None:
    case, kind = honest_case(name), kind_of(name)
    carrier = case.world._carrier(case.by)
    met: dict[str, int] = {}
    template = case.world.act(name, case.args, by=case.by)
    body = codec.decode(Body, template.body)
    for number, keys in enumerate(wrong_sets(case, kind)):
        text = codec.encode(msgspec.structs.replace(body, nonce=f"{number:032x}"))
        outcome, code = answer_of(case.world, signed(text, template.boxes, keys), carrier)
        assert outcome != "done", (name, [(role, key.public) for role, key in keys])
        assert code in BY_SIGNATURE, (code, [(role, key.public) for role, key in keys])
        met[code] = met.get(code, 0) + 1

    assert sum(met.values()) > 40, met
    done(case.world.do(name, case.args, by=case.by, vary=case.vary))


@pytest.mark.parametrize("name", CASES)
def test_nobody_else_does_it_with_all_its_own_signatures(name: str) -> None:
    case = honest_case(name)
    world = case.world
    tried = 0
    if case.by in world.members:
        for member in sorted(set(world.members) - {case.by} - case.others):
            operation = world.act(name, case.args, by=member)
            outcome, code = answer_of(world, operation, member)
            assert (outcome, code in BY_OWNER) == ("refused", True), (member, code)
            tried += 1
    else:
        for client in world.clients:
            other = world.receiver(client)
            for via in ("bank-a", "bank-b", "factor-a", "ce-a"):
                operation = world.act(name, case.args, by=other.tag, vary=Variation(via=via))
                outcome, code = answer_of(world, operation, via)
                assert (outcome, code in BY_OWNER) == ("refused", True), (client, via, code)
                tried += 1

    assert tried or len(case.others) == len(world.members)
    done(world.do(name, case.args, by=case.by, vary=case.vary))


@pytest.mark.parametrize("name", CASES)
def test_no_member_acts_as_a_holder_and_no_holder_as_a_member(name: str) -> None:
    """The author of the wrong sort, signing with the roles asked for and with its own."""
    case, kind = honest_case(name), kind_of(name)
    world = case.world
    template = world.act(name, case.args, by=case.by)
    body = codec.decode(Body, template.body)
    carrier = world._carrier(case.by)
    number = itertools.count()
    if kind.authority is Authority.HOLDER:
        strangers = [(f"member:{member}", staff(world, member)) for member in world.members]
    else:
        tags = [tag_key(world, client) for client in world.clients]
        strangers = [(f"tag:{key.public}", [key, tags[0], tags[1]]) for key in tags[2:]]
    for author, keys in strangers:
        for roles in [
            ("holder",),
            ("maker", "checker"),
            ("admin", "admin"),
            ("system",),
            kind.authority.roles,
        ]:
            for chosen in itertools.permutations(keys, len(roles)):
                text = codec.encode(
                    msgspec.structs.replace(body, author=author, nonce=f"{next(number):032x}")
                )
                operation = signed(text, template.boxes, list(zip(roles, chosen, strict=True)))
                outcome, code = answer_of(world, operation, carrier)
                assert (outcome, code in BY_OWNER) == ("turned away", True), (author, roles, outcome, code)

    done(world.do(name, case.args, by=case.by, vary=case.vary))


@pytest.mark.parametrize(
    "name",
    [
        case
        for case, name in zip(CASES, KINDS, strict=True)
        if kind_of(name).authority is Authority.TWO_PERSONS
    ],
)
def test_a_revoked_key_signs_nothing(name: str) -> None:
    case = honest_case(name)
    world = case.world
    for person in ("maker", "checker"):
        key = world.members[case.by].staff[person].key.public
        done(world.do("member.key_revoke", KeyRevoke(key, 0, "lost"), by=case.by))
        outcome, code = answer_of(world, world.act(name, case.args, by=case.by), case.by)
        assert (outcome, code) == ("turned away", "KEY_REVOKED")


def test_the_matrix_knows_no_operation_that_the_ledger_does_not() -> None:
    assert {
        *HONEST,
        *PAYING,
        *PLEDGING,
        *COURTING,
        *FINANCING,
        *DISPUTING,
        *REDEEMING,
        *RECOURSING,
        *GUARANTEEING,
        *BANKING,
        *CHALLENGING,
        *REKEYING,
    } == set(KINDS)
