"""The sandbox as a command: one organisation on one port until interrupted."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.failures import UsageFailure
from pipelines.sandbox.contract import Organisation
from pipelines.sandbox.organisation import SampleOrganisation
from pipelines.sandbox.recorded import RecordedOrganisation
from pipelines.sandbox.server import serve


def serve_sandbox(
    port: int, recorded: Path | None, week: int, is_large: bool, tell: Callable[[dict[str, Any]], None]
) -> None:
    """Serve until SIGINT or SIGTERM; `tell` gets url, token, team ids and a word on what is served.

    Raises UsageFailure where the folder holds no recorded answers.
    """
    organisation, about = _organisation(recorded, week, is_large)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serve(organisation, port) as server:
        tell({"url": server.base_url, "token": organisation.token, "teams": organisation.team_ids, "about": about})
        stop.wait()


def _organisation(recorded: Path | None, week: int, is_large: bool) -> tuple[Organisation, str]:
    if recorded is None:
        organisation = SampleOrganisation(week=week, scale=is_large)
        return organisation, "Large sample organisation" if is_large else f"Sample organisation, week {week}"
    if not list(recorded.glob("*.json.gz")):
        raise UsageFailure(f"{recorded} holds no recorded answers (*.json.gz).")
    return RecordedOrganisation(recorded), f"Recorded answers of {recorded}"
