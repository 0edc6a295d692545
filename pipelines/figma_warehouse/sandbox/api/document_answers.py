"""GET file and GET nodes: the whole document, or the part that `ids` and `depth` select."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.api import partial_documents
from figma_warehouse.sandbox.api.listing_answers import file_row
from figma_warehouse.sandbox.api.refusal_error import RefusalError
from figma_warehouse.sandbox.api.request_parameters import find_document, find_exportable_file

if TYPE_CHECKING:
    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import FileInfo, Organisation

SHARED_DATA = "sharedPluginData"
HEAD_FIELDS = ("name", "lastModified", "thumbnailUrl", "version", "role", "editorType", "linkAccess")


def document(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/files/:key."""
    file = find_exportable_file(org, params.path["file_key"])
    depth = params.integer("depth")
    body = _without_unasked_data(find_document(org, file, params), params)
    if depth is not None or "ids" in params.query:
        body = msgspec.json.encode(_select(_decode(body), params.node_ids(), depth))
    return _with_branch_data(org, file, body) if params.flag("branch_data") else body


def document_nodes(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/files/:key/nodes. An unknown id has null as its value."""
    ids = list(dict.fromkeys(params.node_ids()))
    if not ids:
        raise RefusalError(400, "Missing required parameter: ids")
    file = find_exportable_file(org, params.path["file_key"])
    depth = params.integer("depth")
    answer = _decode(_without_unasked_data(find_document(org, file, params), params))
    found = partial_documents.find_nodes(answer["document"], set(ids))
    head = {name: answer[name] for name in HEAD_FIELDS if name in answer}
    nodes = {id_: _node_entry(answer, found.get(id_), depth) for id_ in ids}
    return msgspec.json.encode({**head, "nodes": nodes})


def _without_unasked_data(body: bytes, params: RequestParameters) -> bytes:
    """The document without what plugins share at its nodes, unless `plugin_data` asks for it."""
    if SHARED_DATA.encode() not in body or "shared" in params.query.get("plugin_data", "").split(","):
        return body
    answer = msgspec.json.decode(body)
    below = [answer["document"]]
    while below:
        node = below.pop()
        node.pop(SHARED_DATA, None)
        below += node.get("children", [])
    return msgspec.json.encode(answer)


def _with_branch_data(org: Organisation, file: FileInfo, body: bytes) -> bytes:
    if file.main_key:
        added: dict[str, Any] = {"mainFileKey": file.main_key}
    else:
        added = {"branches": file_row(org, file, True)["branches"]}
    # appended to the bytes: decoding and encoding again would change a recorded answer
    return body.rstrip()[:-1] + b"," + msgspec.json.encode(added)[1:]


@lru_cache(maxsize=2)
def _decode(body: bytes) -> dict[str, Any]:
    """The decoded answer, kept for the requests that follow. Callers do not change it."""
    answer: dict[str, Any] = msgspec.json.decode(body)
    return answer


def _select(answer: dict[str, Any], ids: list[str], depth: int | None) -> dict[str, Any]:
    tree = answer["document"]
    if ids:
        tree = partial_documents.keep_nodes(tree, set(ids)) or {**tree, "children": []}
    if depth is not None:
        tree = partial_documents.limit_depth(tree, depth)
    maps = partial_documents.used_map_entries(tree, answer)
    if not ids:
        unused = partial_documents.unused_map_entries(answer)
        maps = {name: entries | maps[name] for name, entries in unused.items()}
    return {**answer, "document": tree, **maps}


def _node_entry(
    answer: dict[str, Any], node: partial_documents.Node | None, depth: int | None
) -> dict[str, Any] | None:
    if node is None:
        return None
    tree = node if depth is None else partial_documents.limit_depth(node, depth)
    maps = partial_documents.used_map_entries(tree, answer)
    return {"document": tree, **maps, "schemaVersion": answer.get("schemaVersion", 0)}
