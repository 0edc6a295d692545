"""The small organisation, built once per test session for all worker processes."""

from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from tests.conftest import made_once
from tests.sql import organisation
from tests.sql.builds import build, write_raw_tables


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory, _parsed: None) -> Path:
    """The build file of the small organisation with all its marts; tests do not change it."""
    return made_once(tmp_path_factory, "organisation", _build_organisation).build


def _build_organisation(data: DataDir) -> None:
    write_raw_tables(data, organisation.rows())
    build(data)
