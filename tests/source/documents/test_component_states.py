"""The components that a state of a file defines, and their parts, on hand-written documents."""

import json
from typing import Any

import pyarrow as pa

from figma_warehouse.source.documents.component_states import component_tables, definitions_hash
from figma_warehouse.source.documents.flatten import flatten_document
from figma_warehouse.source.documents.model import decode_document

Row = dict[str, Any]
PARTS = ("part", "part_id", "name", "path", "type", "value")


def tables(*layers: Row, file_key: str = "lib", **maps: Any) -> dict[str, pa.Table]:
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": list(layers)}
    answer = {"document": {"id": "0:0", "type": "DOCUMENT", "children": [page]}, **maps}
    return component_tables(file_key, flatten_document(file_key, decode_document(json.dumps(answer).encode())))


def layer(node_id: str, type_: str, name: str, *children: Row, **more: Any) -> Row:
    return {"id": node_id, "type": type_, "name": name, "children": list(children), **more}


def parts_of(found: dict[str, pa.Table], node_id: str) -> list[tuple[Any, ...]]:
    (parts_hash,) = [row["parts_hash"] for row in found["component_states"].to_pylist() if row["node_id"] == node_id]
    rows = [row for row in found["component_parts"].to_pylist() if row["parts_hash"] == parts_hash]
    return [tuple(row[name] for name in PARTS) for row in sorted(rows, key=lambda row: row["position"])]


BOX = {"absoluteBoundingBox": {"x": 0, "y": 0, "width": 80, "height": 24}}


def button(name: str = "Button", **more: Any) -> Row:
    label = layer("1:2", "TEXT", "Label", styles={"text": "9:1"})
    icon = layer("1:4", "INSTANCE", "Icon", layer("I1:4;5:1", "VECTOR", "Shape"), componentId="5:2")
    box = layer("1:3", "FRAME", "Box", icon, boundVariables={"opacity": {"id": "VariableID:7:1"}})
    return layer("1:1", "COMPONENT", name, label, box, **BOX, **more)


def test_a_component_has_its_names_size_and_own_layers() -> None:
    mapped = {"1:1": {"key": "button", "name": "Button", "description": "Press me"}}

    (state,) = tables(button(), components=mapped)["component_states"].to_pylist()

    assert state == {
        "file_key": "lib",
        "definitions_hash": state["definitions_hash"],
        "node_id": "1:1",
        "kind": "component",
        "item_key": "button",
        "set_node_id": None,
        "name": "Button",
        "description": "Press me",
        "width": 80.0,
        "height": 24.0,
        "layers": 4,
        "parts_hash": state["parts_hash"],
    }


def test_parts_are_the_layers_outside_instances_and_the_properties_under_the_ids_that_they_keep() -> None:
    declared = {
        "Label#1:7": {"type": "TEXT", "defaultValue": "OK"},
        "Size": {"type": "VARIANT", "defaultValue": "S"},
        "Text#1:7": {"type": "TEXT", "defaultValue": "Again"},
    }
    styles = {"9:1": {"key": "body", "name": "Body", "styleType": "TEXT"}}

    assert parts_of(tables(button(componentPropertyDefinitions=declared), styles=styles), "1:1") == [
        ("layer", "1:1", "Button", "", "COMPONENT", ""),
        ("layer", "1:2", "Label", "Label", "TEXT", "text: style body"),
        ("layer", "1:3", "Box", "Box", "FRAME", "opacity: variable VariableID:7:1"),
        ("layer", "1:4", "Icon", "Box / Icon", "INSTANCE", ""),
        ("property", "#1:7", "Label", None, "TEXT", "OK"),
        ("property", "Size", "Size", None, "VARIANT", "S"),
        ("property", "Text#1:7", "Text", None, "TEXT", "Again"),
    ]


def test_a_variant_names_its_set_and_the_set_has_no_layers_of_its_variants() -> None:
    variants = (layer("2:2", "COMPONENT", "Size=S"), layer("2:3", "COMPONENT", "Size=L"))
    found = tables(layer("2:1", "COMPONENT_SET", "Chip", *variants), componentSets={"2:1": {"key": "chip"}})

    rows = {row["node_id"]: row for row in found["component_states"].to_pylist()}
    assert {id_: (row["kind"], row["item_key"], row["set_node_id"]) for id_, row in rows.items()} == {
        "2:1": ("component_set", "chip", None),
        "2:2": ("component", None, "2:1"),
        "2:3": ("component", None, "2:1"),
    }
    assert parts_of(found, "2:1") == [("layer", "2:1", "Chip", "", "COMPONENT_SET", "")]


def test_states_are_equal_if_nothing_of_their_components_differs() -> None:
    def hash_of(*layers: Row, **maps: Any) -> str:
        return definitions_hash(tables(*layers, **maps)["component_states"])

    elsewhere = layer("3:1", "FRAME", "Notes")
    assert hash_of(button()) == hash_of(elsewhere, button())
    moved = button()
    moved["children"][1]["children"].clear()
    described = {"1:1": {"key": "button", "name": "Button", "description": "Press me"}}
    assert len({hash_of(button()), hash_of(button("Action")), hash_of(moved), hash_of()}) == 4
    assert hash_of(button(), components=described) != hash_of(button())


def test_components_with_equal_parts_share_their_rows() -> None:
    first, second = tables(button()), tables(button(), file_key="branch")

    assert first["component_parts"].equals(second["component_parts"])
    hashes = first["component_states"]["definitions_hash"], second["component_states"]["definitions_hash"]
    assert hashes[0].to_pylist() == hashes[1].to_pylist() == [definitions_hash(first["component_states"])]


def test_a_file_without_components_has_a_hash_and_no_rows() -> None:
    found = tables(layer("3:1", "FRAME", "Screen", layer("3:2", "INSTANCE", "Button")))

    assert [table.num_rows for table in found.values()] == [0, 0]
    assert definitions_hash(found["component_states"])
