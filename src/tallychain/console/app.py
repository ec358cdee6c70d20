"""The console beside the API of a gateway: routes, sessions, the content policy, and every refusal as a page."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Method, Receive, Scope, Send

from tallychain.console import visits
from tallychain.console.desk import Desk
from tallychain.console.forms import NOTHING, Form, read_form
from tallychain.console.pagemaker import page
from tallychain.console.pages import ROUTES
from tallychain.console.routes import Route
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.console.words import Words
from tallychain.engine.port import EngineError
from tallychain.gateway.accounts import TOKEN_BYTES, Account
from tallychain.gateway.problems import Problem
from tallychain.gateway.service import Gateway
from tallychain.gateway.strictjson import hidden
from tallychain.gateway.web.app import all_endpoints, create_app
from tallychain.gateway.web.endpoints import Endpoint
from tallychain.gateway.web.middleware import Around, at_gateway, gateway_of
from tallychain.ledger.machine import Catalogue

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With no-referrer browsers send forms with the origin "null", and ours could not be told from another site's.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
_STATIC: Final = Path(__file__).parent / "static"
_MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_NOT_ROUTED: Final = {404: "CONSOLE_PAGE_UNKNOWN", 405: "CONSOLE_METHOD_NOT_ALLOWED"}
_API: Final = ("/v1/", "/openapi.json", "/metrics", "/healthz", "/readyz")
_LINES: Final = str.maketrans("", "", "\r\n\t")
"""A field of several lines holds these, and the ledger's own table decides about them."""
_LOG = structlog.get_logger("console")


def with_console(gateway: Gateway) -> ASGIApp:
    """One application: the API under its own paths, and the pages for people everywhere else."""
    api, console = create_app(gateway), at_gateway(gateway, _console(gateway.catalogue))

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = api if scope.get("path", "/").startswith(_API) else console
        await chosen(scope, receive, send)

    return application


@lru_cache(maxsize=4)
def _console(catalogue: Catalogue) -> Litestar:
    """The pages, the same for every gateway of a process."""
    endpoints = {endpoint.operation_id or endpoint.name: endpoint for endpoint in all_endpoints(catalogue)}
    return Litestar(
        route_handlers=[
            *(_route(route, endpoints) for route in ROUTES),
            *(_static(path) for path in sorted(_STATIC.iterdir()) if path.suffix in _MEDIA),
        ],
        openapi_config=None,
        exception_handlers={HTTPException: partial(_on_http, endpoints)},
        middleware=[Around()],
        request_max_body_size=None,
        logging_config=None,
        debug=False,
    )


def _static(path: Path) -> HTTPRouteHandler:
    content, media_type = path.read_bytes(), _MEDIA[path.suffix]

    async def file() -> AnyResponse:
        headers = {**_HEADERS, "Cache-Control": "public, max-age=3600"}
        return Response(content, media_type=media_type, headers=headers)

    return HTTPRouteHandler(
        f"/static/{path.name}", http_method=["GET"], name=path.name, opt={"endpoint": "console static"}
    )(file)


def _route(route: Route, endpoints: Mapping[str, Endpoint]) -> HTTPRouteHandler:
    method: Method = route.method  # type: ignore[assignment]  # declared as plain text
    handle = _handler(route, endpoints)
    return HTTPRouteHandler(
        route.path,
        http_method=[method],
        status_code=200,  # each reply carries its own
        name=f"{method} {route.path}",
        opt={"endpoint": f"console {route.path}"},
    )(handle)


def _handler(
    route: Route, endpoints: Mapping[str, Endpoint]
) -> Callable[[AnyRequest], Awaitable[AnyResponse]]:
    async def handle(request: AnyRequest) -> AnyResponse:
        gateway = gateway_of(request.scope)
        form: Form | None = NOTHING
        if route.method == "POST":
            form = await _in_time(read_form(request, takes_files=route.takes_files), gateway)
        visit = await _visit(request, gateway, endpoints, form or NOTHING)
        return _response(await _answered(route, visit, request, is_form=form is not None), visit)

    return handle


async def _in_time(reading: Awaitable[Form | None], gateway: Gateway) -> Form | None:
    """A form that has arrived while it was worth waiting for, or None."""
    try:
        async with asyncio.timeout(gateway.settings.body_wait_s):
            return await reading
    except TimeoutError:
        return None


async def _answered(route: Route, visit: Visit, request: AnyRequest, *, is_form: bool) -> Reply:
    """A page's answer, or the page that says why there is none."""
    try:
        if not is_form:
            raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400)
        if route.method == "POST":
            host = request.headers.get("host", "")
            visits.check_form(visit, origin=request.headers.get("origin", ""), host=host)
        address = "" if request.client is None else request.client.host
        visit.gateway.take_turn(visit.account, address)
        _need_visible(visit)
        if visit.account is None and not route.is_open:
            return visits.go_to("/")
        return await route.handler(visit)
    except Problem as problem:
        return await _refused_by(visit, problem)
    except PageRefused as refused:
        return await _refused(visit, refused.code, visit.words(f"refusal.{refused.code}"), refused.status)
    except EngineError:
        return await _refused_by(visit, Problem("GATEWAY_LEDGER_NOT_REACHED"))
    except Exception as error:  # noqa: BLE001 - our own mistake: the visitor gets a reference, the log gets the kind, neither a payload
        reference = secrets.token_hex(8)
        _LOG.error("defect", reference=reference, error=type(error).__name__, page=route.path)
        return await _refused_by(visit, Problem("GATEWAY_DEFECT", reference=reference))


