"""Consents that wait for the visitor: cancellations, payments outside, pledges, disputes, early redemptions, recourse, lost wallets, accounts of record, false identities, and claims of holders against their sponsor."""

from dataclasses import dataclass

from tallychain.console.desk import Row
from tallychain.console.names import Names
from tallychain.console.pages import bankaccounts, disputes, falseidentities, recourses, redemptions, rekeys
from tallychain.console.pages import financings as desk
from tallychain.console.pages.pledges import Shown, pledges_of
from tallychain.console.visits import Visit
from tallychain.contracts.vouchers.cancelling.state import PENDING
from tallychain.contracts.vouchers.sponsoring.state import WAITING
from tallychain.gateway.accounts import HOUSE

PROPOSED = "PROPOSED"
"""Status of a payment outside that its holder has not confirmed."""


@dataclass(frozen=True, slots=True)
class Consents:
    """What waits for a yes; each row of a holding has with it the `first` unit that the form of the act asks for."""

    cancellations: tuple[Row, ...]
    """One row for each live holding of the visitor's seat that is asked for: see `_is_asked`."""
    outside: tuple[Row, ...]
    claims: tuple[Row, ...]
    """Against the visitor's member, for its staff."""
    pledges: tuple[Shown, ...]
    """Proposals and contested claims for the pledgee, claims to contest for the holder."""
    financings: tuple[desk.Shown, ...]
    """Requests to quote, quotes to choose from, registrations, payments and confirmations that wait for the visitor."""
    disputes: tuple[disputes.Shown, ...]
    """Of the holder's units to answer; of the issuer's, denied, to bring before a court."""
    redemptions: tuple[redemptions.Shown, ...]
    """Offers to pay early for the holder to answer, and agreed ones for the bank to pay."""
    rekeys: tuple[rekeys.Shown, ...]
    """Changes of keys for the second bank to answer, for the old key to object to, for the new one to take over."""
    accounts: tuple[bankaccounts.Shown, ...]
    """Accounts of record for their bank to test, and for their client to say the code of or to stop."""
    suspects: tuple[falseidentities.Suspect, ...]
    """Identity parts that this gateway has found to be false, to show or to leave."""
    false_identities: tuple[Row, ...]
    """Acts that were shown to be false of late, for whom they concern."""
    recourses: tuple[recourses.Shown, ...]
    """Claims of funders for the seller to answer, and agreed ones whose money the bank waits for."""


async def consents_of(visit: Visit, names: Names) -> Consents:
    """Everything that waits for the consent of the visitor's seat, or for the answer of its member."""
    cancellations = await visit.desk.rows("cancellations", status=PENDING) if names.own else []
    outside = await visit.desk.rows("outside_payments", status=PROPOSED) if names.own else []
    held = await _held(visit, names) if cancellations or outside else []
    by_id = {str(row["holding"]): row for row in held}
    given = {
        (str(row["cancellation"]), str(row["holding"]))
        for cancellation in cancellations
        for row in await visit.desk.rows(
            "cancellation_consents", cancellation=str(cancellation["cancellation"])
        )
    }
    return Consents(
        cancellations=tuple(
            {**row, "first": item["first"], "face": item["face"]}
            for row in cancellations
            for item in held
            if item["voucher"] == row["voucher"] and _is_asked(row, item, given)
        ),
        outside=tuple(
            {**row, "first": by_id[str(row["holding"])]["first"]}
            for row in outside
            if str(row["holding"]) in by_id
        ),
        claims=tuple(
            await visit.desk.rows("claims", sponsor=visit.gateway.member, status=WAITING)
            if visit.caller.seat == HOUSE
            else []
        ),
        pledges=tuple(item for item in await pledges_of(visit, names) if item.waits),
        financings=tuple(item for item in await desk.financings_of(visit, names) if item.waits),
        disputes=tuple(item for item in await disputes.disputes_of(visit, names) if item.waits),
        redemptions=tuple(item for item in await redemptions.redemptions_of(visit, names) if item.waits),
        accounts=tuple(item for item in await bankaccounts.accounts_of(visit, names) if item.waits),
        suspects=tuple(item for item in await falseidentities.suspects_of(visit, names) if item.waits),
        false_identities=tuple(await falseidentities.recorded_for(visit, names)),
        rekeys=tuple(item for item in await rekeys.rekeys_of(visit, names) if item.waits),
        recourses=tuple(item for item in await recourses.recourses_of(visit, names) if item.waits),
    )


def _is_asked(cancellation: Row, holding: Row, given: set[tuple[str, str]]) -> bool:
    """
    Whether a cancellation waits for a yes for this holding.

    Who has consented is asked again only where nobody's consent is missing and the voucher stands all the same: something was bound then,
    and one more yes cancels the voucher once it is free.
    """
    return (
        cancellation["missing"] == 0
        or (str(cancellation["cancellation"]), str(holding["holding"])) not in given
    )


async def _held(visit: Visit, names: Names) -> list[Row]:
    return [
        row for tag in sorted(names.own) for row in await visit.desk.rows("holdings", tag=tag, status="LIVE")
    ]
