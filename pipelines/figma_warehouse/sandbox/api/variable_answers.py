"""Variables of a file: those that it defines or uses, and those that it publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.answer_values import format_time
from figma_warehouse.sandbox.api.refusal_error import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import FileInfo, Organisation


def local_variables(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/files/:key/variables/local, of a file or branch."""
    file = _find_file(org, params.path["file_key"])
    return _in_envelope(org.variables(file.key))


def published_variables(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/files/:key/variables/published: what is not hidden, since the last edit of the file.

    A branch answers 404.
    """
    file = _find_file(org, params.path["file_key"])
    if file.main_key:
        raise RefusalError(404, "Not found", "B")
    found = org.variables(file.key)
    collections = {id_: one for id_, one in found["variableCollections"].items() if _is_published(one)}
    variables = {
        id_: _published_row(one, file)
        | {"variableCollectionId": one["variableCollectionId"], "resolvedDataType": one["resolvedType"]}
        for id_, one in found["variables"].items()
        if _is_published(one) and one["variableCollectionId"] in collections
    }
    return _in_envelope(
        {
            "variables": variables,
            "variableCollections": {id_: _published_row(one, file) for id_, one in collections.items()},
        }
    )


def _find_file(org: Organisation, key: str) -> FileInfo:
    file = org.file(key)
    if file is None:
        raise RefusalError(404, "Not found", "B")
    return file


def _is_published(answer: Mapping[str, Any]) -> bool:
    return not (answer["remote"] or answer["hiddenFromPublishing"] or answer.get("deletedButReferenced"))


def _published_row(answer: Mapping[str, Any], file: FileInfo) -> dict[str, Any]:
    kind, _, number = answer["id"].partition(":")
    return {
        "id": answer["id"],
        "subscribed_id": f"{kind}:{answer['key']}/{number}",
        "name": answer["name"],
        "key": answer["key"],
        "updatedAt": format_time(file.last_modified),
    }


def _in_envelope(meta: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"status": 200, "error": False, "meta": meta})
