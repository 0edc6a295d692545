"""Shared plugin data: the request, the rows and their bounds, and a setting that changes."""

import json
from typing import Any

from figma_warehouse.sandbox import Server
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.documents.file_load import Run, Stored, load_file
from figma_warehouse.source.documents.flatten import flatten_document
from figma_warehouse.source.documents.model import decode_document
from figma_warehouse.source.documents.plugin_data import LONGEST_VALUE, MOST_ENTRIES
from figma_warehouse.source.file_ref import FileRef
from tests.fixtures.in_memory_organisation import HOME

Json = dict[str, Any]
NOTHING_STORED = Stored()
EVERY = {f"key{number:03}": "x" for number in range(MOST_ENTRIES + 5)}


def frame(id_: str, shared: object, *children: Json) -> Json:
    return {"id": id_, "name": id_, "type": "FRAME", "sharedPluginData": shared, "children": [*children]}


def rows_of(*children: Json, namespaces: tuple[str, ...] = ("tokens",)) -> list[Json]:
    page = {"id": "0:1", "name": "Page", "type": "CANVAS", "children": [*children]}
    root = {"id": "0:0", "name": "Document", "type": "DOCUMENT", "children": [page]}
    document = decode_document(json.dumps({"name": "F", "version": "1", "document": root}).encode())
    return [dict(row) for row in flatten_document("F", document, namespaces)["node_plugin_data"].to_pylist()]


def test_each_entry_of_a_named_namespace_is_a_row() -> None:
    shared = {"tokens": {"fill": '"brand"', "count": 3}, "other": {"fill": "no"}, "bad": "text"}
    expected: Json = {
        "file_key": "F",
        "node_id": "1:1",
        "namespace": "tokens",
        "entry_key": "fill",
        "is_tombstone": None,
    }
    expected |= {"value": '"brand"', "value_length": 7, "node_entries": 1}
    assert rows_of(frame("1:1", shared, frame("1:2", {"tokens": {}}), frame("1:3", "text"))) == [expected]
    assert [row["value"] for row in rows_of(frame("1:1", shared), namespaces=("bad", "other"))] == ["no"]


def test_a_long_value_and_many_entries_are_cut_and_say_so() -> None:
    (row,) = rows_of(frame("1:1", {"tokens": {"fill": "x" * (LONGEST_VALUE + 1)}}))
    assert (len(row["value"]), row["value_length"]) == (LONGEST_VALUE, LONGEST_VALUE + 1)
    rows = rows_of(frame("1:1", {"tokens": EVERY}))
    assert [row["entry_key"] for row in rows] == [*EVERY][:MOST_ENTRIES]
    assert {row["node_entries"] for row in rows} == {len(EVERY)}


def test_a_document_is_requested_with_shared_data_only_if_the_setting_names_a_namespace(
    server: Server, api: FigmaClient
) -> None:
    without = load(api)
    assert "plugin_data" not in server.requests[0].query
    assert without["documents"][0]["plugin_namespaces"] is None
    assert "node_plugin_data" not in without

    server.reset_requests()
    given = load(api, ("tokens",))

    assert "plugin_data=shared" in server.requests[0].query
    assert len(server.requests) == 2
    (document,) = given["documents"]
    assert document["plugin_namespaces"] == "tokens"
    assert document["content_hash"] != without["documents"][0]["content_hash"]

    # without the setting again: the rows go
    after = load(api, stored=Stored(document))
    assert [row["is_tombstone"] for row in after["node_plugin_data"]] == [True]


def load(api: FigmaClient, namespaces: tuple[str, ...] = (), stored: Stored = NOTHING_STORED) -> dict[str, list[Json]]:
    loaded = load_file(api, FileRef(HOME), stored, Run("run", namespaces=namespaces))
    return {name: table.to_pylist() for name, table in loaded.tables.items()}
