"""Every mart after three loads of an organisation of recorded documents: whole rows as their definitions give them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
import requests

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.backfill import backfill
from figma_warehouse.job.load import load
from figma_warehouse.job.transform import transform
from figma_warehouse.sandbox import Server, serve
from tests.conftest import RECORDED, settings_for
from tests.fixtures.recorded_company import RecordedCompany
from tests.fixtures.recorded_story import BACKFILLED, LOADS, MACUI, Story
from tests.oracles.marts.facts import Facts, Row, Run
from tests.oracles.marts.marts import KEYS, oracle_marts
from tests.oracles.marts.rows import differences

FIRST_DAY = date(2019, 1, 1)

Sizes = dict[tuple[str, datetime], int]


class Loaded:
    """The organisation, the build file that holds it, and the oracles' rows."""

    def __init__(self, company: RecordedCompany, build: Path, sizes: Sizes) -> None:
        self.connection = duckdb.connect(str(build), read_only=True)
        self.connection.execute("set TimeZone = 'UTC'")
        runs = sorted((row["started_at"], row["finished_at"], row["run_id"]) for row in self.rows("figma.runs"))
        self.runs = [Run(number, id_, start, end) for number, (start, end, id_) in enumerate(runs, 1)]
        self.due: Callable[[str], list[Row]] = oracle_marts(Facts(company, self.runs, sizes, BACKFILLED))

    def rows(self, table: str) -> list[Row]:
        found = self.connection.execute(f"select * from {table}")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, _parsed: None) -> Iterator[Loaded]:
    """The organisation after its loads, a backfill of one file, and one build of the models."""
    if not RECORDED.is_dir():
        pytest.skip("needs the recorded answers in ../shared/recorded")
    data = DataDir(tmp_path_factory.mktemp("recorded") / "data")
    sizes: Sizes = {}
    company = Story(RECORDED.parent, datetime.now(UTC)).tell()
    with serve(company) as server:
        settings = settings_for(server, company)
        settings.library_analytics = settings.variables = settings.comments = settings.dev_resources = True
        settings.library_actions = settings.activity_logs = True
        for number in LOADS:
            company.advance(number - company.load)
            load(settings, data)
            sizes |= sizes_over_http(server, company)
        backfill(settings, data, FIRST_DAY, "week", [MACUI])
    transform(data)
    found = Loaded(company, data.build, sizes)
    yield found
    found.connection.close()


def sizes_over_http(server: Server, company: RecordedCompany) -> Sizes:
    """The bytes of each document that is new in this load, by file key and last edit."""
    sizes = {}
    for one in company.company_files.values():
        save = one.save(company.load)
        if save and save.load == company.load:
            address = f"{server.base_url}/v1/files/{one.key}?branch_data=true"
            answer = requests.get(address, headers={"X-Figma-Token": company.token}, timeout=30)
            sizes[one.key, save.at] = len(answer.content)
    return sizes


@pytest.mark.parametrize("mart", list(KEYS))
def test_every_row_and_column_of_a_mart_is_what_its_definition_gives(loaded: Loaded, mart: str) -> None:
    due = loaded.due(mart)
    assert due
    found = differences(due, loaded.rows(f"marts.{mart}"), KEYS[mart], loaded.runs)
    assert not found, found


def test_the_libraries_change_in_every_way_that_the_changelog_tells_apart(loaded: Loaded) -> None:
    kinds = {row["change_kind"] for row in loaded.due("component_changes")}
    assert kinds == {
        *("added", "removed", "renamed", "description_changed", "size_changed", "variant_added", "variant_removed"),
        *("property_added", "property_removed", "property_renamed", "property_retyped", "property_default_changed"),
        *("layers_added", "layers_removed", "layers_retyped", "bindings_changed"),
    }


def test_every_mart_has_an_oracle(loaded: Loaded) -> None:
    tables = loaded.connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'")
    assert sorted(name for (name,) in tables.fetchall()) == sorted(KEYS)
