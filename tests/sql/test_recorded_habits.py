"""What documents have that a specification does not show, and the figures that the marts must have then."""

from pathlib import Path
from typing import Any

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.source.documents.flatten import flatten_document
from figma_warehouse.source.documents.model import decode_document
from tests.conftest import made_once
from tests.fixtures.document_strategies import body_of
from tests.sql.builds import Row, build, query, write_raw_tables
from tests.sql.organisation import at

Json = dict[str, Any]
MARTS = (
    "adoption",
    "hardcoded_values",
    "lost_components",
    "orphaned_styles",
    "shadow_styles",
    "style_usage",
    "variant_usage",
)
INTER = {"fontFamily": "Inter", "fontSize": 14, "fontWeight": 400}
FONT_VARIABLES = {
    name: {"type": "VARIABLE_ALIAS", "id": f"VariableID:{'cd' * 20}/3:{index}"}
    for index, name in enumerate(("fontFamily", "fontSize"))
}


def solid(red: float, green: float, blue: float) -> Json:
    return {"type": "SOLID", "color": {"r": red, "g": green, "b": blue, "a": 1}}


BLACK, RED, GREEN = solid(0, 0, 0), solid(1, 0, 0), solid(0, 1, 0)
GRADIENT = {"type": "GRADIENT_LINEAR", "gradientStops": []}


def layer(node_id: str, type_: str = "RECTANGLE", *children: Json, **more: Any) -> Json:
    return {"id": node_id, "type": type_, "name": node_id, "children": list(children)} | more


def text(node_id: str, characters: str, overrides: list[int], table: Json, **more: Any) -> Json:
    looks = {"characterStyleOverrides": overrides, "styleOverrideTable": table}
    return layer(node_id, "TEXT", characters=characters, style=INTER, fills=[BLACK]) | looks | more


def style(key: str, style_type: str, *, remote: bool = False) -> Json:
    return {"key": key, "name": key.title(), "styleType": style_type, "remote": remote}


LIBRARY: Json = {
    "styles": {
        "9:1": style("green", "FILL"),
        "9:2": style("sunset", "FILL"),
        "9:3": style("body", "TEXT"),
        "9:4": style("title", "TEXT"),
    },
    "layers": [
        layer("1:1", fills=[GREEN], styles={"fill": "9:1", "fills": "9:1"}),
        layer("1:2", fills=[GRADIENT], styles={"fills": "9:2"}),
        layer("1:3", "TEXT", characters="Body", style=INTER, styles={"text": "9:3"}),
    ],
}
APP: Json = {
    "styles": {
        "9:1": style("green", "FILL", remote=True),
        "9:2": style("sunset", "FILL", remote=True),
        "9:3": style("body", "TEXT", remote=True),
        "9:4": style("title", "TEXT", remote=True),
        "9:5": style("mine", "FILL"),
    },
    "layers": [
        layer("2:1", fills=[GREEN]),
        layer("2:2", fills=[RED], styles={"fill": "9:2"}),
        layer("2:3", fills=[RED], styles={"fill": "9:2"}),
        layer("2:4", fills=[GREEN], styles={"fill": "9:5", "fills": "9:5"}),
    ],
}
TEXTS: Json = {
    "styles": {node_id: one for node_id, one in APP["styles"].items() if one["remote"]},
    "layers": [
        text("3:1", "Build it", [7] * 8, {"7": {"fills": [RED]}}),
        text("3:2", "Build it", [0, 0, 0, 7, 7], {"7": {"fills": [RED], "fontSize": 20}}),
        text(
            *("3:3", "Styled", [3] * 6),
            {"3": {"inheritTextStyleId": "9:4", "inheritFillStyleId": "9:1", "fills": [GREEN], "fontSize": 20}},
            styles={"text": "9:3", "fill": "9:2"},
        ),
        text("3:4", "Variable", [], {}, style=INTER | {"boundVariables": FONT_VARIABLES}, fills=[]),
        text("3:5", "Half", [1, 1], {"1": {"fontSize": 20}}, styles={"text": "9:3"}, fills=[]),
    ],
}
VARIANTS: Json = {
    "components": {
        "7:1": {"key": "on", "name": "Mode=Dark,State=On", "componentSetId": "7:0"},
        "7:2": {"key": "off", "name": "Mode=Dark,State=Off", "componentSetId": "7:0"},
        "7:3": {"key": "", "name": "Without a key"},
    },
    "componentSets": {"7:0": {"key": "chips", "name": "Chip"}},
    "layers": [
        layer("7:0", "COMPONENT_SET", layer("7:1", "COMPONENT"), layer("7:2", "COMPONENT")),
        layer("7:3", "COMPONENT"),
        layer("7:4", "INSTANCE", componentId="7:1", componentProperties={"State": {"type": "VARIANT", "value": "On"}}),
        layer("7:5", "INSTANCE", componentId="7:2"),
        layer(
            "7:6", "INSTANCE", componentId="7:2", componentProperties={"Slot#1:1": {"type": "SLOT", "value": {"a": 1}}}
        ),
        layer(
            "7:7", "INSTANCE", componentId="7:2", componentProperties={"Slot#1:1": {"type": "SLOT", "value": {"a": 2}}}
        ),
        layer("7:8", "INSTANCE", componentId="7:3"),
    ],
}
FILES: dict[str, Json] = {"library": LIBRARY, "app": APP, "texts": TEXTS, "variants": VARIANTS}


