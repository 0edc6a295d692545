"""What the marts about comments hold once comments are loaded: comment_threads and comment_load."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from figma_warehouse.sandbox.company.comment_threads import SampleThread


class PinnedNode(NamedTuple):
    """A node that a thread can be pinned to, with its page."""

    name: str
    page_id: str
    page_name: str


class CommentThread(NamedTuple):
    """One thread. Hours are from its first comment on."""

    node_id: str | None
    node_name: str | None
    page_id: str | None
    page_name: str | None
    author_id: str
    author_handle: str
    opened_at: datetime
    first_reply_at: datetime | None
    hours_to_first_reply: float | None
    resolved_at: datetime | None
    hours_to_resolve: float | None
    replies: int
    reactions: int
    is_waiting: bool


class CommentLoad(NamedTuple):
    """One week of a file. The last count is as of the end of the week."""

    threads_opened: int
    replies: int
    threads_resolved: int
    people: int
    open_threads: int


def comment_thread(thread: SampleThread, nodes: Mapping[str, PinnedNode]) -> CommentThread:
    """The row of a thread; `nodes` has those of its file by id, as the document has them now."""
    first, replies = thread.first, thread.comments[1:]
    answers = [one.at for one in replies if one.user != first.user]
    answered_at = min(answers) if answers else None
    node = nodes.get(thread.node_id or "")
    return CommentThread(
        node_id=thread.node_id,
        node_name=node and node.name,
        page_id=node and node.page_id,
        page_name=node and node.page_name,
        author_id=first.user.id,
        author_handle=first.user.handle,
        opened_at=first.at,
        first_reply_at=answered_at,
        hours_to_first_reply=_hours(first.at, answered_at),
        resolved_at=thread.resolved_at,
        hours_to_resolve=_hours(first.at, thread.resolved_at),
        replies=len(replies),
        reactions=sum(len(one.reactions) for one in thread.comments),
        is_waiting=thread.resolved_at is None and answered_at is None,
    )


def comment_load(threads: Sequence[SampleThread], last_week: date) -> dict[date, CommentLoad]:
    """The weeks of a file by their Mondays: from its first comment, or only the last one if it has none."""
    first = min((_monday(one.first.at) for one in threads), default=last_week)
    return {week: _week(threads, week) for week in _weeks(first, last_week)}


def _week(threads: Sequence[SampleThread], week: date) -> CommentLoad:
    written = [(one.at, one.user, one is thread.first) for thread in threads for one in thread.comments]
    inside = [(user, is_first) for at, user, is_first in written if _monday(at) == week]
    return CommentLoad(
        threads_opened=sum(is_first for _, is_first in inside),
        replies=sum(not is_first for _, is_first in inside),
        threads_resolved=sum(one.resolved_at is not None and _monday(one.resolved_at) == week for one in threads),
        people=len({user.id for user, _ in inside}),
        open_threads=sum(
            _monday(one.first.at) <= week and (one.resolved_at is None or _monday(one.resolved_at) > week)
            for one in threads
        ),
    )


def _weeks(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(weeks=1)


def _monday(moment: datetime) -> date:
    day = moment.date()
    return day - timedelta(days=day.weekday())


def _hours(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds() / 3600
