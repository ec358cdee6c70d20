"""A bank introduces an enterprise and reviews another; everybody sees who answers for whom, and Today reminds those concerned."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from tallychain.console.pages.admissions import _shown
from tallychain.console.tests.browsing import Scene, projected, scene
from tallychain.contracts.admission.declared import EXAMPLE_FILE, INTRODUCE
from tallychain.contracts.admission.operations import Review, WithdrawIntroduction
from tallychain.gateway.tests.alliance import PASSPHRASE, in_loop

ROW = {"member": "ce-a", "bank": "bank-a", "due": "2027-03-16", "remind_at": 1_000, "status_until": 90_000_000, "status": "IN_ORDER"}  # fmt: skip


async def done(it: Scene, member: str, kind: str, args: msgspec.Struct, key: str = "then") -> str:
    """Two persons of a bank act; what became of it."""
    running = (await it.visitor(member)).running
    maker, checker = await running.as_account("maker"), await running.as_account("checker")
    made = await maker.act(kind, msgspec.to_builtins(args), key=f"{kind.replace('.', '-')}-{key}")
    assert made.status_code == 202, made.text
    body = {"unlock": {"passphrase": PASSPHRASE}}
    approved = await checker.post(f"/v1/drafts/{made.json()['draft']}/approve", body)
    assert approved.status_code == 202, approved.text
    found = await checker.done(str(approved.json()["operation"]))
    await projected(running)
    return str(found["state"])


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_everybody_sees_who_answers_for_whom_and_only_banks_may_act(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        incomplete = replace(INTRODUCE.example, file=replace(EXAMPLE_FILE, fields=EXAMPLE_FILE.fields[1:]))
        bank = await it.visitor("bank-a", "maker", "en")
        assert await done(it, "bank-a", "admission.introduce", incomplete, "first") == "refused"
        assert await done(it, "bank-a", "admission.introduce", INTRODUCE.example) == "done"
        assert await done(it, "bank-a", "admission.review", Review("ce-a", EXAMPLE_FILE)) == "done"

        page = await bank.page("/admissions")
        assert all(text in page for text in ("Core C Co., Ltd.", "in order", "2027-03-16"))
        assert "/acts/admission.withdraw?member=ce-c" in page
        assert "/acts/admission.review?member=ce-a" in page
        assert "Yearly reviews" not in await bank.page("/today")
        assert "<h2>年审" not in await (await it.visitor("ce-a", "maker")).page("/today")
        supplier = await it.visitor("bank-a", "s1")
        assert "<h2>年审" not in await supplier.page("/today")
        seen = await supplier.page("/admissions")
        assert "准入与年审" in seen
        assert "/acts/admission." not in seen
        await done(it, "bank-a", "admission.withdraw", WithdrawIntroduction("ce-a", "no client"))
        assert "needs another bank" in await bank.page("/today")
        assert "待其他银行接手" in await (await it.visitor("ce-a", "maker")).page("/today")


@pytest.mark.parametrize(
    ("now_ms", "status", "member", "near", "may"),
    [
        (999, "IN_ORDER", "bank-a", False, (True, True)),
        (999, "IN_ORDER", "bank-b", False, (False, False)),
        (1_000, "IN_ORDER", "bank-b", True, (True, False)),
        (0, "WITHOUT_BANK", "bank-b", True, (True, False)),
        (0, "MISSED", "bank-a", True, (True, False)),
        (0, "MISSED", "ce-a", True, (False, False)),
    ],
)
def test_who_is_reminded_and_may_act_follows_from_the_row(
    now_ms: int, status: str, member: str, near: bool, may: tuple[bool, bool]
) -> None:
    shown = _shown({**ROW, "status": status}, member, now_ms, acts=True)

    assert (shown.is_near, (shown.may_review, shown.may_withdraw)) == (near, may)
    assert shown.days == (90_000_000 - now_ms) // 86_400_000
