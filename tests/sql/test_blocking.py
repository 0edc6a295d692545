import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.transform import run_dbt
from tests.sql.builds import mart, query

pytestmark = pytest.mark.process


@pytest.fixture
def copied(warehouse: Path, data: DataDir) -> DataDir:
    """A copy of the small organisation with all its marts, which a test may change."""
    data.make()
    shutil.copy(warehouse, data.build)
    return data


def test_a_duplicate_node_stops_the_build_and_leaves_the_marts_unchanged(warehouse: Path, copied: DataDir) -> None:
    with duckdb.connect(str(copied.build)) as connection:
        connection.execute("insert into figma.nodes from figma.nodes where file_key = 'site'")
        # rows that did not change are not tested again
        connection.execute("update figma.documents set content_hash = 'another' where file_key = 'site'")

    result = run_dbt(copied, "build", "--exclude-resource-type", "unit_test", "--select", "+component_usage")

    assert result.returncode == 1
    assert "Failure in test source_sound_figma_nodes" in result.stdout
    assert mart(copied.build, "component_usage", "all") == mart(warehouse, "component_usage", "all")


def test_the_test_of_a_model_selects_each_row_that_breaks_a_rule_and_names_the_rule(copied: DataDir) -> None:
    with duckdb.connect(str(copied.build)) as connection:
        connection.execute(
            """
            insert into marts.adoption from marts.adoption where level = 'organisation';
            insert into marts.adoption select * replace (null as id) from marts.adoption where level = 'team' limit 1;
            insert into marts.adoption
            select * replace ('no conclusion' as id, null as is_conclusive) from marts.adoption limit 1;
            insert into marts.adoption
            select * replace ('too many' as id, 1 as visible_layers, 2 as library_layers) from marts.adoption limit 1;
            insert into marts.adoption
            select * replace ('unknown' as id, null as visible_layers, 2 as library_layers, null as all_slots)
            from marts.adoption limit 1;
            insert into marts.file_growth_weekly
            select * replace (null as file_key) from marts.file_growth_weekly limit 1;
            """
        )

    assert run_dbt(copied, "test", "--select", "sound_adoption*", "sound_file_growth_weekly*").returncode == 1

    assert {(broken.partition(" (")[0], row["id"]) for broken, row in _found(copied, "adoption")} == {
        ("more than one row per level, id", "organisation"),
        ("is_conclusive is null", "no conclusion"),
        ("not", "too many"),
    }
    assert [broken for broken, _ in _found(copied, "file_growth_weekly")] == ["file_key is null"]


def _found(data: DataDir, model: str) -> list[tuple[str, dict[str, Any]]]:
    """Return what the test of a model selects: the broken rule, and the row or key that breaks it."""
    (compiled,) = data.dbt.glob(f"compiled/**/{model}.yml/sound_*.sql")
    return [(row["broken"], json.loads(row["found"])) for row in query(data.build, compiled.read_text())]
