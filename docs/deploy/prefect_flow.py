"""Figma every night, in Prefect 3: load, build, publish, and the pages. The name of the state tells the exit code."""

import os
import subprocess

from prefect import flow, get_run_logger, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

# an environment of its own: Prefect's requirements are not the warehouse's
COMMAND = os.environ.get("FIGMA_WAREHOUSE", "/srv/figma-warehouse/.venv/bin/figma-warehouse")
FOLDER = os.environ.get("FIGMA_WAREHOUSE_FOLDER", "/srv/figma-warehouse")
PAGES = os.environ.get("FIGMA_WAREHOUSE_PAGES", "/srv/www/figma")
RETRY_SECONDS = float(os.environ.get("FIGMA_WAREHOUSE_RETRY_SECONDS", "3600"))
SETTINGS, PARTIAL, LISTING_FAILED = 2, 3, 4


class NothingPublished(Exception):
    """Exit code 1, or a signal."""


def figma_warehouse(*arguments: str) -> int:
    """Run the command in the folder of its settings and return its exit code; its output goes to the log."""
    done = subprocess.run([COMMAND, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        get_run_logger().info("%s", line)
    return done.returncode


@task(retries=2, retry_delay_seconds=RETRY_SECONDS)
def run() -> int:
    """Return 0, 2, 3 or 4. Anything else is tried again."""
    code = figma_warehouse("run", "--log-format", "json")
    if code not in (0, SETTINGS, PARTIAL, LISTING_FAILED):
        raise NothingPublished(f"{code}: failed, nothing was published")
    return code


@task
def export_pages() -> None:
    """Write the static pages of what was published."""
    if figma_warehouse("dashboard", "--export", PAGES):
        raise RuntimeError("the pages could not be written")


@flow
def figma_warehouse_nightly() -> State:
    """Run the job and export the pages. The state is Completed, Partial, Listing failed, Wrong settings or Failed."""
    code = run()
    if code == SETTINGS:
        return Failed(name="Wrong settings", message="2: wrong settings, or another run is active")
    export_pages()
    if code == LISTING_FAILED:
        return Failed(name="Listing failed", message="4: a listing failed: figures may be of the past")
    if code == PARTIAL:
        return Completed(name="Partial", message="3: something was skipped or deferred")
    return Completed(message="0: everything is done")


if __name__ == "__main__":
    figma_warehouse_nightly.serve(name="nightly", cron="0 3 * * *", limit=1)
