"""Fixtures of the sandbox's own tests of the official file."""

import pytest

from figma_warehouse.sandbox import SampleOrganisation
from tests.fixtures.sample_organisations import all_files
from tests.sandbox.conftest import openapi_file

__all__ = ["openapi_file"]


@pytest.fixture
def keys(organisation: SampleOrganisation) -> dict[str, str]:
    """File keys by file name."""
    return {file.name: file.key for file in all_files(organisation)}
