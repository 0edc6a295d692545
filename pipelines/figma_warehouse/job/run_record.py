"""The rows of the table `runs`, also of runs that fail."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import dlt

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.pipeline import open_pipeline, ready_pipeline, store_extracted
from figma_warehouse.job.run_lock import AlreadyRunning, run_lock
from figma_warehouse.job.run_report import CUT_OFF, RUNNING, LoadReport
from figma_warehouse.logs import LOG
from figma_warehouse.source.api.client import Meter
from figma_warehouse.source.schema import as_table


def store_run(pipeline: dlt.Pipeline, report: LoadReport) -> None:
    """Write the current row of a run. It uses SQL, since a load package takes dlt a third of a second."""
    (row,) = as_table("runs", [report.row()]).to_pylist()
    with pipeline.sql_client() as client, client.begin_transaction():
        runs = client.make_qualified_table_name("runs")
        columns = ", ".join(map(client.escape_column_name, row))
        client.execute_sql(f"delete from {runs} where run_id = %s", report.run_id)  # noqa: S608
        values = ", ".join(["%s"] * len(row))
        client.execute_sql(f"insert into {runs} ({columns}) values ({values})", *row.values())  # noqa: S608


def mark_cut_off_runs(pipeline: dlt.Pipeline) -> None:
    """Mark the runs that were killed. Call it with the lock held, before the row of a run is written."""
    with pipeline.sql_client() as client:
        runs = client.make_qualified_table_name("runs")
        client.execute_sql(f"update {runs} set outcome = %s where outcome = %s", CUT_OFF, RUNNING)  # noqa: S608


def record_failure(data: DataDir, report: LoadReport, error: BaseException) -> None:
    """Record that a run failed after its load."""
    report.fail(error)
    with _warning_on_error(), open_pipeline(data) as pipeline:
        store_run(pipeline, report)


def record_bad_settings(data: DataDir, error: BaseException) -> None:
    """Record a run that could not start with these settings, unless another run is in progress."""
    with suppress(AlreadyRunning), run_lock(data.lock):
        _record_refused_start(data, LoadReport(), error)


@contextmanager
def recording_refused_start(data: DataDir, report: LoadReport) -> Iterator[None]:
    """Record a run that could not start if the block raises an error."""
    try:
        yield
    except Exception as error:
        _record_refused_start(data, report, error)
        raise


@contextmanager
def recording_failure(pipeline: dlt.Pipeline, report: LoadReport, meter: Meter) -> Iterator[None]:
    """Record a failed load if the block raises an error. Packages that are extracted are stored first."""
    try:
        yield
    except Exception as error:
        report.record_spent(meter)
        report.fail(error)
        with _warning_on_error():
            if pipeline.has_pending_data:
                store_extracted(pipeline)
            store_run(pipeline, report)
        raise


def _record_refused_start(data: DataDir, report: LoadReport, error: BaseException) -> None:
    report.fail(error)
    if not data.build.exists():
        return
    with _warning_on_error(), ready_pipeline(data) as pipeline:
        store_run(pipeline, report)


@contextmanager
def _warning_on_error() -> Iterator[None]:
    """Turn an error of the block into a warning, so that it does not replace the error that is being recorded."""
    try:
        yield
    except Exception as error:
        LOG.warning("the failure cannot be recorded in the table runs: %s", type(error).__name__)
