"""What a person sees while the job runs: bars on a terminal, plain lines elsewhere."""

import json
import logging
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from figma_warehouse.job.backfill import BackfillPlan, BackfillReport
from figma_warehouse.job.replay import ReplayReport
from figma_warehouse.job.run_report import ClosedTier, LoadReport
from figma_warehouse.job.transform import TransformReport
from figma_warehouse.logs import LogFormat, log_event
from figma_warehouse.source.documents.file_load import Loaded
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.refresh import Refresh

FATES = ("expected", "loaded", "unchanged", "skipped", "put_off", "removed")
FILES_BEFORE_ESTIMATE = 3
SECONDS_WORTH_A_WORD = 2


class TimeLeftColumn(ProgressColumn):
    """Time left at the pace so far, once a few files show it."""

    def render(self, task: Task) -> Text:
        """Return the estimate, or nothing while there is none."""
        if task.finished or not task.total or task.completed < FILES_BEFORE_ESTIMATE or task.elapsed is None:
            return Text("")
        left = task.elapsed / task.completed * (task.total - task.completed)
        return Text(f"about {timedelta(seconds=round(left))} left")


class TerminalProgress:
    """A bar for the files of each load, a line for the models."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description:9}"), BarColumn(24), TextColumn("{task.fields[detail]}"))
        self._bar = Progress(*columns, TimeElapsedColumn(), TimeLeftColumn(), console=console)
        self._label = "Loading"
        self._nodes = 0
        self._task = TaskID(0)
        self._pictures: TaskID | None = None
        self._drawn = 0

    def __enter__(self) -> "TerminalProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, event: str, about: Any) -> None:
        """Show one event of a run."""
        show = getattr(self, f"_show_{event}", None)
        if show:
            show(about)

    def _show_serving(self, base_url: str) -> None:
        self._bar.console.print(f"Sample organisation, served at {base_url}")

    def _show_history(self, week: int) -> None:
        self._label = f"Week {week}"

    def _show_loading(self, _: object) -> None:
        self._end_pictures()
        self._nodes = 0
        self._task = self._bar.add_task(self._label, total=None, detail="listing folders")

    def _show_listed(self, refresh: Refresh) -> None:
        self._api = refresh.api
        size, listed = refresh.plan.size, len(refresh.listing.files)
        if size:
            self._bar.update(self._task, total=size, detail=f"{size} of {listed} files to load")
        else:
            detail = f"nothing changed in {listed} files · {self._requests()} requests"
            self._bar.update(self._task, total=1, completed=1, detail=detail)

    def _show_file(self, loaded: Loaded) -> None:
        self._nodes += loaded.nodes
        self._bar.advance(self._task)
        task = self._bar.tasks[self._task]
        detail = f"{task.completed:.0f}/{task.total:.0f} files · {self._nodes:,} nodes · {self._requests()} requests"
        self._bar.update(self._task, detail=detail)
        if loaded.parts > 1:
            self._bar.console.print(Text(_told_of_parts(loaded)), soft_wrap=True)

    def _show_ending(self, signal: str) -> None:
        self._bar.console.print(f"{signal}: storing what is there, and ending what is in hand. Once more ends at once.")

    def _show_replaying(self, files: int) -> None:
        self._task = self._bar.add_task("Replay", total=files, detail=f"{files:,} files in the archive")

    def _show_replayed(self, report: ReplayReport) -> None:
        detail = f"{report.states:,} states · {report.nodes:,} nodes"
        self._bar.update(self._task, completed=report.files, detail=detail)

    def _show_backfilling(self, plan: BackfillPlan) -> None:
        self._task = self._bar.add_task("Backfill", total=len(plan.wanted), detail=f"{plan.files:,} files")

    def _show_backfilled(self, report: BackfillReport) -> None:
        detail = f"{report.stored:,} versions · {report.nodes:,} nodes"
        self._bar.update(self._task, completed=report.stored + report.refused, detail=detail)

    def _show_waiting(self, wait: tuple[int, float, str]) -> None:
        tier, seconds, why = wait
        if seconds >= SECONDS_WORTH_A_WORD:
            about = {"pace": "keeping to the budget", "retry_after": "Figma asked for it"}.get(why, "then trying again")
            self._bar.update(self._task, detail=f"tier {tier} waits {seconds:,.0f} s: {about}")

    def _show_pictures(self, count: int) -> None:
        """Show how many came so far; how many are due is only known file by file."""
        if not count:
            return
        if self._pictures is None:
            self._pictures = self._bar.add_task("Pictures", total=None, detail="")
        self._drawn += count
        self._bar.update(self._pictures, detail=f"{self._drawn:,} pictures · {self._requests()} requests")

    def _end_pictures(self) -> None:
        if self._pictures is not None:
            self._bar.update(self._pictures, total=1, completed=1)
        self._pictures, self._drawn = None, 0

    def _show_models(self, _: object) -> None:
        self._end_pictures()
        self._task = self._bar.add_task("Models", total=None, detail="building and testing")

    def _show_built(self, report: TransformReport) -> None:
        detail = f"{report.models} built, {report.tests} tests passed"
        self._bar.update(self._task, total=1, completed=1, detail=detail)

    def _requests(self) -> int:
        return sum(self._api.meter.requests.values())


class LogProgress:
    """One log line an event, for cron."""

    def __init__(self) -> None:
        self._done, self._total = 0, 0

    def __enter__(self) -> "LogProgress":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self, event: str, about: Any) -> None:
        """Log one event of a run."""
        log = getattr(self, f"_log_{event}", None)
        if log:
            log(about)

    def _log_serving(self, base_url: str) -> None:
        log_event("serving", url=base_url)

    def _log_history(self, week: int) -> None:
        log_event("sample", week=week)

    def _log_loading(self, report: LoadReport) -> None:
        log_event("start", run_id=report.run_id)

    def _log_listed(self, refresh: Refresh) -> None:
        plan = refresh.plan
        self._done, self._total = 0, plan.size
        counts = {"files": len(refresh.listing.files), "changed": len(plan.changed), "gone": len(plan.gone)}
        if refresh.listing.excluded:
            counts["excluded"] = len(refresh.listing.excluded)
        log_event("listed", **counts)
        for row in plan.outcomes:
            if row["status"] == "skipped":
                about = {"resource": row["resource"], "id": row["item_id"]}
                about |= {"name": row["name"]} if row.get("name") else {}
                log_event("skipped", logging.WARNING, **about, **_why(row))

    def _log_file(self, loaded: Loaded) -> None:
        if loaded.status == "put_off":
            return
        self._done += 1
        level = logging.WARNING if loaded.status == "skipped" else logging.INFO
        about: dict[str, Any] = {"file": loaded.ref.key, "name": loaded.ref.name}
        about |= {"nodes": loaded.nodes, "done": self._done, "total": self._total}
        if loaded.status == "skipped":
            (row,) = loaded.tables["outcomes"].to_pylist()
            about |= _why(row)
        log_event(loaded.status, level, **about)
        if loaded.parts > 1:
            log_event(_told_of_parts(loaded), parts=loaded.parts, is_mixed=loaded.is_mixed)

    def _log_waiting(self, wait: tuple[int, float, str]) -> None:
        tier, seconds, why = wait
        if why != "pace":
            log_event("waiting", tier=tier, seconds=round(seconds, 1), why=why)

    def _log_stored(self, report: LoadReport) -> None:
        log_event("stored", nodes=report.nodes_loaded, done=self._done, total=self._total)

    def _log_parked(self, parked: ClosedTier) -> None:
        until = f"{parked.until:%Y-%m-%dT%H:%M:%SZ}"
        quota = parked.quota
        log_event("parked", logging.WARNING, tier=parked.tier, until=until, plan=quota.plan, seat=quota.seat)

    def _log_ending(self, signal: str) -> None:
        log_event("ending", logging.WARNING, signal=signal)

    def _log_pictures(self, count: int) -> None:
        if count:
            log_event("pictures", count=count)

    def _log_replaying(self, files: int) -> None:
        log_event("replaying", files=files)

    def _log_replayed(self, report: ReplayReport) -> None:
        log_event("replayed", files=report.files, states=report.states, nodes=report.nodes)

    def _log_backfilling(self, plan: BackfillPlan) -> None:
        log_event("backfilling", versions=len(plan.wanted), files=plan.files)

    def _log_backfilled(self, report: BackfillReport) -> None:
        log_event("backfilled", versions=report.stored, planned=report.planned, nodes=report.nodes)

    def _log_backfill_ended(self, report: BackfillReport) -> None:
        about = {"versions": report.stored, "planned": report.planned, "refused": report.refused, "left": report.left}
        log_event("end", exit_code=report.exit_code, message=report.message, requests=report.requests, **about)

    def _log_replay_ended(self, report: ReplayReport) -> None:
        about = {"files": report.files, "states": report.states, "unreadable": len(report.unreadable)}
        log_event("end", exit_code=report.exit_code, message=report.message, left=report.left, **about)

    def _log_models(self, _: object) -> None:
        log_event("models")

    def _log_built(self, report: TransformReport) -> None:
        log_event("built", models=report.models, tests=report.tests)

    def _log_published(self, size: int) -> None:
        log_event("published", bytes=size)

    def _log_ended(self, report: LoadReport) -> None:
        fates = {fate: getattr(report, f"files_{fate}") for fate in FATES}
        requests = {f"requests_tier_{tier}": count for tier, count in report.requests.items()}
        ended = {"outcome": report.outcome, "exit_code": report.exit_code, "message": report.message}
        spent = requests | {
            "wait_seconds": round(sum(report.waits.values()), 1),
            "bytes_received": report.bytes_received,
        }
        about: dict[str, Any] = {"run_id": report.run_id} | ended | fates | spent
        log_event("end", **about)


def _why(row: Row) -> Row:
    """Return the fields of an outcome that say why something was skipped."""
    return {name: row[name] for name in ("reason", "detail") if row.get(name)}


def _told_of_parts(loaded: Loaded) -> str:
    name = json.dumps(loaded.ref.name or "", ensure_ascii=False)
    told = f"File {name} ({loaded.ref.key}): Figma cannot give it in one piece; loaded in {loaded.parts} parts."
    return f"{told} It was edited meanwhile; the next run loads it again." if loaded.is_mixed else told


def progress_for(console: Console, log_format: LogFormat = LogFormat.TEXT) -> TerminalProgress | LogProgress:
    """Return what fits: bars on a terminal, log lines elsewhere or where they are asked for as JSON."""
    is_watched = console.is_terminal and log_format == LogFormat.TEXT
    return TerminalProgress(console) if is_watched else LogProgress()
