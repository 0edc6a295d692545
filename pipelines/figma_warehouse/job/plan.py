"""What a run would do: asked of the listings alone, with nothing written to the warehouse."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import ceil

import dlt
import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.build_file import open_build
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.api.budget import BudgetUse, TierUse
from figma_warehouse.source.api.limits import TIERS, Limit
from figma_warehouse.source.extras import extra_resources, module_of
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.listings.published_lists import PAGE_SIZE
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import RESOURCES, Group, resources_in
from figma_warehouse.source.stored_state import StoredState, read_stored_state

# requests by tier and team, "" where no team is known
RequestCount = Counter[tuple[int, str]]


@dataclass(frozen=True)
class TierPlan:
    """What a run would spend of one tier, at a team that has a budget of its own or, `team_id` "", at all others.

    `limit` is None without one. `fits` of the `requests` can be had within the run, in `seconds`; the rest would
    wait for later ones.
    """

    tier: int
    team_id: str
    requests: int
    fits: int
    seconds: float
    used: int
    limit: Limit | None
    blocked_until: datetime | None


@dataclass(frozen=True)
class RunPlan:
    """What a run would do. `files_gone` are to be confirmed as removed; `waiting` are skipped, by reason.

    `unlisted` are the outcomes of the teams, folders and files that cannot be listed.
    """

    plan: str
    seat: str
    teams: list[str]
    files_listed: int
    files_excluded: int
    excluded_in_vain: list[str]
    files_changed: int
    files_new: int
    files_gone: int
    unlisted: list[Row]
    waiting: dict[str, int]
    tiers: list[TierPlan]
    requests_spent: int

    def requests(self, tier: int) -> int:
        """Return the requests of one tier, at all teams."""
        return sum(one.requests for one in self.tiers if one.tier == tier)

    @property
    def bound(self) -> TierPlan:
        """The tier that takes longest."""
        return max(self.tiers, key=lambda tier: tier.seconds)


def plan_run(settings: FigmaSettings, data: DataDir) -> RunPlan:
    """List what is in scope and compare it with the warehouse. Raises what a load raises."""
    scope = settings.scope()
    api = settings.client(data)
    with reading_pipeline(data) as pipeline:
        known = read_stored_state(pipeline) if pipeline else StoredState()
    refresh = Refresh(api, scope, known, asks_again=settings.ask_again)
    changed, histories, outcomes = refresh.compare()
    gone = refresh.missing()
    wanted = _listing_requests(api.meter.requests) + _file_requests(refresh, changed, histories, gone)
    wanted += _published_pages(refresh)
    for extra in extra_resources(settings):
        wanted += module_of(extra).count_requests(refresh)
    use = api.budget.used()
    return RunPlan(
        plan=use.plan,
        seat=use.seat,
        teams=[team["name"] or team["team_id"] for team in refresh.listing.teams],
        files_listed=len(refresh.listing.files),
        files_excluded=len(refresh.listing.excluded),
        excluded_in_vain=refresh.excluded_in_vain(),
        files_changed=len(changed),
        files_new=sum(ref.key not in refresh.stored_state.documents for ref in changed),
        files_gone=len(gone),
        unlisted=[row for row in refresh.listing.outcomes if row["status"] == "skipped"],
        waiting=dict(Counter(row["reason"] for row in outcomes if row["status"] == "skipped")),
        tiers=_tier_plans(wanted, use, settings.longest_wait_seconds),
        requests_spent=api.meter.total,
    )


@contextmanager
def reading_pipeline(data: DataDir) -> Iterator[dlt.Pipeline | None]:
    """Give a pipeline that reads what a run would begin with, and writes nothing; None where there is nothing."""
    if not data.build.exists() and not data.published.exists():
        yield None
        return
    with (
        _open_latest(data) as connection,
        tempfile.TemporaryDirectory(prefix="figma-warehouse-") as folder,
    ):
        destination = dlt.destinations.duckdb(connection)
        yield dlt.pipeline("figma", destination=destination, dataset_name="figma", pipelines_dir=folder)


def _open_latest(data: DataDir) -> duckdb.DuckDBPyConnection:
    if data.build.exists():
        return open_build(data, read_only=True)
    return duckdb.connect(str(data.published), read_only=True)


def _listing_requests(spent: Mapping[int, int]) -> RequestCount:
    """Return what the listings take: as much as they took just now, which teams' budgets it was is not told apart."""
    return Counter({(tier, ""): count for tier, count in spent.items()})


def _file_requests(refresh: Refresh, changed: list[FileRef], histories: list[FileRef], gone: list[Row]) -> RequestCount:
    """Return what documents (one each, or one a part), histories, and looks at missing files take."""
    wanted: RequestCount = Counter()
    documents, histories_tier, looks = (RESOURCES[name].tier for name in ("documents", "file_versions", "files"))
    for ref in changed:
        wanted[documents, ref.team_id or ""] += refresh.stored_state.documents.get(ref.key, {}).get("parts") or 1
    for ref in (*changed, *histories):
        wanted[histories_tier, ref.team_id or ""] += 1
    for row in gone:
        wanted[looks, row["team_id"] or ""] += 1
    return wanted


def _published_pages(refresh: Refresh) -> RequestCount:
    """Return how many requests the published lists take: pages of teams, one each of configured files."""
    lists = resources_in(Group.PUBLISHED)
    (tier,) = {one.tier for one in lists}
    published = (refresh.stored_state.published.get(one.name, {}) for one in lists)
    stored = Counter(row["team_id"] for rows in published for row in rows.values())
    teams = {team["team_id"]: len(lists) + stored[team["team_id"]] // PAGE_SIZE for team in refresh.listing.teams}
    alone = sum(ref.team_id is None and ref.main_file_key is None for ref in refresh.listing.files.values())
    return Counter({(tier, team_id): pages for team_id, pages in teams.items()} | {(tier, ""): len(lists) * alone})


def _tier_plans(wanted: RequestCount, use: BudgetUse, longest_wait: float) -> list[TierPlan]:
    """Return what is spent of each tier in common, then at the teams that have budgets of their own, and go there."""
    states = {(state.tier, state.team_id): state for state in use.tiers}
    spent: RequestCount = Counter()
    for (tier, team_id), requests in wanted.items():
        spent[tier, team_id if (tier, team_id) in states else ""] += requests
    common = [states[tier, ""] for tier in TIERS]
    own = [state for (tier, team_id), state in sorted(states.items()) if team_id and spent[tier, team_id]]
    return [_tier_plan(state, spent[state.tier, state.team_id], longest_wait) for state in (*common, *own)]


def _tier_plan(state: TierUse, requests: int, longest_wait: float) -> TierPlan:
    limit = Limit(state.limit, state.per) if state.limit and state.per else None
    fits, seconds = _pace(requests, state, limit, longest_wait)
    return TierPlan(state.tier, state.team_id, requests, fits, seconds, state.used, limit, state.blocked_until)


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
