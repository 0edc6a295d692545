"""Tokens files: what names a variable and what does not, values, modes, aliases, and files that cannot be used."""

import json
import re
from pathlib import Path
from typing import Any

import dlt
import pytest

from figma_warehouse.failures import UsageFailure
from figma_warehouse.sandbox import Server
from figma_warehouse.source.figma import figma
from figma_warehouse.source.tokens_files.reading import MOST_BYTES, read_tokens_files
from tests.fixtures.in_memory_organisation import TEAM, InMemoryOrganisation
from tests.fixtures.recorded_documents import read_recorded

Json = dict[str, Any]

KEY, OTHER, LIBRARY = "a1" * 20, "b2" * 20, "L" * 22
NO_VARIABLE = {"variable_key": None, "file_key": None, "variable_id": None}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(name: str, document: object) -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(path)

    return write


def token(value: object, **extensions: object) -> Json:
    return {"$value": value, "$extensions": {f"com.figma.{name}": one for name, one in extensions.items()}}


def rows_of(*paths: str) -> list[Json]:
    return [row for rows in read_tokens_files(paths).values() for row in rows]


def test_a_token_has_its_groups_type_value_mode_and_the_variable_that_the_file_names(write: Any) -> None:
    path = write(
        "Color.Light.tokens.json",
        {
            "brand": {
                "$type": "color",
                "primary": token("#FF0000", variableId=f"VariableID:{KEY}/1:2") | {"$description": "Main"},
                "text": token("{brand.primary}", variableKey=OTHER),
            },
            "gap": {"$type": "dimension", "$value": {"value": 8.5, "unit": "px"}},
        },
    )
    shared = {"tokens_file": path, "collection_name": "Color", "mode_name": "Light", "is_default_mode": True}
    assert rows_of(path) == [
        shared
        | {"position": 0, "name": "brand/primary", "description": "Main", "resolved_type": "COLOR"}
        | {"value": "#ff0000ff", "alias_name": None, "alias_key": None}
        | NO_VARIABLE
        | {"variable_key": KEY},
        shared
        | {"position": 1, "name": "brand/text", "description": None, "resolved_type": "COLOR"}
        | {"value": None, "alias_name": "brand/primary", "alias_key": KEY}
        | NO_VARIABLE
        | {"variable_key": OTHER},
        shared
        | {"position": 2, "name": "gap", "description": None, "resolved_type": "FLOAT"}
        | {"value": "8.5", "alias_name": None, "alias_key": None}
        | NO_VARIABLE,
    ]


def test_the_id_of_a_local_variable_counts_only_in_a_file_that_is_named(write: Any) -> None:
    document = {"gap": token(8, variableId="VariableID:1:2")}
    path = write("Space.json", document)
    named = write("Named.json", document | {"$extensions": {"com.figma": {"fileKey": LIBRARY, "modeName": "Wide"}}})

    (unknown,), (given,), (itself,) = rows_of(path), rows_of(f"{LIBRARY}={path}"), rows_of(named)

    assert {name: unknown[name] for name in NO_VARIABLE} == NO_VARIABLE
    local = {"variable_key": None, "file_key": LIBRARY, "variable_id": "VariableID:1:2"}
    assert {name: given[name] for name in local} == {name: itself[name] for name in local} == local
    assert (given["mode_name"], itself["mode_name"]) == ("Space", "Wide")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("#abc", "#aabbccff"),
        ("#11223380", "#11223380"),
        ({"colorSpace": "srgb", "components": [1, 0, 0.5], "alpha": 0.5, "hex": "#FF0080"}, "#ff008080"),
        ({"colorSpace": "oklch", "components": [1, 0, 0.5], "hex": "#FF0080", "alpha": 0}, "#ff008000"),
        ({"colorSpace": "oklch", "components": [1, 0, 0.5]}, None),
        ("16px", "16"),
        ("1.5rem", "1.5rem"),
        ({"value": 200, "unit": "ms"}, "200ms"),
        (True, "true"),
        (400.0, "400"),
        (["Inter", "serif"], "Inter, serif"),
        ({"fontFamily": "Inter", "fontSize": "16px"}, None),
        (None, None),
    ],
)
def test_a_value_is_written_as_figmas_own_are(write: Any, value: object, text: str | None) -> None:
    (row,) = rows_of(write("Mode.json", {"one": {"$value": value}}))
    assert row["value"] == text


def test_files_of_one_collection_are_its_modes_and_the_first_is_the_default(write: Any) -> None:
    paths = [write(f"Color.{mode}.json", {"ink": token(value, variableKey=KEY)}) for mode, value in MODES.items()]
    found = [(row["mode_name"], row["is_default_mode"], row["value"]) for row in rows_of(*paths)]
    assert found == [("Dark", True, "#ffffffff"), ("Light", False, "#000000ff")]


MODES = {"Dark": "#ffffff", "Light": "#000000"}


def test_an_alias_of_another_collection_names_its_target_even_if_no_file_has_it(write: Any) -> None:
    data = {"targetVariableId": f"VariableID:{OTHER}/9:9", "targetVariableName": "ink", "targetVariableSetName": "Base"}
    first, target = rows_of(write("Theme.Light.json", {"ink": token("#000", variableKey=KEY, aliasData=data)}))
    assert (first["value"], first["alias_name"], first["alias_key"]) == (None, "ink", OTHER)
    assert (target["name"], target["collection_name"], target["variable_key"]) == ("ink", "Base", OTHER)
    assert (target["mode_name"], target["is_default_mode"]) == (None, True)


def test_a_recorded_answer_of_figma_names_each_of_its_variables_and_modes(write: Any, recorded: Path) -> None:
    answer = read_recorded(recorded.parent, "variables-local")
    meta = answer["meta"]
    expected = {
        (one["key"], mode["name"], one["name"], collection["name"])
        for one in meta["variables"].values()
        for collection in [meta["variableCollections"][one["variableCollectionId"]]]
        for mode in collection["modes"]
        if mode["modeId"] in one["valuesByMode"]
    }
    columns = ("variable_key", "mode_name", "name", "collection_name")
    rows = rows_of(write("answer.json", answer))
    assert {tuple(row[column] for column in columns) for row in rows if row["mode_name"]} == expected
    # the file has some keys twice: as the original and as a copy
    assert sorted(row["variable_key"] for row in rows if row["is_default_mode"]) == sorted(
        {one["key"] for one in meta["variables"].values()} | {row["variable_key"] for row in rows}
    )
    assert expected


def test_a_collection_that_a_plugin_exported_is_read_as_an_answer(write: Any) -> None:
    one = {"id": "VariableID:1:2", "name": "Ink", "type": "COLOR", "valuesByMode": {"1:0": {"r": 0, "g": 0, "b": 0}}}
    document = {"id": "VariableCollectionId:1:1", "name": "Color", "modes": {"1:0": "Light"}, "variables": [one]}
    (row,) = rows_of(f"{LIBRARY}={write('Color.json', document)}")
    assert (row["name"], row["collection_name"], row["mode_name"]) == ("Ink", "Color", "Light")
    assert (row["resolved_type"], row["value"], row["variable_id"]) == ("COLOR", "#000000ff", "VariableID:1:2")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ('{"a": ', "tokens.json at line 1, column 7: this is no JSON (Expecting value)"),
        ("[]", "tokens.json: the file is no JSON object"),
        ("[" * 100_000, "tokens.json: the file is nested too deeply"),
        ({"a": {"b": 1}}, "tokens.json at a/b: this is neither a group nor a token with $value"),
        ({"a": {"": {"b\n": {"$value": 1}}}}, r'at a//b\u000a: the name "a//b\u000a" has control characters'),
        ({"a": {"$value": "{b}"}, "b": {"$value": "{a}"}}, "the token takes its value from itself: "),
        ({"a": {"$value": "{a}"}}, "tokens.json at a: the token takes its value from itself: a from a"),
        ({"x" * 1001: {"$value": 1}}, "a name has more than 1,000 characters"),
        ({"variables": {"VariableID:1:1": {"name": ""}}, "variableCollections": {}}, "a name is empty"),
        (" " * (MOST_BYTES + 1), "the file has 20 MB, and at most 20 MB are read"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_place_and_the_reason(
    write: Any, document: object, words: str
) -> None:
    path = write("tokens.json", document)
    with pytest.raises(UsageFailure, match=re.escape(words)) as failure:
        read_tokens_files([path])
    assert path in str(failure.value)
    assert str(failure.value).startswith("variable_names under [sources.figma]: ")


def test_a_missing_file_and_one_in_another_encoding_are_named(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"\xe9": 1}')
    for name, words in (("none.json", "there is no such file"), ("latin.json", "at byte 2: the file is not encoded")):
        with pytest.raises(UsageFailure, match=words):
            read_tokens_files([str(tmp_path / name)])


def test_each_load_replaces_the_rows_of_the_files_and_removes_those_of_files_that_the_setting_lacks(
    server: Server, drafts: InMemoryOrganisation, write: Any, tmp_path: Path
) -> None:
    pipeline = dlt.pipeline(
        "tokens", destination=dlt.destinations.duckdb(str(tmp_path / "t.duckdb")), pipelines_dir=str(tmp_path)
    )
    one, two = write("one.json", {"a": {"$value": 1}, "b": {"$value": 2}}), write("two.json", {"c": {"$value": 3}})
    for paths, expected in (([one, two], "abc"), ([two], "c"), ([], "")):
        pipeline.run(figma(drafts.token, server.base_url, teams=[TEAM.id], variable_names=paths, images="none"))
        with pipeline.sql_client() as client:
            assert "".join(row[0] for row in client.execute_sql("select name from token_values order by 1") or ()) == (
                expected
            )
