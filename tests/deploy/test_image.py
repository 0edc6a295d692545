"""The steps of the Dockerfile, without an engine: in a folder of their own, with the rights of the image's user."""

import os
import shutil
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from figma_warehouse.bundled import CLONE
from tests.fixtures.dockerfile import Instruction, read_dockerfile

pytestmark = pytest.mark.deploy

PREFIX = "/opt/figma-warehouse"
# python:3.11-slim-bookworm unpacked, rounded up
BASE_BYTES = 135_000_000
LIMIT_BYTES = 1_000_000_000
USER = 10001


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A folder with what the first stage makes of the Dockerfile's steps."""
    folder = Path(tempfile.mkdtemp(prefix="figma-image-"))
    try:
        for one in read_dockerfile():
            if one.stage == 1:
                _perform(one, folder)
        yield folder
    finally:
        shutil.rmtree(folder)


def test_the_layers_are_smaller_than_a_gigabyte(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packages = next((root / PREFIX[1:] / "lib").glob("python3.*")) / "site-packages"
    sizes = {path.name: _size(path) for path in packages.iterdir()}
    layer = _size(root / PREFIX[1:])
    with capsys.disabled():
        print(f"\nbase, by its size of today: {BASE_BYTES / 1e6:.0f} MB; {PREFIX}: {layer / 1e6:.0f} MB")  # noqa: T201
        for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:12]:
            print(f"{size / 1e6:8.1f} MB  {name}")  # noqa: T201
    assert BASE_BYTES + layer < LIMIT_BYTES
    assert not (packages / "pip").exists()


def test_the_image_answers_if_it_may_write_nothing_but_its_data(root: Path) -> None:
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv, to give up the rights of root")
    home, data = root / "srv", root / "srv" / "data"
    data.mkdir(parents=True)
    for path in (home, *root.joinpath("opt").rglob("*")):
        os.chown(path, USER, USER, follow_symlinks=False)
    (health,) = (one.as_list() for one in read_dockerfile() if one.name == "HEALTHCHECK")
    (start,) = (one.as_list() for one in read_dockerfile() if one.name == "CMD")

    assert "No token. Put it into" in _said(root, ["figma-warehouse", *start], 2)
    assert "Nothing is published" in _said(root, health, 2)
    assert "warehouse.duckdb" in _said(root, ["figma-warehouse", "demo", "--data-dir", str(data)], 0)
    assert _said(root, health, 0)
    assert [path.name for path in home.iterdir()] == ["data"]


def _perform(step: Instruction, root: Path) -> None:
    """Perform one instruction of the first stage below the folder."""
    source = root / "src"
    source.mkdir(exist_ok=True)
    if step.name == "COPY":
        *names, target = step.words.split()
        for name in names:
            is_folder = (CLONE / name).is_dir()
            to = source / target if is_folder or not target.endswith("/") else source / target / Path(name).name
            to.parent.mkdir(parents=True, exist_ok=True)
            _copy(CLONE / name, to)
    elif step.name == "RUN" and step.words == f"python -m venv {PREFIX}":
        venv.create(f"{root}{PREFIX}", with_pip=True, symlinks=True)
    elif step.name == "RUN":
        command = step.words.replace(PREFIX, f"{root}{PREFIX}")
        done = subprocess.run(["/bin/sh", "-c", command], cwd=source, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def _copy(path: Path, to: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, to, ignore=shutil.ignore_patterns("__pycache__", "__marimo__", "target", "logs"))
    else:
        shutil.copy(path, to / path.name if to.is_dir() else to)


def _size(path: Path) -> int:
    files = [path, *path.rglob("*")] if path.is_dir() else [path]
    return sum(one.lstat().st_size for one in files if not one.is_dir())


def _said(root: Path, line: list[str], code: int) -> str:
    """Run a command of the image that can write only what this user owns, and return what it prints."""
    home, programs = root / "srv", root / PREFIX[1:] / "bin"
    given_up = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner,-chown"]
    done = subprocess.run(
        [*given_up, programs / line[0], *line[1:]],
        cwd=home,
        env={"PATH": f"{programs}:/usr/bin:/bin", "DATA_DIR": str(home / "data"), "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr
