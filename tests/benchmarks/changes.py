"""A build after ten files changed, in an organisation of 115 files and in one of ten times as many."""

import multiprocessing
import resource
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.transform import transform
from tests.benchmarks.large_organisation import count_nodes, first_load
from tests.benchmarks.targets import Target, print_line

COPIES = 9
CHANGED_FILES = 10
MAX_APART = 1.5
MAX_SHARE = 0.2
GIGABYTES = 2.0
PUBLISHED = ("components", "component_sets", "styles")
# columns that hold the key of a file; item_id does so in outcomes of files
KEYS_OF_FILES = ("file_key", "main_file_key", "item_id")


@dataclass(frozen=True)
class Build:
    """Seconds of a build, on the clock and of processor time, and the peak memory of its process in gigabytes."""

    clock: float
    cpu: float
    gigabytes: float


def measure_changes(folder: Path) -> list[Target]:
    """Build all files, then change ten and build again: in 115 files, and with nine copies of those of no library."""
    few, many = DataDir(folder / "few"), DataDir(folder / "many")
    for data in (few, many):
        data.make()
        shutil.copy(first_load(folder).data.build, data.build)
    _copy_files(many)
    (_, few_changed), (all_many, many_changed) = _build_twice(few), _build_twice(many)
    apart, share = many_changed.clock / few_changed.clock, many_changed.clock / all_many.clock
    most = max(all_many.gigabytes, many_changed.gigabytes)
    what = f"models after {CHANGED_FILES} changed files of {count_nodes(many):,} nodes"
    ours, less = f"{many_changed.clock:.1f} s", f"{few_changed.clock:.1f} s"
    return [
        Target(f"{what}, a tenth beside", ours, less, f"{apart:.2f}", f"within {MAX_APART} times", apart <= MAX_APART),
        Target(
            f"{what}, all beside",
            ours,
            f"{all_many.clock:.1f} s",
            f"{share:.2f}",
            f"at most {MAX_SHARE}",
            share <= MAX_SHARE,
        ),
        Target(f"{what}: peak memory", f"{most:.1f} GB", "", "", f"under {GIGABYTES:.0f} GB", most < GIGABYTES),
    ]


def _copy_files(data: DataDir) -> None:
    """Give the organisation copies, under other keys, of every file that publishes nothing."""
    with duckdb.connect(str(data.build)) as connection:
        connection.execute("create temp table kept as select distinct file_key from figma.files")
        for table in PUBLISHED:
            connection.execute(f"delete from kept where file_key in (select file_key from figma.{table})")
        columns = connection.execute(
            """
            select table_name, list(column_name) from duckdb_columns()
            where schema_name = 'figma' and list_contains($keys, column_name)
            group by table_name
            """,
            {"keys": KEYS_OF_FILES},
        ).fetchall()
        for table, keys in columns:
            # of outcomes, those of files alone
            whole = "original.item_id = original.file_key" if "item_id" in keys else "true"
            copied = ", ".join(f"{key} || '-' || copy.number as {key}" for key in keys)
            connection.execute(
                f"""
                insert into figma.{table}
                select original.* replace ({copied})
                from figma.{table} as original, range(1, {COPIES} + 1) as copy (number)
                where original.file_key in (select file_key from kept) and {whole}
                """
            )


def _build_twice(data: DataDir) -> tuple[Build, Build]:
    """Build all files, and again after ten changed."""
    first = _measured(data)
    with duckdb.connect(str(data.build)) as connection:
        connection.execute(
            f"""
            update figma.documents set content_hash = 'changed ' || content_hash
            where file_key in (
                select file_key from figma.documents
                where file_key not like '%-%' and file_key not in (select file_key from figma.components)
                order by file_key limit {CHANGED_FILES}
            )
            """
        )
    second = _measured(data)
    nodes = count_nodes(data)
    for what, build in (("all files", first), (f"{CHANGED_FILES} changed files", second)):
        print_line(f"  {what} of {nodes:,} nodes: {build.clock:.1f} s, {build.cpu:.1f} s CPU, {build.gigabytes:.2f} GB")
    return first, second


def _measured(data: DataDir) -> Build:
    # a process has the peak of all its children so far: in a new process it is that of dbt alone
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_build, data).result()


def _build(data: DataDir) -> Build:
    started = time.perf_counter()
    transform(data)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Build(time.perf_counter() - started, spent.ru_utime + spent.ru_stime, spent.ru_maxrss * 1024 / 1e9)
