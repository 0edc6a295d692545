"""The command line as real processes, each forked from one that has done its imports: a start costs no seconds."""

import multiprocessing
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

PRELOADED = (
    *("pipelines.cli", "pipelines.progress", "pipelines.warehouse", "pipelines.planning", "pipelines.status"),
    *("dlt.destinations", "pyarrow.parquet"),
)

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(PRELOADED))


@dataclass(frozen=True)
class ForkedCommand:
    """figma-warehouse with its arguments, in `folder`, with `environment` and nothing else of this process.

    What it prints goes to the files `output` and `errors`. No file that it writes can grow beyond `file_limit` bytes,
    as on a disk that is full.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    output: Path
    errors: Path
    folder: Path | None = None
    file_limit: int | None = None

    def start(self) -> BaseProcess:
        """Start it and return at once; its exit code is the command's, or minus the signal that ended it."""
        for path in (self.output, self.errors):
            # a process that is killed at once has printed nothing
            path.touch()
        process = _CONTEXT.Process(target=_perform, args=(self,))
        process.start()
        return process


def inherited() -> dict[str, str]:
    """Return the environment of this process without settings of the job."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SOURCES__", "FIGMA_"))}


def _perform(command: ForkedCommand) -> None:
    for stream, path in ((1, command.output), (2, command.errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    os.environ.clear()
    os.environ.update(command.environment)
    if command.folder:
        os.chdir(command.folder)
    if command.file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (command.file_limit, command.file_limit))
    sys.argv = ["figma-warehouse", *command.arguments]
    from pipelines.cli import main

    main()