def document(layers: list[Json], **maps: Json) -> Json:
    page = {"id": "0:1", "type": "CANVAS", "name": "Page", "children": layers}
    return {"document": {"id": "0:0", "type": "DOCUMENT", "name": "File", "children": [page]}, **maps}


def raw_rows() -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {
        "teams": [{"team_id": "t1"}],
        "styles": [
            {"style_key": one["key"], "file_key": "library", "node_id": node_id, "name": one["name"]}
            | {"style_type": one["styleType"], "first_seen_at": at(5, 1), "last_seen_at": at(5, 1)}
            for node_id, one in LIBRARY["styles"].items()
        ],
    }
    for key, file in FILES.items():
        state = {"file_key": key, "name": key, "last_modified_at": at(5, 1)}
        rows.setdefault("files", []).append(state | {"team_id": "t1", "last_seen_at": at(5, 1)})
        rows.setdefault("documents", []).append(
            state | {"version": "1", "listed_modified_at": at(5, 1), "loaded_at": at(5, 1)}
        )
        maps = {name: value for name, value in file.items() if name != "layers"}
        tables = flatten_document(key, decode_document(body_of(document(file["layers"], **maps))))
        for name, table in tables.items():
            rows.setdefault(name, []).extend(table.to_pylist())
    return rows


def _build(data: DataDir) -> None:
    write_raw_tables(data, raw_rows())
    build(data, *MARTS)


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory, _parsed: None) -> Path:
    return made_once(tmp_path_factory, "recorded_habits", _build).build


def figures(marts: Path, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in query(marts, sql)]


def test_hard_coded_values_are_those_that_characters_show(marts: Path) -> None:
    found = figures(
        marts,
        "select kind, value, occurrences from marts.hardcoded_values where file_key = 'texts' order by kind, value",
    )
    assert found == [
        ("color", "#000000ff", 1),
        ("color", "#ff0000ff", 2),
        ("font", "Inter 14 400", 2),
        ("font", "Inter 20 400", 2),
    ]


def test_a_font_from_a_variable_is_bound_and_not_set_by_hand(marts: Path) -> None:
    # of five texts one has a text style, one a variable, and one a style for the half of it alone
    found = figures(
        marts,
        "select text_slots, bound_text_slots, text_characters, bound_text_characters"
        " from marts.adoption where level = 'file' and id = 'texts'",
    )
    assert found == [(5, 2, 34, 6 + 8 + 2)]


def test_a_style_is_used_where_characters_show_it(marts: Path) -> None:
    used = "select style_key, slot, nodes from marts.style_usage where file_key = 'texts' order by style_key"
    assert figures(marts, used) == [("body", "text", 1), ("green", "fill_range", 1), ("title", "text_range", 1)]


def test_a_slot_that_is_named_in_the_singular_and_the_plural_is_one_reference(marts: Path) -> None:
    used = "select file_key, style_key, slot, style_references, nodes from marts.style_usage where style_key <> 'body'"
    assert figures(marts, f"{used} and file_key <> 'texts' order by all") == [
        ("app", "mine", "fill", 1, 1),
        ("app", "sunset", "fill", 2, 2),
        ("library", "green", "fill", 1, 1),
        ("library", "sunset", "fill", 1, 1),
    ]
    shadows = figures(marts, "select style_key, published_style_key, has_same_value from marts.shadow_styles")
    assert shadows == [("mine", "green", True)]


def test_a_style_that_is_a_gradient_in_its_library_is_the_nearest_of_no_color(marts: Path) -> None:
    nearest = "select distinct value, nearest_key, is_exact from marts.hardcoded_values where kind = 'color'"
    assert figures(marts, f"{nearest} order by value") == [
        ("#000000ff", "green", False),
        ("#00ff00ff", "green", True),
        ("#ff0000ff", "green", False),
    ]


def test_each_variant_property_of_a_set_is_counted_once_a_usage_whatever_the_instances_say(marts: Path) -> None:
    found = figures(marts, "select property, value, is_declared, usages from marts.variant_usage order by all")
    assert found == [
        ("Mode", "Dark", True, 4),
        ("Slot#1:1", None, False, 2),
        ("State", "Off", True, 3),
        ("State", "On", True, 1),
    ]


def test_an_instance_of_a_component_without_a_key_that_its_file_defines_is_local(marts: Path) -> None:
    assert figures(marts, "select component_id, status from marts.lost_components") == []
    local = "select local_placements from marts.adoption where level = 'file' and id = 'variants'"
    assert figures(marts, local) == [(5,)]
