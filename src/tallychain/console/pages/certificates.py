"""Certificates: the PDF behind the button on a payable, voucher, holding or settlement."""

from typing import Final

from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit


async def certificate(visit: Visit) -> Reply:
    """The page as a file, with what the visitor's seat can open."""
    answer = await visit.desk.ask("certificate", path=visit.path)
    if not isinstance(answer.body, bytes):
        raise TypeError("a certificate is no stream")
    return Reply(answer.body, 200, answer.media_type, dict(answer.headers))


ROUTES: Final[tuple[Route, ...]] = (get("/certificates/{kind:str}/{subject:str}", certificate),)
