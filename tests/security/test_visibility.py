"""Distinctive values are found with those who are entitled to them, and in no form with anybody else."""

import asyncio
import sys
from pathlib import Path

import pytest

from tallychain.catalogue import CATALOGUE
from tests.running import Caller, Processes, running
from tests.security import secrets_story
from tests.security.haystacks import everything_in, everything_of_the_ledger
from tests.security.needles import Search, Value
from tests.security.secrets_story import ACCOUNTS, MEMBERS, SPONSOR, Story, everybody, values

OPEN_ON_DEMONSTRATIONS = "/v1/demo/accounts"
"""Names the accounts of a demonstration to everybody, which is what SECURITY.md says of demonstrations."""
READ_S = 30.0
LAST_FACT = b"voucher.rejected"


def certificates(processes: Processes) -> dict[str, bytes]:
    clients = {client.id: client for client in processes.alliance.clients}
    return {name: processes.keys.client(clients[name]).persons[0].certificate for name in SPONSOR}


async def get_paths(story: Story, who: Caller) -> list[str]:
    """Every GET route of a gateway, with every id that anybody knows in its place."""
    described = (await who.get("/openapi.json")).json()["paths"]
    keys = await view_keys(story)
    found = []
    for path, methods in described.items():
        if "get" not in methods or path in (OPEN_ON_DEMONSTRATIONS, "/v1/events"):
            continue
        name = path.removeprefix("/v1/").partition("/")[0]
        if "{key}" in path:
            found += [path.replace("{key}", key) for key in keys.get(name, ())]
        elif "{" in path:
            begin, end = path.index("{"), path.index("}")
            for chosen in {"drafts": story.drafts, "documents": story.documents}.get(name, story.operations):
                found.append(path[:begin] + chosen + path[end + 1 :])
        else:
            found.append(path)
            if name in keys:
                found.append(f"{path}?limit=500")
    return found


async def view_keys(story: Story) -> dict[str, list[str]]:
    """The keys of all rows that anybody sees, by view."""
    views = {view.name: view for contract in CATALOGUE.contracts for view in contract.views}
    found: dict[str, set[str]] = {name: set() for name in views}
    for who in story.people.values():
        for name, view in views.items():
            answer = await who.insist("GET", f"/v1/{name}", params={"limit": "500"})
            assert answer.status_code == 200, answer.text
            rows = answer.json()["rows"]
            found[name] |= {"/".join(str(row.get(part, "house")) for part in view.key) for row in rows}
    return {name: sorted(keys) for name, keys in found.items()}


async def answers_to(who: Caller, paths: list[str]) -> list[bytes]:
    """The bodies and headers of all answers to one account, the stream of facts among them."""
    pieces = []
    for path in paths:
        answer = await who.insist("GET", path)
        assert answer.status_code in (200, 403, 404), (path, answer.text)
        pieces += [answer.content, repr(answer.headers.multi_items()).encode()]
    return [*pieces, await facts_of(who)]


async def facts_of(who: Caller) -> bytes:
    """What the stream sends of everything that has happened, until the last fact of the story."""
    read = bytearray()
    headers = {"Authorization": f"Bearer {who.token}"}
    request = who.http.build_request("GET", "/v1/events", params={"after": "0-0"}, headers=headers)
    stream = await who.http.send(request, stream=True)
    try:
        async with asyncio.timeout(READ_S):
            async for piece in stream.aiter_bytes():
                read += piece
                if LAST_FACT in read:
                    break
    finally:
        await stream.aclose()
    return bytes(read)


def complaints(
    seeded: list[Value], stores: dict[str, list[bytes]], answers: dict[str, list[bytes]], logs: list[bytes]
) -> tuple[list[str], Search]:
    """Every value that is where it must not be, and every one that is not where it belongs."""
    search = Search({value.name: value.content for value in seeded})
    found = []
    for party, pieces in [*stores.items(), *answers.items(), ("logs", logs)]:
        here = search.in_pieces(pieces)
        for value in seeded:
            forms = sorted(how for name, how in here if name == value.name)
            belongs = party in value.members or party in value.seats
            if belongs and not forms:
                found.append(f"{value.name} is not with {party}, where it belongs")
            if forms and not belongs and party not in value.may_see:
                found.append(f"{value.name} is with {party}: {forms}")
    return found, search


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_value_is_with_those_entitled_to_it_and_nowhere_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> tuple[list[str], Search, int, int]:
        async with running(tmp_path / "net", secrets_story.alliance()) as processes:
            async with everybody(processes) as told:
                await told.tell()
                # The stores while they are open, with their write-ahead logs.
                stores = {member: everything_in(processes.layout.member(member)) for member in MEMBERS}
                paths = await get_paths(told, told.who("ce-a", "maker"))
                answers = {name: await answers_to(who, paths) for name, who in told.people.items()}
            await processes.stop()
            for member in MEMBERS:
                stores[member] += everything_in(processes.layout.member(member))
            stores["ledger"] = everything_of_the_ledger(processes)
            seeded = values(certificates(processes))
            found, search = complaints(seeded, stores, answers, everything_in(processes.layout.logs))
            return found, search, len(seeded), len(paths) * len(answers)

    found, search, seeded, asked = asyncio.run(story())
    with capsys.disabled():
        sys.stdout.write(
            f"\n{seeded} values in {search.forms:,} forms; {asked:,} answers, all files, rows and logs:"
            f" {search.searched_bytes / 1e6:,.0f} MB\n"
        )
    assert seeded >= 50
    assert found == []


def test_what_leaks_and_what_is_missing_are_both_complained_of() -> None:
    seeded = values(dict.fromkeys(SPONSOR, b"a certificate"))[:1]
    (value,) = seeded
    assert isinstance(value.content, str)
    text = value.content.encode("gbk")
    everywhere = {party: [b"x" + text] for party in value.members | value.seats}

    assert complaints(seeded, everywhere, {}, [])[0] == []
    assert complaints(seeded, everywhere, {"settle-a/maker": [text]}, [])[0] == [
        f"{value.name} is with settle-a/maker: ['gbk']"
    ]
    assert complaints(seeded, everywhere, {}, [text.hex().encode()])[0]
    missing = everywhere | {min(value.members): []}
    assert complaints(seeded, missing, {}, [])[0] == [
        f"{value.name} is not with {min(value.members)}, where it belongs"
    ]


def test_the_values_differ_from_each_other() -> None:
    seeded = values({name: name.encode() * 40 for name in SPONSOR})

    assert len(seeded) >= 50
    assert len({value.content for value in seeded}) == len(seeded)


def test_every_account_of_the_story_is_entitled_to_something_or_looked_at() -> None:
    seeded = values(dict.fromkeys(SPONSOR, b"certificate"))
    accounts = {f"{member}/{account}" for member, names in ACCOUNTS.items() for account in names}

    assert {seat for value in seeded for seat in value.seats} <= accounts
    assert {account for account in accounts if account.startswith("settle-a")} == {
        account for account in accounts if not any(account in value.seats for value in seeded)
    }
