"""What the gateway needs to hand out proofs."""

from typing import Protocol


class Prover(Protocol):
    """Makes a bundle that proves an operation without the ledger."""

    async def bundle(self, operation: str, seats: tuple[str, ...]) -> bytes | None:
        """
        The bundle, with the sealed parts that these seats may open; None if there is no such operation.

        Raises `ProofNotReady` while the header that proves it does not stand.
        """


class ProofNotReady(Exception):
    """The next header is not made yet."""
