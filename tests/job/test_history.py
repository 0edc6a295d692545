"""The history that loads leave: events, library changes and weekly marts, against the organisation's own account."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from figma_warehouse.sandbox.truth.history import (
    PersonTruth,
    SaveTruth,
    weekly_activity,
    weekly_editors,
    weekly_people,
)
from tests.fixtures.past import Past, assert_weekly, last_week, plain_events, query, removed_files


@pytest.mark.slow
def test_events_equal_a_plain_comparison_of_the_documents(past: Past) -> None:
    frames = "select file_key, node_id, frame_id from figma.instance_events where event = 'detachment'"
    detached = query(past.data.build, frames)
    expected: set[tuple[Any, ...]] = set()
    for before, after, in_frames in zip(past.instances, past.instances[1:], past.in_frames[1:], strict=False):
        for key in before.keys() & after.keys():
            homes = {home: frame for file_key, home, frame in detached if file_key == key}
            events = plain_events(before[key], after[key], in_frames[key], homes)
            expected |= {(key, *event) for event in events}
    columns = "file_key, node_id, event, component_key_before, component_key_after"
    found = query(past.data.build, f"select {columns} from figma.instance_events where event <> 'detachment'")
    gone = {row[:2] for row in detached}
    assert set(found) == {row for row in expected if row[:2] not in gone}
    assert {row[:2] for row in expected if row[2] == "removal"} >= gone
    assert len(found) > 300
    assert detached
    assert any(event == "swap" for _, _, event, *_ in found)


def test_library_changes_equal_the_differences_between_published_lists(past: Past, past_marts: Path) -> None:
    expected: set[tuple[Any, ...]] = set()
    before: dict[tuple[str, str], dict[str, Any]] = {}
    for now in past.published:
        for thing, row in now.items():
            created_at, updated_at = (datetime.fromisoformat(row[name]) for name in ("created_at", "updated_at"))
            if thing not in before:
                expected.add((*thing, "published", created_at))
            if (thing not in before and updated_at > created_at) or (
                thing in before and before[thing]["updated_at"] != row["updated_at"]
            ):
                expected.add((*thing, "updated", updated_at))
            if thing in before and before[thing]["name"] != row["name"]:
                expected.add((*thing, "renamed", updated_at))
        expected |= {(*thing, "unpublished", None) for thing in before.keys() - now.keys()}
        before = now
    changes = query(past_marts, "select kind, item_key, event, happened_at from marts.library_changes")
    assert {(*thing, event, None if event == "unpublished" else at) for *thing, event, at in changes} == expected
    assert {event for *_, event, _ in changes} == {"published", "updated", "renamed", "unpublished"}


def test_growth_and_usage_by_week_carry_the_loaded_states_forward(past: Past, past_marts: Path) -> None:
    assert_weekly(past, past_marts, set.union(*past.states))


def test_editors_by_week_equal_the_saves_of_each_person(past: Past, past_marts: Path) -> None:
    columns = "saved_versions, named_versions, sessions"
    found = query(past_marts, f"select file_key, user_id, week_start, {columns} from marts.file_editors")

    assert {row[:3]: row[3:] for row in found} == weekly_editors(_saves_seen(past))


def test_the_activity_of_people_adds_up_the_saves_of_each_person_by_folder_and_week(
    past: Past, past_marts: Path
) -> None:
    files = query(past_marts, "select file_key, folder_id, main_file_key is not null from figma.files")
    libraries = {row["file_key"] for published in past.published for row in published.values()}

    columns = ", ".join(PersonTruth._fields)
    found = query(
        past_marts,
        f"select user_id, folder_id, week_start, {columns} from marts.people_activity where last_saved_at is not null",
    )

    assert {row[:3]: row[3:] for row in found} == weekly_people(
        weekly_editors(_saves_seen(past)),
        {key: folder_id for key, folder_id, _ in files},
        {key for key, _, is_branch in files if is_branch},
        libraries,
    )


def test_a_detachment_is_of_each_person_who_may_have_made_it(past: Past, past_marts: Path) -> None:
    saves = _saves_seen(past)
    expected: Counter[tuple[str, bool]] = Counter()
    columns = "file_key, found_version, detached_after_at, detached_by_at"
    for key, version, after, until in query(past_marts, f"select {columns} from marts.detachments"):
        of_file = [save for save in saves if save.file_key == key and save.is_listed]
        people = {save.user_id for save in of_file if save.version == version or after < save.modified_at <= until}
        expected.update((person, len(people) == 1) for person in people)

    sums = "sum(detachments), sum(possible_detachments)"
    found = query(past_marts, f"select user_id, {sums} from marts.people_activity group by user_id")

    assert expected
    assert {(person, True): certain for person, certain, _ in found if certain} | {
        (person, False): possible for person, _, possible in found if possible
    } == expected


def test_activity_by_week_equals_the_saves(past: Past, past_marts: Path) -> None:
    saves = _saves_seen(past)
    expected = weekly_activity(saves, removed_files(past_marts), last_week(past_marts))
    found = query(
        past_marts,
        "select file_key, week_start, saved_versions, named_versions, people, sessions, state from marts.file_activity",
    )
    assert {(key, week): tuple(facts) for key, week, *facts in found} == {
        place: (one.saved_versions, one.named_versions, one.people, one.sessions, one.state)
        for place, one in expected.items()
    }
    assert {state for *_, state in found} >= {"active", "slowing", "frozen"}


def _saves_seen(past: Past) -> list[SaveTruth]:
    """Return all saves of a file up to when it was last loaded."""
    looked_at = {key: clock for states, clock in zip(past.states, past.clocks, strict=True) for key, *_ in states}
    seen = (save for save in past.organisation.saves() if save.file_key in looked_at)
    return [save for save in seen if save.modified_at <= looked_at[save.file_key]]
