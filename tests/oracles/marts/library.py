"""What libraries published, and what Figma counts: library_changes, reconciliation."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from tests.oracles.marts.components import Components
from tests.oracles.marts.documents import Json
from tests.oracles.marts.facts import KINDS, During, Facts, OneOf, Row, Run, monday, time, url
from tests.oracles.marts.styles import Styles, references_in


class Library:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts, components: Components, styles: Styles) -> None:
        self.facts = facts
        self.components, self.styles = components, styles

    @cached_property
    def library_changes(self) -> list[Row]:
        return [row for kind in KINDS for row in self._changes(kind)]

    def _changes(self, kind: str) -> Iterator[Row]:
        ever: dict[str, Json] = {}
        shown: dict[str, Json] = {}
        missed: dict[str, Run] = {}
        for run in self.facts.runs:
            rows = {
                one.row["key"]: one.row
                for one in self.facts.company.publications
                if one.kind == kind and run.load in one.loads
            }
            for key, row in rows.items():
                for event, at, before in _events(ever.get(key), shown.get(key), row):
                    # what is published again is so after the load that missed it
                    is_early = event == "published" and key in missed and at < missed[key].started_at
                    yield self._row(kind, run, event, row, missed[key] if is_early else at, before)
            for key in shown.keys() - rows.keys():
                missed[key] = run
                yield self._row(kind, run, "unpublished", shown[key], run, shown[key])
            shown, ever = rows, ever | rows

    def _row(self, kind: str, run: Run, event: str, row: Json, at: datetime | Run, before: Json | None) -> Row:
        is_gone = event == "unpublished"
        place = _place(row) if kind != "styles" else None
        return {
            "kind": KINDS[kind],
            "item_key": row["key"],
            "event": event,
            "happened_at": During(at) if isinstance(at, Run) else at,
            "week_start": monday(at.started_at if isinstance(at, Run) else at),
            "item_name": row["name"],
            "name_before": before["name"] if before else None,
            "place": place,
            "place_before": _place(before) if before and kind != "styles" else None,
            "library_file_key": row["file_key"],
            "library_file_name": self.facts.name_of(row["file_key"]),
            "user_id": None if is_gone else row["user"]["id"],
            "user_handle": None if is_gone else row["user"]["handle"],
            "seen_at": During(run),
            "is_published": self.facts.is_published(kind, row["key"]),
            "figma_url": url(row["file_key"], row["node_id"]),
        }

    @cached_property
    def reconciliation(self) -> list[Row]:
        """Figma's figures are read once a day, so that those of the first load stand."""
        counted = self.facts.company.counted[1]
        first = [one for one in self.facts.company.publications if one.kind == "components" and 1 in one.loads]
        styles = [one for one in self.facts.company.publications if one.kind == "styles" and 1 in one.loads]
        return [
            *(self._beside(one.row["file_key"], one.row["key"], counted.get(one.row["key"])) for one in first),
            *(self._style_beside(one.row["file_key"], one.row["key"]) for one in styles),
        ]

    def _style_beside(self, library: str, key: str) -> Row:
        """A style, which Figma's analytics count as unused."""
        rows = [row for row in self.styles.style_usage if row["style_key"] == key]
        most = max((row["style_references"] for row in rows), default=0)
        usages = sum(row["style_references"] for row in rows)
        branches = [one for state in self.facts.branch_states for one in references_in(state) if one.key == key]
        scan = self.facts.scan()
        return {
            "library_file_key": library,
            "library_file_name": self.facts.name_of(library),
            "kind": "style",
            "item_key": key,
            "item_name": self.facts.style_name(key),
            **dict.fromkeys(("component_key", "component_name", "component_set_key", "component_set_name")),
            "figma_usages": 0,
            "usages": usages,
            "difference": -usages,
            "branch_usages": len(branches),
            "hidden": usages - sum(row["references_visible"] for row in rows),
            "library_usages": sum(row["style_references"] for row in rows if row["file_key"] == library),
            "in_definitions": None,
            "figma_files_using": 0,
            "files_using": len({row["file_key"] for row in rows}),
            "figma_teams_using": 0,
            "teams_using": len({self.facts.file(row["file_key"]).folder.team_id for row in rows}),
            "unscanned_files": scan["files_expected"] - scan["files_scanned"],
            "is_conclusive": scan["is_conclusive"],
            "fetched_at": During(self.facts.runs[0]),
            "last_run_at": self.facts.last_run.started_at,
            "sample_url": OneOf(row["sample_url"] for row in rows if row["style_references"] == most) if rows else None,
            "branch_sample_url": None,
        }

    def _beside(self, library: str, key: str, counted: tuple[int, int, int] | None) -> Row:
        usages, teams, files = counted or (0, 0, 0)
        rows = [row for row in self.components.component_usage if row["component_key"] == key]
        reach = next((row for row in self.components.component_reach if row["component_key"] == key), {})
        ours = sum(row["usages"] for row in rows)
        scan = self.facts.scan()
        return {
            "library_file_key": library,
            "library_file_name": self.facts.name_of(library),
            "kind": "component",
            "item_key": key,
            "item_name": self.facts.of_component(key)["component_name"],
            "component_key": key,
            **self.facts.of_component(key),
            "figma_usages": usages,
            "usages": ours,
            "difference": usages - ours,
            "branch_usages": self.components.on_branches(key)["branch_usages"],
            "hidden": sum(row["hidden"] for row in rows),
            "library_usages": sum(row["usages"] for row in rows if row["is_at_home"]),
            "in_definitions": sum(row["in_definitions"] for row in rows),
            "figma_files_using": files,
            "files_using": reach.get("files_using", 0),
            "figma_teams_using": teams,
            "teams_using": reach.get("teams_using", 0),
            "unscanned_files": scan["files_expected"] - scan["files_scanned"],
            "is_conclusive": scan["is_conclusive"],
            "fetched_at": During(self.facts.runs[0]),
            "last_run_at": self.facts.last_run.started_at,
            "sample_url": reach.get("sample_url"),
            "branch_sample_url": self.components.branch_urls(key),
        }


def _events(ever: Json | None, shown: Json | None, row: Json) -> Iterator[tuple[str, datetime, Json | None]]:
    """Yield event, time and the row before."""
    created_at, updated_at = time(row["created_at"]), time(row["updated_at"])
    assert created_at
    assert updated_at
    if shown is None:
        yield "published", created_at if ever is None else updated_at, None
        if ever is None and updated_at > created_at:
            yield "updated", updated_at, row
        return
    if row["name"] != shown["name"]:
        yield "renamed", updated_at, shown
    if _place(row) != _place(shown) or row["file_key"] != shown["file_key"]:
        yield "moved", updated_at, shown
    if row["updated_at"] != shown["updated_at"]:
        yield "updated", updated_at, shown


def _place(row: Json) -> str | None:
    frame = row.get("containing_frame") or {}
    return " / ".join(name for name in (frame.get("pageName"), frame.get("name")) if name) or None
