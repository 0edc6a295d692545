"""What the commands print when they are done: plain words, one idea a line, the next step named.

Names that come from Figma are printed as text, never read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from figma_warehouse.logs import printable
from figma_warehouse.source.documents.archive import shown
from figma_warehouse.source.reasons import ASKED_AGAIN_AFTER, REASONS
from figma_warehouse.source.resources import RESOURCES

if TYPE_CHECKING:
    from figma_warehouse.data_dir import DataDir
    from figma_warehouse.job.backfill import BackfillPlan, BackfillReport
    from figma_warehouse.job.check import CheckReport
    from figma_warehouse.job.demo import DemoReport
    from figma_warehouse.job.export import Exported
    from figma_warehouse.job.image_export import ImageExport
    from figma_warehouse.job.plan import RunPlan, TierPlan
    from figma_warehouse.job.replay import ReplayReport
    from figma_warehouse.job.run import RunReport
    from figma_warehouse.job.run_report import ClosedTier, LoadReport
    from figma_warehouse.job.status import Status

WIDTH = 100
MOST_USED = "select component_set_name, component_name, placements from marts.component_reach order by 3 desc limit 5"


def print_run(console: Console, report: RunReport, data: DataDir) -> None:
    """Print what a run did and where the result lies."""
    print_load(console, report.load)
    _line(console, f"{report.models.models} models built, {report.models.tests} tests passed.")
    _line(console, f"Published {data.published} ({_megabytes(report.published_bytes)}).")
    if report.load.files_skipped:
        _line(console, "Some files were skipped: figma-warehouse status says which and why.")


def print_images(console: Console, export: ImageExport) -> None:
    """Print what was written where, and what could not be drawn."""
    for path in export.written:
        _line(console, str(path))
    for what, why in export.missing:
        _line(console, f"Not written: {what}: {why}")
    _line(console, f"{len(export.written):,} written, {len(export.missing):,} not.")


def print_load(console: Console, load: LoadReport) -> None:
    """Print what a load did: files by fate, nodes, requests by tier."""
    _line(
        console,
        f"{load.files_expected:,} files: {load.files_loaded:,} loaded, {load.files_unchanged:,} unchanged,"
        f" {load.files_removed:,} gone, {load.files_skipped:,} skipped. {load.nodes_loaded:,} nodes read.",
    )
    _line(console, f"Requests: {_requests(load)}.{_waited(load)}")
    _print_put_off(console, load)
    for lack in load.lacks:
        _line(console, lack.sentence)


def _print_put_off(console: Console, load: LoadReport) -> None:
    for parked in load.parked:
        _line(console, f"Tier {parked.tier} is used up until {_day(parked.until)} ({_figmas_words(parked)}).")
    if load.parked and (load.files_put_off or load.listings_put_off):
        wanted = load.files_loaded + load.files_put_off
        _line(console, f"{load.files_loaded:,} of {wanted:,} files are loaded; the rest waits.")
    if load.pictures_put_off and not load.why_stopped:
        _line(console, "Some pictures wait; the next run goes on from here.")
    if load.parked:
        _line(console, "A run before then spends nothing of that tier.")
    for link in sorted({parked.quota.upgrade_link for parked in load.parked if parked.quota.upgrade_link}):
        _line(console, f"To raise the limit: {link} (from Figma's answer)")
    if load.files_put_off and not load.parked and not load.why_stopped:
        _line(console, f"{load.files_put_off:,} files wait, since Figma is failing; the next run goes on from here.")
    if load.why_stopped:
        _line(console, f"Ended early ({load.why_stopped}): {_left(load)}.")


def _left(load: LoadReport) -> str:
    waiting = [
        *([f"{load.files_put_off:,} files wait"] if load.files_put_off else []),
        *(["some listings are not read"] if load.listings_put_off else []),
        *(["some pictures wait"] if load.pictures_put_off else []),
    ]
    if not waiting:
        return "nothing was left to do"
    if load.is_limit_spent_on_listings:
        spent = sum(load.requests.values())
        return f"{', '.join(waiting)}; the listings alone took {spent:,} requests, so a run needs more than that"
    return f"{', '.join(waiting)}; the next run goes on from here"


def _figmas_words(parked: ClosedTier) -> str:
    told = f"plan {parked.quota.plan}, seat {parked.quota.seat or 'unknown'}, " if parked.quota.plan else ""
    return f"Figma: {told}Retry-After {_duration(parked.seconds)}"


def _duration(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    if seconds < 600:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _ago(age: timedelta) -> str:
    """Return how long ago something was, in its largest unit."""
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if age >= length:
            return f"{age // length:,} {unit}{'s' if age >= 2 * length else ''} ago"
    return "just now"


def _day(moment: datetime) -> str:
    """Return a time of some day in the reader's zone, with the year where that is not this one."""
    there = moment.astimezone()
    year = "" if there.year == datetime.now().astimezone().year else " %Y"
    return f"{there:%a %d %b{year} %H:%M}"


