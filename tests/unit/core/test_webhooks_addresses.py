"""No webhook reaches our own network: the corpus of ways in, at registration and at delivery."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.core.settings import SettingsError, load
from procurement.core.webhooks.addresses import AddressRefused, Guard, is_public
from procurement.core.webhooks.sending import Sender

#: Refused as they stand, before any name is looked up.
REFUSED_AT_ONCE = [
    "http://hooks.example.org/", "ftp://hooks.example.org/", "file:///etc/passwd", "gopher://hooks.example.org/",
    "javascript:alert(1)", "//hooks.example.org/", "hooks.example.org", "", "https://", "https:///path", "https:hooks",
    "https://user@hooks.example.org/", "https://user:pass@hooks.example.org/", "https://hooks.example.org/#part",
    "https://hooks.example.org#@127.0.0.1/", "https://hooks.example.org:0/", "https://hooks.example.org:99999/",
    "https://hooks.example.org:port/", "https://hooks.example.org\\@127.0.0.1/", "https://hooks.example.org\t/",
    "https://hooks.example.org/\r\nHost: x", "https://hooks .example.org/", "https://hôte.example.org/",
    "https://127.0.0.1/", "https://127.1/", "https://127.0.0.1.:443/", "https://0/", "https://0.0.0.0/",
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://017700000001/",
    "https://10.0.0.1/", "https://10.1.2.3:8443/", "https://172.16.0.1/", "https://172.31.255.255/",
    "https://192.168.0.1/", "https://169.254.169.254/latest/meta-data/", "https://169.254.1.1/",
    "https://100.64.0.1/", "https://100.100.100.200/", "https://192.0.0.192/", "https://168.63.129.16/",
    "https://198.18.0.1/", "https://192.0.2.1/", "https://198.51.100.1/", "https://203.0.113.1/",
    "https://192.88.99.1/", "https://224.0.0.1/", "https://239.255.255.250/", "https://240.0.0.1/",
    "https://255.255.255.255/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://[::127.0.0.1]/", "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[fec0::1]/",
    "https://[ff02::1]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/", "https://[2001:db8::1]/", "https://[3fff::1]/", "https://[100::1]/", "https://[v1.a]/",
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://app.localhost/", "https://db/",
    "https://db.internal/", "https://metadata.google.internal/", "https://printer.local/", "https://nas.lan/",
    "https://router.home.arpa/", "https://-bad.example.org/", "https://a..b/", "https://exa_mple.org/",
    "https://%31%32%37.0.0.1/", "https://hooks.example.org/" + "x" * 2000,
]  # fmt: skip
GOOD = [
    "https://hooks.example.org/", "https://hooks.example.org:8443/a/b?c=d", "https://xn--hte-ula.example.org/x",
    "https://93.184.216.34/", "https://[2606:2800:220:1::1]/",
]  # fmt: skip
#: What a name may resolve to and must not be called at.
PRIVATE = [
    "127.0.0.1", "10.0.0.5", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.3.4", "0.0.0.0", "224.0.0.251",
    "168.63.129.16", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "2002:a00:1::", "ff02::1", "not an address",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED_AT_ONCE)
def test_hostile_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(AddressRefused):
        Guard(resolver=_never).check(url)


@pytest.mark.parametrize("url", GOOD)
def test_public_address_is_taken(url: str) -> None:
    assert Guard(resolver=_never).check(url).geturl() == url


@pytest.mark.parametrize("address", PRIVATE)
def test_name_that_leads_inside_is_not_called(address: str) -> None:
    sender = Sender(Guard(resolver=lambda _host, _port: [address]))
    sent = sender.post("https://hooks.example.org/", {}, b"{}")
    assert (sent.status, sent.error) == (None, "address refused: not a public address")


def test_one_private_address_among_public_ones_is_enough() -> None:
    guard = Guard(resolver=lambda _host, _port: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(AddressRefused, match="not a public address"):
        guard.addresses("hooks.example.org", 443)


def test_production_refuses_private_addresses() -> None:
    ini = {
        "pli.secret_key": "x" * 32,
        "pli.timestamp_url": "https://tsa.example/",
        "pli.environment": "production",
    }
    assert load(ini, {}).webhooks_private is False
    with pytest.raises(SettingsError, match="webhooks_private = True is for development"):
        load(ini | {"pli.webhooks_private": "true"}, {})


def test_unknown_host_is_said_so() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    assert Sender(Guard(resolver=resolver)).post("https://hooks.example.org/", {}, b"").error == (
        "address refused: unknown host"
    )


@given(st.ip_addresses())
def test_public_means_global_for_the_standard_library_too(address: object) -> None:
    if is_public(address):  # type: ignore[arg-type]  # hypothesis types it loosely
        assert address.is_global and not address.is_multicast  # type: ignore[attr-defined]  # same


def _never(host: str, port: int) -> list[str]:
    raise AssertionError("no name is looked up here")
