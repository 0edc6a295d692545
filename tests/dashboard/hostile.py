"""A small published warehouse by hand, full of names that try to be more than text.

The tables of marts are created from the columns that their models declare.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

Row = dict[str, Any]

MARTS = Path(__file__).parents[2] / "sql" / "models" / "marts"
FIGMA = {
    "teams": {"team_id": "varchar", "name": "varchar"},
    "folders": {"folder_id": "varchar", "parent_folder_id": "varchar", "path": "varchar"},
    "runs": {
        "run_id": "varchar",
        "started_at": "timestamptz",
        "finished_at": "timestamptz",
        "published_at": "timestamptz",
        "outcome": "varchar",
        **dict.fromkeys(("files_loaded", "files_unchanged", "files_skipped"), "bigint"),
        **dict.fromkeys(("requests_tier_1", "requests_tier_2", "requests_tier_3"), "bigint"),
    },
    "documents": {"file_key": "varchar", "loaded_at": "timestamptz"},
    "components": {"component_key": "varchar", "file_key": "varchar", "node_id": "varchar"},
    "component_sets": {"component_set_key": "varchar", "file_key": "varchar", "node_id": "varchar"},
    "images": {"file_key": "varchar", "node_id": "varchar", "sha256": "varchar", "format": "varchar"},
}
IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "<script>alert(1)</script>"
MARKDOWN = "[x](javascript:alert(1))"
FORMULA = '=HYPERLINK("https://evil.example","Report")'
ADDRESS = "https://evil.example/picture.png"
WEEKS = [date(2026, 2, 16), date(2026, 2, 23), date(2026, 3, 2)]
FOLDERS = {"t1": "f2", "t2": "f1"}
NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)


def write_warehouse(path: Path, rows: Mapping[str, Sequence[Row]], leave_out: Collection[str] = ()) -> None:
    """All tables that the pages read but the marts left out, each with its rows; what a row leaves out is null."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("begin; create schema figma; create schema marts")
        for table, columns in (_marts() | {f"figma.{name}": columns for name, columns in FIGMA.items()}).items():
            if table.removeprefix("marts.") in leave_out:
                continue
            declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table {table} ({declared})")
            for row in rows.get(table, ()):
                names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
                connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))
        connection.execute("commit")


def organisation() -> dict[str, list[Row]]:
    """Two teams; a library, two files that use it, one that is not loaded."""
    tables = (_listing, _components, _anatomy, _styles, _states, _adoption, _weeks, _events, _lost)
    return {name: rows for part in tables for name, rows in part().items()}


def _listing() -> dict[str, list[Row]]:
    return {
        "figma.teams": [{"team_id": "t1", "name": MARKDOWN}, {"team_id": "t2", "name": SCRIPT}],
        "figma.runs": [
            {"run_id": "1", "started_at": NOW - timedelta(minutes=2), "finished_at": NOW, "outcome": "partial"},
            {"run_id": "2", "finished_at": None},
        ],
        "figma.documents": [{"file_key": "kit", "loaded_at": NOW - timedelta(days=1)}],
        "figma.components": [{"component_key": "c5", "file_key": "kit", "node_id": "5:5"}],
        "marts.file_freshness": [
            _file("kit", "Kit", "t1"),
            _file("one", IMAGE, "t2"),
            _file("two", FORMULA, "t1"),
            _file("three", "Never loaded", "t2") | {"is_current": False},
            _file("slides", "Slides", "t2") | {"is_current": False, "is_expected": False},
        ],
    }


