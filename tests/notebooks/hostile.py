"""A small published warehouse by hand, full of names that try to be more than text.

The tables of marts are created from the columns that their models declare.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

Row = dict[str, Any]

MARTS = Path(__file__).parents[2] / "sql" / "models" / "marts"
FIGMA = {
    "teams": {"team_id": "varchar", "name": "varchar"},
    "runs": {"run_id": "varchar", "finished_at": "timestamptz"},
    "documents": {"file_key": "varchar", "loaded_at": "timestamptz"},
}
IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "<script>alert(1)</script>"
MARKDOWN = "[x](javascript:alert(1))"
FORMULA = '=HYPERLINK("https://evil.example","Report")'
ADDRESS = "https://evil.example/picture.png"
NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)


def write_warehouse(path: Path, rows: Mapping[str, Sequence[Row]]) -> None:
    """All tables that the pages read, each with its rows; what a row leaves out is null."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema figma; create schema marts")
        for table, columns in (_marts() | {f"figma.{name}": columns for name, columns in FIGMA.items()}).items():
            declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table {table} ({declared})")
            for row in rows.get(table, ()):
                names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
                connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))


def organisation() -> dict[str, list[Row]]:
    """Two teams; a library, two files that use it, one that is not loaded."""
    return _listing() | _components() | _styles() | _states()


def _listing() -> dict[str, list[Row]]:
    return {
        "figma.teams": [{"team_id": "t1", "name": MARKDOWN}, {"team_id": "t2", "name": SCRIPT}],
        "figma.runs": [{"run_id": "1", "finished_at": NOW}, {"run_id": "2", "finished_at": None}],
        "figma.documents": [{"file_key": "kit", "loaded_at": NOW - timedelta(days=1)}],
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
            _component("c1", "Kind=Primary", "Button", "kit"),
            _component("c2", "Kind=Quiet", "Button", "kit"),
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
    }


def _styles() -> dict[str, list[Row]]:
    return {
        "marts.orphaned_styles": [
            _style("dangling", "s1", IMAGE, references=9, files=2)
            | {"preview_color": "#42c99bff", "sample_url": "https://www.figma.com/design/one?node-id=1-9"},
            _style("dangling", None, None, references=4, files=1),
            _style("dangling", "s3", MARKDOWN, references=1, files=1)
            | {"style_type": "TEXT", "preview_font": "url(https://evil.example) 12 400"},
            _style("unused", "s4", SCRIPT) | {"defined_in_file_key": "kit", "defined_in_file_name": "Kit"},
        ],
        "marts.style_usage": [
            _reference("s1", "one", "fill", 5, 4),
            _reference("s1", "one", "stroke", 1, 0),
            _reference("s1", "two", "fill", 3, 3),
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
            _state("gone", "Gone", 2, 70) | {"is_latest": True, "is_removed": True},
            _state("branch", "Branch", 2, 80) | {"is_latest": True, "is_branch": True},
        ],
    }


def _marts() -> dict[str, dict[str, str]]:
    models = [model for path in MARTS.glob("*.yml") for model in yaml.safe_load(path.read_text())["models"]]
    return {
        f"marts.{model['name']}": {column["name"]: column["data_type"] for column in model["columns"]}
        for model in models
    }


def _file(key: str, name: str, team: str) -> Row:
    return {"file_key": key, "file_name": name, "team_id": team, "is_expected": True, "is_current": True}


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
        "placements": placements,
        "usages": usages,
        "hidden": hidden,
        "is_at_home": is_at_home,
        "last_seen_at": NOW,
        "sample_url": f"https://www.figma.com/design/{file}?node-id=1-{placements}",
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
        "is_conclusive": False,
        "figma_url": "https://www.figma.com/design/kit?node-id=5-5",
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
    return {
        "file_key": file,
        "version": f"{file}-{week}",
        "file_name": name,
        "team_id": "t2" if file == "one" else "t1",
        "last_modified_at": NOW - timedelta(weeks=8 - week),
        "pages": 2,
        "nodes": nodes,
        "instances": nodes // 10,
        "bytes": nodes * 10_000,
        "is_latest": False,
        "is_branch": False,
        "is_removed": False,
    }
