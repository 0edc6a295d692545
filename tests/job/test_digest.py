"""The figures of the digest, against sums in plain Python over the rows of the published file."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.digest import MOST_LINES, Digest, read_digest
from figma_warehouse.messages.message import MessageSection

pytestmark = pytest.mark.process

Row = dict[str, Any]


@pytest.fixture(scope="module")
def folder(past_marts: Path, tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """A data folder whose published file has three loads of two teams."""
    data = DataDir(tmp_path_factory.mktemp("digest"))
    data.published.write_bytes(past_marts.read_bytes())
    return data


@pytest.fixture(scope="module")
def since_at(folder: DataDir) -> datetime:
    """The start of a period in which something of each kind happened: eight weeks before the last detachment."""
    last: datetime = max(row["detached_by_at"] for row in _rows(folder, "detachments"))
    return last - timedelta(weeks=8)


@pytest.fixture(scope="module")
def digest(folder: DataDir, since_at: datetime) -> Digest:
    """The digest of all teams."""
    return read_digest(folder, since_at)


def _rows(data: DataDir, mart: str) -> list[Row]:
    with duckdb.connect(str(data.published), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows: list[Row] = connection.execute(f"select * from marts.{mart}").to_arrow_table().to_pylist()
        return rows


def _section(digest: Digest, heading: str) -> MessageSection:
    (section,) = (one for one in digest.message.sections if one.heading.startswith(heading))
    return section


def _has_ended(week_start: date, moment: datetime) -> bool:
    return datetime.combine(week_start + timedelta(days=7), time(), UTC) <= moment


def test_each_detached_component_is_counted_in_the_period(digest: Digest, folder: DataDir, since_at: datetime) -> None:
    times: Counter[str] = Counter()
    names: dict[str, str] = {}
    for row in _rows(folder, "detachments"):
        if row["detached_by_at"] >= since_at:
            key = row["component_set_key"] or row["component_key"]
            times[key] += 1
            names[key] = row["component_set_name"] or row["component_name"]
    section = _section(digest, "Detached")

    assert section.heading == f"Detached: {times.total()} instance{'s' if times.total() > 1 else ''}"
    due = sorted(((-count, names[key], key) for key, count in times.items()))[:MOST_LINES]
    words = [f"{name}: {-count} time{'s' if count < -1 else ''} " for count, name, _ in due]
    assert [line.text.startswith(word) for line, word in zip(section.lines, words, strict=True)] == [True] * len(due)


def test_deprecated_items_have_the_usages_outside_their_library(digest: Digest, folder: DataDir) -> None:
    usages: Counter[str] = Counter()
    files: dict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for row in _rows(folder, "deprecated_usage"):
        if row["usages"] and not row["is_at_home"] and not row["is_in_deprecated_set"]:
            usages[row["item_key"]] += row["usages"]
            files[row["item_key"]].add(row["file_key"])
            names[row["item_key"]] = row["item_name"]
    assert usages
    lines = [line.text for line in _section(digest, "Deprecated").lines]

    for (key, count), line in zip(usages.most_common(MOST_LINES), lines, strict=True):
        in_files = len(files[key])
        assert line.startswith(f"{names[key]}: {count:,} usages in {in_files} file{'s' if in_files > 1 else ''}")


def test_files_that_grew_are_those_with_more_nodes_than_before_the_period(
    digest: Digest, folder: DataDir, since_at: datetime
) -> None:
    existing = {row["file_key"] for row in _rows(folder, "file_growth") if row["is_latest"] and not row["is_removed"]}
    weeks: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(folder, "file_growth_weekly"):
        if row["file_key"] in existing and not row["is_branch"]:
            weeks[row["file_key"]].append(row)
    grown = {}
    for key, rows in weeks.items():
        rows.sort(key=lambda row: row["week_start"])
        before = [row["nodes"] for row in rows if _has_ended(row["week_start"], since_at)]
        if rows[-1]["nodes"] > (before[-1] if before else 0):
            grown[key] = rows[-1]["nodes"] - (before[-1] if before else 0)
    section = _section(digest, "Grown")

    assert section.heading == f"Grown: {len(grown)} file{'s' if len(grown) > 1 else ''}"
    most = sorted(grown.values(), reverse=True)[:MOST_LINES]
    for line, added in zip(section.lines, most, strict=True):
        assert f"{added:+,} nodes" in line.text or f"new, {added:,} node" in line.text


def test_what_a_later_load_found_is_new_and_what_the_first_load_found_is_not(folder: DataDir) -> None:
    changes = _rows(folder, "library_changes")
    first = {
        key: min(row["seen_at"] for row in changes if row["library_file_key"] == key)
        for key in {row["library_file_key"] for row in changes}
    }
    later = [row for row in changes if row["seen_at"] > first[row["library_file_key"]]]
    sets = {row["component_key"]: row["component_set_name"] for row in _rows(folder, "component_reach")}
    names = {
        event: {sets.get(row["item_key"]) or row["item_name"] for row in later if row["event"] == event}
        for event in ("published", "unpublished")
    }
    # everything that was published before the first load happened before this period
    start = min(first.values()) - timedelta(hours=1)
    lines = [line.text for line in _section(read_digest(folder, start), "Library").lines]

    assert names["published"]
    assert names["unpublished"]
    for event, words in (("published", "New "), ("unpublished", "No longer published: ")):
        due = sorted(names[event])[:MOST_LINES]
        found = [line for line in lines if line.startswith(words)]
        assert [f" {name} " in line for name, line in zip(due, found, strict=True)] == [True] * len(due)


def test_findings_are_counted_and_those_of_one_team_alone(digest: Digest, folder: DataDir, since_at: datetime) -> None:
    findings = Counter(row["team_id"] for row in _rows(folder, "attention"))
    assert _section(digest, "Needs attention").heading == f"Needs attention: {findings.total():,} findings"
    for team_id in filter(None, findings):
        count = findings[team_id]
        section = _section(read_digest(folder, since_at, team_id), "Needs attention")
        assert section.heading == f"Needs attention: {count:,} finding{'s' if count > 1 else ''}"


def test_a_team_is_found_by_its_name_too(folder: DataDir, since_at: datetime) -> None:
    team_id, name = next(
        (row["team_id"], row["team_name"]) for row in _rows(folder, "file_freshness") if row["team_name"]
    )
    by_name, by_id = read_digest(folder, since_at, name.upper()), read_digest(folder, since_at, team_id)

    assert by_name == by_id
    assert by_name.message.title.endswith(f": {name}")


def test_the_digest_says_how_many_files_are_current(digest: Digest, folder: DataDir) -> None:
    expected = [row for row in _rows(folder, "file_freshness") if row["is_expected"]]
    current = sum(row["is_current"] for row in expected)

    line = _section(digest, "How complete").lines[0].text
    assert line == f"{current} of {len(expected)} files {'is' if current == 1 else 'are'} current."
