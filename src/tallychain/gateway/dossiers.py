"""
The title dossier: who stood behind each tag from the issue of a voucher to the one that asks for money on it, for the funders that it asks.

The issuer can read who every holder is, because it has notice of each assignment.  Its gateway opens, of one act of each earlier holder, the part in which the
holder shows itself, and sends it by letter to each funder asked.  The receiver computes the commitment on the ledger again and verifies the holder's own signature, so that it need
not believe the issuer.  A holder that the issuer cannot show stays a gap, and the chain is shown as incomplete.
"""

from collections.abc import Sequence
from typing import Any, Final

import structlog
from msgspec import Struct

from tallychain.contracts.vouchers.financing.state import ASKING, FINANCINGS, Financing
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.crypto.digest import sha256
from tallychain.crypto.kept import keep, reveal
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.askedfunders import is_entitled
from tallychain.gateway.certificates import Authorities, Certificates
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.concern import Concerns
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.dossierlinks import LinkNotTrue, checked, why_unproven
from tallychain.gateway.houseparts import PartShut, house_opening
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.letters import (
    Dossier,
    DossierLink,
    DossierRequest,
    SentCertificate,
    new_id,
)
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.titlechain import Link, Row, chain_of
from tallychain.ledger import codec
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import Body
from tallychain.sdk.build import IDENTITY

PROVEN: Final = "proven"
UNPROVEN: Final = "unproven"
MISSING: Final = "missing"
NOT_ISSUER: Final = "the voucher is another member's"
NOT_ENTITLED: Final = "the ledger does not name the asking member"
_PLACE: Final = "dossier_link"
_PAGE: Final = 500
_PAGES_MOST: Final = 40
_IDENTITIES: Final = 20
Place = tuple[int, str] | None
"""Time and id of the last row of the page before; None for the first page."""


class ShownLink(Struct, frozen=True):
    """One holder in the chain of title, as far as it can be named here."""

    number: int
    """From the issue on, counted from 1."""
    tag: str
    sponsor: str
    came_by: str
    """`issued`, `moved`, or `rekeyed`: the same holder or its successor under other keys."""
    at_ms: int
    state: str
    """`proven`: its own certified signature was verified here; `unproven`: it is named, and `why` says what is not shown; `missing`: nobody has shown who it is."""
    name: str
    uscc: str
    operation: str
    """The act in which it shows itself; empty where it is missing."""
    why: str


class TitleDossier(Struct, frozen=True):
    """The chain of title of one financing."""

    financing: str
    voucher: str
    is_whole: bool
    """Whether every link is proven; where it is not, the chain is incomplete."""
    got_ms: int
    """When the issuer's letter came; 0 while none has."""
    why: str
    """Why the issuer shows nothing; empty where it does, and while it is silent."""
    links: list[ShownLink]


class DossierGiven(Struct, frozen=True):
    """One dossier that this member gave as issuer, or why not."""

    id: str
    financing: str
    member: str
    given_ms: int
    links: int
    missing: int
    """Earlier holders that could not be shown."""
    why: str


