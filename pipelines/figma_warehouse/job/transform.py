"""Building the models. dbt runs in a process of its own, since it would keep the build file locked in this one."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from figma_warehouse.bundled import bundled
from figma_warehouse.data_dir import DataDir
from figma_warehouse.environment import without_secrets
from figma_warehouse.failures import DamagedFile, UsageFailure, WarehouseError, tells_damage
from figma_warehouse.job.build_file import check_length, open_build
from figma_warehouse.settings import attention_thresholds, deprecated_pattern
from figma_warehouse.source.schema import TABLES

FAILURES = ("error", "fail")
MEMORY_LIMIT_BYTES, SHARE_OF_MEMORY = 3_000_000_000, 0.8


class ModelsFailed(WarehouseError):
    """A model could not be built, or a test on the data failed. The published file stays as it was."""


@dataclass(frozen=True)
class TransformReport:
    """The numbers of models built and tests passed."""

    models: int
    tests: int


def transform(data: DataDir, *, full: bool = False) -> TransformReport:
    """Build and test the models in the build file.

    Models whose rows depend on one file each are built and tested for the files that changed since the last build that
    succeeded: for all files if `full` is true, or if the definition of a model has changed. The rows are the same.

    Raises ModelsFailed, which names what failed and the log, or DamagedFile.
    """
    describe_columns(data)
    is_full = full or not _keeps_rows(data)
    built = ("build", "--exclude-resource-type", "unit_test", *(["--full-refresh"] if is_full else []))
    counts = Counter(entry["unique_id"].split(".")[0] for entry in _built(data, *built))
    return TransformReport(counts["model"], counts["test"])


def record_shares(data: DataDir) -> None:
    """Record the shares of the week: build the mart `adoption_weekly` and what it reads, without tests.

    Raises the errors of `transform`, which has to build the rest.
    """
    _built(data, "run", "--select", "+adoption_weekly")


def _built(data: DataDir, *command: str) -> list[dict[str, Any]]:
    """Run a dbt command that builds, and return its results. Raises ModelsFailed, or DamagedFile."""
    result = run_dbt(data, *command)
    results = _results(data)
    failed = [entry for entry in results if entry["status"] in FAILURES]
    output = result.stdout + result.stderr
    if any(map(tells_damage, (output, *(str(entry["message"]) for entry in failed)))):
        raise DamagedFile(data.build)
    if failed or result.returncode:
        raise ModelsFailed(_failure(data, failed, output))
    return results


def run_dbt(data: DataDir, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a dbt command on the build file. Compiled models and logs go to the data folder."""
    data.dbt.mkdir(parents=True, exist_ok=True)
    (data.dbt / "run_results.json").unlink(missing_ok=True)
    project = str(bundled("sql"))
    folders = ("--project-dir", project, "--profiles-dir", project, "--target-path", str(data.dbt))
    quiet = ("--quiet", "--no-use-colors", "--log-path", str(data.dbt))
    # dbt ends when this pipe closes, with this process; in a session of its own it does not get Ctrl-C
    reader, writer = os.pipe()
    try:
        return subprocess.run(
            [sys.executable, "-m", "figma_warehouse.job.dbt_process", *quiet, *command, *folders],
            env=_environment(data),
            stdin=reader,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            cwd=data.dbt,
            start_new_session=True,
        )
    finally:
        os.close(reader)
        os.close(writer)


