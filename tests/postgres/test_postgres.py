"""The same source and the same models on a second engine: every mart in Postgres equals the mart in DuckDB."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pytest

from figma_warehouse.bundled import CLONE
from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.run import run
from figma_warehouse.sandbox import SampleOrganisation, Server, serve
from figma_warehouse.settings import DEPRECATED_PATTERN
from figma_warehouse.source.figma import figma, given_tables
from figma_warehouse.source.schema import TABLES
from tests.conftest import settings_for
from tests.fixtures.in_memory_organisation import HOME, InMemoryOrganisation
from tests.postgres.cluster import Cluster

pytestmark = pytest.mark.postgres

MODEL_SETTINGS = {"FIGMA_WAREHOUSE_DEPRECATED_PATTERN": DEPRECATED_PATTERN}
# Postgres has seen one build, DuckDB one in each of two weeks
WEEK_OF_THE_BUILD = {"adoption_weekly": " where week_start = (select max(week_start) from marts.adoption_weekly)"}
NAMES = Path(__file__).parents[2].parent / "shared" / "cases" / "names.json"
# a question mark stands for what a destination may refuse: U+0000 and halves of a pair of surrogates
REPLACED = dict.fromkeys((0, *range(0xD800, 0xE000)), "?")
MODELS_AND_DATA_TESTS = ("--exclude-resource-type", "unit_test")

Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """The sample organisation, loaded in two different weeks, so that files grow and items are removed."""
    data = DataDir(tmp_path_factory.mktemp("warehouse") / "data")
    organisation = SampleOrganisation(seed=7, weeks=26, week=21)
    with serve(organisation) as server:
        run(settings_for(server, organisation), data)
        organisation.advance(2)
        run(settings_for(server, organisation), data)
    return data


def test_every_mart_equals_the_mart_in_duckdb_row_for_row(cluster: Cluster, warehouse: DataDir, tmp_path: Path) -> None:
    _pipeline(cluster, "copied", "figma", tmp_path).run(given_tables(_raw_tables(warehouse)))
    with cluster.connect() as connection:
        # autovacuum does this by itself, some time after a load
        connection.cursor().execute("analyze")
        connection.commit()
    _build_models(cluster, tmp_path)
    with duckdb.connect(str(warehouse.build), read_only=True) as in_duckdb, cluster.connect() as in_postgres:
        in_duckdb.execute("set timezone = 'UTC'")
        marts = _marts(in_duckdb)
        cursor = in_postgres.cursor()
        cursor.execute("select table_name from information_schema.tables where table_schema = 'marts'")
        assert {name for (name,) in cursor.fetchall()} == set(marts)
        for mart in marts:
            query = f"select {_columns(in_duckdb, mart)} from marts.{mart}{WEEK_OF_THE_BUILD.get(mart, '')}"
            cursor.execute(query)
            actual, expected_rows = _sorted(cursor.fetchall()), _sorted(in_duckdb.sql(query).fetchall())
            assert len(actual) == len(expected_rows), mart
            for row, expected in zip(actual, expected_rows, strict=True):
                assert _agree(row, expected), f"{mart}: {row} in Postgres, {expected} in DuckDB"


def test_the_source_alone_loads_into_postgres_all_that_the_models_read_and_requests_no_document_twice(
    cluster: Cluster, tmp_path: Path
) -> None:
    organisation = SampleOrganisation(seed=7, weeks=26, week=21)
    alone = cluster.with_database("alone")
    with serve(organisation) as server:
        pipeline = _pipeline(alone, "direct", "figma", tmp_path)
        pipeline.run(_source(server, organisation))
        first = server.spent[1]
        pipeline.run(_source(server, organisation))
    truth = organisation.truth()
    with alone.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("select file_key, count(*) from figma.nodes group by file_key")
        found = dict(cursor.fetchall())
        cursor.execute("analyze")
        connection.commit()
    assert found == {key: file.nodes for key, file in truth.files.items() if file.readable}
    assert (first, server.spent[1]) == (first, first)

    _build_models(alone, tmp_path)

    with alone.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("select component_set_key, placements from marts.component_set_reach")
        assert dict(cursor.fetchall()) == {key: reach.placements for key, reach in truth.component_set_reach.items()}


def test_names_with_characters_that_postgres_cannot_store_load_into_it(cluster: Cluster, tmp_path: Path) -> None:
    if not NAMES.exists():
        pytest.skip("needs ../shared/cases/names.json")
    organisation, answer = InMemoryOrganisation(), json.loads(NAMES.read_text())
    organisation.add(HOME, answer=answer)
    named = cluster.with_database("named")
    with serve(organisation) as server:
        pipeline = _pipeline(named, "named", "figma", tmp_path)
        pipeline.run(_source(server, organisation))
    with named.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("select node_id, name from figma.nodes")
        found = dict(cursor.fetchall())
    names = {node["id"]: node.get("name") or "" for node in _nodes(answer["document"])}
    assert {node_id: name or "" for node_id, name in found.items()} == {
        node_id: name.translate(REPLACED) for node_id, name in names.items()
    }
    assert any("\0" in name for name in names.values())
    assert not pipeline.has_pending_data


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", ()):
        yield from _nodes(child)


def _source(server: Server, organisation: SampleOrganisation | InMemoryOrganisation) -> Any:
    return figma(figma_token=organisation.token, base_url=server.base_url, teams=organisation.team_ids)


def _pipeline(cluster: Cluster, name: str, dataset: str, folder: Path) -> dlt.Pipeline:
    destination = dlt.destinations.postgres(cluster.url)
    return dlt.pipeline(name, destination=destination, dataset_name=dataset, pipelines_dir=str(folder / "pipelines"))


def _raw_tables(warehouse: DataDir) -> dict[str, pa.Table]:
    with duckdb.connect(str(warehouse.build), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return {
            name: connection.table(f"figma.{name}")
            .project(", ".join(f'"{field.name}"' for field in table.schema))
            .to_arrow_table()
            .cast(table.schema)
            for name, table in TABLES.items()
        }


def _build_models(cluster: Cluster, folder: Path) -> None:
    dbt = str(Path(sys.executable).parent / "dbt")
    project, target, log = (str(path) for path in (CLONE / "sql", folder / "dbt", folder))
    folders = ("--project-dir", project, "--profiles-dir", project, "--target-path", target)
    done = subprocess.run(
        [dbt, "--quiet", "--log-path", log, "build", "--target", "postgres", *folders, *MODELS_AND_DATA_TESTS],
        env=os.environ | cluster.environment | MODEL_SETTINGS | {"DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.sql("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
    return sorted(name for (name,) in rows)


def _columns(connection: duckdb.DuckDBPyConnection, mart: str) -> str:
    return ", ".join(f'"{row[0]}"' for row in connection.sql(f"describe marts.{mart}").fetchall())


def _sorted(rows: list[Row]) -> list[Row]:
    """Return the rows in the same order for both engines; floats sort last, because their last digit may differ."""
    return sorted((tuple(map(_plain, row)) for row in rows), key=lambda row: sorted(map(_rank, enumerate(row))))


def _rank(cell: tuple[int, Any]) -> tuple[bool, int, str]:
    index, value = cell
    return isinstance(value, float), index, f"{value:.6g}" if isinstance(value, float) else repr(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _agree(row: Row, expected: Row) -> bool:
    return all(
        math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
        if isinstance(one, float) and isinstance(other, (int, float))
        else one == other
        for one, other in zip(row, expected, strict=True)
    )
