"""A verb of the command line on a data folder, as the trials start it."""

from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from figma_warehouse.data_dir import DataDir
from tests.fixtures.processes import ForkedCommand, inherited


@dataclass(frozen=True)
class Command:
    """A verb on a data folder, with settings as environment variables; what it prints goes to `output`.

    No file that it writes can grow beyond `file_limit` bytes, as on a disk that is full.
    """

    verb: str
    data: DataDir
    settings: Mapping[str, str]
    output: Path
    file_limit: int | None = None

    def start(self) -> BaseProcess:
        """Start it and return at once; its exit code is the command's, or minus the signal that ended it."""
        folders = {"DATA_DIR": str(self.data.root), "DLT_DATA_DIR": str(self.data.dlt)}
        environment = inherited() | dict(self.settings) | folders | {"RUNTIME__DLTHUB_TELEMETRY": "false"}
        return ForkedCommand(
            (self.verb,), environment, self.output, errors=self.output, file_limit=self.file_limit
        ).start()
