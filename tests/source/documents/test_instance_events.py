"""Events between two states of a file, on hand-written documents."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from figma_warehouse.source.documents.flatten import flatten_document
from figma_warehouse.source.documents.instance_events import instance_events
from figma_warehouse.source.documents.model import decode_document

Json = dict[str, Any]
Row = dict[str, Any]

BEFORE = {"file_key": "app", "version": "1", "last_modified_at": datetime(2026, 5, 4, 9, tzinfo=UTC)}
AFTER = {"file_key": "app", "version": "2", "last_modified_at": datetime(2026, 5, 5, 9, tzinfo=UTC)}
BOX = (0, 0, 100, 40)


def layer(node_id: str, type_: str, *children: Json, name: str = "Layer", box: Any = BOX, **more: Any) -> Json:
    bounds = dict(zip(("x", "y", "width", "height"), box, strict=True)) if box else None
    common = {"id": node_id, "type": type_, "name": name, "absoluteBoundingBox": bounds}
    return common | {"children": list(children)} | more


def instance(node_id: str, component: str = "button", *children: Json, **more: Any) -> Json:
    return layer(node_id, "INSTANCE", *children, **{"name": "Button", "componentId": component} | more)


def frame(node_id: str, *children: Json, **more: Any) -> Json:
    return layer(node_id, "FRAME", *children, **{"name": "Button"} | more)


def nodes(*layers: Json, mapped: tuple[str, ...] = ("button", "link", "icon")) -> Any:
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": list(layers)}
    answer = {
        "document": {"id": "0:0", "type": "DOCUMENT", "children": [page]},
        "components": {name: {"key": f"{name} key", "name": name, "componentSetId": "set"} for name in mapped},
        "componentSets": {"set": {"key": "set key", "name": "Set"}},
    }
    return flatten_document("app", decode_document(json.dumps(answer).encode()))["nodes"]


def events(before: list[Json], after: list[Json]) -> list[Row]:
    rows: list[Row] = instance_events(BEFORE, AFTER, nodes(*before), nodes(*after)).to_pylist()
    return sorted(rows, key=lambda row: str(row["node_id"]))


def events_by_node(before: list[Json], after: list[Json]) -> list[tuple[str, str]]:
    return [(row["node_id"], row["event"]) for row in events(before, after)]


def test_a_new_instance_is_an_insertion_with_all_its_columns() -> None:
    assert events([], [frame("1:1", instance("1:2"))]) == [
        {
            "file_key": "app",
            "from_version": "1",
            "from_last_modified_at": BEFORE["last_modified_at"],
            "to_version": "2",
            "to_last_modified_at": AFTER["last_modified_at"],
            "node_id": "1:2",
            "event": "insertion",
            "component_key_before": None,
            "component_set_key_before": None,
            "component_key_after": "button key",
            "component_set_key_after": "set key",
            "parent_id": "1:1",
            "page_id": "0:1",
            "name": "Button",
            "is_nested": False,
            "is_in_definition": False,
            "frame_id": None,
            "confidence": 1.0,
            "is_tombstone": None,
        }
    ]


def test_a_missing_instance_is_a_removal_of_its_component() -> None:
    (row,) = events([instance("1:2")], [])
    assert (row["event"], row["component_key_before"], row["component_key_after"]) == ("removal", "button key", None)


def test_a_node_with_another_component_is_a_swap() -> None:
    (row,) = events([instance("1:2")], [instance("1:2", "link")])
    assert (row["event"], row["component_key_before"], row["component_key_after"]) == ("swap", "button key", "link key")


@pytest.mark.parametrize(("before", "after"), [((), ("button",)), (("button",), ())])
def test_a_component_whose_key_appeared_in_or_left_the_map_of_the_file_is_no_swap(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    old, new = (nodes(instance("1:2"), mapped=mapped) for mapped in (before, after))
    assert instance_events(BEFORE, AFTER, old, new).num_rows == 0


def test_a_component_without_a_key_that_is_replaced_by_another_is_a_swap() -> None:
    old, new = nodes(instance("1:2"), mapped=()), nodes(instance("1:2", "link"))
    (row,) = instance_events(BEFORE, AFTER, old, new).to_pylist()
    assert (row["event"], row["component_key_before"], row["component_key_after"]) == ("swap", None, "link key")


def test_renaming_moving_or_hiding_a_node_is_no_event() -> None:
    after = instance("1:2", name="Pay", box=(500, 500, 10, 10), visible=False)
    assert events([frame("1:1", instance("1:2"))], [frame("1:1"), after]) == []


def test_instances_inside_a_new_instance_are_marked_as_nested() -> None:
    rows = events([], [instance("1:2", "button", instance("I1:2;3:4", "icon"))])
    assert [(row["node_id"], row["is_nested"]) for row in rows] == [("1:2", False), ("I1:2;3:4", True)]


def test_instances_inside_a_component_are_marked_as_composition() -> None:
    rows = events([], [layer("1:1", "COMPONENT", instance("1:2"))])
    assert [(row["node_id"], row["is_in_definition"]) for row in rows] == [("1:2", True)]


def test_a_frame_in_the_place_of_an_instance_is_a_detachment_and_no_removal() -> None:
    (row,) = events([instance("1:2")], [frame("1:9")])
    assert (row["event"], row["node_id"], row["frame_id"]) == ("detachment", "1:2", "1:9")
    assert row["component_key_before"] == "button key"
    assert row["confidence"] == pytest.approx(0.95)


def test_a_frame_with_the_id_of_the_instance_is_a_certain_detachment() -> None:
    (row,) = events([instance("1:2")], [frame("1:2", name="Other", box=None)])
    assert (row["event"], row["frame_id"], row["confidence"]) == ("detachment", "1:2", 1.0)


def test_the_confidence_of_a_detachment_falls_with_the_difference_of_the_boxes() -> None:
    (row,) = events([instance("1:2")], [frame("1:9", box=(5, 0, 100, 40))])
    assert (row["event"], row["confidence"]) == ("detachment", pytest.approx(0.825))


@pytest.mark.parametrize(
    "frame_after",
    [
        frame("1:9", name="Other"),
        frame("1:9", box=(0, 0, 120, 40)),
        frame("1:9", box=None),
        layer("1:9", "RECTANGLE", name="Button"),
        frame("1:8", frame("1:9"), name="Other"),
    ],
    ids=["another name", "another box", "no box", "no frame", "another parent"],
)
def test_a_frame_that_is_not_similar_leaves_a_removal(frame_after: Json) -> None:
    assert events_by_node([instance("1:2")], [frame_after]) == [("1:2", "removal")]


def test_a_frame_that_existed_before_leaves_a_removal() -> None:
    assert events_by_node([instance("1:2"), frame("1:9")], [frame("1:9")]) == [("1:2", "removal")]


def test_a_frame_replaces_only_the_nearest_instance() -> None:
    before = [instance("1:2", box=(4, 0, 100, 40)), instance("1:3")]
    assert events_by_node(before, [frame("1:9")]) == [("1:2", "removal"), ("1:3", "detachment")]


@pytest.mark.parametrize(
    ("box", "event"),
    [
        ((0, 0, 100, 44), "detachment"),
        ((0, 4, 110, 40), "detachment"),
        ((0, 0, 100, 44.1), "removal"),
        ((0, 4.1, 100, 40), "removal"),
        ((10.1, 0, 100, 40), "removal"),
    ],
)
def test_a_box_is_near_if_each_side_and_offset_is_within_four_pixels_or_a_tenth_of_the_side(
    box: Any, event: str
) -> None:
    assert events_by_node([instance("1:2")], [frame("1:9", box=box)]) == [("1:2", event)]


@pytest.mark.parametrize(("x", "event"), [(40, "detachment"), (41, "removal")])
def test_a_large_box_is_near_within_forty_pixels(x: int, event: str) -> None:
    large = (0, 0, 1000, 800)
    assert events_by_node([instance("1:2", box=large)], [frame("1:9", box=(x, 0, 1000, 800))]) == [("1:2", event)]


def test_what_lay_in_a_detached_instance_is_neither_removed_nor_inserted() -> None:
    icons = [instance(f"I1:2;3:{number}", "icon") for number in range(4)]
    group = layer("6:9", "GROUP", *(instance(f"6:{number}", "icon") for number in range(3)))
    after = frame("6:8", group, instance("6:5", "link"))
    assert events_by_node([instance("1:2", "button", *icons)], [after]) == [
        ("1:2", "detachment"),
        ("6:5", "insertion"),
        ("I1:2;3:3", "removal"),
    ]


def test_equal_states_have_no_events() -> None:
    same = [instance("1:2", "button", instance("I1:2;3:4", "icon")), frame("1:5")]
    assert events(same, same) == []
