"""Asks the gateway's own endpoints for one visitor: the same permissions table, the same private rows, the same problems as the HTTP API."""

from collections.abc import Mapping
from typing import Any

import msgspec

from tallychain.gateway import permissions
from tallychain.gateway.accounts import Account
from tallychain.gateway.service import Gateway
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint

Row = dict[str, Any]


class Desk:
    """The endpoints of one gateway, asked by one visitor."""

    def __init__(
        self, gateway: Gateway, endpoints: Mapping[str, Endpoint], account: Account | None, address: str
    ) -> None:
        """`endpoints` by operation id, or by name where they have none."""
        self._gateway = gateway
        self._endpoints = endpoints
        self._account = account
        self._address = address

    async def ask(
        self,
        name: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """An endpoint's answer; raises its `Problem`."""
        endpoint = self._endpoints[name]
        permissions.check(endpoint.name, self._account)
        asked = Asked(
            gateway=self._gateway,
            account=self._account,
            path=path or {},
            query=query or {},
            headers=headers or {},
            body=b"" if body is None else msgspec.json.encode(body),
            address=self._address,
        )
        asked.only(*(item.name for item in endpoint.parameters if not item.header))
        return await endpoint.handler(asked)

    async def get(self, name: str, query: Mapping[str, str] | None = None, **path: str) -> Any:
        """What an endpoint answers, decoded; raises its `Problem`."""
        answer = await self.ask(name, path=path, query=query)
        if not isinstance(answer.body, bytes):
            raise TypeError(f"{name} answers with a stream")
        return msgspec.json.decode(answer.body)

    async def post(
        self, name: str, body: object, *, headers: Mapping[str, str] | None = None, **path: str
    ) -> Any:
        """What an endpoint answers to a body, decoded; raises its `Problem`."""
        answer = await self.ask(name, path=path, body=body, headers=headers)
        if not isinstance(answer.body, bytes):
            raise TypeError(f"{name} answers with a stream")
        return msgspec.json.decode(answer.body) if answer.body else None

    async def post_file(self, name: str, content: bytes, media_type: str) -> Row:
        """Keep a file for the visitor's seat; raises the gateway's problems."""
        endpoint = "document-store"
        permissions.check(endpoint, self._account)
        asked = Asked(
            gateway=self._gateway,
            account=self._account,
            path={},
            query={"name": name},
            headers={"content-type": media_type},
            body=content,
            address=self._address,
        )
        answer = await self._endpoints[endpoint].handler(asked)
        if not isinstance(answer.body, bytes):
            raise TypeError("a stored file is no stream")
        found: Row = msgspec.json.decode(answer.body)
        return found

    async def post_bytes(self, name: str, content: bytes, query: Mapping[str, str]) -> Row:
        """What an endpoint answers to a file, decoded; raises its `Problem`."""
        endpoint = self._endpoints[name]
        permissions.check(endpoint.name, self._account)
        asked = Asked(
            gateway=self._gateway,
            account=self._account,
            path={},
            query=query,
            headers={},
            body=content,
            address=self._address,
        )
        answer = await endpoint.handler(asked)
        if not isinstance(answer.body, bytes):
            raise TypeError(f"{name} answers with a stream")
        found: Row = msgspec.json.decode(answer.body)
        return found

    async def page(self, view: str, query: Mapping[str, str] | None = None) -> Row:
        """One page of a view: rows, cursor, as_of."""
        found: Row = await self.get(f"list_{view}", query)
        return found

    async def rows(self, view: str, *, at_most: int = 2000, **filters: str) -> list[Row]:
        """The rows of a view that equal the filters, no more than `at_most`."""
        found: list[Row] = []
        cursor = ""
        while len(found) < at_most:
            query = {**filters, "limit": str(min(500, at_most - len(found)))}
            page = await self.page(view, {**query, "cursor": cursor} if cursor else query)
            found += page["rows"]
            cursor = page["cursor"]
            if not cursor:
                break
        return found

    async def row(self, view: str, *key: str) -> Row:
        """One row; raises `GATEWAY_NOT_FOUND`."""
        found: Row = await self.get(f"show_{view}", key="/".join(key))
        return found
