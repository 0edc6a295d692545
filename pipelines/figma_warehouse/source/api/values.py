"""Single values of a listing's answer as tables take them; what has an odd type is left out, never an error."""

import re
from datetime import UTC, datetime
from typing import Any

EARLIEST, YEARS_AHEAD = 2010, 10
MOST = 2**53
PLAIN_KEY = re.compile(r"[0-9A-Za-z_-]+")


def as_text(value: object) -> str | None:
    """Return a text as it is and a number as its text; None for none, or for what is neither."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if isinstance(value, str) else str(value) if is_number else None


def as_count(value: object) -> int | None:
    """Return a whole number from 0 to what a double holds exactly, as it is; None for none, or for anything else."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= MOST:
        return None
    return int(value) if value == int(value) else None


def as_object(value: object) -> dict[str, Any]:
    """Return an object of an answer; an empty one where something else stands in its place."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[dict[str, Any]]:
    """Return the objects in a list of an answer; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def encodable(text: str) -> str:
    """Return a text that every destination can store: a question mark stands for half an emoji and for U+0000.

    A text that was cut has half an emoji; Postgres stores no U+0000.
    """
    return text.encode(errors="replace").decode().replace("\0", "?")


def cleaned(value: Any) -> Any:
    """Return a value of any shape with all its texts encodable."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(name): cleaned(part) for name, part in value.items()}
    return [cleaned(part) for part in value] if isinstance(value, list) else value


def parse_time(text: object) -> datetime | None:
    """Read a time of an answer as UTC, also one without a zone; None for none, or for what is no time.

    Nothing was edited before Figma was there, or will be ten years from now: each week in between would be a row.
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
    """Tell whether an id or key of an answer can stand in a path."""
    return isinstance(text, str) and PLAIN_KEY.fullmatch(text) is not None
