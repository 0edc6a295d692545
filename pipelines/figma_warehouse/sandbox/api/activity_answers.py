"""The activity log of the organisation."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.api.refusal_error import RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import ActivityEvent, Organisation, User

PAGE_SIZE = 1000
KEPT = timedelta(days=365)


def activity_logs(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/activity_logs: the events of at most a year, of all or some kinds, after a cursor if there is one."""
    query = params.query
    wanted = set(filter(None, query.get("events", "").split(",")))
    since = max(_time(query.get("start_time")) or org.at - KEPT, org.at - KEPT)
    until = _time(query.get("end_time")) or org.at
    events = [
        one for one in org.activity_events() if since <= one.at <= until and one.action in (wanted or {one.action})
    ]
    if query.get("order") == "desc":
        events.reverse()
    first, limit = _first_event(events, query.get("cursor")), _limit(query.get("limit"))
    page = events[first : first + limit]
    end = {"cursor": _cursor(page[-1])} if page else {}
    meta = {"activity_logs": list(map(_event_row, page)), **end, "next_page": len(events) > first + limit}
    return msgspec.json.encode({"status": 200, "error": False, "i18n": None, "meta": meta})


def email_of(user: User) -> str:
    """The address of a person."""
    return f"{user.handle}@company.example"


def _first_event(events: Sequence[ActivityEvent], cursor: str | None) -> int:
    """The position after the event that a cursor names."""
    if cursor is None:
        return 0
    for position, event in enumerate(events):
        if _cursor(event) == cursor:
            return position + 1
    try:
        base64.b64decode(cursor, validate=True)
    except (ValueError, binascii.Error):
        raise RefusalError(400, "Invalid cursor", "B") from None
    return len(events)


def _cursor(event: ActivityEvent) -> str:
    return base64.b64encode(f"{int(event.at.timestamp())}/{event.id}".encode()).decode()


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise RefusalError(400, "Invalid time", "B")
    return datetime.fromtimestamp(int(text), UTC)


def _limit(text: str | None) -> int:
    if text is not None and (not text.isascii() or not text.isdigit() or int(text) < 1):
        raise RefusalError(400, "Invalid limit", "B")
    return min(int(text or PAGE_SIZE), PAGE_SIZE)


def _event_row(event: ActivityEvent) -> dict[str, Any]:
    user = event.user
    return {
        "id": event.id,
        "timestamp": int(event.at.timestamp()),
        "actor": user and {"type": "user", "id": user.id, "name": user.handle, "email": email_of(user)},
        "action": {"type": event.action, "details": {"export_format": "PNG"} if "export" in event.action else None},
        "entity": _entity(event),
        "context": {
            "client_name": event.client_name,
            "ip_address": "192.0.2.7",
            "is_figma_support_team_action": False,
            "org_id": "1100000000000000001",
            "team_id": event.team_id,
        },
    }


def _entity(event: ActivityEvent) -> dict[str, Any]:
    if event.main_key:
        return {"type": "file_repo", "id": event.file_key, "name": event.file_name, "main_file_key": event.main_key}
    return {
        "type": "file",
        "key": event.file_key,
        "name": event.file_name,
        "editor_type": event.editor_type,
        "link_access": "org_view",
        "proto_link_access": "org_view",
    }
