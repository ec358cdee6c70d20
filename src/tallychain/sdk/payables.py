"""Presenting payables, and what a voucher takes of their invoices, for whoever asks a gateway."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Row = Mapping[str, Any]
_TAKING: Final = ("PENDING", "COUNTED")
"""Statuses of an allocation that still takes something."""


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice or delivery note as it stands on paper; the total in fen, tax included."""

    number: str
    seller: str
    """Unified social credit code of the seller."""
    date: str
    """`YYYY-MM-DD`."""
    total: int
    kind: str = "INVOICE"
    document: str = ""
    """Digest of the stored document, if it was sent along."""

    def fields(self) -> dict[str, object]:
        """As a gateway makes fingerprints of it."""
        return {
            "kind": self.kind,
            "number": self.number,
            "seller": self.seller,
            "date": self.date,
            "currency": "CNY",
            "total": self.total,
        }


def presenting(
    *,
    reference: str,
    issuer: str,
    presenter: Mapping[str, str],
    amount: int,
    due_day: str,
    papers: Sequence[Paper],
    relation: str,
    purpose: str = "",
    kind: str = "INVOICE",
    small: bool = False,
    delivered: str = "",
    longer_term: str = "",
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Arguments and sealed parts of `payable.present` as a gateway takes them.

    `reference` is the own number of the debt, `presenter` the own sponsor and credit code; the gateway fills in tag and fingerprints.
    `small` says that the seller is a small or medium-sized enterprise, `delivered` when, `longer_term` on what ground it agreed to wait longer.
    """
    args: dict[str, Any] = {
        "reference": {"keyed": reference},
        "issuer": issuer,
        "presenter": dict(presenter),
        "kind": kind,
        "amount": amount,
        "due_day": due_day,
        "epoch": {"newest": "epoch"},
        "invoices": [{"paper": paper.fields()} for paper in papers],
    }
    further: dict[str, Any] = {"small": small, "delivered": delivered, "longer_term": longer_term}
    args |= {name: value for name, value in further.items() if value}
    sealed = [
        {
            "fingerprint": {"fingerprint_of": paper.fields()},
            **{name: value for name, value in paper.fields().items() if name != "kind"},
            "kind": paper.kind,
            "document": paper.document,
        }
        for paper in papers
    ]
    return args, {"papers": {"relation": relation, "purpose": purpose, "papers": sealed}}


def record_of(row: Row) -> str:
    """The name under which a payable's paper is recorded, of a row of `payable_invoices`: its own before it is confirmed, else perhaps one of an earlier key."""
    return str(row["record"] or row["invoice"])


def parts_of(
    papers: Iterable[Row], invoices: Iterable[Row], allocations: Iterable[Row], face: int
) -> list[dict[str, object]] | None:
    """
    What a voucher over `face` fen takes of a payable's invoices, in their order; None where not enough is left.

    The rows are those of a gateway: `payable_invoices` of the payable, and of each of their records (`record_of`) `invoices` and
    `allocations`.
    """
    credited = {str(row["invoice"]): int(row["credited"]) for row in invoices}
    taken: dict[str, int] = {}
    for row in allocations:
        if row["status"] in _TAKING:
            name = str(row["invoice"])
            taken[name] = taken.get(name, 0) + int(row["amount"])
    parts: list[dict[str, object]] = []
    left = face
    for row in papers:
        record = record_of(row)
        part = min(left, int(row["total"]) - credited.get(record, 0) - taken.get(record, 0))
        if part > 0:
            parts.append({"fingerprint": str(row["invoice"]), "amount": part})
            left -= part
    return parts if left == 0 else None
