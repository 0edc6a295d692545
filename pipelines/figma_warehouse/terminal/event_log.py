"""The events of a job as log lines."""

import json
import logging
from typing import Any

from figma_warehouse.job.backfill import BackfillPlan, BackfillReport
from figma_warehouse.job.publish_postgres import PostgresReport
from figma_warehouse.job.replay import ReplayReport
from figma_warehouse.job.run_report import ClosedTier, LoadReport
from figma_warehouse.job.transform import TransformReport
from figma_warehouse.logs import log_event
from figma_warehouse.source.documents.file_load import Loaded
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.refresh import Refresh


class EventLog:
    """One log line per event, for cron and for machines."""

    def __init__(self) -> None:
        self._done, self._total = 0, 0

    def __enter__(self) -> "EventLog":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def sandbox_started(self, base_url: str) -> None:
        """Log `serving`."""
        log_event("serving", url=base_url)

    def sample_week(self, week: int) -> None:
        """Log `sample`."""
        log_event("sample", week=week)

    def load_started(self, report: LoadReport) -> None:
        """Log `start`."""
        log_event("start", run_id=report.run_id)

    def listed(self, refresh: Refresh) -> None:
        """Log `listed`, and `skipped` for each item that Figma refused before."""
        plan = refresh.plan
        self._done, self._total = 0, plan.size
        counts = {"files": len(refresh.listing.files), "changed": len(plan.changed), "gone": len(plan.gone)}
        if refresh.listing.excluded:
            counts["excluded"] = len(refresh.listing.excluded)
        log_event("listed", **counts)
        for row in plan.outcomes:
            if row["status"] == "skipped":
                about = {"resource": row["resource"], "id": row["item_id"]}
                about |= {"name": row["name"]} if row.get("name") else {}
                log_event("skipped", logging.WARNING, **about, **_reason(row))

    def file_done(self, loaded: Loaded) -> None:
        """Log `loaded` or `skipped`; nothing for a file that is deferred."""
        if loaded.status == "put_off":
            return
        self._done += 1
        level = logging.WARNING if loaded.status == "skipped" else logging.INFO
        about: dict[str, Any] = {"file": loaded.ref.key, "name": loaded.ref.name}
        about |= {"nodes": loaded.nodes, "done": self._done, "total": self._total}
        if loaded.status == "skipped":
            (row,) = loaded.tables["outcomes"].to_pylist()
            about |= _reason(row)
        log_event(loaded.status, level, **about)
        if loaded.parts > 1:
            log_event(parts_message(loaded), parts=loaded.parts, is_mixed=loaded.is_mixed)

    def waiting(self, tier: int, seconds: float, reason: str) -> None:
        """Log `waiting`, unless the client itself paces its requests."""
        if reason != "pace":
            log_event("waiting", tier=tier, seconds=round(seconds, 1), why=reason)

    def batch_stored(self, report: LoadReport) -> None:
        """Log `stored`."""
        log_event("stored", nodes=report.nodes_loaded, done=self._done, total=self._total)

    def tier_closed(self, tier: ClosedTier) -> None:
        """Log `parked`."""
        until = f"{tier.until:%Y-%m-%dT%H:%M:%SZ}"
        log_event("parked", logging.WARNING, tier=tier.tier, until=until, plan=tier.quota.plan, seat=tier.quota.seat)

    def stopping(self, signal: str) -> None:
        """Log `ending`."""
        log_event("ending", logging.WARNING, signal=signal)

    def pictures_stored(self, count: int) -> None:
        """Log `pictures`."""
        if count:
            log_event("pictures", count=count)

    def replay_started(self, files: int) -> None:
        """Log `replaying`."""
        log_event("replaying", files=files)

    def file_replayed(self, report: ReplayReport) -> None:
        """Log `replayed`."""
        log_event("replayed", files=report.files, states=report.states, nodes=report.nodes)

    def backfill_started(self, plan: BackfillPlan) -> None:
        """Log `backfilling`."""
        log_event("backfilling", versions=len(plan.wanted), files=plan.files)

    def version_done(self, report: BackfillReport) -> None:
        """Log `backfilled`."""
        log_event("backfilled", versions=report.stored, planned=report.planned, nodes=report.nodes)

    def backfill_ended(self, report: BackfillReport) -> None:
        """Log `end`."""
        about = {
            "versions": report.stored,
            "planned": report.planned,
            "refused": report.refused,
            "left": report.deferred,
        }
        log_event("end", exit_code=report.exit_code, message=report.message, requests=report.requests, **about)

    def replay_ended(self, report: ReplayReport) -> None:
        """Log `end`."""
        about = {"files": report.files, "states": report.states, "unreadable": len(report.unreadable)}
        log_event("end", exit_code=report.exit_code, message=report.message, left=report.files_left, **about)

    def models_started(self) -> None:
        """Log `models`."""
        log_event("models")

    def models_built(self, report: TransformReport) -> None:
        """Log `built`."""
        log_event("built", models=report.models, tests=report.tests)

    def published(self, size: int) -> None:
        """Log `published`."""
        log_event("published", bytes=size)

    def published_to_postgres(self, report: PostgresReport) -> None:
        """Log `published_to_postgres`."""
        log_event("published_to_postgres", schema=report.schema, tables=report.tables, rows=report.rows)

    def postgres_failed(self, reason: str) -> None:
        """Log `postgres_failed`."""
        log_event("postgres_failed", logging.WARNING, reason=reason)

    def run_ended(self, report: LoadReport, exit_code: int, message: str | None) -> None:
        """Log `end`."""
        files = {
            "expected": report.files_expected,
            "loaded": report.files_loaded,
            "unchanged": report.files_unchanged,
            "skipped": report.files_skipped,
            "put_off": report.files_deferred,
            "removed": report.files_removed,
        }
        requests = {f"requests_tier_{tier}": count for tier, count in report.requests.items()}
        ended = {"outcome": report.outcome, "exit_code": exit_code, "message": message}
        waits = {"wait_seconds": round(sum(report.waits.values()), 1)}
        about: dict[str, Any] = {"run_id": report.run_id} | ended | files | requests | waits
        log_event("end", **about, bytes_received=report.bytes_received)


def parts_message(loaded: Loaded) -> str:
    """Return a sentence: the file was loaded in parts, and it was edited meanwhile if so."""
    name = json.dumps(loaded.ref.name or "", ensure_ascii=False)
    message = f"File {name} ({loaded.ref.key}): Figma cannot give it in one piece; loaded in {loaded.parts} parts."
    return f"{message} It was edited meanwhile; the next run loads it again." if loaded.is_mixed else message


def _reason(row: Row) -> Row:
    """Return the fields of an outcome that give the reason for a skip."""
    return {name: row[name] for name in ("reason", "detail") if row.get(name)}
