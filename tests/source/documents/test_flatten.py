"""Rows of documents: generated and recorded ones against a plain recursion, small ones against hand-written rows."""

import copy
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from figma_warehouse.source.documents.flatten import Tables, flatten_document, hash_content, tombstones, with_tombstones
from figma_warehouse.source.documents.model import decode_document
from figma_warehouse.source.resources import NODE_TABLES
from figma_warehouse.source.schema import TABLES
from tests.fixtures.document_strategies import REMOTE_KEY, answers, body_of
from tests.oracles.document_rows import (
    POSITION_COLUMNS,
    Json,
    Row,
    Rows,
    children_of,
    position_rows_of_file,
    rows_of_file,
)

RECORDED = Path(__file__).parents[3].parent / "shared" / "recorded"
NO_FILE_ANSWER = "nodes-response"
RECORDED_NAMES: list[Any] = sorted(
    {path.name.removesuffix(".json.gz") for path in (RECORDED / "files").glob("*.json.gz")} - {NO_FILE_ANSWER}
)

MAPS = ("file_components", "file_styles")

drawn = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def flattened(answer: Json) -> Tables:
    return flatten_document("F", decode_document(body_of(answer)))


def rows_of(tables: Tables) -> Rows:
    return {name: table.to_pylist() for name, table in tables.items()}


def in_order(rows: Rows) -> Rows:
    """Sort the rows of all tables but nodes, because only nodes have an order."""
    return {
        name: table if name == "nodes" else sorted(table, key=lambda row: json.dumps(row, sort_keys=True))
        for name, table in rows.items()
    }


def assert_same_rows(found: Rows, expected: Rows) -> None:
    """Compare whole rows; if they differ, name the first difference."""
    for name in expected:
        for one, other in zip(in_order(found)[name], in_order(expected)[name], strict=False):
            assert one == other, name
        assert len(found[name]) == len(expected[name]), name
    assert found.keys() == expected.keys()


def assert_sound(tables: Tables) -> None:
    """Check that every table has its schema and no null in a non-nullable column, which Arrow does not check."""
    assert tuple(tables) == NODE_TABLES
    for name, table in tables.items():
        assert table.schema.equals(TABLES[name].schema, check_metadata=True), name
        table.validate(full=True)
        assert [field.name for field in table.schema if not field.nullable and table[field.name].null_count] == [], name


@pytest.fixture(
    scope="module",
    params=RECORDED_NAMES or [pytest.param("", marks=pytest.mark.skip("no recorded documents beside this project"))],
)
def recorded(request: pytest.FixtureRequest) -> tuple[str, Json, Tables]:
    body = gzip.decompress((RECORDED / "files" / f"{request.param}.json.gz").read_bytes())
    return request.param, json.loads(body), flatten_document("F", decode_document(body))


def index_of_recorded() -> dict[str, dict[str, str]]:
    """Read the table of INDEX.md: a dict by heading for each file's name."""
    files, _, _ = (RECORDED / "INDEX.md").read_text().partition("\n## ")
    lines = [line for line in files.splitlines() if line.startswith("|")]
    headings, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(headings, row, strict=True)) for row in rows}


@pytest.mark.slow
def test_a_recorded_document_gives_exactly_the_rows_of_a_plain_recursion(
    recorded: tuple[str, Json, Tables],
) -> None:
    _, answer, tables = recorded
    assert_sound(tables)
    assert_same_rows(rows_of(tables), rows_of_file("F", answer))


def test_a_recorded_document_has_the_counts_that_its_index_states(recorded: tuple[str, Json, Tables]) -> None:
    name, _, tables = recorded
    types = Counter(tables["nodes"]["type"].to_pylist())
    maps = {name: (tables[name].num_rows, sum(filter(None, tables[name]["is_remote"].to_pylist()))) for name in MAPS}
    stated = index_of_recorded()[name]
    assert {
        "nodes": str(types.total()),
        "instances": str(types["INSTANCE"]),
        "component nodes": str(types["COMPONENT"]),
        "components in map (remote)": "{} ({})".format(*maps["file_components"]),
        "styles in map (remote)": "{} ({})".format(*maps["file_styles"]),
    }.items() <= stated.items()


def test_a_recorded_document_has_as_many_visible_nodes_styles_and_paints_as_a_plain_count(
    recorded: tuple[str, Json, Tables],
) -> None:
    _, answer, tables = recorded
    visible, references = 0, 0
    paints: Counter[str] = Counter()

    def count(node: Json, shown: bool) -> None:
        nonlocal visible, references
        shown = shown and node.get("visible", True)
        visible += shown
        references += len(node.get("styles", {}))
        paints[node["id"]] += len(node.get("fills", [])) + len(node.get("strokes", []))
        for child in node.get("children", []):
            count(child, shown)

    count(answer["document"], True)
    slots = tables["node_styles"]["slot"].to_pylist()
    assert {
        "visible": sum(tables["nodes"]["is_effectively_visible"].to_pylist()),
        "references": sum(not slot.endswith("_range") for slot in slots),
        "paints": Counter(tables["node_paints"]["node_id"].to_pylist()),
    } == {"visible": visible, "references": references, "paints": +paints}


@pytest.mark.slow
@drawn
@given(answers())
def test_any_document_gives_exactly_the_rows_of_a_plain_recursion(answer: Json) -> None:
    tables = flattened(answer)
    assert_sound(tables)
    assert_same_rows(rows_of(tables), rows_of_file("F", answer))


@pytest.mark.slow
@drawn
@given(answers(is_malformed=True))
def test_unexpected_values_neither_lose_nor_move_a_node(answer: Json) -> None:
    tables = flattened(answer)
    assert_sound(tables)
    assert tables["nodes"].select(POSITION_COLUMNS).to_pylist() == [
        {name: row[name] for name in POSITION_COLUMNS} for row in position_rows_of_file("F", answer)
    ]


