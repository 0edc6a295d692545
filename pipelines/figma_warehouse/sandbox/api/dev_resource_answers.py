"""The dev resources of a file, all in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from figma_warehouse.sandbox.api.refusal_error import RefusalError

if TYPE_CHECKING:
    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import Organisation


def dev_resources(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/files/:key/dev_resources. `node_ids`, separated by commas, chooses nodes. A branch answers 404."""
    file = org.file(params.path["file_key"])
    if file is None or file.main_key:
        raise RefusalError(404, "File not found", "B")
    chosen = params.query.get("node_ids")
    found = [one for one in org.dev_resources(file.key) if chosen is None or one["node_id"] in chosen.split(",")]
    return msgspec.json.encode({"dev_resources": found})
