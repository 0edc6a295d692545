"""The large sample organisation, loaded once for all subjects that start from its warehouse."""

from pathlib import Path

import duckdb

from pipelines.loading import load
from pipelines.sandbox import SampleOrganisation, serve
from pipelines.settings import DataDir, FigmaSettings, prepare_dlt


def large_organisation(folder: Path) -> DataDir:
    """Return the data folder with the large sample organisation, which the first call loads."""
    data = DataDir(folder / "large")
    if not data.build.exists():
        _load(data)
    return data


def nodes_of(data: DataDir) -> int:
    """Return how many nodes are loaded."""
    with duckdb.connect(str(data.build), read_only=True) as connection:
        (nodes,) = connection.sql("select count(*) from figma.nodes").fetchone() or (0,)
    return int(nodes)


def _load(data: DataDir) -> None:
    organisation = SampleOrganisation(weeks=1, scale=True)
    prepare_dlt(data)
    with serve(organisation) as server:
        settings = FigmaSettings()
        settings.figma_token, settings.base_url = organisation.token, server.base_url
        settings.teams = organisation.team_ids
        load(settings, data)
