"""The libraries of what is in use and in no published list: one request by key, in tier 3, on any plan.

A response, here of GET /v1/components/:key, is like one entry of a published list:

    {"status": 200, "error": false, "meta": {"key": "…", "file_key": "…", "node_id": "1:2", "name": "Chip", …}}

A key of which nothing is published, or nothing that the token may see, gets a 404.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from figma_warehouse.source.api.refusals import FigmaError, as_refusal, decode_object
from figma_warehouse.source.api.values import as_object, as_text, is_plain
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.endpoints import COMPONENT_BY_KEY, COMPONENT_SET_BY_KEY, STYLE_BY_KEY, EndpointPath
from figma_warehouse.source.listings.items_in_turn import Answer, ItemsInTurn
from figma_warehouse.source.listings.published_lists import containing_set, published_row
from figma_warehouse.source.outcomes import Row, outcome
from figma_warehouse.source.reasons import REASONS, RECHECK_AFTER
from figma_warehouse.source.resources import RESOURCES
from figma_warehouse.source.schema import TABLES, as_table

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

KEY_LOOKUPS = "key_lookups"
FOUND, MISSING = "found", "missing"
BY_KEY = {"components": COMPONENT_BY_KEY, "component_sets": COMPONENT_SET_BY_KEY, "styles": STYLE_BY_KEY}

PublishedKeys = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class UsedKey:
    """A key that documents use: its resource, its name in a document, and the number of nodes that refer to it."""

    resource: str
    key: str
    name: str | None
    uses: int

    @property
    def item_id(self) -> str:
        """Its id in outcomes."""
        return self.key

    @property
    def edited_at(self) -> None:
        """Nothing tells when what a key names was edited."""

    @property
    def at(self) -> EndpointPath:
        """The path of the request for this key."""
        return BY_KEY[self.resource].at(key=self.key)

    @property
    def kind(self) -> str:
        """component, component_set or style."""
        return RESOURCES[self.resource].item


def fetch_tables(refresh: "Refresh") -> Iterator[Tables]:
    """Yield the rows of `key_lookups` and `outcomes` of one key at a time, the most used key first."""
    turn = _in_turn(refresh)
    yield from turn.fetch(due_keys(refresh, _published_now(refresh)), lambda key: _look_up(turn, key))


def count_requests(refresh: "Refresh") -> Counter[tuple[int, str]]:
    """Return the number of requests for the keys in stored documents, by tier and team."""
    published = {resource: refresh.stored_state.published.get(resource, {}) for resource in BY_KEY}
    pending = _in_turn(refresh).pending(due_keys(refresh, published))
    return Counter((RESOURCES[KEY_LOOKUPS].tier, "") for _ in pending)


def due_keys(refresh: "Refresh", published: PublishedKeys) -> list[UsedKey]:
    """Return the keys to look up, those without a library first, then by the number of nodes that refer to them.

    They are in use in stored documents, no stored document defines them, and they are not among the keys of their
    resource in `published`; a resource that it lacks has no due keys. A missing key is due after a week, or if the
    refresh asks again; a found one only if the refresh reloads all files.
    """
    stored = {(row["kind"], row["item_key"]): row for row in refresh.stored_state.key_lookups()}
    used = (key for resource in published for key in _used_keys(refresh, resource))
    due = [
        key
        for key in used
        if key.key not in published[key.resource] and _is_due(refresh, stored.get((key.kind, key.key)))
    ]
    found = {at for at, row in stored.items() if row["status"] == FOUND}
    return sorted(due, key=lambda key: ((key.kind, key.key) in found, -key.uses, key.kind, key.key))


def found_row(key: UsedKey, answer: dict[str, Any], at: datetime) -> Row:
    """Convert the published item in a response into a row."""
    row = published_row(key.resource, answer | {"key": key.key}, as_text(answer.get("team_id")))
    return row | {
        "kind": key.kind,
        "item_key": key.key,
        "status": FOUND,
        "library_file_key": row["file_key"],
        "component_set_name": as_text(containing_set(answer).get("name")),
        "looked_up_at": at,
    }


def read_item(body: bytes) -> dict[str, Any]:
    """Return the published item in a response. Raises ValueError if it does not name its file."""
    item = as_object(decode_object(body).get("meta"))
    if not is_plain(item.get("file_key")):
        raise ValueError("no published item with a file key")
    return item


def _used_keys(refresh: "Refresh", resource: str) -> Iterator[UsedKey]:
    for row in refresh.stored_state.remote_keys(resource).to_pylist():
        if is_plain(row["item_key"]):
            yield UsedKey(resource, row["item_key"], row["name"], row["uses"])


def _is_due(refresh: "Refresh", row: Row | None) -> bool:
    """Tell whether a key with this stored row is requested. A time in the future comes from a clock that was ahead."""
    if row is None:
        return True
    if row["status"] == FOUND:
        return refresh.reload.is_all
    age = refresh.started_at - row["looked_up_at"]
    return refresh.asks_again or not timedelta(0) <= age < RECHECK_AFTER


def _published_now(refresh: "Refresh") -> PublishedKeys:
    """Return the keys that lists have or had, without the resources whose lists are incomplete for now.

    The next run may list what is missing, and then no request is needed.
    """
    published = {}
    for resource in BY_KEY:
        rows, outcomes = refresh.published(resource)
        if not any(row["status"] == "skipped" and REASONS[row["reason"]].is_temporary for row in outcomes):
            (key,) = TABLES[resource].key
            published[resource] = {row[key] for row in rows} | refresh.stored_state.published.get(resource, {}).keys()
    return published


def _in_turn(refresh: "Refresh") -> ItemsInTurn:
    return ItemsInTurn(refresh, KEY_LOOKUPS, "keys")


def _look_up(turn: ItemsInTurn, key: UsedKey) -> Answer:
    """Request a key. Return the tables, and the refusal if it has no answer; a 404 is one."""
    refusal = None
    try:
        row = found_row(key, turn.refresh.api.fetch(key.at, read_item), datetime.now(UTC))
    except FigmaError as error:
        refusal = as_refusal(error)
        if refusal.reason != "not_found":
            return turn.skipped(key.item_id, refusal, name=key.name), refusal
        row = {"kind": key.kind, "item_key": key.key, "status": MISSING, "looked_up_at": datetime.now(UTC)}
    done = outcome(turn.refresh.run_id, KEY_LOOKUPS, key.key, "loaded", name=key.name)
    return {KEY_LOOKUPS: as_table(KEY_LOOKUPS, [row]), "outcomes": as_table("outcomes", [done])}, None
