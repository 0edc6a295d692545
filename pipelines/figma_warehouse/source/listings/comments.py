"""Comments and their reactions, as GET /v1/files/:key/comments has them: one request for a file, in tier 2.

    {"comments": [{
        "id": "1", "parent_id": "", "order_id": "3", "user": {"id": "9", "handle": "design-ops", ...},
        "client_meta": {"node_id": "1:2", "node_offset": {"x": 4, "y": 8}}, "message": "...",
        "created_at": "2026-05-04T10:00:00.000Z", "resolved_at": null,
        "reactions": [{"user": {...}, "emoji": ":heart:", "created_at": "..."}]}]}

A comment need not move the last edit of its file: a file with an open thread is requested at each run.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from figma_warehouse.source.api.refusals import decode_object
from figma_warehouse.source.api.values import as_number, as_object, as_text, is_plain, objects_of, parse_time
from figma_warehouse.source.documents.flatten import Tables, tombstones
from figma_warehouse.source.endpoints import FILE_COMMENTS
from figma_warehouse.source.listings.due_file import DueFile, due_file, has_changed, load_file
from figma_warehouse.source.listings.items_in_turn import ItemsInTurn
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.resources import RESOURCES
from figma_warehouse.source.stored_state import StoredComments

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

COMMENTS = "comments"


def fetch_tables(refresh: "Refresh") -> Iterator[Tables]:
    """Yield the rows of one file at a time, with its outcome. First, files that are gone lose their rows."""
    for key in sorted(refresh.stored_state.commented_files().keys() & refresh.files_gone()):
        yield tombstones(key, RESOURCES[COMMENTS].tables)
    turn = _in_turn(refresh)
    yield from turn.fetch(due_files(refresh), lambda file: load_file(turn, file, partial(_fetch_rows, refresh, file)))


def count_requests(refresh: "Refresh") -> Counter[tuple[int, str]]:
    """Return the number of requests, by tier and team."""
    pending = _in_turn(refresh).pending(due_files(refresh))
    return Counter((FILE_COMMENTS.tier, file.ref.team_id or "") for file in pending)


def due_files(refresh: "Refresh") -> list[DueFile]:
    """Return the files whose comments are requested, by key.

    They are main files in the listing that changed since their comments were loaded, that have an open thread, or whose
    stored comments have texts although they should not, or none although they should.
    """
    stored = refresh.stored_state.commented_files()
    refs = (ref for key, ref in sorted(refresh.listing.files.items()) if is_plain(key) and ref.main_file_key is None)
    files = (due_file(refresh, ref) for ref in refs)
    return [
        file
        for file in files
        if has_changed(refresh, COMMENTS, file) or _is_open(stored.get(file.item_id), refresh.keeps_comment_texts)
    ]


def read_answer(body: bytes) -> list[dict[str, Any]]:
    """Return the comments of a response. Raises ValueError if it has no list of them."""
    found = decode_object(body).get("comments")
    if not isinstance(found, list):
        raise ValueError("no list of comments")
    return objects_of(found)


def comment_rows(file_key: str, comments: Sequence[dict[str, Any]], *, keeps_texts: bool) -> dict[str, list[Row]]:
    """Convert the comments of a file into the rows of both tables. A comment without an id or a time has no row."""
    known = {
        row["comment_id"]: (row, answer)
        for answer in comments
        if (row := _comment_row(file_key, answer, keeps_texts=keeps_texts))["comment_id"] and row["created_at"]
    }
    return {
        "comments": [row for row, _ in known.values()],
        "comment_reactions": [
            row for comment_id, (_, answer) in known.items() for row in _reaction_rows(file_key, comment_id, answer)
        ],
    }


def _is_open(stored: StoredComments | None, keeps_texts: bool) -> bool:
    return stored is not None and (stored.has_open_threads or stored.has_texts != keeps_texts)


def _in_turn(refresh: "Refresh") -> ItemsInTurn:
    return ItemsInTurn(refresh, COMMENTS, "files")


def _fetch_rows(refresh: "Refresh", file: DueFile) -> dict[str, list[Row]]:
    answer = refresh.api.fetch(FILE_COMMENTS.at(file_key=file.item_id), read_answer)
    return comment_rows(file.item_id, answer, keeps_texts=refresh.keeps_comment_texts)


def _comment_row(file_key: str, answer: dict[str, Any], *, keeps_texts: bool) -> Row:
    pin, user = as_object(answer.get("client_meta")), as_object(answer.get("user"))
    place = as_object(pin.get("node_offset")) or pin
    return {
        "file_key": file_key,
        "comment_id": as_text(answer.get("id")),
        # Figma sends an empty text for a comment that is no reply
        "parent_id": as_text(answer.get("parent_id")) or None,
        "order_id": as_text(answer.get("order_id")),
        "node_id": as_text(pin.get("node_id")),
        "x": as_number(place.get("x")),
        "y": as_number(place.get("y")),
        "user_id": as_text(user.get("id")),
        "user_handle": as_text(user.get("handle")),
        "created_at": parse_time(answer.get("created_at")),
        "resolved_at": parse_time(answer.get("resolved_at")),
        "message": as_text(answer.get("message")) or "" if keeps_texts else None,
    }


def _reaction_rows(file_key: str, comment_id: str, answer: dict[str, Any]) -> list[Row]:
    found = {}
    for one in objects_of(answer.get("reactions")):
        user_id, emoji = as_text(as_object(one.get("user")).get("id")) or "", as_text(one.get("emoji"))
        if emoji:
            found[user_id, emoji] = {
                "file_key": file_key,
                "comment_id": comment_id,
                "user_id": user_id,
                "emoji": emoji,
                "created_at": parse_time(one.get("created_at")),
            }
    return list(found.values())
