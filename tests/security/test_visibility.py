"""Distinctive values are found with those who are entitled to them, and in no form with anybody else."""

import asyncio
import base64
import re
import sys
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tallychain.gateway.migrations import versions
from tallychain.gateway.tests.alliance import LONG_PASSPHRASE, alliance, in_loop
from tallychain.gateway.tests.receiver import Receiver, receiver
from tallychain.gateway.tests.test_factors import Phone, enrol
from tests.faults.test_restore_drill import backed_up
from tests.running import Processes, running
from tests.security import secret_values as secret
from tests.security import secrets_story
from tests.security.gateway_tables import ELSEWHERE, SEEDED
from tests.security.haystacks import everything_in, everything_of_the_ledger, tables_of
from tests.security.lookers import answers_to, api_paths, page_paths, rows_of_all
from tests.security.needles import Search, Value
from tests.security.secret_values import SPONSOR, values
from tests.security.secrets_story import ACCOUNTS, MEMBERS, Story, everybody

SEEDED_VALUES = 200
EACH_CELL = 2
SUBSCRIBERS = ("bank-b/admin-1", "settle-a/admin-1", "factor-a/s5")
"""Who has itself told everything that happens."""
LOOKERS = (
    *(f"ce-a/{account}" for account in secret.STAFF),
    *(f"{member}/{account}" for member in ("bank-a", "bank-b") for account in ("maker", "admin-1")),
    *(f"{member}/maker" for member in ("factor-a", "supervisor")),
    *(f"settle-a/{account}" for account in ("maker", "admin-1")),
    *(f"{sponsor}/{client}" for client, sponsor in SPONSOR.items()),
    "bank-b/s7",
)
"""Accounts whose answers are searched; other accounts of a member have the same rows, and less of its own affairs."""
PAGE_LOOKERS = frozenset(LOOKERS) - {"ce-a/checker", "ce-a/system", "bank-b/maker", "settle-a/admin-1"}
TABLE = re.compile(r"^\| (?!data|---)([^|]+?) \|(.+)\|$", re.MULTILINE)
COLUMNS = ("issuer", "holder", "sponsor", "neighbour", "others", "settlement bank", "supervisor")


@dataclass(frozen=True, slots=True)
class Found:
    """What the story gave to search."""

    seeded: list[Value]
    stores: dict[str, list[bytes]]
    answers: dict[str, list[bytes]]
    logs: list[bytes]
    tables: dict[str, bool]
    """Tables of the gateways' databases, and whether any gateway has a row in it."""


def certificates(processes: Processes) -> dict[str, bytes]:
    clients = {client.id: client for client in processes.alliance.clients}
    return {name: processes.keys.client(clients[name]).persons[0].certificate for name in SPONSOR}


async def everything(folder: Path) -> Found:
    """Tell the story and gather what everybody has and is answered."""
    async with AsyncExitStack() as stack:
        processes = await stack.enter_async_context(running(folder / "net", secrets_story.alliance()))
        hooks: dict[str, Receiver] = {
            name: await stack.enter_async_context(receiver()) for name in SUBSCRIBERS
        }
        urls = {name: hook.url for name, hook in hooks.items()}
        told = await stack.enter_async_context(everybody(processes, urls))
        await told.tell()
        before = everything_in(processes.layout.member("settle-a"))
        await told.tell_of_payment()
        # The stores while they are open, with their write-ahead logs.
        stores = {member: everything_in(processes.layout.member(member)) for member in MEMBERS}
        answers = await all_answers(told)
        for name, made in (
            await backed_up(processes, folder / "backups", "ce-a", "bank-b", "settle-a")
        ).items():
            stores[name] += everything_in(Path(made.folder))
        for name, hook in hooks.items():
            assert hook.got, f"nothing was told to {name}"
            stores[f"receiver of {name}"] = [
                piece for headers, body in hook.got for piece in (repr(headers).encode(), body)
            ]
        await processes.stop()
        tables: dict[str, bool] = {}
        for member in MEMBERS:
            stores[member] += everything_in(processes.layout.member(member))
            for name, is_filled in tables_of(processes.layout.member(member)).items():
                tables[name] = tables.get(name, False) or is_filled
        stores["ledger"] = everything_of_the_ledger(processes)
        stores[secret.BEFORE] = before
        logs = everything_in(processes.layout.logs)
        return Found([*values(certificates(processes)), *told.more], stores, answers, logs, tables)


