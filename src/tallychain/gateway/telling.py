"""Webhooks put together: subscriptions, queue, the feed of facts and the courier."""

import ssl
from collections.abc import Awaitable, Callable

from tallychain.gateway.config import Settings
from tallychain.gateway.courier import Courier, CourierRules
from tallychain.gateway.database import Database
from tallychain.gateway.hookaddress import Rules
from tallychain.gateway.hookfeed import HookFeed
from tallychain.gateway.hookqueue import HookQueue
from tallychain.gateway.hooks import Hooks, Signing, Webhook
from tallychain.gateway.outbox import Outbox
from tallychain.gateway.pulse import Pulse
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.seats import Seats

_HOUR_MS = 3_600_000

Audit = Callable[[str, str, str], Awaitable[None]]


class Telling:
    """What tells webhooks; `start` sets it going."""

    def __init__(
        self,
        settings: Settings,
        secret: bytes,
        database: Database,
        pulse: Pulse,
        audit: Audit,
        *,
        demo: bool,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._pulse = pulse
        self._audit = audit
        self.hooks, self.queue = Hooks(database, Signing(secret)), HookQueue(database)
        self.addresses = Rules(demo, settings.webhook_private)
        rules = CourierRules(
            settings.webhook_attempts,
            settings.webhook_first_wait_ms,
            float(settings.webhook_timeout_s),
            settings.webhook_fails_for_hours * _HOUR_MS,
            trust,
        )
        self.courier = Courier(rules, self.addresses, self.hooks, self.queue, pulse, self._off)
        self.feed: HookFeed | None = None

    def use_read_model(self, read_model: ReadModel, seats: Seats, outbox: Outbox) -> None:
        """Take facts from this read model."""
        self.feed = HookFeed(
            self._settings.member, read_model, self.hooks, seats, outbox, self._database, self._pulse
        )

    async def start(self) -> None:
        """Go on where the last process ended."""
        await self.courier.start()
        if self.feed is not None:
            await self.feed.start()

    async def close(self) -> None:
        """Stop; what waits is taken up at the next start."""
        if self.feed is not None:
            await self.feed.close()
        await self.courier.close()

    async def _off(self, webhook: Webhook, reason: str) -> None:
        """A notice: the audit has it, and the seat finds it on its page of today."""
        await self._audit("gateway", f"webhook-off {reason}", webhook.id)
