"""Figma's library analytics: how often each component of a library is used. They need an Enterprise plan.

One list per library file, with cursor pagination, in tier 3. Figma updates the figures each day at 00:00 UTC.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import FigmaError, as_refusal
from figma_warehouse.source.api.values import as_count, as_text, is_plain, objects_of
from figma_warehouse.source.documents.flatten import Tables, with_tombstones
from figma_warehouse.source.endpoints import COMPONENT_USAGES, EndpointPath
from figma_warehouse.source.outcomes import Row, outcome, skipped
from figma_warehouse.source.schema import as_table

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

LIBRARY_USAGES = "library_usages"
PAGE_ROWS = 1000
TEXTS = ("component_key", "component_name", "component_set_key", "component_set_name")
COUNTS = ("usages", "teams_using", "files_using")


@dataclass(frozen=True)
class AnalysedLibrary:
    """A library file with the number of components that it publishes now."""

    file_key: str
    team_id: str | None
    components: int

    @property
    def at(self) -> EndpointPath:
        """The path of the request for its analytics."""
        return COMPONENT_USAGES.at(file_key=self.file_key)

    @property
    def pages(self) -> int:
        """Number of requests for its list."""
        return -(-self.components // PAGE_ROWS)


def fetch_tables(refresh: "Refresh") -> Iterator[Tables]:
    """Yield the rows of `library_usages` and `outcomes` of one library at a time, each requested once a day (UTC).

    A library that Figma refuses gets an outcome, and its stored rows stay.
    """
    for library in published_libraries(refresh.published("components")[0]):
        row = skip_outcome(refresh, library)
        yield {"outcomes": as_table("outcomes", [row])} if row else _fetch(refresh, library)


def count_requests(refresh: "Refresh") -> Counter[tuple[int, str]]:
    """Return the number of requests for the stored libraries, by tier and team."""
    requests: Counter[tuple[int, str]] = Counter()
    for library in published_libraries(refresh.stored_state.published.get("components", {}).values()):
        if skip_outcome(refresh, library) is None:
            requests[COMPONENT_USAGES.tier, library.team_id or ""] += library.pages
    return requests


def published_libraries(components: Iterable[Row]) -> list[AnalysedLibrary]:
    """Return the files that publish these rows of `components` now, sorted by file key."""
    published = [row for row in components if row["removed_at"] is None and is_plain(row["file_key"])]
    teams = {row["file_key"]: row["team_id"] for row in published}
    counts = Counter(row["file_key"] for row in published)
    return [AnalysedLibrary(file_key, teams[file_key], counts[file_key]) for file_key in sorted(counts)]


def skip_outcome(refresh: "Refresh", library: AnalysedLibrary) -> Row | None:
    """Return the outcome of a library that is skipped because its figures are from today or an earlier refusal applies.

    Returns None if the library has to be requested.
    """
    loaded_at = refresh.stored_state.loaded_at.get((LIBRARY_USAGES, library.file_key))
    if loaded_at and _day(loaded_at) == _day(refresh.started_at):
        return outcome(refresh.run_id, LIBRARY_USAGES, library.file_key, "unchanged", **_about(refresh, library))
    return refresh.earlier_refusal(LIBRARY_USAGES, library.file_key, None)


def usage_row(library_file_key: str, answer: dict[str, Any], at: datetime) -> Row | None:
    """Convert one entry of a response into a row, or None if it lacks the component key or the count."""
    row = {name: as_text(answer.get(name)) for name in TEXTS} | {name: as_count(answer.get(name)) for name in COUNTS}
    if not row["component_key"] or row["usages"] is None:
        return None
    return row | {"library_file_key": library_file_key, "fetched_at": at}


def _fetch(refresh: "Refresh", library: AnalysedLibrary) -> Tables:
    about = _about(refresh, library)
    try:
        with refresh.api.for_team(library.team_id):
            rows = {row["component_key"]: row for row in _list_usages(refresh.api, library)}
    except FigmaError as error:
        row = skipped(refresh.run_id, LIBRARY_USAGES, library.file_key, as_refusal(error), **about)
        return {"outcomes": as_table("outcomes", [row])}
    row = outcome(refresh.run_id, LIBRARY_USAGES, library.file_key, "loaded", **about)
    tables = {LIBRARY_USAGES: as_table(LIBRARY_USAGES, list(rows.values()))}
    return with_tombstones(library.file_key, tables) | {"outcomes": as_table("outcomes", [row])}


def _list_usages(api: FigmaClient, library: AnalysedLibrary) -> Iterator[Row]:
    at = datetime.now(UTC)
    for answer in api.pages_of_analytics(library.at, "rows", group_by="component"):
        rows = (usage_row(library.file_key, one, at) for one in objects_of(answer["rows"]))
        yield from filter(None, rows)


def _about(refresh: "Refresh", library: AnalysedLibrary) -> Row:
    ref = refresh.listing.files.get(library.file_key)
    return {"file_key": library.file_key, "name": ref and ref.name}


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
