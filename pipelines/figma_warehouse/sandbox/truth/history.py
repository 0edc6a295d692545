"""What the marts about history must hold, from what happened and from the states that were loaded."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from figma_warehouse.sandbox.truth.component_truth import UsageTruth
    from figma_warehouse.sandbox.truth.tallies import PlacedInstance

WEEK = timedelta(weeks=1)
SESSION_BREAK = timedelta(minutes=30)


@dataclass(frozen=True)
class SaveTruth:
    """One save of a readable file, branches and deleted files included. An unlisted save makes no version."""

    file_key: str
    version: str
    modified_at: datetime
    user_id: str
    is_named: bool
    is_listed: bool


@dataclass(frozen=True)
class StateTruth:
    """One state of a file that was loaded: its nodes, and its usage by component key."""

    file_key: str
    modified_at: datetime
    is_branch: bool
    nodes: int
    usage: Mapping[str, UsageTruth]


@dataclass(frozen=True)
class ActivityTruth:
    """The saves of a file in one week, and the state of the file at its end."""

    saved_versions: int
    named_versions: int
    people: int
    sessions: int
    state: str


class PersonTruth(NamedTuple):
    """The saves of a person in one folder and week: of main files, and of branches apart."""

    files_saved: int
    saved_versions: int
    named_versions: int
    sessions: int
    library_saved_versions: int
    branch_saved_versions: int


@dataclass(frozen=True)
class EventTruth:
    """What happened to one instance between two states of its file. A key is None if there is no component."""

    event: str
    component_key_before: str | None
    component_key_after: str | None
    is_nested: bool
    is_in_definition: bool
    frame_id: str | None = None


def monday(moment: datetime) -> date:
    """The Monday of the week of a moment, in UTC."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def weekly_states(
    states: Iterable[StateTruth], removed: Mapping[str, date], last: date
) -> dict[tuple[str, date], tuple[StateTruth, bool]]:
    """By file and Monday: the last state known at the end of that week, and whether it was saved in that week."""
    found: dict[tuple[str, date], tuple[StateTruth, bool]] = {}
    by_file: defaultdict[str, list[StateTruth]] = defaultdict(list)
    for state in sorted(states, key=lambda state: state.modified_at):
        by_file[state.file_key].append(state)
    for key, history in by_file.items():
        for week in _weeks(monday(history[0].modified_at), min(last, removed.get(key, last + WEEK) - WEEK)):
            latest = [state for state in history if monday(state.modified_at) <= week][-1]
            found[key, week] = latest, monday(latest.modified_at) == week
    return found


def weekly_usage(weekly: Mapping[tuple[str, date], tuple[StateTruth, bool]]) -> dict[tuple[str, date], Counter[str]]:
    """By component and Monday: usages, placements and files over all main files, if there are usages."""
    found: defaultdict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for (_, week), (state, _) in weekly.items():
        for component, usage in state.usage.items() if not state.is_branch else ():
            found[component, week].update(
                usages=usage.usages, placements=usage.placements, files=1 if usage.usages else 0
            )
    return {grain: counts for grain, counts in found.items() if counts["usages"]}


def instance_events(
    before: Mapping[str, PlacedInstance], after: Mapping[str, PlacedInstance], frames: Mapping[str, str]
) -> dict[str, EventTruth]:
    """Events by node id. `frames` has the frame that replaced each detached instance, by the id of the instance.

    Instances that lay in a detached one and now lie in its frame have no event.
    """
    found = {}
    for node_id in (before.keys() | after.keys()) - _stayed(before, after, frames):
        old, new, frame_id = before.get(node_id), after.get(node_id), frames.get(node_id)
        if old and new and old.component_key != new.component_key:
            found[node_id] = EventTruth("swap", old.component_key, *new)
        elif new and not old:
            found[node_id] = EventTruth("insertion", None, *new)
        elif old and not new:
            event = "detachment" if frame_id else "removal"
            found[node_id] = EventTruth(event, old.component_key, None, *old[1:], frame_id)
    return found


