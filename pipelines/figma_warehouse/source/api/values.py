"""Converts single values of a response to column values. A value of an unexpected type becomes null, never an error."""

import re
import sys
from datetime import UTC, datetime
from typing import Any

EARLIEST, YEARS_AHEAD = 2010, 10
MAX_COUNT = 2**53
PLAIN_KEY = re.compile(r"[0-9A-Za-z_-]+")


def as_text(value: object) -> str | None:
    """Return a string unchanged and a number as text; None for anything else."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if isinstance(value, str) else str(value) if is_number else None


def as_count(value: object) -> int | None:
    """Return a whole number from 0 to 2**53 (what a double holds exactly); None for anything else."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= MAX_COUNT:
        return None
    return int(value) if value == int(value) else None


def as_number(value: object) -> float | None:
    """Return a number that a double holds; None for anything else, infinity included."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) <= sys.float_info.max:
        return None
    return float(value)


def as_object(value: object) -> dict[str, Any]:
    """Return an object unchanged; an empty dict for anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[dict[str, Any]]:
    """Return the objects in a list; an empty list for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def encodable(text: str) -> str:
    """Return a text that every destination can store; half an emoji and U+0000 become question marks.

    A text that was cut has half an emoji. Postgres cannot store U+0000.
    """
    return text.encode(errors="replace").decode().replace("\0", "?")


def make_encodable(value: Any) -> Any:
    """Return a JSON value with all its texts, names included, encodable as UTF-8."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(name): make_encodable(part) for name, part in value.items()}
    return [make_encodable(part) for part in value] if isinstance(value, list) else value


def parse_time(text: object) -> datetime | None:
    """Parse a time as UTC, also if it has no zone; None if it is not a time.

    A time before 2010 or more than ten years ahead is an error of the API: each week up to it would become a row.
    """
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if EARLIEST <= moment.year <= datetime.now(UTC).year + YEARS_AHEAD else None


def is_plain(text: object) -> bool:
    """Tell whether an id or key can be part of a path."""
    return isinstance(text, str) and PLAIN_KEY.fullmatch(text) is not None
