"""What the figures lack: listings that failed, and expected files that are not loaded at their current version."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from figma_warehouse.dashboard import published_file
from figma_warehouse.source.reasons import REASONS

# a warning if more files are missing than this many and this share of the expected ones, or one for longer than this
FEW, SHARE, LONG = 3, 0.05, timedelta(days=7)
NAMED = 3


@dataclass(frozen=True)
class FailedListing:
    """A listing that the last run could not read: of a team, a folder, or what a team or file publishes."""

    place: str
    is_published_list: bool
    failed_at: datetime | None


@dataclass(frozen=True)
class UnreadFile:
    """A file that is not read until somebody does something, and the reason as the end of a sentence."""

    name: str
    reason: str


@dataclass(frozen=True)
class Gaps:
    """What the figures lack.

    `unread` are the files whose reason lasts; `others` counts the files that a later run may load. The figures may
    mislead if a listing failed, or if files are missing for long or in large numbers.
    """

    listings: list[FailedListing] = field(default_factory=list)
    unread: list[UnreadFile] = field(default_factory=list)
    others: int = 0
    may_mislead: bool = False


def gaps() -> Gaps:
    """Return what the figures of the published file lack. Raises the errors of DuckDB."""
    listings, missing = _failed_listings(), _missing_files()
    unread = [UnreadFile(name, REASONS[reason].meaning) for name, reason, _ in missing if reason and _lasts(reason)]
    others = [is_long for _, reason, is_long in missing if not _lasts(reason)]
    fresh = published_file.freshness()
    are_many = len(missing) > max(FEW, SHARE * (fresh.files_expected if fresh else 0))
    return Gaps(listings, unread, len(others), bool(listings) or any(others) or are_many)


def _lasts(reason: str | None) -> bool:
    return reason is not None and reason in REASONS and REASONS[reason].is_permanent


def _missing_files() -> list[tuple[str, str | None, bool]]:
    """Return the name, the reason, and whether the file had a newer version for long when the last run ended."""
    return published_file.ask(
        """
        select
            coalesce(file_name, file_key) as name,
            skip_reason,
            coalesce(last_modified_at < (select max(finished_at) from figma.runs where finished_at <= now())
                - to_days($days), false) as is_long
        from marts.file_freshness
        where is_expected and not is_current
        order by lower(name), file_key
        """,
        days=LONG.days,
    ).rows()


def _failed_listings() -> list[FailedListing]:
    if not published_file.has("outcomes", "files", schema="figma"):
        return []
    rows = published_file.ask("""
        with listings as (
            select runs.started_at, outcomes.*
            from figma.outcomes
            inner join figma.runs on outcomes.run_id = runs.run_id
            where outcomes.resource in ('teams', 'folders', 'files', 'components', 'component_sets', 'styles')
                and runs.started_at <= now()
        )
        select
            coalesce(
                min(listings.name), min(teams.name), min(folders.path), min(files.name), listings.item_id
            ) as place,
            bool_and(listings.resource in ('components', 'component_sets', 'styles')) as is_published_list,
            max(listings.finished_at) as failed_at
        from listings
        left join figma.teams on listings.item_id = teams.team_id
        left join figma.folders on listings.item_id = folders.folder_id
        left join figma.files on listings.item_id = files.file_key
        where listings.status = 'skipped'
            and listings.reason is distinct from 'unsupported_type'
            and listings.started_at = (select max(started_at) from listings)
        group by listings.item_id
        order by is_published_list, lower(place), listings.item_id
    """)
    return [FailedListing(**row) for row in rows.iter_rows(named=True)]
