"""Issuers that a file lacks are fetched one above the other, trusted for nothing, and never without a fetcher."""

from typing import Any

import pytest

from signing.path.engine import CLIMB, Chains, Purpose
from signing.types import Evidence, SubIndication
from tests.factories.pki_server import naming
from tests.signing import pki

LEAF = naming("http://pki.example/above.cer")
ABOVE = naming("http://pki.example/root.cer", "ca", "root")


class Net(pki.Net):
    """Serve other certificates under some names."""

    def __init__(self, **served: tuple[bytes, ...]) -> None:
        super().__init__()
        self.served = served

    def certificates(self, url: str) -> tuple[bytes, ...]:
        name = url.removeprefix("http://pki.example/").removesuffix(".cer")
        known = super().certificates(url)
        return self.served.get(name, known)

    @property
    def climbed(self) -> list[str]:
        return [url for url in self.asked if url.endswith(".cer")]


def concluded(
    net: Net | None, *, leaf: pki.Holder = LEAF, known: tuple[bytes, ...] = (), trust: Any = None
) -> Any:
    chains = Chains(
        trust or pki.trust(), Evidence(certificates=known, crls=pki.crls()), at=pki.NOW, fetch=net
    )
    return chains, chains.conclude(leaf.der, Purpose.SIGNATURE, at=pki.NOW)


def test_issuer_is_fetched_and_kept_as_material() -> None:
    assert concluded(None)[1].subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    net = Net(above=(b"no certificate", pki.holder("ca-rsa").der, pki.holder("ca").der))
    chains, verdict = concluded(net)
    assert verdict.passed
    assert verdict.chain == (LEAF.der, pki.holder("ca").der, pki.holder("root").der)
    assert chains.fetched.certificates == (pki.holder("ca").der,)
    assert net.climbed == ["http://pki.example/above.cer"]


def test_issuers_are_shared_by_the_signatures_of_a_file() -> None:
    net = Net(above=(pki.holder("ca").der,))
    chains, _verdict = concluded(net)
    other = chains.having(Evidence(certificates=(pki.signer("twin").der,)))
    assert other.conclude(LEAF.der, Purpose.SIGNATURE, at=pki.NOW).passed
    assert len(net.climbed) == 1


def test_steps_go_on_from_what_is_at_hand() -> None:
    """The issuer is there, and names its own, which is trusted nowhere: both were looked for, neither is believed."""
    net = Net()
    trust = pki.trust("other-root")
    _chains, verdict = concluded(net, known=(ABOVE.der,), trust=trust)
    assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert net.climbed == ["http://pki.example/root.cer"]


def test_fetched_root_is_not_trusted() -> None:
    net = Net(above=(ABOVE.der,))
    chains, verdict = concluded(net, trust=pki.trust("other-root"))
    assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert chains.fetched.certificates == (ABOVE.der, pki.holder("root").der)


@pytest.mark.parametrize("served", [(), (b"x",), (pki.holder("ca-rsa").der,)])
def test_what_is_no_issuer_is_left(served: tuple[bytes, ...]) -> None:
    chains, verdict = concluded(Net(above=served))
    assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert chains.fetched.certificates == ()


def test_climbing_ends() -> None:
    """Two authorities that name each other for ever."""
    one = naming("http://pki.example/two.cer", "ca", "ca-rsa")
    two = naming("http://pki.example/one.cer", "ca-rsa", "ca")
    net = Net(above=(one.der,), one=(one.der,), two=(two.der,))
    _chains, verdict = concluded(net)
    assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert len(net.climbed) <= CLIMB
