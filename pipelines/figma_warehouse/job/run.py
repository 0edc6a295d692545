"""One run: load changed files, build the models, publish. Runs never overlap, and readers never see half a load."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import PARTIAL, DamagedFile, WarehouseError
from figma_warehouse.job.events import NO_EVENTS, RunEvents
from figma_warehouse.job.findings import record_findings
from figma_warehouse.job.load import load
from figma_warehouse.job.pipeline import replace_damaged_build
from figma_warehouse.job.publish import publish, remove_unfinished_copy
from figma_warehouse.job.publish_postgres import PostgresReport, is_postgres_wanted, publish_to_postgres
from figma_warehouse.job.run_lock import run_lock
from figma_warehouse.job.run_record import record_failure
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.job.transform import TransformReport, transform
from figma_warehouse.job.unused_assets import remove_unused_assets
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.api.stop import Stop


@dataclass(frozen=True)
class RunReport:
    """What a run did. `postgres` is what it published there, or the reason why it could not; None if nobody asked."""

    load: LoadReport
    models: TransformReport
    published_bytes: int
    postgres: PostgresReport | WarehouseError | None = None

    @property
    def exit_code(self) -> int:
        """That of the load; 3 instead of 0 if the tables in Postgres are those of an earlier run."""
        return self.load.exit_code or (PARTIAL if isinstance(self.postgres, WarehouseError) else 0)

    @property
    def message(self) -> str | None:
        """Why the run is not complete, if it is not."""
        failures = [f"Not published to Postgres: {self.postgres}"] if isinstance(self.postgres, WarehouseError) else []
        return " ".join(filter(None, [self.load.message, *failures])) or None


def run(
    settings: FigmaSettings,
    data: DataDir,
    events: RunEvents = NO_EVENTS,
    stop: Stop | None = None,
    reload: Sequence[str] = (),
    *,
    is_sample: bool = False,
) -> RunReport:
    """Load, build the models and publish, with the lock held. If `stop` ends the load early, the rest is published.

    If the models find the build file damaged, a copy of the published file takes its place, and the run starts again.

    `reload` is that of `load`. Of the sample organisation, no alert is sent, and Postgres gets nothing.

    Raises the errors of `load`, `transform` and `publish`; the published file then stays as it was. Raises UsageFailure
    before anything is loaded if Postgres is to get the tables and its settings are wrong. If Postgres fails later, the
    report says so.
    """
    has_postgres = not is_sample and is_postgres_wanted()
    with run_lock(data.lock):
        remove_unfinished_copy(data)
        remove_unused_assets(data)
        try:
            report = _run(settings, data, events, stop, reload, has_alerts=not is_sample)
        except DamagedFile as error:
            if not replace_damaged_build(data, error):
                raise
            report = _run(settings, data, events, stop, reload, has_alerts=not is_sample)
    events.published(report.published_bytes)
    if has_postgres:
        report = replace(report, postgres=_publish_to_postgres(data, events))
    events.run_ended(report.load, report.exit_code, report.message)
    return report


def _run(
    settings: FigmaSettings,
    data: DataDir,
    events: RunEvents,
    stop: Stop | None,
    reload: Sequence[str],
    *,
    has_alerts: bool,
) -> RunReport:
    loaded = load(settings, data, events, stop, reload)
    try:
        models = build_models(data, events)
        record_findings(data, has_alerts=has_alerts)
        return RunReport(loaded, models, publish(data))
    except Exception as error:
        record_failure(data, loaded, error)
        raise


def _publish_to_postgres(data: DataDir, events: RunEvents) -> PostgresReport | WarehouseError:
    try:
        published = publish_to_postgres(data)
    except WarehouseError as error:
        events.postgres_failed(str(error))
        return error
    events.published_to_postgres(published)
    return published


def load_only(
    settings: FigmaSettings,
    data: DataDir,
    events: RunEvents = NO_EVENTS,
    stop: Stop | None = None,
    reload: Sequence[str] = (),
) -> LoadReport:
    """Load with the lock held. Build no models and publish nothing. Raises the errors of `load`."""
    with run_lock(data.lock):
        report = load(settings, data, events, stop, reload)
    events.run_ended(report, report.exit_code, report.message)
    return report


def build_models(data: DataDir, events: RunEvents = NO_EVENTS) -> TransformReport:
    """Build and test the models in the build file. Raises the errors of `transform`."""
    events.models_started()
    report = transform(data)
    events.models_built(report)
    return report
