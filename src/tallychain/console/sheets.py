"""Tables that a page computes, as files: the same forms and the same care as for the lists of contracts."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from tallychain.console.desk import Row
from tallychain.console.tables import FORMS, MEDIA, heads_of
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.ledger.views import Column

FORM: Final = "as"
"""In the address of a page: the form of a file that it shall answer with."""


def as_file(visit: Visit, name: str, columns: Sequence[Column], rows: Sequence[Row]) -> Reply:
    """Rows as the file that the address asks for; raises `PageRefused` for a form that there is not."""
    form = visit.query.get(FORM, "")
    if form not in FORMS:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)

    async def pages() -> AsyncIterator[Sequence[Row]]:
        yield rows

    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Reply(FORMS[form](heads_of(visit, columns), columns, pages()), 200, MEDIA[form], headers)
