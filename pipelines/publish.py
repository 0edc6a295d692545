"""Publishing: a copy of the build file takes the place of the published one in a single step."""

import os
import shutil
from pathlib import Path

from pipelines.build_file import open_build
from pipelines.failures import UsageFailure
from pipelines.settings import DataDir


def publish(data: DataDir) -> int:
    """Replace the published file by a copy of the build file; return its size in bytes.

    Readers that have the old file open go on reading it. Raises UsageFailure where no model was built yet.
    """
    if not data.build.exists():
        raise UsageFailure(f"There is nothing to publish: {data.build} does not exist. Run figma-warehouse run first.")
    with open_build(data) as connection:
        found = "select 1 from duckdb_tables() where schema_name = 'marts' limit 1"
        if not connection.execute(found).fetchone():
            raise UsageFailure(f"{data.build} holds no models yet. Run figma-warehouse transform first.")
        connection.execute("checkpoint")
    # a link stays one; who may read the file is for its owner to say
    target, copy = data.published.resolve(), _unfinished(data)
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
    try:
        shutil.copyfile(data.build, copy)
        with copy.open("rb") as file:
            os.fsync(file.fileno())
        copy.chmod(mode)
        copy.replace(target)
    finally:
        copy.unlink(missing_ok=True)
    return data.published.stat().st_size


def remove_unfinished_copy(data: DataDir) -> None:
    """Remove the copy that a run left behind which was killed while it published."""
    _unfinished(data).unlink(missing_ok=True)


def _unfinished(data: DataDir) -> Path:
    return data.published.resolve().with_suffix(".publishing")