@pytest.mark.slow
@drawn
@given(st.one_of(answers(), answers(is_malformed=True)))
def test_nodes_form_one_tree_whose_subtrees_are_preorder_ranges(answer: Json) -> None:
    nodes = flattened(answer)["nodes"].to_pylist()
    by_id = {row["node_id"]: row for row in nodes}
    assert len(by_id) == len(nodes)
    assert [row["preorder"] for row in nodes] == list(range(len(nodes)))
    assert [row["preorder"] for row in nodes if row["parent_id"] is None] == [0]
    siblings: Counter[str] = Counter()
    for row in nodes[1:]:
        parent = by_id[row["parent_id"]]
        assert parent["preorder"] < row["preorder"]
        assert row["preorder"] + row["descendant_count"] <= parent["preorder"] + parent["descendant_count"]
        assert row["depth"] == parent["depth"] + 1
        assert row["position"] == siblings[row["parent_id"]]
        assert row["is_effectively_visible"] == (row["is_visible"] and parent["is_effectively_visible"])
        siblings[row["parent_id"]] += 1
    assert [siblings[row["node_id"]] for row in nodes] == [row["child_count"] for row in nodes]
    below = {
        row["node_id"]: sum(
            row["preorder"] < other["preorder"] <= row["preorder"] + row["descendant_count"] for other in nodes
        )
        for row in nodes
    }
    assert below == {row["node_id"]: row["descendant_count"] for row in nodes}


@pytest.mark.slow
@drawn
@given(answers(), st.data())
def test_unknown_properties_change_no_row(answer: Json, data: st.DataObject) -> None:
    plain = flattened(answer)
    more = json.loads(json.dumps(answer))
    data.draw(st.sampled_from([more, more["document"]]))["soonToCome"] = data.draw(st.from_type(type(None)) | st.text())
    assert hash_content(flattened(more)) == hash_content(plain)


NODE: Row = dict.fromkeys(TABLES["nodes"].schema.names) | {
    "file_key": "F",
    "is_visible": True,
    "is_effectively_visible": True,
    "is_locked": False,
    "instance_depth": 0,
    "opacity": 1.0,
    "is_mask": False,
    "is_fixed": False,
    **dict.fromkeys(("position", "descendant_count", "fill_count", "stroke_count", "effect_count", "child_count"), 0),
    **dict.fromkeys(("prototype_target_count", "export_setting_count"), 0),
}


def document(*nodes: Json, **rest: Any) -> Json:
    """Wrap nodes in a page and a document."""
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": list(nodes)}
    return {"document": {"id": "0:0", "type": "DOCUMENT", "name": "Document", "children": [page]}, **rest}


def rows_in(table: str, *nodes: Json, **rest: Any) -> list[Row]:
    """Return the rows of one table; of nodes, those below the page."""
    rows: list[Row] = flattened(document(*nodes, **rest))[table].to_pylist()
    return rows[2:] if table == "nodes" else rows


