"""The largest request and the largest answer that the API accepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.api.refusal_error import RefusalError

if TYPE_CHECKING:
    from figma_warehouse.sandbox.api.request_parameters import RequestParameters


@dataclass
class SizeLimits:
    """Limits that a test may set while the server runs.

    `answer_bytes` limits the answers about a file's content, `answer_bytes_by_file` those of single files; None is no
    limit. `node_ids` is the most ids in one request, `target_bytes` the longest `path?query`.
    """

    answer_bytes: int | None = None
    answer_bytes_by_file: dict[str, int] = field(default_factory=dict)
    node_ids: int = 900
    target_bytes: int = 4_096

    def check_request(self, target: str, params: RequestParameters) -> None:
        """Raise a 413 if the address is too long, or names too many ids."""
        if len(target) > self.target_bytes or len(params.node_ids()) > self.node_ids:
            raise RefusalError(413, "Request entity too large")

    def check_answer(self, file_key: str, body: bytes) -> None:
        """Raise a 400 if the answer is too large."""
        limit = self.answer_bytes_by_file.get(file_key, self.answer_bytes)
        if limit is not None and len(body) > limit:
            raise RefusalError(400, "Request too large. If applicable, filter by query params.")
