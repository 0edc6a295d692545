"""The events of a job, for progress bars and logs: one typed method per event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from figma_warehouse.job.backfill import BackfillPlan, BackfillReport
    from figma_warehouse.job.publish_postgres import PostgresReport
    from figma_warehouse.job.replay import ReplayReport
    from figma_warehouse.job.run_report import ClosedTier, LoadReport
    from figma_warehouse.job.transform import TransformReport
    from figma_warehouse.source.documents.file_load import Loaded
    from figma_warehouse.source.refresh import Refresh


class RunEvents(Protocol):
    """Receives the events of a job. The job calls `waiting` from any thread, all other methods from its own.

    The reports change during the job: read them at once, or copy what you need. The explicit `return` tells mypy
    that a method does nothing on purpose, so that `NoEvents` can inherit it.
    """

    def sandbox_started(self, base_url: str) -> None:
        """The demo serves the sample organisation at `base_url`."""
        return

    def sample_week(self, week: int) -> None:
        """The demo is about to load the sample organisation at this week."""
        return

    def load_started(self, report: LoadReport) -> None:
        """A load starts. Only `run_id` and `started_at` are set."""
        return

    def listed(self, refresh: Refresh) -> None:
        """The listings are stored. `refresh.plan` has the files to fetch."""
        return

    def file_done(self, loaded: Loaded) -> None:
        """A file was loaded, skipped or deferred. Its tables are not stored yet."""
        return

    def batch_stored(self, report: LoadReport) -> None:
        """A batch of files is stored."""
        return

    def pictures_stored(self, count: int) -> None:
        """`count` more pictures are stored, possibly none."""
        return

    def waiting(self, tier: int, seconds: float, reason: str) -> None:
        """A request of this tier waits. `reason` is pace, retry_after or backoff."""
        return

    def tier_closed(self, tier: ClosedTier) -> None:
        """The load is over, and it found this tier used up."""
        return

    def stopping(self, signal: str) -> None:
        """A signal stops the job: SIGTERM, SIGHUP or Ctrl-C. The job stores what it has and ends."""
        return

    def models_started(self) -> None:
        """dbt starts to build the models."""
        return

    def models_built(self, report: TransformReport) -> None:
        """All models are built and their tests have passed."""
        return

    def published(self, size: int) -> None:
        """The published file is replaced. It has `size` bytes."""
        return

    def published_to_postgres(self, report: PostgresReport) -> None:
        """The tables in Postgres are replaced."""
        return

    def postgres_failed(self, reason: str) -> None:
        """The tables in Postgres stay as they were."""
        return

    def run_ended(self, report: LoadReport, exit_code: int, message: str | None) -> None:
        """A run, or a load without models, is over, with the exit code of the command and the reason if it is not 0."""
        return

    def backfill_started(self, plan: BackfillPlan) -> None:
        """A backfill starts."""
        return

    def version_done(self, report: BackfillReport) -> None:
        """A backfill has fetched a version, or Figma refused it."""
        return

    def backfill_ended(self, report: BackfillReport) -> None:
        """A backfill is over."""
        return

    def replay_started(self, files: int) -> None:
        """A replay of an archive with `files` files starts."""
        return

    def file_replayed(self, report: ReplayReport) -> None:
        """A replay has read all states of a file."""
        return

    def replay_ended(self, report: ReplayReport) -> None:
        """A replay is over."""
        return


class NoEvents(RunEvents):
    """Ignores every event. A subclass overrides the few it needs."""


NO_EVENTS = NoEvents()
