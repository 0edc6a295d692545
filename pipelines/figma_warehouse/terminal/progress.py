"""Progress bars on a terminal; elsewhere, log lines."""

from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from figma_warehouse.job.backfill import BackfillPlan, BackfillReport
from figma_warehouse.job.publish_postgres import PostgresReport
from figma_warehouse.job.replay import ReplayReport
from figma_warehouse.job.run_report import ClosedTier, LoadReport
from figma_warehouse.job.transform import TransformReport
from figma_warehouse.logs import LogFormat
from figma_warehouse.source.documents.file_load import Loaded
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.terminal.event_log import EventLog, parts_message

FILES_BEFORE_ESTIMATE = 3
SHORTEST_SHOWN_SECONDS = 2


class TimeLeftColumn(ProgressColumn):
    """The time left at the pace so far, once a few files have been loaded."""

    def render(self, task: Task) -> Text:
        """Return the estimate, or nothing if it is too early for one."""
        if task.finished or not task.total or task.completed < FILES_BEFORE_ESTIMATE or task.elapsed is None:
            return Text("")
        left = task.elapsed / task.completed * (task.total - task.completed)
        return Text(f"about {timedelta(seconds=round(left))} left")


class ProgressBars:
    """A bar for the files of each load, its pictures, and the models."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description:9}"), BarColumn(24), TextColumn("{task.fields[detail]}"))
        self._bar = Progress(*columns, TimeElapsedColumn(), TimeLeftColumn(), console=console)
        self._label = "Loading"
        self._nodes = 0
        self._task = TaskID(0)
        self._pictures: TaskID | None = None
        self._stored_pictures = 0

    def __enter__(self) -> "ProgressBars":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._bar.tasks:
            if task.total is None:
                # it did not end, and a bar without an end would look full
                self._bar.update(task.id, total=1, completed=0)
        self._bar.stop()

    def sandbox_started(self, base_url: str) -> None:
        """Print the address of the sample organisation."""
        self._bar.console.print(f"Sample organisation, served at {base_url}")

    def sample_week(self, week: int) -> None:
        """Name the next bar after the week."""
        self._label = f"Week {week}"

    def load_started(self, report: LoadReport) -> None:  # noqa: ARG002
        """Start the bar of a load."""
        self._end_pictures()
        self._nodes = 0
        self._task = self._bar.add_task(self._label, total=None, detail="listing folders")

    def listed(self, refresh: Refresh) -> None:
        """Show the number of files to load."""
        self._api = refresh.api
        size, listed = refresh.plan.size, len(refresh.listing.files)
        if size:
            self._bar.update(self._task, total=size, detail=f"{size} of {listed} files to load")
        else:
            detail = f"nothing changed in {listed} files · {self._requests()} requests"
            self._bar.update(self._task, total=1, completed=1, detail=detail)

    def file_done(self, loaded: Loaded) -> None:
        """Advance the bar by a file."""
        self._nodes += loaded.nodes
        self._bar.advance(self._task)
        task = self._bar.tasks[self._task]
        detail = f"{task.completed:.0f}/{task.total:.0f} files · {self._nodes:,} nodes · {self._requests()} requests"
        self._bar.update(self._task, detail=detail)
        if loaded.parts > 1:
            self._bar.console.print(Text(parts_message(loaded)), soft_wrap=True)

    def stopping(self, signal: str) -> None:
        """Print that the job is about to end."""
        self._bar.console.print(f"{signal}: storing what is loaded, then ending. Repeat it to stop at once.")

    def replay_started(self, files: int) -> None:
        """Start the bar of a replay."""
        self._task = self._bar.add_task("Replay", total=files, detail=f"{files:,} files in the archive")

    def file_replayed(self, report: ReplayReport) -> None:
        """Advance the bar of a replay."""
        detail = f"{report.states:,} states · {report.nodes:,} nodes"
        self._bar.update(self._task, completed=report.files, detail=detail)

    def backfill_started(self, plan: BackfillPlan) -> None:
        """Start the bar of a backfill."""
        self._task = self._bar.add_task("Backfill", total=len(plan.wanted), detail=f"{plan.files:,} files")

    def version_done(self, report: BackfillReport) -> None:
        """Advance the bar of a backfill."""
        detail = f"{report.stored:,} versions · {report.nodes:,} nodes"
        self._bar.update(self._task, completed=report.stored + report.refused, detail=detail)

    def waiting(self, tier: int, seconds: float, reason: str) -> None:
        """Show a wait, unless it is too short to notice."""
        if seconds >= SHORTEST_SHOWN_SECONDS:
            words = {"pace": "rate limit", "retry_after": "Figma asked for it"}.get(reason, "before a retry")
            self._bar.update(self._task, detail=f"tier {tier} waits {seconds:,.0f} s: {words}")

    def pictures_stored(self, count: int) -> None:
        """Show how many pictures are stored; the total is not known beforehand."""
        if not count:
            return
        if self._pictures is None:
            self._pictures = self._bar.add_task("Pictures", total=None, detail="")
        self._stored_pictures += count
        self._bar.update(self._pictures, detail=f"{self._stored_pictures:,} pictures · {self._requests()} requests")

    def _end_pictures(self) -> None:
        if self._pictures is not None:
            self._bar.update(self._pictures, total=1, completed=1)
        self._pictures, self._stored_pictures = None, 0

    def models_started(self) -> None:
        """Start the bar of the models."""
        self._end_pictures()
        self._task = self._bar.add_task("Models", total=None, detail="building and testing")

    def models_built(self, report: TransformReport) -> None:
        """Complete the bar of the models."""
        detail = f"{report.models} built, {report.tests} tests passed"
        self._bar.update(self._task, total=1, completed=1, detail=detail)

    def batch_stored(self, report: LoadReport) -> None:
        """Show nothing: `file_done` has shown each file of the batch."""

    def tier_closed(self, tier: ClosedTier) -> None:
        """Show nothing: the report on the load names the tier."""

    def published(self, size: int) -> None:
        """Show nothing: the report on the run names the file."""

    def published_to_postgres(self, report: PostgresReport) -> None:
        """Show nothing: the report on the run names the schema."""

    def postgres_failed(self, reason: str) -> None:
        """Show nothing: the report on the run gives the reason."""

    def run_ended(self, report: LoadReport, exit_code: int, message: str | None) -> None:
        """Show nothing: the report is printed next."""

    def backfill_ended(self, report: BackfillReport) -> None:
        """Show nothing: the report is printed next."""

    def replay_ended(self, report: ReplayReport) -> None:
        """Show nothing: the report is printed next."""

    def _requests(self) -> int:
        return sum(self._api.meter.requests.values())


def progress_for(console: Console, log_format: LogFormat = LogFormat.TEXT) -> ProgressBars | EventLog:
    """Return bars on a terminal, log lines elsewhere or if JSON is asked for."""
    is_watched = console.is_terminal and log_format == LogFormat.TEXT
    return ProgressBars(console) if is_watched else EventLog()
