"""The calculations of People: who saved in two periods, by team, file and library, and who detached."""

from collections import Counter
from datetime import timedelta

import polars as pl
import pytest

from figma_warehouse.dashboard.editors import SavePeriods, save_periods, save_totals
from figma_warehouse.dashboard.selection import Selection
from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox.truth.history import SaveTruth, monday
from notebooks import people
from tests.fixtures.hostile import FORMULA, IMAGE, MARKDOWN, SCRIPT, WEEKS, organisation
from tests.fixtures.published import Publish
from tests.fixtures.sample_organisations import sample_organisation

EVERYTHING = Selection()
ALL_WEEKS = SavePeriods()
LAST_WEEK = SavePeriods(1, WEEKS[2], WEEKS[1])


@pytest.fixture
def saves(sample: DataDir, monkeypatch: pytest.MonkeyPatch) -> list[SaveTruth]:
    """The versions of the listed main files of the sample organisation, whose warehouse the calculations read."""
    monkeypatch.setenv("DATA_DIR", str(sample.root))
    organisation = sample_organisation(21)
    files = {key for key, file in organisation.truth().files.items() if file.readable and not file.is_branch}
    return [save for save in organisation.saves() if save.file_key in files and save.is_listed]


def test_the_people_of_the_sample_organisation_saved_what_it_says_in_both_periods(saves: list[SaveTruth]) -> None:
    periods = save_periods("12")
    assert periods.first
    assert periods.before
    now = [save for save in saves if monday(save.modified_at) >= periods.first]
    before = [save for save in saves if periods.before <= monday(save.modified_at) < periods.first]

    shown = people.people_by_name(EVERYTHING, periods).filter(pl.col("saves") + pl.col("saves_before") > 0)

    assert {row[0]: row[1:] for row in shown.select("key", "saves", "saves_before", "files", "named").iter_rows()} == {
        person: (
            sum(save.user_id == person for save in now),
            sum(save.user_id == person for save in before),
            len({save.file_key for save in now if save.user_id == person}),
            sum(save.user_id == person and save.is_named for save in now),
        )
        for person in {save.user_id for save in [*now, *before]}
    }
    totals = save_totals(EVERYTHING, periods)
    assert (totals["saves"], totals["saves_before"]) == (len(now), len(before))
    assert totals["people"] == len({save.user_id for save in now})
    by_file = people.files_by_person(EVERYTHING, periods)
    assert {row[:2]: row[2] for row in by_file.select("person_key", "file_key", "saves").iter_rows()} == Counter(
        (save.user_id, save.file_key) for save in now
    )


def test_the_teams_and_libraries_of_the_sample_organisation_have_the_people_that_it_says(
    saves: list[SaveTruth],
) -> None:
    files = sample_organisation(21).truth().files
    libraries = {
        one.row["file_key"]
        for kind in ("components", "component_sets", "styles")
        for one in sample_organisation(21).published(kind)
    }

    teams = people.teams_by_period(EVERYTHING, ALL_WEEKS)
    of_libraries = people.editors_of_libraries(EVERYTHING, ALL_WEEKS)
    weekly = people.people_by_week(EVERYTHING, ALL_WEEKS).filter(pl.col("team") == people.ALL_TEAMS)

    assert {row[0]: row[1:] for row in teams.select("key", "saves", "people").iter_rows()} == {
        team: (len(of_team), len({save.user_id for save in of_team}))
        for team in {files[save.file_key].team_id for save in saves}
        if (of_team := [save for save in saves if files[save.file_key].team_id == team])
    }
    assert {row[:2]: row[2] for row in of_libraries.select("library_key", "person_key", "saves").iter_rows()} == (
        Counter((save.file_key, save.user_id) for save in saves if save.file_key in libraries)
    )
    assert {row[0]: row[1] for row in weekly.select("week", "people").iter_rows() if row[1]} == {
        week: len({save.user_id for save in saves if monday(save.modified_at) == week})
        for week in {monday(save.modified_at) for save in saves}
    }


