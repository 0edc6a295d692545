"""Answers other than 200."""

from __future__ import annotations

import msgspec


class RefusalError(Exception):
    """A refusal as the API words it. Envelope A is `{status, err}`, envelope B `{error, status, message, i18n}`."""

    def __init__(self, status: int, message: str, envelope: str = "A") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.envelope = envelope

    def body(self) -> bytes:
        """The JSON of the answer."""
        if self.envelope == "A":
            return msgspec.json.encode({"status": self.status, "err": self.message})
        return msgspec.json.encode({"error": True, "status": self.status, "message": self.message, "i18n": None})
