"""The digest: what changed in a period, as a message of one screen. It reads the published file, read-only."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.digest_queries import (
    ADOPTION,
    ATTENTION,
    BEGUN,
    CHANGES,
    DATA,
    DEPRECATED,
    DETACHMENTS,
    GROWTH,
    NONE_BEGUN,
    PLACEMENTS,
    TEAMS,
    UNLISTED,
)
from figma_warehouse.messages.message import Message, MessageLine, MessageSection
from figma_warehouse.messages.message_settings import dashboard_url
from figma_warehouse.source.resources import RESOURCES

Row = dict[str, Any]

PERIOD = re.compile(r"(\d{1,4})([dw])")
DAYS = {"d": 1, "w": 7}
FILE_URL = "https://www.figma.com/design/"
MOST_LINES = 3
# a share that moved less is unchanged in the digits that are shown
LEAST_CHANGE = 0.0005
KIND_WORDS = {"component": "component", "component_set": "component set", "style": "style"}
EVENT_WORDS = {
    "published": ("New {kind} {name} in {library}.", "new items"),
    "unpublished": ("No longer published: {kind} {name} of {library}.", "items that are no longer published"),
    "renamed": ("The {kind} {before} is now {name} in {library}.", "renamed items"),
    "moved": ("The {kind} {name} has moved in {library}.", "moved items"),
}


@dataclass(frozen=True)
class Digest:
    """A digest. `is_news` is false if nothing happened in its period; what stands from before is in it nonetheless.

    `as_of` is the end of the last load that is published, UTC; None before the first.
    """

    message: Message
    is_news: bool
    since_at: datetime
    as_of: datetime | None

    @property
    def has_data(self) -> bool:
        """Whether a load ended in the period, so that the digest can know of changes in it."""
        return self.as_of is not None and self.as_of >= self.since_at


def parse_period(text: str, now: datetime) -> datetime:
    """Return the start of a period such as 7d, 2w or 2026-01-31, UTC. Raises UsageFailure."""
    found = PERIOD.fullmatch(text.strip())
    if found and int(found[1]):
        return now - timedelta(days=int(found[1]) * DAYS[found[2]])
    try:
        day = datetime.combine(datetime.strptime(text.strip(), "%Y-%m-%d").date(), time(), UTC)  # noqa: DTZ007
    except ValueError:
        day = now
    if day >= now:
        raise UsageFailure(
            f'--since "{text}" is not a period. Write a number of days or weeks, as 7d or 2w, or a past day, as'
            " 2026-01-31."
        )
    return day


def read_digest(data: DataDir, since_at: datetime, team: str | None = None) -> Digest:
    """Return the digest of a period for all teams, or for the team with that id or name.

    Raises UsageFailure if nothing is published yet, if an older version published it, or if there is no such team.
    """
    if not data.published.exists():
        raise UsageFailure(f"Nothing is published at {data.published} yet. Run figma-warehouse run first.")
    pages = dashboard_url()
    with duckdb.connect(str(data.published), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
        try:
            team_id, team_name = _find_team(connection, team)
            return _Reading(connection, since_at, team_id, pages).digest(team_name)
        except duckdb.CatalogException as error:
            raise UsageFailure(
                f"{data.published} has no table that the digest reads: an older version published it. Run"
                " figma-warehouse run first."
            ) from error


def page_url(address: str, page: str, team_id: str | None = None, **parameters: str) -> str:
    """Return the address of a page of the dashboards, with a team and further parameters."""
    url = address.replace("{page}", page) if "{page}" in address else f"{address.rstrip('/')}/{page}/"
    chosen = ({"team": team_id} if team_id else {}) | parameters
    return f"{url}?{urlencode(chosen, quote_via=quote)}" if chosen else url


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _find_team(connection: duckdb.DuckDBPyConnection, given: str | None) -> tuple[str | None, str | None]:
    """Return the id and the name of a team, both None if none is given."""
    if given is None:
        return None, None
    teams = connection.execute(TEAMS).fetchall()
    by_id = [team for team in teams if team[0] == given]
    found = by_id or [team for team in teams if (team[1] or "").casefold() == given.strip().casefold()]
    if len(found) == 1:
        team_id, name = found[0]
        return team_id, name or team_id
    known = ", ".join(f"{name} ({team_id})" for team_id, name in teams[:5])
    problem = "is the name of several teams: give the id" if found else "is not the id or name of a loaded team"
    raise UsageFailure(f'--team "{given}" {problem}. Teams: {known}{", ..." if len(teams) > 5 else "."}')


class _Reading:
    """One reading of the published file, for one period and team. Each section says whether it has news."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, since_at: datetime, team_id: str | None, pages: str | None
    ) -> None:
        self._connection, self._since_at, self._team_id, self._pages = connection, since_at, team_id, pages
        self._is_news = False

    def digest(self, team_name: str | None) -> Digest:
        """Return the whole digest."""
        data = self._rows(DATA)[0]
        parts: list[Callable[[], MessageSection | None]] = [
            self._adoption,
            self._library,
            self._deprecated,
            self._detachments,
            self._growth,
            self._attention,
        ]
        sections = [section for part in parts if (section := part())]
        title = f"Figma, what changed since {self._since_at:%-d %b %Y}{f': {team_name}' if team_name else ''}"
        message = Message(title, (*sections, self._coverage(data)))
        return Digest(message, self._is_news, self._since_at, data["as_of"])

    def _adoption(self) -> MessageSection | None:
        try:
            rows = self._rows(ADOPTION)
        except duckdb.CatalogException:
            rows = []
        # the record of shares may be younger than the period; the history of placements is not
        if all(row["change"] is None for row in rows):
            return self._placements()
        self._is_news |= any(abs(row["change"] or 0) >= LEAST_CHANGE for row in rows)
        lines = [self._line(_share_sentence(row), row, "adoption", _team_of(row)) for row in rows[: MOST_LINES + 1]]
        return MessageSection("Adoption: visible layers from the library", tuple(lines))

    def _placements(self) -> MessageSection | None:
        rows = self._rows(PLACEMENTS)
        moved = [row for row in rows if row["change"]]
        if not moved:
            return None
        self._is_news = True
        total, change = rows[0]["all_placements"], rows[0]["all_change"]
        lines = (
            self._line(
                f"{row['name']}: {counted(row['placements'], 'placement')}, {row['change']:+,}.", row, "component_usage"
            )
            for row in moved[:MOST_LINES]
        )
        return MessageSection(
            f"Adoption: {counted(total, 'placement')} of library components, {change:+,}", tuple(lines)
        )

    def _library(self) -> MessageSection | None:
        rows = self._rows(CHANGES)
        lines: list[MessageLine] = []
        for event, (sentence, many) in EVENT_WORDS.items():
            found = [row for row in rows if row["event"] == event]
            lines += [self._library_line(_change_sentence(sentence, row), row) for row in found[:MOST_LINES]]
            if len(found) > MOST_LINES:
                lines.append(self._library_line(f"And {len(found) - MOST_LINES:,} more {many}.", found[MOST_LINES]))
        updated = [row for row in rows if row["event"] == "updated"]
        if updated:
            words = f"{counted(len(updated), 'component or style', 'components and styles')} published again."
            lines.append(self._library_line(words, updated[0]))
        self._is_news |= bool(lines)
        return MessageSection("Library", tuple(lines)) if lines else None

    def _deprecated(self) -> MessageSection | None:
        rows = self._rows(DEPRECATED)
        if not rows:
            return None
        lines = [self._library_line(_deprecated_sentence(row), row) for row in rows[:MOST_LINES]]
        more = f" ({len(rows):,})" if len(rows) > MOST_LINES else ""
        return MessageSection(f"Deprecated and still used{more}", tuple(lines))

    def _detachments(self) -> MessageSection | None:
        rows = self._rows(DETACHMENTS)
        if not rows:
            return None
        self._is_news = True
        lines = [self._line(_detachment_sentence(row), row, "component_usage") for row in rows[:MOST_LINES]]
        times = sum(row["times"] for row in rows)
        return MessageSection(f"Detached: {counted(times, 'instance')}", tuple(lines))

    def _growth(self) -> MessageSection | None:
        rows = self._rows(GROWTH)
        if not rows:
            return None
        self._is_news = True
        lines = [
            self._line(_growth_sentence(row), row, "file_growth", file_key=row["file_key"]) for row in rows[:MOST_LINES]
        ]
        return MessageSection(f"Grown: {counted(len(rows), 'file')}", tuple(lines))

    def _attention(self) -> MessageSection | None:
        try:
            rows = self._rows(ATTENTION.format(begun=BEGUN))
        except duckdb.CatalogException:
            rows = self._rows(ATTENTION.format(begun=NONE_BEGUN))
        if not rows:
            return None
        begun = sum(row["begun"] for row in rows)
        self._is_news |= begun > 0
        lines = [self._line(_finding_sentence(row), row, "overview") for row in rows[: 2 * MOST_LINES]]
        findings = counted(sum(row["findings"] for row in rows), "finding")
        return MessageSection(f"Needs attention: {findings}{f', {begun:,} of them new' if begun else ''}", tuple(lines))

    def _coverage(self, data: Row) -> MessageSection:
        current, expected = data["files_current"], data["files_expected"]
        behind = FILE_URL + data["behind"] if data["behind"] else None
        of = f"{current:,} of {counted(expected, 'file')}"
        lines = [self._line(f"{of} {'is' if current == 1 else 'are'} current.", {"figma_url": behind}, "overview")]
        listings = [resource.name for resource in RESOURCES.values() if resource.is_listing]
        lines += [
            self._line(
                f"Listing failed: {counted(row['skipped'], 'list')} of {RESOURCES[row['resource']].many}"
                f" ({row['skip_reasons']}): figures may be of the past.",
                {},
                "overview",
            )
            for row in self._rows(UNLISTED, listings=listings)
        ]
        as_of = f"{data['as_of']:%-d %b %Y %H:%M} UTC" if data["as_of"] else "no finished run"
        return MessageSection(f"How complete: data as of {as_of}", tuple(lines))

    def _library_line(self, words: str, row: Row) -> MessageLine:
        key = row["library_file_key"]
        if not key:
            return self._line(words, row, "library")
        # an item that is gone from its library has no address of its own
        return self._line(words, {"figma_url": row["figma_url"] or FILE_URL + key}, "library", library=key)

    def _line(self, words: str, row: Row, page: str, team_id: str | None = None, **parameters: str) -> MessageLine:
        """Return a sentence that links to its page if the dashboards have an address, else into Figma."""
        if self._pages:
            return MessageLine(words, page_url(self._pages, page, team_id or self._team_id, **parameters))
        return MessageLine(words, row.get("figma_url"))

    def _rows(self, query: str, **parameters: Any) -> list[Row]:
        known = {"since": self._since_at, "team": self._team_id} | parameters
        named = {name: value for name, value in known.items() if f"${name}" in query}
        result = self._connection.execute(query, named)
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def _team_of(row: Row) -> str | None:
    return row["id"] if row["level"] == "team" else None


