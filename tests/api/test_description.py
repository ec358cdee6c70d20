"""The description of the API is true: requests made from it, good and bad, get only the answers that it names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from tallychain.gateway.permissions import PERMISSIONS, PUBLIC
from tallychain.gateway.web.app import all_endpoints
from tallychain.gateway.web.endpoints import Endpoint
from tests.api.serving import ACCOUNTS, Served, served

CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]
APART = {
    "events": "a stream has no end; it is tried below",
    "sign-out": "it ends the token that the others need; it is tried below",
}
ACCOUNTS_BY_WIDTH = (
    "client:maker",
    "staff:maker",
    "staff:admin",
    "staff:system",
    "staff:checker",
    "staff:look",
)


@dataclass
class Trial:
    """What was sent and what was wrong with the answers."""

    there: Served
    cases: int = 0
    complaints: dict[tuple[str, str], str] = field(default_factory=dict)
    statuses: set[int] = field(default_factory=set)

    def headers(self, endpoint: Endpoint) -> dict[str, str]:
        """The token of somebody who may use the endpoint."""
        allowed = PERMISSIONS[endpoint.name]
        if allowed == PUBLIC:
            return {}
        account = next(ACCOUNTS[kind] for kind in ACCOUNTS_BY_WIDTH if kind in allowed)
        return {"Authorization": f"Bearer {self.there.token(account)}"}

    def sender(self, endpoint: Endpoint, session: requests.Session) -> Callable[[Any], None]:
        """Sends one case and looks at the answer."""
        headers = self.headers(endpoint)
        # Bytes of any kind are not against a description that asks for bytes.
        looked = [
            check
            for check in CHECKS
            if check is not checks.negative_data_rejection or endpoint.request is not bytes
        ]

        def send(case: Any) -> None:
            self.cases += 1
            answer = case.call(session=session, headers=headers)
            self.statuses.add(answer.status_code)
            if answer.status_code >= 500 and (endpoint.name, answer.status_code) != ("ready", 503):
                self.complain(endpoint, "5xx", f"{answer.text[:300]} to {case.as_curl_command()[:600]}")
            try:
                case.validate_response(answer, checks=looked)
            except (AssertionError, schemathesis.errors.SchemathesisError, BaseExceptionGroup) as error:
                self.complain(endpoint, str(error)[:80], str(error)[:1200])

        return send

    def complain(self, endpoint: Endpoint, kind: str, text: str) -> None:
        """Keep the first complaint of each kind."""
        self.complaints.setdefault((f"{endpoint.method} {endpoint.path}", kind), text)


def asked_of(there: Served) -> Iterator[tuple[Endpoint, Any]]:
    """Every endpoint with its place in the description that the gateway gives out."""
    document = httpx.get(f"{there.url}/openapi.json", timeout=120, trust_env=False).json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=there.url)
    schema.config.generation.update(with_security_parameters=False)
    endpoints = {
        (item.path, item.method.lower()): item for item in all_endpoints(there.running.gateway.catalogue)
    }
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        yield endpoints[operation.path, operation.method], operation


def tried(there: Served, cases: int) -> Trial:
    """Send so many cases to each endpoint, half of them as the description says and half against it."""
    trial = Trial(there)
    quick = settings(
        max_examples=cases // 2,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    with requests.Session() as session:
        session.trust_env = False
        for endpoint, operation in asked_of(there):
            if endpoint.name in APART:
                continue
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                strategy = operation.as_strategy(generation_mode=mode)
                try:
                    quick(given(case=strategy)(trial.sender(endpoint, session)))()
                except Unsatisfiable:
                    # Where any text will do, or nothing is asked, nothing can be sent against the description.
                    assert (mode, endpoint.request) == (GenerationMode.NEGATIVE, None), endpoint
    return trial


def told(trial: Trial) -> list[str]:
    return [f"{where}: {text}" for (where, _), text in sorted(trial.complaints.items())]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_requests_of_each_kind_get_only_answers_that_the_description_names(tmp_path: Path) -> None:
    with served(tmp_path) as there:
        trial = tried(there, 100)
        assert told(trial) == []
        assert {200, 400, 404} <= trial.statuses
        assert trial.cases > 100 * len(all_endpoints(there.running.gateway.catalogue)) // 2


def test_signing_out_and_the_stream_answer_as_the_description_says(tmp_path: Path) -> None:
    with served(tmp_path) as there, httpx.Client(base_url=there.url, timeout=120, trust_env=False) as http:
        headers = {"Authorization": f"Bearer {there.token('s1')}"}
        with http.stream("GET", "/v1/events", headers=headers) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert next(stream.iter_lines()) == ": open"
        assert http.delete("/v1/sessions/current", headers=headers).status_code == 204
        assert http.delete("/v1/sessions/current", headers=headers).status_code == 401
