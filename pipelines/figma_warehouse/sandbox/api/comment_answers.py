"""The comments of a file, all in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from figma_warehouse.sandbox.api.request_parameters import find_file

if TYPE_CHECKING:
    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import Organisation


def comments(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/files/:key/comments, of a file or branch."""
    return msgspec.json.encode({"comments": org.comments(find_file(org, params.path["file_key"]).key)})
