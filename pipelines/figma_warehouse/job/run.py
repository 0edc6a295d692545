"""One run: load what changed, build the models, publish. One at a time, and never half a load for a reader."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.load import load, note_failure
from figma_warehouse.job.publish import publish, remove_unfinished_copy
from figma_warehouse.job.run_lock import run_lock
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.job.transform import TransformReport, transform
from figma_warehouse.job.unused_assets import remove_unused_assets
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.api.stop import Stop

Follow = Callable[[str, Any], None]


@dataclass(frozen=True)
class RunReport:
    """What a run did; `exit_code` 0 when all is loaded, 3 when parts were skipped."""

    load: LoadReport
    models: TransformReport
    published_bytes: int

    @property
    def exit_code(self) -> int:
        """Exit code of the command."""
        return self.load.exit_code


def run(
    settings: FigmaSettings, data: DataDir, follow: Follow = lambda *_: None, stop: Stop | None = None
) -> RunReport:
    """Load, transform and publish under the lock; `stop` may end the load early, then what there is gets published.

    `follow` is told of events: those of `load`, then ("models", None), ("built", TransformReport),
    ("published", bytes) and ("ended", LoadReport). Raises what the parts raise; the published file is then as it was.
    """
    with run_lock(data.lock):
        remove_unfinished_copy(data)
        remove_unused_assets(data)
        loaded = load(settings, data, follow, stop)
        try:
            report = RunReport(loaded, build_models(data, follow), publish(data))
        except Exception as error:
            note_failure(data, loaded, error)
            raise
    follow("published", report.published_bytes)
    follow("ended", loaded)
    return report


def build_models(data: DataDir, follow: Follow = lambda *_: None) -> TransformReport:
    """Build the models, telling `follow` before and after."""
    follow("models", None)
    report = transform(data)
    follow("built", report)
    return report
