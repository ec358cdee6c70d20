"""Introductions in the golden story: of an enterprise to be, withdrawn, and reviewed by who takes over."""

from collections.abc import Callable

from msgspec.structs import replace

from tallychain.contracts.admission.declared import EXAMPLE_FILE, INTRODUCE
from tallychain.contracts.admission.operations import Review, WithdrawIntroduction
from tallychain.testkit.world import World
from tests.deals import done

BANK = "bank-a"


def played(world: World, note: Callable[[str], None]) -> None:
    """Two introductions of which one is withdrawn, and reviews of a member before and after its bank withdraws."""
    done(world.do("admission.introduce", INTRODUCE.example, by=BANK))
    done(world.do("admission.introduce", replace(INTRODUCE.example, member="ce-d"), by=BANK))
    done(world.do("admission.withdraw", WithdrawIntroduction("ce-d", "no client"), by=BANK))
    done(world.do("admission.review", Review("ce-b", EXAMPLE_FILE), by=BANK))
    done(world.do("admission.withdraw", WithdrawIntroduction("ce-b", "no client"), by=BANK))
    done(world.do("admission.review", Review("ce-b", EXAMPLE_FILE), by=BANK))
    note("admission.introduce, review and withdraw")
