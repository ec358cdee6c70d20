"""The README draws suspensions and sealing keys as the rules have them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tallychain.contracts.members.operations import Restore, SealingKeyRotate, Suspend
from tallychain.contracts.members.tests.strategies import Book, sealing_text
from tallychain.ledger.refusals import Refused

PAGE = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
DAY_MS = 86_400_000


def _passing(book: Book, days: int) -> None:
    book.time_ms += days * DAY_MS + 1


def _rotated(book: Book) -> None:
    book.ask("member.sealing_key_rotate", SealingKeyRotate(sealing_text(f"at {book.time_ms}")), "bank-a")


STANDING_ACTS: dict[str, Callable[[Book], object]] = {
    "member.suspend": lambda book: book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor"),
    "member.restore": lambda book: book.ask("member.restore", Restore("bank-a"), "supervisor"),
    "time, 3 business days": lambda book: _passing(book, 5),
}
SEALING_ACTS: dict[str, Callable[[Book], object]] = {
    "member.sealing_key_rotate": _rotated,
    "time, 48 hours": lambda book: _passing(book, 2),
}


def _sealing_status(book: Book) -> str:
    """Of the first key of a bank."""
    member = book.member("bank-a")
    if member.current_sealing().number == 1:
        return "CURRENT"
    return "REPLACED" if member.may_open_with(1, book.time_ms) else "ENDED"


def arrows(
    acts: dict[str, Callable[[Book], object]],
    status: Callable[[Book], str],
    prepared: dict[str, tuple[str, ...]],
) -> Iterator[str]:
    """Every act in every status that changes it, one arrow a line."""
    for before, steps in prepared.items():
        for act, done in acts.items():
            book = Book().founded()
            for step in steps:
                acts[step](book)
            assert status(book) == before
            try:
                done(book)
            except Refused:
                continue
            if status(book) != before:
                yield f"{before} --{act}--> {status(book)}"


def test_the_diagrams_of_the_page_are_what_the_rules_do() -> None:
    standing = arrows(
        STANDING_ACTS,
        lambda book: book.status("bank-a"),
        {"ACTIVE": (), "SUSPENDED": ("member.suspend",)},
    )
    sealing = arrows(
        SEALING_ACTS,
        _sealing_status,
        {
            "CURRENT": (),
            "REPLACED": ("member.sealing_key_rotate",),
            "ENDED": ("member.sealing_key_rotate", "time, 48 hours"),
        },
    )

    assert "```suspension\n" + "\n".join(standing) + "\n```" in PAGE
    assert "```sealing_key\n" + "\n".join(sealing) + "\n```" in PAGE
