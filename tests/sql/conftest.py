"""The organisation, built once for all tests of its marts."""

from pathlib import Path

import pytest

from tests.sql import organisation
from tests.sql.builds import build, write_raw_tables


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small organisation with all its marts; not to be changed."""
    folder = tmp_path_factory.mktemp("organisation")
    path = folder / "build.duckdb"
    write_raw_tables(path, organisation.rows())
    build(path, folder / "target")
    return path