@pytest.mark.usefixtures("published")
def test_a_period_has_as_many_weeks_as_the_one_before_it_and_ends_with_the_last_week() -> None:
    assert save_periods("2") == SavePeriods(2, WEEKS[1], WEEKS[1] - timedelta(weeks=2))
    assert save_periods("1") == LAST_WEEK
    assert save_periods(None) == ALL_WEEKS
    assert (LAST_WEEK.now, LAST_WEEK.earlier) == ("in the last 1 week", "in the 1 week before")
    assert ALL_WEEKS.now == "in all weeks"


@pytest.mark.usefixtures("published")
def test_people_are_listed_by_name_with_their_saves_before_and_branches_apart() -> None:
    shown = people.people_by_name(EVERYTHING, LAST_WEEK)

    columns = ["person", "files", "saves", "saves_before", "saves_more", "sessions", "named", "in_branches", "teams"]
    assert shown.select(columns).rows() == [
        (IMAGE, 1, 3, 4, -1, 2, 1, 0, SCRIPT),
        (SCRIPT, 1, 1, 0, 1, 1, 0, 5, SCRIPT),
    ]
    assert people.people_by_name(EVERYTHING, ALL_WEEKS).select("person", "saves", "saves_before").rows() == [
        (IMAGE, 7, None),
        (SCRIPT, 1, None),
        ("Not named by Figma", 1, None),
    ]


@pytest.mark.usefixtures("published")
def test_two_people_of_one_name_are_told_apart_by_their_ids(publish: Publish) -> None:
    rows = [row | {"user_handle": row["user_id"] and "Ana"} for row in organisation()["marts.people_activity"]]
    publish({"marts.people_activity": rows})

    shown = people.people_by_name(EVERYTHING, LAST_WEEK)

    assert shown["person"].to_list() == ["Ana (u1)", "Ana (u2)"]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("selected", "found"),
    [
        (EVERYTHING, [(IMAGE, IMAGE), (IMAGE, "Kit"), (SCRIPT, IMAGE), ("Not named by Figma", FORMULA)]),
        (Selection(team="t1"), [(IMAGE, "Kit"), ("Not named by Figma", FORMULA)]),
        (Selection(folder="f1"), [(IMAGE, IMAGE), (SCRIPT, IMAGE)]),
        (Selection(search="kit"), [(IMAGE, "Kit")]),
        (Selection(search="script"), [(SCRIPT, IMAGE)]),
        (Selection(team="none"), []),
    ],
)
def test_the_files_of_each_person_are_those_of_the_selection(selected: Selection, found: list[tuple[str, str]]) -> None:
    shown = people.files_by_person(selected, ALL_WEEKS)

    assert shown.select("person", "file").rows() == found


@pytest.mark.usefixtures("published")
def test_a_team_compares_its_people_and_saves_and_is_inconclusive_without_a_history() -> None:
    teams = people.teams_by_period(EVERYTHING, LAST_WEEK)

    columns = ["team", "people", "people_before", "people_more", "saves", "saves_before", "saves_more", "certainty"]
    assert teams.select(columns).rows() == [
        (SCRIPT, 2, 0, 2, 4, 0, 4, "Inconclusive"),
        (MARKDOWN, 0, 1, -1, 0, 4, -4, "Inconclusive"),
    ]
    totals = save_totals(EVERYTHING, LAST_WEEK)
    assert people.people_title(totals, LAST_WEEK) == "2 people saved in the last 1 week, 1 in the 1 week before"
    assert people.compared(totals["saves_before"], LAST_WEEK) == "4 in the 1 week before"
    assert people.compared(save_totals(EVERYTHING, ALL_WEEKS)["saves_before"], ALL_WEEKS) == ""
    one = save_totals(Selection(team="t1"), ALL_WEEKS)
    assert people.people_title(one, ALL_WEEKS) == "1 person saved in all weeks"


