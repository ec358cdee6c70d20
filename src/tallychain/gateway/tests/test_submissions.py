"""Operations that were signed elsewhere: a member carries only what it can vouch for."""

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.gateway.submissions import key_fault
from tallychain.gateway.tests.alliance import SEED, Alliance, Caller, alliance, code, in_loop
from tallychain.ledger import codec
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.identity import Key
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.types import tag_author
from tallychain.sdk.build import Act, Part, Prepared, Recipient, assemble, prepare, signature
from tallychain.testkit.genesis import CHAIN, START_MS
from tallychain.testkit.people import derived


@dataclass(kw_only=True)
class Made:
    """A client's acceptance, with what a test makes wrong."""

    client: str = "s1"
    chain: str = CHAIN
    via: str = "bank-a"
    expires_ms: int = START_MS + 300_000
    with_sponsor: bool = True
    with_identity: bool = True
    signer: str = "s1"
    identity: dict[str, Any] = field(default_factory=dict)
    other_statement: bool = False
    wrong_wrap: bool = False
    role: str = "holder"
    counter: int = 90


async def signed(there: Alliance, sponsor_key: Recipient, made: Made) -> SignedOperation:
    client = there.clients[made.client]
    kind = CATALOGUE.operation_type("voucher.accept", 1)
    assert kind is not None
    sealing = client.wallet.view.sealing_key(made.counter).public
    key = client.wallet.sign.tag_key(made.counter)
    to = [Recipient(sealing, sealing)]
    if made.with_sponsor:
        stranger = there.clients["s4"].wallet.view.sealing_key(0).public
        to.append(sponsor_key)
        if made.wrong_wrap:
            to.append(Recipient("member:ce-a#1", stranger))

    def identify(statement: bytes) -> IdentityContent:
        content = client.identify(b"other" if made.other_statement else statement)
        return msgspec.structs.replace(content, **made.identity)

    act = Act(
        chain=made.chain,
        kind=kind,
        args=kind.example,
        author=tag_author(key.public),
        via=made.via,
        nonce=b"n" * 16,
        expires_ms=made.expires_ms,
        parts=(Part("identity", None, tuple(to)),) if made.with_identity else (),
        identity=identify,
    )
    prepared: Prepared = prepare(act, lambda: b"s" * 32)
    signs = there.clients[made.signer].wallet.sign.tag_key(made.counter)
    item = signature(prepared, made.role, key)
    if made.signer != made.client:
        item = msgspec.structs.replace(item, signature=signature(prepared, made.role, signs).signature)
    return assemble(prepared, [item])


async def submitted(caller: Caller, operation: SignedOperation) -> Any:
    frame = base64.b64encode(codec.encode_frame(operation)).decode()
    return await caller.post("/v1/operations", {"operation": frame})


