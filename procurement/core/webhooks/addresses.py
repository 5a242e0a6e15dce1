"""Keep webhooks away from our own network (server-side request forgery): which addresses may be called at all."""

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]

URL_MAX = 2000
#: Networks of IPv4 that are nobody's on the public Internet (IANA special-purpose registry), and one host of a cloud.
_REFUSED_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)  # fmt: skip
#: Of IPv6 only the global unicast space, without what embeds an IPv4 address or documents (RFC 4291, 3056, 4380, 3849).
_ALLOWED_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet", ".corp")
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
#: A last label that old libraries read as part of an IPv4 address: 127.1, 0x7f.1, 2130706433.
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)")


class AddressRefused(Exception):
    """Say why an address is not called."""


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public Internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    return address in _ALLOWED_6 and not any(address in network for network in _REFUSED_6)


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


@dataclass(frozen=True)
class Guard:
    """Decide which addresses are called; ``private`` lets everything through, for a developer's machine.

    ``plain`` lets http through to public addresses: for what is signed by its maker, as lists of revoked certificates are.
    """

    private: bool = False
    resolver: Resolver = system_resolver
    plain: bool = False

    def check(self, url: str) -> SplitResult:
        """Return the parts of an acceptable URL; raise AddressRefused. Names are looked up at delivery only."""
        if len(url) > URL_MAX or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>{}|^`'):
            raise AddressRefused("characters")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise AddressRefused("syntax") from None
        if parts.scheme != "https" and not ((self.private or self.plain) and parts.scheme == "http"):
            raise AddressRefused("scheme")
        if "@" in parts.netloc or "#" in url or port == 0 or not host:
            raise AddressRefused("syntax")
        if not self.private:
            _check_host(host, literal="[" in parts.netloc)
        return parts

    def addresses(self, host: str, port: int) -> list[str]:
        """Resolve a host once and return its addresses; raise AddressRefused when one of them is not public."""
        try:
            found = self.resolver(host, port)
        except (OSError, UnicodeError):
            raise AddressRefused("unknown host") from None
        if not found:
            raise AddressRefused("unknown host")
        if not self.private and not all(_is_public_text(text) for text in found):
            raise AddressRefused("not a public address")
        return found


def _check_host(host: str, *, literal: bool) -> None:
    if literal or _NUMERIC.fullmatch(host):
        if not _is_public_text(host):
            raise AddressRefused("not a public address")
        return
    name = host.lower()
    if not _HOST.fullmatch(name) or "." not in name or name.endswith(_LOCAL_SUFFIXES):
        raise AddressRefused("host")


def _is_public_text(text: str) -> bool:
    """Read an address in its one canonical form; a zone or an exotic notation is no public address."""
    try:
        return is_public(ipaddress.ip_address(text))
    except ValueError:
        return False


def refused_url() -> Invalid:
    """Return the refusal of an address at its registration."""
    message = _(
        "Cette adresse n’est pas acceptée : donnez une adresse publique en https://, sans identifiants ni fragment."
    )
    return Invalid(
        "webhook.url_refused", message, errors=(FieldError("/url", "webhook.url_refused", message),)
    )
