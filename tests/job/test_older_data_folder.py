"""A data folder that version 0.1 wrote: it opens, refreshes and publishes, and holds the rows of a new one."""

import tarfile
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.load import load
from figma_warehouse.job.run import run
from figma_warehouse.job.status import read_status
from figma_warehouse.job.transform import transform
from figma_warehouse.sandbox import SampleOrganisation, serve
from figma_warehouse.source.schema import TABLES
from tests.conftest import settings_for
from tests.fixtures.build_files import first_difference

pytestmark = pytest.mark.process

FOLDER = Path(__file__).parents[1] / "fixtures" / "data_folder_0.1.tar.xz"
# which run wrote a row, and when
OF_THE_RUN = ("run_id", "loaded_at", "first_seen_at", "last_seen_at", "seen_at", "happened_at", "removed_at")
TABLES_OF_THE_RUN = ("runs", "outcomes")
MARTS_OF_THE_RUN = ("coverage",)
# the folder lacks what only another request for the document can bring: looks, effects, modes, columns of nodes
TABLES_OF_PARTS = ("text_ranges", "node_effects", "node_modes")
COLUMNS_OF_PARTS = (
    *("is_shown", "flattening", "primary_axis_sizing_mode", "counter_axis_sizing_mode"),
    *("min_width", "max_width", "min_height", "max_height", "clips_content", "scroll_behavior", "is_fixed"),
    *(f"corner_radius_{corner}" for corner in ("top_left", "top_right", "bottom_right", "bottom_left")),
    *(f"stroke_weight_{side}" for side in ("top", "right", "bottom", "left")),
)
# a hash of all tables of a document, and columns of states that came later; states that have passed keep theirs
COLUMNS_OF_STATES = ("content_hash", "layers", "component_name", "component_set_name", "definitions_hash")
# what a state defines, and so what changed since a state that an earlier version loaded
TABLES_OF_STATES = ("component_states", "component_parts")
MARTS_OF_STATES = ("component_changes",)
MARTS_OF_PARTS = ("adoption", "adoption_weekly", "hardcoded_values", "slot_adoption")
# when a load saw something, and columns that follow from it
TIMES_OF_LOADS = ("loaded_at", "status", "happened_at", "seen_at", "since_at", "unpublished_at", "days_published")
# a list of components has no version: a change counts in the week of the load that saw it; some figures are days
COLUMNS_OF_LOADS = ("library_changes.week_start", "attention.figure")


@pytest.fixture(scope="module")
def organisation() -> SampleOrganisation:
    """The organisation that the folder was loaded from, at its first and at its second week."""
    return SampleOrganisation(week=1, sizes=(60,) * 28)


def test_a_folder_of_version_0_1_refreshes_to_the_rows_of_a_new_folder(
    organisation: SampleOrganisation, data: DataDir, tmp_path: Path
) -> None:
    with tarfile.open(FOLDER) as stored:
        stored.extractall(tmp_path / "old", filter="data")
    old = DataDir(tmp_path / "old" / "data")
    with serve(organisation) as server:
        load(settings_for(server, organisation), data)
    organisation.advance(1)

    with serve(organisation) as server:
        settings = settings_for(server, organisation)
        run(settings, data)
        refreshed = run(settings, old)

        assert refreshed.load.files_loaded == 0
        assert refreshed.load.requests[1] == 0
        tables = [name for name in TABLES if name not in (*TABLES_OF_THE_RUN, *TABLES_OF_STATES)]
        kept = [name for name in tables if name not in TABLES_OF_PARTS]
        without = (*OF_THE_RUN, *COLUMNS_OF_PARTS, *COLUMNS_OF_STATES)
        assert first_difference(old.build, data.build, kept, without=without) == ""
        assert {*_differing_marts(old.published, data.published)} <= {*MARTS_OF_PARTS, *MARTS_OF_STATES}
        assert read_status(old).flattened_earlier == len(organisation.truth().files)
        assert _files_with_all_slots(old.published) == (len(organisation.truth().files), 0, False)
        assert _tables(old.published, "staging") == []

        reloaded = run(settings, old, reload=("all",))

    assert reloaded.load.requests[1] == len(organisation.truth().files)
    assert first_difference(old.build, data.build, tables, without=(*OF_THE_RUN, *COLUMNS_OF_STATES)) == ""
    assert {*_differing_marts(old.published, data.published)} <= {*MARTS_OF_STATES}
    assert read_status(old).flattened_earlier == 0
    assert _files_with_all_slots(old.published) == (*[len(organisation.truth().files)] * 2, True)


def test_models_of_a_folder_of_version_0_1_are_built_only_after_a_load(tmp_path: Path) -> None:
    with tarfile.open(FOLDER) as stored:
        stored.extractall(tmp_path / "old", filter="data")

    with pytest.raises(UsageFailure, match=r"lacks \w+\.\w+ and \d+ more columns: an earlier version loaded it"):
        transform(DataDir(tmp_path / "old" / "data"))


def _files_with_all_slots(path: Path) -> tuple[int, int, bool]:
    """Files expected and scanned for the slots of the organisation, and whether they are conclusive."""
    figures = "distinct files_expected, files_scanned, is_conclusive"
    with duckdb.connect(str(path), read_only=True) as connection:
        (found,) = connection.execute(
            f"select {figures} from marts.slot_adoption where level = 'organisation'"
        ).fetchall()
    return found


def _tables(path: Path, schema: str) -> list[str]:
    """The tables of a schema, which the version before may have left there."""
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("select table_name from duckdb_tables() where schema_name = ?", [schema]).fetchall()
    return [name for (name,) in found]


def _differing_marts(found: Path, due: Path) -> list[str]:
    """The marts of which one file has a row that the other has not; times of the loads are not compared."""
    differ = []
    with duckdb.connect() as connection:
        for name, path in (("found", found), ("due", due)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        columns = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns()"
            " where database_name = 'due' and schema_name = 'marts' group by table_name"
        ).fetchall()
        assert columns
        for mart, names in columns:
            left_out = {*TIMES_OF_LOADS, *(name.removeprefix(f"{mart}.") for name in COLUMNS_OF_LOADS)}
            kept = ", ".join(f'"{name}"' for name in names if name not in left_out)
            rows = [f"select {kept} from {one}.marts.{mart}" for one in ("found", "due")]
            for these, those in (rows, reversed(rows)):
                if mart not in MARTS_OF_THE_RUN and connection.execute(f"{these} except all {those}").fetchall():
                    differ.append(mart)
    return differ
