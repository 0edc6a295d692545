"""Log lines on standard error, one per event, as text or JSON, with times in UTC. Only our own events are written."""

import logging
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pythonjsonlogger.json import JsonFormatter

LOG = logging.getLogger("figma_warehouse")


class LogFormat(StrEnum):
    """The format of log lines."""

    TEXT = "text"
    JSON = "json"


class TextLines(logging.Formatter):
    """Writes a record as time, level, event and key=value. Control characters are escaped."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return one line."""
        fields = (f" {name}={_format_value(value)}" for name, value in getattr(record, "fields", {}).items())
        return printable(super().formatMessage(record)) + "".join(fields)


class JsonLines(JsonFormatter):
    """Writes a record as one JSON object: time, level, event and the fields of the event."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, *_: Any) -> None:
        """Add time, level, event and fields to the object."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data |= {"time": at, "level": record.levelname.lower(), "event": record.getMessage()}
        log_data |= getattr(record, "fields", {})


def write_logs(log_format: LogFormat = LogFormat.TEXT) -> None:
    """Write our own records to standard error. Records of other libraries are dropped."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if log_format == LogFormat.JSON else TextLines())
    LOG.handlers, LOG.propagate = [handler], False
    LOG.setLevel(logging.INFO)
    logging.getLogger().addHandler(logging.NullHandler())
    logging.captureWarnings(capture=True)


def end_logs() -> None:
    """Write no more records, until `write_logs`. Requests on threads that nobody waits for may fail until the end."""
    LOG.setLevel(logging.CRITICAL + 1)


def log_event(event: str, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event with its fields."""
    LOG.log(level, event, extra={"fields": fields})


def printable(text: str) -> str:
    """Return text with control characters escaped, since a name from Figma could control the terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _format_value(value: Any) -> str:
    return repr(value) if isinstance(value, str) and not _is_plain(value) else str(value)


def _is_plain(value: str) -> bool:
    return value.isprintable() and bool(value) and not set(value) & set(" =\"'")