def print_plan(console: Console, plan: RunPlan) -> None:
    """Print what a run would do."""
    documents = plan.tiers[0]
    pace = f"{documents.limit.requests} documents a {documents.limit.per}" if documents.limit else "no limit"
    _line(console, f"Plan {plan.plan}, seat {plan.seat}: {pace}.")
    _line(console, f"  Teams     {', '.join(plan.teams) or 'none'}")
    _print_unlisted(console, plan.unlisted)
    waiting = ", ".join(REASONS[reason].words for reason in plan.waiting)
    _line(
        console,
        f"  Files     {plan.files_listed:,} listed · {plan.files_changed - plan.files_new:,} changed"
        f" · {plan.files_new:,} new · {plan.files_gone:,} to confirm as removed"
        f" · {sum(plan.waiting.values()):,} refused before{f' ({waiting})' if waiting else ''}"
        f"{f' · {plan.files_excluded:,} excluded' if plan.files_excluded else ''}",
    )
    if plan.excluded_in_vain:
        _line(console, f"  Excluded  and not there: {', '.join(plan.excluded_in_vain)}")
    _line(console, f"  Requests  {' · '.join(f'tier {tier}: {plan.requests(tier):,}' for tier in (1, 2, 3))}")
    for tier in plan.tiers:
        if tier.limit:
            _line(console, f"  Tier {tier.tier}    {tier.used} of {tier.limit} used{_for_team(tier.team_id)}")
    _line(console, f"  Time      {_plan_time(plan)}")
    for tier in plan.tiers:
        if tier.fits < tier.requests:
            _line(console, f"  Too many  {_too_many(tier)}")
    _line(console, f"{_spent(plan.requests_spent)} spent on this; nothing was written.")


def _plan_time(plan: RunPlan) -> str:
    if not plan.files_changed:
        return "seconds: no document is to be fetched"
    if plan.bound.seconds < 1:
        return "as fast as the answers come"
    return f"about {_duration(plan.bound.seconds)}, bound by tier {plan.bound.tier}"


def _too_many(tier: TierPlan) -> str:
    what = f"requests of tier {tier.tier}{_for_team(tier.team_id)}"
    left = f"{tier.requests - tier.fits:,} of {tier.requests:,} {what} would wait"
    if tier.blocked_until:
        return f"{left}: used up until {_day(tier.blocked_until)}"
    return f"{left}: there are {tier.limit}, of which {tier.used} are used"


def _for_team(team_id: str) -> str:
    return f" for team {team_id}" if team_id else ""


def print_check(console: Console, report: CheckReport) -> None:
    """Print what was tried: each thing with its state, and what to do or what goes without it."""
    for finding in report.findings:
        state = "ok" if finding.state == "ok" else "MISSING" if finding.state == "missing" else "FAILED"
        _line(console, f"{state:8} {finding.name}{f': {finding.remedy}' if finding.remedy else ''}")
    documents = "one of them of tier 1" if report.has_asked_tier_1 else "none of them of tier 1"
    _line(console, f"{_spent(report.requests)} spent on this, {documents}.")


def _spent(requests: int) -> str:
    return "1 request was" if requests == 1 else f"{requests:,} requests were"


def print_export(console: Console, files: list[Exported], folder: Path) -> None:
    """Print what was written and where."""
    rows = sum(file.rows for file in files)
    _line(console, f"{len(files)} marts with {rows:,} rows written to {folder}.")


