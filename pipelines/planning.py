"""What a run would do: asked of the listings alone, with nothing written to the warehouse."""

from dataclasses import dataclass
from math import ceil

from pipelines.failures import UsageFailure
from pipelines.figma.known import read_known
from pipelines.figma.refresh import Refresh
from pipelines.loading import open_pipeline
from pipelines.settings import DataDir, FigmaSettings

# documents a minute for Dev and Full seats, by plan; other seats and Starter have a few a month
# (https://developers.figma.com/docs/rest-api/rate-limits/)
DOCUMENTS_A_MINUTE = {"professional": 10, "organization": 15, "enterprise": 20}
WORKING_SEATS = ("dev", "full")


@dataclass(frozen=True)
class RunPlan:
    """What a run would ask for. `minutes` is None where Figma gives documents by the month."""

    plan: str
    seat: str
    teams: list[str]
    files_listed: int
    files_changed: int
    files_new: int
    files_gone: int
    files_waiting: int
    documents_a_minute: int | None
    requests_spent: int

    @property
    def minutes(self) -> int | None:
        """Minutes that the documents take at Figma's pace."""
        return ceil(self.files_changed / self.documents_a_minute) if self.documents_a_minute else None


def plan_run(settings: FigmaSettings, data: DataDir) -> RunPlan:
    """List what is in scope and compare it with the warehouse. Raises what a load raises."""
    scope = settings.scope()
    pace = _documents_a_minute(settings)
    with open_pipeline(data) as pipeline:
        refresh = Refresh(settings.client(), scope, read_known(pipeline))
    plan = refresh.plan
    return RunPlan(
        plan=settings.plan,
        seat=settings.seat,
        teams=[team["name"] or team["team_id"] for team in refresh.listing.teams],
        files_listed=len(refresh.listing.files),
        files_changed=len(plan.changed),
        files_new=sum(ref.key not in refresh.known.files for ref in plan.changed),
        files_gone=len(plan.gone),
        files_waiting=sum(row["resource"] == "documents" and row["status"] == "skipped" for row in plan.outcomes),
        documents_a_minute=pace,
        requests_spent=sum(refresh.api.meter.requests.values()),
    )


def _documents_a_minute(settings: FigmaSettings) -> int | None:
    if settings.plan not in ("starter", *DOCUMENTS_A_MINUTE):
        raise UsageFailure(f'plan "{settings.plan}" is none of starter, {", ".join(DOCUMENTS_A_MINUTE)}.')
    if settings.seat not in ("view", "collab", *WORKING_SEATS):
        raise UsageFailure(f'seat "{settings.seat}" is none of view, collab, dev, full.')
    return DOCUMENTS_A_MINUTE.get(settings.plan) if settings.seat in WORKING_SEATS else None
