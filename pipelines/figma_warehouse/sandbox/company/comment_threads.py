"""What people write beside the documents: threads on layers, on the canvas and on what is deleted, with reactions.

All that will ever be written in a file follows from its key and its first save. A clock shows what is written by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from figma_warehouse.sandbox.answer_values import format_time_in_milliseconds, user_row
from figma_warehouse.sandbox.company.layer_json import FIRST_NUMBER

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from datetime import datetime

    from figma_warehouse.sandbox.company.company_state import Company, SampleFile
    from figma_warehouse.sandbox.company.document_json import TopLayer
    from figma_warehouse.sandbox.organisation import User

MOST_THREADS, MOST_REPLIES = 14, 3
# from before the first week up to the last planned one
FIRST_DAYS, LAST_DAYS = -21, 26 * 7
DELETED_NODE = "99999:1"
TEXTS = (
    "Should this be the primary button?",
    "The label is cut off in German.",
    "Is this the current spacing?",
    "<b>Bold</b> & =1+1",
    "これは古い画面ですか?",
    "Done, please check again.",
    "Which state comes first?",
)
REPLY_FIELDS = {"resolved_at": None, "order_id": None, "client_meta": None}
EMOJI = (":heart:", ":+1::skin-tone-2:", ":eyes:")


@dataclass(frozen=True)
class SampleReaction:
    """One reaction to a comment."""

    at: datetime
    user: User
    emoji: str


@dataclass(frozen=True)
class SampleComment:
    """One comment with its reactions, each by another person."""

    id: str
    at: datetime
    user: User
    text: str
    reactions: tuple[SampleReaction, ...]


@dataclass(frozen=True)
class SampleThread:
    """A comment and its replies, in order. `node_id` is None for a thread on the canvas."""

    number: int
    node_id: str | None
    comments: tuple[SampleComment, ...]
    resolved_at: datetime | None

    @property
    def first(self) -> SampleComment:
        """The comment that started it."""
        return self.comments[0]


def threads_of(company: Company, file: SampleFile, at: datetime) -> list[SampleThread]:
    """The threads of a main file as they are at a time. A branch has none."""
    if file.main_key:
        return []
    return [_as_of(thread, at) for thread in _planned_threads(company, file) if thread.first.at <= at]


def comment_answers(file_key: str, threads: list[SampleThread]) -> list[dict[str, Any]]:
    """The list of GET /v1/files/:key/comments. As live, a root has an empty `parent_id`, and a reply has no pin."""
    return [
        {
            "id": comment.id,
            "file_key": file_key,
            "parent_id": "" if comment is thread.first else thread.first.id,
            "user": user_row(comment.user),
            "created_at": format_time_in_milliseconds(comment.at),
            "message": comment.text,
            "reactions": [_reaction_answer(one) for one in comment.reactions],
            **(_root_fields(thread) if comment is thread.first else REPLY_FIELDS),
        }
        for thread in threads
        for comment in thread.comments
    ]


def root_id(top_layer: TopLayer) -> str:
    """The id of the node that a top-level layer is."""
    definition = top_layer.assets.definition
    return definition.node_id if definition else f"{top_layer.session_id}:{FIRST_NUMBER}"


def _planned_threads(company: Company, file: SampleFile) -> Iterator[SampleThread]:
    rng = company.seeded_random("comments", file.key)
    first_id = rng.randint(100_000_000, 900_000_000)
    pins = [root_id(one) for page in file.saves[0].pages for one in page.top_layers]
    for number in range(1, rng.randint(0, MOST_THREADS) + 1):
        opened_at = max(
            company.start + timedelta(hours=rng.randint(FIRST_DAYS * 24, LAST_DAYS * 24), seconds=rng.randint(0, 3599)),
            file.saves[0].modified_at + timedelta(minutes=number),
        )
        node_id = rng.choice([*rng.choices(pins, k=6), None, None, DELETED_NODE]) if pins else None
        comments = tuple(_make_comments(company, rng, f"{first_id + number}", opened_at))
        waits = timedelta(hours=rng.randint(1, 400), milliseconds=250)
        yield SampleThread(number, node_id, comments, comments[-1].at + waits if rng.random() < 0.5 else None)


def _make_comments(company: Company, rng: random.Random, thread_id: str, at: datetime) -> Iterator[SampleComment]:
    for position in range(rng.randint(0, MOST_REPLIES) + 1):
        if position:
            at += timedelta(hours=rng.randint(0, 90), minutes=rng.randint(1, 59))
        reactions = tuple(
            SampleReaction(at + timedelta(minutes=rng.randint(1, 9_000)), user, rng.choice(EMOJI))
            for user in rng.sample(company.users, rng.choice((0, 0, 1, 2)))
        )
        comment_id = f"{thread_id}{position}"
        yield SampleComment(comment_id, at, rng.choice(company.users), rng.choice(TEXTS), reactions)


def _as_of(thread: SampleThread, at: datetime) -> SampleThread:
    comments = tuple(
        replace(one, reactions=tuple(reaction for reaction in one.reactions if reaction.at <= at))
        for one in thread.comments
        if one.at <= at
    )
    is_resolved = thread.resolved_at is not None and thread.resolved_at <= at
    return replace(thread, comments=comments, resolved_at=thread.resolved_at if is_resolved else None)


def _root_fields(thread: SampleThread) -> dict[str, Any]:
    resolved_at = thread.resolved_at and format_time_in_milliseconds(thread.resolved_at)
    return {"resolved_at": resolved_at, "order_id": str(thread.number), "client_meta": _pin(thread)}


def _reaction_answer(reaction: SampleReaction) -> dict[str, Any]:
    at = format_time_in_milliseconds(reaction.at)
    return {"user": user_row(reaction.user), "emoji": reaction.emoji, "created_at": at}


def _pin(thread: SampleThread) -> dict[str, Any]:
    place = {"x": 12.5 * thread.number, "y": 40.0}
    return {"node_id": thread.node_id, "node_offset": place} if thread.node_id else place
