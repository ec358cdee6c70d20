"""The page of webhooks: added, tried, switched off, removed; the secret is shown once."""

import re
from pathlib import Path

from tallychain.console.tests.browsing import scene
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.receiver import is_signed, receiver


@in_loop
async def test_a_webhook_is_added_tried_and_removed_by_forms(tmp_path: Path) -> None:
    async with receiver() as to, scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1", "en")
        assert "There are no webhooks" in await s1.page("/webhooks")
        assert "/webhooks" in await s1.page("/operations")
        assert "/webhooks" not in await (await it.visitor("bank-a", "maker")).page("/operations")
        shown = await s1.send("/webhooks", {"url": to.url, "kinds": "operation.ended"})
        secret = re.findall(r"whsec_[A-Za-z0-9+/=]+", shown.text)[0]
        page = await s1.page("/webhooks")
        assert to.url in page
        assert secret not in page
        (action,) = set(re.findall(r"/webhooks/wh_[0-9a-f]+", page))
        assert (await s1.send(action, {"act": "test"}, of="/webhooks")).status_code == 303
        await to.until(lambda: len(to.got) == 1)
        assert is_signed(secret, *to.got[0])
        for act in ("off", "on", "redeliver"):
            assert (await s1.send(action, {"act": act}, of="/webhooks")).status_code == 303
        again = await s1.send(action, {"act": "secret"}, of="/webhooks")
        assert re.findall(r"whsec_[A-Za-z0-9+/=]+", again.text) != [secret]
        assert (await s1.send(action, {"act": "nothing"}, of="/webhooks")).status_code == 400
        other = await it.visitor("bank-a", "s2", "en")
        assert to.url not in await other.page("/webhooks")
        assert (await other.send(action, {"act": "remove"}, of="/webhooks")).status_code == 404
        assert (await s1.send(action, {"act": "remove"}, of="/webhooks")).status_code == 303
        assert "There are no webhooks" in await s1.page("/webhooks")


@in_loop
async def test_an_address_that_is_not_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1", "zh")
        answer = await s1.send("/webhooks", {"url": "https://10.0.0.1/<script>"})
        assert answer.status_code == 422
        assert "GATEWAY_WEBHOOK_URL" in answer.text
        assert "<script>" not in answer.text.replace("<script src", "")
