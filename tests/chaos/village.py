"""The small organisation that trials load, and what a calm load of it leaves."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import SampleOrganisation, Server, serve
from tests.chaos.processes import Command

FILES = 30
NODES = 60


@dataclass
class Village:
    """A small organisation, and a data folder that holds a calm first load of it."""

    folder: Path
    organisation: SampleOrganisation = field(
        default_factory=lambda: SampleOrganisation(week=0, sizes=(NODES,) * (FILES - 2))
    )

    def after(self, verb: str) -> DataDir:
        """A data folder after a calm `load`, or a calm `run` too; nobody writes to it."""
        return self.published if verb == "run" else self.loaded

    @cached_property
    def loaded(self) -> DataDir:
        """A data folder after a calm first load; nobody writes to it."""
        data = DataDir(self.folder / "calm")
        with serve(self.organisation) as server:
            perform_calmly("load", server, data)
        return data

    @cached_property
    def published(self) -> DataDir:
        """A data folder after a calm first load, with its models built and published; nobody writes to it."""
        data = DataDir(self.folder / "calm-published")
        shutil.copytree(self.loaded.root, data.root)
        with serve(self.organisation) as server:
            perform_calmly("run", server, data)
        return data

    @cached_property
    def keys(self) -> list[str]:
        """All files."""
        organisation = self.organisation
        tops = [folder.id for team in organisation.team_ids for folder in organisation.folders(team, None)]
        return sorted({card.key for top in tops for below in self._tree(top) for card in organisation.files(below)})

    def _tree(self, folder_id: str) -> Iterator[str]:
        yield folder_id
        folder = self.organisation.folder(folder_id)
        for child in self.organisation.folders(folder.team_id, folder_id) if folder else ():
            yield from self._tree(child.id)


def settings_of(server: Server) -> dict[str, str]:
    """Settings for the command that point at a served organisation, with quick retries."""
    return {
        "FIGMA_TOKEN": server.org.token,
        "SOURCES__FIGMA__BASE_URL": server.base_url,
        "SOURCES__FIGMA__TEAMS": json.dumps(server.org.team_ids),
        "SOURCES__FIGMA__BACKOFF_SECONDS": "0.01",
    }


def perform_calmly(verb: str, server: Server, data: DataDir) -> None:
    """Load or run once, undisturbed. Raises RuntimeError with what was printed where it does not end with 0."""
    data.root.mkdir(parents=True, exist_ok=True)
    output = data.root.parent / f"{data.root.name}.log"
    process = Command(verb, data, settings_of(server), output).start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"a calm {verb} ended with {process.exitcode}:\n{output.read_text()}")
