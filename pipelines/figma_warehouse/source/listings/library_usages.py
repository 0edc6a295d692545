"""Figma's library analytics: how often each component, style and variable of a library is used.

They need an Enterprise plan. One list per library file and kind, with cursor pagination, in tier 3. Figma updates the
figures each day at 00:00 UTC.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import FigmaError, as_refusal
from figma_warehouse.source.api.values import as_count, as_text, is_plain, objects_of
from figma_warehouse.source.documents.flatten import Tables, with_tombstones
from figma_warehouse.source.endpoints import COMPONENT_USAGES, STYLE_USAGES, VARIABLE_USAGES, Endpoint, EndpointPath
from figma_warehouse.source.outcomes import Row, outcome, skipped
from figma_warehouse.source.schema import as_table

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

LIBRARY_USAGES = "library_usages"
PAGE_ROWS = 1000
COUNTS = ("usages", "teams_using", "files_using")
# the published lists that name the libraries
LISTS = ("components", "styles")


@dataclass(frozen=True)
class UsageKind:
    """A kind of items, the endpoint and table of its usages, and the columns that describe an item."""

    name: str
    endpoint: Endpoint
    table: str
    texts: tuple[str, ...]


COMPONENT = UsageKind(
    "component",
    COMPONENT_USAGES,
    "library_usages",
    ("component_key", "component_name", "component_set_key", "component_set_name"),
)
STYLE = UsageKind("style", STYLE_USAGES, "library_style_usages", ("style_key", "style_name", "style_type"))
VARIABLE = UsageKind(
    "variable",
    VARIABLE_USAGES,
    "library_variable_usages",
    ("variable_key", "variable_name", "variable_type", "collection_key", "collection_name"),
)


@dataclass(frozen=True)
class AnalysedLibrary:
    """A library file and a kind, with the number of items of it that it publishes now, or 1 if nothing tells."""

    file_key: str
    team_id: str | None
    items: int
    kind: UsageKind = COMPONENT

    @property
    def item_id(self) -> str:
        """Its id in outcomes: for components, the file key alone, as in outcomes of earlier versions."""
        return self.file_key if self.kind is COMPONENT else f"{self.file_key} {self.kind.name}s"

    @property
    def at(self) -> EndpointPath:
        """The path of the request for its analytics."""
        return self.kind.endpoint.at(file_key=self.file_key)

    @property
    def pages(self) -> int:
        """Number of requests for its list."""
        return -(-self.items // PAGE_ROWS)


def fetch_tables(refresh: "Refresh") -> Iterator[Tables]:
    """Yield the rows of usages and `outcomes` of one library and kind at a time, each requested once a day (UTC).

    A list that Figma refuses gets an outcome, and its stored rows stay.
    """
    for library in published_libraries({name: refresh.published(name)[0] for name in LISTS}):
        row = skip_outcome(refresh, library)
        yield {"outcomes": as_table("outcomes", [row])} if row else _fetch(refresh, library)


def count_requests(refresh: "Refresh") -> Counter[tuple[int, str]]:
    """Return the number of requests for the stored libraries, by tier and team."""
    requests: Counter[tuple[int, str]] = Counter()
    stored = refresh.stored_state.published
    for library in published_libraries({name: stored.get(name, {}).values() for name in LISTS}):
        if skip_outcome(refresh, library) is None:
            requests[COMPONENT_USAGES.tier, library.team_id or ""] += library.pages
    return requests


def published_libraries(published: Mapping[str, Iterable[Row]]) -> list[AnalysedLibrary]:
    """Return the files that publish these rows of `components` and `styles` now, sorted by file key, with each kind.

    Nothing tells whether a library publishes variables, so each of them is requested.
    """
    found = []
    kinds = dict(zip(LISTS, (COMPONENT, STYLE), strict=True))
    teams: dict[str, str | None] = {}
    for name, kind in kinds.items():
        rows = [row for row in published[name] if row["removed_at"] is None and is_plain(row["file_key"])]
        teams |= {row["file_key"]: row["team_id"] for row in rows}
        counts = Counter(row["file_key"] for row in rows)
        found += [AnalysedLibrary(key, teams[key], count, kind) for key, count in counts.items()]
    found += [AnalysedLibrary(key, team_id, 1, VARIABLE) for key, team_id in teams.items()]
    return sorted(found, key=lambda one: (one.file_key, one.kind.name))


def skip_outcome(refresh: "Refresh", library: AnalysedLibrary) -> Row | None:
    """Return the outcome of a list that is skipped because its figures are from today or an earlier refusal applies.

    Returns None if the list has to be requested.
    """
    if refresh.is_loaded_today(LIBRARY_USAGES, library.item_id):
        return outcome(refresh.run_id, LIBRARY_USAGES, library.item_id, "unchanged", **_about(refresh, library))
    return refresh.earlier_refusal(LIBRARY_USAGES, library.item_id, None)


def usage_row(library_file_key: str, kind: UsageKind, answer: dict[str, Any], at: datetime) -> Row | None:
    """Convert one entry of a response into a row, or None if it lacks the key or the count."""
    row = {name: as_text(answer.get(name)) for name in kind.texts} | {
        name: as_count(answer.get(name)) for name in COUNTS
    }
    if not row[f"{kind.name}_key"] or row["usages"] is None:
        return None
    return row | {"library_file_key": library_file_key, "fetched_at": at}


def _fetch(refresh: "Refresh", library: AnalysedLibrary) -> Tables:
    about = _about(refresh, library)
    try:
        with refresh.api.for_team(library.team_id):
            rows = {row[f"{library.kind.name}_key"]: row for row in _list_usages(refresh.api, library)}
    except FigmaError as error:
        row = skipped(refresh.run_id, LIBRARY_USAGES, library.item_id, as_refusal(error), **about)
        return {"outcomes": as_table("outcomes", [row])}
    row = outcome(refresh.run_id, LIBRARY_USAGES, library.item_id, "loaded", **about)
    tables = {library.kind.table: as_table(library.kind.table, list(rows.values()))}
    return with_tombstones(library.file_key, tables) | {"outcomes": as_table("outcomes", [row])}


def _list_usages(api: FigmaClient, library: AnalysedLibrary) -> Iterator[Row]:
    at = datetime.now(UTC)
    for answer in api.pages_of_analytics(library.at, "rows", group_by=library.kind.name):
        rows = (usage_row(library.file_key, library.kind, one, at) for one in objects_of(answer["rows"]))
        yield from filter(None, rows)


def _about(refresh: "Refresh", library: AnalysedLibrary) -> Row:
    ref = refresh.listing.files.get(library.file_key)
    return {"file_key": library.file_key, "name": ref and ref.name}
