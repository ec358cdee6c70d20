"""A load of real operations through two gateways, and what its writers and readers were told."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tallychain.sdk.payables import Paper, presenting
from tests.faults.alliance.four import LOOK_S, MEMBERS, PATIENCE_S, Four
from tests.running import PASSPHRASE, code_of

WRITERS: Final = (("bank-a", "s1"), ("bank-b", "s4"))
"""Members and the client of each whose payables are presented, without end."""
CODES: Final = {"s1": code_of(4_812_000), "s4": code_of(4_812_002)}
PAUSE_S: Final = 0.1
"""Between two acts of one writer, so that a shared machine has room for the nodes too."""
BUSY: Final = (429, 503)


@dataclass(slots=True)
class Told:
    """What was acknowledged, and what broke a promise."""

    operations: list[str] = field(default_factory=list)
    """Answered with 202."""
    broken: list[str] = field(default_factory=list)
    reads: int = 0


@dataclass(slots=True)
class Load:
    """Writers and readers in threads, until told to stop."""

    four: Four
    name: str
    told: Told = field(default_factory=Told)
    put_back: set[str] = field(default_factory=set)
    """Members into whose nodes the test puts older files, so that their heights may fall."""
    stop: threading.Event = field(default_factory=threading.Event)
    hold: threading.Event = field(default_factory=threading.Event)
    holding: set[str] = field(default_factory=set)
    """Writers that write nothing now."""
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin, and return when something was acknowledged through each gateway."""
        acts: list[Callable[[], None]] = [
            *(lambda member=member, client=client: self._write(member, client) for member, client in WRITERS),
            *(lambda member=member: self._read(member) for member, _ in WRITERS),
            self._watch,
        ]
        for act in acts:
            thread = threading.Thread(target=self._guarded, args=(act,), daemon=True)
            thread.start()
            self.threads.append(thread)
        self.acknowledges(len(WRITERS) * 2)

    def end(self) -> None:
        """Have every writer finish what it began."""
        self.stop.set()
        for thread in self.threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "a writer waits without end"

    def acknowledges(self, more: int) -> None:
        """Wait until so many more operations were acknowledged."""
        wanted = len(self.told.operations) + more
        self.four.until(
            lambda: len(self.told.operations) >= wanted or self.told.broken, "nothing is acknowledged"
        )
        assert not self.told.broken, self.told.broken

    @contextmanager
    def held(self) -> Iterator[None]:
        """While this lasts, nothing is written: on a chain whose clock is moved by days, what is on its way would expire."""
        self.hold.set()
        try:
            self.four.until(lambda: len(self.holding) == len(WRITERS), "a writer does not hold")
            yield
        finally:
            self.hold.clear()

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - it is told in the test's own thread
            self.told.broken.append(f"{type(error).__name__}: {error}"[:800])

    def _write(self, member: str, client: str) -> None:
        number = 0
        with httpx.Client(base_url=self.four.url(member), trust_env=False, timeout=120) as http:
            token = _signed_in(http, client)
            unlock = {"unlock": {"passphrase": PASSPHRASE}}
            stocked = _insist(
                http, "POST", "/v1/cards", json=unlock, headers={"Authorization": f"Bearer {token}"}
            )
            assert stocked.status_code == 200, stocked.text
            due = _due_day(http, token)
            while not self.stop.is_set():
                if self.hold.is_set():
                    self.holding.add(client)
                    self.stop.wait(LOOK_S)
                    continue
                self.holding.discard(client)
                number += 1
                key = f"{self.name}-{client}-{number:06d}"
                paper = Paper(f"INV-{key}", CODES[client], "2026-03-10", 1_000)
                args, sealed = presenting(
                    reference=key,
                    issuer="ce-a",
                    presenter={"sponsor": member, "uscc": CODES[client]},
                    amount=1_000,
                    due_day=due,
                    papers=[paper],
                    relation=key,
                )
                body = {"args": args, "sealed": sealed, **unlock}
                headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
                answer = _insist(http, "POST", "/v1/acts/payable.present", json=body, headers=headers)
                assert answer.status_code == 202, answer.text
                self.told.operations.append(answer.json()["operation"])
                self.stop.wait(PAUSE_S)

    def _read(self, member: str) -> None:
        newest = 0
        with httpx.Client(base_url=self.four.url(member), trust_env=False, timeout=120) as http:
            headers = {"Authorization": f"Bearer {_signed_in(http, 'maker')}"}
            while not self.stop.is_set():
                answer = _insist(http, "GET", "/v1/members?limit=1", headers=headers)
                seen = int(answer.json()["as_of"]["height"])
                assert seen >= newest, f"the gateway of {member} went back from block {newest} to {seen}"
                newest = seen
                self.told.reads += 1
                self.stop.wait(3 * LOOK_S)

    def _watch(self) -> None:
        newest = dict.fromkeys(MEMBERS, 0)
        roots: dict[int, str] = {}
        while not self.stop.is_set():
            for member in MEMBERS:
                found = self.four.status(member)
                if found is not None:
                    kept = member in self.put_back or found.height >= newest[member]
                    assert kept, f"{member} lost blocks"
                    newest[member] = found.height
                    assert roots.setdefault(found.height, found.app_hash) == found.app_hash, "two roots"
            self.stop.wait(4 * LOOK_S)


@contextmanager
def loaded(four: Four, name: str) -> Iterator[Load]:
    """A load while this lasts; nothing that it was promised may be broken by its end."""
    load = Load(four, name)
    try:
        load.start()
        yield load
        # What was broken by a fault shows itself in what follows it.
        load.acknowledges(4)
    finally:
        load.end()
    assert not load.told.broken, load.told.broken


def _signed_in(http: httpx.Client, account: str) -> str:
    answer = _insist(http, "POST", "/v1/demo/sessions", json={"account": account})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def _due_day(http: httpx.Client, token: str) -> str:
    """A day that is ahead by the chain's own time."""
    answer = _insist(http, "GET", "/v1/today", headers={"Authorization": f"Bearer {token}"})
    now = dt.datetime.fromtimestamp(int(answer.json()["time_ms"]) / 1_000, dt.UTC)
    return (now + dt.timedelta(days=20)).date().isoformat()


def _insist(http: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
    """Ask until somebody answers; every request here may be asked twice."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            answer = http.request(method, path, **more)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "nobody answers"
        else:
            if answer.status_code not in BUSY:
                return answer
            assert time.monotonic() < deadline, answer.text
        time.sleep(4 * LOOK_S)
