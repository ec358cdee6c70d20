"""Putting something else in a thing's place for a while: simulated disks, planted bugs."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def replacing(owner: object, name: str, value: object) -> Iterator[None]:
    """While this lasts, `owner.name` is something else."""
    own = vars(owner)
    before, had = own.get(name), name in own
    setattr(owner, name, value)
    try:
        yield
    finally:
        if had:
            setattr(owner, name, before)
        else:
            delattr(owner, name)
