"""Acts under another name in the golden story: an offer and a request for money, each shown to be false by the issuer."""

from collections.abc import Callable

from tests.falsehoods import READER, Falsehoods


def shown(falsehoods: Falsehoods, note: Callable[[str], None]) -> None:
    """Both, each in the block after it."""
    for made in (falsehoods.offered, falsehoods.asked):
        falsehoods.do("identity.challenge", falsehoods.challenge(*made()), READER)
    note("identity.challenge of an offer and of a request for money")
