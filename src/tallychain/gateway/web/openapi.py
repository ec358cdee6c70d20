"""The OpenAPI document, derived from the declarations of the endpoints, so that it is true and complete."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tallychain.gateway.permissions import PERMISSIONS, PUBLIC
from tallychain.gateway.problems import MEDIA_TYPE, ProblemDocument
from tallychain.gateway.reasons import REASONS
from tallychain.gateway.web.endpoints import JSON, Endpoint, Parameter
from tallychain.gateway.web.paging import CURSOR, NEXT

_IN_PATH: Final = re.compile(r"\{([a-z]+)\}")
_HOW_TOKENS_ARE_PROVEN: Final = (
    "A token of a session, or of a system. A system's token may be bound to a key: every request then carries an HTTP message signature "
    "(RFC 9421, label sig1, over @method, @path, @query, content-digest and authorization, with created, nonce, keyid and alg) and a "
    "Content-Digest (RFC 9530, sha-256); a proof is good for 60 seconds and once."
)
_REF: Final = "#/components/schemas/{name}"
_ALWAYS: Final = (
    "GATEWAY_REQUEST_MALFORMED",
    "GATEWAY_TOO_LARGE",
    "GATEWAY_HEAD_TOO_LARGE",
    "GATEWAY_TOO_SLOW",
    "GATEWAY_CONNECTIONS",
    "GATEWAY_RATE_EXCEEDED",
    "GATEWAY_DEFECT",
    "GATEWAY_DATABASE_NOT_REACHED",
    "GATEWAY_LEDGER_NOT_REACHED",
    "GATEWAY_METHOD_NOT_ALLOWED",
)
_AGAIN: Final = ("429", "503")
_RETRY: Final = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}
_SIGNED_IN: Final = ("GATEWAY_NOT_SIGNED_IN", "GATEWAY_REQUEST_NOT_PROVEN", "GATEWAY_FORBIDDEN")
_WITH_BODY: Final = (
    "GATEWAY_JSON_MALFORMED",
    "GATEWAY_JSON_DUPLICATE_KEY",
    "GATEWAY_JSON_FLOAT",
    "GATEWAY_JSON_NUMBER_TOO_LARGE",
    "GATEWAY_JSON_TOO_DEEP",
    "GATEWAY_FIELD_NOT_VALID",
    "GATEWAY_CHARACTER_NOT_ALLOWED",
    "GATEWAY_MEDIA_TYPE",
)


def describe(endpoints: Sequence[Endpoint], *, member: str, chain: str) -> dict[str, object]:
    """The whole document."""
    schemas, components = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Gateway of {member} on {chain}",
            "version": "1",
            "description": "Amounts are whole minor units, times UTC milliseconds. Problems are RFC 9457 documents.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": _HOW_TOKENS_ARE_PROVEN}
            },
        },
    }


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[dict[int, Any], dict[str, Any]]:
    """The schema of every declared type, by the type's identity within this list."""
    kinds: list[Any] = [ProblemDocument]
    for endpoint in endpoints:
        kinds += [
            kind
            for kind in (endpoint.request, endpoint.response, *endpoint.also.values())
            if kind is not None and kind is not bytes
        ]
    made, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    return {_name(kind): schema for kind, schema in zip(kinds, made, strict=True)}, components


def _name(kind: Any) -> int:
    return hash(kind)


def _operation(endpoint: Endpoint, schemas: dict[int, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": endpoint.operation_id or endpoint.name.replace("-", "_"),
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": [*_path_parameters(endpoint), *_other_parameters(endpoint)],
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.request is not None:
        media, schema = _content(endpoint.request, schemas, JSON)
        described["requestBody"] = {"required": True, "content": {media: schema}}
    if PERMISSIONS.get(endpoint.name) != PUBLIC:
        described["security"] = [{"token": []}]
    return described


def _content(kind: Any, schemas: dict[int, Any], media_type: str) -> tuple[str, dict[str, Any]]:
    if kind is bytes:
        media = "*/*" if media_type == JSON else media_type
        return media, {"schema": {"type": "string", "contentMediaType": media_type}}
    return media_type, {"schema": schemas[_name(kind)]}


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _IN_PATH.findall(endpoint.path)
    ]


def _other_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": item.name,
            "in": "header" if item.header else "query",
            "required": item.required,
            "description": item.description,
            "schema": _bounds(item),
        }
        for item in endpoint.parameters
    ]


def _bounds(item: Parameter) -> dict[str, Any]:
    said = {"type": item.kind, "minimum": item.low, "maximum": item.high, "pattern": item.pattern or None}
    return {name: value for name, value in said.items() if value is not None}


def _responses(endpoint: Endpoint, schemas: dict[int, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done"}
    if endpoint.response is not None:
        media, schema = _content(endpoint.response, schemas, endpoint.media_type)
        done["content"] = {media: schema}
    found = {str(endpoint.status): done}
    if endpoint.has_etag:
        done["headers"] = {"ETag": {"description": "for If-None-Match", "schema": {"type": "string"}}}
        found["304"] = {"description": "The caller has it already"}
    if CURSOR in endpoint.parameters:
        done["headers"] = {"Link": {"description": NEXT, "schema": {"type": "string"}}}
    codes = {*_ALWAYS, *endpoint.problems}
    if PERMISSIONS.get(endpoint.name) != PUBLIC:
        codes.update(_SIGNED_IN)
    if endpoint.request is not None:
        codes.update(_WITH_BODY)
    if "{" in endpoint.path:
        codes.add("GATEWAY_NOT_FOUND")
    codes.add("GATEWAY_QUERY_NOT_VALID")
    by_status: dict[str, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(str(REASONS[code].status), []).append(code)
    for status, names in sorted(by_status.items()):
        found[status] = {
            "description": ", ".join(names),
            **({"headers": _RETRY} if status in _AGAIN else {}),
            "content": {MEDIA_TYPE: {"schema": schemas[_name(ProblemDocument)]}},
        }
    for other, kind in endpoint.also.items():
        here = found.setdefault(str(other), {"description": "", "content": {}})
        here["content"][JSON] = {"schema": schemas[_name(kind)]}
    return found