def _stayed(
    before: Mapping[str, PlacedInstance], after: Mapping[str, PlacedInstance], frames: Mapping[str, str]
) -> set[str]:
    """Ids, before and after, of what a detachment gave another id: all nodes of a frame begin with the same number."""
    found: set[str] = set()
    for instance_id, frame_id in frames.items():
        session = frame_id.partition(":")[0]
        for component in {placed.component_key for placed in before.values()}:
            went = [
                node_id
                for node_id, placed in before.items()
                if placed.component_key == component and node_id.startswith(f"I{instance_id};") and node_id not in after
            ]
            came = [
                node_id
                for node_id, placed in after.items()
                if placed.component_key == component
                and node_id.removeprefix("I").startswith(f"{session}:")
                and node_id not in before
            ]
            found.update(node_id for pair in zip(went, came, strict=False) for node_id in pair)
    return found


def weekly_activity(
    saves: Iterable[SaveTruth], removed: Mapping[str, date], last: date
) -> dict[tuple[str, date], ActivityTruth]:
    """By file and Monday, from the first version on."""
    by_file: defaultdict[str, list[SaveTruth]] = defaultdict(list)
    for save in sorted((save for save in saves if save.is_listed), key=lambda save: save.modified_at):
        by_file[save.file_key].append(save)
    return {
        (key, week): _activity(history, week)
        for key, history in by_file.items()
        for week in _weeks(monday(history[0].modified_at), min(last, removed.get(key, last)))
    }


def weekly_editors(saves: Iterable[SaveTruth]) -> dict[tuple[str, str, date], tuple[int, int, int]]:
    """By file, person and Monday: saved versions, named versions, and sessions started."""
    listed = [save for save in saves if save.is_listed]
    by_file: defaultdict[str, list[SaveTruth]] = defaultdict(list)
    for save in listed:
        by_file[save.file_key].append(save)
    found: defaultdict[tuple[str, str, date], Counter[str]] = defaultdict(Counter)
    for save in listed:
        started = _starts_session(save, by_file[save.file_key])
        grain = save.file_key, save.user_id, monday(save.modified_at)
        found[grain].update(saved=1, named=int(save.is_named), started=int(started))
    return {grain: (counts["saved"], counts["named"], counts["started"]) for grain, counts in found.items()}


def weekly_people(
    editors: Mapping[tuple[str, str, date], tuple[int, int, int]],
    folders: Mapping[str, str],
    branches: Collection[str],
    libraries: Collection[str],
) -> dict[tuple[str, str, date], PersonTruth]:
    """By person, folder and Monday, from the rows of `weekly_editors` and the folder of each file."""
    found: defaultdict[tuple[str, str, date], list[tuple[str, tuple[int, int, int]]]] = defaultdict(list)
    for (key, person, week), counts in editors.items():
        found[person, folders[key], week].append((key, counts))
    return {grain: _person(files, branches, libraries) for grain, files in found.items()}


def _person(
    files: list[tuple[str, tuple[int, int, int]]], branches: Collection[str], libraries: Collection[str]
) -> PersonTruth:
    main = [(key, counts) for key, counts in files if key not in branches]
    return PersonTruth(
        files_saved=len(main),
        saved_versions=sum(saved for _, (saved, _, _) in main),
        named_versions=sum(named for _, (_, named, _) in main),
        sessions=sum(sessions for _, (_, _, sessions) in main),
        library_saved_versions=sum(saved for key, (saved, _, _) in main if key in libraries),
        branch_saved_versions=sum(saved for key, (saved, _, _) in files if key in branches),
    )


def _activity(history: list[SaveTruth], week: date) -> ActivityTruth:
    of_week = [save for save in history if monday(save.modified_at) == week]
    return ActivityTruth(
        saved_versions=len(of_week),
        named_versions=sum(save.is_named for save in of_week),
        people=len({save.user_id for save in of_week}),
        sessions=sum(_starts_session(save, history) for save in of_week),
        state=_activity_state([(week - monday(save.modified_at)) // WEEK for save in history]),
    )


def _starts_session(save: SaveTruth, history: list[SaveTruth]) -> bool:
    return not any(
        other.user_id == save.user_id and timedelta(0) < save.modified_at - other.modified_at < SESSION_BREAK
        for other in history
    )


def _activity_state(ages: list[int]) -> str:
    """The state from the age of each save in weeks. Saves that are still to come have a negative age."""
    recent = sum(0 <= age < 4 for age in ages)
    before = sum(4 <= age < 12 for age in ages)
    if recent and recent / 4 >= before / 8 / 2:
        return "active"
    if recent or before:
        return "slowing"
    return "frozen" if any(12 <= age < 52 for age in ages) else "dead"


def _weeks(first: date, last: date) -> Iterable[date]:
    while first <= last:
        yield first
        first += WEEK
