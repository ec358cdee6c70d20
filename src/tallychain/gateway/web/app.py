"""The HTTP application: routes from the declared endpoints, and one place where every refusal becomes a problem document."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, Final
from urllib.parse import quote

import structlog
from litestar import Litestar, Request, Response
from litestar.config.app import AppConfig
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from litestar.types import ASGIApp, Method

from tallychain.crypto.digest import sha256
from tallychain.engine.port import EngineUnavailable
from tallychain.gateway import permissions
from tallychain.gateway.accounts import TOKEN_BYTES, Account
from tallychain.gateway.database import DatabaseLost
from tallychain.gateway.problems import MEDIA_TYPE, Problem, document
from tallychain.gateway.service import Gateway
from tallychain.gateway.strictjson import hidden
from tallychain.gateway.web import (
    acting,
    auditing,
    batching,
    certifying,
    disclosing,
    dossiers,
    enrolling,
    fingerprinting,
    funding,
    hooking,
    joining,
    limiting,
    mine,
    moving,
    openapi,
    operating,
    operations,
    own,
    owning,
    pairing,
    papers,
    people,
    previewing,
    queries,
    rating,
    refining,
    registering,
    reporting,
    session,
    sharing,
    tokens,
)
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint
from tallychain.gateway.web.middleware import REQUEST_ID, Around, at_gateway, gateway_of
from tallychain.ledger.machine import Catalogue
from tallychain.sdk.requestproof import Request as SentRequest

_BEARER: Final = "Bearer "
_LOG = structlog.get_logger("http")

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]


def all_endpoints(catalogue: Catalogue) -> list[Endpoint]:
    """Every endpoint of a gateway on this catalogue, and the one that describes them."""
    endpoints = [
        *operating.ENDPOINTS,
        *session.ENDPOINTS,
        *joining.ENDPOINTS,
        *own.ENDPOINTS,
        *acting.endpoints(catalogue),
        *operations.ENDPOINTS,
        *certifying.ENDPOINTS,
        *queries.endpoints(catalogue),
        *mine.endpoints(catalogue),
        *disclosing.ENDPOINTS,
        *funding.ENDPOINTS,
        *batching.ENDPOINTS,
        *limiting.ENDPOINTS,
        *refining.ENDPOINTS,
        *previewing.ENDPOINTS,
        *fingerprinting.ENDPOINTS,
        *papers.ENDPOINTS,
        *sharing.ENDPOINTS,
        *dossiers.ENDPOINTS,
        *registering.ENDPOINTS,
        *reporting.ENDPOINTS,
        *rating.ENDPOINTS,
        *enrolling.ENDPOINTS,
        *moving.ENDPOINTS,
        *auditing.ENDPOINTS,
        *hooking.ENDPOINTS,
        *people.ENDPOINTS,
        *pairing.ENDPOINTS,
        *tokens.ENDPOINTS,
        *owning.ENDPOINTS,
    ]
    endpoints.append(operating.described_by(partial(openapi.describe, endpoints)))
    return endpoints


def create_app(gateway: Gateway) -> ASGIApp:
    """The application of a gateway that is open; starting and stopping it is the caller's."""
    return at_gateway(gateway, _application(gateway.catalogue))


@lru_cache(maxsize=4)
def _application(catalogue: Catalogue) -> Litestar:
    """The same for every gateway of a process: hundreds of routes take a quarter of a second to make."""
    return Litestar(
        route_handlers=[_route(endpoint) for endpoint in all_endpoints(catalogue)],
        openapi_config=None,
        middleware=[Around()],
        exception_handlers={
            Problem: _on_problem,
            EngineUnavailable: _on_engine,
            DatabaseLost: _on_database,
            HTTPException: _on_http,
            Exception: _on_defect,
        },
        on_app_init=[_no_defaults],
        request_max_body_size=None,
        logging_config=None,
    )


def _no_defaults(config: AppConfig) -> AppConfig:
    """The reader of bodies is ours, so the framework's own are not needed."""
    config.debug = False
    return config


def _route(endpoint: Endpoint) -> HTTPRouteHandler:
    method: Method = endpoint.method  # type: ignore[assignment]  # declared as plain text
    path = endpoint.path.replace("{key}", "{key:path}")
    for name in ("id", "digest", "operation", "kind", "subject"):
        path = path.replace(f"{{{name}}}", f"{{{name}:str}}")
    return HTTPRouteHandler(
        path,
        http_method=[method],
        status_code=200,  # each answer carries its own
        name=endpoint.operation_id or endpoint.name,
        opt={"endpoint": endpoint.name},
    )(_handler(endpoint))


def _handler(endpoint: Endpoint) -> Callable[[AnyRequest], Awaitable[AnyResponse]]:
    names = [item.name for item in endpoint.parameters if not item.header]

    async def handle(request: AnyRequest) -> AnyResponse:
        gateway = gateway_of(request.scope)
        address = "" if request.client is None else request.client.host
        account, bound_to = await _caller(request, gateway, address)
        gateway.take_turn(account, address)
        permissions.check(endpoint.name, account)
        body = await _body(request, endpoint, gateway)
        if bound_to:
            gateway.request_proofs.check(_as_sent(request, body), _headers(request), bound_to)
        asked = Asked(
            gateway=gateway,
            account=account,
            path=_path(request),
            query=_query(request),
            headers=_headers(request),
            body=body,
            address=address,
        )
        asked.only(*names)
        answer = await endpoint.handler(asked)
        return _response(_unless_known(answer, asked) if endpoint.has_etag else answer)

    return handle


