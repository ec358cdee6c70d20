"""What the gateway needs to hand out proofs."""

from collections.abc import Sequence
from typing import Protocol


class Prover(Protocol):
    """Makes a bundle that proves an operation without the ledger."""

    async def bundle(self, operation: str, seats: tuple[str, ...]) -> bytes | None:
        """
        The bundle, with the sealed parts that these seats may open; None if there is no such operation.

        Raises `ProofNotReady` while the header that proves it does not stand.
        """


class Certifier(Protocol):
    """Makes certificates."""

    async def certificate(self, kind: str, name: str, seats: Sequence[str]) -> bytes:
        """The certificate as a PDF, with the names and parts that these seats can open; raises the gateway's problems and `ProofNotReady`."""

    async def cited(self, operation: str, voucher: str, seats: Sequence[str]) -> bytes | None:
        """The bundle of an operation that cites policies and calendars under which a voucher stands; None and raises as `Prover.bundle`."""


class ProofNotReady(Exception):
    """The next header is not made yet."""
