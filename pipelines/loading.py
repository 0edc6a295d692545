"""The load: what is pending first, then the listings, then changed files in batches, each a load package of its own."""

import importlib.metadata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dlt
import duckdb
from dlt.pipeline.exceptions import PipelineStepFailed

from pipelines.failures import DONE, FAILED, PARTIAL, UsageFailure
from pipelines.figma import FILE_CONTENT, LIBRARY, LISTING, figma_refresh, given_tables
from pipelines.figma.documents import Loaded, as_table
from pipelines.figma.known import read_known
from pipelines.figma.refresh import Refresh
from pipelines.figma.schema import TABLES
from pipelines.settings import DataDir, FigmaSettings

# raised with every change of a raw table that an older version could not read
WAREHOUSE_FORMAT = 1
BATCH_FILES = 25
OUTCOMES = tuple(f"{topic}_outcomes" for topic in ("listing", *LIBRARY))
# slides, sites and such: no load can ever have them
NEVER_SERVED = ("unsupported_type",)
RUN_NUMBERS = (
    "run_id",
    "started_at",
    "files_expected",
    "files_loaded",
    "files_unchanged",
    "files_skipped",
    "files_removed",
    "nodes_loaded",
    "wait_seconds",
    "bytes_received",
)
BATCH_NODES = 150_000

Follow = Callable[[str, Any], None]


@dataclass
class LoadReport:
    """What a load did, in numbers; the row of the table `runs`."""

    run_id: str
    started_at: datetime
    files_expected: int = 0
    files_loaded: int = 0
    files_unchanged: int = 0
    files_skipped: int = 0
    files_removed: int = 0
    nodes_loaded: int = 0
    requests: dict[int, int] = field(default_factory=dict)
    wait_seconds: float = 0.0
    bytes_received: int = 0
    things_missing: int = 0
    is_finished: bool = False
    is_failed: bool = False

    @property
    def exit_code(self) -> int:
        """0 when all is loaded that Figma serves, 3 when something is missing, 1 when nothing could be published."""
        if self.is_failed:
            return FAILED
        return PARTIAL if self.things_missing else DONE

    @property
    def outcome(self) -> str:
        """How the run ended, or running."""
        if self.is_failed:
            return "failed"
        ended = "partial" if self.exit_code else "done"
        return ended if self.is_finished else "running"

    def row(self) -> dict[str, Any]:
        """Return the row of `runs`."""
        requests = {f"requests_tier_{tier}": count for tier, count in self.requests.items()}
        return (
            {name: getattr(self, name) for name in RUN_NUMBERS}
            | requests
            | {
                "finished_at": datetime.now(UTC) if self.is_finished else None,
                "outcome": self.outcome,
                "exit_code": self.exit_code if self.is_finished else None,
                "warehouse_format": WAREHOUSE_FORMAT,
            }
        )


@contextmanager
def open_pipeline(data: DataDir) -> Iterator[dlt.Pipeline]:
    """Give the pipeline `figma` into the build file, on one connection for as long as the block runs.

    Raises UsageFailure where a newer version wrote that file.
    """
    data.root.mkdir(parents=True, exist_ok=True)
    check_format(data)
    with duckdb.connect(str(data.build)) as connection:
        yield dlt.pipeline(
            "figma",
            destination=dlt.destinations.duckdb(connection),
            dataset_name="figma",
            pipelines_dir=str(data.dlt / "pipelines"),
        )


def load(settings: FigmaSettings, data: DataDir, follow: Follow = lambda *_: None) -> LoadReport:
    """Load what changed into the build file and return what was done.

    `follow` is told of events: ("loading", None), ("listed", Refresh), then ("file", Loaded) for each file.
    Raises TokenRefused, Unreachable, UsageFailure; whatever was stored before stays.
    """
    scope = settings.scope()
    follow("loading", None)
    with open_pipeline(data) as pipeline:
        _drain(pipeline)
        _ensure_tables(pipeline)
        refresh = Refresh(settings.client(), scope, read_known(pipeline))
        report = LoadReport(refresh.run_id, refresh.started_at)
        _store_listing(pipeline, refresh, report)
        follow("listed", refresh)
        _store_files(pipeline, refresh, report, follow)
        _finish(pipeline, refresh, report)
    return report


def mark_failed(data: DataDir, report: LoadReport) -> None:
    """Say in `runs` that the run failed after its load."""
    report.is_failed = True
    with open_pipeline(data) as pipeline:
        _store_run(pipeline, report)


