"""Carries deliveries to webhooks: one at a time for each, several webhooks at once, again with growing waits, and never for ever."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import httpx
import structlog

from tallychain.gateway.accounts import wall_ms
from tallychain.gateway.database import DatabaseClosed, DatabaseLost
from tallychain.gateway.hookaddress import NotReachable, Rules
from tallychain.gateway.hookqueue import Attempt, Delivery, HookQueue
from tallychain.gateway.hooks import Hooks, Webhook
from tallychain.gateway.pulse import Pulse
from tallychain.gateway.watching import failure, until_ended

_AT_ONCE: Final = 16
_LOOK_EVERY_S: Final = 0.5
_LONGEST_WAIT_MS: Final = 12 * 3_600_000
_GROWTH: Final = 4
_GONE: Final = 410
_LONGEST_AFTER_S: Final = 3600
_WHY_LETTERS: Final = 200

Noticed = Callable[[Webhook, str], Awaitable[None]]
"""Told when a webhook was switched off, and why."""


@dataclass(frozen=True, slots=True)
class CourierRules:
    """How patient deliveries are."""

    attempts: int
    first_wait_ms: int
    timeout_s: float
    fails_for_ms: int
    """How long a webhook may fail before it is switched off."""
    trust: ssl.SSLContext | None = None
    """Whose certificates receivers show; None for the authorities of the web."""


class Courier:
    """The loop over everything that is to be delivered."""

    def __init__(
        self,
        rules: CourierRules,
        addresses: Rules,
        hooks: Hooks,
        queue: HookQueue,
        pulse: Pulse,
        noticed: Noticed,
    ) -> None:
        self._rules = rules
        self._addresses = addresses
        self._hooks = hooks
        self._queue = queue
        self._pulse = pulse
        self._noticed = noticed
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._client: httpx.AsyncClient | None = None
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("courier")

    async def start(self) -> None:
        """Take up what waited when the process ended."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop; an attempt under way is made again after the next start."""
        tasks = [*self._busy.values(), *([] if self._task is None else [self._task])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    @property
    def failed(self) -> BaseException | None:
        """Why carrying has ended, if it has ended by a mistake of ours."""
        return failure(self._task)

    async def ended(self) -> None:
        """Wait until carrying ends."""
        await until_ended(self._task)

    async def _run(self) -> None:
        while True:
            try:
                await self._begin_what_is_due()
            except DatabaseLost:
                self._log.warning("the database is lost")
            await self._pulse.wait(_LOOK_EVERY_S)

    async def _begin_what_is_due(self) -> None:
        webhooks = {item.id: item for item in await self._hooks.all_on()}
        for name in await self._queue.ready(wall_ms()):
            if name in webhooks and name not in self._busy and len(self._busy) < _AT_ONCE:
                self._begin(webhooks[name])

    def _begin(self, webhook: Webhook) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver_next(webhook))
        self._busy[webhook.id] = task
        task.add_done_callback(lambda _: self._ended(webhook.id))

    def _ended(self, webhook: str) -> None:
        self._busy.pop(webhook, None)
        self._pulse.beat()

    async def _deliver_next(self, webhook: Webhook) -> None:
        try:
            await self._deliver(webhook)
        except (DatabaseLost, DatabaseClosed):
            # The attempt is not written down and so made again; the receiver knows it by its id.
            self._log.warning("the database is lost", webhook=webhook.id)

    async def _deliver(self, webhook: Webhook) -> None:
        delivery = await self._queue.next(webhook.id, wall_ms())
        if delivery is None:
            return
        attempt = await self._attempt(webhook, delivery)
        off = await self._queue.settle(delivery, attempt, wall_ms(), self._rules.fails_for_ms)
        if not attempt.is_delivered:
            self._log.info("not delivered", webhook=webhook.id, delivery=delivery.id, why=attempt.why)
        if off:
            self._log.warning("webhook switched off", webhook=webhook.id, reason=off)
            await self._noticed(webhook, off)

    async def _attempt(self, webhook: Webhook, delivery: Delivery) -> Attempt:
        tries = delivery.attempts + 1
        wait_ms = min(self._rules.first_wait_ms * _GROWTH**delivery.attempts, _LONGEST_WAIT_MS)
        wait_ms = wait_ms if tries < self._rules.attempts else 0
        try:
            async with asyncio.timeout(self._rules.timeout_s):
                status, after_s = await self._post(webhook, delivery)
        except NotReachable as error:
            return Attempt(False, False, 0, str(error), wait_ms)
        except TimeoutError:
            return Attempt(False, False, 0, "no answer in time", wait_ms)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Attempt(False, False, 0, _why(error), wait_ms)
        if 200 <= status < 300:
            return Attempt(True, False, status, "", 0)
        if status == _GONE:
            return Attempt(False, True, status, "gone", 0)
        return Attempt(False, False, status, f"status {status}", wait_ms and max(wait_ms, after_s * 1000))

    async def _post(self, webhook: Webhook, delivery: Delivery) -> tuple[int, int]:
        """Status, and how many seconds the receiver asks us to wait.  Its answer's body is not read."""
        address, parts = await self._addresses.resolve(webhook.url)
        host = f"[{address}]" if ":" in address else address
        netloc = host if parts.port is None else f"{host}:{parts.port}"
        headers = {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": "tallychain",
            **self._hooks.signing.headers(webhook, delivery.id, delivery.body, wall_ms()),
        }
        client = self._http()
        request = client.build_request(
            "POST",
            parts._replace(netloc=netloc).geturl(),
            content=delivery.body,
            headers=headers,
            # The certificate must be the name's, though the connection goes to the address that was looked at.
            extensions={"sni_hostname": parts.hostname} if parts.scheme == "https" else {},
        )
        answer = await client.send(request, stream=True)
        try:
            after = answer.headers.get("retry-after", "")
            wanted = int(after) if after.isascii() and after.isdigit() and len(after) < 6 else 0
            return answer.status_code, min(wanted, _LONGEST_AFTER_S)
        finally:
            await answer.aclose()

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            # No redirect is followed and no proxy asked: a delivery goes where it was subscribed and nowhere else.
            self._client = httpx.AsyncClient(
                verify=self._rules.trust or True,
                timeout=self._rules.timeout_s,
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def _why(error: BaseException) -> str:
    """What kind of failure it was; one of the receiver's certificate is said as such, because only its owner can mend it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is refused: {cause.verify_message}"[:_WHY_LETTERS]
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