def print_backfill_plan(console: Console, plan: BackfillPlan) -> None:
    """Print what a backfill would do."""
    periods = sorted({one.period for one in plan.wanted})
    span = f"{periods[0]:%d %b %Y} to {periods[-1]:%d %b %Y}" if periods else "none left"
    _line(console, f"Backfill of {plan.files:,} files, by their stored version histories.")
    refused = f" · {plan.refused:,} refused by Figma" if plan.refused else ""
    _line(console, f"  Versions  {len(plan.wanted):,} to fetch · {plan.stored:,} stored already{refused}")
    _line(console, f"  Periods   {span}")
    _line(console, f"  Requests  tier 1: {len(plan.wanted):,}")
    _line(console, f"  Time      {_backfill_time(plan)}")
    _line(console, "No request was spent on this; nothing was written.")


def _backfill_time(plan: BackfillPlan) -> str:
    if not plan.wanted:
        return "none: there is nothing to fetch"
    if plan.documents is None:
        return "as fast as the answers come"
    pace = f"at {plan.documents.requests} documents a {plan.documents.per}"
    return f"about {plan.minutes} min, {pace}" if plan.minutes else f"{pace}, over many runs"


def print_backfill(console: Console, report: BackfillReport) -> None:
    """Print what a backfill did, and when its figures are seen."""
    if not report.planned:
        _line(console, "Nothing is left to fetch: all these versions are stored.")
        return
    since = f", back to {report.earliest:%d %b %Y}" if report.earliest else ""
    _line(console, f"{report.stored:,} of {report.planned:,} versions stored{since}. {report.nodes:,} nodes counted.")
    if report.refused:
        _line(console, f"{report.refused:,} versions cannot be had from Figma; they are not asked for again.")
    if report.left:
        until = f" until {_day(report.retry_at)}" if report.retry_at else ""
        _line(console, f"{report.left:,} versions wait ({report.why}{until}): the same command goes on from here.")
    _line(console, f"Requests: {report.requests:,}.")
    if report.stored:
        _line(console, "The dashboards show it after the next figma-warehouse run, or after transform and publish.")


def print_replay(console: Console, report: ReplayReport) -> None:
    """Print what a replay rebuilt, what it could not read, and how to go on."""
    _line(
        console,
        f"{report.states:,} states of {report.files:,} files replayed from {shown(report.archive)};"
        f" {report.nodes:,} nodes stored. No request was spent.",
    )
    if report.files_kept_newer:
        _line(console, f"{report.files_kept_newer:,} files are newer here than in the archive; they stay as they are.")
    if report.left:
        _line(
            console, f"Ended early ({report.why}): {report.left:,} files are left; the same command replays all anew."
        )
    for failure in report.unreadable[:5]:
        _line(console, f"Not read: {failure}")
    if len(report.unreadable) > 5:
        _line(console, f"... and {len(report.unreadable) - 5:,} more that could not be read.")
    _line(console, "Listings and published lists come with the next figma-warehouse run, which asks for no document.")


def print_status(console: Console, status: Status) -> None:
    """Print a screenful on how things stand."""
    if status.running:
        what = "What follows is as of the last one.\n" if status.runs else "Nothing is published yet."
        _line(console, f"A run is going on ({status.running}). {what}")
    if status.as_of:
        _line(console, f"Data as of {_day(status.as_of)}, {_ago(datetime.now(UTC) - status.as_of)}.\n")
    if status.runs:
        _print_runs(console, status.runs, is_running=status.running is not None)
    if status.freshness:
        _print_freshness(console, status.freshness)
    _print_unlisted(console, status.unlisted)
    _print_skipped(console, status.skipped)
    _print_budget(console, status)
    _print_holdings(console, status)


def _print_budget(console: Console, status: Status) -> None:
    if not status.budget:
        return
    _line(console, f"\nBudget of plan {status.budget.plan}, seat {status.budget.seat}")
    for use in status.budget.tiers:
        limit = f"{use.used} of {use.limit} a {use.per} used" if use.limit else "no limit"
        told = f" (Figma: plan {use.plan}, seat {use.seat})" if use.plan else ""
        blocked = f" · used up until {_day(use.blocked_until)}" if use.blocked_until else ""
        _line(console, f"  Tier {use.tier}{_for_team(use.team_id)}: {limit}{told}{blocked}")
    if any(use.blocked_until for use in status.budget.tiers):
        _line(console, "  After an upgrade at Figma: figma-warehouse check asks anew, and opens what Figma opens.")
    token = status.token
    if token:
        since = f", used here since {_time(status.budget.first_used_at)}" if status.budget else ""
        is_dated = token.expires_at is not None
        end = f"is good until {_time(token.expires_at)}" if is_dated else f"lasts {token.lasts_days} days at most"
        _line(console, f"  Token: {token.kind}{since}; it {end}")


