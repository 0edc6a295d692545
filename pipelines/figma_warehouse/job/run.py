"""One run: load changed files, build the models, publish. Runs never overlap, and readers never see half a load."""

from collections.abc import Sequence
from dataclasses import dataclass

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DamagedFile
from figma_warehouse.job.events import NO_EVENTS, RunEvents
from figma_warehouse.job.findings import record_findings
from figma_warehouse.job.load import load
from figma_warehouse.job.pipeline import replace_damaged_build
from figma_warehouse.job.publish import publish, remove_unfinished_copy
from figma_warehouse.job.run_lock import run_lock
from figma_warehouse.job.run_record import record_failure
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.job.transform import TransformReport, transform
from figma_warehouse.job.unused_assets import remove_unused_assets
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.api.stop import Stop


@dataclass(frozen=True)
class RunReport:
    """What a run did. The exit code is that of its load."""

    load: LoadReport
    models: TransformReport
    published_bytes: int

    @property
    def exit_code(self) -> int:
        """Exit code of the command."""
        return self.load.exit_code


def run(
    settings: FigmaSettings,
    data: DataDir,
    events: RunEvents = NO_EVENTS,
    stop: Stop | None = None,
    reload: Sequence[str] = (),
    *,
    has_alerts: bool = True,
) -> RunReport:
    """Load, build the models and publish, with the lock held. If `stop` ends the load early, the rest is published.

    If the models find the build file damaged, a copy of the published file takes its place, and the run starts again.

    `reload` is that of `load`. Without `has_alerts`, no alert is sent.

    Raises the errors of `load`, `transform` and `publish`; the published file then stays as it was.
    """
    with run_lock(data.lock):
        remove_unfinished_copy(data)
        remove_unused_assets(data)
        try:
            report = _run(settings, data, events, stop, reload, has_alerts=has_alerts)
        except DamagedFile as error:
            if not replace_damaged_build(data, error):
                raise
            report = _run(settings, data, events, stop, reload, has_alerts=has_alerts)
    events.published(report.published_bytes)
    events.run_ended(report.load)
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
    events.run_ended(report)
    return report


def build_models(data: DataDir, events: RunEvents = NO_EVENTS) -> TransformReport:
    """Build and test the models in the build file. Raises the errors of `transform`."""
    events.models_started()
    report = transform(data)
    events.models_built(report)
    return report
