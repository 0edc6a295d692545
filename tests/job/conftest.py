"""A sample organisation with a past, loaded once for all tests of the job."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.transform import transform
from tests.conftest import made_once
from tests.fixtures.past import Past, load_past, loaded_past


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Two teams that were loaded three times, with an archive."""
    with loaded_past(made_once(tmp_path_factory, "past", load_past)) as past:
        yield past


@pytest.fixture(scope="module")
def past_marts(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build file of `past` with its models, in a folder of its own."""

    def build(data: DataDir) -> None:
        shutil.copytree(past.data.root, data.root)
        transform(data)

    return made_once(tmp_path_factory, "past_marts", build).build
