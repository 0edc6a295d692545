"""One command from start to exit code: console, data folder, log, signals and webhook."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn, Protocol, cast

import typer

from figma_warehouse.data_dir import DataDir, data_dir
from figma_warehouse.environment import prepare_dlt
from figma_warehouse.failures import UsageFailure
from figma_warehouse.logs import LogFormat, write_logs
from figma_warehouse.terminal.errors import report_failures, say
from figma_warehouse.terminal.output import Output
from figma_warehouse.terminal.run_log import rotated_run_log
from figma_warehouse.terminal.signals import interrupted_once, stop_on_signals

if TYPE_CHECKING:
    from rich.console import Console

    from figma_warehouse.job.events import RunEvents
    from figma_warehouse.settings import FigmaSettings
    from figma_warehouse.source.api.stop import Stop


class JobReport(Protocol):
    """The part of a job's report that decides how the command ends."""

    @property
    def exit_code(self) -> int:
        """Exit code of the command."""

    @property
    def message(self) -> str | None:
        """Why the job is not complete, if it is not."""


@dataclass(frozen=True)
class Session:
    """The console, the data folder and the log format of one command."""

    verb: str
    data: DataDir
    console: "Console"
    log_format: LogFormat

    def read_settings(self, *, ask_again: bool) -> "FigmaSettings":
        """Read the settings of a run. Raises UsageFailure, which the table `runs` records as well."""
        from figma_warehouse.settings import read_settings

        try:
            settings = read_settings()
        except UsageFailure as failure:
            from figma_warehouse.job.run_record import record_bad_settings

            record_bad_settings(self.data, failure)
            raise
        settings.ask_again |= ask_again
        return settings

    @contextmanager
    def progress(self) -> Iterator["RunEvents"]:
        """Show the events of a job: progress bars on a terminal, log lines elsewhere."""
        from figma_warehouse.terminal.progress import progress_for

        with progress_for(self.console, self.log_format) as events:
            yield events

    @contextmanager
    def stoppable(
        self, max_minutes: float | None = None, max_requests: int | None = None
    ) -> Iterator[tuple["RunEvents", "Stop"]]:
        """Show the events of a job, and give it a stop for its limits, SIGTERM and Ctrl-C."""
        from figma_warehouse.source.api.stop import Stop

        stop = Stop(max_minutes, max_requests)
        with self.progress() as events, stop_on_signals(stop, events.stopping):
            yield events, stop

    def end(self, report: JobReport) -> NoReturn:
        """End the command with the exit code of its job. If something is missing, the webhook is notified."""
        if report.exit_code:
            from figma_warehouse.terminal.slack_hook import notify

            message = report.message or "some items were skipped: see figma-warehouse status."
            notify(self.verb, report.exit_code, message, self.data.root)
        raise typer.Exit(report.exit_code)

    def say(self, message: str) -> None:
        """Print a line to standard error."""
        say(message)


@contextmanager
def open_session(
    verb: str, data_path: Path | None = None, log_format: LogFormat = LogFormat.TEXT, *, notifies: bool = False
) -> Iterator[Session]:
    """Open a session, and turn errors of the block into a message and an exit code.

    If `notifies` is set, the webhook is notified of errors. Only the owner can read the files that the command makes.
    """
    console = make_console(log_format)
    reported = report_failures(console, verb if notifies else None, data_path)
    with interrupted_once(), rotated_run_log(data_path), reported:
        data = data_dir(data_path)
        os.umask(0o077)
        prepare_dlt(data)
        write_logs(log_format)
        if notifies:
            from figma_warehouse.settings import check_webhook

            check_webhook()
        yield Session(verb, data, console, log_format)


def make_console(log_format: LogFormat = LogFormat.TEXT) -> "Console":
    """Return the console of a command. It prints nothing if the log is JSON."""
    from rich.console import Console

    return Console(file=cast("IO[str]", Output()), highlight=False, quiet=log_format == LogFormat.JSON)
