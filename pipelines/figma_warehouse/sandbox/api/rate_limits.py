"""The API's own limits: a leaky bucket per token, plan and tier, and the 429 it answers when full."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Protocol

from figma_warehouse.sandbox.api.answers import RefusalError
from figma_warehouse.sandbox.api.wire import HttpAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTE_MS = 60_000
MONTH_MS = 30 * 86_400_000
# by tier: requests, and the time in which that many drain. Any seat in a Starter plan, View and Collab in others
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


class ApiClock(Protocol):
    """Anything that tells milliseconds, as the clocks of pyrate_limiter do."""

    def now(self) -> int:
        """Milliseconds since any fixed moment."""


class RealClock:
    """The machine's own time since some moment."""

    def now(self) -> int:
        """Milliseconds since some moment."""
        return time.monotonic_ns() // 1_000_000


class SimulatedClock:
    """A clock that moves only when told to; safe from several threads."""

    def __init__(self, start_ms: int = 0) -> None:
        self._now = start_ms
        self._lock = threading.Lock()

    def now(self) -> int:
        """Milliseconds so far."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Let so much time pass, at once, rounded up to a millisecond."""
        with self._lock:
            self._now += math.ceil(seconds * 1000)


class LeakyBucket:
    """Holds `capacity` requests and drains that many evenly in `period_ms`; exact, in whole milliseconds."""

    def __init__(self, capacity: int, period_ms: int) -> None:
        self._period = period_ms
        self._drop = period_ms // capacity
        self._empty_at = 0

    def take(self, now: int) -> int:
        """Put one request in, or return the milliseconds until there is room for it; 0 when it is in."""
        empty_at = max(self._empty_at, now) + self._drop
        wait = empty_at - now - self._period
        if wait > 0:
            return wait
        self._empty_at = empty_at
        return 0


class Limits:
    """The limits of a plan and the seat of the token's user, by the official table; `provoked` counts the 429s.

    `plans` says which teams are in another plan than that: what counts is where the resource lives.
    Raises ValueError for a plan or a seat that is none.
    """

    def __init__(
        self, plan: str, seat: str, clock: ApiClock | None = None, plans: Mapping[str, str] | None = None
    ) -> None:
        self.plan, self.seat = plan, seat
        self.provoked = 0
        self._plans = dict(plans or {})
        self._clock = clock or RealClock()
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str, int], LeakyBucket] = {}
        for one in (plan, *self._plans.values()):
            limits_of(one, seat)

    def refuse(self, secret: str, tier: int, team_id: str | None = None) -> HttpAnswer | None:
        """Count one request of a token on a resource of a team; the 429 when the bucket is full."""
        if not tier:
            return None
        plan = self._plans.get(team_id or "", self.plan)
        with self._lock:
            bucket = self._buckets.setdefault((secret, plan, tier), LeakyBucket(*limits_of(plan, self.seat)[tier]))
            wait = bucket.take(self._clock.now())
            self.provoked += wait > 0
        return too_many_requests(plan, self.seat, math.ceil(wait / 1000)) if wait else None


def limits_of(plan: str, seat: str) -> dict[int, tuple[int, int]]:
    """Requests and the milliseconds in which they drain, by tier. Raises ValueError."""
    if plan not in PLAN_HEADER or seat not in SEATS:
        raise ValueError(
            f"no plan and seat: {plan}:{seat} (plans: {', '.join(PLAN_HEADER)}; seats: {', '.join(SEATS)})"
        )
    return LOW if is_low(plan, seat) else HIGH[plan]


def is_low(plan: str, seat: str) -> bool:
    """Whether the low limits hold: for any seat in a Starter plan, and for View and Collab."""
    return plan == "starter" or seat not in HIGH_SEATS


def too_many_requests(plan: str, seat: str, seconds: int) -> HttpAnswer:
    """The 429 with the official headers; `seconds` until there is room."""
    headers = {
        "Retry-After": str(seconds),
        "X-Figma-Plan-Tier": PLAN_HEADER[plan],
        "X-Figma-Rate-Limit-Type": "low" if is_low(plan, seat) else "high",
        "X-Figma-Upgrade-Link": UPGRADE_LINK,
    }
    return HttpAnswer(429, RefusalError(429, "Rate limit exceeded").body(), headers)
