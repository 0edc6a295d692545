"""The small organisation that the trials load, and data folders of undisturbed loads to compare with."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from filelock import FileLock

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import SampleOrganisation, Server, serve
from tests.chaos.processes import Command
from tests.fixtures.sample_organisations import all_files

FILES = 30
NODES = 60


@dataclass
class Baseline:
    """A small organisation, and data folders of undisturbed loads of it: trials must not write to these.

    Processes that use the same `folder` share them: the first one that needs a data folder makes it.
    """

    folder: Path
    organisation: SampleOrganisation = field(
        default_factory=lambda: SampleOrganisation(week=0, sizes=(NODES,) * (FILES - 2))
    )

    def data_after(self, verb: str) -> DataDir:
        """A data folder after an undisturbed `load`, or after a `run` that followed it."""
        return self.published if verb == "run" else self.loaded

    @cached_property
    def loaded(self) -> DataDir:
        """A data folder after a first load."""

        def load(data: DataDir) -> None:
            with serve(self.organisation) as server:
                run_undisturbed("load", server, data)

        return self._make_once("loaded", load)

    @cached_property
    def published(self) -> DataDir:
        """A data folder after a first load and a run, which has built and published the models."""

        def run(data: DataDir) -> None:
            shutil.copytree(self.loaded.root, data.root)
            with serve(self.organisation) as server:
                run_undisturbed("run", server, data)

        return self._make_once("published", run)

    @cached_property
    def file_keys(self) -> list[str]:
        """The keys of all files."""
        return sorted(file.key for file in all_files(self.organisation))

    def _make_once(self, name: str, make: Callable[[DataDir], None]) -> DataDir:
        data, done = DataDir(self.folder / name), self.folder / f"{name}.done"
        with FileLock(self.folder / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(data.root, ignore_errors=True)
                make(data)
                done.touch()
        return data


def settings_for(server: Server) -> dict[str, str]:
    """Settings for the command that point at a served organisation, with quick retries."""
    return {
        "FIGMA_TOKEN": server.org.token,
        "SOURCES__FIGMA__BASE_URL": server.base_url,
        "SOURCES__FIGMA__TEAMS": json.dumps(server.org.team_ids),
        "SOURCES__FIGMA__BACKOFF_SECONDS": "0.01",
    }


def run_undisturbed(verb: str, server: Server, data: DataDir) -> None:
    """Run `load` or `run` once. Raises RuntimeError with what it printed if its exit code is not 0."""
    data.root.mkdir(parents=True, exist_ok=True)
    output = data.root.parent / f"{data.root.name}.log"
    process = Command(verb, data, settings_for(server), output).start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"an undisturbed {verb} ended with {process.exitcode}:\n{output.read_text()}")
