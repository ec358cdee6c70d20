"""A delivery goes only to whoever shows a certificate of the name that was subscribed, from an authority that is believed."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tallychain.gateway.config import ConfigRefused, Folder, webhook_trust
from tallychain.gateway.tests.alliance import alliance, in_loop
from tallychain.gateway.tests.receiver import receiver
from tallychain.gateway.tests.test_webhooks import QUICK, added, until_state

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
HERE = x509.DNSName("localhost")


class Roots:
    """An authority that certifies servers."""

    def __init__(self, name: str, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._folder = folder
        self._number = 0
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._signed(self._name, self._key.public_key(), None, NOW + 30 * DAY))

    def server(self, name: x509.GeneralName, until: datetime = NOW + DAY) -> ssl.SSLContext:
        """What a server needs to show a certificate of a name."""
        self._number += 1
        key = ec.generate_private_key(ec.SECP256R1())
        file = self._folder / f"{self.file.stem}-{self._number}.pem"
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(plain + self._signed(x509.Name([]), key.public_key(), name, until))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        name: x509.GeneralName | None,
        until: datetime,
    ) -> bytes:
        built = (
            x509.CertificateBuilder(self._name, subject, key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 2 * DAY)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(name is None, None), critical=True)
        )
        if name is not None:
            built = built.add_extension(x509.SubjectAlternativeName([name]), critical=True)
        return built.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)


@in_loop
async def test_a_receiver_with_a_certificate_of_another_name_or_authority_is_told_nothing(
    tmp_path: Path,
) -> None:
    ours, others = Roots("ours", tmp_path), Roots("others", tmp_path)
    cases = {
        "another name": ours.server(x509.DNSName("localhost.example")),
        "a name that only begins alike": ours.server(x509.DNSName("localhos")),
        # The connection goes to the address that was looked at; that is not what was subscribed.
        "the address in place of the name": ours.server(x509.IPAddress(ipaddress.ip_address("127.0.0.1"))),
        "another authority": others.server(HERE),
        "out of date": ours.server(HERE, NOW - DAY),
    }
    (tmp_path / "n").mkdir()
    more = {**QUICK, "webhook_attempts": 2, "webhook_roots": str(ours.file)}
    async with alliance(tmp_path / "n") as there, there.gateway("bank-a", **more) as bank:
        s1 = await bank.as_account("s1")
        for case, tls in cases.items():
            async with receiver(tls) as wrong:
                webhook, _ = await added(s1, wrong)
                assert (await s1.post(f"/v1/webhooks/{webhook}/test")).status_code == 202
                (dead,) = await until_state(s1, webhook, "dead")
                assert dead["why"].startswith("its certificate is refused: "), case
                assert (dead["attempts"], wrong.got) == (2, []), case
        async with receiver(ours.server(HERE)) as right:
            webhook, _ = await added(s1, right)
            assert (await s1.post(f"/v1/webhooks/{webhook}/test")).status_code == 202
            (done,) = await until_state(s1, webhook, "delivered")
            assert (done["status"], len(right.got)) == (200, 1)


@in_loop
async def test_without_roots_of_ones_own_the_authorities_of_the_web_are_believed_and_no_other(
    tmp_path: Path,
) -> None:
    ours = Roots("ours", tmp_path)
    (tmp_path / "n").mkdir()
    async with (
        receiver(ours.server(HERE)) as to,
        alliance(tmp_path / "n") as there,
        there.gateway("bank-a", webhook_attempts=1, **QUICK) as bank,
    ):
        s1 = await bank.as_account("s1")
        webhook, _ = await added(s1, to)
        assert (await s1.post(f"/v1/webhooks/{webhook}/test")).status_code == 202
        (dead,) = await until_state(s1, webhook, "dead")
        assert dead["why"].startswith("its certificate is refused: ")
        assert to.got == []


@in_loop
async def test_roots_that_cannot_be_read_are_refused_at_the_start_in_one_sentence(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there:
        (there.root / "empty.pem").write_text("nothing")
        for name in ("missing.pem", "empty.pem"):
            settings = there.settings("bank-a", webhook_roots=name)
            with pytest.raises(ConfigRefused, match="webhook_roots"):
                webhook_trust(settings, Folder(there.root))
