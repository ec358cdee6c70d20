"""Letters from other gateways, and documents."""

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from tallychain.gateway.documents import StoredDocument
from tallychain.gateway.keeping import Binding
from tallychain.gateway.letters import LETTER_BYTES, SentDocument
from tallychain.gateway.papersbehind import PaperBehind
from tallychain.gateway.problems import Problem
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import BYTES, Answer, Asked, Endpoint, Parameter, empty, json


class SendDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a document goes to: a member, and the code of its client or its own."""

    to: str
    uscc: str


class Sent(Struct, frozen=True):
    """The letter that carries a document."""

    letter: str


async def take_letter(asked: Asked) -> Answer:
    """A letter of another member's gateway; it carries its own proof of who sent it."""
    asked.gateway.member_rates.take(f"address:{asked.address}")
    return Answer(await asked.gateway.correspondence.take(asked.body))


async def store(asked: Asked) -> Answer:
    """Keep a file for the caller's seat."""
    media_type = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    stored = await asked.gateway.documents.store(
        asked.caller.seat,
        asked.body,
        name=asked.query.get("name", ""),
        media_type=media_type,
        account=asked.caller.id,
    )
    return json(stored, 201)


async def list_documents(asked: Asked) -> Answer:
    """The newest documents of the caller's seat."""
    limit = paging.rows_asked(asked)
    found = await asked.gateway.documents.list(asked.caller.seat, limit, paging.after_time(asked))
    place = (found[-1].stored_ms, found[-1].digest) if len(found) == limit else None
    return paging.page(asked, found, place)


async def show(asked: Asked) -> Answer:
    """The content of a document, always as a download: nothing that was uploaded is run or shown by a browser."""
    stored, content = await asked.gateway.documents.get(asked.caller.seat, asked.path["digest"])
    salt = await asked.gateway.documents.salt(asked.caller.seat, stored.digest)
    answer = _download(stored, content)
    return replace(answer, headers={**answer.headers, "X-Document-Salt": salt.hex()})


async def bindings(asked: Asked) -> Answer:
    """What keeps a document of the caller's seat from being removed."""
    stored = await asked.gateway.documents.find(asked.caller.seat, asked.path["digest"])
    if stored is None:
        raise Problem("GATEWAY_NOT_FOUND")
    found = await asked.gateway.filing.keeping.bindings(asked.caller.seat, [stored])
    return json(found[stored.digest])


async def remove(asked: Asked) -> Answer:
    """Remove a document of the caller's seat that nothing rests on any more."""
    stored = await asked.gateway.filing.keeping.remove(asked.caller.seat, asked.path["digest"])
    await asked.gateway.unlocking.audit(asked.caller.id, "document-remove", stored.digest)
    return empty()


def _download(stored: StoredDocument, content: bytes) -> Answer:
    disposition = f"attachment; filename*=UTF-8''{quote(stored.name)}"
    headers = {
        "Content-Disposition": disposition,
        "X-Document-Type": stored.media_type,
        "X-Document-Commitment": stored.commitment,
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "ETag": f'"{stored.digest}"',
    }
    return Answer(content, 200, BYTES, headers)


async def send(asked: Asked) -> Answer:
    """Send a document of the caller's seat to another member's gateway."""
    body = asked.read(SendDocument)
    stored, content = await asked.gateway.documents.get(asked.caller.seat, asked.path["digest"])
    payload = SentDocument(body.uscc, stored.name, stored.media_type, content)
    letter = await asked.gateway.postbox.send(body.to, "document", payload)
    await asked.gateway.unlocking.audit(asked.caller.id, "document-send", stored.digest)
    return json(Sent(letter), 202)


async def list_behind(asked: Asked) -> Answer:
    """The papers of a payable, each with the state of its file, for the debtor's staff who confirm and for the presenter."""
    return json(await asked.gateway.filing.behind.list(asked.caller, asked.path["operation"]))


async def show_behind(asked: Asked) -> Answer:
    """The file of a paper behind a payable, always as a download."""
    stored, content = await asked.gateway.filing.behind.content(
        asked.caller, asked.path["operation"], asked.path["digest"]
    )
    return _download(stored, content)


ENDPOINTS: Final = (
    Endpoint(
        name="letter-post",
        method="POST",
        path="/v1/letters",
        summary="A sealed and signed letter from another member's gateway",
        handler=take_letter,
        request=bytes,
        response=bytes,
        tag="letters",
        body_limit=lambda _: LETTER_BYTES,
        problems=(
            "GATEWAY_LETTER_NOT_VALID",
            "GATEWAY_LETTER_REUSED",
            "GATEWAY_CARD_NOT_VALID",
            "GATEWAY_PAYABLE_NOT_SEEN",
        ),
    ),
    Endpoint(
        name="document-store",
        method="POST",
        path="/v1/documents",
        summary="Keep a document",
        handler=store,
        request=bytes,
        response=StoredDocument,
        status=201,
        parameters=(Parameter("name", "file name, letters and digits", required=True),),
        tag="documents",
        body_limit=lambda gateway: gateway.settings.document_bytes,
        problems=("GATEWAY_CONTENT_DIFFERS", "GATEWAY_STORE_FULL"),
    ),
    Endpoint(
        name="document-list",
        method="GET",
        path="/v1/documents",
        summary="The newest documents of the own seat",
        handler=list_documents,
        response=list[StoredDocument],
        parameters=paging.PAGING,
        tag="documents",
    ),
    Endpoint(
        name="document-show",
        method="GET",
        path="/v1/documents/{digest}",
        summary="The content of a document",
        handler=show,
        response=bytes,
        media_type=BYTES,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_DOCUMENT_DAMAGED"),
    ),
    Endpoint(
        name="document-bindings",
        method="GET",
        path="/v1/documents/{digest}/bindings",
        summary="What keeps a document from being removed, and until when",
        handler=bindings,
        response=list[Binding],
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="document-remove",
        method="DELETE",
        path="/v1/documents/{digest}",
        summary="Remove a document that nothing rests on any more",
        handler=remove,
        status=204,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_DOCUMENT_NEEDED", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="payable-paper-list",
        method="GET",
        path="/v1/payable-papers/{operation}",
        summary="The papers behind a payable, and whether their files are here",
        handler=list_behind,
        response=list[PaperBehind],
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="payable-paper-show",
        method="GET",
        path="/v1/payable-papers/{operation}/{digest}",
        summary="The file of a paper behind a payable",
        handler=show_behind,
        response=bytes,
        media_type=BYTES,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_DOCUMENT_DAMAGED", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="document-send",
        method="POST",
        path="/v1/documents/{digest}/send",
        summary="Send a document to another member",
        handler=send,
        request=SendDocument,
        response=Sent,
        status=202,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_DOCUMENT_DAMAGED", "GATEWAY_MEMBER_UNKNOWN"),
    ),
)
