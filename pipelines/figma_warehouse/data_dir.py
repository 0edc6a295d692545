"""The data folder: the warehouse and all state of the job."""

import os
from dataclasses import dataclass
from pathlib import Path

from figma_warehouse.failures import data_folder_error


@dataclass(frozen=True)
class DataDir:
    """The folder that holds the warehouse and all state. The job writes nowhere else."""

    root: Path

    def make(self) -> None:
        """Make the folder if it does not exist. Raises UsageFailure, or OSError if the disk is full."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise data_folder_error(self.root, error) from error

    @property
    def build(self) -> Path:
        """The DuckDB file that the job writes."""
        return self.root / "build.duckdb"

    @property
    def damaged(self) -> Path:
        """The build file that was found to be damaged, kept for a person to look at."""
        return self.root / "build.damaged.duckdb"

    @property
    def published(self) -> Path:
        """The DuckDB file that readers open."""
        return self.root / "warehouse.duckdb"

    @property
    def assets(self) -> Path:
        """The folder of stored pictures, unless `assets` is set."""
        return self.root / "assets"

    @property
    def lock(self) -> Path:
        """The file that a running job locks."""
        return self.root / "run.lock"

    @property
    def budget(self) -> Path:
        """The file that records the requests spent per tier, and until when a tier is closed."""
        return self.root / "budget.sqlite"

    @property
    def dashboard_key(self) -> Path:
        """The file with the key that the sessions of the dashboards are made from."""
        return self.root / "dashboard.key"

    @property
    def oauth(self) -> Path:
        """The file that holds the current OAuth access token."""
        return self.root / "oauth.json"

    @property
    def dlt(self) -> Path:
        """Working folders of dlt."""
        return self.root / "dlt"

    @property
    def dbt(self) -> Path:
        """Compiled models and logs of dbt."""
        return self.root / "dbt"


def data_dir(given: Path | None = None) -> DataDir:
    """Return the data folder: the one given, else `DATA_DIR`, else `data`."""
    return DataDir((given or Path(os.environ.get("DATA_DIR") or "data")).absolute())
