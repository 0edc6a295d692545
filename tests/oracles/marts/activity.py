"""What Figma itself has counted and logged: file_views, unopened_files, library_actions, reconciliation_weekly."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import cached_property

from figma_warehouse.sandbox import ActivityEvent, LibraryAction
from tests.oracles.marts.facts import WEEK, During, Facts, Row, monday
from tests.oracles.marts.history import History

SET_COLUMNS = ("component_set_key", "component_set_name")
EXPORT, PROTOTYPE = "fig_file_export", "fig_file_view_prototype"


class Activity:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts, history: History) -> None:
        self.facts = facts
        self.history = history

    @cached_property
    def _events(self) -> list[ActivityEvent]:
        """What is loaded: no other kinds of events."""
        found = [event for load, event in self.facts.company.activity if load <= self.facts.load]
        return [event for event in found if event.action in (EXPORT, PROTOTYPE, "fig_file_view")]

    def _main_key(self, event: ActivityEvent) -> str | None:
        """The main file in which an event happened; None if it is not known or removed."""
        known = {one.key: one.main_key or one.key for one in self.facts.files if not self.facts.is_removed(one)}
        key = event.main_key or known.get(event.file_key, event.file_key)
        return key if key in {one.key for one in self.facts.present} else None

    @cached_property
    def file_views(self) -> list[Row]:
        places: dict[tuple[str, date], list[ActivityEvent]] = defaultdict(list)
        for event in self._events:
            if key := self._main_key(event):
                places[key, monday(event.at)].append(event)
        return [self._views(key, week, events) for (key, week), events in places.items()]

    def _views(self, key: str, week: date, events: list[ActivityEvent]) -> Row:
        views = [one for one in events if one.action != EXPORT]
        exports = [one for one in events if one.action == EXPORT]
        since, begins = min(event.at for event in self._events), datetime.combine(week, time(), UTC)
        return {
            "file_key": key,
            "week_start": week,
            **self.facts.place(key),
            "opens": len(views),
            "prototype_opens": sum(one.action == PROTOTYPE for one in views),
            "anonymous_opens": sum(one.user is None for one in views),
            "exports": len(exports),
            "people_opened": len({one.user.id for one in views if one.user}),
            "people_exported": len({one.user.id for one in exports if one.user}),
            "people_saved": len(set(self._savers(key, week))),
            "is_conclusive": since <= begins and week + WEEK <= self.facts.last_run.finished_at.date(),
        }

    def _savers(self, key: str, week: date) -> Iterator[str]:
        for one in self.facts.files:
            if key in (one.key, one.main_key):
                for version in self.facts.versions(one):
                    if monday(version.card.created_at) == week:
                        yield version.card.user.id

    @cached_property
    def unopened_files(self) -> list[Row]:
        opened = {self._main_key(event) for event in self._events if event.action != EXPORT}
        return [
            {
                "file_key": one.key,
                **self.facts.place(one.key),
                "last_modified_at": self.facts.listed_at(one),
                "log_covered_from": min(event.at for event in self._events),
                "log_read_until": During(self.facts.last_run),
                "is_conclusive": True,
            }
            for one in self.facts.expected
            if one.key not in opened
        ]

    @cached_property
    def _actions(self) -> list[tuple[str, LibraryAction]]:
        return [(library, one) for library, found in self.facts.company.actions.items() for one in found]

    @cached_property
    def library_actions(self) -> list[Row]:
        """Figma's account is read once a week, by the first load."""
        return [
            {
                "library_file_key": library,
                "library_file_name": self.facts.name_of(library),
                "week_start": one.week,
                "kind": one.kind,
                "item_key": one.key,
                **self._described(one),
                "collection_name": None,
                "insertions": one.insertions,
                "detachments": one.detachments,
                "fetched_at": During(self.facts.runs[0]),
            }
            for library, one in self._actions
        ]

    def _described(self, action: LibraryAction) -> Row:
        row = next(
            one.row
            for one in self.facts.company.publications
            if one.kind == f"{action.kind}s" and one.row["key"] == action.key and 1 in one.loads
        )
        owner = (row.get("containing_frame") or {}).get("containingComponentSet") or {}
        sets = {
            one.row["node_id"]: one.row
            for one in self.facts.company.publications
            if one.kind == "component_sets" and one.file_key == row["file_key"] and 1 in one.loads
        }
        component_set = sets.get(owner.get("nodeId"), {}) if action.kind == "component" else {}
        return {
            "item_name": row["name"],
            "item_type": row.get("style_type") if action.kind == "style" else None,
            "component_set_key": component_set.get("key"),
            "component_set_name": component_set.get("name"),
        }

    @cached_property
    def reconciliation_weekly(self) -> list[Row]:
        figma = {(at, one.key, one.week): one for at, one in self._actions if one.kind == "component"}
        weeks: dict[str, list[date]] = defaultdict(list)
        for library, _, week in figma:
            weeks[library].append(week)
        ours = {
            (row["library_file_key"], row["component_key"], row["week_start"]): row
            for row in self.history.usage_history
            if row["is_published"]
            and (found := weeks[row["library_file_key"]])
            and min(found) <= row["week_start"] <= max(found)
        }
        rows = (self._side_by_side(at, figma.get(at), ours.get(at)) for at in figma.keys() | ours.keys())
        named = ("figma_insertions", "figma_detachments", "insertions", "detachments", "swaps_in")
        return [row for row in rows if any(row[name] for name in named)]

    def _side_by_side(self, at: tuple[str, str, date], figma: LibraryAction | None, ours: Row | None) -> Row:
        library, key, week = at
        row: Row = {
            "library_file_key": library,
            "library_file_name": self.facts.name_of(library),
            "component_key": key,
            "week_start": week,
            "figma_insertions": figma.insertions if figma else 0,
            "figma_detachments": figma.detachments if figma else 0,
            "is_conclusive": ours["is_conclusive"] if ours else False,
        }
        described = self._described(figma) if figma else {}
        for name, its in (("component_name", "item_name"), *((one, one) for one in SET_COLUMNS)):
            row[name] = ours[name] if ours and ours[name] else described.get(its)
        for name in ("insertions", "swaps_in", "detachments", "files_expected", "files_scanned"):
            row[name] = ours[name] if ours else None
        for name in ("insertion", "detachment"):
            row[f"{name}_difference"] = row[f"figma_{name}s"] - row[f"{name}s"] if ours else None
        return row
