"""How ``pli sign`` speaks to a server: HTTPS with its certificate checked, no redirection followed, bounded answers."""

from urllib.parse import urlsplit

import httpx

from procurement.cli.signature_inputs import Refused
from procurement.core.text import _

#: Seconds: a server may ask for a time-stamp before it answers.
_TIMEOUT = 60.0
#: Where plain HTTP never leaves the machine.
_HERE = {"localhost", "127.0.0.1", "::1"}


def checked(url: str) -> str:
    """Return an address without its last slash; plain HTTP is for this machine alone."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _HERE)
    if not host or not safe or parts.query or parts.fragment or parts.username is not None:
        message = _("« %(url)s » n’est pas une adresse https (http n’est admis que pour localhost).")
        raise Refused("BAD_OPTION", message % {"url": url})
    return url.rstrip("/")


def client() -> httpx.Client:
    """Return a client; a redirection is an answer like any other, so that no secret goes elsewhere."""
    return httpx.Client(timeout=_TIMEOUT, follow_redirects=False, headers={"User-Agent": "pli sign"})
