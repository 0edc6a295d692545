"""What a person sees while the job runs: bars on a terminal, plain lines elsewhere."""

import logging
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from pipelines.figma.documents import Loaded
from pipelines.figma.refresh import Refresh
from pipelines.transform import TransformReport

LOG = logging.getLogger("figma_warehouse")
FILES_BEFORE_ESTIMATE = 3


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

    def _show_models(self, _: object) -> None:
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
        LOG.info("serving url=%s", base_url)

    def _log_history(self, week: int) -> None:
        LOG.info("sample week=%d", week)

    def _log_listed(self, refresh: Refresh) -> None:
        plan = refresh.plan
        self._done, self._total = 0, plan.size
        LOG.info("listed files=%d changed=%d gone=%d", len(refresh.listing.files), len(plan.changed), len(plan.gone))
        for row in refresh.listing.outcomes:
            LOG.warning("skipped %s=%s reason=%s", row["resource"], row["item_id"], row["reason"])

    def _log_file(self, loaded: Loaded) -> None:
        self._done += 1
        about = (loaded.status, loaded.ref.key, loaded.ref.name, loaded.nodes, self._done, self._total)
        level = logging.WARNING if loaded.status == "skipped" else logging.INFO
        LOG.log(level, "%s file=%s name=%r nodes=%d done=%d/%d", *about)

    def _log_models(self, _: object) -> None:
        LOG.info("building models")

    def _log_built(self, report: TransformReport) -> None:
        LOG.info("models=%d tests=%d", report.models, report.tests)


def progress_for(console: Console) -> TerminalProgress | LogProgress:
    """Return what fits the console: bars on a terminal, log lines elsewhere."""
    return TerminalProgress(console) if console.is_terminal else LogProgress()
