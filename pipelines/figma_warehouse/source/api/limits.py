"""Rate limits by plan, seat and tier, as Figma publishes them or as the settings override them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from urllib.parse import urlsplit

from pyrate_limiter import Rate

from figma_warehouse.source.api.refusals import SEATS, FigmaError, Quota
from figma_warehouse.source.api.safe_hosts import LOOPBACK

TIERS = (1, 2, 3)
# the share of the published limit that is used, because a clock may run fast
PACE = 0.98
# requests that are sent apart may arrive close together, so the bucket keeps this much room free
JITTER_SECONDS = 4
DAY = 86_400
PERIODS = {"second": 1, "minute": 60, "hour": 3_600, "day": DAY, "month": 30 * DAY}
LIMIT = re.compile(r"\s*([1-9]\d{0,5})\s*(?:/|per|a)\s*(second|minute|hour|day|month)\s*", re.IGNORECASE)
UNLIMITED = "unlimited"
LOW_SEATS = ("view", "collab")
SEAT_NAMES = (*LOW_SEATS, "dev", "full")


@dataclass(frozen=True)
class Limit:
    """A number of requests in a period: second, minute, hour, day or month (30 days)."""

    requests: int
    per: str

    def __str__(self) -> str:
        return f"{self.requests} a {self.per}"

    @property
    def rate(self) -> Rate:
        """The rate for the bucket, just under the limit: the burst size, and the rate at which it refills."""
        seconds = PERIODS[self.per]
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
    """Return the default plan: professional, or unlimited if `base_url` is on this machine, as the sandbox is."""
    return UNLIMITED if urlsplit(base_url).hostname in LOOPBACK else "professional"


def parse_limit(text: str) -> Limit | None:
    """Parse "20 a minute", "20/minute" or "unlimited" (None). Raises ValueError if the text is not a limit."""
    if text.strip().lower() == UNLIMITED:
        return None
    found = LIMIT.fullmatch(text)
    if not found:
        raise ValueError(f'"{text}" is not a limit; write "20 a minute", "6 a month" or "unlimited"')
    return Limit(int(found[1]), found[2].lower())


class BadAllowance(FigmaError):
    """The plan or the seat does not exist."""


@dataclass(frozen=True)
class Allowance:
    """The limits that the settings allow: those of a plan and seat, overridden for some tiers by `own`.

    `plan` is one of PLANS, `seat` one of SEAT_NAMES. Raises BadAllowance if one of them is not.
    """

    plan: str = UNLIMITED
    seat: str = "full"
    own: Mapping[int, Limit | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, choices in (("plan", PLANS), ("seat", SEAT_NAMES)):
            if getattr(self, name) not in choices:
                raise BadAllowance(f'{name} "{getattr(self, name)}" is not one of {", ".join(choices)}.')

    def limit(self, tier: int, quota: Quota | None = None) -> Limit | None:
        """Return the limit of a tier, None if unlimited. The plan and seat in Figma's `quota` override the settings."""
        if tier in self.own:
            return self.own[tier]
        if self.plan == UNLIMITED:
            return None
        seat = quota.seat if quota and quota.seat else self._seat
        if seat == SEATS["low"]:
            return LOW[tier]
        return PUBLISHED.get((quota and quota.plan) or self.plan, PUBLISHED[self.plan])[tier]

    def differs(self, quota: Quota) -> bool:
        """Tell whether Figma applies another plan or seat than the settings say."""
        is_known = self.plan != UNLIMITED
        return is_known and (quota.plan not in (None, self.plan) or quota.seat not in (None, self._seat))

    @property
    def _seat(self) -> str:
        return SEATS["low" if self.seat in LOW_SEATS else "high"]
