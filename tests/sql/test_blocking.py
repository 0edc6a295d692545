import json
import shutil
from pathlib import Path

import duckdb

from pipelines.settings import DataDir
from pipelines.transform import run_dbt
from tests.sql.builds import mart, query


def test_a_node_that_is_there_twice_stops_the_build_and_leaves_the_marts_as_they_were(
    warehouse: Path, data: DataDir
) -> None:
    data.make()
    shutil.copy(warehouse, data.build)
    with duckdb.connect(str(data.build)) as connection:
        connection.execute("insert into figma.nodes from figma.nodes where file_key = 'site'")

    result = run_dbt(data, "build", "--exclude-resource-type", "unit_test", "--select", "+component_usage")

    assert result.returncode == 1
    assert "FAIL" in result.stdout
    assert mart(data.build, "component_usage", "all") == mart(warehouse, "component_usage", "all")


def test_rows_that_break_what_is_said_of_a_model_are_found_with_what_each_breaks(
    warehouse: Path, data: DataDir
) -> None:
    data.make()
    shutil.copy(warehouse, data.build)
    with duckdb.connect(str(data.build)) as connection:
        (files,) = connection.execute("select count(*) from marts.adoption where level = 'file'").fetchone() or (0,)
        assert files > 3
        connection.execute(
            """
            insert into marts.adoption from marts.adoption where level = 'organisation';
            insert into marts.adoption select * replace (null as id) from marts.adoption where level = 'team' limit 1;
            insert into marts.adoption
            select * replace ('no conclusion' as id, null as is_conclusive) from marts.adoption limit 1;
            insert into marts.adoption
            select * replace ('too many' as id, 1 as visible_layers, 2 as library_layers) from marts.adoption limit 1;
            insert into marts.adoption
            select * replace ('unknown' as id, null as visible_layers, 2 as library_layers) from marts.adoption limit 1;
            """
        )

    assert run_dbt(data, "test", "--select", "adoption", "--exclude-resource-type", "unit_test").returncode == 1

    (compiled,) = data.dbt.glob("compiled/**/adoption.yml/sound_adoption*.sql")
    found = {
        (row["broken"].partition(" (")[0], json.loads(row["found"])["id"])
        for row in query(data.build, compiled.read_text())
    }
    assert found == {
        ("more than one row per level, id", "organisation"),
        ("is_conclusive is null", "no conclusion"),
        ("not", "too many"),
    }