def _environment(data: DataDir) -> dict[str, str]:
    """Return the environment of dbt, without secrets."""
    # relative to dbt's folder, so that a moved data folder does not make dbt parse the project again
    build = os.path.relpath(data.build, data.dbt)
    thresholds = {f"FIGMA_WAREHOUSE_{name.upper()}": str(value) for name, value in attention_thresholds().items()}
    return without_secrets(os.environ) | {
        **thresholds,
        "FIGMA_WAREHOUSE_BUILD": build,
        "FIGMA_WAREHOUSE_MEMORY": _memory_limit(),
        "FIGMA_WAREHOUSE_DEFINITIONS": _hash_definitions(),
        "FIGMA_WAREHOUSE_DEPRECATED_PATTERN": deprecated_pattern(),
        "DO_NOT_TRACK": "1",
        # whatever the encoding of this terminal
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def _hash_definitions() -> str:
    """Return a hash of all SQL of the models. It changes if a definition changes."""
    folder = bundled("sql")
    digest = hashlib.sha256()
    for path in sorted((folder / "dbt_project.yml", *folder.glob("m*/**/*.sql"))):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _keeps_rows(data: DataDir) -> bool:
    """Tell whether the models of the build file have rows, and all by the definitions of today."""
    with open_build(data, read_only=True) as connection:
        try:
            found = connection.execute("select distinct definitions from internal.built_files").fetchall()
        except duckdb.CatalogException:
            return False
    return found == [(_hash_definitions(),)]


def _memory_limit() -> str:
    """Return the memory limit of the models: FIGMA_WAREHOUSE_MEMORY, else 3 GB, or 80 % of a smaller machine.

    Raises UsageFailure if FIGMA_WAREHOUSE_MEMORY is not a size.
    """
    given = os.environ.get("FIGMA_WAREHOUSE_MEMORY")
    if given is None:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return f"{min(MEMORY_LIMIT_BYTES, int(SHARE_OF_MEMORY * machine)) // 1_000_000}MB"
    try:
        duckdb.connect(config={"memory_limit": given}).close()
    except duckdb.Error as error:
        raise UsageFailure(f'FIGMA_WAREHOUSE_MEMORY "{given}" is not a size. Write it as 8GB.') from error
    return given


def describe_columns(data: DataDir) -> None:
    """Add the descriptions of all raw tables and columns to the database as comments, if they are missing.

    Raises UsageFailure if there are no tables yet, or if some lack columns because an earlier version loaded them.
    """
    stored = _stored_comments(data)
    _check_columns(data, stored)
    with open_build(data) as connection:
        for table in TABLES.values():
            connection.execute(f'comment on table figma."{table.name}" is {_quoted(table.description)}')
            for field in table.schema:
                if stored[f"{table.name}.{field.name}"] != table.describe(field.name):
                    connection.execute(
                        f'comment on column figma."{table.name}"."{field.name}" is'
                        f" {_quoted(table.describe(field.name))}"
                    )


def _stored_comments(data: DataDir) -> dict[str, str | None]:
    """Return the comments of the raw columns in the build file, by table and column; nothing if there is no file."""
    if not data.build.exists():
        return {}
    with open_build(data, read_only=True) as connection:
        check_length(data, connection)
        query = "select table_name || '.' || column_name, comment from duckdb_columns() where schema_name = 'figma'"
        return dict(connection.execute(query).fetchall())


def _check_columns(data: DataDir, stored: Collection[str]) -> None:
    declared = [f"{table.name}.{field.name}" for table in TABLES.values() for field in table.schema]
    missing = [name for name in declared if name not in stored]
    if len(missing) == len(declared):
        raise UsageFailure(f"Nothing is loaded into {data.build} yet. Run figma-warehouse load or run first.")
    if missing:
        more = f" and {len(missing) - 1} more columns" if len(missing) > 1 else ""
        raise UsageFailure(
            f"{data.build} lacks {missing[0]}{more}: an earlier version loaded it, or its first load did not end."
            " Run figma-warehouse load or run first."
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _results(data: DataDir) -> list[dict[str, Any]]:
    path = data.dbt / "run_results.json"
    return list(json.loads(path.read_text(encoding="utf-8"))["results"]) if path.exists() else []


def _failure(data: DataDir, failed: list[dict[str, Any]], output: str) -> str:
    log = data.dbt / "dbt.log"
    if not failed:
        lines = [line for line in output.splitlines() if line.strip()]
        return f"The models could not be built. {' '.join(lines[-5:])} Nothing was published; see {log}."
    names = ", ".join(entry["unique_id"].split(".")[2] for entry in failed[:3])
    more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
    reason = " ".join(str(failed[0]["message"]).split()).removesuffix(".")
    outcome = f"Nothing was published; see {log}."
    if failed[0]["status"] == "fail":
        query = _compiled(data, failed[0])
        reason = "; ".join([*_violated_rules(data, query), reason])
        outcome += f" To see the rows: duckdb -readonly {data.build} < {query}"
    return f"Models or tests failed: {names}{more}. {reason}. {outcome}"


def _compiled(data: DataDir, failed: dict[str, Any]) -> Path:
    """Return the path of the compiled query that selects the failing rows of a test."""
    manifest = json.loads((data.dbt / "manifest.json").read_text(encoding="utf-8"))
    return data.dbt / os.path.relpath(manifest["nodes"][failed["unique_id"]]["compiled_path"], data.dbt)


def _violated_rules(data: DataDir, query: Path) -> list[str]:
    """Return the rules that the failing rows violate, if the query has a column for them and can be run."""
    try:
        with open_build(data, read_only=True) as connection:
            found = connection.sql(query.read_text(encoding="utf-8"))
            return sorted(found.select("broken").distinct().pl()["broken"]) if "broken" in found.columns else []
    except (duckdb.Error, OSError, WarehouseError):
        return []