def values(rows: list[Row], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


def alias(variable_id: str) -> Json:
    return {"type": "VARIABLE_ALIAS", "id": variable_id}


def test_a_document_without_pages_is_one_row() -> None:
    tables = flattened({"document": {"id": "0:0", "type": "DOCUMENT"}})
    assert_sound(tables)
    assert rows_of(tables) == {name: [] for name in NODE_TABLES} | {
        "nodes": [NODE | {"node_id": "0:0", "type": "DOCUMENT", "preorder": 0, "depth": 0}]
    }


@pytest.mark.parametrize("page", [{}, {"children": []}, {"children": None}])
def test_a_page_without_layers_is_two_rows(page: Json) -> None:
    root = {"id": "0:0", "type": "DOCUMENT", "name": "D", "children": [{"id": "0:1", "type": "CANVAS"} | page]}
    tables = flattened({"document": root, "components": {}, "componentSets": {}, "styles": {}})
    assert_sound(tables)
    top = {"node_id": "0:0", "type": "DOCUMENT", "name": "D", "preorder": 0, "depth": 0}
    below = {"node_id": "0:1", "type": "CANVAS", "parent_id": "0:0", "page_id": "0:1", "preorder": 1, "depth": 1}
    assert rows_of(tables) == {name: [] for name in NODE_TABLES} | {
        "nodes": [NODE | top | {"child_count": 1, "descendant_count": 1}, NODE | below]
    }


LAYER: Json = {
    "id": "1:1",
    "type": "TEXT",
    "name": "Title",
    "visible": False,
    "locked": True,
    "absoluteBoundingBox": {"x": -1.5, "y": 2, "width": 30, "height": 40.25},
    "absoluteRenderBounds": {"x": -2.5, "y": 1, "width": 32, "height": 42.25},
    "rotation": 0.5,
    "opacity": 0.25,
    "blendMode": "MULTIPLY",
    "layoutMode": "HORIZONTAL",
    "layoutWrap": "WRAP",
    "layoutSizingHorizontal": "HUG",
    "layoutSizingVertical": "FILL",
    "primaryAxisSizingMode": "FIXED",
    "counterAxisSizingMode": "AUTO",
    "primaryAxisAlignItems": "SPACE_BETWEEN",
    "counterAxisAlignItems": "BASELINE",
    "paddingLeft": 1,
    "paddingRight": 2,
    "paddingTop": 3,
    "paddingBottom": 4,
    "itemSpacing": -8,
    "counterAxisSpacing": 6,
    "layoutGrow": 1,
    "layoutAlign": "STRETCH",
    "layoutPositioning": "ABSOLUTE",
    "minWidth": 10,
    "maxWidth": 90.5,
    "minHeight": 0,
    "maxHeight": 80,
    "constraints": {"vertical": "TOP", "horizontal": "LEFT_RIGHT"},
    "clipsContent": False,
    "scrollBehavior": "STICKY_SCROLLS",
    "isFixed": True,
    "rectangleCornerRadii": [4.5, 0, 8, 2],
    "individualStrokeWeights": {"top": 1, "right": 0, "bottom": 3.5, "left": 2},
    "cornerRadius": 4.5,
    "strokeWeight": 2,
    "strokeAlign": "INSIDE",
    "fills": [{"type": "SOLID", "visible": False}, {"type": "SOLID"}],
    "strokes": [{"type": "SOLID"}, {"type": "SOLID"}, {"type": "SOLID"}],
    "effects": [{"type": "LAYER_BLUR", "visible": False}],
    "characters": "Héllo",
    "style": {
        "fontFamily": "Inter",
        "fontSize": 16,
        "fontWeight": 600,
        "lineHeightPx": 24.5,
        "letterSpacing": -0.25,
    },
    "characterStyleOverrides": [0, 0, 3],
    "isMask": True,
    "devStatus": {"type": "READY_FOR_DEV", "description": "go"},
    "interactions": [{"actions": [{"type": "NODE", "destinationId": "1:2"}]}],
    "exportSettings": [{"suffix": ""}, {"suffix": "@2x"}],
}
COLUMNS: Json = {
    "file_key": "F",
    "node_id": "1:1",
    "parent_id": "0:1",
    "page_id": "0:1",
    "position": 0,
    "preorder": 2,
    "descendant_count": 0,
    "depth": 2,
    "type": "TEXT",
    "name": "Title",
    "is_visible": False,
    "is_effectively_visible": False,
    "is_locked": True,
    "component_id": None,
    "component_key": None,
    "component_set_key": None,
    "instance_id": None,
    "instance_depth": 0,
    "source_node_id": None,
    "definition_id": None,
    "section_id": None,
    "x": -1.5,
    "y": 2.0,
    "width": 30.0,
    "height": 40.25,
    "render_x": -2.5,
    "render_y": 1.0,
    "render_width": 32.0,
    "render_height": 42.25,
    "rotation": 0.5,
    "opacity": 0.25,
    "blend_mode": "MULTIPLY",
    "layout_mode": "HORIZONTAL",
    "layout_wrap": "WRAP",
    "layout_sizing_horizontal": "HUG",
    "layout_sizing_vertical": "FILL",
    "primary_axis_sizing_mode": "FIXED",
    "counter_axis_sizing_mode": "AUTO",
    "primary_axis_align": "SPACE_BETWEEN",
    "counter_axis_align": "BASELINE",
    "padding_left": 1.0,
    "padding_right": 2.0,
    "padding_top": 3.0,
    "padding_bottom": 4.0,
    "item_spacing": -8.0,
    "counter_axis_spacing": 6.0,
    "layout_grow": 1.0,
    "layout_align": "STRETCH",
    "layout_positioning": "ABSOLUTE",
    "min_width": 10.0,
    "max_width": 90.5,
    "min_height": 0.0,
    "max_height": 80.0,
    "constraint_horizontal": "LEFT_RIGHT",
    "constraint_vertical": "TOP",
    "clips_content": False,
    "scroll_behavior": "STICKY_SCROLLS",
    "is_fixed": True,
    "corner_radius": 4.5,
    "corner_radius_top_left": 4.5,
    "corner_radius_top_right": 0.0,
    "corner_radius_bottom_right": 8.0,
    "corner_radius_bottom_left": 2.0,
    "stroke_weight": 2.0,
    "stroke_weight_top": 1.0,
    "stroke_weight_right": 0.0,
    "stroke_weight_bottom": 3.5,
    "stroke_weight_left": 2.0,
    "stroke_align": "INSIDE",
    "fill_count": 2,
    "stroke_count": 3,
    "effect_count": 1,
    "child_count": 0,
    "characters": "Héllo",
    "font_family": "Inter",
    "font_size": 16.0,
    "font_weight": 600.0,
    "line_height_px": 24.5,
    "letter_spacing": -0.25,
    "has_mixed_styles": True,
    "is_mask": True,
    "dev_status": "READY_FOR_DEV",
    "prototype_target_count": 1,
    "export_setting_count": 2,
    "is_tombstone": None,
}


def test_every_property_of_a_layer_lands_in_its_column() -> None:
    assert rows_in("nodes", LAYER) == [COLUMNS]


COMPONENT_MAPS: Json = {
    "components": {
        "2:1": {
            "key": "a" * 40,
            "name": "Size=S",
            "description": "Small",
            "remote": False,
            "componentSetId": "2:0",
            "documentationLinks": [
                {"uri": ""},
                {"uri": "https://design.example.com/s"},
                {"uri": "https://other.example"},
            ],
        },
        "3:1": {"key": "b" * 40, "name": "Size=L", "description": "", "remote": True, "componentSetId": "3:0"},
        "4:1": {"key": "c" * 40, "name": "Alone", "description": ""},
        "5:1": {"key": "d" * 40, "name": "Set not sent", "componentSetId": "5:0"},
    },
    "componentSets": {
        "2:0": {
            "key": "e" * 40,
            "name": "Button",
            "description": "Press it",
            "remote": False,
            "documentationLinks": [{"uri": "https://design.example.com/button"}],
        },
        "3:0": {"key": "f" * 40, "name": "Input", "description": ""},
    },
}


def test_components_and_their_sets_resolve_to_keys() -> None:
    instances = [
        {"id": f"1:{at}", "type": "INSTANCE", "componentId": component_id}
        for at, component_id in enumerate(["2:1", "3:1", "4:1", "5:1"])
    ]
    placed = {"type": "INSTANCE", "parent_id": "0:1", "page_id": "0:1", "depth": 2}
    resolved: list[Row] = [
        {"component_id": "2:1", "component_key": "a" * 40, "component_set_key": "e" * 40},
        {"component_id": "3:1", "component_key": "b" * 40, "component_set_key": "f" * 40},
        {"component_id": "4:1", "component_key": "c" * 40, "component_set_key": None},
        {"component_id": "5:1", "component_key": "d" * 40, "component_set_key": None},
    ]
    assert rows_in("nodes", *instances, **COMPONENT_MAPS) == [
        NODE | placed | {"node_id": f"1:{at}", "position": at, "preorder": at + 2} | keys
        for at, keys in enumerate(resolved)
    ]


def test_an_instance_whose_component_is_not_in_the_map_stays_with_a_null_key() -> None:
    rows = rows_in("nodes", {"id": "1:1", "type": "INSTANCE", "componentId": "9:9"}, **COMPONENT_MAPS)
    placed = {"parent_id": "0:1", "page_id": "0:1", "depth": 2, "position": 0, "preorder": 2}
    assert rows == [NODE | placed | {"node_id": "1:1", "type": "INSTANCE", "component_id": "9:9"}]


def test_the_maps_of_a_document_become_rows() -> None:
    style = {"key": "1" * 40, "name": "Text/Body", "description": "Copy", "styleType": "TEXT", "remote": True}
    tables = rows_of(flattened(document(**COMPONENT_MAPS, styles={"6:1": style, "6:2": {"key": "2" * 40}})))
    component = {"file_key": "F", "is_tombstone": None, "component_set_id": None, "component_set_key": None}
    component["documentation_url"] = None
    assert tables["file_components"] == [
        component
        | {"node_id": "2:1", "component_key": "a" * 40, "name": "Size=S", "description": "Small", "is_remote": False}
        | {"component_set_id": "2:0", "component_set_key": "e" * 40}
        | {"documentation_url": "https://design.example.com/s"},
        component
        | {"node_id": "3:1", "component_key": "b" * 40, "name": "Size=L", "description": "", "is_remote": True}
        | {"component_set_id": "3:0", "component_set_key": "f" * 40},
        component
        | {"node_id": "4:1", "component_key": "c" * 40, "name": "Alone", "description": "", "is_remote": None},
        component
        | {"node_id": "5:1", "component_key": "d" * 40, "name": "Set not sent", "description": None}
        | {"is_remote": None, "component_set_id": "5:0"},
    ]
    common = {"file_key": "F", "is_tombstone": None}
    assert tables["file_component_sets"] == [
        common
        | {"node_id": "2:0", "component_set_key": "e" * 40, "name": "Button"}
        | {"description": "Press it", "is_remote": False, "documentation_url": "https://design.example.com/button"},
        common
        | {"node_id": "3:0", "component_set_key": "f" * 40, "name": "Input", "description": "", "is_remote": None}
        | {"documentation_url": None},
    ]
    assert tables["file_styles"] == [
        common
        | {"node_id": "6:1", "style_key": "1" * 40, "name": "Text/Body", "description": "Copy"}
        | {"style_type": "TEXT", "is_remote": True},
        common
        | {"node_id": "6:2", "style_key": "2" * 40, "name": None, "description": None}
        | {"style_type": None, "is_remote": None},
    ]


def test_a_copy_inside_instances_names_its_instance_and_the_node_it_copies() -> None:
    inmost = {"id": "I1:5;2:7;3:9", "type": "TEXT"}
    inner = {"id": "I1:5;2:7", "type": "INSTANCE", "children": [inmost]}
    outer = {"id": "1:5", "type": "INSTANCE", "children": [inner, {"id": "I1:5;2:8", "type": "TEXT"}]}
    columns = ("node_id", "instance_id", "instance_depth", "source_node_id", "descendant_count")
    assert values(rows_in("nodes", outer, {"id": "1:6", "type": "TEXT"}), *columns) == [
        ("1:5", None, 0, None, 3),
        ("I1:5;2:7", "1:5", 1, "2:7", 1),
        ("I1:5;2:7;3:9", "I1:5;2:7", 2, "3:9", 0),
        ("I1:5;2:8", "1:5", 1, "2:8", 0),
        ("1:6", None, 0, None, 0),
    ]


def test_a_definition_covers_itself_and_its_subtree_and_a_section_only_its_subtree() -> None:
    variant = {"id": "1:3", "type": "COMPONENT", "children": [{"id": "1:4", "type": "INSTANCE"}]}
    component_set = {"id": "1:2", "type": "COMPONENT_SET", "children": [variant, {"id": "1:5", "type": "FRAME"}]}
    section = {"id": "1:1", "type": "SECTION", "children": [component_set, {"id": "1:6", "type": "SECTION"}]}
    assert values(rows_in("nodes", section), "node_id", "definition_id", "section_id") == [
        ("1:1", None, None),
        ("1:2", "1:2", "1:1"),
        ("1:3", "1:3", "1:1"),
        ("1:4", "1:3", "1:1"),
        ("1:5", "1:2", "1:1"),
        ("1:6", None, "1:1"),
    ]


def test_overrides_are_one_row_per_layer_and_field() -> None:
    overrides = [
        {"id": "1:1", "overriddenFields": ["name", "fills", "name"]},
        {"id": "I1:1;2:1", "overriddenFields": ["characters"]},
        {"id": "I1:1;2:2", "overriddenFields": []},
        {"id": "I1:1;2:1", "overriddenFields": ["characters"]},
    ]
    row = {"file_key": "F", "node_id": "1:1", "is_tombstone": None}
    assert rows_in("node_overrides", {"id": "1:1", "type": "INSTANCE", "overrides": overrides}) == [
        row | {"target_node_id": "1:1", "field": "name"},
        row | {"target_node_id": "1:1", "field": "fills"},
        row | {"target_node_id": "I1:1;2:1", "field": "characters"},
    ]


def test_the_properties_that_a_component_declares_have_their_defaults() -> None:
    declared = {
        "Size": {"type": "VARIANT", "defaultValue": "Large", "variantOptions": ["Large", "Small"]},
        "Has icon#1:2": {"type": "BOOLEAN", "defaultValue": False},
        "Icon#1:4": {"type": "INSTANCE_SWAP", "defaultValue": "1:967", "preferredValues": [{"type": "COMPONENT"}]},
        "Slot#1:5": {"type": "SLOT"},
    }
    row = {"file_key": "F", "node_id": "1:1", "is_tombstone": None}
    found = rows_in("node_properties", {"id": "1:1", "type": "COMPONENT_SET", "componentPropertyDefinitions": declared})
    assert found == [
        row | {"name": "Size", "type": "VARIANT", "value": "Large"},
        row | {"name": "Has icon#1:2", "type": "BOOLEAN", "value": "false"},
        row | {"name": "Icon#1:4", "type": "INSTANCE_SWAP", "value": "1:967"},
        row | {"name": "Slot#1:5", "type": "SLOT", "value": None},
    ]


def test_component_properties_keep_their_values_as_text() -> None:
    given_properties = {
        "Size": {"type": "VARIANT", "value": "Large", "boundVariables": {}},
        "Has icon#1:2": {"type": "BOOLEAN", "value": True},
        "Label#1:3": {"type": "TEXT", "value": "Sénd “it”"},
        "Icon#1:4": {"type": "INSTANCE_SWAP", "value": "1:967", "preferredValues": [{"type": "COMPONENT"}]},
        "Slot#1:5": {"type": "SLOT", "value": ["1:9"]},
        "Empty#1:6": {"type": "TEXT", "value": ""},
        "None#1:7": {"type": "TEXT"},
    }
    row = {"file_key": "F", "node_id": "1:1", "is_tombstone": None}
    found = rows_in("node_properties", {"id": "1:1", "type": "INSTANCE", "componentProperties": given_properties})
    assert found == [
        row | {"name": "Size", "type": "VARIANT", "value": "Large"},
        row | {"name": "Has icon#1:2", "type": "BOOLEAN", "value": "true"},
        row | {"name": "Label#1:3", "type": "TEXT", "value": "Sénd “it”"},
        row | {"name": "Icon#1:4", "type": "INSTANCE_SWAP", "value": "1:967"},
        row | {"name": "Slot#1:5", "type": "SLOT", "value": '["1:9"]'},
        row | {"name": "Empty#1:6", "type": "TEXT", "value": ""},
        row | {"name": "None#1:7", "type": "TEXT", "value": None},
    ]


def test_a_node_refers_to_a_style_once_per_slot_and_through_parts_of_its_text_and_fills() -> None:
    text = {
        "id": "1:1",
        "type": "TEXT",
        "styles": {"text": "6:1", "fill": "6:2", "futureSlot": "6:9"},
        "styleOverrideTable": {
            "1": {"inheritTextStyleId": "6:3", "inheritFillStyleId": "6:2", "fontSize": 3},
            "2": {"inheritTextStyleId": "6:3"},
            "3": {"inheritTextStyleId": "6:1"},
            "4": {"fontSize": 12},
            "5": None,
        },
    }
    vector = {
        "id": "1:2",
        "type": "VECTOR",
        "fillOverrideTable": {"1": {"fills": [], "inheritFillStyleId": "6:2"}, "2": None, "3": {"fills": []}},
    }
    styles = {"6:1": {"key": "key of 1"}, "6:2": {"key": "key of 2"}, "6:3": {"key": "key of 3"}}
    found = sorted(
        values(rows_in("node_styles", text, vector, styles=styles), *TABLES["node_styles"].schema.names[:-1])
    )
    assert found == [
        ("F", "1:1", "fill", "6:2", "key of 2", True),
        ("F", "1:1", "fill_range", "6:2", "key of 2", False),
        ("F", "1:1", "futureSlot", "6:9", None, True),
        ("F", "1:1", "text", "6:1", "key of 1", True),
        ("F", "1:1", "text_range", "6:1", "key of 1", False),
        ("F", "1:1", "text_range", "6:3", "key of 3", False),
        ("F", "1:2", "fill_range", "6:2", "key of 2", True),
    ]


BLACK, RED, GREEN = ([{"type": "SOLID", "color": {"r": red, "g": green}}] for red, green in ((0, 0), (1, 0), (0, 1)))
LOOK = ("node_id", "look", "position", "characters", "font_size", "text_style_key", "fill_style_key", "color")


def text(node_id: str, characters: str, overrides: list[int], table: Json, **more: Any) -> Json:
    return {
        "id": node_id,
        "type": "TEXT",
        "characters": characters,
        "style": {"fontFamily": "Inter", "fontSize": 14, "fontWeight": 400},
        "fills": BLACK,
        "characterStyleOverrides": overrides,
        "styleOverrideTable": table,
        **more,
    }


def test_a_text_has_the_looks_that_its_characters_show() -> None:
    styled = {"inheritTextStyleId": "6:1", "inheritFillStyleId": "6:2", "fills": GREEN}
    nodes = [
        text("1:1", "Build it", [7] * 8, {"7": {"fills": RED}}),
        text("1:2", "Build it", [0, 0, 0, 7, 7], {"7": {"fills": GREEN}}),
        text("1:3", "Styled", [3] * 6, {"3": styled}, styles={"text": "6:9", "fill": "6:9"}),
        text("1:4", "Unused", [0] * 6, {"9": {"fills": RED}}),
        text("1:5", "Same", [1, 2, 5], {"1": {"fontSize": 20}, "2": {"fontSize": 20, "letterSpacing": 1}}),
        text("1:6", "", [1], {"1": {"fontSize": 20}}),
    ]
    styles = {"6:1": {"key": "body"}, "6:2": {"key": "green"}}
    assert values(rows_in("text_ranges", *nodes, styles=styles), *LOOK) == [
        ("1:1", 7, 0, 8, 14.0, None, None, "#ff0000ff"),
        ("1:2", 0, 0, 6, 14.0, None, None, "#000000ff"),
        ("1:2", 7, 0, 2, 14.0, None, None, "#00ff00ff"),
        ("1:3", 3, 0, 6, 14.0, "body", "green", "#00ff00ff"),
        ("1:5", 0, 0, 2, 14.0, None, None, "#000000ff"),
        ("1:5", 1, 0, 2, 20.0, None, None, "#000000ff"),
        ("1:6", 0, 0, 0, 14.0, None, None, "#000000ff"),
    ]
    shown = values(rows_in("node_styles", *nodes, styles=styles), "slot", "style_id", "is_shown")
    assert shown == [
        ("text", "6:9", False),
        ("fill", "6:9", False),
        ("text_range", "6:1", True),
        ("fill_range", "6:2", True),
    ]


def test_a_range_of_a_text_leaves_the_style_that_it_deviates_from() -> None:
    table = {"1": {"fontSize": 20}, "2": {"fills": RED}, "3": {"textDecoration": "UNDERLINE"}}
    node = text("1:1", "abcd", [1, 2, 3], table, styles={"text": "6:1", "fills": "6:2"})
    found = values(rows_in("text_ranges", node), "look", "characters", "text_style_id", "fill_style_id")
    assert found == [(0, 2, "6:1", "6:2"), (1, 1, None, "6:2"), (2, 1, "6:1", None)]


def test_the_characters_of_a_text_are_counted_as_people_do_and_found_as_figma_counts_them() -> None:
    node = text("1:1", "a😀b", [0, 5, 5, 6], {"5": {"fills": RED}, "6": {"fills": GREEN}})
    assert values(rows_in("text_ranges", node), "look", "characters") == [(0, 1), (5, 1), (6, 1)]


def test_a_font_of_a_range_is_bound_by_its_own_variable_otherwise_by_that_of_the_base() -> None:
    table = {
        "1": {"fontFamily": "Lato", "fontSize": 14, "boundVariables": {"fontFamily": alias("VariableID:1:1")}},
        "2": {"fills": RED},
        "3": {"fontSize": 30},
    }
    bound = {"fontFamily": [alias("VariableID:1:1"), alias("VariableID:1:2")], "fontSize": [alias("VariableID:1:3")]}
    node = text("1:1", "abcd", [0, 1, 2, 3], table, boundVariables=bound)
    found = values(rows_in("text_ranges", node), "look", "font_family_variable_id", "font_size_variable_id")
    assert found == [
        (0, "VariableID:1:2", "VariableID:1:3"),
        (1, "VariableID:1:1", None),
        (2, "VariableID:1:2", "VariableID:1:3"),
        (3, "VariableID:1:2", None),
    ]


EFFECT = ("position", "type", "is_visible", "radius", "offset_x", "offset_y", "spread", "color", "blend_mode")


def test_each_effect_of_a_node_has_its_values_as_figma_sends_them() -> None:
    shadow = {"type": "DROP_SHADOW", "radius": 4, "offset": {"x": 0, "y": 2}, "spread": -1, "blendMode": "NORMAL"}
    black = {"color": {"r": 0, "g": 0, "b": 0, "a": 0.25}}
    node = {"id": "1:1", "type": "FRAME", "effects": [shadow | black, {"type": "LAYER_BLUR", "visible": False}]}
    assert values(rows_in("node_effects", node), *EFFECT) == [
        (0, "DROP_SHADOW", True, 4.0, 0.0, 2.0, -1.0, "#00000040", "NORMAL"),
        (1, "LAYER_BLUR", False, None, None, None, None, None, None),
    ]


def test_an_effect_is_bound_by_the_variable_of_its_color_otherwise_of_another_field() -> None:
    bound = [{"offsetX": alias("V:1"), "color": alias("V:2")}, {"offsetY": alias("V:3"), "radius": alias("V:4")}, {}]
    node = {"id": "1:1", "type": "FRAME", "effects": [{"boundVariables": each} for each in bound]}
    assert values(rows_in("node_effects", node), "variable_id") == [("V:2",), ("V:4",), (None,)]


def test_radii_that_are_not_four_are_none() -> None:
    nodes = [{"id": f"1:{len(radii)}", "type": "STAR", "rectangleCornerRadii": radii} for radii in ([], [8], [8] * 5)]
    found = rows_in("nodes", *nodes)
    assert len(found) == 3
    assert {row["corner_radius_top_left"] for row in found} == {None}


def test_a_node_has_a_mode_for_each_collection_that_it_sets() -> None:
    node = {"id": "1:1", "type": "FRAME", "explicitVariableModes": {"VariableCollectionId:1:2": "1:0", "C": "3:1"}}
    found = values(rows_in("node_modes", node, {"id": "1:2", "type": "FRAME"}), "node_id", "collection_id", "mode_id")
    assert found == [("1:1", "VariableCollectionId:1:2", "1:0"), ("1:1", "C", "3:1")]


def test_a_vector_shows_its_own_fills_and_those_of_its_regions() -> None:
    regions: Json = {"1": {"fills": RED, "inheritFillStyleId": "6:2"}, "2": None, "3": {"fills": []}}
    vector = {"id": "1:1", "type": "VECTOR", "fills": [*BLACK, *GREEN], "fillOverrideTable": regions}
    plain = {"id": "1:2", "type": "VECTOR", "fills": BLACK, "fillOverrideTable": {"1": None}}
    found = values(rows_in("text_ranges", vector, plain), *LOOK[:4], "fill_style_id", "color")
    assert found == [
        ("1:1", 0, 0, None, None, "#000000ff"),
        ("1:1", 0, 1, None, None, "#00ff00ff"),
        ("1:1", 1, 0, None, "6:2", "#ff0000ff"),
        ("1:1", 3, 0, None, None, None),
    ]


BOUND_PROPERTIES = [
    "opacity",
    "fills/0",
    "fills/1",
    "size/x",
    "size/y",
    "rectangleCornerRadii/RECTANGLE_TOP_LEFT_CORNER_RADIUS",
    "componentProperties/Label#1:2",
    "fills/0/color",
    "fills/1/gradientStops/1/color",
    "strokes/0/color",
    "effects/1/radius",
    "effects/1/color",
    "layoutGrids/0/gutterSize",
    "style/fontSize",
    "style/fontFamily/0",
    "componentProperties/Label#1:2/value",
    "styleOverrideTable/3/fontSize",
    "styleOverrideTable/3/fills/1/color",
    "styleOverrideTable/3/fills/2/gradientStops/0/color",
    "fillOverrideTable/4/fills/0/color",
]


def bound_instance() -> Json:
    """An instance with a binding wherever one can be, to variables numbered in the order of BOUND_PROPERTIES."""
    numbered = (f"VariableID:1:{number}" for number in range(100))

    def bound() -> Json:
        return alias(next(numbered))

    return {
        "id": "1:1",
        "type": "INSTANCE",
        "boundVariables": {
            "opacity": bound(),
            "fills": [bound(), bound()],
            "size": {"x": bound(), "y": bound()},
            "rectangleCornerRadii": {"RECTANGLE_TOP_LEFT_CORNER_RADIUS": bound()},
            "componentProperties": {"Label#1:2": bound()},
        },
        "fills": [
            {"type": "SOLID", "boundVariables": {"color": bound()}},
            {"type": "GRADIENT_LINEAR", "gradientStops": [{"position": 0}, {"boundVariables": {"color": bound()}}]},
        ],
        "strokes": [{"type": "SOLID", "boundVariables": {"color": bound()}}],
        "effects": [{"type": "LAYER_BLUR"}, {"boundVariables": {"radius": bound(), "color": bound()}}],
        "layoutGrids": [{"boundVariables": {"gutterSize": bound()}}],
        "style": {"boundVariables": {"fontSize": bound(), "fontFamily": [bound()]}},
        "componentProperties": {"Label#1:2": {"type": "TEXT", "value": "x", "boundVariables": {"value": bound()}}},
        "styleOverrideTable": {
            "3": {
                "boundVariables": {"fontSize": bound()},
                "fills": [
                    {"type": "SOLID"},
                    {"type": "SOLID", "boundVariables": {"color": bound()}},
                    {"type": "GRADIENT_LINEAR", "gradientStops": [{"boundVariables": {"color": bound()}}]},
                ],
            }
        },
        "fillOverrideTable": {"4": {"fills": [{"type": "SOLID", "boundVariables": {"color": bound()}}]}, "5": None},
    }


def test_a_bound_variable_is_found_at_any_depth() -> None:
    found = rows_in("node_variables", bound_instance())
    assert sorted(found, key=lambda row: int(row["variable_id"].rpartition(":")[2])) == [
        {
            "file_key": "F",
            "node_id": "1:1",
            "property": path,
            "variable_id": f"VariableID:1:{number}",
            "variable_key": None,
            "is_tombstone": None,
        }
        for number, path in enumerate(BOUND_PROPERTIES)
    ]


def test_only_the_id_of_a_remote_variable_contains_a_key() -> None:
    bound = {
        "remote": alias(f"VariableID:{REMOTE_KEY}/12:34"),
        "local": alias("VariableID:12:34"),
        "short": alias("VariableID:0123/12:34"),
    }
    found = rows_in("node_variables", {"id": "1:1", "type": "FRAME", "boundVariables": bound})
    assert values(found, "property", "variable_id", "variable_key") == [
        ("remote", f"VariableID:{REMOTE_KEY}/12:34", REMOTE_KEY),
        ("local", "VariableID:12:34", None),
        ("short", "VariableID:0123/12:34", None),
    ]


def test_paints_keep_their_order_color_picture_and_variable() -> None:
    layer = {
        "id": "1:1",
        "type": "FRAME",
        "fills": [
            {
                "type": "SOLID",
                "opacity": 0.5,
                "color": {"r": 1, "g": 0.5, "b": 0.25, "a": 1},
                "boundVariables": {"color": alias("VariableID:1:2")},
            },
            {"type": "GRADIENT_RADIAL", "visible": False, "gradientStops": [{"position": 0}]},
            {"type": "IMAGE", "imageRef": "b0a4", "scaleMode": "FILL"},
        ],
        "strokes": [{"type": "SOLID", "color": {"r": 0.1, "g": 0.002, "b": 0.9981, "a": 0.3}, "boundVariables": {}}],
    }
    plain = {"file_key": "F", "node_id": "1:1", "opacity": 1.0, "is_visible": True, "is_tombstone": None}
    blank = dict.fromkeys(("color", "image_ref", "variable_id"))
    assert rows_in("node_paints", layer) == [
        plain
        | blank
        | {"role": "fill", "position": 0, "type": "SOLID", "color": "#ff8040ff", "opacity": 0.5}
        | {"variable_id": "VariableID:1:2"},
        plain | blank | {"role": "fill", "position": 1, "type": "GRADIENT_RADIAL", "is_visible": False},
        plain | blank | {"role": "fill", "position": 2, "type": "IMAGE", "image_ref": "b0a4"},
        plain | blank | {"role": "stroke", "position": 0, "type": "SOLID", "color": "#1a01ff4d"},
    ]


@pytest.mark.parametrize(
    ("color", "written"),
    [
        ({}, "#000000ff"),
        ({"r": 0.00196, "g": 0.00197}, "#000100ff"),
        ({"r": 128 / 255, "g": 0.501960813999176, "b": 127 / 255, "a": 0}, "#80807f00"),
        ({"r": 1.2, "g": -0.1, "b": 1e300, "a": -1e300}, "#ff00ff00"),
        ({"r": 1e308, "g": -1e308}, "#ff0000ff"),
    ],
)
def test_a_color_rounds_to_8_bits_and_stays_in_range(color: Json, written: str) -> None:
    layer = {"id": "1:1", "type": "FRAME", "fills": [{"type": "SOLID", "color": color}]}
    assert values(rows_in("node_paints", layer), "color") == [(written,)]


LEADS = {"type": "NODE", "destinationId": "1:9"}
BACK = {"type": "BACK"}


@pytest.mark.parametrize(
    ("prototype", "targets"),
    [
        ({}, 0),
        ({"transitionNodeID": "1:9"}, 1),
        ({"transitionNodeID": None}, 0),
        ({"transitionNodeID": "1:9", "interactions": [{"actions": [LEADS]}]}, 1),
        ({"interactions": [{"actions": [LEADS, BACK, None, {"type": "NODE", "destinationId": None}]}]}, 1),
        ({"interactions": [{"actions": [LEADS]}, {"actions": [LEADS, LEADS]}, {"actions": None}, {}]}, 3),
        (
            {
                "interactions": [
                    {
                        "actions": [
                            {
                                "type": "CONDITIONAL",
                                "conditionalBlocks": [
                                    {"condition": {}, "actions": [LEADS, BACK]},
                                    {"actions": [{"conditionalBlocks": [{"actions": [LEADS]}]}]},
                                    {"actions": None},
                                ],
                            }
                        ]
                    }
                ]
            },
            2,
        ),
    ],
)
def test_a_prototype_target_is_an_action_that_leads_to_a_node(prototype: Json, targets: int) -> None:
    found = rows_in("nodes", {"id": "1:1", "type": "FRAME", **prototype})
    assert values(found, "prototype_target_count") == [(targets,)]


@pytest.mark.parametrize(
    ("deviations", "is_mixed"),
    [({}, None), ({"characterStyleOverrides": []}, False)]
    + [({"characterStyleOverrides": styles}, mixed) for styles, mixed in (([0, 0], False), ([0, 7], True))],
)
def test_a_text_is_mixed_when_some_characters_deviate(deviations: Json, is_mixed: bool | None) -> None:
    found = rows_in("nodes", {"id": "1:1", "type": "TEXT", **deviations})
    assert values(found, "has_mixed_styles") == [(is_mixed,)]


RICH = document(
    {
        "id": "1:1",
        "type": "INSTANCE",
        "componentId": "2:1",
        "styles": {"fill": "6:1"},
        "fills": [{"type": "SOLID", "color": {"r": 1}, "boundVariables": {"color": alias("VariableID:1:2")}}],
        "componentProperties": {"Size": {"type": "VARIANT", "value": "Large"}},
        "overrides": [{"id": "1:1", "overriddenFields": ["name"]}],
        "effects": [{"type": "LAYER_BLUR", "radius": 4}],
        "explicitVariableModes": {"VariableCollectionId:1:2": "1:0"},
        "children": [
            {
                "id": "I1:1;2:2",
                "type": "TEXT",
                "name": "Title",
                "visible": False,
                "characters": "Two looks",
                "characterStyleOverrides": [2, 2, 2],
                "styleOverrideTable": {"2": {"fontSize": 20}},
            }
        ],
    },
    **COMPONENT_MAPS,
    styles={"6:1": {"key": "1" * 40, "name": "Red", "styleType": "FILL"}},
)


def changed(table: pa.Table, row: int, column: str) -> pa.Table:
    """Return the table with another value in one cell."""
    rows = table.to_pylist()
    value = rows[row][column]
    others: dict[str, Any] = {"string": f"{value} ", "int32": (value or 0) + 1 if not isinstance(value, str) else 0}
    others |= {"double": 0.5 if value != 0.5 else None, "bool": value is not True}
    rows[row][column] = others[str(table.schema.field(column).type)]
    return pa.Table.from_pylist(rows, schema=table.schema)


def test_the_same_content_has_the_same_hash_in_any_notation() -> None:
    body = body_of(RICH)
    once = hash_content(flatten_document("F", decode_document(body)))
    reordered = json.dumps(RICH, indent=2, sort_keys=True, ensure_ascii=False).encode()
    assert hash_content(flatten_document("F", decode_document(body))) == once
    assert hash_content(flatten_document("F", decode_document(body.replace(b", ", b" ,\n")))) == once
    assert hash_content(flatten_document("F", decode_document(reordered))) == once


def test_tables_with_equal_rows_have_the_same_hash_from_any_source() -> None:
    tables = flattened(RICH)
    again = {
        name: pa.Table.from_pylist(table.to_pylist(), schema=table.schema)
        for name, table in reversed(list(tables.items()))
    }
    assert again == tables
    assert hash_content(again) == hash_content(tables)


@pytest.mark.parametrize("name", NODE_TABLES)
def test_any_changed_value_gives_another_hash(name: str) -> None:
    tables = flattened(RICH)
    variants = [
        {**tables, name: changed(tables[name], row, column)}
        for row in range(tables[name].num_rows)
        for column in tables[name].schema.names
    ]
    assert len(variants) >= len(tables[name].schema)
    assert len({hash_content(each) for each in (tables, *variants)}) == len(variants) + 1


@pytest.mark.parametrize("name", NODE_TABLES)
def test_a_missing_row_gives_another_hash(name: str) -> None:
    tables = flattened(RICH)
    shorter = {**tables, name: tables[name].slice(0, tables[name].num_rows - 1)}
    assert hash_content(shorter) != hash_content(tables)


def test_the_same_rows_in_another_table_give_another_hash() -> None:
    given = {"node_properties": flattened(RICH)["node_properties"], "node_variables": TABLES["node_variables"].empty()}
    rows = [tuple(row.values()) for row in given["node_properties"].to_pylist()]
    names = TABLES["node_variables"].schema.names
    moved = [dict(zip(names, row, strict=True)) for row in rows]
    bound = pa.Table.from_pylist(moved, schema=TABLES["node_variables"].schema)
    assert bound.num_rows == 1
    other = {"node_properties": TABLES["node_properties"].empty(), "node_variables": bound}
    assert hash_content(other) != hash_content(given)


@pytest.mark.slow
def test_the_last_of_many_rows_is_part_of_the_hash() -> None:
    many = [{"id": f"1:{number}", "type": "FRAME", "name": "same"} for number in range(40_000)]
    before = hash_content(flattened(document(*many)))
    many[-1]["name"] = "other"
    assert hash_content(flattened(document(*many))) != before


def test_only_empty_tables_get_a_tombstone() -> None:
    keys: dict[str, dict[str, Any]] = {
        "node_paints": {"role": "", "position": 0},
        "node_variables": {"property": ""},
        "node_properties": {"name": ""},
        "node_overrides": {"target_node_id": "", "field": ""},
        "node_effects": {"position": 0},
        "node_modes": {"collection_id": ""},
        "text_ranges": {"look": 0, "position": 0},
        "file_components": {},
        "file_component_sets": {},
        "file_styles": {},
    }
    tables = flattened(document({"id": "1:1", "type": "TEXT", "styles": {"text": "6:1"}}))
    found = with_tombstones("F", tables)
    assert_sound(found)
    assert found["nodes"] is tables["nodes"]
    assert found["node_styles"] is tables["node_styles"]
    assert rows_of({name: found[name] for name in NODE_TABLES if name not in ("nodes", "node_styles")}) == {
        name: [dict.fromkeys(TABLES[name].schema.names) | {"file_key": "F", "node_id": "", "is_tombstone": True} | key]
        for name, key in keys.items()
    }


def test_a_document_that_fills_every_table_gets_no_tombstone() -> None:
    tables = flattened(RICH)
    assert all(table.num_rows for table in tables.values())
    assert with_tombstones("F", tables) == tables


def test_a_removed_file_is_a_tombstone_in_every_table() -> None:
    found = tombstones("F")
    assert_sound(found)
    assert {name: table.select(["file_key", "is_tombstone"]).to_pylist() for name, table in found.items()} == {
        name: [{"file_key": "F", "is_tombstone": True}] for name in NODE_TABLES
    }
    assert list(tombstones("F", ["documents"])) == ["documents"]


def all_nodes(node: Json) -> list[Json]:
    return [node, *(below for child in children_of(node) for below in all_nodes(child))]


def without_repeats(node: Json, seen: set[str]) -> Json | None:
    """The tree without nodes that repeat an earlier id, in document order, and without their subtrees."""
    if node["id"] in seen:
        return None
    seen.add(node["id"])
    kept = [one for child in children_of(node) if (one := without_repeats(child, seen))]
    return node | {"children": kept} if "children" in node else node


@pytest.mark.slow
@drawn
@given(answer=answers(), data=st.data())
def test_of_nodes_with_the_same_id_the_first_is_kept_with_its_subtree(answer: Json, data: st.DataObject) -> None:
    answer = copy.deepcopy(answer)
    for _ in range(data.draw(st.integers(1, 3))):
        nodes = all_nodes(answer["document"])
        repeated = copy.deepcopy(data.draw(st.sampled_from(nodes)))
        into = data.draw(st.sampled_from([node for node in nodes if isinstance(node.get("children"), list)]))
        into["children"].insert(data.draw(st.integers(0, len(into["children"]))), repeated)
    once = answer | {"document": without_repeats(answer["document"], set())}
    assert_same_rows(rows_of(flattened(answer)), rows_of_file("F", once))


def test_a_repeated_node_is_left_out_with_its_subtree_and_positions_stay_dense() -> None:
    def layer(id_: str, name: str, *children: Json) -> Json:
        return {"id": id_, "type": "FRAME", "name": name, "children": list(children)}

    first = layer("1:1", "first", layer("1:2", "below"))
    again = layer("1:1", "again", layer("1:3", "lost here"))
    page = layer("0:1", "page", first, again, layer("1:3", "kept"), layer("1:2", "again"), layer("1:4", "last"))
    rows = flattened({"document": layer("0:0", "document", page)})["nodes"].to_pylist()
    assert [
        (row["node_id"], row["name"], row["preorder"], row["position"], row["descendant_count"]) for row in rows
    ] == [
        ("0:0", "document", 0, 0, 5),
        ("0:1", "page", 1, 0, 4),
        ("1:1", "first", 2, 0, 1),
        ("1:2", "below", 3, 0, 0),
        ("1:3", "kept", 4, 1, 0),
        ("1:4", "last", 5, 2, 0),
    ]
