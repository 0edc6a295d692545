"""The sandbox as a command: one organisation on one port until interrupted."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from figma_warehouse.failures import UsageFailure
from figma_warehouse.sandbox.api.faults import Faults
from figma_warehouse.sandbox.api.http_server import serve
from figma_warehouse.sandbox.api.rate_limits import Limits
from figma_warehouse.sandbox.company.organisation import SampleOrganisation
from figma_warehouse.sandbox.company.world import START
from figma_warehouse.sandbox.contract import Organisation
from figma_warehouse.sandbox.recorded import RecordedOrganisation


@dataclass(frozen=True)
class Weather:
    """How the API treats who asks: the share of requests that meet a passing fault, and the limits of PLAN:SEAT."""

    faults: float = 0.0
    seed: int = 7
    limits: str | None = None

    def schedule(self) -> Faults | None:
        """The faults that share asks for, if any."""
        return Faults.passing(self.seed, self.faults) if self.faults else None

    def bounds(self) -> Limits | None:
        """The limits, if any. Raises UsageFailure for a plan or seat that is none."""
        if not self.limits:
            return None
        plan, _, seat = self.limits.partition(":")
        try:
            return Limits(plan, seat)
        except ValueError as error:
            raise UsageFailure(f"--limits takes PLAN:SEAT, such as professional:full: {error}.") from error

    def words(self) -> list[str]:
        """What is on, in words."""
        faults = [f"faults in {self.faults:.0%} of requests (seed {self.seed})"] if self.faults else []
        return [*faults, f"limits of {self.limits}"] if self.limits else faults


@dataclass(frozen=True)
class Story:
    """Which sample organisation, and when: the week its clock stands at, and the Monday of its first week."""

    week: int = 26
    start: datetime | None = None
    is_large: bool = False

    def organisation(self) -> SampleOrganisation:
        """The organisation at that week. Raises UsageFailure where its first week would begin on another day."""
        start = self.start.replace(tzinfo=UTC) if self.start else START
        if start.weekday():
            raise UsageFailure(f"--start takes a Monday, such as {START:%Y-%m-%d}: {start:%Y-%m-%d} is a {start:%A}.")
        return SampleOrganisation(week=self.week, scale=self.is_large, start=start)

    def words(self) -> str:
        """What it is, in words."""
        since = f" since {self.start:%Y-%m-%d}" if self.start else ""
        return ("Large sample organisation" if self.is_large else f"Sample organisation, week {self.week}") + since


def serve_sandbox(
    port: int,
    recorded: Path | None,
    story: Story,
    weather: Weather,
    tell: Callable[[dict[str, Any]], None],
) -> None:
    """Serve until SIGINT or SIGTERM; `tell` gets url, token, team ids, limits and a word on what is served.

    Raises UsageFailure where the folder holds no recorded answers, the limits are none, or no week begins that day.
    """
    limits = weather.bounds()
    organisation, about = _organisation(recorded, story)
    about = ", ".join([about, *weather.words()])
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serve(organisation, port, schedule=weather.schedule(), limits=limits) as server:
        access = {"url": server.base_url, "token": organisation.token, "teams": organisation.team_ids}
        tell(access | {"about": about, "limits": weather.limits})
        stop.wait()


def _organisation(recorded: Path | None, story: Story) -> tuple[Organisation, str]:
    if recorded is None:
        return story.organisation(), story.words()
    if not list(recorded.glob("*.json.gz")):
        raise UsageFailure(f"{recorded} holds no recorded answers (*.json.gz).")
    return RecordedOrganisation(recorded), f"Recorded answers of {recorded}"
