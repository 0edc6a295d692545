"""What may be sent to Figma: limits by plan, seat and tier as published, or as a person sets them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from urllib.parse import urlsplit

from pyrate_limiter import Rate

from figma_warehouse.source.api.refusals import SEATS, FigmaError, Quota
from figma_warehouse.source.api.safe_hosts import LOOPBACK

TIERS = (1, 2, 3)
# what is sent of the published figure: a clock may run fast
PACE = 0.98
# requests that were sent well apart may arrive close together: so much room for that is left in the bucket
JITTER_SECONDS = 4
DAY = 86_400
PERIODS = {"second": 1, "minute": 60, "hour": 3_600, "day": DAY, "month": 30 * DAY}
LIMIT = re.compile(r"\s*([1-9]\d{0,5})\s*(?:/|per|a)\s*(second|minute|hour|day|month)\s*", re.IGNORECASE)
UNLIMITED = "unlimited"
LOW_SEATS = ("view", "collab")
SEAT_NAMES = (*LOW_SEATS, "dev", "full")


@dataclass(frozen=True)
class Limit:
    """So many requests in a period: second, minute, hour, day or month (of 30 days)."""

    requests: int
    per: str

    def __str__(self) -> str:
        return f"{self.requests} a {self.per}"

    @property
    def seconds(self) -> int:
        """Length of the period."""
        return PERIODS[self.per]

    @property
    def is_scarce(self) -> bool:
        """Tell whether a retry costs what another file needs: the period is a day or longer."""
        return self.seconds >= DAY

    @property
    def rate(self) -> Rate:
        """The pace just under the limit: what may be sent at once, and how fast room comes back."""
        seconds = self.seconds
        spare = ceil(self.requests * JITTER_SECONDS / seconds) if seconds < DAY else 0
        return Rate(self.requests, ceil(1000 * seconds / PACE), burst=max(1, self.requests - spare))


def _published(*numbers: int) -> dict[int, Limit]:
    return {tier: Limit(number, "minute") for tier, number in zip(TIERS, numbers, strict=True)}


LOW = {1: Limit(6, "month"), 2: Limit(5, "minute"), 3: Limit(10, "minute")}
PUBLISHED: Mapping[str, Mapping[int, Limit]] = {
    "starter": LOW,
    "student": _published(10, 25, 50),
    "professional": _published(10, 25, 50),
    "organization": _published(15, 50, 100),
    "enterprise": _published(20, 100, 150),
}
PLANS = (*PUBLISHED, UNLIMITED)


def plan_at(base_url: str) -> str:
    """Return the plan that is taken where nobody says one: a stand-in for Figma on this machine limits nothing."""
    return UNLIMITED if urlsplit(base_url).hostname in LOOPBACK else "professional"


def parse_limit(text: str) -> Limit | None:
    """Read "20 a minute", "20/minute" or "unlimited", which is None. Raises ValueError."""
    if text.strip().lower() == UNLIMITED:
        return None
    found = LIMIT.fullmatch(text)
    if not found:
        raise ValueError(f'"{text}" is no limit: "20 a minute", "6 a month" or "unlimited" are')
    return Limit(int(found[1]), found[2].lower())


class BadAllowance(FigmaError):
    """A plan or a seat that is none of those there are."""


@dataclass(frozen=True)
class Allowance:
    """What the settings say may be spent: by plan and seat, or by limits of their own for some tiers.

    `plan` is one of PLANS, `seat` one of SEAT_NAMES. Raises BadAllowance.
    """

    plan: str = UNLIMITED
    seat: str = "full"
    own: Mapping[int, Limit | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, choices in (("plan", PLANS), ("seat", SEAT_NAMES)):
            if getattr(self, name) not in choices:
                raise BadAllowance(f'{name} "{getattr(self, name)}" is none of {", ".join(choices)}.')

    def limit(self, tier: int, quota: Quota | None = None) -> Limit | None:
        """Return the limit of a tier, None without one; plan and seat of Figma's own `quota` override the settings."""
        if tier in self.own:
            return self.own[tier]
        if self.plan == UNLIMITED:
            return None
        seat = quota.seat if quota and quota.seat else self._seat
        if seat == SEATS["low"]:
            return LOW[tier]
        return PUBLISHED.get((quota and quota.plan) or self.plan, PUBLISHED[self.plan])[tier]

    def differs(self, quota: Quota) -> bool:
        """Tell whether Figma counts by another plan or seat than the settings say."""
        is_known = self.plan != UNLIMITED
        return is_known and (quota.plan not in (None, self.plan) or quota.seat not in (None, self._seat))

    @property
    def _seat(self) -> str:
        return SEATS["low" if self.seat in LOW_SEATS else "high"]