def _share_sentence(row: Row) -> str:
    share, change = f"{row['name']}: {row['share']:.1%}", row["change"]
    if change is None:
        return f"{share}; the share before is not known."
    if abs(change) < LEAST_CHANGE:
        return f"{share}, unchanged."
    points = f"{abs(change) * 100:.1f}"
    return f"{share}, {'up' if change > 0 else 'down'} {points} {'point' if points == '1.0' else 'points'}."


def _change_sentence(sentence: str, row: Row) -> str:
    return sentence.format(
        kind=KIND_WORDS[row["kind"]],
        name=row["name"] or "(no name)",
        before=row["name_before"] or "(no name)",
        library=row["library_name"] or "a library",
    )


def _deprecated_sentence(row: Row) -> str:
    used = f"{counted(row['usages'], 'usage')} in {counted(row['files'], 'file')}"
    instead = f"; use {row['replacement']} instead" if row["replacement"] else ""
    return f"{row['name'] or '(no name)'}: {used}{instead}."


def _detachment_sentence(row: Row) -> str:
    files = f"in {row['file_name'] or '(no name)'}" if row["files"] == 1 else f"in {row['files']:,} files"
    who = f", saved by {row['editors']}" if row["editors"] else ""
    return f"{row['name'] or '(no name)'}: {counted(row['times'], 'time')} {files}{who}."


def _growth_sentence(row: Row) -> str:
    name, nodes, before = row["name"] or "(no name)", row["nodes"], row["nodes_before"]
    if not before:
        return f"{name}: new, {counted(nodes, 'node')}."
    return f"{name}: {nodes - before:+,} nodes, {nodes / before - 1:+.0%}."


def _finding_sentence(row: Row) -> str:
    more = row["findings"] - 1
    return f"{row['sentence']} And {more:,} more of this kind." if more else str(row["sentence"])
