"""The command line as real processes, each forked from one that has done its imports: a start costs no seconds."""

import multiprocessing
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from pipelines.settings import DataDir

PRELOADED = ("pipelines.cli", "pipelines.progress", "pipelines.warehouse", "dlt.destinations", "pyarrow.parquet")

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(PRELOADED))


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
        # a process that is killed at once has printed nothing
        self.output.touch()
        process = _CONTEXT.Process(target=_perform, args=(self,))
        process.start()
        return process


def _perform(command: Command) -> None:
    descriptor = os.open(command.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SOURCES__", "FIGMA_"))}
    os.environ.clear()
    os.environ.update(inherited | dict(command.settings) | _folders(command.data))
    if command.file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (command.file_limit, command.file_limit))
    sys.argv = ["figma-warehouse", command.verb]
    from pipelines.cli import main

    main()


def _folders(data: DataDir) -> dict[str, str]:
    return {"DATA_DIR": str(data.root), "DLT_DATA_DIR": str(data.dlt), "RUNTIME__DLTHUB_TELEMETRY": "false"}
