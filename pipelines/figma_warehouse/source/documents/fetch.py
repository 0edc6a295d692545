"""One file as rows: its present document flattened, its snapshot, its new versions, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from figma_warehouse.collector import collector_paused
from figma_warehouse.source.api.client import FEW_TRIES, TRIES, FigmaClient
from figma_warehouse.source.api.refusals import Refused, decode_object
from figma_warehouse.source.api.values import parse_time
from figma_warehouse.source.documents.flatten import Tables, flatten_document
from figma_warehouse.source.documents.in_parts import fetch_in_parts
from figma_warehouse.source.documents.model import BadDocument, Document, decode_document, encode_document
from figma_warehouse.source.documents.unreadable import skip_file_on_error
from figma_warehouse.source.endpoints import FILE
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.reasons import REASONS

# bytes of an answer that may be an error in place of a document
MOST_WORDS = 10_000


@dataclass(frozen=True)
class Fetched:
    """One state of a file, flattened; `size` in bytes of JSON, of all its parts together.

    `last_version` is the version of the newest part where the file moved on while its parts came, else None.
    """

    name: str | None
    version: str
    last_modified_at: datetime | None
    editor_type: str | None
    size: int
    read_at: datetime
    tables: Tables
    body: bytes = field(default=b"", repr=False)
    parts: int = 1
    last_version: str | None = None
    main_file_key: str | None = None


def fetch_document(
    api: FigmaClient,
    key: str,
    *,
    keeps_body: bool = False,
    version: str | None = None,
    in_parts: bool = False,
    may_be_size: Callable[[Refused], bool] = lambda _: True,
) -> Fetched:
    """Read one file (tier 1) and flatten it, as it is or as of a version: whole, or in parts where it must be.

    With `in_parts` the whole is not asked for first; `may_be_size` tells whether parts are worth asking for after a
    failure. Raises Refused, also where the body stays unreadable.
    """
    asked: Row = {"branch_data": True} if version is None else {"version": version}
    if not in_parts:
        try:
            return api.fetch(FILE.at(file_key=key), partial(_read, key, keeps_body=keeps_body), **asked)
        except Refused as refusal:
            if not REASONS[refusal.reason].is_size or not may_be_size(refusal):
                raise
        return _read_parts(api, key, keeps_body, version, FEW_TRIES)
    return _read_parts(api, key, keeps_body, version, TRIES)


def comes_in_parts(stored: Row | None, at: datetime) -> bool:
    """Tell whether a file is to be asked for in parts at once, because it had to be when it was stored.

    The first load of each month asks for the whole again: the file, or Figma's limit, may have changed.
    """
    if stored is None or stored["parts"] == 1:
        return False
    before = stored["loaded_at"].astimezone(UTC)
    return (before.year, before.month) == (at.year, at.month)


def read_document(key: str, body: bytes) -> Fetched:
    """Flatten the body of an answer of `GET file`. Raises BadDocument."""
    # the tree is gone when the pause ends: the collector would look at every part of it at once
    with collector_paused():
        return _flattened(key, decode_document(body), len(body))


def _read(key: str, body: bytes, *, keeps_body: bool) -> Fetched:
    try:
        fetched = read_document(key, body)
    except BadDocument as error:
        raise BadDocument(f"{error}{_words_instead(body)}") from error
    return replace(fetched, body=body) if keeps_body else fetched


def _words_instead(body: bytes) -> str:
    """Return what a small answer says in place of a document, "" if it says nothing."""
    try:
        answer = decode_object(body) if len(body) <= MOST_WORDS else {}
    except ValueError:
        return ""
    words = answer.get("err") or answer.get("message")
    return f": {words}" if words else ""


def _read_parts(api: FigmaClient, key: str, keeps_body: bool, version: str | None, first_tries: int) -> Fetched:
    """Read a file in parts. If a body is kept, it is one that reads as the parts did."""
    assembled = fetch_in_parts(api, key, version, first_tries=first_tries)
    with collector_paused():
        fetched = _flattened(key, assembled.document, assembled.size)
    body = encode_document(assembled.document) if keeps_body else b""
    return replace(fetched, body=body, parts=assembled.parts, last_version=assembled.last_version)


def _flattened(key: str, document: Document, size: int) -> Fetched:
    # not as a ValueError, on which the client would ask again
    with skip_file_on_error(key):
        tables = flatten_document(key, document)
    return Fetched(
        name=document.name,
        version=document.version,
        last_modified_at=parse_time(document.last_modified),
        editor_type=document.editor_type,
        size=size,
        read_at=datetime.now(UTC),
        tables=tables,
        main_file_key=document.main_file_key or None,
    )
