from types import SimpleNamespace

import pytest
from limits import parse
from pyramid import testing
from pyramid.request import Request

from procurement.core import rate, services
from procurement.core.rate import Flooded, MovingWindow, Quota, RateLimiter, Unlimited, check, client_address
from procurement.core.settings import Settings


@pytest.fixture
def limiter() -> MovingWindow:
    return MovingWindow({"sign-in": parse("3 per hour"), "other": parse("1 per minute")})


def test_hit_counts_down_then_refuses(limiter: MovingWindow) -> None:
    assert [limiter.hit("sign-in", "a").remaining for _ in range(3)] == [2, 1, 0]
    with pytest.raises(Flooded) as refusal:
        limiter.hit("sign-in", "a")
    assert refusal.value.status == 429
    assert 3590 <= refusal.value.retry_after <= 3600
    assert refusal.value.quota == Quota(3, 0, refusal.value.retry_after)


def test_keys_and_purposes_are_apart(limiter: MovingWindow) -> None:
    for _ in range(3):
        limiter.hit("sign-in", "a")
    assert limiter.hit("sign-in", "b").remaining == 2
    assert limiter.hit("other", "a").remaining == 0


def test_clear_forgets(limiter: MovingWindow) -> None:
    for _ in range(3):
        limiter.hit("sign-in", "a")
    limiter.clear("sign-in", "a")
    assert limiter.hit("sign-in", "a").remaining == 2


def test_unlimited_lets_everything_through() -> None:
    unlimited = Unlimited()
    assert [unlimited.hit("sign-in", "a") for _ in range(100)] == [None] * 100
    unlimited.clear("sign-in", "a")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 192.0.2.7", "192.0.2.7"),
        (2, "6.6.6.6, 192.0.2.7, 10.0.0.9", "192.0.2.7"),
        (2, "192.0.2.7", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_client_address_believes_trusted_proxies_only(proxies: int, forwarded: str, expected: str) -> None:
    with testing.testConfig() as config:
        services.register(config.registry, Settings, Settings(trusted_proxies=proxies))
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        request = Request.blank("/", environ={"REMOTE_ADDR": "10.0.0.1"}, headers=headers)
        request.registry = config.registry
        assert client_address(request) == expected


def application(*, limited: bool) -> tuple[Request, object]:
    with testing.testConfig() as config:
        services.register(config.registry, Settings, Settings(rate_limits=limited))
        config.include(rate)
        config.add_rate("sign-in", "2 per hour")
        request = Request.blank("/", environ={"REMOTE_ADDR": "10.0.0.1"})
        request.registry = config.registry
        return request, services.find(config.registry, RateLimiter)


def headers(request: Request) -> dict[str, str]:
    response = SimpleNamespace(headers={})
    request._process_response_callbacks(response)
    return response.headers


def test_check_announces_what_is_left() -> None:
    request, _limiter = application(limited=True)
    check(request, "sign-in")
    found = headers(request)
    assert (found["RateLimit-Limit"], found["RateLimit-Remaining"]) == ("2", "1")
    assert 3590 <= int(found["RateLimit-Reset"]) <= 3600


def test_check_announces_the_refusal_too() -> None:
    request, _limiter = application(limited=True)
    check(request, "sign-in")
    check(request, "sign-in")
    with pytest.raises(Flooded):
        check(request, "sign-in")
    assert headers(request)["RateLimit-Remaining"] == "0"


def test_check_counts_by_given_key() -> None:
    request, _limiter = application(limited=True)
    for key in ("a@example.org", "b@example.org", "c@example.org"):
        check(request, "sign-in", key)
    assert headers(request)["RateLimit-Remaining"] == "1"


def test_check_without_limits_announces_nothing() -> None:
    request, limiter = application(limited=False)
    assert isinstance(limiter, Unlimited)
    for _ in range(10):
        check(request, "sign-in")
    assert headers(request) == {}
