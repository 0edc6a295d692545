"""What the marts about the activity log must hold, from the events and the saves."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime

    from figma_warehouse.sandbox.organisation import ActivityEvent
    from figma_warehouse.sandbox.truth.history import SaveTruth


VIEWS, EXPORT = ("fig_file_view", "fig_file_view_prototype"), "fig_file_export"


class FileViews(NamedTuple):
    """Openings and exports of a file and its branches in a week, and the people who made them, or who saved."""

    opens: int
    prototype_opens: int
    exports: int
    anonymous_opens: int
    people_opened: int
    people_exported: int
    people_saved: int


def file_views(
    events: Iterable[ActivityEvent], saves: Iterable[SaveTruth], main_keys: Mapping[str, str]
) -> dict[tuple[str, date], FileViews]:
    """By file key and Monday, of the files that are keys of `main_keys`, which has the main file of each."""
    visits: defaultdict[tuple[str, date], list[ActivityEvent]] = defaultdict(list)
    for event in events:
        if event.file_key in main_keys and event.action in (*VIEWS, EXPORT):
            visits[main_keys[event.file_key], _monday(event.at)].append(event)
    savers: defaultdict[tuple[str, date], set[str]] = defaultdict(set)
    for save in saves:
        if save.file_key in main_keys and save.is_listed:
            savers[main_keys[save.file_key], _monday(save.modified_at)].add(save.user_id)
    return {place: _count(found, savers[place]) for place, found in visits.items()}


def unopened_files(
    events: Iterable[ActivityEvent], main_keys: Mapping[str, str], expected: Collection[str]
) -> frozenset[str]:
    """The expected main files that nobody opened, nor one of their branches."""
    opened = {main_keys.get(event.file_key, "") for event in events if event.action in VIEWS}
    return frozenset(expected) - opened


def _count(events: list[ActivityEvent], savers: set[str]) -> FileViews:
    views = [one for one in events if one.action in VIEWS]
    exports = [one for one in events if one.action == EXPORT]
    return FileViews(
        opens=len(views),
        prototype_opens=sum(one.action != VIEWS[0] for one in views),
        exports=len(exports),
        anonymous_opens=sum(one.user is None for one in views),
        people_opened=len({one.user.id for one in views if one.user}),
        people_exported=len({one.user.id for one in exports if one.user}),
        people_saved=len(savers),
    )


def _monday(at: datetime) -> date:
    return (at - timedelta(days=at.weekday())).date()
