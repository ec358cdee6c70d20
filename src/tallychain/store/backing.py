"""The committed state as the ledger reads it."""

from collections.abc import Iterator

from tallychain.store.store import Store


class StoreBacking:
    """Read access to the state rows of a store, in the form that the ledger's layers are built on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, key: bytes) -> bytes | None:
        """The encoded row under a key, or None."""
        return self._store.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All rows whose key begins with a prefix, in key order, as they are at this call."""
        return self._store.scan(prefix)
