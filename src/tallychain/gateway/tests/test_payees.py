"""A gateway names the accounts of its clients by itself from the black-out on, once each, and says what it could not name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.gateway.accounts import Account
from tallychain.gateway.accountsfile import COLUMNS, MOST_BYTES, AccountsRefused, read_accounts
from tallychain.gateway.acts import ActBody, Answer
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.outbox import DONE, EXPIRED, QUEUED, REFUSED, Submission
from tallychain.gateway.payees import ATTEMPTS, LOOK_EVERY_MS, Payees
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import AsOf, Page, ReadModel
from tallychain.gateway.seats import Seat, TagRow
from tallychain.gateway.tests.alliance import alliance, in_loop
from tallychain.gateway.tests.test_story import accepted, issued

USCC = "91990201MA2Y1N018B"
NAME = "桐舟精密机械有限公司"
BLACKOUT = 10 * LOOK_EVERY_MS


def written(
    path: Path, *rows: str, mode: int = 0o600, head: str = ",".join(COLUMNS), encoding: str = "utf-8"
) -> Path:
    path.write_text("\n".join((head, *rows)) + "\n", encoding=encoding)
    path.chmod(mode)
    return path


def row(uscc: str = USCC, name: str = NAME, account: str = "1001234567890123456") -> str:
    return f"{uscc},{name},示例银行,102290000000,{account}"


@dataclass
class World:
    """One holding of one client, and what became of what the gateway asked for."""

    file: Path | None
    asked: list[tuple[str, ActBody]] = field(default_factory=list)
    became: dict[str, Submission] = field(default_factory=dict)
    share: dict[str, Any] | None = None
    voucher: dict[str, Any] = field(
        default_factory=lambda: {
            "voucher": "EV1",
            "status": "ACTIVE",
            "blackout": BLACKOUT,
            "settlement_bank": "settle-a",
        }
    )
    record: PayeeContent | None = None
    problem: Problem | None = None
    end: str = QUEUED
    looks: int = 0
    height: int = 5

    def __post_init__(self) -> None:
        self.clock = ChainClock(driven=True)
        self.clock.saw(5, BLACKOUT)
        self.payees = self.started()

    def started(self) -> Payees:
        """The same work in a process that has just begun."""
        made = Payees("bank-a", self.file, Seats(), self, self, self, self.clock)
        made.read_model = cast(ReadModel, self)
        return made

    async def make(self, type_name: str, body: ActBody, account: Account, key: str) -> Answer:
        assert (type_name, account.classes) == ("settlement.payee", frozenset({"staff:system"}))
        if self.problem is not None:
            raise self.problem
        if key not in self.became:
            self.asked.append((key, body))
            code = "PAYEE_TOO_LATE" if self.end == REFUSED else ""
            self.became[key] = Submission(
                key, "member", account.id, type_name, b"", 0, 0, self.end, code, self.height, "", b""
            )
        return Answer(operation=key)

    async def list(
        self, view: str, filters: Mapping[str, str], seats: Sequence[str], cursor: str, limit: int
    ) -> Page:
        assert (view, filters) == ("holdings", {"sponsor": "bank-a"})
        self.looks += 1
        held = {"holding": "EV1:1-100:2", "voucher": "EV1", "first": 1, "tag": "tag-1", "status": "LIVE"}
        spent = {**held, "holding": "EV1:1-100:1", "status": "SPENT"}
        return Page([held], "", AsOf(5, 0)) if cursor else Page([spent], "more", AsOf(5, 0))

    async def get(self, name: str, key: Sequence[str] = (), seats: Sequence[str] = ()) -> Any:
        if name == "vouchers":
            return self.voucher
        return self.share if name == "shares" else self.became.get(name)

    async def payee_of(self, seat: Seat) -> PayeeContent | None:
        return self.record

    async def as_of(self) -> AsOf:
        return AsOf(5, 0)


class Seats:
    """One client with one tag."""

    async def tag(self, key: str) -> TagRow | None:
        return TagRow(key, "s1", 0, "", given=True) if key == "tag-1" else None

    async def get(self, seat: str) -> Seat | None:
        return Seat(seat, NAME, USCC, two_persons=False, findable=True, active=True, hosted=True)


OF_RECORD = PayeeContent(NAME, USCC, "示例银行", "102290000000", "1001234567890123456", "ac" * 32, "5a" * 32)


@in_loop
async def test_the_account_of_record_is_named_where_no_file_names_one() -> None:
    world = World(None)
    await world.payees.name_due()
    assert (world.asked, world.payees.missing, world.payees.fault) == ([], 0, "")
    world.record = OF_RECORD
    world.clock.saw(6, BLACKOUT + LOOK_EVERY_MS)

    await world.payees.name_due()

    ((_, body),) = world.asked
    assert (body.sealed["payee"]["record"], body.sealed["payee"]["opening"]) == ("ac" * 32, "5a" * 32)


@in_loop
async def test_an_account_that_is_not_the_one_of_record_waits_for_a_person(tmp_path: Path) -> None:
    world = World(written(tmp_path / "accounts.csv", row()))
    world.problem = Problem("GATEWAY_NOT_ACCOUNT_OF_RECORD", record="ac" * 32)
    for _ in range(2):
        await world.payees.name_due()
    assert (world.payees.missing, world.looks) == (1, 2)


@in_loop
async def test_an_account_is_named_once_whatever_process_looks_and_however_often(tmp_path: Path) -> None:
    here = World(written(tmp_path / "accounts.csv", row()))
    await here.payees.name_due()
    await here.payees.name_due()
    await here.started().name_due()

    [(_, body)] = here.asked
    assert body.args == {"voucher": "EV1", "holding": 1}
    assert body.sealed["payee"]["account"] == "1001234567890123456"
    assert (here.payees.missing, here.payees.fault) == (0, "")


@in_loop
async def test_nothing_is_named_before_the_black_out_after_the_end_or_where_an_account_stands(
    tmp_path: Path,
) -> None:
    file = written(tmp_path / "accounts.csv", row())
    named = {"payee_at": 1, "payee_bank": "settle-a", "holding": "EV1:1-100:2"}
    early, ended, done = World(file), World(file), World(file, share=named)
    early.voucher["blackout"] = BLACKOUT + 1
    ended.voucher["status"] = "CANCELLED"
    for here in (early, ended, done):
        await here.payees.name_due()
        assert (here.asked, here.payees.missing) == ([], 0)


@pytest.mark.parametrize("other", [{"payee_bank": "settle-b"}, {"holding": "EV1:1-100:1"}, {"payee_at": 0}])
@in_loop
async def test_an_account_is_named_anew_for_another_bank_holding_or_after_it_came_back(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    named = {"payee_at": 1, "payee_bank": "settle-a", "holding": "EV1:1-100:2"}
    here = World(written(tmp_path / "accounts.csv", row()), share={**named, **other})
    await here.payees.name_due()
    assert len(here.asked) == 1


@pytest.mark.parametrize(
    "rows",
    [(), (row(uscc="91990202MA2Y2N021W"),), (row(name="桐舟精密机械"),)],
    ids=["no row", "another holder's", "another name"],
)
@in_loop
async def test_an_account_that_is_not_known_or_in_another_name_is_an_alarm_until_the_file_has_it(
    tmp_path: Path, rows: tuple[str, ...]
) -> None:
    here = World(written(tmp_path / "accounts.csv", *rows))
    await here.payees.name_due()
    assert (here.asked, here.payees.missing) == ([], 1)

    written(tmp_path / "new.csv", row()).replace(tmp_path / "accounts.csv")
    await here.payees.name_due()
    assert (len(here.asked), here.payees.missing) == (1, 0)


@in_loop
async def test_money_that_came_back_is_not_sent_to_the_same_account_again_by_itself(tmp_path: Path) -> None:
    here = World(written(tmp_path / "accounts.csv", row()), end=DONE)
    await here.payees.name_due()
    assert (len(here.asked), here.payees.missing) == (1, 1)

    written(tmp_path / "new.csv", row(account="6222000000000000001")).replace(tmp_path / "accounts.csv")
    here.height = 6
    await here.payees.name_due()
    assert (len(here.asked), here.payees.missing) == (2, 0)


@pytest.mark.parametrize("end", [REFUSED, EXPIRED])
@in_loop
async def test_what_is_refused_or_expires_is_tried_a_few_times_and_then_left_to_a_person(
    tmp_path: Path, end: str
) -> None:
    here = World(written(tmp_path / "accounts.csv", row()), end=end)
    for _ in range(3):
        await here.started().name_due()
    await here.payees.name_due()
    assert (len(here.asked), here.payees.missing) == (ATTEMPTS, 1)


@in_loop
async def test_a_problem_of_the_moment_is_an_alarm_and_is_tried_again_at_the_next_call(
    tmp_path: Path,
) -> None:
    here = World(written(tmp_path / "accounts.csv", row()), problem=Problem("GATEWAY_OUTBOX_FULL"))
    await here.payees.name_due()
    assert here.payees.missing == 1
    here.problem = None
    await here.payees.name_due()
    assert (len(here.asked), here.payees.missing) == (1, 0)


@in_loop
async def test_holdings_are_looked_through_again_only_when_time_or_the_file_has_moved(tmp_path: Path) -> None:
    here = World(written(tmp_path / "accounts.csv"))
    for _ in range(3):
        await here.payees.name_due()
    assert here.looks == 2  # two pages of one look
    here.clock.saw(6, BLACKOUT + LOOK_EVERY_MS)
    await here.payees.name_due()
    assert here.looks == 4


@in_loop
async def test_a_file_that_cannot_be_used_names_nobody_and_says_so(tmp_path: Path) -> None:
    here = World(written(tmp_path / "accounts.csv", row(), mode=0o644))
    await here.payees.name_due()
    assert here.asked == []
    assert "0600" in here.payees.fault


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row(), row()], "Line 3 .* second time"),
        ([row(uscc="short")], "Line 2 .* 18 characters"),
        ([row() + ",more"], "Line 2"),
        ([row().replace("102290000000", "10229")], "12 digits"),
        ([row(account="")], "not valid"),
        ([row(account="9" * 41)], "not valid"),
        ([f'"{row()}'], "no row of a table"),
    ],
)
def test_a_file_with_one_wrong_row_is_refused_whole_and_no_value_of_it_is_said(
    tmp_path: Path, rows: list[str], words: str
) -> None:
    with pytest.raises(AccountsRefused, match=words) as refused:
        read_accounts(written(tmp_path / "a.csv", *rows))
    assert USCC not in str(refused.value)


def test_a_file_of_another_kind_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AccountsRefused, match="cannot be read"):
        read_accounts(tmp_path / "nothing.csv")
    with pytest.raises(AccountsRefused, match="begins with the columns"):
        read_accounts(written(tmp_path / "a.csv", row(), head="name,uscc"))
    with pytest.raises(AccountsRefused, match="UTF-8"):
        read_accounts(written(tmp_path / "b.csv", row(), encoding="gb18030"))
    with pytest.raises(AccountsRefused, match="longer than"):
        read_accounts(written(tmp_path / "c.csv", "x" * MOST_BYTES))
    with pytest.raises(AccountsRefused, match="cannot be read"):
        read_accounts(tmp_path)


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    found = read_accounts(written(tmp_path / "a.csv", row(), "", encoding="utf-8-sig"))
    assert found[USCC].name == NAME


@pytest.mark.slow
@in_loop
async def test_on_a_ledger_the_account_stands_there_sealed_when_the_black_out_has_begun(
    tmp_path: Path,
) -> None:
    file = tmp_path / "accounts.csv"
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer:
        client = there.clients["s1"]
        written(file, row(uscc=client.uscc, name=client.name))
        async with there.gateway("bank-a", accounts_file=str(file)) as bank:
            voucher = await issued(there, issuer, "s1")
            await accepted(await bank.as_account("s1"), voucher)
            await bank.caught_up()
            await bank.gateway.payees.name_due()
            await bank.gateway.engine.advance(int(voucher["blackout"]) + 1)
            await bank.caught_up()
            await bank.gateway.payees.name_due()
            newest = await bank.gateway.outbox.newest("member", 1)
            robot = await bank.as_account("robot")
            end = await robot.done(newest[0].id)
            await bank.caught_up()

            assert (newest[0].type, end["state"]) == ("settlement.payee", "done")
            path = f"/v1/shares/{voucher['voucher']}/1"
            share = (await robot.get(path)).json()
            assert (share["payee_at"] > 0, share["payee_bank"]) == (True, "settle-a")
            await bank.gateway.payees.name_due()
            assert (await robot.get("/v1/ready")).json()["payees_missing"] == 0
            again = await bank.gateway.outbox.newest("member", 1)
            assert again[0].id == newest[0].id
