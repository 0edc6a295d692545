"""Rate limits by the official table."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import requests

from figma_warehouse.sandbox import RateLimits, SampleOrganisation, Server, SimulatedClock, serve
from figma_warehouse.sandbox.api.rate_limits import LeakyBucket

MINUTE_MS = 60_000


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(1_000)


@pytest.fixture
def limited_server(org: SampleOrganisation, clock: SimulatedClock) -> Iterator[Server]:
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


def test_a_full_bucket_answers_429_with_the_official_headers(limited_server: Server, keys: dict[str, str]) -> None:
    path = f"/v1/files/{keys['Wishlist']}?depth=1"
    answers = [fetch(limited_server, path) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].json() == {"status": 429, "err": "Rate limit exceeded"}
    headers = {
        name: answers[-1].headers[name] for name in ("Retry-After", "X-Figma-Plan-Tier", "X-Figma-Rate-Limit-Type")
    }
    assert headers == {"Retry-After": "6", "X-Figma-Plan-Tier": "pro", "X-Figma-Rate-Limit-Type": "high"}
    assert answers[-1].headers["X-Figma-Upgrade-Link"].startswith("https://www.figma.com/")
    assert limited_server.rate_limit_refusals == 1


def test_after_the_wait_there_is_room_for_exactly_one_request(clock: SimulatedClock) -> None:
    limits = RateLimits("professional", "full", clock)
    accepted = sum(limits.refuse("token", 1) is None for _ in range(50))
    for _ in range(10):
        clock.sleep(6)
        accepted += sum(limits.refuse("token", 1) is None for _ in range(3))
    assert accepted == 20


def test_the_wait_is_exact_to_the_millisecond() -> None:
    bucket = LeakyBucket(15, MINUTE_MS)
    assert [bucket.add_request(0) for _ in range(16)] == [0] * 15 + [4000]
    assert bucket.add_request(3999) == 1
    assert [bucket.add_request(4000), bucket.add_request(4000)] == [0, 4000]
    assert [bucket.add_request(10 * MINUTE_MS) for _ in range(16)] == [0] * 15 + [4000]


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


def test_the_plan_of_the_team_that_owns_the_resource_counts(
    org: SampleOrganisation, keys: dict[str, str], clock: SimulatedClock
) -> None:
    truth = org.truth().files[keys["Wishlist"]]
    with serve(org, limits=RateLimits("enterprise", "full", clock, team_plans={truth.team_id: "starter"})) as server:
        path, folder = f"/v1/files/{keys['Wishlist']}", f"/v2/folders/{truth.folder_id}/files"
        assert [fetch(server, f"{path}?depth=1").status_code for _ in range(7)] == [200] * 6 + [429]
        assert [fetch(server, folder).status_code for _ in range(6)] == [200] * 5 + [429]
        assert [fetch(server, f"{path}/meta").headers.get("X-Figma-Plan-Tier") for _ in range(11)][-1] == "starter"
        assert [fetch(server, "/v1/me").status_code for _ in range(11)] == [200] * 11


def test_a_path_without_a_tier_is_never_refused(clock: SimulatedClock) -> None:
    limits = RateLimits("starter", "view", clock)
    assert [limits.refuse("token", 0) for _ in range(100)] == [None] * 100


@pytest.mark.parametrize(("plan", "seat"), [("gold", "full"), ("professional", "guest")])
def test_an_unknown_plan_or_seat_is_refused(plan: str, seat: str) -> None:
    with pytest.raises(ValueError, match=f"{plan}:{seat}"):
        RateLimits(plan, seat)
