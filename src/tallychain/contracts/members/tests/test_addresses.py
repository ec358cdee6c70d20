"""Which addresses of a gateway are public, by their spelling."""

import pytest

from tallychain.contracts.members.addresses import is_public


@pytest.mark.parametrize(
    "address",
    [
        "https://gateway.bank-a.example",
        "https://Gateway.Bank-A.example:8443/api",
        "https://a.b.c.example:65535",
        "https://8.8.8.8",
        "https://172.15.255.255/x",
        "https://172.32.0.0",
        "https://192.1.0.0",
        "https://223.255.255.255",
        "https://localhost.example",
        "https://notlocal.example",
    ],
)
def test_names_and_addresses_of_the_public_network_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://gateway.bank-a.example",
        "https://localhost",
        "https://LOCALHOST:8443",
        "https://a.localhost",
        "https://printer.local",
        "https://db.internal",
        "https://nas.home.arpa",
        "https://gateway",
        "https://.example",
        "https://a..example",
        "https://a.example.",
        "https://-a.example",
        "https://a-.example",
        f"https://{'a' * 64}.example",
        "https://a.example:",
        "https://a.example:0",
        "https://a.example:65536",
        "https://a.example:000080",
        "https://a.example:8x",
        "https://::1",
        "https://0.0.0.0",
        "https://10.1.2.3",
        "https://100.64.0.1",
        "https://127.0.0.1:8443/api",
        "https://169.254.169.254/latest",
        "https://172.16.0.1",
        "https://172.31.255.255",
        "https://192.0.0.8",
        "https://192.0.2.1",
        "https://192.168.1.1",
        "https://198.19.255.255",
        "https://198.51.100.1",
        "https://203.0.113.9",
        "https://224.0.0.1",
        "https://255.255.255.255",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.0.0.1",
        "https://0177.0.0.1",
        "https://8.8.8.08",
        "https://8.8.8.256",
        "https://8.8.8.8.8",
        "https://a.8.8.8",
        "https://8.8.8.0x",
    ],
)
def test_what_means_each_members_own_machine_or_speaks_in_the_clear_is_not(address: str) -> None:
    assert not is_public(address)
