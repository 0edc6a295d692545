"""What a person sees while the job runs: a bar on a terminal, plain lines elsewhere."""

import logging
import time
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from pipelines.figma.documents import Loaded
from pipelines.figma.refresh import Refresh
from pipelines.transform import TransformReport

LOG = logging.getLogger("figma_warehouse")


class TimeLeftColumn(ProgressColumn):
    """Time left at the pace so far, once a few files show it."""

    def render(self, task: Task) -> Text:
        """Return the estimate, or nothing while there is none."""
        if task.finished or not task.total or task.completed < 3 or task.elapsed is None:
            return Text("")
        left = task.elapsed / task.completed * (task.total - task.completed)
        return Text(f"about {timedelta(seconds=round(left))} left")


class TerminalProgress:
    """A bar for the files, a line for the models."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description:9}"), BarColumn(), TextColumn("{task.fields[detail]}"))
        self._bar = Progress(*columns, TimeElapsedColumn(), TimeLeftColumn(), console=console)
        self._nodes, self._refresh = 0, None

    def __enter__(self) -> "TerminalProgress":
        self._bar.start()
        self._files = self._bar.add_task("Loading", total=None, detail="listing folders")
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, event: str, about: Any) -> None:
        """Show one event of a run."""
        if event == "listed":
            self._show_listing(about)
        elif event == "file":
            self._show_file(about)
        elif event == "models":
            self._finish_files()
            self._models = self._bar.add_task("Models", total=None, detail="building and testing")
        elif event == "built":
            detail = f"{about.models} built, {about.tests} tests passed"
            self._bar.update(self._models, total=1, completed=1, detail=detail)

    def _show_listing(self, refresh: Refresh) -> None:
        self._api = refresh.api
        self._listed = len(refresh.listing.files)
        self._bar.update(self._files, total=refresh.plan.size, detail=f"{refresh.plan.size} of {self._listed} changed")

    def _show_file(self, loaded: Loaded) -> None:
        self._nodes += loaded.nodes
        self._bar.advance(self._files)
        task = self._bar.tasks[self._files]
        requests = sum(self._api.meter.requests.values())
        detail = f"{task.completed:.0f}/{task.total:.0f} files · {self._nodes:,} nodes · {requests} requests"
        self._bar.update(self._files, detail=detail)

    def _finish_files(self) -> None:
        task = self._bar.tasks[self._files]
        if not task.total:
            detail = f"nothing changed in {self._listed} files · {sum(self._api.meter.requests.values())} requests"
            self._bar.update(self._files, total=1, completed=1, detail=detail)


class LogProgress:
    """One log line an event, for cron."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._done, self._total = 0, 0

    def __enter__(self) -> "LogProgress":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self, event: str, about: Any) -> None:
        """Log one event of a run."""
        if event == "listed":
            self._log_listing(about)
        elif event == "file":
            self._log_file(about)
        elif event == "built":
            self._log_models(about)

    def _log_listing(self, refresh: Refresh) -> None:
        plan = refresh.plan
        self._total = plan.size
        LOG.info("listed files=%d changed=%d gone=%d", len(refresh.listing.files), len(plan.changed), len(plan.gone))
        for row in refresh.listing.outcomes:
            LOG.warning("skipped %s=%s reason=%s", row["resource"], row["item_id"], row["reason"])

    def _log_file(self, loaded: Loaded) -> None:
        self._done += 1
        level = logging.WARNING if loaded.status == "skipped" else logging.INFO
        LOG.log(
            level,
            "%s file=%s name=%r nodes=%d done=%d/%d",
            *(loaded.status, loaded.ref.key, loaded.ref.name, loaded.nodes, self._done, self._total),
        )

    def _log_models(self, report: TransformReport) -> None:
        LOG.info("models=%d tests=%d seconds=%.1f", report.models, report.tests, time.monotonic() - self._started)


def progress_for(console: Console) -> TerminalProgress | LogProgress:
    """Return what fits the console: a bar on a terminal, log lines elsewhere."""
    return TerminalProgress(console) if console.is_terminal else LogProgress()
