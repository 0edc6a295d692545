"""Variables by name: collections, modes and values, as /variables/local and /variables/published have them.

Both requests are in tier 2 and need an Enterprise plan and a full seat. A response, here of the first:

    {"status": 200, "error": false, "meta": {
        "variables": {"VariableID:1:2": {"name": "Brand/Primary", "valuesByMode": {"1:0": {"r": 1, ...}}, ...}},
        "variableCollections": {"VariableCollectionId:1:1": {"name": "Color", "modes": [{"modeId": "1:0", ...}], ...}}}}

It has the variables that the file defines, and copies of those of libraries that the file uses. The second has no
values; it names the published ones, with the time of their publication.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from figma_warehouse.source.api.refusals import decode_object
from figma_warehouse.source.api.values import as_number, as_object, as_text, is_plain, objects_of, parse_time
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.documents.paint_values import alias_id, hex_code
from figma_warehouse.source.endpoints import FILE_PUBLISHED_VARIABLES, FILE_VARIABLES
from figma_warehouse.source.listings.due_file import DueFile, due_file, has_changed, load_file
from figma_warehouse.source.listings.items_in_turn import ItemsInTurn
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.resources import RESOURCES, Group, resources_in

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

VARIABLES = "variables"
CODE_SYNTAX = {"WEB": "code_syntax_web", "ANDROID": "code_syntax_android", "iOS": "code_syntax_ios"}
CHANNELS = ("r", "g", "b")

Objects = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class VariableAnswer:
    """The two maps of a response, by the ids of variables and of collections."""

    variables: Objects
    collections: Objects


def fetch_tables(refresh: "Refresh") -> Iterator[Tables]:
    """Yield the rows of one file at a time, with its outcome."""
    lists = (refresh.published(one.name)[0] for one in resources_in(Group.PUBLISHED))
    due, turn = due_files(refresh, (row for rows in lists for row in rows)), _in_turn(refresh)
    yield from turn.fetch(due, lambda file: load_file(turn, file, partial(_fetch_rows, refresh, file)))


def count_requests(refresh: "Refresh") -> Counter[tuple[int, str]]:
    """Return the number of requests for the files in stored lists and documents, by tier and team."""
    requests: Counter[tuple[int, str]] = Counter()
    stored = refresh.stored_state.published
    lists = (stored.get(one.name, {}) for one in resources_in(Group.PUBLISHED))
    for file in _in_turn(refresh).pending(due_files(refresh, (row for rows in lists for row in rows.values()))):
        requests[RESOURCES[VARIABLES].tier, file.ref.team_id or ""] += len(RESOURCES[VARIABLES].endpoints)
    return requests


def due_files(refresh: "Refresh", published: Iterable[Row]) -> list[DueFile]:
    """Return the files whose variables are requested, by key.

    They are main files in the listing that publish one of these rows now, bind variables of their own in their stored
    document, or had their variables loaded before. A file that did not change since then is not due, unless the
    refresh reloads it.
    """
    state = refresh.stored_state
    keys = {row["file_key"] for row in published if row["removed_at"] is None} | state.binding_local_variables()
    keys |= {item for resource, item in state.loaded_edits if resource == VARIABLES}
    refs = (ref for key, ref in sorted(refresh.listing.files.items()) if key in keys and is_plain(key))
    files = [due_file(refresh, ref) for ref in refs if ref.main_file_key is None]
    return [file for file in files if has_changed(refresh, VARIABLES, file)]


def read_answer(body: bytes) -> VariableAnswer:
    """Return the maps of a response. Raises ValueError if it has none."""
    meta = as_object(decode_object(body).get("meta"))
    found = [meta.get(name) for name in ("variables", "variableCollections")]
    if not all(isinstance(one, dict) for one in found):
        raise ValueError("no maps of variables and collections")
    variables, collections = ({id_: one for id_, one in as_object(each).items() if as_object(one)} for each in found)
    return VariableAnswer(variables, collections)


def variable_rows(
    file_key: str, local: VariableAnswer, published: VariableAnswer, at: datetime
) -> dict[str, list[Row]]:
    """Convert the two responses for a file into the rows of the four tables."""
    collections = local.collections.items()
    return {
        "variables": [
            _variable_row(file_key, id_, one, published.variables.get(id_, {})) | {"fetched_at": at}
            for id_, one in local.variables.items()
        ],
        "variable_collections": [
            _collection_row(file_key, id_, one, published.collections.get(id_, {})) for id_, one in collections
        ],
        "variable_modes": [row for id_, one in collections for row in _mode_rows(file_key, id_, one)],
        "variable_values": list(_value_rows(file_key, local)),
    }


def value_columns(value: object) -> Row | None:
    """Convert the value of a variable in a mode into columns; None if it is none that the API documents."""
    if alias := alias_id(value):
        return {"alias_id": alias}
    if isinstance(value, dict) and "color" in value:
        opacity = value.get("opacity")
        columns = value_columns(value["color"]) or {}
        return columns | {"opacity": as_number(opacity), "opacity_alias_id": alias_id(opacity)}
    text = _color(value) if isinstance(value, dict) else _text(value)
    return None if text is None else {"value": text}


def _in_turn(refresh: "Refresh") -> ItemsInTurn:
    return ItemsInTurn(refresh, VARIABLES, "files")


def _fetch_rows(refresh: "Refresh", file: DueFile) -> dict[str, list[Row]]:
    api, key = refresh.api, file.item_id
    local = api.fetch(FILE_VARIABLES.at(file_key=key), read_answer)
    published = api.fetch(FILE_PUBLISHED_VARIABLES.at(file_key=key), read_answer)
    return variable_rows(key, local, published, datetime.now(UTC))


def _variable_row(file_key: str, variable_id: str, answer: dict[str, Any], published: dict[str, Any]) -> Row:
    scopes = answer.get("scopes")
    code = as_object(answer.get("codeSyntax"))
    return {
        "file_key": file_key,
        "variable_id": variable_id,
        "variable_key": as_text(answer.get("key")),
        "collection_id": as_text(answer.get("variableCollectionId")),
        "name": as_text(answer.get("name")),
        "description": as_text(answer.get("description")),
        "resolved_type": as_text(answer.get("resolvedType")),
        **_flags(answer),
        "is_deleted": answer.get("deletedButReferenced") is True,
        "scopes": ",".join(sorted(filter(None, map(as_text, scopes)))) if isinstance(scopes, list) else None,
        **{column: as_text(code.get(name)) for name, column in CODE_SYNTAX.items()},
        **_publication(published),
    }


def _collection_row(file_key: str, collection_id: str, answer: dict[str, Any], published: dict[str, Any]) -> Row:
    return {
        "file_key": file_key,
        "collection_id": collection_id,
        "collection_key": as_text(answer.get("key")),
        "name": as_text(answer.get("name")),
        "default_mode_id": as_text(answer.get("defaultModeId")),
        "parent_collection_id": as_text(answer.get("parentVariableCollectionId")),
        **_flags(answer),
        **_publication(published),
    }


def _mode_rows(file_key: str, collection_id: str, answer: dict[str, Any]) -> Iterator[Row]:
    modes = {as_text(mode.get("modeId")): mode for mode in objects_of(answer.get("modes"))}
    for position, (mode_id, mode) in enumerate((id_, mode) for id_, mode in modes.items() if id_):
        yield {
            "file_key": file_key,
            "collection_id": collection_id,
            "mode_id": mode_id,
            "name": as_text(mode.get("name")),
            "position": position,
            "parent_mode_id": as_text(mode.get("parentModeId")),
        }


def _value_rows(file_key: str, answer: VariableAnswer) -> Iterator[Row]:
    """Yield the values of variables, then the overrides of collections that extend another one."""
    for variable_id, one in answer.variables.items():
        collection_id = as_text(one.get("variableCollectionId")) or ""
        yield from _rows_by_mode(file_key, variable_id, collection_id, as_object(one.get("valuesByMode")))
    for collection_id, one in answer.collections.items():
        overrides = as_object(one.get("variableOverrides"))
        for variable_id, values in overrides.items():
            own = as_text(answer.variables.get(variable_id, {}).get("variableCollectionId"))
            if own != collection_id:
                yield from _rows_by_mode(file_key, variable_id, collection_id, as_object(values))


def _rows_by_mode(file_key: str, variable_id: str, collection_id: str, values: Mapping[str, object]) -> Iterator[Row]:
    for mode_id, value in values.items():
        if columns := value_columns(value):
            at = {"file_key": file_key, "variable_id": variable_id, "collection_id": collection_id, "mode_id": mode_id}
            yield at | columns


def _flags(answer: dict[str, Any]) -> Row:
    return {
        "is_remote": answer.get("remote") is True,
        "is_hidden_from_publishing": answer.get("hiddenFromPublishing") is True,
    }


def _publication(published: dict[str, Any]) -> Row:
    return {
        "subscribed_id": as_text(published.get("subscribed_id")),
        "published_at": parse_time(published.get("updatedAt")),
    }


def _color(value: dict[str, Any]) -> str | None:
    channels = [as_number(value.get(name)) for name in CHANNELS]
    alpha = as_number(value.get("a", 1))
    return None if None in (*channels, alpha) else hex_code(*(one or 0.0 for one in (*channels, alpha)))


def _text(value: object) -> str | None:
    """Return a value as text: a whole number without a fraction, true or false in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        number = as_number(value)
        return None if number is None else str(int(number)) if number.is_integer() else str(number)
    return as_text(value)
