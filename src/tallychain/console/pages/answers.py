"""Answers to what others have begun: accept, reject, withdraw a promise; take, decline, recall an offer.  Each names its object before it is signed."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.guarantees import guarantee_of
from tallychain.console.pages.vouchers import papers
from tallychain.console.routes import Handler, Route, get, post
from tallychain.console.signing import act, new_key, one_line
from tallychain.console.visits import Reply, Visit
from tallychain.gateway.problems import Problem


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer."""

    name: str
    """As in the address and in the catalogue of words."""
    is_offer: bool
    """About an offer; else about a voucher."""
    consents: bool = False
    """Whether the text of the promise is consented to."""
    reasons: bool = False
    """Whether a reason can be given, for the other side only."""
    ends: bool = False
    """Whether it ends something for good, so that it is confirmed by a button that warns."""

    @property
    def type(self) -> str:
        """Type of its operation."""
        return f"voucher.{self.name}"


KINDS: Final = (
    Kind("accept", is_offer=False, consents=True),
    Kind("reject", is_offer=False, reasons=True, ends=True),
    Kind("withdraw", is_offer=False, ends=True),
    Kind("take", is_offer=True),
    Kind("decline", is_offer=True, reasons=True, ends=True),
    Kind("recall", is_offer=True, ends=True),
)


async def _objects(visit: Visit, kind: Kind) -> tuple[Row, Row | None]:
    """The voucher, and the offer where the answer is about one."""
    if not kind.is_offer:
        return await visit.desk.row("vouchers", visit.path["voucher"]), None
    offer = await visit.desk.row("offers", visit.path["offer"])
    return await visit.desk.row("vouchers", offer["voucher"]), offer


def _args(kind: Kind, voucher: Row, offer: Row | None) -> dict[str, Any]:
    args: dict[str, Any] = {"voucher": voucher["voucher"]}
    if kind.consents:
        args["consent"] = voucher["promise"]
    if offer is not None:
        args["offer"] = offer["offer"]
    return args


async def _shown(visit: Visit, kind: Kind, problem: Problem | None = None) -> Reply:
    voucher, offer = await _objects(visit, kind)
    operation, row = voucher["operation"], 0
    if offer is not None:
        operation, _, number = str(offer["offer"]).partition(":")
        row = int(number)
    return await page(
        visit,
        "answer.html",
        status=200 if problem is None else problem.status,
        active="vouchers",
        kind=kind,
        names=await names_for(visit),
        voucher=voucher,
        offer=offer,
        guarantee=await guarantee_of(visit, str(voucher["voucher"])),
        papers=await papers(visit, operation, row),
        text=msgspec.json.encode(_args(kind, voucher, offer)).decode(),
        key=visit.text("key") or new_key(),
        reason=visit.text("reason"),
        problem=problem,
    )


def _show(kind: Kind) -> Handler:
    async def show(visit: Visit) -> Reply:
        return await _shown(visit, kind)

    return show


def _sign(kind: Kind) -> Handler:
    async def sign(visit: Visit) -> Reply:
        voucher, offer = await _objects(visit, kind)
        reason = one_line(visit.text("reason"))
        sealed = {"reason": {"reason": reason}} if kind.reasons and reason else {}
        try:
            return await act(visit, kind.type, _args(kind, voucher, offer), sealed)
        except Problem as problem:
            return await _shown(visit, kind, problem)

    return sign


def _path(kind: Kind) -> str:
    return f"/offers/{{offer:str}}/{kind.name}" if kind.is_offer else f"/vouchers/{{voucher:str}}/{kind.name}"


ROUTES: Final[tuple[Route, ...]] = tuple(
    route for kind in KINDS for route in (get(_path(kind), _show(kind)), post(_path(kind), _sign(kind)))
)
