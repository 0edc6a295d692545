from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from tests.sql import organisation
from tests.sql.builds import Row, build, mart, query, write_raw_tables
from tests.sql.organisation import at

LOADED = at(5, 2).replace(microsecond=700_000)
SCAN = {"files_expected": 4, "files_scanned": 3, "is_conclusive": False}


def usage(style: Row, place: tuple[str, str, str], counts: tuple[int, int, int], *, is_defined_here: bool) -> Row:
    file_key, slot, node_id = place
    return style | {
        "file_key": file_key,
        "file_name": {"app": "App", "site": "Site"}[file_key],
        "slot": slot,
        "style_references": counts[0],
        "references_visible": counts[1],
        "nodes": counts[2],
        "is_defined_here": is_defined_here,
        "sample_url": f"https://www.figma.com/design/{file_key}?node-id={node_id}",
    }


def style(key: str | None, name: str | None, style_type: str | None, *, is_published: bool = False) -> Row:
    return {"style_key": key, "style_name": name, "style_type": style_type, "is_published": is_published}


def home(file_key: str | None, name: str | None, node_id: str | None) -> Row:
    team_id, team_name = {"lib": ("t1", "Design"), "site": ("t2", "Product")}.get(file_key or "", (None, None))
    team = {"defined_in_team_id": team_id, "defined_in_team_name": team_name}
    return {"defined_in_file_key": file_key, "defined_in_file_name": name, "node_id": node_id} | team


def dangling(identity: Row, place: Row, node_id: str, *, color: str | None = None, font: str | None = None) -> Row:
    figures = {
        "kind": "dangling",
        "style_references": 1,
        "files_using": 1,
        "branch_references": None,
        "last_seen_at": LOADED,
    }
    preview = {"preview_color": color, "preview_font": font}
    return identity | place | figures | preview | _link("app", node_id) | SCAN


def unused(identity: Row, place: Row, node_id: str, **more: object) -> Row:
    figures = {"kind": "unused", "style_references": 0, "files_using": 0, "branch_references": 0, "last_seen_at": None}
    preview = {"preview_color": None, "preview_font": None}
    return identity | place | figures | preview | _link(place["defined_in_file_key"], node_id) | SCAN | more


def test_style_usage_counts_references_by_file_and_slot_and_keeps_those_without_a_key(warehouse: Path) -> None:
    brand = style("brand", "Brand/Main", "FILL", is_published=True)

    assert mart(warehouse, "style_usage", "style_key nulls last, file_key, slot") == [
        usage(style("accent", "Accent", "FILL"), ("site", "fill", "2-7"), (1, 1, 1), is_defined_here=True),
        usage(style("body", "Body/Old", "TEXT"), ("app", "text", "2-8"), (1, 1, 1), is_defined_here=False),
        usage(brand, ("app", "fill", "2-7"), (2, 2, 2), is_defined_here=False),
        usage(brand, ("app", "stroke", "2-7"), (1, 1, 1), is_defined_here=False),
        usage(style("lost", "Red", "FILL"), ("app", "fill", "2-9"), (1, 0, 1), is_defined_here=False),
        usage(style(None, None, None), ("app", "fill", "2-10"), (1, 1, 1), is_defined_here=False),
    ]


def test_orphaned_styles_are_unused_or_dangling(warehouse: Path) -> None:
    nowhere = home(None, None, None)
    quiet = style("quiet", "Quiet", "FILL", is_published=True)

    assert mart(warehouse, "orphaned_styles", "kind, style_key nulls last") == [
        dangling(style("body", "Body/Old", "TEXT"), home("lib", "Library", "5:3"), "2-8", font="Inter 14.5 600"),
        dangling(style("lost", "Red", "FILL"), nowhere, "2-9", color="#112233ff"),
        dangling(style(None, None, None), nowhere, "2-10"),
        unused(quiet, home("lib", "Library", "5:2"), "5-2", last_seen_at=at(2, 1), branch_references=1),
        unused(style("spare", "Spare", "EFFECT"), home("site", "Site", "S:spare"), "S-spare"),
    ]


@pytest.mark.process
def test_findings_are_conclusive_if_every_expected_file_is_scanned(data: DataDir) -> None:
    write_raw_tables(data, organisation.rows_without_the_locked_file())
    build(data, "orphaned_styles", "unused_components")

    scans = "select distinct files_expected, files_scanned, is_conclusive from marts."

    conclusive = [{"files_expected": 3, "files_scanned": 3, "is_conclusive": True}]
    assert query(data.build, f"{scans}orphaned_styles") == conclusive
    assert query(data.build, f"{scans}unused_components") == conclusive


def _link(file_key: str, node_id: str) -> Row:
    return {"sample_url": f"https://www.figma.com/design/{file_key}?node-id={node_id}"}
