"""The sandbox as a command: one organisation on one port until interrupted."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.failures import UsageFailure
from pipelines.sandbox.buckets import Limits
from pipelines.sandbox.contract import Organisation
from pipelines.sandbox.faults import Faults
from pipelines.sandbox.organisation import SampleOrganisation
from pipelines.sandbox.recorded import RecordedOrganisation
from pipelines.sandbox.server import serve


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


def serve_sandbox(
    port: int,
    recorded: Path | None,
    week: int,
    is_large: bool,
    weather: Weather,
    tell: Callable[[dict[str, Any]], None],
) -> None:
    """Serve until SIGINT or SIGTERM; `tell` gets url, token, team ids, limits and a word on what is served.

    Raises UsageFailure where the folder holds no recorded answers, or the limits are none.
    """
    limits = weather.bounds()
    organisation, about = _organisation(recorded, week, is_large)
    about = ", ".join([about, *weather.words()])
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serve(organisation, port, schedule=weather.schedule(), limits=limits) as server:
        access = {"url": server.base_url, "token": organisation.token, "teams": organisation.team_ids}
        tell(access | {"about": about, "limits": weather.limits})
        stop.wait()


def _organisation(recorded: Path | None, week: int, is_large: bool) -> tuple[Organisation, str]:
    if recorded is None:
        organisation = SampleOrganisation(week=week, scale=is_large)
        return organisation, "Large sample organisation" if is_large else f"Sample organisation, week {week}"
    if not list(recorded.glob("*.json.gz")):
        raise UsageFailure(f"{recorded} holds no recorded answers (*.json.gz).")
    return RecordedOrganisation(recorded), f"Recorded answers of {recorded}"
