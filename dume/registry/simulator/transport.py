"""Put the simulator in place of the network: inside the process for httpx, or as a WSGI application on localhost."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.util import request_uri

import httpx

from dume.registry.simulator import Reply, Simulator

#: A name that no resolver knows (RFC 6761): nothing can leave the process by mistake.
ORIGIN = "https://simulator.invalid"


class SimulatorTransport(httpx.BaseTransport):
    """Answer httpx from memory, time-outs included."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, as late as the source would."""
        reply = self._simulator.answer(
            request.url.path,
            dict(request.url.params),
            origin=ORIGIN,
            token=request.headers.get("authorization", ""),
        )
        patience = request.extensions.get("timeout", {}).get("read")
        if patience is not None and reply.delay > patience:
            self._simulator.sleep(patience)
            raise httpx.ReadTimeout("The simulated source was too slow.", request=request)
        if reply.delay:
            self._simulator.sleep(reply.delay)
        return httpx.Response(
            reply.status, headers={**reply.headers, "Content-Type": reply.media_type}, content=reply.body
        )


def application(simulator: Simulator) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Return the simulator as a WSGI application, for clients that want a real connection."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        address = httpx.URL(request_uri(environ, include_query=False))
        origin = f"{address.scheme}://{address.netloc.decode()}"
        reply = simulator.answer(
            environ.get("PATH_INFO", "/"),
            dict(parse_qsl(environ.get("QUERY_STRING", ""))),
            origin=origin,
            token=environ.get("HTTP_AUTHORIZATION", ""),
        )
        if reply.delay:
            simulator.sleep(reply.delay)
        return _sent(reply, start_response)

    return answer


def _sent(reply: Reply, start_response: Any) -> Iterable[bytes]:
    reason = httpx.codes.get_reason_phrase(reply.status)
    headers = [
        *reply.headers.items(),
        ("Content-Type", reply.media_type),
        ("Content-Length", str(len(reply.body))),
    ]
    start_response(f"{reply.status} {reason}", headers)
    return [reply.body]