def check_format(data: DataDir) -> None:
    """Raise UsageFailure where the build file was written by a newer version of this program, or of DuckDB."""
    if not data.build.exists():
        return
    try:
        with duckdb.connect(str(data.build), read_only=True) as connection:
            found = connection.sql("select max(warehouse_format) from figma.runs").fetchone()
    except duckdb.CatalogException:
        return
    except duckdb.Error as error:
        raise _unreadable(data, error) from error
    if found and found[0] and found[0] > WAREHOUSE_FORMAT:
        version = importlib.metadata.version("figma-warehouse")
        raise UsageFailure(
            f"{data.build} has format {found[0]}, written by a newer version; this one ({version}) knows format"
            f" {WAREHOUSE_FORMAT}. Update figma-warehouse, or choose another --data-dir. Nothing was changed."
        )


def _unreadable(data: DataDir, error: duckdb.Error) -> Exception:
    text = str(error)
    if "version number" in text or "newer" in text.lower():
        return UsageFailure(
            f"{data.build} was written by a newer DuckDB than {duckdb.__version__}. Update figma-warehouse,"
            " or choose another --data-dir. Nothing was changed."
        )
    if "not a valid DuckDB database" in text:
        return UsageFailure(f"{data.build} is no DuckDB database. Move it away, or choose another --data-dir.")
    return error


def _drain(pipeline: dlt.Pipeline) -> None:
    """Finish what an earlier run had extracted; what cannot be finished is dropped and will be fetched again."""
    if not pipeline.has_pending_data:
        return
    try:
        pipeline.run()
    except PipelineStepFailed:
        pipeline.drop_pending_packages()
        raise


def _ensure_tables(pipeline: dlt.Pipeline) -> None:
    """Create the tables that are not there yet, so that the models find all of them on the first day."""
    if not pipeline.default_schema_name:
        pipeline.sync_destination()
    there: set[str] = set(pipeline.default_schema.tables) if pipeline.default_schema_name else set()
    missing = {name: table.empty() for name, table in TABLES.items() if name not in there}
    if missing:
        pipeline.run(given_tables(missing))


def _store_listing(pipeline: dlt.Pipeline, refresh: Refresh, report: LoadReport) -> None:
    source = figma_refresh(refresh).with_resources(*LISTING, *LIBRARY, *OUTCOMES)
    pipeline.run([source, given_tables({"runs": as_table("runs", [report.row()])})])
    report.files_expected = len(refresh.listing.files)


def _store_files(pipeline: dlt.Pipeline, refresh: Refresh, report: LoadReport, follow: Follow) -> None:
    """Load the files of the plan, batch after batch, until each has been taken."""
    left = refresh.plan.size
    while left:
        batch = _Batch(report, follow)
        content = figma_refresh(refresh, batch).with_resources(*FILE_CONTENT, "file_files", "file_outcomes")
        pipeline.run(content)
        left -= batch.files
        if refresh.failure:
            raise refresh.failure


@dataclass
class _Batch:
    """Counts the files of one load package, and says when it is full."""

    report: LoadReport
    follow: Follow
    files: int = 0
    nodes: int = 0

    def __call__(self, loaded: Loaded) -> bool:
        self.files += 1
        self.nodes += loaded.nodes
        self.report.nodes_loaded += loaded.nodes
        self.follow("file", loaded)
        return self.files < BATCH_FILES and self.nodes < BATCH_NODES


def _store_run(pipeline: dlt.Pipeline, report: LoadReport) -> None:
    pipeline.run(given_tables({"runs": as_table("runs", [report.row()])}))


def _finish(pipeline: dlt.Pipeline, refresh: Refresh, report: LoadReport) -> None:
    """Complete the report from what the warehouse says became of each thing, and from what the client spent."""
    outcomes = _outcomes(pipeline, report.run_id)
    files = Counter(status for resource, status, _ in outcomes if resource == "documents")
    report.files_loaded, report.files_unchanged = files["loaded"], files["unchanged"]
    report.files_skipped, report.files_removed = files["skipped"], files["removed"]
    report.things_missing = sum(status == "skipped" and reason not in NEVER_SERVED for _, status, reason in outcomes)
    meter = refresh.api.meter
    report.requests, report.wait_seconds = dict(meter.requests), meter.wait_seconds
    report.bytes_received = meter.bytes_received
    report.is_finished = True
    _store_run(pipeline, report)


def _outcomes(pipeline: dlt.Pipeline, run_id: str) -> list[tuple[str, str, str | None]]:
    with pipeline.sql_client() as client:
        rows = client.execute_sql("select resource, status, reason from outcomes where run_id = %s", run_id)
    return [(resource, status, reason) for resource, status, reason in rows or ()]
