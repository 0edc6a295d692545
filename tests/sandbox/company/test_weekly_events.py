"""What happens from week to week."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from figma_warehouse.sandbox import FIRST_MONDAY, SampleOrganisation, Truth


@pytest.fixture(scope="module")
def weeks() -> dict[int, Truth]:
    """The truth of weeks 20 to 31."""
    org = SampleOrganisation(week=20)
    told = {20: org.truth()}
    for week in range(21, 32):
        org.advance()
        told[week] = org.truth()
    return told


def changes(weeks: dict[int, Truth], week: int) -> set[str]:
    """Which kinds of change a week brought."""
    before, after = weeks[week - 1], weeks[week]
    seen = set()
    seen |= {"deleted"} if after.removed_files - before.removed_files else set()
    seen |= {"created"} if after.files.keys() - before.files.keys() else set()
    seen |= {"published"} if after.published_components - before.published_components else set()
    seen |= {"unpublished"} if before.published_components - after.published_components else set()
    for key in before.files.keys() & after.files.keys():
        old, new = before.files[key], after.files[key]
        seen |= {"renamed"} if old.name != new.name else set()
        seen |= {"moved"} if old.folder_id != new.folder_id else set()
        seen |= {"grown"} if new.nodes > old.nodes else set()
        seen |= {"shrunk"} if 1 + new.pages < new.nodes < old.nodes else set()
        seen |= {"emptied"} if 1 + new.pages == new.nodes < old.nodes else set()
    states = sorted(after.node_counts.items() - before.node_counts.items(), key=lambda state: state[0][2])
    known = {(key, version) for key, version, _ in before.node_counts}
    for (key, version, _), _ in states:
        seen |= {"moved last_modified only"} if (key, version) in known else set()
        known.add((key, version))
    return seen


def test_weeks_21_to_31_bring_every_kind_of_change(weeks: dict[int, Truth]) -> None:
    seen = set().union(*(changes(weeks, week) for week in range(21, 32)))
    assert seen == {
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


def test_one_file_grows_fastest_and_one_shrinks_all_the_time(weeks: dict[int, Truth]) -> None:
    first, last = weeks[20].files, weeks[31].files
    growth = {last[key].name: last[key].nodes - first[key].nodes for key in first.keys() & last.keys()}
    fastest, second = sorted(growth, key=lambda name: growth[name])[-1:-3:-1]
    assert fastest == "Checkout flow"
    assert growth[fastest] > 1.5 * growth[second]
    assert growth["Campaign pages"] < -400


def test_some_save_of_the_weeks_leaves_the_content_as_it_was() -> None:
    org = SampleOrganisation(week=23)
    cards = [card for team in org.team_ids for top in org.folders(team, None) for card in org.files(top.id)]
    labels = {version.label for card in cards for version in org.versions(card.key)}
    assert "No changes" in labels


def test_a_deleted_file_is_gone_but_its_history_is_told(weeks: dict[int, Truth]) -> None:
    gone = weeks[31].removed_files
    assert gone
    assert not gone & weeks[31].files.keys()
    assert gone <= {key for key, _, _ in weeks[31].node_counts}


def test_states_once_shown_stay_as_they_were(weeks: dict[int, Truth]) -> None:
    for week in range(21, 32):
        assert weeks[week - 1].node_counts.items() <= weeks[week].node_counts.items()


def test_weeks_lived_one_by_one_equal_weeks_lived_at_once(weeks: dict[int, Truth]) -> None:
    assert SampleOrganisation(weeks=31).truth() == weeks[31]


def test_an_organisation_that_starts_later_lives_the_same_weeks_later(org: SampleOrganisation) -> None:
    years = timedelta(weeks=104)
    twin = SampleOrganisation(week=22, start=FIRST_MONDAY + years)
    assert twin.at == org.at + years
    files, later_files = org.truth().files, twin.truth().files
    assert later_files.keys() == files.keys()
    for key, file in files.items():
        ours, theirs = org.versions(key), twin.versions(key)
        assert [one.created_at for one in theirs] == [one.created_at + years for one in ours]
        assert later_files[key].nodes == file.nodes
    rows = [[one.row for one in each.published("styles")] for each in (org, twin)]
    for ours_row, theirs_row in zip(*rows, strict=True):
        assert (
            datetime.fromisoformat(theirs_row["created_at"]) - datetime.fromisoformat(ours_row["created_at"]) == years
        )