def _components() -> dict[str, list[Row]]:
    return {
        "marts.component_reach": [
            _component("c1", "Kind=Primary", "Button", "kit") | {"placements": 5, "usages": 7, "files_using": 2},
            _component("c2", "Kind=Quiet", "Button", "kit") | {"placements": 1, "usages": 5, "files_using": 1},
            _component("c3", IMAGE, None, None),
            _component("c4", SCRIPT, None, "kit"),
            _component("c5", ADDRESS, None, "kit"),
        ],
        "marts.component_usage": [
            _usage("c1", "one", 3, 5, hidden=1),
            _usage("c1", "two", 2, 2),
            _usage("c2", "one", 1, 1),
            _usage("c2", "kit", 0, 4, is_at_home=True),
            _usage("c3", "two", 7, 7) | {"sample_url": "https://evil.example/?https://www.figma.com/"},
            _usage("c4", "one", 1, 1) | {"sample_url": 'https://www.figma.com/design/one"onmouseover="alert(1)'},
        ],
        "marts.unused_components": [_unused()],
        "marts.reconciliation": [
            _reconciled("c2", "Kind=Quiet", "Button", 5, 5, 0),
            _reconciled("c4", IMAGE, None, 9, 1, 3),
            _reconciled("c1", "Kind=Primary", "Button", 4, 7, 0) | {"library_file_name": None},
        ],
    }


def _anatomy() -> dict[str, list[Row]]:
    return {
        "marts.variant_usage": [
            _value("Kind", "Primary", 5, 7),
            _value("Kind", SCRIPT, 0, 0) | {"is_unused": True},
            _value("Label", None, 1, 2) | {"property_type": "TEXT", "is_declared": False},
        ],
        "marts.component_impact": [
            {
                "component_key": "c2",
                "dependants": 0,
                "placements_touched": 1,
                **dict.fromkeys(("files_touched", "folders_touched", "teams_touched"), 1),
            }
        ],
        "marts.component_dependencies": [
            _composed("c4", "c1"),
            _composed("c3", "c4"),
            _composed("c4", "c3"),
        ],
    }


def _styles() -> dict[str, list[Row]]:
    return {
        "marts.orphaned_styles": [
            _style("dangling", "s1", IMAGE, references=9, files=2) | {"preview_color": "#42c99bff"},
            _style("dangling", None, None, references=4, files=1),
            _style("dangling", "s3", MARKDOWN, references=1, files=1)
            | {"style_type": "TEXT", "preview_font": "url(https://evil.example) 12 400"},
            _style("unused", "s4", SCRIPT) | {"defined_in_file_key": "kit", "defined_in_file_name": "Kit"},
        ],
        "marts.style_usage": [
            _reference("s1", "one", "fill", 5, 4),
            _reference("s1", "one", "stroke", 1, 0),
            _reference("s1", "two", "fill", 3, 3),
            _reference("s3", "two", "text", 1, 1),
            _reference(None, "two", "text_range", 4, 4),
        ],
    }


def _states() -> dict[str, list[Row]]:
    return {
        "marts.file_growth": [
            _state("one", IMAGE, 1, 100),
            _state("one", IMAGE, 5, 150) | {"is_latest": True, "nodes_4_weeks_before": 100, "growth_4_weeks": 0.5},
            _state("two", FORMULA, 1, 400),
            _state("two", FORMULA, 6, 300) | {"is_latest": True, "nodes_4_weeks_before": 400, "growth_4_weeks": -0.25},
            _state("kit", "Kit", 2, 50) | {"is_latest": True},
            _state("gone", "Gone", 2, 70) | {"is_latest": True, "is_removed": True, "nodes_4_weeks_before": 60},
            _state("branch", "Branch", 2, 80) | {"is_latest": True, "is_branch": True},
        ],
    }


