"""Proofs of operations: the bundle, and what it says in plain sentences."""

import asyncio
from dataclasses import dataclass

from tallychain.console.visits import Visit
from tallychain.gateway.problems import Problem
from tallychain.sdk.verify import verify


@dataclass(frozen=True, slots=True)
class Checked:
    """A bundle after it was checked as anybody offline would."""

    bundle: bytes
    is_valid: bool
    statements: tuple[str, ...]
    failure: str
    code: str


async def bundle(visit: Visit, operation: str) -> bytes:
    """The bundle of an operation with the parts that the visitor's seat can open; raises the gateway's problems."""
    answer = await visit.desk.ask("proof", path={"operation": operation})
    if not isinstance(answer.body, bytes):
        raise TypeError("a proof is no stream")
    return answer.body


async def checked(visit: Visit, operation: str) -> Checked:
    """The bundle, and what it proves to somebody who trusts this chain's genesis and the authorities that this member trusts."""
    made = await bundle(visit, operation)
    folder = visit.gateway.folder.root / visit.gateway.settings.trusted_roots

    def check() -> Checked:
        roots = [path.read_bytes() for path in sorted(folder.glob("*")) if path.suffix in (".der", ".pem")]
        report = verify(
            made,
            genesis_digest=visit.gateway.facts.genesis,
            trusted_roots=roots,
            language=visit.words.language,
        )
        code, sentence = (
            ("", "") if report.failure is None else (report.failure.code, report.failure.sentence)
        )
        return Checked(made, report.valid, report.statements, sentence, code)

    return await asyncio.to_thread(check)


async def checked_if_ready(visit: Visit, operation: str) -> Checked | Problem:
    """The same, or why there is no proof yet: the block after the operation's own must be there."""
    try:
        return await checked(visit, operation)
    except Problem as problem:
        return problem
