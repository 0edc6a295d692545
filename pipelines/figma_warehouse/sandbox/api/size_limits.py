"""How large a request or an answer may be before the API refuses it."""

from __future__ import annotations

from dataclasses import dataclass, field

from figma_warehouse.sandbox.api.answers import Ask, RefusalError


@dataclass
class Sizes:
    """Settable while the server runs. Answers about a file's content in bytes, all files' and single files' by key;
    None is no limit. `ids` is the most that one request may name, `target` the longest `path?query` in bytes."""

    answer: int | None = None
    of_files: dict[str, int] = field(default_factory=dict)
    ids: int = 900
    target: int = 4_096

    def check_request(self, target: str, ask: Ask) -> None:
        """Raise a 413 for an address that is too long, or that names too many ids."""
        if len(target) > self.target or len(ask.ids()) > self.ids:
            raise RefusalError(413, "Request entity too large")

    def check_answer(self, file_key: str, body: bytes) -> None:
        """Raise a 400 for an answer that is larger than what may be sent at once."""
        limit = self.of_files.get(file_key, self.answer)
        if limit is not None and len(body) > limit:
            raise RefusalError(400, "Request too large. If applicable, filter by query params.")
