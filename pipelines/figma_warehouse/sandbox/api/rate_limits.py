"""The API's rate limits: a leaky bucket per token, plan and tier, and the 429 of a full one."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Protocol

from figma_warehouse.sandbox.api.http_answer import HttpAnswer
from figma_warehouse.sandbox.api.refusal_error import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTE_MS = 60_000
MONTH_MS = 30 * 86_400_000
# by tier: requests, and the time in which that many drain. The low limits are those of a Starter plan, and of the
# seats View and Collab in any plan
LOW = {1: (6, MONTH_MS), 2: (5, MINUTE_MS), 3: (10, MINUTE_MS)}
HIGH = {
    "professional": {1: (10, MINUTE_MS), 2: (25, MINUTE_MS), 3: (50, MINUTE_MS)},
    "organization": {1: (15, MINUTE_MS), 2: (50, MINUTE_MS), 3: (100, MINUTE_MS)},
    "enterprise": {1: (20, MINUTE_MS), 2: (100, MINUTE_MS), 3: (150, MINUTE_MS)},
}
PLAN_HEADER = {"starter": "starter", "professional": "pro", "organization": "org", "enterprise": "enterprise"}
HIGH_SEATS = ("dev", "full")
SEATS = ("view", "collab", *HIGH_SEATS)
UPGRADE_LINK = "https://www.figma.com/files?api_paywall=true"


class MillisecondClock(Protocol):
    """A clock in milliseconds, with the interface of pyrate_limiter's clocks."""

    def now(self) -> int:
        """Milliseconds since any fixed moment."""


class MonotonicClock:
    """The machine's monotonic time."""

    def now(self) -> int:
        """Milliseconds since some moment."""
        return time.monotonic_ns() // 1_000_000


class SimulatedClock:
    """A clock that moves only when `sleep` is called. Safe to use from several threads."""

    def __init__(self, start_ms: int = 0) -> None:
        self._now = start_ms
        self._lock = threading.Lock()

    def now(self) -> int:
        """Milliseconds so far."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Move the clock without waiting, rounded up to a millisecond."""
        with self._lock:
            self._now += math.ceil(seconds * 1000)


class LeakyBucket:
    """Holds `capacity` requests and drains that many evenly in `period_ms`. Exact, in whole milliseconds."""

    def __init__(self, capacity: int, period_ms: int) -> None:
        self._period = period_ms
        self._request_ms = period_ms // capacity
        self._empty_at = 0

    def add_request(self, now: int) -> int:
        """Add one request and return 0. If the bucket is full, return the milliseconds until there is room."""
        empty_at = max(self._empty_at, now) + self._request_ms
        wait = empty_at - now - self._period
        if wait > 0:
            return wait
        self._empty_at = empty_at
        return 0


class RateLimits:
    """The official limits of a plan and of the token's seat; `refusals` counts the 429s.

    `team_plans` names teams of another plan: the plan of the team that owns the resource counts. Raises ValueError
    for an unknown plan or seat.
    """

    def __init__(
        self, plan: str, seat: str, clock: MillisecondClock | None = None, team_plans: Mapping[str, str] | None = None
    ) -> None:
        self.plan, self.seat = plan, seat
        self.refusals = 0
        self._team_plans = dict(team_plans or {})
        self._clock = clock or MonotonicClock()
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str, int], LeakyBucket] = {}
        for one in (plan, *self._team_plans.values()):
            limits_of(one, seat)

    def refuse(self, token: str, tier: int, team_id: str | None = None) -> HttpAnswer | None:
        """Count one request for a resource of a team. Returns the 429 if the bucket is full. Tier 0 has no limit."""
        if not tier:
            return None
        plan = self._team_plans.get(team_id or "", self.plan)
        with self._lock:
            bucket = self._buckets.setdefault((token, plan, tier), LeakyBucket(*limits_of(plan, self.seat)[tier]))
            wait = bucket.add_request(self._clock.now())
            self.refusals += wait > 0
        return too_many_requests(plan, self.seat, math.ceil(wait / 1000)) if wait else None


def limits_of(plan: str, seat: str) -> dict[int, tuple[int, int]]:
    """By tier: requests, and the milliseconds in which they drain. Raises ValueError for an unknown plan or seat."""
    if plan not in PLAN_HEADER or seat not in SEATS:
        raise ValueError(
            f"no plan and seat: {plan}:{seat} (plans: {', '.join(PLAN_HEADER)}; seats: {', '.join(SEATS)})"
        )
    return LOW if has_low_limits(plan, seat) else HIGH[plan]


def has_low_limits(plan: str, seat: str) -> bool:
    """Whether the low limits apply: to any seat of a Starter plan, and to the seats View and Collab."""
    return plan == "starter" or seat not in HIGH_SEATS


def too_many_requests(plan: str, seat: str, seconds: int) -> HttpAnswer:
    """The 429 with the official headers; `seconds` until there is room."""
    headers = {
        "Retry-After": str(seconds),
        "X-Figma-Plan-Tier": PLAN_HEADER[plan],
        "X-Figma-Rate-Limit-Type": "low" if has_low_limits(plan, seat) else "high",
        "X-Figma-Upgrade-Link": UPGRADE_LINK,
    }
    return HttpAnswer(429, RefusalError(429, "Rate limit exceeded").body(), headers)
