"""The report of a load: the row of the table `runs`, the message and the exit code."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from figma_warehouse.error_messages import explain
from figma_warehouse.failures import DONE, FAILED, LISTING_FAILED, PARTIAL
from figma_warehouse.job.build_file import WAREHOUSE_FORMAT
from figma_warehouse.source.api.budget import BudgetUse
from figma_warehouse.source.api.client import Meter
from figma_warehouse.source.api.refusals import Quota
from figma_warehouse.source.reasons import REASONS, Reason
from figma_warehouse.source.resources import RESOURCES

RUNNING, CUT_OFF = "running", "cut off"
# columns of `runs` that are named as the attributes of a report
REPORTED = (
    "run_id",
    "started_at",
    "message",
    "files_expected",
    "files_loaded",
    "files_unchanged",
    "files_skipped",
    "files_removed",
    "nodes_loaded",
    "bytes_received",
)


@dataclass(frozen=True)
class Outcome:
    """The result for one item of a run: a row of the table `outcomes`."""

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
    """Items of one resource that were skipped for one reason; documents have no such group."""

    first: Outcome
    count: int

    @property
    def is_listing(self) -> bool:
        """Tell whether these are listings of teams, folders or libraries."""
        return RESOURCES[self.first.resource].is_listing

    @property
    def sentence(self) -> str:
        """The number of items, one of them as an example, and the reason."""
        resource, name = RESOURCES[self.first.resource], self.first.name or self.first.item_id
        one = f"{resource.one} ({name})"
        if self.is_listing:
            name = named_item(self.first.name, self.first.item_id)
            one = f"{resource.label} {name}"
        items = one if self.count == 1 else f"{self.count:,} {resource.many} (such as {name})"
        detail = f" ({self.first.detail.rstrip('.')})" if self.first.detail else ""
        return f"{'Listing failed' if self.is_listing else 'Skipped'}: {items}: {_reason(self.first).words}{detail}."


@dataclass(frozen=True)
class ClosedTier:
    """A tier that is used up: until when, the length of that wait, and the quota if Figma names one."""

    tier: int
    until: datetime
    seconds: float
    quota: Quota


@dataclass
class LoadReport:
    """What a load did. The next run loads what is deferred; `stop_reason` or `closed_tiers` has the reason.

    `listings_deferred` counts version histories and published lists as well. `pictures_deferred` counts files if no
    picture of a file was requested.
    """

    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    files_expected: int = 0
    files_loaded: int = 0
    files_unchanged: int = 0
    files_skipped: int = 0
    files_deferred: int = 0
    listings_deferred: int = 0
    pictures_deferred: int = 0
    files_removed: int = 0
    nodes_loaded: int = 0
    requests: dict[int, int] = field(default_factory=dict)
    waits: dict[int, float] = field(default_factory=dict)
    bytes_received: int = 0
    items_missing: int = 0
    listings_failed: int = 0
    missing_groups: list[MissingGroup] = field(default_factory=list)
    stop_reason: str | None = None
    is_limit_spent_on_listings: bool = False
    closed_tiers: list[ClosedTier] = field(default_factory=list)
    is_finished: bool = False
    failure: tuple[str, int] | None = None

    @property
    def exit_code(self) -> int:
        """0 if everything that Figma serves is loaded, 3 if something is missing, 4 if a listing failed.

        1 or 2 if the run failed.
        """
        if self.failure:
            return self.failure[1]
        if self.listings_failed:
            return LISTING_FAILED
        return PARTIAL if self.items_missing or self.pictures_deferred else DONE

    @property
    def outcome(self) -> str:
        """running, done, partial or failed. The next run turns a `running` that was killed into `cut off`."""
        if self.failure:
            return "failed"
        ended = "partial" if self.exit_code else "done"
        return ended if self.is_finished else RUNNING

    @property
    def message(self) -> str | None:
        """Why the run failed or is incomplete, if it did or is."""
        if self.failure:
            return self.failure[0]
        ended = [f"Ended early: {self.stop_reason}."] if self.stop_reason else []
        closed = (f"Tier {tier.tier} is used up until {tier.until:%Y-%m-%d %H:%M} UTC." for tier in self.closed_tiers)
        return " ".join([*ended, *closed, *(group.sentence for group in self.missing_groups)]) or None

    def fail(self, error: BaseException) -> None:
        """Record the error that ended the run, as a message for a person."""
        self.failure = explain(error) or (f"Unexpected error: {type(error).__name__}.", FAILED)

    def record_spent(self, meter: Meter) -> None:
        """Record the requests, waits and bytes so far, and the reason of a stop."""
        self.requests, self.waits = dict(meter.requests), dict(meter.waits)
        self.bytes_received, self.stop_reason = meter.bytes_received, meter.stop.reason
        limit = meter.stop.max_requests
        self.is_limit_spent_on_listings = limit is not None and meter.total >= limit and not meter.requests.get(1)

    def record_outcomes(self, outcomes: Collection[Outcome], use: BudgetUse) -> None:
        """Count the outcomes of the run, and find the tiers that are used up."""
        statuses = Counter(_status(outcome) for outcome in outcomes if outcome.resource == "documents")
        self.files_loaded, self.files_unchanged = statuses["loaded"], statuses["unchanged"]
        self.files_skipped, self.files_deferred = statuses["skipped"], statuses["put_off"]
        self.files_removed = statuses["removed"]
        skipped = [outcome for outcome in outcomes if outcome.status == "skipped"]
        missing = [outcome for outcome in skipped if _counts_as_missing(outcome)]
        pictures = [outcome for outcome in skipped if not _counts_as_missing(outcome) and _reason(outcome).is_deferred]
        self.pictures_deferred = len(pictures)
        self.listings_deferred = sum(_reason(outcome).is_deferred for outcome in missing) - self.files_deferred
        self.items_missing = sum(not _reason(outcome).is_never_served for outcome in missing)
        self.missing_groups = _missing_groups(missing)
        self.listings_failed = sum(group.count for group in self.missing_groups if group.is_listing)
        self.closed_tiers = list(_closed_tiers([*missing, *pictures], use))

    def row(self) -> dict[str, Any]:
        """Return the row of `runs`."""
        is_over = self.is_finished or self.failure is not None
        return (
            {name: getattr(self, name) for name in REPORTED}
            | {f"requests_tier_{tier}": count for tier, count in self.requests.items()}
            | {f"wait_seconds_tier_{tier}": seconds for tier, seconds in self.waits.items()}
            | {
                "files_put_off": self.files_deferred,
                "finished_at": datetime.now(UTC) if is_over else None,
                "outcome": self.outcome,
                "exit_code": self.exit_code if is_over else None,
                "warehouse_format": WAREHOUSE_FORMAT,
            }
        )


def named_item(name: str | None, item_id: str) -> str:
    """Return the name of an item with its id, or the id alone."""
    return f"{name} ({item_id})" if name else item_id


def _status(outcome: Outcome) -> str:
    return "put_off" if outcome.status == "skipped" and _reason(outcome).is_deferred else outcome.status


def _counts_as_missing(outcome: Outcome) -> bool:
    return RESOURCES[outcome.resource].group.counts_as_missing


def _reason(outcome: Outcome) -> Reason:
    return REASONS[outcome.reason or ""]


def _missing_groups(missing: Iterable[Outcome]) -> list[MissingGroup]:
    """Group the skipped items except documents by resource and reason, listings first.

    Deferred items are reported by tier instead.
    """
    groups: dict[tuple[str, str | None], list[Outcome]] = {}
    for outcome in sorted(missing, key=lambda outcome: (outcome.resource, outcome.name or outcome.item_id)):
        reason = _reason(outcome)
        if outcome.resource != "documents" and not (reason.is_deferred or reason.is_never_served):
            groups.setdefault((outcome.resource, outcome.reason), []).append(outcome)
    found = [MissingGroup(group[0], len(group)) for group in groups.values()]
    return sorted(found, key=lambda group: not group.is_listing)


def _closed_tiers(skipped: Iterable[Outcome], use: BudgetUse) -> Iterator[ClosedTier]:
    """Yield each tier that defers items, with the longest wait of these."""
    quotas = {tier.tier: Quota(tier.plan, tier.seat, tier.upgrade_link) for tier in use.tiers if tier.plan}
    waits: dict[int, tuple[datetime, float]] = {}
    for outcome in skipped:
        if outcome.reason == "rate_limited" and outcome.retry_at:
            tier = RESOURCES[outcome.resource].tier
            wait = outcome.retry_at, (outcome.retry_at - outcome.finished_at).total_seconds()
            waits[tier] = max(wait, waits.get(tier, wait))
    for tier, (until, seconds) in sorted(waits.items()):
        yield ClosedTier(tier, until, seconds, quotas.get(tier, Quota()))
