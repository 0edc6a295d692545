"""Builds that compute changed files only: after any changes, they leave the rows of a build of all files."""

import shutil
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.transform import ModelsFailed, transform
from tests.fixtures.built_tables import differing_tables, rebuilt
from tests.sql.builds import query

pytestmark = pytest.mark.process

# as a load stores it: a document that changes has another hash
CHANGED = "update figma.documents set content_hash = 'another' where file_key = '{}';"
STEPS = {
    "components and styles are unpublished, a file is moved, renamed and another one removed": """
        update figma.components set removed_at = '2026-05-12' where component_key in ('button', 'icon');
        update figma.styles set removed_at = '2026-05-12' where style_key = 'brand';
        update figma.files set folder_id = 'f1', name = 'Site, moved' where file_key = 'site';
        update figma.files set removed_at = '2026-05-12' where file_key = 'lib';
    """,
    "they and the file are back, one is emptied, another has events, a branch becomes a file": f"""
        update figma.components set removed_at = null;
        update figma.styles set removed_at = null;
        update figma.files set removed_at = null where file_key = 'lib';
        delete from figma.nodes where file_key = 'app' and preorder > 1;
        delete from figma.node_styles where file_key = 'app';
        delete from figma.node_paints where file_key = 'app';
        delete from figma.node_variables where file_key = 'app';
        insert into figma.instance_events by name
        select 'site' as file_key, '5-3' as to_version, 's' as from_version, node_id, 'swap' as event,
            timestamptz '2026-05-03' as to_last_modified_at, timestamptz '2026-05-01' as from_last_modified_at,
            component_key as component_key_before, 'icon' as component_key_after, 'Header' as name,
            false as is_nested, false as is_in_definition
        from figma.nodes where file_key = 'site' and type = 'INSTANCE';
        {CHANGED.format("app")}
        update figma.files set main_file_key = null where file_key = 'branch';
        update figma.components set removed_at = '2026-05-13' where component_key = 'ghost';
    """,
}


@pytest.fixture
def built(warehouse: Path, data: DataDir) -> DataDir:
    """A copy of the small organisation with all its marts, built by the definitions of today."""
    data.make()
    shutil.copy(warehouse, data.build)
    return data


def test_a_build_of_changed_files_leaves_the_rows_of_a_full_build(built: DataDir, tmp_path: Path) -> None:
    for number, change in enumerate(STEPS.values()):
        with duckdb.connect(str(built.build)) as connection:
            connection.execute(change)
        transform(built)
        assert not differing_tables(built.build, rebuilt(built, tmp_path / str(number)).build)


def test_files_that_did_not_change_keep_their_rows_until_a_definition_changes(built: DataDir) -> None:
    first = "select max(sample_preorder) as place from internal.int_layers where file_key = 'site'"
    (before,) = query(built.build, first)
    with duckdb.connect(str(built.build)) as connection:
        connection.execute("update internal.int_layers set sample_preorder = 99 where file_key = 'site'")
        connection.execute(CHANGED.format("app"))

    transform(built)
    assert query(built.build, "select file_key from internal.int_stale_files") == [{"file_key": "app"}]
    assert query(built.build, first) == [{"place": 99}]

    with duckdb.connect(str(built.build)) as connection:
        connection.execute("update internal.built_files set definitions = 'of another version'")
    transform(built)
    assert query(built.build, first) == [before]


def test_a_build_that_fails_leaves_its_files_stale(built: DataDir, tmp_path: Path) -> None:
    before = query(built.build, "select content_hash from figma.documents where file_key = 'app'")
    with duckdb.connect(str(built.build)) as connection:
        connection.execute("create table main.hidden as from figma.nodes where file_key = 'app' and preorder > 4")
        connection.execute("delete from figma.nodes where file_key = 'app' and preorder > 4")
        # no file can have more placements than usages
        connection.execute("insert into figma.nodes from figma.nodes where file_key = 'site'")
        connection.execute(CHANGED.format("app") + CHANGED.format("site"))
    with pytest.raises(ModelsFailed):
        transform(built)

    with duckdb.connect(str(built.build)) as connection:
        connection.execute("insert into figma.nodes from main.hidden")
        connection.execute(
            "delete from figma.nodes where file_key = 'site' and rowid not in"
            " (select min(rowid) from figma.nodes group by file_key, node_id)"
        )
        connection.execute("update figma.documents set content_hash = ?", [before[0]["content_hash"]])
    transform(built)

    assert not differing_tables(built.build, rebuilt(built, tmp_path).build)


def test_a_first_build_is_full(warehouse: Path) -> None:
    built = query(warehouse, "select file_key from internal.built_files order by file_key")
    assert [row["file_key"] for row in built] == ["app", "branch", "lib", "site"]
