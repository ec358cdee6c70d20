"""Seats that keep their own keys: built and signed on the owner's machine, carried by a gateway that can sign nothing for them."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.identity import encode_card
from tallychain.gateway.certificates import Chain
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import (
    COST,
    PASSPHRASE,
    SEED,
    Alliance,
    Caller,
    Running,
    alliance,
    code,
    in_loop,
)
from tallychain.gateway.tests.test_story import PROMISE, TRADE, approved, issue_args
from tallychain.gateway.unlocking import Unlock
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.operation import SignedOperation
from tallychain.sdk import ownacts, ownwallet
from tallychain.sdk.ownacts import OwnAct, Plan, PlanRefused
from tallychain.sdk.ownwallet import OwnWallet, WalletFacts, WalletRefused
from tallychain.testkit.genesis import CHAIN
from tallychain.testkit.people import trial_authority, trial_uscc

NAME, USCC = "自管钥匙有限公司", trial_uscc(7000)
FROM, UNTIL = 1_700_000_000_000, 4_000_000_000_000
WORD = "of the owner alone"
Second = tuple[Caller, OwnWallet] | None
"""The second person of a seat, where there is one."""


def kind_of(name: str) -> AnyOperation:
    return next(kind for kind in CATALOGUE.operation_types() if kind.name == name)


def wallet_in(folder: Path, *, two_persons: bool = False) -> OwnWallet:
    facts = WalletFacts(CHAIN, "bank-a", NAME, USCC, two_persons, demo=True)
    return ownwallet.make(folder, facts, WORD, [trial_authority(SEED).root], cost=COST)


async def seated(bank: Running, wallet: OwnWallet, account: str = "own", *, role: str = "maker") -> Caller:
    """An own-key seat with the certificate of this wallet; its owner, signed in."""
    admin = await bank.as_account("admin-1")
    if role == "maker":
        owner = {"id": account, "name": "业主", "passphrase": PASSPHRASE}
        seat = {"id": "own", "name": NAME, "uscc": USCC, "owner": owner, "hosted": False}
        made = await admin.post("/v1/seats", {**seat, "two_persons": wallet.facts.two_persons})
    else:
        new = {"id": account, "name": "复核", "roles": [role], "passphrase": PASSPHRASE, "seat": "own"}
        made = await admin.post("/v1/accounts", new)
    assert (made.status_code, made.json()["key"]) == (201, ""), made.text
    der = trial_authority(SEED).issue_enterprise(NAME, USCC, wallet.identity.public, FROM, UNTIL)
    ownwallet.keep_certificate(wallet, der)
    text = {"certificate": base64.b64encode(der).decode()}
    answer = await admin.send("PUT", f"/v1/accounts/{account}/certificate", json=text)
    assert answer.status_code == 200, answer.text
    signed_in = await bank.http.post("/v1/sessions", json={"account": account, "passphrase": PASSPHRASE})
    return Caller(bank.http, signed_in.json()["token"])


async def deliver(bank: Running, owner: Caller, wallet: OwnWallet, *counters: int) -> httpx.Response:
    until = bank.gateway.clock.now_ms() + 86_400_000
    cards = [
        {"counter": n, "card": base64.b64encode(encode_card(wallet.card(n, until))).decode()}
        for n in counters
    ]
    return await owner.post("/v1/cards/signed", {"cards": cards})


async def planned(
    bank: Running, owner: Caller, wallet: OwnWallet, name: str, args: Any, sealed: dict[str, Any], key: str
) -> tuple[OwnAct, Plan]:
    kind = kind_of(name)
    rules = {rule.label: rule for rule in kind.seals}
    plain = ownacts.with_references(args, wallet)
    answer = await owner.post(f"/v1/plans/{name}", {"args": plain, "labels": list(sealed)}, key=key)
    assert answer.status_code == 200, answer.text
    plan = msgspec.json.decode(answer.content, type=Plan)
    contents = {
        label: msgspec.convert(ownacts.with_fingerprints(content, plan), rules[label].content)
        for label, content in sealed.items()
    }
    now = bank.gateway.clock.now_ms()
    return ownacts.check(plan, kind, wallet, plain, contents, key=key, now_ms=now), plan


async def submit(owner: Caller, signed: SignedOperation) -> dict[str, Any]:
    text = base64.b64encode(codec.encode_frame(signed)).decode()
    answer = await owner.post("/v1/operations", {"operation": text})
    assert answer.status_code == 202, answer.text
    return await owner.done(answer.json()["operation"])


async def issued_to_own(
    there: Alliance, issuer: Running, bank: Running, owner: Caller, wallet: OwnWallet, second: Second = None
) -> dict[str, Any]:
    """A voucher to the own-key seat, for a payable that it has presented; its card comes from the stock that it delivered."""
    paper = {
        "kind": "INVOICE",
        "number": "26312000000000000018",
        "seller": USCC,
        "date": "2026-03-10",
        "currency": "CNY",
        "total": 100_000_000,
    }
    args = {
        "reference": {"keyed": "HT-1"},
        "issuer": "ce-a",
        "presenter": {"sponsor": "bank-a", "uscc": USCC},
        "kind": "INVOICE",
        "amount": 100_000_000,
        "due_day": "2026-12-31",
        "epoch": {"newest": "epoch"},
        "invoices": [{"paper": paper}],
    }
    sealed = {"fingerprint": {"fingerprint_of": paper}, **paper, "document": ""}
    papers = {"papers": {"relation": "HT-1", "purpose": "brackets", "papers": [sealed]}}
    kind = kind_of("payable.present")
    act, _ = await planned(bank, owner, wallet, "payable.present", args, papers, "present-1")
    if second is None:
        end = await submit(owner, ownacts.sign_alone(act, kind, wallet))
    else:
        checker, other = second
        end = await submit(checker, ownacts.sign_second(ownacts.sign_first(act, kind, wallet), kind, other))
    assert end["state"] == "done", end
    payable = end["operation"]
    invoice = end["receipt"]["events"][0]["invoices"][0]["fingerprint"]
    await issuer.caught_up()
    await approved(issuer, "payable.confirm", {"payable": payable, "amount": 100_000_000}, "confirm-1")
    there.clients["own"] = replace(there.clients["s1"], id="own", name=NAME, uscc=USCC)
    issue = {
        **issue_args(there, "own"),
        "receiver": {"payable": payable},
        "payable": payable,
        "invoices": [{"fingerprint": invoice, "amount": 100_000_000}],
    }
    end = await approved(issuer, "voucher.issue", issue, "issue-0001", {"trade": PROMISE})
    maker = await issuer.as_account("maker")
    number = end["receipt"]["events"][0]["voucher"]
    found: dict[str, Any] = (await maker.get(f"/v1/vouchers/{number}")).json()
    return found


def made(folder: Path) -> Path:
    """A folder for the alliance beside those of the wallets."""
    (folder / "n").mkdir()
    return folder / "n"


@in_loop
async def test_an_own_key_seat_accepts_and_offers_what_it_signed_itself(tmp_path: Path) -> None:
    async with (
        alliance(made(tmp_path)) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as bank,
    ):
        wallet = wallet_in(tmp_path / "wallet")
        owner = await seated(bank, wallet)
        assert (await deliver(bank, owner, wallet, 0, 1)).json() == {"cards": 2}
        voucher = await issued_to_own(there, issuer, bank, owner, wallet)
        await bank.caught_up()
        args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
        act, _ = await planned(bank, owner, wallet, "voucher.accept", args, {}, "accept-0001")
        end = await submit(owner, ownacts.sign_alone(act, kind_of("voucher.accept"), wallet))
        assert end["state"] == "done", end
        await bank.caught_up()
        receiver = {"sponsor": "bank-a", "uscc": there.clients["s2"].uscc}
        row = {
            "first": 1,
            "last": 30_000_000,
            "receiver": receiver,
            "trade_reference": {"keyed": "CG-1"},
            "value_date": "",
        }
        args = {"voucher": voucher["voucher"], "holding": 1, "rows": [row]}
        act, plan = await planned(bank, owner, wallet, "voucher.offer", args, {"trade": TRADE}, "offer-0001")
        assert str(TRADE["contract"]) not in str(plan)
        assert "member:bank-a#1" in act.readers()["identity"]
        end = await submit(owner, ownacts.sign_alone(act, kind_of("voucher.offer"), wallet))
        assert end["state"] == "done", end


@in_loop
async def test_the_gateway_can_sign_nothing_for_an_own_key_seat(tmp_path: Path) -> None:
    async with alliance(made(tmp_path)) as there, there.gateway("bank-a") as bank:
        wallet = wallet_in(tmp_path / "wallet")
        owner = await seated(bank, wallet)
        await deliver(bank, owner, wallet, 0)
        act = await owner.act("voucher.accept", {"voucher": "x", "consent": "0" * 64}, key="key-0001")
        assert code(act) == "GATEWAY_OWN_KEYS"
        refill = await owner.post("/v1/cards", {"unlock": {"passphrase": PASSPHRASE}})
        assert code(refill) == "GATEWAY_OWN_KEYS"
        account = await bank.gateway.accounts.get("own")
        assert account is not None
        with pytest.raises(Problem, match="GATEWAY_UNLOCK_REFUSED"):
            await bank.gateway.unlocking.signer(account, Unlock(PASSPHRASE), act="x", subject="x")
        assert "own" not in bank.gateway.seats.views
        roots = (wallet.sign._root, wallet.view._root)
        needles = [form for root in roots for form in (root, root.hex().encode(), base64.b64encode(root))]
        for path in (item for item in bank.gateway.folder.root.rglob("*") if item.is_file()):
            assert not [needle for needle in needles if needle in path.read_bytes()], path
        keys = sorted(path.name for path in bank.gateway.seats.folder("own").iterdir())
        assert keys == ["login-own.key"]


@in_loop
async def test_two_persons_of_an_own_key_seat_sign_one_after_the_other(tmp_path: Path) -> None:
    async with (
        alliance(made(tmp_path)) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as bank,
    ):
        first = wallet_in(tmp_path / "one", two_persons=True)
        second = ownwallet.share(first, tmp_path / "two", "another word", cost=COST)
        assert first.identity.public != second.identity.public
        owner = await seated(bank, first)
        checker = await seated(bank, second, "own-checker", role="checker")
        await deliver(bank, owner, first, 0)
        voucher = await issued_to_own(there, issuer, bank, owner, first, (checker, second))
        await bank.caught_up()
        args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
        kind = kind_of("voucher.accept")
        act, _ = await planned(bank, owner, first, "voucher.accept", args, {}, "accept-0001")
        with pytest.raises(PlanRefused):
            ownacts.sign_alone(act, kind, first)
        with pytest.raises(PlanRefused, match="first person's signature"):
            ownacts.sign_second(act, kind, second)
        half = ownacts.sign_first(act, kind, first)
        with pytest.raises(PlanRefused, match="another person"):
            ownacts.sign_second(half, kind, first)
        passed_on = msgspec.json.decode(msgspec.json.encode(half), type=OwnAct)
        end = await submit(checker, ownacts.sign_second(passed_on, kind, second))
        assert end["state"] == "done", end
        with pytest.raises(WalletRefused):
            ownwallet.share(wallet_in(tmp_path / "alone"), tmp_path / "three", "x", cost=COST)


@in_loop
async def test_a_plan_that_differs_from_what_was_asked_is_not_signed(tmp_path: Path) -> None:
    async with (
        alliance(made(tmp_path)) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as bank,
    ):
        wallet = wallet_in(tmp_path / "wallet")
        owner = await seated(bank, wallet)
        await deliver(bank, owner, wallet, 0, 1)
        voucher = await issued_to_own(there, issuer, bank, owner, wallet)
        await bank.caught_up()
        args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
        _, plan = await planned(bank, owner, wallet, "voucher.accept", args, {}, "accept-0001")
        now = bank.gateway.clock.now_ms()
        kind = kind_of("voucher.accept")
        own = wallet.view.sealing_key(plan.counter).public
        lost = tuple(
            ownacts.PlannedPart(part.label, tuple(to for to in part.to if to[0] != own))
            for part in plan.parts
        )
        swapped = tuple(
            ownacts.PlannedPart(part.label, (*part.to, ("x25519:" + "1" * 64, own))) for part in plan.parts
        )
        for change in (
            {"chain": "other"},
            {"via": "bank-b"},
            {"name": "somebody"},
            {"two_persons": True},
            {"version": 2},
            {"counter": 1},
            {"expires_ms": now + 10**9},
            {"args": plan.args.replace(voucher["promise"][:8], "0" * 8)},
            {"parts": lost},
            {"parts": swapped},
            {"parts": (*plan.parts, ownacts.PlannedPart("terms", plan.parts[0].to))},
        ):
            wrong = msgspec.structs.replace(plan, **change)
            with pytest.raises(PlanRefused):
                ownacts.check(wrong, kind, wallet, args, {}, key="accept-0001", now_ms=now)


@in_loop
async def test_a_receiver_is_believed_only_by_a_card_of_the_enterprise_that_was_meant(tmp_path: Path) -> None:
    async with alliance(made(tmp_path)) as there, there.gateway("bank-a") as bank:
        wallet = wallet_in(tmp_path / "wallet")
        await seated(bank, wallet)
        wanted = {"sponsor": "bank-a", "uscc": there.clients["s2"].uscc}
        now = bank.gateway.clock.now_ms()

        async def card(client: str) -> ownacts.PlannedCard:
            given = await bank.gateway.cards.give(client)
            assert given is not None
            chain: Chain = given.chain
            return ownacts.PlannedCard(
                "bank-a",
                there.clients[client].uscc,
                encode_card(given.card),
                chain.certificate,
                chain.intermediates,
            )

        good, of_another = await card("s2"), await card("s1")
        found = ownacts._receiver(wanted, good, wallet, now)
        assert found["sponsor"] == "bank-a"
        for wrong in (
            None,
            of_another,
            msgspec.structs.replace(good, card=of_another.card),
            msgspec.structs.replace(good, card=b"{}"),
        ):
            with pytest.raises(PlanRefused):
                ownacts._receiver(wanted, wrong, wallet, now)
        with pytest.raises(PlanRefused):
            ownacts._receiver({**wanted, "sponsor": "bank-b"}, good, wallet, now)
        for trusted in (wallet.folder / "trusted").iterdir():
            trusted.unlink()
        with pytest.raises(PlanRefused):
            ownacts._receiver(wanted, good, wallet, now)


@in_loop
async def test_cards_that_are_not_the_seats_own_are_not_taken(tmp_path: Path) -> None:
    async with alliance(made(tmp_path)) as there, there.gateway("bank-a") as bank:
        wallet, other = wallet_in(tmp_path / "wallet"), wallet_in(tmp_path / "other")
        owner = await seated(bank, wallet)
        (other.folder / "certificate.der").write_bytes(
            trial_authority(SEED).issue_enterprise(NAME, USCC, other.identity.public, FROM, UNTIL)
        )
        assert code(await deliver(bank, owner, other, 0)) == "GATEWAY_CARD_NOT_VALID"
        until = bank.gateway.clock.now_ms() + 10**12
        text = base64.b64encode(encode_card(wallet.card(0, until))).decode()
        late = await owner.post("/v1/cards/signed", {"cards": [{"counter": 0, "card": text}]})
        assert code(late) == "GATEWAY_CARD_NOT_VALID"
        assert (await deliver(bank, owner, wallet, 0)).status_code == 200
        assert code(await deliver(bank, owner, wallet, 0)) == "GATEWAY_EXISTS"
        assert code(await deliver(bank, owner, wallet, *range(1, 12))) == "GATEWAY_CARD_NOT_VALID"
        hosted = await bank.as_account("s1")
        assert code(await deliver(bank, hosted, wallet, 5)) == "GATEWAY_HOSTED"
        plan = await hosted.post("/v1/plans/voucher.accept", {"args": {}}, key="key-0001")
        assert code(plan) == "GATEWAY_HOSTED"
