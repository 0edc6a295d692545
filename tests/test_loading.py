"""Loads by what they leave behind in memory and beside the warehouse."""

from dlt.common.configuration.utils import get_resolved_traces

from pipelines.loading import load
from pipelines.sandbox import SampleOrganisation, Server
from pipelines.settings import DataDir
from tests.conftest import settings_for


def test_dlt_keeps_no_account_of_the_steps_of_a_load(
    server: Server, organisation: SampleOrganisation, data: DataDir
) -> None:
    """It would hold a hundred of them, with all schemas, and write all of them to disk at each step."""
    noted: list[int] = []

    load(
        settings_for(server, organisation),
        data,
        lambda event, _: noted.append(len(get_resolved_traces().all_traces)) if event == "stored" else None,
    )

    assert noted
    assert max(noted) < 100
    assert list(data.dlt.rglob("trace.pickle")) == []