class Dossiers:
    """Gives, asks for, takes and shows them for one member."""

    def __init__(
        self,
        member: str,
        secret: bytes,
        state: LedgerState,
        concerns: Concerns,
        sealing: SealingKeys,
        certificates: Certificates,
        authorities: Authorities,
        postbox: Postbox,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._secret = secret
        self._state = state
        self._concerns = concerns
        self._sealing = sealing
        self._certificates = certificates
        self._authorities = authorities
        self._postbox = postbox
        self._database = database
        self._clock = clock
        self.read_model: ReadModel | None = None
        self._looked_at: frozenset[str] = frozenset()
        self._log = structlog.get_logger("dossiers")

    async def send_due(self) -> None:
        """Send the dossier of every financing that takes quotes on a voucher of this member, once to each funder asked."""
        if self.read_model is None:
            return
        asking = [row for status in ASKING for row in await self._rows("financings", {"status": status})]
        done = set()
        for row in asking:
            name = str(row["financing"])
            try:
                if name not in self._looked_at:
                    await self._send_each(row)
                done.add(name)
            except Problem as problem:
                # One that cannot be sent now must not keep the others.
                self._log.warning("title dossier not sent yet", financing=name, why=problem.code)
        self._looked_at = frozenset(done)

    async def answer(self, sender: str, letter: str, financing: str) -> None:
        """Give another member the dossier that it asks for, or say why not.  Raises `GATEWAY_FINANCING_NOT_SEEN`: it is asked again."""
        row: Financing | None = await self._state.get(FINANCINGS, financing)
        if row is None or await self._issuer(row) != self._member:
            made = Dossier(financing, NOT_ISSUER)
        elif not is_entitled(row, sender, self._clock.moment()):
            made = Dossier(financing, NOT_ENTITLED)
        else:
            await self._give(sender, _letter("again", letter), await self._financing(financing))
            return
        await self._post(sender, _letter("again", letter), made, 0)

    async def ask(self, financing: str) -> str:
        """Ask the issuer once more; the letter.  Raises `GATEWAY_NOT_FOUND` for whoever is not entitled."""
        row: Financing | None = await self._state.get(FINANCINGS, financing)
        if row is None or not is_entitled(row, self._member, self._clock.moment()):
            raise Problem("GATEWAY_NOT_FOUND")
        letter = new_id()
        wanted = DossierRequest(financing)
        return await self._postbox.send(await self._issuer(row), "dossier.request", wanted, letter_id=letter)

    async def take(self, sender: str, given: Dossier) -> None:
        """
        Keep what an issuer shows, each link with what is not proven of it.

        Raises `GATEWAY_LETTER_NOT_VALID` for what is not of the issuer, not for this member, or not what the ledger commits to.
        """
        row: Financing | None = await self._state.get(FINANCINGS, given.financing)
        if row is None:
            raise Problem("GATEWAY_FINANCING_NOT_SEEN", financing=given.financing)
        if await self._issuer(row) != sender or self._member not in row.funders:
            raise _not_valid("it is not the issuer's, or not for this member")
        tags = {link.tag for link in await self._chain(await self._financing(given.financing))}
        kept = []
        for link in given.links:
            if link.tag not in tags:
                raise _not_valid("it names a holder that is not in the chain of title")
            kept.append(await self._checked(given.financing, link))
        now = self._clock.now_ms()

        def write(db: Connection) -> None:
            db.execute(
                "INSERT INTO dossier_got (financing, got_ms, why) VALUES (?, ?, ?) "
                "ON CONFLICT (financing) DO UPDATE SET got_ms = excluded.got_ms, why = excluded.why",
                (given.financing, now, given.why[:200]),
            )
            for values in kept:
                db.execute(
                    "INSERT INTO dossier_link (financing, tag, operation, why, kept) VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT (financing, tag) DO UPDATE SET operation = excluded.operation, why = excluded.why, kept = excluded.kept "
                    "WHERE dossier_link.why <> ''",
                    values,
                )

        await self._database.write(write)

    async def show(self, financing: str) -> TitleDossier:
        """The chain of title of a financing in which this member was asked for money.  Raises `GATEWAY_NOT_FOUND`."""
        row = None if self.read_model is None else await self.read_model.get("financings", [financing], ())
        if row is None or self._member not in str(row["funders"]).split(", "):
            raise Problem("GATEWAY_NOT_FOUND")
        got = await self._database.read(
            lambda db: db.execute(
                "SELECT got_ms, why FROM dossier_got WHERE financing = ?", (financing,)
            ).fetchone()
        )
        sent = {
            str(tag): (str(operation), str(why), bytes(kept))
            for tag, operation, why, kept in await self._database.read(
                lambda db: db.execute(
                    "SELECT tag, operation, why, kept FROM dossier_link WHERE financing = ?", (financing,)
                ).fetchall()
            )
        }
        chain = await self._chain(row)
        links = [
            await self._shown(number, link, financing, sent.get(link.tag))
            for number, link in enumerate(chain, start=1)
        ]
        return TitleDossier(
            financing=financing,
            voucher=str(row["voucher"]),
            is_whole=all(link.state == PROVEN for link in links),
            got_ms=0 if got is None else int(got[0]),
            why="" if got is None else str(got[1]),
            links=links,
        )

    async def given(self, before: Place, limit: int) -> list[DossierGiven]:
        """What this member gave as issuer, newest first, from behind a place on."""
        at_ms, name = before or (2**63 - 1, "")
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT id, financing, member, given_ms, links, missing, why FROM dossier_given "
                "WHERE given_ms < ? OR (given_ms = ? AND id > ?) ORDER BY given_ms DESC, id LIMIT ?",
                (at_ms, at_ms, name, limit),
            ).fetchall()
        )
        return [DossierGiven(*row) for row in rows]

    async def _send_each(self, row: Row) -> None:
        voucher = await self._row("vouchers", str(row["voucher"]))
        if voucher is None or voucher["issuer"] != self._member:
            return
        for funder in str(row["funders"]).split(", "):
            letter = _letter(str(row["financing"]), funder)
            known = await self._database.read(
                lambda db, letter=letter: db.execute(  # type: ignore[misc]  # the default binds this round's letter
                    "SELECT 1 FROM dossier_given WHERE id = ?", (letter,)
                ).fetchone()
            )
            if known is None:
                await self._give(funder, letter, row)

    async def _give(self, to: str, letter: str, row: Row) -> None:
        earlier = [link for link in await self._chain(row) if link.tag != row["tag"]]
        links = [made for link in earlier if (made := await self._link(link)) is not None]
        await self._post(to, letter, Dossier(str(row["financing"]), "", tuple(links)), len(earlier))

    async def _post(self, to: str, letter: str, made: Dossier, wanted: int) -> None:
        # The letter is kept first: whoever is interrupted in between says it again, and the letter goes once.
        await self._postbox.send(to, "dossier", made, letter_id=letter)
        shown = len(made.links)
        values = (letter, made.financing, to, self._clock.now_ms(), shown, wanted - shown, made.why)
        await self._database.write(
            lambda db: db.execute(
                "INSERT INTO dossier_given (id, financing, member, given_ms, links, missing, why) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                values,
            )
        )

    async def _link(self, link: Link) -> DossierLink | None:
        """One earlier holder as it showed itself in one of its acts; None where this member cannot open any."""
        for row in await self._identities(link.tag):
            signed = await self._concerns.operation(str(row["operation"]))
            if signed is None:
                continue
            try:
                opened = await house_opening(self._sealing, signed, codec.decode(Body, signed.body), IDENTITY)
                content = codec.decode(IdentityContent, opened.content)
            except (PartShut, codec.Malformed):
                continue
            sent = []
            for digest in filter(None, (content.certificate, content.checker_certificate)):
                chain = await self._certificates.get(digest)
                if chain is not None:
                    sent.append(SentCertificate(chain.certificate, chain.intermediates))
            return DossierLink(link.tag, str(row["operation"]), opened.salt, opened.content, tuple(sent))
        return None

    async def _checked(self, financing: str, link: DossierLink) -> tuple[str, str, str, str, bytes]:
        """The row to keep of a link."""
        signed = await self._concerns.operation(link.operation)
        if signed is None:
            raise Problem("GATEWAY_FINANCING_NOT_SEEN", financing=financing)
        body = codec.decode(Body, signed.body)
        try:
            content = checked(body, link)
        except LinkNotTrue as error:
            raise _not_valid(str(error)) from None
        why = why_unproven(body, content, link.certificates, self._authorities)
        kept = keep(self._secret, link.content, _PLACE, financing, link.tag)
        return financing, link.tag, link.operation, why, kept

    async def _shown(
        self, number: int, link: Link, financing: str, sent: tuple[str, str, bytes] | None
    ) -> ShownLink:
        own = next((row for row in await self._identities(link.tag) if row["verified"]), None)
        state, name, uscc, operation, why = MISSING, "", "", "", ""
        if own is not None:
            state, operation = PROVEN, str(own["operation"])
            name, uscc = str(own["name"]), str(own["uscc"])
        elif sent is not None:
            operation, why, kept = sent
            content = codec.decode(IdentityContent, reveal(self._secret, kept, _PLACE, financing, link.tag))
            state, name, uscc = UNPROVEN if why else PROVEN, content.name, content.uscc
        return ShownLink(
            number, link.tag, link.sponsor, link.came_by, link.at_ms, state, name, uscc, operation, why
        )

    async def _identities(self, tag: str) -> list[Row]:
        """Acts in which a holder shows itself to this member, those first whose signature was verified here."""
        if self.read_model is None:
            return []
        page = await self.read_model.list("identities", {"tag": tag}, (HOUSE,), "", _IDENTITIES)
        return sorted(page.rows, key=lambda row: (not row["verified"], str(row["operation"])))

    async def _chain(self, financing: Row) -> list[Link]:
        voucher = await self._row("vouchers", str(financing["voucher"]))
        moves = await self._rows("title_moves", {"voucher": str(financing["voucher"])})
        if voucher is None:
            raise Problem("GATEWAY_FINANCING_NOT_SEEN", financing=str(financing["financing"]))
        return chain_of(voucher, moves, financing)

    async def _financing(self, name: str) -> Row:
        """The row of a financing; raises `GATEWAY_FINANCING_NOT_SEEN` where the rows here have not come to it."""
        row = await self._row("financings", name)
        if row is None:
            raise Problem("GATEWAY_FINANCING_NOT_SEEN", financing=name)
        return row

    async def _issuer(self, financing: Financing) -> str:
        voucher = await self._state.get(VOUCHERS, financing.voucher)
        return "" if voucher is None else str(voucher.issuer)

    async def _row(self, view: str, name: str) -> Row | None:
        return None if self.read_model is None else await self.read_model.get(view, [name], ())

    async def _rows(self, view: str, filters: dict[str, str]) -> Sequence[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = ""
        model = self.read_model
        if model is None:
            return rows
        for _ in range(_PAGES_MOST):
            page = await model.list(view, filters, (), cursor, _PAGE)
            rows += page.rows
            cursor = page.cursor
            if not cursor:
                break
        return rows


def _letter(*parts: str) -> str:
    """The id of a letter that follows from what it is about, so that the same again makes no second one."""
    return sha256(" ".join(("dossier", *parts)).encode()).hex()[:32]


def _not_valid(detail: str) -> Problem:
    return Problem("GATEWAY_LETTER_NOT_VALID", detail=detail)
