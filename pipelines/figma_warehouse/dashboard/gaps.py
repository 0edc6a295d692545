"""What the figures lack: listings that failed, and expected files that are not loaded at their current version."""

from dataclasses import dataclass, field
from datetime import timedelta

from figma_warehouse.dashboard import published_file
from figma_warehouse.dashboard.published_file import FailedListing
from figma_warehouse.source.reasons import REASONS

# a warning if more files are missing than this many and this share of the expected ones, or one for longer than this
FEW, SHARE, LONG = 3, 0.05, timedelta(days=7)


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
    """Return the lists that failed: of what somebody publishes, only one of components, component sets and styles."""
    failed = {(one.is_published_list, one.name): one for one in published_file.failed_listings()}
    return sorted(failed.values(), key=lambda one: (one.is_published_list, one.name.lower()))
