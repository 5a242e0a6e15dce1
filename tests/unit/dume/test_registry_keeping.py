"""What the client keeps between calls: memory, limits, breakers."""

import threading
from datetime import date

import httpx

from dume.registry import SourceResult, SourceStatus
from dume.registry.breaker import Breakers
from dume.registry.cache import Cache, Key
from dume.registry.limits import Bucket, Limits
from procurement.accounts.registry import Proof
from tests.factories.registry import BUYER, OTHER_BUYER, PDF, SIRET, Script, Time, answer, ask, client


def result(size: int = 0, status: SourceStatus = SourceStatus.OBTAINED) -> SourceResult:
    content = b"0" * size
    proof = Proof(name="a.pdf", media_type="application/pdf", content=content, sha256="")
    return SourceResult(source="vat", status=status, documents=(proof,) if size else ())


def key(path: str = "/a", recipient: str = BUYER) -> Key:
    return Key(path, SIRET, recipient)


# ---- Memory ----
def test_memory_is_apart_for_each_recipient() -> None:
    cache = Cache(Time().monotonic)
    cache.put(key(), result())
    assert cache.get(key(recipient=OTHER_BUYER)) is None
    assert cache.get(key()) == result()


def test_memory_forgets_the_oldest_when_there_are_too_many() -> None:
    cache = Cache(Time().monotonic, entries=2)
    for path in ("/a", "/b", "/c"):
        cache.put(key(path), result())
    assert [cache.get(key(path)) is None for path in ("/a", "/b", "/c")] == [True, False, False]


def test_memory_counts_the_bytes_of_documents() -> None:
    cache = Cache(Time().monotonic, size=10)
    cache.put(key("/a"), result(6))
    cache.put(key("/b"), result(6))
    assert [cache.get(key(path)) is None for path in ("/a", "/b")] == [True, False]
    cache.put(key("/b"), result(4))
    cache.put(key("/c"), result(6))
    assert [cache.get(key(path)) is None for path in ("/b", "/c")] == [False, False]
    cache.put(key("/d"), result(11))
    assert cache.get(key("/d")) is None


def test_failures_are_not_remembered() -> None:
    cache = Cache(Time().monotonic)
    for status in (
        SourceStatus.UNAVAILABLE,
        SourceStatus.TIMEOUT,
        SourceStatus.SKIPPED,
        SourceStatus.PENDING,
    ):
        cache.put(key(), result(status=status))
        assert cache.get(key()) is None


# ---- Limits ----
def test_bucket_refills_evenly() -> None:
    time = Time()
    bucket = Bucket(60, time.ticks)
    assert [bucket.wait() for _turn in range(60)] == [0.0] * 60
    assert bucket.wait() == 1.0
    time.sleep(2.5)
    assert [bucket.wait(), bucket.wait(), bucket.wait()] == [0.0, 0.0, 0.5]


def test_bucket_never_holds_more_than_a_minute() -> None:
    time = Time()
    bucket = Bucket(2, time.ticks)
    time.sleep(3_600)
    assert [bucket.wait(), bucket.wait(), bucket.wait()] == [0.0, 0.0, 30.0]


def test_turn_that_comes_too_late_is_not_waited_for() -> None:
    time = Time()
    limits = Limits(time.ticks)
    limits.close(10, documents=True)
    assert limits.take(documents=True, deadline=10) is False
    assert limits.take(documents=False, deadline=10) is True
    assert time.slept == []
    assert limits.take(documents=True, deadline=10.5) is True
    assert time.slept == [10]


def test_address_limit_gives_the_other_token_back() -> None:
    time = Time()
    limits = Limits(time.ticks)
    limits._address = Bucket(1, time.ticks)
    limits._kinds[False] = Bucket(2, time.ticks)
    assert limits.take(documents=False, deadline=1) is True
    assert limits.take(documents=False, deadline=1) is False
    assert limits._kinds[False].wait() == 0.0
    assert limits._kinds[False].wait() > 0


# ---- Breakers ----
def test_one_call_goes_first_after_the_rest() -> None:
    time = Time()
    breakers = Breakers(time.monotonic, failures=2, rest=60)
    for _turn in range(2):
        assert breakers.allows("insee")
        breakers.record("insee", answered=False)
    assert not breakers.allows("insee")
    assert breakers.allows("dgfip")
    time.sleep(60)
    assert [breakers.allows("insee"), breakers.allows("insee")] == [True, False]
    breakers.record("insee", answered=False)
    time.sleep(59)
    assert not breakers.allows("insee")
    time.sleep(1)
    assert breakers.allows("insee")
    breakers.release("insee")
    assert breakers.allows("insee")
    breakers.record("insee", answered=True)
    assert [breakers.allows("insee"), breakers.allows("insee")] == [True, True]


# ---- The half minute, when a source does not even time out ----
class Late(Time):
    """Stand at 0 when the half minute is set, then just before its end."""

    armed = False

    def monotonic(self) -> float:
        if self.armed:
            self.armed, self.seconds = False, 29.95
            return 0.0
        return super().monotonic()


def test_source_that_hangs_is_given_up() -> None:
    time, released = Late(), threading.Event()

    def hang(_request: httpx.Request) -> httpx.Response:
        released.wait(5)
        return answer({})

    registry = client(Script(hang), time)
    time.armed = True
    try:
        results = ask(registry, "insee_successions", "insee_address")
    finally:
        released.set()
    assert {found.status for found in results.values()} == {SourceStatus.TIMEOUT}
    assert {found.detail for found in results.values()} == {"too_late"}


def test_document_that_comes_too_late_is_refused() -> None:
    time = Time()
    url = "https://entreprise.api.gouv.fr/files/a.pdf"

    def drip(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/files/a.pdf":
            time.sleep(11)
            return httpx.Response(200, content=PDF)
        return answer({"document_url": url, "date_periode_analysee": "2026-12-31"})

    found = ask(client(Script(drip), time), "tax_certificate")["tax_certificate"]
    assert (found.status, found.detail, found.as_of) == (
        SourceStatus.UNAVAILABLE,
        "document_timeout",
        date(2026, 12, 31),
    )
