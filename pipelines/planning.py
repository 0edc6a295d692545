"""What a run would do: asked of the listings alone, with nothing written to the warehouse."""

import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from math import ceil

import dlt
import duckdb

from pipelines.figma.budget import BudgetUse, TierUse
from pipelines.figma.known import Known, read_known
from pipelines.figma.library import KEYS, PAGE_SIZE
from pipelines.figma.limits import TIERS, Limit
from pipelines.figma.refresh import Refresh
from pipelines.loading import check_format
from pipelines.settings import DataDir, FigmaSettings


@dataclass(frozen=True)
class TierPlan:
    """What a run would spend of one tier. `limit` is None without one.

    `fits` of the `requests` can be had within the run, in `seconds`; the rest would wait for later ones.
    """

    tier: int
    requests: int
    fits: int
    seconds: float
    used: int
    limit: Limit | None
    blocked_until: datetime | None


@dataclass(frozen=True)
class RunPlan:
    """What a run would do. `files_gone` are to be confirmed as removed; `waiting` are skipped, by reason."""

    plan: str
    seat: str
    teams: list[str]
    files_listed: int
    files_changed: int
    files_new: int
    files_gone: int
    waiting: dict[str, int]
    tiers: list[TierPlan]
    requests_spent: int

    @property
    def bound(self) -> TierPlan:
        """The tier that takes longest."""
        return max(self.tiers, key=lambda tier: tier.seconds)


def plan_run(settings: FigmaSettings, data: DataDir) -> RunPlan:
    """List what is in scope and compare it with the warehouse. Raises what a load raises."""
    scope = settings.scope()
    api = settings.client(data)
    refresh = Refresh(api, scope, read_warehouse(data))
    changed, histories, outcomes = refresh.compare()
    gone = refresh.known.gone_from(refresh.listing)
    listed = dict(api.meter.requests)
    parts = (refresh.known.documents.get(ref.key, {}).get("parts") for ref in changed)
    wanted = {
        1: sum(count or 1 for count in parts),
        2: listed[2] + len(changed) + len(histories),
        3: listed[3] + len(gone) + _published_pages(refresh),
    }
    use = api.budget.used()
    return RunPlan(
        plan=use.plan,
        seat=use.seat,
        teams=[team["name"] or team["team_id"] for team in refresh.listing.teams],
        files_listed=len(refresh.listing.files),
        files_changed=len(changed),
        files_new=sum(ref.key not in refresh.known.files for ref in changed),
        files_gone=len(gone),
        waiting=dict(Counter(row["reason"] for row in outcomes if row["status"] == "skipped")),
        tiers=[_tier_plan(tier, wanted[tier], use, settings.longest_wait_seconds) for tier in TIERS],
        requests_spent=api.meter.total,
    )


def read_warehouse(data: DataDir) -> Known:
    """Read what the build file holds, without writing anything; nothing where there is none."""
    if not data.build.exists():
        return Known()
    check_format(data)
    with (
        duckdb.connect(str(data.build), read_only=True) as connection,
        tempfile.TemporaryDirectory(prefix="figma-warehouse-") as folder,
    ):
        destination = dlt.destinations.duckdb(connection)
        return read_known(dlt.pipeline("figma", destination=destination, dataset_name="figma", pipelines_dir=folder))


def _published_pages(refresh: Refresh) -> int:
    """Return how many requests the published lists take: pages of teams, one each of configured files."""
    stored = Counter(row["team_id"] for kind in KEYS for row in refresh.known.published.get(kind, {}).values())
    teams = sum(len(KEYS) + stored[team["team_id"]] // PAGE_SIZE for team in refresh.listing.teams)
    alone = sum(ref.team_id is None and ref.main_file_key is None for ref in refresh.listing.files.values())
    return teams + len(KEYS) * alone


def _tier_plan(tier: int, requests: int, use: BudgetUse, longest_wait: float) -> TierPlan:
    state = next(state for state in use.tiers if state.tier == tier and not state.place)
    limit = Limit(state.limit, state.per) if state.limit and state.per else None
    fits, seconds = _pace(requests, state, limit, longest_wait)
    return TierPlan(tier, requests, fits, seconds, state.used, limit, state.blocked_until)


def _pace(requests: int, state: TierUse, limit: Limit | None, longest_wait: float) -> tuple[int, float]:
    """Return how many requests can be had in one run, and the seconds that its pace adds to them."""
    if state.blocked_until:
        return 0, 0.0
    if limit is None:
        return requests, 0.0
    interval = limit.rate.interval / 1000 / limit.requests
    room = max(0, limit.rate.burst - ceil(state.used))
    # a wait for room that is longer than this ends the work of the tier
    fits = requests if interval <= longest_wait else min(requests, room)
    return fits, max(0, fits - room) * interval
