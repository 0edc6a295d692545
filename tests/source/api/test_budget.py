"""The request budget: the pace is just below Figma's limits, and the budget is stored between runs."""

import logging
import random
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figma_warehouse.sandbox import HttpAnswer, RateLimits, Server, SimulatedClock
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.budget import Budget, TierUse, read_budget
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.limits import Allowance, Limit, parse_limit
from figma_warehouse.source.api.refusals import Quota, Refused
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.endpoints import EndpointPath
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.listings.discovery import Listing
from figma_warehouse.source.refresh import Refresh
from tests.fixtures.in_memory_organisation import HOME, TEAM, InMemoryOrganisation
from tests.fixtures.paths import at

MINUTE_MS, DAY_MS = 60_000, 86_400_000
FILE, FOLDERS, META = at(f"/v1/files/{HOME}"), at(f"/v2/teams/{TEAM.id}/folders"), at(f"/v1/files/{HOME}/meta")
NO_QUOTA = Quota()
LONG = 396_749
# by plan: requests a minute of tiers 1, 2, 3 for Dev and Full seats, as the official page has them
OFFICIAL = {"professional": (10, 25, 50), "organization": (15, 50, 100), "enterprise": (20, 100, 150)}


class SimulatedStop(Stop):
    """A stop whose waits move the clock instead."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self._clock = clock

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(1_795_000_000_000)


@pytest.fixture
def limited(server: Server, clock: SimulatedClock) -> Iterator[Callable[[str], Server]]:
    """The server with the limits of a plan, on the simulated clock."""

    def limit(plan: str, plans: dict[str, str] | None = None) -> Server:
        server.limits = RateLimits(plan, "full", clock, plans)
        return server

    yield limit
    server.limits = None


@pytest.fixture
def paced(server: Server, clock: SimulatedClock) -> Callable[..., FigmaClient]:
    """A client with a budget on the simulated clock."""

    def connect(allowance: Allowance, path: Path | None = None, **more: float) -> FigmaClient:
        budget = Budget(allowance, "token", path, clock=clock, **more)
        client = FigmaClient(server.org.token, server.base_url, backoff=0.01, budget=budget)
        client.meter.stop = SimulatedStop(clock)
        return client

    return connect


def limit_answer(seconds: object, plan: str = "starter", seat: str = "low") -> HttpAnswer:
    link = "https://www.figma.com/upgrade"
    headers = {"X-Figma-Plan-Tier": plan, "X-Figma-Rate-Limit-Type": seat, "X-Figma-Upgrade-Link": link}
    return HttpAnswer(429, b'{"status":429,"err":"Slow down"}', {"Retry-After": str(seconds), **headers})


def refused(api: FigmaClient, path: EndpointPath) -> Refused:
    with pytest.raises(Refused) as raised:
        api.get(path)
    assert raised.value.reason == "rate_limited"
    return raised.value


@pytest.mark.parametrize(("plan", "path", "tier"), [("professional", FILE, 1), ("enterprise", FILE, 1)])
def test_a_long_load_runs_at_95_percent_of_what_figma_allows_and_provokes_no_429(
    limited: Callable[[str], Server],
    paced: Callable[..., FigmaClient],
    clock: SimulatedClock,
    plan: str,
    path: EndpointPath,
    tier: int,
) -> None:
    server, api, capacity = limited(plan), paced(Allowance(plan)), OFFICIAL[plan][tier - 1]
    waits: list[tuple[int, float, str]] = []
    api.on_wait(lambda *about: waits.append(about))
    began, count = clock.now(), 8 * capacity
    for _ in range(count):
        api.get(path)
    # a full bucket at once, then as fast as it drains
    best = (count - capacity) * MINUTE_MS / capacity
    assert server.rate_limit_refusals == 0
    assert best <= clock.now() - began <= best / 0.95
    assert {(tier, why) for tier, _, why in waits} == {(tier, "pace")}
    assert api.meter.waits[tier] == pytest.approx(sum(seconds for _, seconds, _ in waits))
    assert api.meter.total == count


@given(
    st.sampled_from([5, 10, 15, 20, 25, 50, 100, 150]),
    st.lists(st.sampled_from([0, 0, 0, 1, 50, 400, 3_000, 61_000]), min_size=20, max_size=400),
    st.integers(),
)
def test_requests_fit_into_figmas_bucket_even_if_some_arrive_four_seconds_late(
    capacity: int, gaps: list[int], seed: int
) -> None:
    clock, chance = SimulatedClock(10**12), random.Random(seed)
    budget = Budget(Allowance("professional", own={1: Limit(capacity, "minute")}), clock=clock)
    arrivals = []
    for gap in gaps:
        clock.sleep(gap / 1000)
        while wait := budget.take(1):
            clock.sleep(wait)
        arrivals.append(clock.now() + chance.choice([0, 0, chance.randrange(4_000)]))
    level, before = 0.0, 0
    for arrival in sorted(arrivals):
        level = max(0.0, level - (arrival - before) * capacity / MINUTE_MS) + 1
        assert level <= capacity + 1e-6
        before = arrival


def test_threads_share_one_budget(limited: Callable[[str], Server], paced: Callable[..., FigmaClient]) -> None:
    server, api = limited("professional"), paced(Allowance("professional"))

    def work() -> None:
        for _ in range(10):
            api.get(FOLDERS)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (server.spent[2], server.rate_limit_refusals, api.meter.requests[2]) == (80, 0, 80)


def test_metadata_requests_count_in_tier_3_and_keep_the_pace_of_tier_2_too(
    limited: Callable[[str], Server], paced: Callable[..., FigmaClient], clock: SimulatedClock
) -> None:
    limited("professional")
    api, began = paced(Allowance("professional")), clock.now()
    for _ in range(50):
        api.get(META)
    assert api.meter.requests == {1: 0, 2: 0, 3: 50}
    assert clock.now() - began >= (50 - 25) * MINUTE_MS / 25
    assert api.meter.waits[3] > 0


@pytest.mark.parametrize(
    "allowance", [Allowance("professional", "view"), Allowance("enterprise", "collab"), Allowance("starter")]
)
def test_a_low_seat_or_a_starter_plan_gets_six_documents_a_month_and_other_tiers_continue(
    server: Server, paced: Callable[..., FigmaClient], clock: SimulatedClock, allowance: Allowance
) -> None:
    api = paced(allowance)
    for _ in range(6):
        api.get(FILE)
    retry_at = refused(api, FILE).retry_at
    assert retry_at is not None
    assert timedelta(days=5) <= retry_at - api.budget.now() <= timedelta(days=5.2)
    assert (server.spent[1], api.meter.waits[1]) == (6, 0)
    api.get(FOLDERS)
    clock.sleep((retry_at - api.budget.now()).total_seconds())
    api.get(FILE)
    refused(api, FILE)


@pytest.mark.parametrize("plan", OFFICIAL)
@pytest.mark.parametrize("seat", ["dev", "full"])
def test_the_limits_of_a_plan_are_the_official_ones(plan: str, seat: str) -> None:
    assert [Allowance(plan, seat).limit(tier) for tier in (1, 2, 3)] == [
        Limit(number, "minute") for number in OFFICIAL[plan]
    ]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("20 a minute", Limit(20, "minute")),
        ("6/month", Limit(6, "month")),
        (" 100 per Day ", Limit(100, "day")),
        ("unlimited", None),
    ],
)
def test_a_limit_is_parsed_from_text(text: str, limit: Limit | None) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["", "20", "0 a minute", "-1/day", "20 a year", "many a day", "1.5/minute"])
def test_an_invalid_limit_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(ValueError, match="is not a limit"):
        parse_limit(text)


def test_a_budget_is_stored_between_runs_per_token(tmp_path: Path, clock: SimulatedClock) -> None:
    path = tmp_path / "new" / "budget.sqlite"
    allowance = Allowance("professional")

    def spend(token: str) -> int:
        budget, spent = Budget(allowance, token, path, clock=clock), 0
        while not budget.take(1):
            spent += 1
        return spent

    first = spend("figd_secret-one")
    assert 5 < first <= 10
    assert spend("figd_secret-one") == 0
    assert spend("figd_secret-two") == first
    clock.sleep(60)
    assert spend("figd_secret-one") == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"secret" not in path.read_bytes()


def test_a_long_429_closes_its_tier_for_other_processes_and_can_be_read_without_a_token(
    server: Server, paced: Callable[..., FigmaClient], clock: SimulatedClock, tmp_path: Path
) -> None:
    path = tmp_path / "budget.sqlite"
    allowance = Allowance("professional")
    server.script(f"{FILE}$", limit_answer(LONG))
    retry_at = refused(paced(allowance, path), FILE).retry_at
    assert retry_at == datetime.fromtimestamp(clock.now() / 1000, UTC) + timedelta(seconds=LONG)

    again = paced(allowance, path)
    refusal = refused(again, at(f"{FILE}/nodes"))
    assert refusal.retry_at == retry_at
    assert refusal.quota == Quota("starter", "view or collab", "https://www.figma.com/upgrade")
    assert (again.meter.total, server.spent[1]) == (0, 1)
    again.get(FOLDERS)
    again.get(META)

    use = read_budget(path, clock)
    assert use is not None
    assert (use.plan, use.seat) == ("professional", "full")
    assert [(tier.tier, tier.used, tier.limit, tier.per, tier.blocked_until) for tier in use.tiers] == [
        (1, 6, 6, "month", retry_at),
        (2, 2, 25, "minute", None),
        (3, 1, 50, "minute", None),
    ]
    assert use.tiers[0].upgrade_link == "https://www.figma.com/upgrade"
    assert use == again.budget.used()

    clock.sleep(LONG)
    later = paced(allowance, path)
    later.get(FILE)
    assert server.spent[1] == 2


def test_a_short_429_delays_every_thread_and_then_admits_one_request_at_a_time(
    server: Server, paced: Callable[..., FigmaClient], clock: SimulatedClock
) -> None:
    api = paced(Allowance("enterprise"))
    server.script(f"{FILE}$", limit_answer(30, "enterprise", "high"))
    waits: list[tuple[int, float, str]] = []
    api.on_wait(lambda *about: waits.append(about))
    began = clock.now()
    api.get(FILE)
    assert waits == [(1, 30.0, "retry_after")]
    assert clock.now() - began == 30_000
    api.get(FILE)
    assert clock.now() - began >= 30_000 + MINUTE_MS / 20
    assert api.budget.used().tiers[0].blocked_until is None


@pytest.mark.parametrize(
    ("quota", "limit"),
    [
        (NO_QUOTA, Limit(6, "month")),
        (Quota("professional"), Limit(6, "month")),
        (Quota("professional", "dev or full"), Limit(10, "minute")),
    ],
)
def test_a_bucket_never_exceeds_the_last_limit_that_figma_reported(
    clock: SimulatedClock, quota: Quota, limit: Limit
) -> None:
    budget = Budget(Allowance("professional"), clock=clock)
    budget.record_rate_limit(1, "", 1, Quota("starter", "view or collab"))
    clock.sleep(10)
    budget.record_rate_limit(1, "", 1, quota)
    tier = budget.used().tiers[0]
    assert (tier.limit, tier.per) == (limit.requests, limit.per)
    assert limit.requests - 1 <= tier.used <= limit.requests
    assert budget.take(1) == pytest.approx(1, abs=0.1)


def test_a_closed_tier_admits_one_request_at_a_time_after_figma_reports_another_limit(
    clock: SimulatedClock,
) -> None:
    budget = Budget(Allowance("professional"), clock=clock)
    budget.record_rate_limit(1, "", LONG, Quota("starter", "view or collab"))
    budget.record_rate_limit(1, "", 1, Quota("professional", "dev or full"))
    clock.sleep(LONG)
    assert budget.take(1) == 0
    assert budget.take(1) > 0


def test_the_plan_that_figma_reports_overrides_the_setting_and_is_logged_once(
    server: Server, paced: Callable[..., FigmaClient], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    api = paced(Allowance("enterprise"), tmp_path / "budget.sqlite")
    server.script(f"{FOLDERS}$", limit_answer(1, "pro", "high"), limit_answer(1, "pro", "high"))
    with caplog.at_level(logging.WARNING):
        api.get(FOLDERS)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("figma_warehouse")]
    assert lines == [
        "Figma counts tier 2 by plan professional, seat dev or full; the settings say plan enterprise, seat full"
    ]
    limits = [
        (tier.limit, tier.per)
        for tier in paced(Allowance("enterprise"), tmp_path / "budget.sqlite").budget.used().tiers
    ]
    assert limits == [(20, "minute"), (25, "minute"), (150, "minute")]


def test_a_plan_that_figma_reported_expires_after_a_month(
    server: Server, paced: Callable[..., FigmaClient], clock: SimulatedClock, tmp_path: Path
) -> None:
    server.script(f"{FOLDERS}$", limit_answer(1, "pro", "high"))
    paced(Allowance("enterprise"), tmp_path / "budget.sqlite").get(FOLDERS)
    clock.sleep(31 * DAY_MS / 1000)
    tier = paced(Allowance("enterprise"), tmp_path / "budget.sqlite").budget.used().tiers[1]
    assert tier == TierUse(2, "", 0, 100, "minute", None, None, None, None)


def test_a_configured_limit_overrides_the_plan_that_figma_reports(
    server: Server, paced: Callable[..., FigmaClient]
) -> None:
    api = paced(Allowance("professional", own={2: Limit(40, "minute")}))
    server.script(f"{FOLDERS}$", limit_answer(1))
    api.get(FOLDERS)
    assert api.budget.used().tiers[1].limit == 40
    assert api.budget.used().tiers[1].plan == "starter"


def test_a_starter_team_is_deferred_without_stopping_the_others(
    limited: Callable[..., Server], paced: Callable[..., FigmaClient], tmp_path: Path
) -> None:
    api = paced(Allowance("enterprise"), tmp_path / "budget.sqlite")
    server = limited("enterprise")
    server.script(f"{FILE}$", limit_answer(LONG))
    with api.for_team("starter-team"):
        retry_at = refused(api, FILE).retry_at
        assert refused(api, FILE).retry_at == retry_at
        api.get(FOLDERS)
    with api.for_team(TEAM.id):
        api.get(FILE)
    api.get(FILE)
    assert server.spent[1] == 3
    blocked = [tier.team_id for tier in api.budget.used().tiers if tier.blocked_until]
    assert blocked == ["starter-team"]
    again = paced(Allowance("enterprise"), tmp_path / "budget.sqlite")
    with again.for_team("starter-team"):
        refused(again, FILE)
    again.get(FILE)
    assert server.spent[1] == 4


@pytest.mark.parametrize("allowance", [Allowance("professional"), Allowance("starter")])
def test_a_clock_that_ran_ahead_for_one_run_closes_no_tier_for_long(
    allowance: Allowance, clock: SimulatedClock, tmp_path: Path
) -> None:
    path, ahead = tmp_path / "budget.sqlite", SimulatedClock(clock.now() + 400 * DAY_MS)
    wrong = Budget(allowance, "token", path, clock=ahead)
    for tier in (1, 2, 3):
        wrong.take(tier)
    wrong.record_rate_limit(3, "", LONG, Quota("starter", "view or collab"))
    wrong.record_rate_limit(2, "9", LONG, Quota("starter", "view or collab"))

    right = Budget(allowance, "token", path, clock=clock)
    use = right.used()
    assert [(tier.tier, tier.team_id, tier.blocked_until, tier.plan) for tier in use.tiers] == [
        (1, "", None, None),
        (2, "", None, None),
        (3, "", None, None),
    ]
    for tier in (2, 3):
        wait = right.take(tier)
        assert wait <= 12.25  # a fifth of a minute, and two hundredths more
        clock.sleep(wait)
        assert right.take(tier) == 0
    clock.sleep(31 * DAY_MS / 1000)
    assert right.take(1) == 0


def test_a_monthly_limit_that_was_used_up_by_a_clock_ahead_resets_after_a_month(
    clock: SimulatedClock, tmp_path: Path
) -> None:
    path, ahead = tmp_path / "budget.sqlite", SimulatedClock(clock.now() + 400 * DAY_MS)
    Budget(Allowance("starter"), "token", path, clock=ahead).take(1)
    with pytest.raises(Refused) as raised:
        Budget(Allowance("starter"), "token", path, clock=clock).take(1)
    retry_at = raised.value.retry_at
    assert retry_at is not None
    assert retry_at <= datetime.fromtimestamp(clock.now() / 1000, UTC) + timedelta(days=5.2)


def test_a_tier_that_figma_closed_stays_closed_in_the_next_run_even_if_its_bucket_has_room(
    clock: SimulatedClock, tmp_path: Path
) -> None:
    path = tmp_path / "budget.sqlite"
    first = Budget(Allowance("professional"), "token", path, clock=clock)
    first.record_rate_limit(1, "", LONG, Quota("pro", "dev or full"))
    again = Budget(Allowance("professional"), "token", path, clock=clock)
    until = datetime.fromtimestamp(clock.now() / 1000, UTC) + timedelta(seconds=LONG)
    assert again.used().tiers[0].blocked_until == until
    clock.sleep(LONG)
    later = Budget(Allowance("professional"), "token", path, clock=clock)
    assert later.take(1) == 0
    assert later.take(1) > 0


def test_a_token_that_a_clock_ahead_used_is_not_shown_as_the_current_one(clock: SimulatedClock, tmp_path: Path) -> None:
    path, ahead = tmp_path / "budget.sqlite", SimulatedClock(clock.now() + 400 * DAY_MS)
    Budget(Allowance("enterprise"), "old", path, clock=ahead)
    Budget(Allowance("professional"), "new", path, clock=clock)
    use = read_budget(path, clock)
    assert use is not None
    assert use.plan == "professional"


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_broken_budget_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "budget.sqlite"
    path.write_bytes(content)
    assert read_budget(path) is None
    assert Budget(Allowance("professional"), path=path).take(1) == 0
    assert read_budget(path) is not None


def test_without_a_budget_file_read_budget_returns_none(tmp_path: Path) -> None:
    assert read_budget(tmp_path / "budget.sqlite") is None


@pytest.mark.parametrize("plan", ["unlimited", "gold", ""])
def test_an_unknown_plan_does_not_change_the_limits(
    server: Server, paced: Callable[..., FigmaClient], plan: str
) -> None:
    api = paced(Allowance("professional"))
    server.script(f"{FOLDERS}$", limit_answer(1, plan, ""))
    api.get(FOLDERS)
    assert api.budget.used().tiers[1].limit == 25


def test_an_unsafe_link_is_dropped_and_control_characters_of_a_plan_are_removed(
    server: Server, paced: Callable[..., FigmaClient]
) -> None:
    api = paced(Allowance("professional"))
    evil = {"X-Figma-Plan-Tier": "\x1b[31mgold", "X-Figma-Upgrade-Link": "javascript:alert(1)", "Retry-After": "999999"}
    server.script(f"{FOLDERS}$", HttpAnswer(429, b"", evil))
    assert refused(api, FOLDERS).quota == Quota("[31mgold", None, None)
    assert api.budget.used().tiers[1].limit == 25


def test_a_refresh_continues_if_one_of_its_teams_has_a_starter_plan(
    server: Server, paced: Callable[..., FigmaClient], drafts: InMemoryOrganisation
) -> None:
    api = paced(Allowance("enterprise"))
    free = FileRef("free", team_id="9")
    paid = [FileRef(key, team_id=TEAM.id) for key in drafts.files_by_key]
    server.script("/v1/files/free", limit_answer(LONG))
    first, second = ([free, *paid], [replace(free, key="free2"), *paid])
    for refs in (first, second):
        refresh = Refresh(api, Scope())
        refresh.listing = Listing(files={ref.key: ref for ref in refs})
        loads = {loaded.ref.key: loaded.status for loaded in refresh.loads}
        assert loads == {refs[0].key: "put_off"} | {ref.key: "loaded" for ref in paid}
    assert server.spent[1] == 1 + 2 * len(paid)