def _unless_known(answer: Answer, asked: Asked) -> Answer:
    """The answer with its tag, or 304 where the caller has it already."""
    if not isinstance(answer.body, bytes):
        return answer
    tag = f'"{sha256(answer.body).hex()[:32]}"'
    headers = {**answer.headers, "ETag": tag, "Cache-Control": "private, no-cache"}
    known = {item.strip().removeprefix("W/") for item in asked.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Answer(b"", 304, headers=headers)
    return replace(answer, headers=headers)


async def _caller(request: AnyRequest, gateway: Gateway, address: str) -> tuple[Account | None, str]:
    """The account that asks, and the key that its token is bound to (empty: none)."""
    header = request.headers.get("authorization")
    if header is None:
        return None, ""
    token = header.removeprefix(_BEARER)
    if not header.startswith(_BEARER) or len(token) != 2 * TOKEN_BYTES:
        raise Problem("GATEWAY_NOT_SIGNED_IN")
    try:
        return await gateway.accounts.bearer(token)
    except Problem:
        # Guessing is counted by address, before the permissions say anything.
        gateway.take_turn(None, address)
        raise


def _headers(request: AnyRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _as_sent(request: AnyRequest, body: bytes) -> SentRequest:
    """What a system has signed: path and query as they came over the wire."""
    raw = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return SentRequest(
        method=request.method,
        path=raw.partition(b"?")[0].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        authorization=request.headers.get("authorization", ""),
        body=body,
    )


async def _body(request: AnyRequest, endpoint: Endpoint, gateway: Gateway) -> bytes:
    """The body, bounded while it arrives; compressed bodies are not taken, so nothing can swell."""
    limit = endpoint.body_limit(gateway) if endpoint.request is not None else 0
    if endpoint.request is not None:
        _check_media_type(request, endpoint)
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and len(length) <= 12) or int(length) > limit:
        raise Problem("GATEWAY_TOO_LARGE", limit=limit)
    pieces = bytearray()
    try:
        async with asyncio.timeout(gateway.settings.body_wait_s):
            async for piece in request.stream():
                pieces += piece
                if len(pieces) > limit:
                    raise Problem("GATEWAY_TOO_LARGE", limit=limit)
    except TimeoutError:
        raise Problem("GATEWAY_TOO_SLOW") from None
    return bytes(pieces)


def _check_media_type(request: AnyRequest, endpoint: Endpoint) -> None:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem("GATEWAY_MEDIA_TYPE", wanted="the body as it is")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if endpoint.request is not bytes and kind != "application/json":
        raise Problem("GATEWAY_MEDIA_TYPE", wanted="application/json")


def _query(request: AnyRequest) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in found:
            raise Problem("GATEWAY_QUERY_NOT_VALID", detail=f"the parameter {name[:40]} stands twice")
        # The one parameter of a change is a file's name, which has a form of its own.
        if request.method == "GET" and (hidden(name) or hidden(str(value))):
            raise Problem("GATEWAY_QUERY_NOT_VALID", detail="a parameter holds a character that is not taken")
        found[name] = str(value)
    return found


def _path(request: AnyRequest) -> dict[str, str]:
    found = {name: str(value) for name, value in request.path_params.items()}
    if any(hidden(value) for value in found.values()):
        raise Problem("GATEWAY_NOT_FOUND")
    return found


def _response(answer: Answer) -> AnyResponse:
    headers = dict(answer.headers)
    if isinstance(answer.body, bytes):
        return Response(answer.body, status_code=answer.status, media_type=answer.media_type, headers=headers)
    return Stream(answer.body, status_code=answer.status, media_type=answer.media_type, headers=headers)


def _on_problem(request: AnyRequest, problem: Problem) -> AnyResponse:
    headers = {} if problem.retry_after_s is None else {"Retry-After": str(problem.retry_after_s)}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    instance = str(request.scope["state"].get(REQUEST_ID, ""))
    text = document(problem, f"urn:tallychain:request:{instance}")
    return Response(text, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _on_engine(request: AnyRequest, _: EngineUnavailable) -> AnyResponse:
    return _on_problem(request, Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=2))


def _on_database(request: AnyRequest, _: DatabaseLost) -> AnyResponse:
    return _on_problem(request, Problem("GATEWAY_DATABASE_NOT_REACHED", retry_after_s=2))


def _on_http(request: AnyRequest, error: HTTPException) -> AnyResponse:
    known = {404: "GATEWAY_NOT_FOUND", 405: "GATEWAY_METHOD_NOT_ALLOWED"}
    code = known.get(error.status_code)
    if code is None:
        return _on_defect(request, error)
    return _on_problem(request, Problem(code))


def _on_defect(request: AnyRequest, error: Exception) -> AnyResponse:
    """Our own mistake: the caller gets a reference, the log gets the place; neither gets a payload."""
    reference = secrets.token_hex(8)
    _LOG.error("defect", reference=reference, error=type(error).__name__, place=place(error))
    return _on_problem(request, Problem("GATEWAY_DEFECT", reference=reference))


def place(error: BaseException) -> Sequence[str]:
    """File and line of the innermost calls, without values."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-6:]