def _need_visible(visit: Visit) -> None:
    """Refuse what nobody would see: a form or an address that holds it would be shown as something that it is not."""
    texts = (*visit.path.values(), *visit.query.values(), *visit.form.values())
    for text in texts:
        if code := hidden(text.translate(_LINES)):
            raise Problem("GATEWAY_CHARACTER_NOT_ALLOWED", detail=code)


async def _refused_by(visit: Visit, problem: Problem) -> Reply:
    return await _refused(visit, problem.code, problem.sentence(visit.words.language), problem.status)


async def _refused(visit: Visit, code: str, sentence: str, status: int) -> Reply:
    return await page(visit, "refused.html", status=status, code=code, sentence=sentence)


async def _visit(
    request: AnyRequest, gateway: Gateway, endpoints: Mapping[str, Endpoint], form: Form
) -> Visit:
    cookies, member = request.cookies, gateway.member
    token = cookies.get(visits.session_cookie(member), "")
    account = await _account(gateway, token)
    visitor = cookies.get(visits.visitor_cookie(member), "")
    known = visitor if len(visitor) == 2 * TOKEN_BYTES and visitor.isalnum() and visitor.isascii() else ""
    secret = token if account is not None else known
    language = visits.language_of(
        cookies.get(visits.language_cookie(member), ""), request.headers.get("accept-language", "")
    )
    address = "" if request.client is None else request.client.host
    query = {str(name): str(value) for name, value in request.query_params.items()}
    kept = urlencode({name: value for name, value in query.items() if name != "seen"})
    return Visit(
        gateway=gateway,
        desk=Desk(gateway, endpoints, account, address),
        words=Words(language, gateway.catalogue),
        account=account,
        secret=secret or visits.new_secret(),
        token=token if account is not None else "",
        path={name: str(value) for name, value in request.path_params.items()},
        query=query,
        form=form.fields,
        files=form.files,
        url=request.url.path + (f"?{kept}" if kept else ""),
        is_poll=request.headers.get("hx-request") == "true",
    )


async def _account(gateway: Gateway, token: str) -> Account | None:
    if len(token) != 2 * TOKEN_BYTES:
        return None
    try:
        return await gateway.accounts.by_token(token)
    except Problem:
        return None


def _response(reply: Reply, visit: Visit) -> AnyResponse:
    cookies = list(reply.cookies)
    if visit.account is None and reply.sets_cookies:
        name = visits.visitor_cookie(visit.gateway.member)
        cookies.append(visits.cookie(visit.gateway, name, visit.secret))
    headers = {**_HEADERS, "Cache-Control": "no-store", **reply.headers}
    if not isinstance(reply.body, bytes):
        return Stream(
            reply.body,
            status_code=reply.status,
            media_type=reply.media_type,
            headers=headers,
            cookies=cookies,
        )
    return Response(
        reply.body,
        status_code=reply.status,
        media_type=reply.media_type,
        headers=headers,
        cookies=cookies,
    )


def _on_http(endpoints: Mapping[str, Endpoint], request: AnyRequest, error: HTTPException) -> AnyResponse:
    """What no route takes: an address beneath a known one, or a method that a page does not know."""
    code = _NOT_ROUTED.get(error.status_code)
    if code is None:
        return Response(b"", status_code=error.status_code, media_type="text/plain", headers=_HEADERS)
    return _Unrouted(endpoints, request, PageRefused(code, error.status_code), error.headers or {})


class _Unrouted(Response[bytes]):
    """The page of a refusal, made when it is sent: the framework asks for its answer before anything may be awaited."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        request: AnyRequest,
        refused: PageRefused,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(b"", status_code=refused.status)
        self._endpoints = endpoints
        self._asked = request
        self._refused = refused
        self._allowed = {name: text for name, text in headers.items() if name.lower() == "allow"}

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        """What answers when it is called."""
        return _Answering(self._answer)

    async def _answer(self) -> ASGIResponse:
        async def refuse(_: Visit) -> Reply:
            raise self._refused

        # The method does not matter here, and no form is read; so neither is its token.
        route = Route("GET", "not routed", refuse, is_open=True)
        visit = await _visit(self._asked, gateway_of(self._asked.scope), self._endpoints, NOTHING)
        reply = await _answered(route, visit, self._asked, is_form=True)
        answer = _response(replace(reply, headers={**reply.headers, **self._allowed}), visit)
        return answer.to_asgi_response(app=None, request=self._asked)


class _Answering(ASGIResponse):
    """An answer that is made while it is sent."""

    def __init__(self, make: Callable[[], Awaitable[ASGIResponse]]) -> None:
        super().__init__()
        self._make = make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        made = await self._make()
        await made(scope, receive, send)