def _weeks() -> dict[str, list[Row]]:
    return {
        "marts.file_growth_weekly": [
            _week("one", WEEKS[0]) | {"nodes": 100},
            _week("one", WEEKS[1]) | {"nodes": 100},
            _week("one", WEEKS[2]) | {"nodes": 150},
            _week("two", WEEKS[1]) | {"nodes": 400},
            _week("two", WEEKS[2]) | {"nodes": 300},
            _week("branch", WEEKS[2]) | {"nodes": 80, "is_branch": True},
        ],
        "marts.file_activity": [
            _week("one", WEEKS[1]) | {"saved_versions": 5, "sessions": 2, "people": 2, "state": "active"},
            _week("one", WEEKS[2]) | {"saved_versions": 4, "sessions": 1, "people": 1, "state": "active"},
            _week("two", WEEKS[0]) | {"saved_versions": 1, "sessions": 1, "people": 1, "state": "active"},
            _week("two", WEEKS[2]) | {"saved_versions": 0, "sessions": 0, "people": 0, "state": "dead"},
        ],
        "marts.usage_history": [
            _used("c1", WEEKS[0], 2, 4, scanned=1) | {"insertions": 4},
            _used("c1", WEEKS[1], 3, 6) | {"insertions": 5},
            _used("c2", WEEKS[1], 1, 3),
            _used("c3", WEEKS[1], 4, 4) | {"is_published": False, "local_placements": 4},
            _used("c1", WEEKS[2], 5, 8) | {"insertions": 2},
            _used("c2", WEEKS[2], 1, 3),
            _used("c3", WEEKS[2], 2, 2) | {"is_published": False, "local_placements": 2},
            _used("lost", WEEKS[2], 3, 3) | {"is_published": False},
        ],
    }


def _events() -> dict[str, list[Row]]:
    return {
        "marts.detachments": [
            _detached("c1", "one", WEEKS[1], IMAGE),
            _detached("c2", "two", WEEKS[2], MARKDOWN) | {"is_still_there": False, "confidence": 0.7},
        ],
        "marts.component_swaps": [
            _swapped("1:1", "one", WEEKS[1]),
            _swapped("1:2", "one", WEEKS[2]) | {"is_still_there": False},
            _swapped("1:1", "two", WEEKS[1]),
            _swapped("1:3", "two", WEEKS[0])
            | dict.fromkeys(("component_key_before", "component_name_before"))
            | dict.fromkeys(("component_set_key_before", "component_set_name_before"))
            | {"component_key_after": "c2", "component_name_after": "Kind=Quiet"}
            | {"component_set_key_after": "set-Button", "component_set_name_after": "Button"},
        ],
        "marts.library_changes": [
            _changed("component", "c4", "published", SCRIPT) | {"happened_at": NOW - timedelta(days=10)},
            _changed("component_set", "set-Button", "renamed", "Button") | {"name_before": IMAGE, "happened_at": NOW},
        ],
    }


def _lost() -> dict[str, list[Row]]:
    return {
        "marts.lost_components": [
            _file_of("two")
            | {
                "component_name": MARKDOWN,
                "component_key": "c9",
                "status": "unpublished",
                "usages": 5,
                "placements": 4,
            },
            _file_of("one") | {"layer_name": "Old layer", "status": "missing", "usages": 1, "placements": 1},
        ],
        "marts.shadow_styles": [
            _file_of("two")
            | {
                "style_key": "s8",
                "style_name": IMAGE,
                "style_value": "#ff0000ff",
                "published_style_name": "Red",
                "published_in_file_name": "Kit",
                "published_style_value": "#ff0000ff",
                "has_same_name": False,
                "has_same_value": True,
                "references": 3,
            }
        ],
        "marts.hardcoded_values": [
            _by_hand("one", "color", "#ff0000ff", 4) | {"nearest_key": "s7", "nearest_name": "Red", "is_exact": True},
            _by_hand("two", "color", "#ff0000ff", 3) | {"nearest_key": "s7", "nearest_name": "Red", "is_exact": True},
            _by_hand("two", "font", "Inter 14 400", 2),
        ],
    }


def _adoption() -> dict[str, list[Row]]:
    return {
        "marts.adoption": [
            _share("file", "one", 60, 100),
            _share("file", "two", 10, 100),
            _share("folder", "f1", 60, 100),
            _share("folder", "f2", 10, 100),
            _share("team", "t1", 10, 100),
            _share("team", "t2", 60, 100),
            _share("organisation", "organisation", 70, 200),
        ]
    }


@cache
def _marts() -> dict[str, dict[str, str]]:
    models = [model for path in MARTS.glob("*/*.yml") for model in yaml.safe_load(path.read_text())["models"]]
    return {
        f"marts.{model['name']}": {column["name"]: column["data_type"] for column in model["columns"]}
        for model in models
    }


