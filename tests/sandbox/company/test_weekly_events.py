"""What happens from week to week."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from figma_warehouse.sandbox import FIRST_MONDAY, SampleOrganisation, Truth
from tests.fixtures.sample_organisations import all_files, sample_organisation

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def weeks() -> dict[int, Truth]:
    """The truth of weeks 20 to 31."""
    return {week: sample_organisation(week).truth() for week in range(20, 32)}


def changes(weeks: dict[int, Truth], week: int) -> set[str]:
    """The kinds of changes in a week."""
    before, after = weeks[week - 1], weeks[week]
    found = set()
    found |= {"deleted"} if after.removed_files - before.removed_files else set()
    found |= {"created"} if after.files.keys() - before.files.keys() else set()
    found |= {"published"} if after.published_components - before.published_components else set()
    found |= {"unpublished"} if before.published_components - after.published_components else set()
    for key in before.files.keys() & after.files.keys():
        old, new = before.files[key], after.files[key]
        found |= {"renamed"} if old.name != new.name else set()
        found |= {"moved"} if old.folder_id != new.folder_id else set()
        found |= {"grown"} if new.nodes > old.nodes else set()
        found |= {"shrunk"} if 1 + new.pages < new.nodes < old.nodes else set()
        found |= {"emptied"} if 1 + new.pages == new.nodes < old.nodes else set()
    states = sorted(after.node_counts.items() - before.node_counts.items(), key=lambda state: state[0][2])
    known = {(key, version) for key, version, _ in before.node_counts}
    for (key, version, _), _ in states:
        found |= {"moved last_modified only"} if (key, version) in known else set()
        known.add((key, version))
    return found


def test_weeks_21_to_31_bring_every_kind_of_change(weeks: dict[int, Truth]) -> None:
    found = set().union(*(changes(weeks, week) for week in range(21, 32)))
    assert found == {
        "deleted",
        "created",
        "published",
        "unpublished",
        "renamed",
        "moved",
        "grown",
        "shrunk",
        "emptied",
        "moved last_modified only",
    }


def test_every_week_brings_edits(weeks: dict[int, Truth]) -> None:
    for week in range(21, 32):
        assert {"grown", "shrunk"} <= changes(weeks, week)


def test_one_file_grows_fastest_and_one_shrinks_every_week(weeks: dict[int, Truth]) -> None:
    first, last = weeks[20].files, weeks[31].files
    growth = {last[key].name: last[key].nodes - first[key].nodes for key in first.keys() & last.keys()}
    fastest, second = sorted(growth, key=lambda name: growth[name])[-1:-3:-1]
    assert fastest == "Checkout flow"
    assert growth[fastest] > 1.5 * growth[second]
    assert growth["Campaign pages"] < -400


def test_some_save_changes_nothing() -> None:
    org = sample_organisation(23)
    labels = {version.label for file in all_files(org) for version in org.versions(file.key)}
    assert "No changes" in labels


def test_a_deleted_file_is_gone_but_its_history_stays(weeks: dict[int, Truth]) -> None:
    gone = weeks[31].removed_files
    assert gone
    assert not gone & weeks[31].files.keys()
    assert gone <= {key for key, _, _ in weeks[31].node_counts}


def test_past_states_never_change(weeks: dict[int, Truth]) -> None:
    for week in range(21, 32):
        assert weeks[week - 1].node_counts.items() <= weeks[week].node_counts.items()


def test_an_organisation_advanced_week_by_week_equals_one_made_at_once(weeks: dict[int, Truth]) -> None:
    assert SampleOrganisation(weeks=31).truth() == weeks[31]


def test_a_copy_has_a_clock_and_files_of_its_own(weeks: dict[int, Truth]) -> None:
    first = sample_organisation(30)
    second = first.copy()
    second.advance()
    assert (first.week, second.week) == (30, 31)
    assert (first.truth(), second.truth()) == (weeks[30], weeks[31])


def test_with_a_later_start_the_same_happens_later(org: SampleOrganisation) -> None:
    two_years = timedelta(weeks=104)
    later = SampleOrganisation(week=22, start=FIRST_MONDAY + two_years)
    assert later.at == org.at + two_years
    files, later_files = org.truth().files, later.truth().files
    assert later_files.keys() == files.keys()
    for key, file in files.items():
        versions, later_versions = org.versions(key), later.versions(key)
        assert [one.created_at for one in later_versions] == [one.created_at + two_years for one in versions]
        assert later_files[key].nodes == file.nodes
    rows = [[one.row for one in each.published("styles")] for each in (org, later)]
    for row, later_row in zip(*rows, strict=True):
        assert datetime.fromisoformat(later_row["created_at"]) - datetime.fromisoformat(row["created_at"]) == two_years
