"""Decoding of documents: broken bodies are refused, malformed values are read as far as possible."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from figma_warehouse.source.documents.flatten import flatten_document
from figma_warehouse.source.documents.model import BadDocument, decode_document
from figma_warehouse.source.resources import NODE_TABLES
from tests.fixtures.document_strategies import answers, body_of, nested_body
from tests.oracles.document_rows import Json, Row

ROOT = Path(__file__).parents[3]
LEVELS = 3_000
LEVELS_BEYOND_ALL_MEASURE = 100_000
BEYOND_DOUBLE = 10**400


def rows_of_body(body: bytes, table: str = "nodes") -> list[Row]:
    rows: list[Row] = flatten_document("F", decode_document(body))[table].to_pylist()
    return rows


def body_with(**layer: Any) -> bytes:
    """A document with one layer; values that JSON cannot express are written as other encoders write them."""
    children = [{"id": "1:1", "type": "TEXT", "name": "Layer"} | layer, {"id": "1:2", "type": "TEXT"}]
    return json.dumps({"document": {"id": "0:0", "type": "DOCUMENT", "children": children}}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"{}",
        b"7",
        b'"document"',
        b"<!DOCTYPE html><html><body>challenge</body></html>",
        b'{"err":"Request too large. If applicable, filter by query params.","status":400}',
        b'{"document":null}',
        b'{"document":[]}',
        b'{"document":{}}',
        b'{"document":"0:0"}',
        b'{"document":{"id":"0:0"}}',
        b'{"document":{"type":"DOCUMENT"}}',
        b'{"document":{"id":null,"type":"DOCUMENT"}}',
        b'{"nodes":{"1:1":{"document":{"id":"1:1","type":"FRAME"}}}}',
        b'{"document":{"id":"0:0","type":"DOCUMENT"}}{}',
        b"\x1f\x8b\x08\x00",
        b'{"document":{"id":"0:0","type":"DOCUMENT","name":"\xff"}}',
    ],
)
def test_a_body_without_a_document_is_refused(body: bytes) -> None:
    with pytest.raises(BadDocument):
        decode_document(body)


@pytest.mark.slow
@settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(st.one_of(answers(), answers(is_malformed=True)), st.booleans(), st.data())
def test_a_body_cut_off_anywhere_is_refused(answer: Json, ascii_only: bool, data: st.DataObject) -> None:
    body = body_of(answer, ascii_only=ascii_only)
    assert decode_document(body)
    with pytest.raises(BadDocument):
        decode_document(body[: data.draw(st.integers(0, len(body) - 1))])


def test_a_small_body_cut_off_at_every_byte_is_refused() -> None:
    body = body_with(name="Zoë 🎉", opacity=0.5, fills=[{"type": "SOLID", "color": {"r": 1}}], later={"a": [1, None]})
    for end in range(len(body)):
        with pytest.raises(BadDocument):
            decode_document(body[:end])
    assert len(rows_of_body(body)) == 3


@pytest.mark.parametrize(("name", "kept"), [("deep", "deep"), (5, "5")], ids=["regular", "odd"])
def test_a_document_may_nest_three_thousand_levels(name: Any, kept: str) -> None:
    columns = ("node_id", "name", "preorder", "depth", "descendant_count", "instance_depth", "parent_id", "instance_id")
    found = [tuple(row[column] for column in columns) for row in rows_of_body(nested_body(LEVELS, name))]
    parents = [None, *(f"1:{level}" for level in range(LEVELS))]
    instances = [None, None, *(f"1:{level - 1 - level % 2}" if level else None for level in range(2, LEVELS))]
    assert found == [
        (f"1:{level}", kept, level, level, LEVELS - 1 - level, level // 2, parents[level], instances[level])
        for level in range(LEVELS)
    ]


@pytest.mark.process
@pytest.mark.parametrize("name", ["deep", 5], ids=["regular", "odd"])
def test_a_document_that_is_nested_too_deeply_is_refused_without_a_crash(name: Any) -> None:
    program = (
        "from figma_warehouse.source.documents.model import BadDocument, decode_document\n"
        "from tests.fixtures.document_strategies import nested_body\n"
        f"body = nested_body({LEVELS_BEYOND_ALL_MEASURE}, {name!r})\n"
        "try:\n"
        "    decode_document(body)\n"
        "except BadDocument:\n"
        "    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "refused\n", "")


def test_the_metadata_of_a_file_is_read() -> None:
    facts = {"name": "Kit", "version": "22", "lastModified": "2026-02-16T16:02:49Z", "editorType": "figma"}
    document = decode_document(json.dumps({"document": {"id": "0:0", "type": "DOCUMENT"}, **facts}).encode())
    assert (document.name, document.version, document.last_modified, document.editor_type) == tuple(facts.values())


def test_metadata_that_is_missing_or_numeric_does_not_refuse_a_document() -> None:
    bare = decode_document(b'{"document":{"id":"0:0","type":"DOCUMENT"}}')
    odd = decode_document(b'{"document":{"id":"0:0","type":"DOCUMENT"},"name":null,"version":22,"editorType":null}')
    assert (bare.name, bare.version, bare.last_modified, bare.editor_type) == (None, "", "", None)
    assert (odd.name, odd.version, odd.last_modified, odd.editor_type) == (None, "22", "", None)


@pytest.mark.parametrize("name", ["components", "componentSets", "styles"])
@pytest.mark.parametrize("odd", [None, [], 3, {"2:1": None}, {"2:1": 4}])
def test_a_malformed_map_is_left_out_and_the_nodes_stay(name: str, odd: Any) -> None:
    answer = {"document": {"id": "0:0", "type": "DOCUMENT", "children": [{"id": "0:1", "type": "CANVAS"}]}, name: odd}
    tables = flatten_document("F", decode_document(json.dumps(answer).encode()))
    assert {table: tables[table].num_rows for table in NODE_TABLES if tables[table].num_rows} == {"nodes": 2}


def test_numbers_in_place_of_strings_become_text_and_the_rest_of_the_layer_is_read() -> None:
    odd = body_with(blendMode=3, layoutMode=1.5, name=12, opacity=0.5, fills=[{"type": 0, "imageRef": 77}])
    regular = body_with(
        blendMode="3", layoutMode="1.5", name="12", opacity=0.5, fills=[{"type": "0", "imageRef": "77"}]
    )
    assert rows_of_body(odd) == rows_of_body(regular)
    assert rows_of_body(odd, "node_paints") == rows_of_body(regular, "node_paints")
    assert (rows_of_body(odd)[1]["blend_mode"], rows_of_body(odd)[1]["layout_mode"]) == ("3", "1.5")


@pytest.mark.parametrize(
    "odd",
    [
        {"fills": None},
        {"fills": "none"},
        {"fills": [None]},
        {"visible": None},
        {"visible": "no"},
        {"opacity": float("nan")},
        {"rotation": float("inf")},
        {"opacity": "0.5"},
        {"absoluteBoundingBox": []},
        {"absoluteBoundingBox": {"x": float("nan"), "y": None}},
        {"styles": {"fill": None}},
        {"styles": []},
        {"overrides": [None, {"id": "1:1", "overriddenFields": None}]},
        {"interactions": [None, {"actions": [None, 3]}]},
        {"boundVariables": []},
        {"boundVariables": {"opacity": None, "fills": [None, {"id": 3}]}},
        {"componentProperties": {"Label": None}},
        {"children": None},
        {"style": 4},
        {"characterStyleOverrides": [None]},
        {"exportSettings": [None]},
        {"effects": [None]},
        {"strokeWeight": BEYOND_DOUBLE},
        {"absoluteBoundingBox": {"x": BEYOND_DOUBLE}},
    ],
    ids=lambda odd: json.dumps(odd)[:40],
)
def test_a_value_of_the_wrong_type_counts_as_missing(odd: Json) -> None:
    found = flatten_document("F", decode_document(body_with(**odd)))
    expected = flatten_document("F", decode_document(body_with()))
    shown = {name: table.to_pylist() for name, table in found.items()}
    if "characterStyleOverrides" in odd:
        assert shown["nodes"][1].pop("has_mixed_styles") is False
        shown["nodes"][1]["has_mixed_styles"] = None
    assert shown == {name: table.to_pylist() for name, table in expected.items()}


@pytest.mark.parametrize("children", [[None], ["1:5"], [[]], [{"id": "1:5", "type": "FRAME"}, "cut"], "cut", {}, [{}]])
def test_children_that_are_no_nodes_refuse_the_document_instead_of_a_smaller_file(children: Any) -> None:
    for odd in ({}, {"name": 1}):
        with pytest.raises(BadDocument, match="node 1:1 has children that are no nodes"):
            decode_document(body_with(children=children, **odd))


@pytest.mark.parametrize(
    "odd", [{"name": "a\0b"}, {"characters": "\0"}, {"componentProperties": {"\0": {"value": "\0"}}}]
)
def test_the_zero_character_is_replaced_in_every_text(odd: Json) -> None:
    regular = json.loads(json.dumps(odd).replace("\\u0000", "?"))
    found = flatten_document("F", decode_document(body_with(**odd)))
    expected = flatten_document("F", decode_document(body_with(**regular)))
    assert {name: table.to_pylist() for name, table in found.items()} == {
        name: table.to_pylist() for name, table in expected.items()
    }


LONE = "cut \ud83d"


@pytest.mark.parametrize(
    "odd",
    [
        {"name": LONE},
        {"characters": LONE},
        {"fills": [{"type": LONE, "imageRef": LONE}]},
        {"overrides": [{"id": "1:1", "overriddenFields": [LONE]}]},
        {"styles": {"fill": LONE}},
        {"styles": {LONE: "6:1"}},
        {"boundVariables": {"opacity": {"type": "VARIABLE_ALIAS", "id": LONE}}},
        {"boundVariables": {LONE: {"type": "VARIABLE_ALIAS", "id": "VariableID:1:2"}}},
        {"componentProperties": {"Label": {"type": "TEXT", "value": LONE}}},
        {"componentProperties": {"Label": {"type": "SLOT", "value": [LONE]}}},
        {"componentProperties": {LONE: {"type": "TEXT", "value": "x"}}},
        {"notKnownYet": LONE},
    ],
    ids=lambda odd: json.dumps(odd)[:60],
)
def test_a_lone_surrogate_costs_one_character_and_no_row(odd: Json) -> None:
    regular = json.loads(json.dumps(odd).replace("\\ud83d", "?"))
    found = flatten_document("F", decode_document(body_with(**odd)))
    expected = flatten_document("F", decode_document(body_with(**regular)))
    assert {name: table.to_pylist() for name, table in found.items()} == {
        name: table.to_pylist() for name, table in expected.items()
    }


@pytest.mark.parametrize("name", ["components", "componentSets", "styles"])
@pytest.mark.parametrize("entry", [{"2:1": {"key": "k", "name": LONE}}, {LONE: {"key": "k", "name": "x"}}])
def test_a_lone_surrogate_in_a_map_loses_no_node(name: str, entry: Json) -> None:
    body = json.dumps({"document": {"id": "0:0", "type": "DOCUMENT"}, name: entry}).encode()
    tables = flatten_document("F", decode_document(body))
    assert sorted(table.num_rows for table in tables.values()) == [0] * (len(NODE_TABLES) - 2) + [1, 1]


PIECES = ("\ud83d", "\ude00", "\U0001f600", "\0", '"', "\\", "u0000", "NaN", ":NaN,", ": -Infinity}", "a")


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.sampled_from((float("nan"), -float("inf"), 1.5)))
def test_an_odd_text_or_number_changes_nothing_beside_it(text: str, width: float) -> None:
    box: dict[str, float | None] = {"x": 1, "y": 2, "width": width, "height": 4}
    regular = (
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\ufffd", "?").replace("\0", "?")
    )
    found = flatten_document("F", decode_document(body_with(name=text, characters=text, absoluteBoundingBox=box)))
    box["width"] = width if width == 1.5 else None
    due = flatten_document("F", decode_document(body_with(name=regular, characters=regular, absoluteBoundingBox=box)))
    assert {name: table.to_pylist() for name, table in found.items()} == {
        name: table.to_pylist() for name, table in due.items()
    }


def test_nan_inside_a_component_property_loses_no_row() -> None:
    value = {"Count": {"type": "TEXT", "value": float("nan")}}
    found = flatten_document("F", decode_document(body_with(componentProperties=value)))
    assert (found["nodes"].num_rows, found["node_properties"].num_rows) == (3, 1)


def test_reading_a_malformed_document_leaves_the_interpreter_unchanged() -> None:
    decode_document(body_with())
    before = sys.getrecursionlimit()
    decode_document(body_with(name=1))
    with pytest.raises(BadDocument):
        decode_document(b"[")
    assert sys.getrecursionlimit() == before