def _detached(component: str, file: str, week: date, layer: str) -> Row:
    row = _file_of(file) | {
        "component_key": component,
        "component_set_key": "set-Button",
        "node_id": "1:1",
        "frame_id": "1:9",
        "found_version": "v2",
        "layer_name": layer,
        "week_start": week,
        "detached_by_at": datetime(week.year, week.month, week.day, 9, tzinfo=UTC),
        "confidence": 1.0,
        "is_still_there": True,
        "figma_url": f"https://www.figma.com/design/{file}?node-id=1-9",
    }
    return {name: cell for name, cell in row.items() if name not in ("is_conclusive", "sample_url")}


def _swapped(node: str, file: str, week: date) -> Row:
    """From the first variant of the button to the component whose name is a picture in Markdown."""
    row = _file_of(file) | {
        "node_id": node,
        "found_version": "v2",
        "swapped_by_at": datetime(week.year, week.month, week.day, 9, tzinfo=UTC),
        "week_start": week,
        "component_key_before": "c1",
        "component_name_before": "Kind=Primary",
        "component_set_key_before": "set-Button",
        "component_set_name_before": "Button",
        "component_key_after": "c3",
        "component_name_after": IMAGE,
        "is_still_there": True,
        "figma_url": f"https://www.figma.com/design/{file}?node-id={node.replace(':', '-')}",
    }
    return {name: cell for name, cell in row.items() if name not in ("is_conclusive", "sample_url")}


def _file_of(key: str) -> Row:
    names = {"one": IMAGE, "two": FORMULA, "branch": "Branch"}
    team = "t2" if key == "one" else "t1"
    return {
        "file_key": key,
        "file_name": names[key],
        "team_id": team,
        "folder_id": FOLDERS[team],
        "is_conclusive": False,
        "sample_url": f"https://www.figma.com/design/{key}?node-id=3-3",
    }


def _week(key: str, week: date) -> Row:
    row = _file_of(key) | {"week_start": week, "is_branch": False}
    return {name: value for name, value in row.items() if name not in ("is_conclusive", "sample_url")}


def _used(component: str, week: date, placements: int, usages: int, scanned: int = 4) -> Row:
    return {
        "component_key": component,
        "component_set_key": "set-Button" if component in ("c1", "c2") else None,
        "week_start": week,
        "placements": placements,
        "usages": usages,
        "insertions": 0,
        "is_published": True,
        "files_expected": 4,
        "files_scanned": scanned,
    }


def _changed(kind: str, key: str, event: str, name: str) -> Row:
    return {"kind": kind, "item_key": key, "event": event, "item_name": name, "library_file_name": "Kit"}


def _by_hand(file: str, kind: str, value: str, times: int) -> Row:
    row = _file_of(file) | {
        "kind": kind,
        "value": value,
        "occurrences": times,
        "nearest_value": None,
        "is_exact": False,
    }
    return {name: cell for name, cell in row.items() if name != "is_conclusive"}


def _file(key: str, name: str, team: str) -> Row:
    names = {"t1": MARKDOWN, "t2": SCRIPT}
    return {
        "file_key": key,
        "file_name": name,
        "team_id": team,
        "team_name": names[team],
        "folder_id": FOLDERS[team],
        "folder_path": "Apps",
        "is_branch": False,
        "is_loaded": name != "Never loaded",
        "is_expected": True,
        "is_current": True,
    }


def _share(level: str, key: str, library: int, visible: int) -> Row:
    return {
        "level": level,
        "id": key,
        "library_layers": library,
        "visible_layers": visible,
        "layer_share": library / visible,
        "is_conclusive": False,
        "sample_url": f"https://www.figma.com/design/{key}?node-id=9-9",
    }


def _component(key: str, name: str, component_set: str | None, library: str | None) -> Row:
    return {
        "component_key": key,
        "component_name": name,
        "component_set_key": component_set and f"set-{component_set}",
        "component_set_name": component_set,
        "library_file_key": library,
        "is_published": library is not None,
    }


