"""Figma's activity log: who opened and who exported which file. It needs an Enterprise plan, and a token of the plan.

One list for the organisation, in tier 3, the oldest event first. Figma keeps a year of it. A response:

    {"status": 200, "error": false, "meta": {
        "activity_logs": [{"id": "...", "timestamp": 1770000000, "actor": {"type": "user", "id": "...", ...},
                           "action": {"type": "fig_file_view", "details": null}, "entity": {"type": "file", ...},
                           "context": {"client_name": null, "ip_address": "...", "team_id": "...", ...}}],
        "cursor": "...", "next_page": true}}

The guide to the endpoint has the parameter `cursor`, which Figma's OpenAPI file lacks.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from figma_warehouse.source.api.refusals import FigmaError, as_refusal
from figma_warehouse.source.api.values import as_count, as_object, as_text, objects_of, parse_time
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.endpoints import ACTIVITY_LOGS
from figma_warehouse.source.outcomes import Row, outcome, skipped
from figma_warehouse.source.schema import as_table

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

ACTIVITY_EVENTS = "activity_events"
# the id of the outcome: there is one log
ORGANISATION = "the organisation"
ACTIONS = ("fig_file_view", "fig_file_view_prototype", "fig_file_export")


def fetch_tables(refresh: "Refresh") -> Iterator[Tables]:
    """Yield the rows of one page at a time, then the outcome.

    The list starts at the second of the newest stored event, so that a run that ends early loses nothing. Events of
    that second replace their stored rows.
    """
    if refused := refresh.earlier_refusal(ACTIVITY_EVENTS, ORGANISATION, None):
        yield _outcomes(refused)
        return
    try:
        for answer in refresh.api.pages_of_activity(ACTIVITY_LOGS.at(), **_query(refresh)):
            events = objects_of(answer["meta"]["activity_logs"])
            rows = (event_row(event, datetime.now(UTC), has_people=refresh.activity_people) for event in events)
            yield {ACTIVITY_EVENTS: as_table(ACTIVITY_EVENTS, list(filter(None, rows)))}
    except FigmaError as error:
        yield _outcomes(skipped(refresh.run_id, ACTIVITY_EVENTS, ORGANISATION, as_refusal(error)))
        return
    yield _outcomes(outcome(refresh.run_id, ACTIVITY_EVENTS, ORGANISATION, "loaded"))


def count_requests(refresh: "Refresh") -> Counter[tuple[int, str]]:
    """Return one request. Each further 1,000 events since the newest stored one need another; nobody knows how many."""
    is_refused = refresh.earlier_refusal(ACTIVITY_EVENTS, ORGANISATION, None) is not None
    return Counter({(ACTIVITY_LOGS.tier, ""): 0 if is_refused else 1})


def event_row(event: dict[str, Any], at: datetime, *, has_people: bool) -> Row | None:
    """Convert one event into a row; None if it has no id or time, or is of another kind.

    The name and the address of the person are left out unless `has_people`, the IP address always.
    """
    event_id, happened_at = as_text(event.get("id")), _time(event.get("timestamp"))
    action = as_text(as_object(event.get("action")).get("type"))
    if not event_id or happened_at is None or action not in ACTIONS:
        return None
    actor, context = as_object(event.get("actor")), as_object(event.get("context"))
    return {
        "event_id": event_id,
        "happened_at": happened_at,
        "action": action,
        **_file_columns(as_object(event.get("entity"))),
        "team_id": as_text(context.get("team_id")),
        "user_id": as_text(actor.get("id")) or None,
        "user_name": as_text(actor.get("name")) if has_people else None,
        "user_email": as_text(actor.get("email")) if has_people else None,
        "client_name": as_text(context.get("client_name")),
        "fetched_at": at,
    }


def _query(refresh: "Refresh") -> dict[str, Any]:
    """Return the parameters of the first request. Without a start, the list starts a year ago."""
    newest = refresh.stored_state.newest_activity()
    # a time ahead of this machine's clock would hide the events before it
    start = {"start_time": int(min(newest, refresh.started_at).timestamp())} if newest else {}
    return {"events": ",".join(ACTIONS)} | start


def _file_columns(entity: dict[str, Any]) -> Row:
    """Return the columns of a file or, if the log calls it a file_repo, of a branch."""
    is_branch = entity.get("type") == "file_repo"
    if not is_branch and entity.get("type") != "file":
        return {}
    return {
        "file_key": as_text(entity.get("id" if is_branch else "key")),
        "main_file_key": as_text(entity.get("main_file_key")) if is_branch else None,
    }


def _time(value: object) -> datetime | None:
    """Return a time in seconds since 1970, within the years of `parse_time`; None for anything else."""
    if as_count(value) is None:
        return None
    try:
        return parse_time(datetime.fromtimestamp(int(as_count(value) or 0), UTC).isoformat())
    except (ValueError, OverflowError, OSError):
        return None


def _outcomes(row: Row) -> Tables:
    return {"outcomes": as_table("outcomes", [row])}
