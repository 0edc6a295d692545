"""The API's own limits by the official table, and OAuth's tokens."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from figma_warehouse.sandbox import AcceptedTokens, RateLimits, SampleOrganisation, Server, SimulatedClock, serve
from figma_warehouse.sandbox.api.rate_limits import LeakyBucket

ONCE = 60_000


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(1_000)


@pytest.fixture
def limited(org: SampleOrganisation, clock: SimulatedClock) -> Iterator[Server]:
    with serve(org, limits=RateLimits("professional", "full", clock)) as running:
        yield running


def fetch(server: Server, path: str) -> requests.Response:
    return requests.get(server.base_url + path, headers={"X-Figma-Token": server.org.token}, timeout=20)


@pytest.mark.parametrize(
    ("plan", "seat", "per_minute"),
    [
        ("professional", "full", (10, 25, 50)),
        ("organization", "dev", (15, 50, 100)),
        ("enterprise", "full", (20, 100, 150)),
        ("starter", "full", (6, 5, 10)),
        ("enterprise", "view", (6, 5, 10)),
        ("professional", "collab", (6, 5, 10)),
    ],
)
def test_a_full_bucket_holds_what_the_official_table_says(
    clock: SimulatedClock, plan: str, seat: str, per_minute: tuple[int, int, int]
) -> None:
    limits = RateLimits(plan, seat, clock)
    for tier, number in zip((1, 2, 3), per_minute, strict=True):
        answers = [limits.refuse("token", tier) for _ in range(number + 1)]
        assert [answer is None for answer in answers] == [True] * number + [False]
    assert limits.refusals == 3


def test_a_full_bucket_answers_429_with_the_official_headers(limited: Server, keys: dict[str, str]) -> None:
    path = f"/v1/files/{keys['Wishlist']}?depth=1"
    answers = [fetch(limited, path) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].json() == {"status": 429, "err": "Rate limit exceeded"}
    given = {
        name: answers[-1].headers[name] for name in ("Retry-After", "X-Figma-Plan-Tier", "X-Figma-Rate-Limit-Type")
    }
    assert given == {"Retry-After": "6", "X-Figma-Plan-Tier": "pro", "X-Figma-Rate-Limit-Type": "high"}
    assert answers[-1].headers["X-Figma-Upgrade-Link"].startswith("https://www.figma.com/")
    assert limited.rate_limit_refusals == 1


def test_after_the_wait_there_is_room_for_one_and_never_more_than_the_rate(clock: SimulatedClock) -> None:
    limits = RateLimits("professional", "full", clock)
    passed = sum(limits.refuse("token", 1) is None for _ in range(50))
    for _ in range(10):
        clock.sleep(6)
        passed += sum(limits.refuse("token", 1) is None for _ in range(3))
    assert passed == 20


def test_the_wait_of_a_bucket_is_exact_to_the_millisecond() -> None:
    bucket = LeakyBucket(15, ONCE)
    assert [bucket.add_request(0) for _ in range(16)] == [0] * 15 + [4000]
    assert bucket.add_request(3999) == 1
    assert [bucket.add_request(4000), bucket.add_request(4000)] == [0, 4000]
    assert [bucket.add_request(10 * ONCE) for _ in range(16)] == [0] * 15 + [4000]


def test_a_low_seat_waits_for_days(clock: SimulatedClock) -> None:
    limits = RateLimits("enterprise", "view", clock)
    answers = [limits.refuse("token", 1) for _ in range(7)]
    assert answers[-1]
    assert answers[-1].headers["Retry-After"] == str(math.ceil(30 * 86_400 / 6))
    assert answers[-1].headers["X-Figma-Rate-Limit-Type"] == "low"


def test_each_token_each_tier_and_each_plan_has_a_bucket_of_its_own(clock: SimulatedClock) -> None:
    limits = RateLimits("professional", "full", clock, team_plans={"free": "starter"})
    assert sum(limits.refuse("one", 1, "paid") is None for _ in range(20)) == 10
    assert sum(limits.refuse("two", 1, "paid") is None for _ in range(20)) == 10
    assert sum(limits.refuse("one", 2, "paid") is None for _ in range(60)) == 25
    answers = [limits.refuse("one", 1, "free") for _ in range(7)]
    assert [answer is None for answer in answers] == [True] * 6 + [False]
    assert answers[-1]
    assert answers[-1].headers["X-Figma-Plan-Tier"] == "starter"


def test_what_counts_is_where_the_resource_lives(
    org: SampleOrganisation, keys: dict[str, str], clock: SimulatedClock
) -> None:
    truth = org.truth().files[keys["Wishlist"]]
    with serve(org, limits=RateLimits("enterprise", "full", clock, team_plans={truth.team_id: "starter"})) as server:
        path, folder = f"/v1/files/{keys['Wishlist']}", f"/v2/folders/{truth.folder_id}/files"
        assert [fetch(server, f"{path}?depth=1").status_code for _ in range(7)] == [200] * 6 + [429]
        assert [fetch(server, folder).status_code for _ in range(6)] == [200] * 5 + [429]
        assert [fetch(server, f"{path}/meta").headers.get("X-Figma-Plan-Tier") for _ in range(11)][-1] == "starter"
        assert [fetch(server, "/v1/me").status_code for _ in range(11)] == [200] * 11


def test_without_limits_and_off_the_tiers_nothing_is_refused(clock: SimulatedClock) -> None:
    limits = RateLimits("starter", "view", clock)
    assert [limits.refuse("token", 0) for _ in range(100)] == [None] * 100


@pytest.mark.parametrize(("plan", "seat"), [("gold", "full"), ("professional", "guest")])
def test_an_unknown_plan_or_seat_is_refused(plan: str, seat: str) -> None:
    with pytest.raises(ValueError, match=f"{plan}:{seat}"):
        RateLimits(plan, seat)


def refresh(server: Server, form: dict[str, str], where: str = "refresh", secret: str | None = None) -> tuple[int, Any]:
    client = (server.tokens.client_id, secret or server.tokens.client_secret)
    answer = requests.post(f"{server.base_url}/v1/oauth/{where}", data=form, auth=client, timeout=20)
    return answer.status_code, answer.json()


def me(server: Server, header: str, secret: str) -> int:
    return requests.get(f"{server.base_url}/v1/me", headers={header: secret}, timeout=20).status_code


def test_refreshing_gives_a_new_access_token_and_kills_the_old_one(org: SampleOrganisation) -> None:
    with serve(org) as server:
        form = {"refresh_token": server.tokens.refresh_token}
        status, first = refresh(server, form)
        assert (status, first["expires_in"], "refresh_token" in first) == (200, 90 * 86_400, False)
        assert first["access_token"].startswith("figu_")
        assert me(server, "Authorization", f"Bearer {first['access_token']}") == 200
        second = refresh(server, form)[1]
        assert me(server, "Authorization", f"Bearer {first['access_token']}") == 403
        assert me(server, "Authorization", f"Bearer {second['access_token']}") == 200
        assert me(server, "X-Figma-Token", second["access_token"]) == 403
        assert [request.path for request in server.requests if request.method == "POST"] == ["/v1/oauth/refresh"] * 2


def test_an_access_token_dies_when_its_time_is_over(org: SampleOrganisation, clock: SimulatedClock) -> None:
    with serve(org, tokens=AcceptedTokens(org.token, clock, expires_in=3600)) as server:
        answer = refresh(server, {"refresh_token": server.tokens.refresh_token})[1]
        bearer = f"Bearer {answer['access_token']}"
        clock.sleep(3599)
        assert me(server, "Authorization", bearer) == 200
        clock.sleep(1)
        assert me(server, "Authorization", bearer) == 403


def test_another_client_or_refresh_token_gets_nothing(org: SampleOrganisation) -> None:
    with serve(org) as server:
        assert refresh(server, {"refresh_token": server.tokens.refresh_token}, secret="other")[0] == 401
        assert refresh(server, {"refresh_token": "figur_other"})[0] == 400
        assert refresh(server, {})[0] == 400


def test_a_code_is_exchanged_once(org: SampleOrganisation) -> None:
    with serve(org) as server:
        form = {"code": server.tokens.code, "grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1/"}
        status, answer = refresh(server, form, "token")
        assert (status, answer["refresh_token"]) == (200, server.tokens.refresh_token)
        assert me(server, "Authorization", f"Bearer {answer['access_token']}") == 200
        assert refresh(server, form, "token")[0] == 400
