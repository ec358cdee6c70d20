"""A guarantor is a member like any other to what is sealed: it stands for a voucher and opens nothing of it."""

from msgspec.structs import replace

from tallychain.ledger import codec
from tallychain.ledger.operation import Body
from tallychain.testkit.world import World
from tests.deals import PROMISE, Deals
from tests.guarantees import GUARANTORS, NAME, Guarantees
from tests.payments import ISSUER


def test_a_guarantor_opens_no_part_of_what_it_guarantees() -> None:
    deals = Deals(World(joining=GUARANTORS))
    Guarantees(deals).given()
    world = deals.world
    args = replace(deals.promise(world.receiver("s1")), guarantor=NAME)
    signed = world.act("voucher.issue", args, by=ISSUER, content={"trade": PROMISE})
    body = codec.decode(Body, signed.body)
    assert [part.label for part in body.sealed] == ["trade"]
    readers = {recipient for part in body.sealed for recipient in part.to}
    assert not any(NAME in reader for reader in readers), readers
    assert any(reader.startswith(f"member:{ISSUER}") for reader in readers), readers