def _print_holdings(console: Console, status: Status) -> None:
    counts = status.counts
    if counts:
        _line(
            console,
            f"\nHolds {counts['files']:,} files with {counts['nodes']:,} nodes,"
            f" {counts['components']:,} published components, {counts['styles']:,} published styles,"
            f" {counts['snapshots']:,} snapshots.",
        )
    published = _megabytes(status.published_bytes) if status.published_bytes else "not there yet"
    _line(console, f"Published file {published}, build file {_megabytes(status.build_bytes)}.")


def print_sandbox(console: Console, state: dict[str, Any]) -> None:
    """Print where the sandbox listens and how to load from it."""
    _line(console, f"{state['about']}, served at {state['url']} (Ctrl-C stops). Load it with:\n")
    _line(console, f"  export SOURCES__FIGMA__BASE_URL={state['url']} FIGMA_TOKEN={state['token']}")
    _line(console, f"  export SOURCES__FIGMA__TEAMS='{json.dumps(state['teams'])}'")
    if state["limits"]:
        plan, _, seat = state["limits"].partition(":")
        _line(console, f"  export SOURCES__FIGMA__PLAN={plan} SOURCES__FIGMA__SEAT={seat}")
    _line(console, "  figma-warehouse run --data-dir data/sandbox")


def print_demo(console: Console, report: DemoReport, shown: Path) -> None:
    """Print what the demo found, and where to go on."""
    load = report.run.load
    _line(console, f"\n{_loaded(report)}")
    for label, text in _findings(report.summary):
        console.print(Text(f"  {label:14} "), Text(printable(text)), sep="", soft_wrap=True)
    database = f"{shown}/warehouse.duckdb"
    _line(console, f"\nRequests    {_requests(load)}")
    _line(console, f"Warehouse   {database}")
    _line(console, f'Queries     .venv/bin/duckdb -readonly {database} "{MOST_USED}"')
    _line(console, f"Dashboards  .venv/bin/figma-warehouse dashboard --data-dir {shown}")
    _line(console, 'Your own    see README, "With your token"')
    _line(console, _next_week(report.next_at))


def _loaded(report: DemoReport) -> str:
    load = report.run.load
    about = f"Week {report.week}: {load.files_expected} files in {report.teams} teams"
    if report.is_first:
        nodes = report.history[0].nodes_loaded
        return f"{about}, loaded {len(report.history) + 1} times over four weeks ({nodes:,} nodes at first)."
    return (
        f"{about}: {load.files_unchanged} unchanged, {load.files_loaded} changed or new ({load.nodes_loaded:,} nodes"
        f" read), {load.files_removed} gone."
    )


def _next_week(over_at: datetime) -> str:
    if over_at <= datetime.now(UTC):
        return "Run it again to watch a week pass."
    return f"The sample organisation has lived up to the present: its next week is over on {over_at:%A, %d %B}."


def _findings(summary: dict[str, list[dict[str, Any]]]) -> Iterable[tuple[str, str]]:
    used = [f"{row['name']} {row['placements']:,}" for row in summary["most_used"]]
    if used:
        first = summary["most_used"][0]
        used[0] = f"{first['name']} {first['placements']:,} placements in {first['files']} files"
    yield "Most used", " · ".join(used) or "nothing yet"
    (unused,) = summary["unused"]
    unsure = "" if unused["sure"] is not False else "; none for certain, as not every file could be read"
    yield (
        "Unused",
        f"{unused['unused']} of {unused['published']} published components, {unused['old']} over 90 days old{unsure}",
    )
    (orphaned,) = summary["orphaned"]
    dangling = f"{orphaned['dangling_references'] or 0} references to {orphaned['dangling']} styles that no library has"
    yield "Orphaned", f"{orphaned['unused']} styles nobody uses, {dangling}"
    grown = [f"{row['name']}, {row['growth']:+.0%} nodes in four weeks" for row in summary["growth"]]
    yield "Fastest grown", "".join(grown) or "no file in four weeks"
    (complete,) = summary["complete"]
    missing = f"; skipped: {complete['reasons'].replace('_', ' ')}" if complete["reasons"] else ""
    yield "Complete", f"{complete['current']} of {complete['expected']} files at their current version{missing}"


