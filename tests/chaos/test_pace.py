"""The client's pace against the API's real limits, on one simulated clock."""

import threading

import pytest

from figma_warehouse.sandbox import RateLimits, SampleOrganisation, Server, SimulatedClock, serve
from figma_warehouse.sandbox.api.rate_limits import limits_of
from figma_warehouse.source.addresses import parse_scope
from figma_warehouse.source.api.budget import Budget
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.limits import Allowance
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.refresh import Refresh

pytestmark = pytest.mark.slow

FILES = 80


class SimulatedStop(Stop):
    """Waits by moving the simulated clock. One thread waits at a time."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self._clock, self._moving = clock, threading.Lock()

    def sleep(self, seconds: float) -> None:
        with self._moving:
            self._clock.sleep(seconds)


@pytest.mark.parametrize(("plan", "seat"), [("professional", "full"), ("enterprise", "dev")])
def test_a_first_load_uses_95_percent_of_the_budget_and_meets_no_429(plan: str, seat: str) -> None:
    clock = SimulatedClock(1_000_000_000_000)
    organisation = SampleOrganisation(week=0, sizes=(20,) * (FILES - 2))
    with serve(organisation, limits=RateLimits(plan, seat, clock)) as server:
        started = clock.now()
        loaded = [one.status for one in _refresh(server, Budget(Allowance(plan, seat), clock=clock), clock).loads]

    assert loaded == ["loaded"] * FILES
    assert server.spent[1] == FILES
    assert server.rate_limit_refusals == 0
    burst, minute = limits_of(plan, seat)[1]
    allowed = burst + burst * (clock.now() - started) / minute
    assert allowed >= FILES >= 0.95 * allowed


def test_a_load_at_the_pace_of_a_larger_plan_meets_429s_and_is_still_complete() -> None:
    clock = SimulatedClock(1_000_000_000_000)
    organisation = SampleOrganisation(week=0, sizes=(20,) * 28)
    with serve(organisation, limits=RateLimits("professional", "full", clock)) as server:
        refresh = _refresh(server, Budget(Allowance("enterprise", "full"), clock=clock), clock)
        assert [one.status for one in refresh.loads] == ["loaded"] * 30
    assert server.rate_limit_refusals > 0


def _refresh(server: Server, budget: Budget, clock: SimulatedClock) -> Refresh:
    api = FigmaClient(server.org.token, server.base_url, backoff=0.01, budget=budget)
    api.stop = SimulatedStop(clock)
    return Refresh(api, parse_scope(server.org.team_ids, [], []))
