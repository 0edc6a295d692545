"""The line of each page on the index: the same figures as on the page, whatever the state of the published file."""

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from figma_warehouse.dashboard import key_figures, page, published_file
from figma_warehouse.dashboard.attention import attention
from figma_warehouse.dashboard.editors import save_periods, save_totals
from figma_warehouse.dashboard.lines import Line
from figma_warehouse.dashboard.selection import DEFAULT_WEEKS, Selection, compared_span, libraries_by_use
from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.dashboard.summary import Summary, read_summary
from figma_warehouse.data_dir import DataDir
from notebooks import component_usage, file_growth, library, orphaned_styles, people, tokens, unused_and_lost
from tests.fixtures.hostile import IMAGE, organisation, write_warehouse


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder without a published file."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("published")
def test_each_page_has_an_answer_in_one_line() -> None:
    summary = read_summary()

    assert summary.fresh == published_file.freshness()
    assert not summary.has_failed
    assert summary.attention == attention(Selection())
    assert summary.answers == {
        "overview": Line("4 files, 500 nodes"),
        "component_usage": Line("{} leads with 7 placements; 1 file uses it", IMAGE),
        "library": Line("{} is used in 2 files", "Kit"),
        "unused_and_lost": Line("1 component perhaps used nowhere · 6 instances lost their component"),
        "orphaned_styles": Line("14 references to 3 styles that no library publishes · 1 perhaps unused"),
        "tokens": Line("42.5% of fills and texts have a style or a variable · 3 stale bindings"),
        "adoption": Line("35.0% of visible layers from the library"),
        "file_growth": Line("{}, +50% since 1 March", IMAGE),
        "people": Line("2 people saved in the last 12 weeks"),
    }


@pytest.mark.parametrize("organisation", ["sample", "hostile"])
def test_the_answers_are_the_figures_of_the_pages(
    organisation: str, sample: DataDir, hostile_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(sample.root if organisation == "sample" else hostile_folder))
    everything = Selection()
    ranking = component_usage.component_ranking(everything, "placements", each_variant=False)
    unused = unused_and_lost.unused_components(everything)
    lost = int(unused_and_lost.lost_components(everything).filter("is_lost")["usages"].sum())
    styles = orphaned_styles.orphan_totals(orphaned_styles.orphaned_styles(everything, None, None))
    span = compared_span(DEFAULT_WEEKS)
    grown = file_growth.files_now(everything, span).filter(pl.col("growth") > 0).head(1)

    answers = {name: line.html() for name, line in read_summary().answers.items()}

    assert list(answers) == [listed.name for listed in PAGES]
    assert plain(answers["component_usage"]) == plain(
        component_usage.ranking_title(ranking, "placements", is_whole=True)
    )
    key, name = libraries_by_use().row(0)
    users = library.users_of(Selection(library=key))
    assert library.users_title(users, name, is_part=False).startswith(answers["library"])
    assert numbers(answers["unused_and_lost"]) == [unused.height, lost]
    assert numbers(answers["orphaned_styles"]) == [styles["references"], styles["dangling"], styles["unused"]]
    assert answers["tokens"] == (
        f"{key_figures.adoption(everything)['style_share']:.1%} of fills and texts have a style or a variable"
        f" · {page.counted(int(tokens.stale_bindings(everything)['bindings'].sum()), 'stale binding')}"
    )
    assert answers["adoption"].startswith(f"{key_figures.adoption(everything)['layer_share']:.1%} ")
    periods = save_periods(DEFAULT_WEEKS)
    assert people.people_title(save_totals(everything, periods), periods).startswith(answers["people"])
    assert answers["file_growth"] == "".join(
        [page.named(f"{{}}, {row['growth']:+.0%} {span.since}", row["file"]) for row in grown.iter_rows(named=True)]
        or [f"No file has grown {span.since}"]
    )


def plain(title: str) -> str:
    """Return a title with its nouns in the singular."""
    return re.sub(r"\b(placement|file)s\b", r"\1", title)


def numbers(words: str) -> list[int]:
    return [int(number.replace(",", "")) for number in re.findall(r"[\d,]+", words)]


def test_without_published_or_loaded_data_there_is_no_answer(folder: Path) -> None:
    assert read_summary() == Summary()
    write_warehouse(folder / "warehouse.duckdb", {})
    assert read_summary() == Summary()


def test_a_newly_published_file_is_summarised_at_once(folder: Path) -> None:
    write_warehouse(folder / "warehouse.duckdb", {})
    before = read_summary()
    write_warehouse(folder / "next.duckdb", organisation())
    (folder / "next.duckdb").replace(folder / "warehouse.duckdb")

    assert (before.answers, len(read_summary().answers)) == ({}, len(PAGES))


def test_the_summary_says_that_the_last_run_failed(folder: Path) -> None:
    rows = organisation()
    rows["figma.runs"][0]["outcome"] = "failed"
    write_warehouse(folder / "warehouse.duckdb", rows)

    assert read_summary().has_failed


def test_an_instance_of_a_private_part_has_not_lost_its_component(folder: Path) -> None:
    rows = organisation()
    first, second = rows["marts.lost_components"]
    rows["marts.lost_components"] = [first | {"status": "private part", "is_lost": False}, second]
    write_warehouse(folder / "warehouse.duckdb", rows)

    assert read_summary().answers["unused_and_lost"].words.endswith(" · 1 instance lost its component")


@pytest.mark.parametrize("kept", [0, 100, 20_000, 300_000])
def test_a_damaged_file_is_not_readable(folder: Path, hostile_folder: Path, kept: int) -> None:
    content = (hostile_folder / "warehouse.duckdb").read_bytes()
    (folder / "warehouse.duckdb").write_bytes(content[:kept] + b"\xff" * 5000)

    assert read_summary() == Summary(is_readable=False)


def test_a_file_that_a_program_writes_to_is_not_readable(folder: Path) -> None:
    write_warehouse(folder / "warehouse.duckdb", organisation())

    with duckdb.connect(str(folder / "warehouse.duckdb")):
        assert read_summary() == Summary(is_readable=False)

    assert len(read_summary().answers) == len(PAGES)


@pytest.mark.parametrize("left_out", ["adoption", "lost_components", "file_growth", "component_usage"])
def test_a_file_of_an_older_version_answers_what_it_can(folder: Path, left_out: str) -> None:
    write_warehouse(folder / "warehouse.duckdb", organisation(), leave_out={left_out})

    summary = read_summary()

    assert summary.fresh
    assert {"orphaned_styles", "unused_and_lost"} <= set(summary.answers)
    assert len(summary.answers) >= 4
