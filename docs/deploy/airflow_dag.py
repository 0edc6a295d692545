"""Figma every night, in Airflow 3: load, build, publish, and the pages. A task per thing that can go wrong."""

import logging
import os
import subprocess
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

# an environment of its own: Airflow's requirements are not the warehouse's
COMMAND = os.environ.get("FIGMA_WAREHOUSE", "/srv/figma-warehouse/.venv/bin/figma-warehouse")
FOLDER = os.environ.get("FIGMA_WAREHOUSE_FOLDER", "/srv/figma-warehouse")
PAGES = os.environ.get("FIGMA_WAREHOUSE_PAGES", "/srv/www/figma")
RETRY_SECONDS = float(os.environ.get("FIGMA_WAREHOUSE_RETRY_SECONDS", "3600"))
SETTINGS, PARTIAL, LISTING_FAILED = 2, 3, 4


def figma_warehouse(*arguments: str) -> int:
    """Run the command in the folder of its settings and return its exit code; its output is the task's log."""
    done = subprocess.run([COMMAND, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    logging.getLogger(__name__).info("%s", done.stdout + done.stderr)
    return done.returncode


@dag(
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # the data folder has one writer
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=RETRY_SECONDS)},
)
def figma_warehouse_nightly() -> None:
    """Run the job, export the pages, and say whether anything is missing."""

    @task
    def run() -> int:
        """Publish, or fail: 1 is tried again, 2 is not."""
        code = figma_warehouse("run", "--log-format", "json")
        if code == SETTINGS:
            raise AirflowFailException("2: wrong settings, or another run is active")
        if code not in (0, PARTIAL, LISTING_FAILED):
            raise AirflowException(f"{code}: failed, nothing was published")
        return code

    @task
    def export_pages() -> None:
        """Write the static pages of what was published."""
        if figma_warehouse("dashboard", "--export", PAGES):
            raise AirflowException("the pages could not be written")

    @task
    def tell_missing(code: int) -> None:
        """Fail for 4 and skip for 3, after the pages are out."""
        if code == LISTING_FAILED:
            raise AirflowFailException("4: published, but a listing failed: figures may be of the past")
        if code == PARTIAL:
            raise AirflowSkipException("3: published, but something was skipped or deferred")

    code = run()
    export_pages().set_upstream(code)
    tell_missing(code)


figma_warehouse_nightly()
