"""Around every request: its gateway, an id, security headers, one line in the log, and figures.  Pure ASGI, so that streams are not held up."""

import secrets
import time
from typing import Final

import structlog
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tallychain.gateway.service import Gateway

REQUEST_ID: Final = "request_id"
_GATEWAY: Final = "gateway"
_LOG = structlog.get_logger("http")
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
)


def at_gateway(gateway: Gateway, application: ASGIApp) -> ASGIApp:
    """An application whose every request knows this gateway, so that one set of routes serves many."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})[_GATEWAY] = gateway
        await application(scope, receive, send)

    return serve


def gateway_of(scope: Scope) -> Gateway:
    """The gateway that a request came to."""
    gateway: Gateway = scope["state"][_GATEWAY]
    return gateway


class Around(ASGIMiddleware):
    """The one middleware of a gateway."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer one request."""
        metrics = gateway_of(scope).metrics
        request = secrets.token_hex(8)
        scope["state"][REQUEST_ID] = request
        began = time.perf_counter()
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                added = [item for item in _HEADERS if item[0] not in present]
                if b"cache-control" not in present:
                    added.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *added, (b"x-request-id", request.encode())]
            await send(message)

        try:
            await next_app(scope, receive, with_headers)
        finally:
            seconds = time.perf_counter() - began
            endpoint = _endpoint(scope)
            metrics.requests.labels(endpoint, str(status)).inc()
            metrics.seconds.labels(endpoint).observe(seconds)
            # The path may hold a key or an id; the endpoint's name says enough.
            _LOG.info("request", request=request, endpoint=endpoint, status=status, ms=round(seconds * 1000))


def _endpoint(scope: Scope) -> str:
    handler = scope.get("route_handler")
    opt: dict[str, object] = getattr(handler, "opt", {})
    return str(opt.get("endpoint", "none"))
