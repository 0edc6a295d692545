"""What people write: comment_threads, comment_load."""

from datetime import date, datetime, timedelta
from functools import cached_property

from tests.oracles.marts.documents import Json
from tests.oracles.marts.facts import Facts, Row, time, url


class Comments:
    """The marts as lists of rows. The comments are the same at each load."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def comment_threads(self) -> list[Row]:
        return [
            self._thread(one.key, start, [reply for reply in written if reply["parent_id"] == start["id"]])
            for one in self.facts.present
            for written in [self._written(one.key)]
            for start in written
            if not start["parent_id"]
        ]

    def _written(self, file_key: str) -> list[Json]:
        return self.facts.company.comments(file_key)

    def _thread(self, file_key: str, start: Json, replies: list[Json]) -> Row:
        opened, resolved = time(start["created_at"]), time(start["resolved_at"])
        answers = [time(one["created_at"]) for one in replies if one["user"]["id"] != start["user"]["id"]]
        answered = min((at for at in answers if at), default=None)
        state, node_id = self.facts.current(file_key), start["client_meta"].get("node_id")
        layer = state.by_id.get(node_id) if state else None
        link = url(file_key, node_id) if node_id else f"https://www.figma.com/design/{file_key}"
        return {
            "file_key": file_key,
            "thread_id": start["id"],
            "thread_number": start["order_id"],
            **self.facts.place(file_key),
            "page_id": layer and layer.page_id,
            "page_name": state.by_id[layer.page_id].node["name"] if state and layer and layer.page_id else None,
            "node_id": node_id,
            "node_name": layer and layer.node["name"],
            "author_id": start["user"]["id"],
            "author_handle": start["user"]["handle"],
            "message": None,
            "opened_at": opened,
            "first_reply_at": answered,
            "hours_to_first_reply": _hours(opened, answered),
            "resolved_at": resolved,
            "hours_to_resolve": _hours(opened, resolved),
            "replies": len(replies),
            "reactions": sum(len(one["reactions"]) for one in (start, *replies)),
            "is_open": resolved is None,
            "is_waiting": resolved is None and answered is None,
            "figma_url": f"{link}#{start['id']}",
            "is_conclusive": True,
        }

    @cached_property
    def comment_load(self) -> list[Row]:
        last = _monday(self.facts.last_run.started_at)
        return [
            self._week(one.key, week)
            for one in self.facts.present
            for week in self._weeks(self._written(one.key), last)
        ]

    def _weeks(self, written: list[Json], last: date) -> list[date]:
        first = min((_week_of(one["created_at"]) or last for one in written), default=last)
        return [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]

    def _week(self, file_key: str, week: date) -> Row:
        written = self._written(file_key)
        starts = [one for one in written if not one["parent_id"]]
        inside = [one for one in written if _week_of(one["created_at"]) == week]
        return {
            "file_key": file_key,
            "week_start": week,
            **self.facts.place(file_key),
            "threads_opened": sum(one in starts for one in inside),
            "replies": sum(one not in starts for one in inside),
            "threads_resolved": sum(_week_of(one["resolved_at"]) == week for one in starts),
            "people": len({one["user"]["id"] for one in inside}),
            "open_threads": sum(
                (_week_of(one["created_at"]) or week) <= week < (_week_of(one["resolved_at"]) or date.max)
                for one in starts
            ),
            "is_conclusive": True,
        }


def _hours(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() / 3600 if start and end else None


def _week_of(text: str | None) -> date | None:
    moment = time(text)
    return moment and _monday(moment)


def _monday(moment: datetime) -> date:
    return moment.date() - timedelta(days=moment.weekday())
