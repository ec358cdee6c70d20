"""Changes of keys as the members concerned look at them: whether everybody speaks of one and the same client."""

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["same_client"]


def same_client(
    statements: Iterable[Mapping[str, Any]], identities: Iterable[Mapping[str, Any]] = ()
) -> bool:
    """
    Whether all statements, and whoever has acted with the new tag, name one enterprise.

    Rows of `rekey_clients` and of `identities`.  A certificate may be another one, as it is renewed; name and code may not.
    An identity whose signature was not verified is nobody's.
    """
    named = {(str(row["name"]), str(row["uscc"])) for row in (*statements, *identities)}
    return len(named) <= 1 and all(row.get("verified", True) for row in identities)
