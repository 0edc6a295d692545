"""The plan of a run, from the listings alone. It writes nothing to the warehouse."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path

import dlt
import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import WarehouseError, is_damaged
from figma_warehouse.files import write_whole
from figma_warehouse.job.build_file import check_build, open_build
from figma_warehouse.logs import LOG
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.addresses import Reload, Scope, parse_reload
from figma_warehouse.source.api.budget import BudgetUse, TierUse
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.limits import TIERS, Limit
from figma_warehouse.source.extras import extra_resources, module_of
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.listings.published_lists import PAGE_SIZE
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import RESOURCES, Group, resources_in
from figma_warehouse.source.stored_state import StoredState, read_stored_state

# requests by tier and team; the team is "" if it is unknown
RequestCount = Counter[tuple[int, str]]


@dataclass(frozen=True)
class TierPlan:
    """The requests of a run in one tier, for a team with a budget of its own, or for all others if `team_id` is "".

    The run can make `fits` of the `requests`, in `seconds`; later runs make the rest. `limit` is None if there is none.
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
    """What a run would do. It would check whether the `files_gone` are removed.

    `files_changed` counts new files and the `files_reloaded`, which did not change, as well.
    `refused` counts by reason the files that it would skip. `unlisted` has the outcomes of the teams, folders and files
    that cannot be listed, `unknown_exclusions` the entries of `exclude` that are in no listing.
    """

    plan: str
    seat: str
    teams: list[str]
    files_listed: int
    files_excluded: int
    unknown_exclusions: list[str]
    files_changed: int
    files_reloaded: int
    files_new: int
    files_gone: int
    unlisted: list[Row]
    refused: dict[str, int]
    tiers: list[TierPlan]
    requests_spent: int

    def requests(self, tier: int) -> int:
        """Return the requests of one tier, for all teams."""
        return sum(one.requests for one in self.tiers if one.tier == tier)

    @property
    def slowest_tier(self) -> TierPlan:
        """The tier that takes longest."""
        return max(self.tiers, key=lambda tier: tier.seconds)


def plan_run(settings: FigmaSettings, data: DataDir, reload: Sequence[str] = ()) -> RunPlan:
    """List everything in scope and compare it with the warehouse. Raises the errors of `load`; `reload` is its."""
    scope, reloaded = settings.scope(), parse_reload(reload)
    with _writable(data) as folder:
        return _plan(settings, data, settings.client(folder), scope, reloaded)


def _plan(settings: FigmaSettings, data: DataDir, api: FigmaClient, scope: Scope, reloaded: Reload) -> RunPlan:
    with reading_pipeline(data) as pipeline:
        stored_state = read_stored_state(pipeline) if pipeline else StoredState()
        # a run can start while this plan sends its requests: the file is not open then
        stored_state = stored_state.with_keys_read() if settings.key_lookups else stored_state
        stored_state = stored_state.with_local_variables_read() if settings.variables else stored_state
        stored_state = stored_state.with_newest_activity_read() if settings.activity_logs else stored_state
        stored_state = stored_state.with_comments_read() if settings.comments else stored_state
    refresh = Refresh(api, scope, stored_state, asks_again=settings.ask_again, reload=reloaded)
    refresh.keeps_comment_texts = settings.comment_texts
    refresh.check_reload()
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
        unknown_exclusions=refresh.excluded_in_vain(),
        files_changed=len(changed),
        files_reloaded=sum(map(refresh.is_reload, changed)),
        files_new=sum(ref.key not in refresh.stored_state.documents for ref in changed),
        files_gone=len(gone),
        unlisted=[row for row in refresh.listing.outcomes if row["status"] == "skipped"],
        refused=dict(Counter(row["reason"] for row in outcomes if row["status"] == "skipped")),
        tiers=_tier_plans(wanted, use, settings.longest_wait_seconds),
        requests_spent=api.meter.total,
    )


@contextmanager
def _writable(data: DataDir) -> Iterator[DataDir]:
    """Give a folder for the budget and the token: the data folder, or a copy of them if it can only be read."""
    if not data.root.exists() or os.access(data.root, os.W_OK):
        yield data
        return
    LOG.warning("%s cannot be written: the requests of this plan do not count in its budget", data.root)
    with tempfile.TemporaryDirectory(prefix="figma-warehouse-") as folder:
        copy = DataDir(Path(folder))
        for source, target in ((data.budget, copy.budget), (data.oauth, copy.oauth)):
            with suppress(OSError):
                write_whole(target, source.read_bytes())
        yield copy


@contextmanager
def reading_pipeline(data: DataDir) -> Iterator[dlt.Pipeline | None]:
    """Open a pipeline that only reads, from the file that a run would start with. None if there is no file yet."""
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
        try:
            check_build(data)
            return open_build(data, read_only=True)
        except (duckdb.Error, WarehouseError) as error:
            if not is_damaged(error) or not data.published.exists():
                raise
            LOG.warning("%s is damaged: a run starts again from %s, and so does this plan", data.build, data.published)
    return duckdb.connect(str(data.published), read_only=True)


def _listing_requests(spent: Mapping[int, int]) -> RequestCount:
    """Return the requests of the listings: as many as this plan has spent. They are not counted by team."""
    return Counter({(tier, ""): count for tier, count in spent.items()})


def _file_requests(refresh: Refresh, changed: list[FileRef], histories: list[FileRef], gone: list[Row]) -> RequestCount:
    """Return the requests for documents (one each, or one per part), version histories and missing files."""
    wanted: RequestCount = Counter()
    documents, versions, metadata = (RESOURCES[name].tier for name in ("documents", "file_versions", "files"))
    for ref in changed:
        wanted[documents, ref.team_id or ""] += refresh.stored_state.documents.get(ref.key, {}).get("parts") or 1
    for ref in (*changed, *histories):
        wanted[versions, ref.team_id or ""] += 1
    for row in gone:
        wanted[metadata, row["team_id"] or ""] += 1
    return wanted


def _published_pages(refresh: Refresh) -> RequestCount:
    """Return the requests for published lists: the pages of each team, and one per list of each configured file."""
    lists = resources_in(Group.PUBLISHED)
    (tier,) = {one.tier for one in lists}
    published = (refresh.stored_state.published.get(one.name, {}) for one in lists)
    stored = Counter(row["team_id"] for rows in published for row in rows.values())
    teams = {team["team_id"]: len(lists) + stored[team["team_id"]] // PAGE_SIZE for team in refresh.listing.teams}
    single_files = sum(ref.team_id is None and ref.main_file_key is None for ref in refresh.listing.files.values())
    return Counter(
        {(tier, team_id): pages for team_id, pages in teams.items()} | {(tier, ""): len(lists) * single_files}
    )


def _tier_plans(wanted: RequestCount, use: BudgetUse, longest_wait: float) -> list[TierPlan]:
    """Return the plan of each tier, then those of the teams that have budgets of their own and are requested."""
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
    """Return how many of the requests fit into one run, and the seconds that the rate limit adds to them."""
    if state.blocked_until:
        return 0, 0.0
    if limit is None:
        return requests, 0.0
    interval = limit.rate.interval / 1000 / limit.requests
    room = max(0, limit.rate.burst - ceil(state.used))
    # a run does not wait longer than this for one request
    fits = requests if interval <= longest_wait else min(requests, room)
    return fits, max(0, fits - room) * interval