def _print_runs(console: Console, runs: list[dict[str, Any]], *, is_running: bool) -> None:
    table = _table("Last runs", "outcome", "took", "loaded", "same", "gone", "skipped", "put off", "requests")
    for number, run in enumerate(runs):
        requests = "/".join(str(run[f"requests_tier_{tier}"] or 0) for tier in (1, 2, 3))
        fates = (run[f"files_{fate}"] or 0 for fate in ("loaded", "unchanged", "removed", "skipped", "put_off"))
        outcome = _outcome(run, is_running=is_running and number == 0)
        _add(table, _time(run["started_at"]), outcome, _took(run), *fates, requests)
    _show(console, table)
    _line(console, "Requests by tier: 1 documents / 2 listings and versions / 3 published lists.")
    if any(map(_is_unseen, runs)):
        _line(console, "* not published: readers do not see yet what it loaded")
    for run in runs:
        if run["message"]:
            _line(console, f"{_time(run['started_at'])}: {run['message']}")
    _line(console, "")


def _print_freshness(console: Console, freshness: list[dict[str, Any]]) -> None:
    table = _table("Freshness", "files", "current", "stale", "never loaded", "stale since")
    for row in freshness:
        _add(
            table,
            *(row["team"], row["files"], row["current"], row["stale"], row["never_loaded"]),
            _time(row["stale_since"]),
        )
    _show(console, table)


def _print_unlisted(console: Console, unlisted: list[dict[str, Any]]) -> None:
    """Print what could not be listed, with why: what lies in it is as an earlier run found it."""
    for row in unlisted:
        label, reason = RESOURCES[row["resource"]].label, REASONS[row["reason"]].words
        detail = f" ({row['detail']})" if row["detail"] else ""
        _line(console, f"Not listed: {label} {row['item_id']}: {reason}{detail}")


def _print_skipped(console: Console, skipped: list[dict[str, Any]]) -> None:
    if not skipped:
        return
    _line(console, "")
    table = _table("Skipped", "files", "for example", "Figma says", "not before")
    for row in skipped:
        reason = REASONS[row["reason"]].words
        _add(table, reason, row["files"], row["example"] or "", row["detail"] or "", _time(row["retry_at"]))
    _show(console, table)
    if any(REASONS[row["reason"]].is_liftable for row in skipped):
        after = f"{ASKED_AGAIN_AFTER.days} days after it was refused"
        _line(console, f"What access or a plan would open is asked for {after}; at once by run --ask-again.")


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column)
    return table


def _show(console: Console, table: Table) -> None:
    """Print a table; on a narrow terminal its lines run over, rather than lose figures."""
    console.print(table, width=max(console.width, WIDTH), crop=False)


def _add(table: Table, *cells: Any) -> None:
    table.add_row(*(Text(printable(str(cell))) for cell in cells))


def _outcome(run: dict[str, Any], *, is_running: bool) -> str:
    if run["outcome"] == "running" and not is_running:
        return "cut off"
    return f"{run['outcome']} *" if _is_unseen(run) else str(run["outcome"])


def _is_unseen(run: dict[str, Any]) -> bool:
    return run["outcome"] in ("done", "partial") and run["published_at"] is None


def _took(run: dict[str, Any]) -> str:
    finished = run["finished_at"]
    return str(finished - run["started_at"]).partition(".")[0] if finished else ""


def _time(moment: datetime | None) -> str:
    """Return a time in the reader's zone."""
    return f"{moment.astimezone():%d %b %H:%M}" if moment else ""


def _requests(load: LoadReport) -> str:
    return " · ".join(f"tier {tier}: {count:,}" for tier, count in sorted(load.requests.items()))


def _waited(load: LoadReport) -> str:
    seconds = sum(load.waits.values())
    if seconds < 1:
        return ""
    return f" Together they waited {seconds:,.0f} s, several at a time, for Figma's limits and after failures."


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _line(console: Console, text: str) -> None:
    line = text.strip("\n")
    console.print(Text(text.replace(line, printable(line), 1)), soft_wrap=True)
