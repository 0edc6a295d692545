"""The activity log of the sample company: who opens, exports and looks at prototypes of which file.

It stands beside the documents: nothing in it changes a file. Some files are never opened.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from figma_warehouse.sandbox.company.layers import make_key
from figma_warehouse.sandbox.organisation import ActivityEvent

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from datetime import datetime

    from figma_warehouse.sandbox.company.company_state import Company, SampleFile
    from figma_warehouse.sandbox.organisation import User

VIEW, VIEW_PROTOTYPE, EXPORT = "fig_file_view", "fig_file_view_prototype", "fig_file_export"
# what the loader does not ask for
RENAME = "fig_file_rename"
# the log knows files of these editors
EDITORS = ("figma", "figjam")
SHARE_UNOPENED, SHARE_ANONYMOUS = 0.12, 0.1
WEEKS_KEPT = 52


def activity_events(company: Company, until: datetime) -> list[ActivityEvent]:
    """All events of the year before `until`, the oldest first."""
    files = [one for one in (*company.files.values(), *company.drafts) if one.editor_type in EDITORS]
    events = (
        event
        for week in range(company.week - WEEKS_KEPT, company.week)
        for file in files
        for event in _of_week(company, file, week)
    )
    return sorted((event for event in events if event.at <= until), key=lambda event: (event.at, event.id))


def is_never_opened(company: Company, file: SampleFile) -> bool:
    """Whether nobody ever opens a file."""
    return company.seeded_random("never opened", file.key).random() < SHARE_UNOPENED


def _of_week(company: Company, file: SampleFile, week: int) -> Iterator[ActivityEvent]:
    monday = company.start + timedelta(weeks=week)
    ends = monday + timedelta(weeks=1)
    is_there = file.saves[0].modified_at < monday and not (file.is_removed and file.current.modified_at < ends)
    if not is_there or is_never_opened(company, file):
        return
    rng = company.seeded_random("activity", file.key, week)
    for number, (user, action) in enumerate(_visits(company, rng)):
        # few moments, so that several events share a second
        at = monday + timedelta(days=rng.randint(0, 4), hours=rng.randint(7, 18), minutes=rng.randint(0, 59))
        yield ActivityEvent(
            id=make_key(company.seed, "activity", file.key, week, number)[:24],
            at=at,
            action=action,
            user=user,
            file_key=file.key,
            file_name=file.name,
            main_key=file.main_key,
            team_id=next((one.team_id for one in company.folders if one.id == file.folder_id), None),
            editor_type=file.editor_type,
            client_name="Handoff board" if rng.random() < 0.05 else None,
        )


def _visits(company: Company, rng: random.Random) -> Iterator[tuple[User | None, str]]:
    for user in rng.sample(company.users, rng.randint(0, min(4, len(company.users)))):
        for _ in range(rng.randint(1, 3)):
            yield user, VIEW_PROTOTYPE if rng.random() < 0.15 else VIEW
        if rng.random() < 0.25:
            yield user, EXPORT
        if rng.random() < 0.05:
            yield user, RENAME
    if rng.random() < SHARE_ANONYMOUS:
        yield None, VIEW
