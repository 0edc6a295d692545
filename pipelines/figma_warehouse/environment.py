"""Environment variables: those that dlt reads, and those that other programs may see."""

import os
from collections.abc import Mapping
from pathlib import Path

from figma_warehouse.bundled import bundled
from figma_warehouse.data_dir import DataDir

SECRETS = (
    "FIGMA_TOKEN",
    "CLIENT_SECRET",
    "REFRESH_TOKEN",
    "DASHBOARD_TOKEN",
    "SLACK_INCOMING_HOOK",
    "MESSAGES__WEBHOOK",
    "SMTP_PASSWORD",
    "POSTGRES__URL",
    "PGPASSWORD",
)


def prepare_dlt(data: DataDir) -> None:
    """Point dlt at the settings and at the data folder. Call it before dlt resolves any setting.

    Without a `.dlt` folder in the working directory, the defaults that travel with the package apply.
    """
    if not Path(".dlt").is_dir():
        os.environ.setdefault("DLT_PROJECT_DIR", str(bundled(".dlt").parent))
    os.environ.setdefault("DLT_DATA_DIR", str(data.dlt))
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    # the job handles SIGTERM and Ctrl-C itself
    os.environ.setdefault("RUNTIME__INTERCEPT_SIGNALS", "false")


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that another program may see: no token or secret, whatever section sets it."""
    return {name: value for name, value in environment.items() if not name.upper().endswith(SECRETS)}