async def all_answers(told: Story) -> dict[str, list[bytes]]:
    """The answers to everybody who looks; the gateways work at the same time."""
    rows = await rows_of_all(told)
    paths = await api_paths(told, told.who("ce-a", "maker"), rows)
    pages = page_paths(told, rows)

    async def of_member(member: str) -> dict[str, list[bytes]]:
        names = [name for name in LOOKERS if name.startswith(f"{member}/")]
        return {
            name: await answers_to(name, told.people[name], paths, pages if name in PAGE_LOOKERS else [])
            for name in names
        }

    return {
        name: pieces
        for found in await asyncio.gather(*map(of_member, MEMBERS))
        for name, pieces in found.items()
    }


def complaints(
    seeded: list[Value], stores: dict[str, list[bytes]], answers: dict[str, list[bytes]], logs: list[bytes]
) -> tuple[list[str], Search]:
    """Every value that is where it must not be, and every one that is not where it belongs."""
    search = Search({value.name: value.content for value in seeded})
    found = []
    for party, pieces in [*stores.items(), *answers.items(), ("logs", logs)]:
        here: dict[str, list[str]] = {}
        for name, how in sorted(search.in_pieces(pieces)):
            here.setdefault(name, []).append(how)
        for value in seeded:
            forms = kept = here.get(value.name, [])
            if value.digest_stands:
                forms = [how for how in forms if "sha256 of " not in how]
            belongs = party in value.members or party in value.seats
            # A document lies encrypted at its owner's; what shows that it is there is its digest beside it.
            if belongs and not (kept if party in value.members else forms):
                found.append(f"{value.name} is not with {party}, where it belongs")
            if forms and not belongs and party not in value.may_see:
                found.append(f"{value.name} is with {party}: {forms}")
    return found, search


def rows_of_the_page() -> dict[str, dict[str, str]]:
    """The table of docs/confidentiality.md: row to what stands under each column."""
    page = (Path(__file__).parents[2] / "docs" / "confidentiality.md").read_text()
    cells = page.partition("cell by cell")[2].partition("\n\n`tests/")[0]
    found = {}
    for name, rest in TABLE.findall(cells):
        found[name] = dict(zip(COLUMNS, (cell.strip() for cell in rest.split("|")), strict=True))
    return found


def columns_of(value: Value) -> frozenset[str]:
    """Under which columns of the page's table there is somebody who has the value."""
    clients = {f"{sponsor}/{client}" for client, sponsor in SPONSOR.items()}
    special = {"ce-a": "issuer", "settle-a": "settlement bank", "supervisor": "supervisor"}
    found = {special.get(member, "sponsor") for member in value.members}
    return frozenset(found | ({"holder"} if value.seats & clients else set()))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_value_is_with_those_entitled_to_it_and_nowhere_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asyncio.run(everything(tmp_path))
    found, search = complaints(told.seeded, told.stores, told.answers, told.logs)
    counts = Counter(value.cell for value in told.seeded)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(told.seeded)} values in {search.forms:,} forms;")
        sys.stdout.write(
            f" {sum(map(len, told.answers.values())) // 2:,} answers, all files, rows, logs, backups,"
        )
        sys.stdout.write(f" deliveries: {search.searched_bytes / 1e6:,.0f} MB\n")
        sys.stdout.writelines(f"{count:4} {cell}\n" for cell, count in counts.most_common())

    assert found == []
    assert {name for name in SEEDED if not told.tables.get(name)} == set()
    assert len({value.name for value in told.seeded}) == len(told.seeded) >= SEEDED_VALUES
    assert {cell: counts[cell] for cell in rows_of_the_page() if counts[cell] < EACH_CELL} == {
        "skeleton": 0  # public by design: nothing to hide
    }
    assert set(counts) <= set(rows_of_the_page())


