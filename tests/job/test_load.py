"""What loads leave behind in memory and in dlt's folders."""

from pathlib import Path

import dlt
import pytest
from dlt.common.configuration.utils import get_resolved_traces

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.events import NoEvents
from figma_warehouse.job.load import load
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.sandbox import SampleOrganisation, Server
from figma_warehouse.source.figma import declared_tables, given_tables
from figma_warehouse.source.schema import TABLES
from tests.conftest import settings_for

pytestmark = pytest.mark.slow


@pytest.fixture
def organisation() -> SampleOrganisation:
    """More small files than fit into one batch."""
    return SampleOrganisation(week=0, sizes=(80,) * 36)


def test_dlt_keeps_no_trace_of_the_steps_of_a_load(
    server: Server, organisation: SampleOrganisation, data: DataDir
) -> None:
    """It would keep a hundred steps with all schemas, and write all of them to disk at each step."""
    noted: list[int] = []

    class Noted(NoEvents):
        def batch_stored(self, report: LoadReport) -> None:  # noqa: ARG002
            noted.append(len(get_resolved_traces().all_traces))

    load(settings_for(server, organisation), data, Noted())

    assert len(noted) > 1
    assert max(noted) < 100
    assert list(data.dlt.rglob("trace.pickle")) == []


def test_tables_are_declared_as_dlt_would_infer_them_from_rows(tmp_path: Path) -> None:
    inferred, declared = (
        dlt.pipeline(
            name, pipelines_dir=str(tmp_path), destination=dlt.destinations.duckdb(str(tmp_path / f"{name}.duckdb"))
        )
        for name in ("inferred", "declared")
    )

    inferred.run(given_tables({name: table.empty() for name, table in TABLES.items()}))
    with inferred.sql_client() as client:
        declared.extract(declared_tables(TABLES, client.capabilities))
    declared.normalize()

    assert declared.default_schema.tables == inferred.default_schema.tables
