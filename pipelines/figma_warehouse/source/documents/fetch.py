"""One document (tier 1): requested whole or in parts, decoded and flattened."""

from collections.abc import Callable, Sequence
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
# the value of `plugin_data` for what plugins share with each other
SHARED = "shared"


@dataclass(frozen=True)
class Fetched:
    """One state of a file, flattened. `size` is the JSON of all its parts, in bytes.

    `last_version` is the version of the newest part if the file was edited between its parts, else None.
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
    namespaces: tuple[str, ...] = ()


def fetch_document(
    api: FigmaClient,
    key: str,
    *,
    keeps_body: bool = False,
    version: str | None = None,
    in_parts: bool = False,
    namespaces: Sequence[str] = (),
    may_be_size: Callable[[Refused], bool] = lambda _: True,
) -> Fetched:
    """Fetch a file (tier 1) and flatten it: its current state, or a version. Parts are requested if the whole fails.

    With `in_parts`, the whole is not requested first. `namespaces` are those of the shared plugin data to read.
    `may_be_size` tells after a failure whether parts may succeed.
    Raises Refused, also if the body stays unreadable.
    """
    asked: Row = {"branch_data": True} if version is None else {"version": version}
    if namespaces:
        asked["plugin_data"] = SHARED
    if not in_parts:
        try:
            return api.fetch(FILE.at(file_key=key), partial(_read, key, namespaces, keeps_body=keeps_body), **asked)
        except Refused as refusal:
            if not REASONS[refusal.reason].is_size or not may_be_size(refusal):
                raise
        return _read_parts(api, key, keeps_body, version, namespaces, FEW_TRIES)
    return _read_parts(api, key, keeps_body, version, namespaces, TRIES)


def comes_in_parts(stored: Row | None, at: datetime) -> bool:
    """Tell whether to request a file in parts at once, because its stored state came in parts.

    The first load of each month requests the whole again: the file, or Figma's limit, may have changed.
    """
    if stored is None or stored["parts"] == 1:
        return False
    before = stored["loaded_at"].astimezone(UTC)
    return (before.year, before.month) == (at.year, at.month)


def read_document(key: str, body: bytes, namespaces: Sequence[str] = ()) -> Fetched:
    """Decode and flatten the body of a `GET file` response. Raises BadDocument."""
    # the tree is freed before the pause ends, so the collector never has to walk it
    with collector_paused():
        return _flattened(key, decode_document(body), len(body), namespaces)


def _read(key: str, namespaces: Sequence[str], body: bytes, *, keeps_body: bool) -> Fetched:
    try:
        fetched = read_document(key, body, namespaces)
    except BadDocument as error:
        raise BadDocument(f"{error}{_words_instead(body)}") from error
    return replace(fetched, body=body) if keeps_body else fetched


def _words_instead(body: bytes) -> str:
    """Return the error text of a small response without a document, "" if it has none."""
    try:
        answer = decode_object(body) if len(body) <= MOST_WORDS else {}
    except ValueError:
        return ""
    words = answer.get("err") or answer.get("message")
    return f": {words}" if words else ""


def _read_parts(
    api: FigmaClient, key: str, keeps_body: bool, version: str | None, namespaces: Sequence[str], first_tries: int
) -> Fetched:
    """Fetch a file in parts. A kept body decodes to the same document as the parts."""
    assembled = fetch_in_parts(api, key, version, first_tries=first_tries, plugin_data=SHARED if namespaces else None)
    with collector_paused():
        fetched = _flattened(key, assembled.document, assembled.size, namespaces)
    body = encode_document(assembled.document) if keeps_body else b""
    return replace(fetched, body=body, parts=assembled.parts, last_version=assembled.last_version)


def _flattened(key: str, document: Document, size: int, namespaces: Sequence[str]) -> Fetched:
    # a ValueError would make the client retry
    with skip_file_on_error(key):
        tables = flatten_document(key, document, namespaces)
    return Fetched(
        name=document.name,
        version=document.version,
        last_modified_at=parse_time(document.last_modified),
        editor_type=document.editor_type,
        size=size,
        read_at=datetime.now(UTC),
        tables=tables,
        main_file_key=document.main_file_key or None,
        namespaces=tuple(namespaces),
    )
