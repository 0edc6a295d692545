"""One load in numbers and words: the row of the table `runs`, and how the command ends."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from figma_warehouse.explanations import explain
from figma_warehouse.failures import DONE, FAILED, PARTIAL
from figma_warehouse.source.api.budget import BudgetUse
from figma_warehouse.source.api.client import Meter
from figma_warehouse.source.api.refusals import Quota
from figma_warehouse.source.reasons import REASONS, Reason
from figma_warehouse.source.resources import RESOURCES

# raised with every change of a raw table that an older version could not read
WAREHOUSE_FORMAT = 1
RUN_NUMBERS = (
    "run_id",
    "started_at",
    "message",
    "files_expected",
    "files_loaded",
    "files_unchanged",
    "files_skipped",
    "files_put_off",
    "files_removed",
    "nodes_loaded",
    "bytes_received",
)


@dataclass(frozen=True)
class Outcome:
    """What became of one thing that was asked for: what `outcomes` says of it."""

    resource: str
    item_id: str
    name: str | None
    status: str
    reason: str | None
    detail: str | None
    finished_at: datetime
    retry_at: datetime | None


@dataclass(frozen=True)
class MissingGroup:
    """Things of one resource, no documents, that could not be had for one reason; `first` is one of them."""

    first: Outcome
    count: int

    @property
    def sentence(self) -> str:
        """What was skipped, and why."""
        resource = RESOURCES[self.first.resource]
        what = f"{resource.one}, that of" if self.count == 1 else f"{self.count:,} {resource.many}, such as that of"
        reason = _reason(self.first).words
        detail = f" ({self.first.detail.rstrip('.')})" if self.first.detail else ""
        return f"Skipped: {what} {self.first.name or self.first.item_id}: {reason}{detail}."


@dataclass(frozen=True)
class ClosedTier:
    """A tier that is used up: until when, how long that was, and the quota that Figma names, if it does."""

    tier: int
    until: datetime
    seconds: float
    quota: Quota


@dataclass
class LoadReport:
    """What a load did. `files_put_off` wait for a later run: `why_stopped` or `parked` says why.

    So do `listings_put_off`, versions and published lists included, and `pictures_put_off`, or files of them.
    """

    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    files_expected: int = 0
    files_loaded: int = 0
    files_unchanged: int = 0
    files_skipped: int = 0
    files_put_off: int = 0
    listings_put_off: int = 0
    pictures_put_off: int = 0
    files_removed: int = 0
    nodes_loaded: int = 0
    requests: dict[int, int] = field(default_factory=dict)
    waits: dict[int, float] = field(default_factory=dict)
    bytes_received: int = 0
    things_missing: int = 0
    lacks: list[MissingGroup] = field(default_factory=list)
    why_stopped: str | None = None
    is_limit_spent_on_listings: bool = False
    parked: list[ClosedTier] = field(default_factory=list)
    is_finished: bool = False
    failure: tuple[str, int] | None = None

    @property
    def exit_code(self) -> int:
        """0 when all is loaded that Figma serves, 3 when something is missing; 1 or 2 when the run failed."""
        if self.failure:
            return self.failure[1]
        return PARTIAL if self.things_missing or self.pictures_put_off else DONE

    @property
    def outcome(self) -> str:
        """How the run ended, or running."""
        if self.failure:
            return "failed"
        ended = "partial" if self.exit_code else "done"
        return ended if self.is_finished else "running"

    @property
    def message(self) -> str | None:
        """Why it failed, or was not gone through."""
        if self.failure:
            return self.failure[0]
        ended = [f"Ended early: {self.why_stopped}."] if self.why_stopped else []
        parked = (f"Tier {park.tier} is used up until {park.until:%Y-%m-%d %H:%M} UTC." for park in self.parked)
        return " ".join([*ended, *parked, *(lack.sentence for lack in self.lacks)]) or None

    def fail(self, error: BaseException) -> None:
        """Take down what ended the run, in words for a person."""
        self.failure = explain(error) or (f"An unforeseen failure: {type(error).__name__}.", FAILED)

    def take_spent(self, meter: Meter) -> None:
        """Take down what was spent so far."""
        self.requests, self.waits = dict(meter.requests), dict(meter.waits)
        self.bytes_received, self.why_stopped = meter.bytes_received, meter.stop.reason
        limit = meter.stop.max_requests
        self.is_limit_spent_on_listings = limit is not None and meter.total >= limit and not meter.requests.get(1)

    def take_outcomes(self, outcomes: Collection[Outcome], use: BudgetUse) -> None:
        """Count what became of each thing, and see which tiers are used up."""
        fates = Counter(_fate(settled) for settled in outcomes if settled.resource == "documents")
        self.files_loaded, self.files_unchanged = fates["loaded"], fates["unchanged"]
        self.files_skipped, self.files_put_off = fates["skipped"], fates["put_off"]
        self.files_removed = fates["removed"]
        skipped = [one for one in outcomes if one.status == "skipped" and _counts_as_missing(one)]
        waiting = (one for one in outcomes if one.status == "skipped" and not _counts_as_missing(one))
        pictures = [one for one in waiting if _reason(one).is_deferred]
        self.pictures_put_off = len(pictures)
        self.listings_put_off = sum(_reason(one).is_deferred for one in skipped) - self.files_put_off
        self.things_missing = sum(not _reason(one).is_never_served for one in skipped)
        self.lacks = _lacks(skipped)
        self.parked = list(_parked([*skipped, *pictures], use))

    def row(self) -> dict[str, Any]:
        """Return the row of `runs`."""
        is_over = self.is_finished or self.failure is not None
        return (
            {name: getattr(self, name) for name in RUN_NUMBERS}
            | {f"requests_tier_{tier}": count for tier, count in self.requests.items()}
            | {f"wait_seconds_tier_{tier}": seconds for tier, seconds in self.waits.items()}
            | {
                "finished_at": datetime.now(UTC) if is_over else None,
                "outcome": self.outcome,
                "exit_code": self.exit_code if is_over else None,
                "warehouse_format": WAREHOUSE_FORMAT,
            }
        )


def _fate(settled: Outcome) -> str:
    return "put_off" if settled.status == "skipped" and _reason(settled).is_deferred else settled.status


def _counts_as_missing(settled: Outcome) -> bool:
    return RESOURCES[settled.resource].group.counts_as_missing


def _reason(settled: Outcome) -> Reason:
    return REASONS[settled.reason or ""]


def _lacks(skipped: Iterable[Outcome]) -> list[MissingGroup]:
    """Return what was skipped beside documents; what waits for a later run has its reason elsewhere."""
    alike: dict[tuple[str, str | None], list[Outcome]] = {}
    for settled in sorted(skipped, key=lambda one: (one.resource, one.name or one.item_id)):
        reason = _reason(settled)
        if settled.resource != "documents" and not (reason.is_deferred or reason.is_never_served):
            alike.setdefault((settled.resource, settled.reason), []).append(settled)
    return [MissingGroup(found[0], len(found)) for found in alike.values()]


def _parked(skipped: Iterable[Outcome], use: BudgetUse) -> Iterator[ClosedTier]:
    """Yield each tier of which things were put off, with the longest wait that was named."""
    quotas = {tier.tier: Quota(tier.plan, tier.seat, tier.upgrade_link) for tier in use.tiers if tier.plan}
    waits: dict[int, tuple[datetime, float]] = {}
    for settled in skipped:
        if settled.reason == "rate_limited" and settled.retry_at:
            tier = RESOURCES[settled.resource].tier
            wait = settled.retry_at, (settled.retry_at - settled.finished_at).total_seconds()
            waits[tier] = max(wait, waits.get(tier, wait))
    for tier, (until, seconds) in sorted(waits.items()):
        yield ClosedTier(tier, until, seconds, quotas.get(tier, Quota()))