@pytest.mark.usefixtures("published")
def test_a_week_without_a_save_has_nobody() -> None:
    weekly = people.people_by_week(EVERYTHING, ALL_WEEKS)

    assert weekly.filter(pl.col("team") == people.ALL_TEAMS).select("week", "people", "saves").rows() == [
        (WEEKS[0], 0, 1),
        (WEEKS[1], 1, 4),
        (WEEKS[2], 2, 4),
    ]
    assert weekly.filter(pl.col("team") == SCRIPT)["people"].to_list() == [0, 0, 2]
    assert people.people_by_week(Selection(team="t2"), ALL_WEEKS)["team"].unique().to_list() == [SCRIPT]


@pytest.mark.usefixtures("published")
def test_the_editors_of_a_library_are_named() -> None:
    of_libraries = people.editors_of_libraries(EVERYTHING, ALL_WEEKS)

    assert of_libraries.select("library", "person", "saves").rows() == [("Kit", IMAGE, 4)]
    assert people.libraries_title(of_libraries, ALL_WEEKS) == "1 person saved 1 library in all weeks"
    none = people.editors_of_libraries(EVERYTHING, LAST_WEEK)
    assert people.libraries_title(none, LAST_WEEK) == "Nobody saved a library in the last 1 week"


def test_a_detachment_is_certain_if_one_person_saved_meanwhile(publish: Publish) -> None:
    first, second = organisation()["marts.detachments"]
    mine = {"editors": IMAGE, "editor_count": 1}
    nobody = {"editors": None, "editor_count": 0}
    publish({"marts.detachments": [first | mine, second, second | nobody | {"node_id": "1:2"}]})

    detached = people.detachments(EVERYTHING, ALL_WEEKS)

    assert detached.select("file", "editors", "certainty").rows() == [
        (FORMULA, f"{IMAGE}, {SCRIPT}", "One of 2"),
        (FORMULA, "Nobody known", "No save known"),
        (IMAGE, IMAGE, "Certain"),
    ]
    assert people.detachments_title(detached, ALL_WEEKS) == "3 detachments in all weeks, 1 with one possible person"
    assert people.detachments_title(detached.clear(), ALL_WEEKS) == "Nothing was detached in all weeks"
    assert people.detachments(EVERYTHING, LAST_WEEK).height == 2


@pytest.mark.usefixtures("published")
def test_each_of_several_people_may_have_detached() -> None:
    columns = ["person", "detachments", "possible"]
    assert people.people_detaching(EVERYTHING, ALL_WEEKS).select(columns).rows() == [(IMAGE, 0, 2), (SCRIPT, 0, 2)]
    assert people.people_detaching(Selection(team="t1", search="img"), ALL_WEEKS).select(columns).rows() == [
        (IMAGE, 0, 1)
    ]


@pytest.mark.usefixtures("published")
def test_a_file_whose_history_is_not_read_is_listed_with_its_reason() -> None:
    unread = people.unread_histories(EVERYTHING)

    assert unread.select("file", "reason", "saves").rows() == [
        (FORMULA, "the token lacks the scope file_versions:read", 1),
        ("Never loaded", "no run has read it yet", 0),
    ]
    (notice,) = people.histories_notice(people.expected_histories(EVERYTHING), unread)
    assert "2 histories are not read, of 4 files: saves may be missing." in notice.text
    assert "file_versions:read" in notice.text
    assert "cannot tell who edits" not in notice.text
    assert people.histories_notice(4, unread.clear()) == []


def test_without_any_history_the_page_says_that_it_cannot_tell_who_edits(publish: Publish) -> None:
    refused = {"is_read": False, "skip_reason": "missing_scope", "saved_versions": 0}
    histories = [row | refused for row in organisation()["marts.file_histories"]]
    publish({"marts.file_histories": histories, "marts.people_activity": [], "marts.file_editors": []})

    unread = people.unread_histories(EVERYTHING)

    (notice,) = people.histories_notice(people.expected_histories(EVERYTHING), unread)
    assert "This page cannot tell who edits. 4 histories are not read" in notice.text
    assert "The token lacks the scope file_versions:read." in notice.text
    assert save_totals(EVERYTHING, ALL_WEEKS)["people"] == 0


def test_without_weeks_there_are_no_periods(publish: Publish) -> None:
    publish({"marts.file_activity": []})
    assert save_periods("12") == ALL_WEEKS
