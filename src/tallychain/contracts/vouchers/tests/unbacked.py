"""Promises that are good but for what backs them."""

from random import Random

import msgspec

from tallychain.contracts.documents.state import AllocatedPart
from tallychain.contracts.vouchers.operations import Issue
from tallychain.contracts.vouchers.tests.acts import CLIENTS, ISSUERS, Planned, WorldView, issue


def unbacked(random: Random, view: WorldView) -> Planned:
    """A promise that rests on nothing, or on less or more than it promises, or on what was confirmed to somebody else."""
    good = issue(random, view)
    args = good.args
    if not isinstance(args, Issue):
        raise TypeError(args)
    (part,) = args.invoices
    changes: tuple[tuple[str, object, str], ...] = (
        ("payable", "0" * 64, "PAYABLE_NOT_FOUND"),
        ("receiver", view.receiver(random.choice(CLIENTS)), "RECEIVER_DIFFERS"),
        ("invoices", (part, part), "INVOICE_TWICE"),
        ("invoices", (AllocatedPart("ab" * 32, part.amount),), "INVOICE_NOT_OF_PAYABLE"),
        ("invoices", (AllocatedPart(part.fingerprint, part.amount + 1),), "ALLOCATION_DIFFERS"),
        ("face", args.face - 1 or 2, "ALLOCATION_DIFFERS"),
    )
    name, value, code = random.choice(changes)
    changed = msgspec.structs.replace(args, **{name: value})
    if random.random() < 0.2:
        return Planned(good.type, args, ISSUERS[1 - ISSUERS.index(good.by)], "NOT_THE_DEBTOR")
    return Planned(good.type, changed, good.by, code)
