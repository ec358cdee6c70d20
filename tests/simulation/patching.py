"""Putting something else in a thing's place for a while: simulated disks, planted bugs."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def replacing(owner: object, name: str, value: object) -> Iterator[None]:
    """While this lasts, `owner.name` is something else."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner} has no {name}: what was to be replaced has moved")
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