def _usage(component: str, file: str, placements: int, usages: int, hidden: int = 0, is_at_home: bool = False) -> Row:
    names = {"kit": ("Kit", "t1"), "one": (IMAGE, "t2"), "two": (FORMULA, "t1")}
    return {
        "component_key": component,
        "file_key": file,
        "file_name": names[file][0],
        "team_id": names[file][1],
        "folder_id": FOLDERS[names[file][1]],
        "placements": placements,
        "usages": usages,
        "hidden": hidden,
        "is_at_home": is_at_home,
        "last_seen_at": NOW,
        "sample_url": f"https://www.figma.com/design/{file}?node-id=1-{placements}",
    }


def _value(name: str, value: str | None, placements: int, usages: int) -> Row:
    return {
        "component_set_key": "set-Button",
        "property": name,
        "property_name": name,
        "property_type": "VARIANT",
        "value": value,
        "value_name": value,
        "placements": placements,
        "usages": usages,
        "files_using": min(usages, 1),
        "is_declared": True,
        "is_unused": False,
        "is_conclusive": False,
    }


def _composed(component: str, needed: str) -> Row:
    names = {"c3": IMAGE, "c4": SCRIPT}
    return {
        "component_key": component,
        "needed_key": needed,
        "component_name": names[component],
        "file_name": "Kit",
        "is_published": component == "c4",
        "is_direct": True,
        "sample_url": f"https://www.figma.com/design/kit?node-id=4-{component[1:]}",
    }


def _unused() -> Row:
    return {
        "component_key": "c5",
        "component_name": ADDRESS,
        "library_file_key": "kit",
        "library_file_name": "Kit",
        "team_id": "t1",
        "team_name": MARKDOWN,
        "published_at": NOW - timedelta(days=120),
        "days_published": 120.7,
        "is_needed_by_unpublished": False,
        "branch_files": 2,
        "is_conclusive": False,
        "figma_url": "https://www.figma.com/design/kit?node-id=5-5",
    }


def _reconciled(key: str, name: str, component_set: str | None, figma: int, usages: int, branches: int) -> Row:
    return {
        "component_key": key,
        "component_name": name,
        "component_set_name": component_set,
        "library_file_key": "kit",
        "library_file_name": "Kit",
        "figma_usages": figma,
        "usages": usages,
        "difference": figma - usages,
        "branch_usages": branches,
        "hidden": 0,
        "unscanned_files": 1,
        "fetched_at": NOW,
        "sample_url": "https://www.figma.com/design/one?node-id=1-1",
        "branch_sample_url": f'https://www.figma.com/design/{key}"onmouseover="alert(1)' if branches else None,
    }


def _style(kind: str, key: str | None, name: str | None, references: int = 0, files: int = 0) -> Row:
    return {
        "kind": kind,
        "style_key": key,
        "style_name": name,
        "style_type": "FILL",
        "is_published": kind == "unused",
        "references": references,
        "files": files,
        "is_conclusive": False,
    }


def _reference(style: str | None, file: str, slot: str, references: int, visible: int) -> Row:
    return {
        "style_key": style,
        "file_key": file,
        "file_name": {"one": IMAGE, "two": FORMULA}[file],
        "slot": slot,
        "references": references,
        "references_visible": visible,
        "is_defined_here": False,
        "sample_url": f"https://www.figma.com/design/{file}?node-id=2-{visible}",
    }


def _state(file: str, name: str, week: int, nodes: int) -> Row:
    team = "t2" if file == "one" else "t1"
    return {
        "file_key": file,
        "version": f"{file}-{week}",
        "file_name": name,
        "team_id": team,
        "folder_id": FOLDERS[team],
        "loaded_at": NOW + timedelta(days=week - 2),
        "last_modified_at": NOW - timedelta(weeks=8 - week),
        "pages": 2,
        "nodes": nodes,
        "instances": nodes // 10,
        "bytes": nodes * 10_000,
        "is_latest": False,
        "is_branch": False,
        "is_removed": False,
    }
