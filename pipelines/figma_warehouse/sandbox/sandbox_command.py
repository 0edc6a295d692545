"""The command `figma-warehouse sandbox`: one organisation on one port until it is interrupted."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from figma_warehouse.failures import UsageFailure
from figma_warehouse.sandbox.api.faults import FaultSchedule
from figma_warehouse.sandbox.api.http_server import serve
from figma_warehouse.sandbox.api.rate_limits import RateLimits
from figma_warehouse.sandbox.company.company_state import FIRST_MONDAY
from figma_warehouse.sandbox.company.sample_organisation import SampleOrganisation
from figma_warehouse.sandbox.organisation import Organisation
from figma_warehouse.sandbox.recorded_organisation import RecordedOrganisation

LAST_WEEK = 26


@dataclass(frozen=True)
class ApiOptions:
    """The share of requests that meet a transient fault, the seed of these faults, and rate limits as PLAN:SEAT."""

    faults: float = 0.0
    seed: int = 7
    limits: str | None = None

    def fault_schedule(self) -> FaultSchedule | None:
        """The schedule of faults; None if the share is 0."""
        return FaultSchedule.transient(self.seed, self.faults) if self.faults else None

    def rate_limits(self) -> RateLimits | None:
        """The rate limits, if any. Raises UsageFailure if the plan or the seat is unknown."""
        if not self.limits:
            return None
        plan, _, seat = self.limits.partition(":")
        try:
            return RateLimits(plan, seat)
        except ValueError as error:
            raise UsageFailure(f"--limits takes PLAN:SEAT, such as professional:full: {error}.") from error

    def describe(self) -> list[str]:
        """What is switched on, in words."""
        faults = [f"faults in {self.faults:.0%} of requests (seed {self.seed})"] if self.faults else []
        return [*faults, f"limits of {self.limits}"] if self.limits else faults


@dataclass(frozen=True)
class SampleOptions:
    """Which sample organisation: the week of its clock, the Monday of its first week, the usual or the large one.

    Without a week, the usual one is at its last, and the large one before its first: it then has the size of its help.
    """

    week: int | None = None
    start: datetime | None = None
    is_large: bool = False

    def organisation(self) -> SampleOrganisation:
        """The organisation at that week. Raises UsageFailure if `start` is not a Monday."""
        start = self.start.replace(tzinfo=UTC) if self.start else FIRST_MONDAY
        if start.weekday():
            raise UsageFailure(
                f"--start takes a Monday, such as {FIRST_MONDAY:%Y-%m-%d}: {start:%Y-%m-%d} is a {start:%A}."
            )
        return SampleOrganisation(week=self._week, scale=self.is_large, start=start)

    def describe(self) -> str:
        """The organisation in words."""
        since = f" since {self.start:%Y-%m-%d}" if self.start else ""
        name = "Large sample organisation" if self.is_large else "Sample organisation"
        return f"{name}, week {self._week}{since}"

    @property
    def _week(self) -> int:
        return self.week if self.week is not None else 0 if self.is_large else LAST_WEEK


def serve_sandbox(
    port: int,
    recorded: Path | None,
    sample: SampleOptions,
    api: ApiOptions,
    report_start: Callable[[dict[str, Any]], None],
) -> None:
    """Serve until SIGINT or SIGTERM: the recorded answers of a folder, or the sample organisation without one.

    `report_start` gets the url, the token, the team ids, the limits, and a description in words. Raises UsageFailure
    if the folder holds no recorded answers, or an option is wrong.
    """
    limits = api.rate_limits()
    organisation, about = _choose_organisation(recorded, sample)
    about = ", ".join([about, *api.describe()])
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serve(organisation, port, fault_schedule=api.fault_schedule(), limits=limits) as server:
        access = {"url": server.base_url, "token": organisation.token, "teams": organisation.team_ids}
        report_start(access | {"about": about, "limits": api.limits})
        stop.wait()


def _choose_organisation(recorded: Path | None, sample: SampleOptions) -> tuple[Organisation, str]:
    if recorded is None:
        return sample.organisation(), sample.describe()
    if not list(recorded.glob("*.json.gz")):
        raise UsageFailure(f"{recorded} holds no recorded answers (*.json.gz).")
    return RecordedOrganisation(recorded), f"Recorded answers of {recorded}"
