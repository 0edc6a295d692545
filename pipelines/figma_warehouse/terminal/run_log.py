"""The log file of the job, `run.log` in the data folder, to which cron's line appends: it is rotated by size."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from figma_warehouse.data_dir import data_dir

MAX_BYTES, KEPT = 10_000_000, 3


@contextmanager
def rotated_run_log(data_path: Path | None) -> Iterator[None]:
    """Rotate `run.log` after the block if it has over 10 MB and this process writes to it; three older ones are kept.

    A process that still writes to it goes on in the file that then is `run.log.1`.
    """
    try:
        yield
    finally:
        with suppress(OSError):
            _rotate(data_dir(data_path).root / "run.log")


def _rotate(log: Path) -> None:
    found = log.stat()
    if found.st_size <= MAX_BYTES or not os.path.samestat(found, os.fstat(2)):
        return
    for number in range(KEPT - 1, 0, -1):
        with suppress(FileNotFoundError):
            log.with_name(f"run.log.{number}").replace(log.with_name(f"run.log.{number + 1}"))
    log.replace(log.with_name("run.log.1"))
