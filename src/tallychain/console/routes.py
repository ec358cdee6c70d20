"""What a page is: its path, who may come without a session, and what makes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tallychain.console.visits import Reply, Visit

Handler = Callable[[Visit], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """One page, or what one form does."""

    method: str
    path: str
    handler: Handler
    is_open: bool = False
    """Whether a visitor without a session may come; all others are sent to the start page."""
    takes_files: bool = False
    """Whether its form may send files along."""


def get(path: str, handler: Handler, *, is_open: bool = False) -> Route:
    """A page."""
    return Route("GET", path, handler, is_open)


def post(path: str, handler: Handler, *, is_open: bool = False, takes_files: bool = False) -> Route:
    """A form."""
    return Route("POST", path, handler, is_open, takes_files)