def test_the_page_says_of_every_row_who_has_it() -> None:
    known = values(dict.fromkeys(SPONSOR, b"a certificate"))
    for row, cells in rows_of_the_page().items():
        have = [columns_of(value) for value in known if value.cell == row]
        for column in ("issuer", "holder", "sponsor", "settlement bank", "supervisor"):
            if have and cells[column].strip("*") == "no":
                assert not any(column in one for one in have), (row, column)
            elif have and cells[column] not in ("–", "shown once", "kept nowhere"):
                assert any(column in one for one in have), (row, column)


@in_loop
async def test_second_factors_and_one_time_codes_stand_nowhere_in_clear(tmp_path: Path) -> None:
    secrets: dict[str, str | bytes] = {}
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        phone = Phone(there)
        for account in ("maker", "checker", "admin-1"):
            one_time, _ = await bank.gateway.factors.allow_enrolment(account)
            codes = await enrol(bank, phone, account, one_time=one_time)
            secrets |= {f"{account}: recovery code {n}": code for n, code in enumerate(codes)}
            secrets |= {
                f"{account}: one-time code": one_time,
                f"{account}: secret of the phone": phone.secrets[account],
                f"{account}: the same, for typing": base64.b32encode(phone.secrets[account]).decode(),
            }
        used = secrets["maker: recovery code 3"]
        body = {"account": "maker", "passphrase": LONG_PASSPHRASE, "code": used}
        assert (await bank.http.post("/v1/sessions", json=body)).status_code == 201
        secrets["passphrase"] = LONG_PASSPHRASE
        pieces = everything_in(tmp_path)
        for path in ("/metrics", "/v1/audit", "/v1/accounts", "/v1/sessions", "/v1/me/second-factor"):
            pieces.append((await (await bank.as_account("admin-1")).get(path)).content)

    assert len(secrets) == 3 * 13 + 1
    assert Search(secrets).in_pieces([*pieces, *everything_in(tmp_path)]) == set()


def test_every_table_of_a_gateway_is_seeded_or_says_what_looks_at_it_instead() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(versions.__file__).parent.glob("r*.py")]
    made = {name for source in sources for name in re.findall(r"\btable\(\s*\"([a-z_]+)\"", source)}

    assert made == SEEDED | ELSEWHERE.keys()
    assert not SEEDED & ELSEWHERE.keys()


def test_what_leaks_and_what_is_missing_are_both_complained_of() -> None:
    seeded = values(dict.fromkeys(SPONSOR, b"a certificate"))[:1]
    (value,) = seeded
    assert isinstance(value.content, str)
    text = value.content.encode("gbk")
    everywhere = {party: [b"x" + text] for party in value.members | value.seats}

    assert complaints(seeded, everywhere, {}, [])[0] == []
    assert complaints(seeded, everywhere, {"factor-a/maker": [text]}, [])[0] == [
        f"{value.name} is with factor-a/maker: ['gbk']"
    ]
    assert complaints(seeded, everywhere, {}, [text.hex().encode()])[0]
    missing = everywhere | {min(value.members): []}
    assert complaints(seeded, missing, {}, [])[0] == [
        f"{value.name} is not with {min(value.members)}, where it belongs"
    ]


def test_the_values_differ_from_each_other() -> None:
    seeded = values({name: name.encode() * 40 for name in SPONSOR})

    assert len({value.content for value in seeded}) == len(seeded)


def test_everybody_who_is_entitled_to_something_is_looked_at() -> None:
    seeded = values(dict.fromkeys(SPONSOR, b"certificate"))
    accounts = {f"{member}/{account}" for member, names in ACCOUNTS.items() for account in names}
    seats = {seat for value in seeded for seat in value.seats}

    assert seats <= accounts | {"bank-b/s7"}
    assert {seat.partition("/")[0] for seat in seats} == {name.partition("/")[0] for name in LOOKERS}
