"""Files that are in use, damaged, newer, unreadable or on a full disk: each is named, with what to do."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import SampleOrganisation, Server
from figma_warehouse.source.schema import TABLES
from tests.fixtures.build_files import held_open
from tests.fixtures.commands import Command

pytestmark = pytest.mark.process

# of DuckDB's files: three headers come before the first block
HEADER_BYTES, BLOCK_BYTES = 3 * 4096, 262_144


def without_root(line: list[str]) -> list[str]:
    """Return a command line without the rights of root to read and write everything; skips if that is impossible."""
    if os.geteuid() == 0:
        capabilities = "-dac_override,-dac_read_search"
        line = ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}", *line]
    if not shutil.which(line[0]):
        pytest.skip("needs setpriv, or not to be root")
    return line


def test_a_data_folder_that_cannot_be_made_is_named(command: Command) -> None:
    for verb in ("run", "load", "transform", "publish", "plan", "backfill --since 2026-01-01", "demo"):
        result = command(*verb.split(), "--data-dir", "/proc/nowhere")

        assert result.returncode == 2
        assert "The data folder /proc/nowhere cannot be written" in result.stderr
        assert "--data-dir" in result.stderr


@pytest.mark.usefixtures("loaded")
def test_an_output_folder_that_cannot_be_made_is_named_before_the_first_request(
    command: Command, organisation: SampleOrganisation, server: Server
) -> None:
    key = next(iter(organisation.truth().files))
    for arguments in (
        ("export", "/proc/none/marts"),
        ("dashboard", "--export", "/proc/none/pages"),
        ("images", key, "--out", "/proc/none"),
    ):
        result = command(*arguments)
        assert result.returncode == 2
        assert "The folder /proc/none cannot be written" in result.stderr
    assert sum(server.spent.values()) == 0


def test_a_build_file_that_another_process_has_open_is_reported_with_its_pid(command: Command, loaded: DataDir) -> None:
    with held_open(loaded.build, 120, read_only=False) as pid:
        published = loaded.published.read_bytes()
        for verb in ("run", "transform", "publish"):
            result = command(verb)
            assert result.returncode == 2
            assert f"The build file is in use by another process (pid {pid})." in result.stderr
        assert loaded.published.read_bytes() == published


@pytest.mark.parametrize("verb", ["load", "publish"])
def test_a_build_file_that_is_open_for_a_moment_is_waited_for(verb: str, command: Command, loaded: DataDir) -> None:
    with held_open(loaded.build, 1.5, read_only=True):
        result = command(verb)
    assert "in use by another process" not in result.stderr
    assert result.returncode == {"load": 3, "publish": 0}[verb]


@pytest.mark.parametrize("verb", ["run", "transform", "publish"])
def test_a_warehouse_of_a_newer_version_is_not_touched(verb: str, command: Command, loaded: DataDir) -> None:
    newer = {"run_id": "newer", "warehouse_format": 99}
    table = pa.Table.from_pylist([newer], schema=TABLES["runs"].schema)
    with duckdb.connect(str(loaded.build)) as connection:
        connection.register("newer", table)
        connection.execute("insert into figma.runs by name select * from newer")
    build, published = loaded.build.read_bytes(), loaded.published.read_bytes()

    result = command(verb)

    assert result.returncode == 2
    assert "has format 99, written by a newer version" in result.stderr
    assert loaded.build.read_bytes() == build
    assert loaded.published.read_bytes() == published


def test_a_build_file_that_is_not_a_database_is_named(command: Command, data: DataDir) -> None:
    data.root.mkdir(parents=True)
    data.build.write_bytes(b"this is not a database" * 1000)

    result = command("run")

    assert result.returncode == 2
    assert "is not a DuckDB database" in result.stderr


@pytest.mark.parametrize("damage", ["header", "blocks", "cut short", "last block", "empty", "text"])
def test_a_damaged_build_file_is_replaced_by_the_published_one_with_a_sentence(
    command: Command, loaded: DataDir, server: Server, damage: str
) -> None:
    size = loaded.build.stat().st_size
    if damage in ("header", "blocks"):
        with loaded.build.open("r+b") as file:
            for place in range(4096, 4097 if damage == "header" else size, 100_000):
                file.seek(place if damage == "header" else place + 12288)
                file.write(b"damage" * 40)
    elif damage == "text":
        loaded.build.write_bytes(b"this is not a database" * 1000)
    elif damage == "last block":
        os.truncate(loaded.build, HEADER_BYTES + BLOCK_BYTES * _last_block(loaded.build))
    else:
        os.truncate(loaded.build, size // 2 if damage == "cut short" else 0)
    broken = loaded.build.read_bytes()

    for verb in ("transform", "publish"):
        result = command(verb)
        assert result.returncode in (1, 2)
        assert "build.duckdb is " in result.stderr or "is damaged" in result.stderr
    plan = command("plan")
    result = command("load")

    assert (plan.returncode, result.returncode) == (0, 3)
    assert f"{loaded.build} is damaged: it is kept as {loaded.root}/build.damaged.duckdb" in result.stderr
    assert f"{loaded.build} is lost: it starts again as a copy of {loaded.published}" in result.stderr
    assert (loaded.root / "build.damaged.duckdb").read_bytes() == broken
    assert server.spent[1] == 0


def _last_block(path: Path) -> int:
    """The number of the last block of a database that has data of a raw table."""
    with duckdb.connect(str(path), read_only=True) as connection:
        blocks = (
            connection.execute(f"select max(block_id) from pragma_storage_info('figma.{name}')").fetchone()
            for name in TABLES
        )
        return int(max(block for (block,) in filter(None, blocks) if block is not None))


def test_damage_that_only_the_models_read_is_named_and_the_next_run_starts_from_the_published_file(
    command: Command, loaded: DataDir, server: Server
) -> None:
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute("checkpoint")
        (blocks,) = connection.execute(
            "select list(distinct block_id) from pragma_storage_info('figma.nodes') where block_id >= 0"
        ).fetchone() or ([],)
    with loaded.build.open("r+b") as file:
        for block in blocks:
            file.seek(HEADER_BYTES + BLOCK_BYTES * block + 100)
            file.write(b"damage" * 40)

    transformed = command("transform")
    result = command("run")

    assert blocks
    assert transformed.returncode == 1
    assert f"{loaded.build} is damaged or not a DuckDB database." in transformed.stderr
    assert result.returncode in (0, 3)
    assert f"{loaded.build} is damaged: it is kept as {loaded.root}/build.damaged.duckdb" in result.stderr
    assert server.spent[1] == 0


def test_a_damaged_published_file_is_named_and_publish_makes_it_again(command: Command, loaded: DataDir) -> None:
    loaded.published.write_bytes(b"this is not a database" * 1000)

    for verb in (("status",), ("export", str(loaded.root / "out"))):
        result = command(*verb)
        assert result.returncode == 1
        assert f"{loaded.published} is damaged or not a DuckDB database." in result.stderr

    loaded.published.unlink()
    assert command("publish").returncode == 0
    assert command("status").returncode == 0


@pytest.mark.parametrize(("name", "verbs"), [("build", ["load", "plan"]), ("warehouse", ["status", "publish"])])
def test_a_folder_in_place_of_a_file_is_named(command: Command, loaded: DataDir, name: str, verbs: list[str]) -> None:
    path = loaded.root / f"{name}.duckdb"
    path.unlink()
    path.mkdir()

    for verb in verbs:
        result = command(verb)
        assert result.returncode == 1
        assert re.search(rf"{loaded.root}/{name}\.\w+ cannot be used \(Is a directory\)", result.stderr)


def test_a_plan_in_a_folder_that_can_only_be_read_is_complete_and_writes_nothing(
    command: Command, loaded: DataDir, organisation: SampleOrganisation
) -> None:
    assert command("plan").returncode == 0
    budget = loaded.budget.read_bytes()
    for path in (*loaded.root.rglob("*"), loaded.root):
        path.chmod(0o555 if path.is_dir() else 0o444)
    elsewhere = loaded.root.parent / "elsewhere"

    result = subprocess.run(
        without_root(Command.line("plan")),
        env=command.environment,
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )

    loaded.root.chmod(0o755)
    assert result.returncode == 0, result.stderr
    assert f"{len(organisation.truth().files)} listed · 0 changed" in result.stdout
    assert f"{loaded.root} cannot be written: the requests of this plan do not count in its budget" in result.stderr
    assert "Traceback" not in result.stderr
    assert loaded.budget.read_bytes() == budget


def test_a_file_of_another_user_is_named_with_what_to_do(command: Command, loaded: DataDir) -> None:
    loaded.published.chmod(0)
    line = without_root(Command.line("status"))

    result = subprocess.run(line, env=command.environment, capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert result.stderr == (
        f"{loaded.published} cannot be used (Permission denied). Nothing was published."
        " Run this as the owner of that file, or give the file to this user (chown).\n"
    )


def test_a_full_disk_is_reported_and_the_published_file_stays(
    command: Command, loaded: DataDir, tmp_path: Path, organisation: SampleOrganisation
) -> None:
    used = sum(path.stat().st_size for path in loaded.root.rglob("*") if path.is_file())
    with _small_disk(tmp_path / "disk", megabytes=used // 1_000_000 + 20) as disk:
        shutil.copytree(loaded.root, disk / "data")
        published = DataDir(disk / "data").published
        before = published.read_bytes()
        (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - 300_000))
        organisation.advance()
        command.environment["DATA_DIR"] = str(published.parent)
        command.environment["DLT_DATA_DIR"] = str(published.parent / "dlt")

        result = command("run")

        assert result.returncode == 1
        assert "The disk is full. Nothing was published. Free some space and run the command again." in result.stderr
        assert published.read_bytes() == before


@contextmanager
def _small_disk(path: Path, megabytes: int) -> Iterator[Path]:
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
