"""For the challenge of an identity part: a world in which somebody entitled can do it at once."""

from tests.deals import Deals
from tests.falsehoods import READER, SPONSOR, Falsehoods
from tests.security.paying import Asked

CHALLENGING = {"identity.challenge"}


def asked(_name: str, deals: Deals) -> Asked:
    """An offer under another name, which issuer, sponsor and supervisor may read."""
    falsehoods = Falsehoods(deals)
    args = falsehoods.challenge(*falsehoods.offered())
    return args, READER, frozenset({SPONSOR, "supervisor"})