@in_loop
async def test_an_operation_signed_elsewhere_is_kept_and_sent(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        key = await bank.gateway.sealing.current("bank-a")
        s1 = await bank.as_account("s1")
        operation = await signed(there, key, Made())
        first, again = await submitted(s1, operation), await submitted(s1, operation)
        assert (first.status_code, again.status_code) == (202, 202)
        assert first.json()["operation"] == again.json()["operation"]
        end = await s1.done(first.json()["operation"])
        assert (end["state"], end["code"]) == ("refused", "VOUCHER_NOT_FOUND")
        assert bank.gateway.outbox.open == 0
        assert [item["operation"] for item in (await s1.get("/v1/operations")).json()] == [end["operation"]]
        s2 = await bank.as_account("s2")
        assert (await s2.get("/v1/operations")).json() == []


WRONG: list[tuple[str, Made, str]] = [
    ("another chain", Made(chain="trial-2"), "GATEWAY_OPERATION_NOT_VALID"),
    ("another carrier", Made(via="bank-b"), "GATEWAY_CARRIER_IS_ANOTHER"),
    ("expired", Made(expires_ms=1), "GATEWAY_OPERATION_NOT_VALID"),
    ("living too long", Made(expires_ms=START_MS + 10**9), "GATEWAY_OPERATION_NOT_VALID"),
    ("a false signature", Made(signer="s2"), "GATEWAY_OPERATION_NOT_VALID"),
    ("another role", Made(role="system"), "GATEWAY_OPERATION_NOT_VALID"),
    ("no identity", Made(with_identity=False), "GATEWAY_IDENTITY_NOT_PROVEN"),
    ("not sealed to its sponsor", Made(with_sponsor=False), "GATEWAY_HELD_ELSEWHERE"),
    ("a wrap that others cannot open", Made(wrong_wrap=True), "GATEWAY_IDENTITY_NOT_PROVEN"),
    ("a signature over something else", Made(other_statement=True), "GATEWAY_IDENTITY_NOT_PROVEN"),
    ("a client of another member", Made(client="s4", signer="s4"), "GATEWAY_IDENTITY_NOT_PROVEN"),
    ("another client's account", Made(client="s2", signer="s2"), "GATEWAY_FORBIDDEN"),
    ("another name", Made(identity={"name": "somebody"}), "GATEWAY_IDENTITY_NOT_PROVEN"),
    ("another certificate", Made(identity={"certificate": "9c" * 32}), "GATEWAY_IDENTITY_NOT_PROVEN"),
    ("no hexadecimal signature", Made(identity={"signature": "zz"}), "GATEWAY_IDENTITY_NOT_PROVEN"),
]


@in_loop
async def test_what_a_member_cannot_vouch_for_is_not_carried(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        key = await bank.gateway.sealing.current("bank-a")
        s1 = await bank.as_account("s1")
        for name, made, expected in WRONG:
            answer = await submitted(s1, await signed(there, key, made))
            assert code(answer) == expected, (name, answer.text)
        for text in ("§", "AAAA", ""):
            assert code(await s1.post("/v1/operations", {"operation": text})) == "GATEWAY_OPERATION_NOT_VALID"
        assert bank.gateway.outbox.open == 0


@in_loop
async def test_two_signatures_under_one_certificate_are_one_person(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        key = await bank.gateway.sealing.current("bank-a")
        s1 = await bank.as_account("s1")
        account = await bank.gateway.accounts.get("s1")
        assert account is not None
        both = {"checker_certificate": account.certificate, "checker_signature": "00" * 64}
        answer = await submitted(s1, await signed(there, key, Made(identity=both)))
        assert code(answer) == "GATEWAY_IDENTITY_NOT_PROVEN"


@in_loop
async def test_a_suspended_client_is_not_carried(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        key = await bank.gateway.sealing.current("bank-a")
        s1, admin = await bank.as_account("s1"), await bank.as_account("admin-1")
        changed = await admin.send("PATCH", "/v1/seats/s1", json={"active": False})
        assert changed.json()["active"] is False
        answer = await submitted(s1, await signed(there, key, Made()))
        assert code(answer) == "GATEWAY_IDENTITY_NOT_PROVEN"
        act = await s1.act("voucher.accept", {"voucher": "x", "consent": "y"}, key="key-0001")
        assert code(act) in ("GATEWAY_SEAT_SUSPENDED", "GATEWAY_FIELD_NOT_VALID")


@pytest.mark.parametrize("role", ["maker", "checker"])
def test_a_members_operation_is_signed_by_its_own_keys(tmp_path: Path, role: str) -> None:
    @in_loop
    async def story() -> None:
        async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer:
            kind = CATALOGUE.operation_type("voucher.withdraw", 1)
            assert kind is not None
            robot = await issuer.as_account("robot")
            act = Act(
                chain=CHAIN,
                kind=kind,
                args=kind.example,
                author="member:ce-a",
                via="ce-a",
                nonce=b"n" * 16,
                expires_ms=START_MS + 300_000,
            )
            prepared = prepare(act, lambda: b"s" * 32)
            keys = {
                name: signing_key_from_seed("ed25519", derived(SEED, "ce-a", name))
                for name in ("maker", "checker")
            }
            stranger = {**keys, role: signing_key_from_seed("ed25519", b"x" * 32)}
            wrong = assemble(prepared, [signature(prepared, name, key) for name, key in stranger.items()])
            assert code(await submitted(robot, wrong)) == "GATEWAY_OPERATION_NOT_VALID"
            good = assemble(prepared, [signature(prepared, name, key) for name, key in keys.items()])
            answer = await submitted(robot, good)
            assert answer.status_code == 202
            assert (await robot.done(answer.json()["operation"]))["code"] == "VOUCHER_NOT_FOUND"

    story()


def test_a_key_that_is_not_in_force_yet_is_refused_before_anything_is_kept() -> None:
    """Else the ledger turns the operation away, the client is told that it had no effect, and a later block may execute it."""
    row = Key("ed25519:" + "0a" * 32, "bank-a", "p1", ("maker",), 0, "c0" * 32, 9, 0)

    assert key_fault(row, "bank-a", 7) == "KEY_NOT_YET_VALID: a key is in force only from block 9 on"
    assert key_fault(row, "bank-a", 8) == ""
    assert key_fault(replace(row, revoked_at=8), "bank-a", 8) == ""  # the ledger says so for good
    assert (
        key_fault(row, "bank-b", 9)
        == key_fault(None, "bank-a", 9)
        == "KEY_NOT_OF_AUTHOR: a key is not the member's"
    )
