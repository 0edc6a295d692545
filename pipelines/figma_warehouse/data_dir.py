"""The data folder: where the warehouse and all state lie."""

import os
from dataclasses import dataclass
from pathlib import Path

from figma_warehouse.failures import cannot_write


@dataclass(frozen=True)
class DataDir:
    """The folder that holds the warehouse and every state; nothing is written anywhere else."""

    root: Path

    def make(self) -> None:
        """Make the folder where it is not there yet. Raises UsageFailure, or OSError where the disk is full."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.root, error) from error

    @property
    def build(self) -> Path:
        """The DuckDB file that the job writes."""
        return self.root / "build.duckdb"

    @property
    def published(self) -> Path:
        """The DuckDB file that readers open."""
        return self.root / "warehouse.duckdb"

    @property
    def assets(self) -> Path:
        """The folder of stored pictures, where no other is set."""
        return self.root / "assets"

    @property
    def lock(self) -> Path:
        """The file that a running job holds."""
        return self.root / "run.lock"

    @property
    def budget(self) -> Path:
        """The file that remembers what was spent of each tier, and until when one is closed."""
        return self.root / "budget.sqlite"

    @property
    def oauth(self) -> Path:
        """The file that holds the present OAuth access token."""
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
    """Return the data folder: as given, else `DATA_DIR`, else `data`."""
    return DataDir((given or Path(os.environ.get("DATA_DIR") or "data")).absolute())
