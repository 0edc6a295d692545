"""Figma's account of what people do with a library: insertions and detachments by component, style and variable.

They need an Enterprise plan. One list for each library file and kind, with cursor pagination, in tier 3:

    {"rows": [{"week": "2026-01-05", "component_key": "...", "component_name": "...", "component_set_key": "...",
               "component_set_name": "...", "detachments": 1, "insertions": 8}], "next_page": false}

Figma counts by weeks and keeps a year of them. A week is requested once, a day or more after its end; the week that has
not ended is not requested.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from figma_warehouse.source.api.refusals import FigmaError, as_refusal
from figma_warehouse.source.api.values import as_count, as_text, objects_of
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.endpoints import COMPONENT_ACTIONS, STYLE_ACTIONS, VARIABLE_ACTIONS
from figma_warehouse.source.listings.items_in_turn import Answer, ItemsInTurn
from figma_warehouse.source.listings.library_usages import LISTS, published_libraries
from figma_warehouse.source.outcomes import Row, outcome
from figma_warehouse.source.resources import RESOURCES
from figma_warehouse.source.schema import as_table

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

LIBRARY_ACTIONS = "library_actions"
KINDS = {"component": COMPONENT_ACTIONS, "style": STYLE_ACTIONS, "variable": VARIABLE_ACTIONS}
# the columns whose names in a response begin with the kind
OF_KIND = {"item_key": "key", "item_name": "name", "item_type": "type"}
TEXTS = ("component_set_key", "component_set_name", "collection_key", "collection_name")
COUNTED_AFTER, WEEK = timedelta(days=1), timedelta(weeks=1)
# Figma does not say on which day its weeks begin, and rounds a day to its week
MIDDLE_OF_WEEK = timedelta(days=2)


@dataclass(frozen=True)
class DueActions:
    """A library and a kind of items, with the Mondays of the first and last week that are requested.

    `since` is None in the first request, which reads all that Figma keeps.
    """

    library_file_key: str
    library_name: str | None
    team_id: str | None
    kind: str
    since: date | None
    until: date

    @property
    def item_id(self) -> str:
        """Its id in outcomes."""
        return f"{self.library_file_key} {self.kind}s"

    @property
    def edited_at(self) -> datetime | None:
        """None: no edit lifts a refusal of analytics."""
        return None

    @property
    def columns(self) -> Row:
        """The columns that its outcomes have."""
        return {"file_key": self.library_file_key, "name": self.library_name}

    @property
    def query(self) -> dict[str, str]:
        """The parameters of its requests."""
        start = {"start_date": (self.since + MIDDLE_OF_WEEK).isoformat()} if self.since else {}
        return {"group_by": self.kind, **start, "end_date": (self.until + MIDDLE_OF_WEEK).isoformat()}


def fetch_tables(refresh: "Refresh") -> Iterator[Tables]:
    """Yield the rows of one library and kind at a time, with its outcome."""
    turn = ItemsInTurn(refresh, LIBRARY_ACTIONS, "libraries")
    due = due_actions(refresh, {name: refresh.published(name)[0] for name in LISTS})
    yield from turn.fetch(due, lambda one: _load(turn, one))


def count_requests(refresh: "Refresh") -> Counter[tuple[int, str]]:
    """Return one request for each library and kind that is due, by tier and team; a long list needs more."""
    stored = refresh.stored_state.published
    due = due_actions(refresh, {name: list(stored.get(name, {}).values()) for name in LISTS})
    pending = ItemsInTurn(refresh, LIBRARY_ACTIONS, "libraries").pending(due)
    return Counter((RESOURCES[LIBRARY_ACTIONS].tier, one.team_id or "") for one in pending)


def due_actions(refresh: "Refresh", published: Mapping[str, Sequence[Row]]) -> list[DueActions]:
    """Return the libraries and kinds with a week that ended since they were loaded, by file key.

    `published` has the rows of the lists that `published_libraries` reads.
    """
    last = last_week(refresh.started_at)
    found = []
    for library in published_libraries(published):
        ref, kind = refresh.listing.files.get(library.file_key), library.kind.name
        name = ref.name if ref else None
        loaded_at = refresh.stored_state.loaded_at.get((LIBRARY_ACTIONS, f"{library.file_key} {kind}s"))
        since = last_week(loaded_at) + WEEK if loaded_at else None
        if since is None or since <= last:
            found.append(DueActions(library.file_key, name, library.team_id, kind, since, last))
    return found


def last_week(at: datetime) -> date:
    """Return the Monday of the last week that ended a day or more before this time, UTC."""
    day = (at.astimezone(UTC) - COUNTED_AFTER).date()
    return day - timedelta(days=day.weekday()) - WEEK


def action_row(library_file_key: str, kind: str, answer: dict[str, Any], at: datetime) -> Row | None:
    """Convert one entry of a response into a row, or None if it lacks its key, its week or a count."""
    row: Row = {column: as_text(answer.get(f"{kind}_{name}")) for column, name in OF_KIND.items()}
    row |= {name: as_text(answer.get(name)) for name in TEXTS}
    row |= {name: as_count(answer.get(name)) for name in ("insertions", "detachments")}
    row["week"] = _day(answer.get("week"))
    if not row["item_key"] or None in (row["week"], row["insertions"], row["detachments"]):
        return None
    return row | {"library_file_key": library_file_key, "kind": kind, "fetched_at": at}


def _load(turn: ItemsInTurn, one: DueActions) -> Answer:
    api, at = turn.refresh.api, datetime.now(UTC)
    path = KINDS[one.kind].at(file_key=one.library_file_key)
    try:
        with api.for_team(one.team_id):
            pages = list(api.pages_of_analytics(path, "rows", **one.query))
    except FigmaError as error:
        refusal = as_refusal(error)
        return turn.skipped(one.item_id, refusal, **one.columns), refusal
    answers = (answer for page in pages for answer in objects_of(page["rows"]))
    rows = filter(None, (action_row(one.library_file_key, one.kind, answer, at) for answer in answers))
    # the time that decided which weeks were requested: the next run continues from it
    at_start = {"finished_at": turn.refresh.started_at}
    done = outcome(turn.refresh.run_id, LIBRARY_ACTIONS, one.item_id, "loaded", **one.columns, **at_start)
    tables = {LIBRARY_ACTIONS: as_table(LIBRARY_ACTIONS, list(rows)), "outcomes": as_table("outcomes", [done])}
    return tables, None


def _day(text: object) -> date | None:
    """Return a date of this century; None for anything else."""
    try:
        day = date.fromisoformat(text[:10]) if isinstance(text, str) else None
    except ValueError:
        return None
    return day if day and 2010 <= day.year < 2100 else None
