"""A folder that `init` makes to run the job in: what it holds, and that a run begins with it."""

import stat
import subprocess
from pathlib import Path

import pytest

from figma_warehouse.bundled import bundled
from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import SampleOrganisation, Server
from tests.fixtures.commands import Command

FILES = [".dlt/config.toml", ".dlt/secrets.toml", ".dlt/secrets.toml.example", ".gitignore", "figma-warehouse.cron"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "our project's 100%"


@pytest.fixture
def here(tmp_path: Path) -> Command:
    """The command in an empty folder, without any setting."""
    command = Command(DataDir(tmp_path / "data"), tmp_path / "elsewhere")
    del command.environment["DATA_DIR"], command.environment["DLT_DATA_DIR"]
    return command


def _files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_empty_folder_gets_settings_a_line_for_cron_and_the_next_step(here: Command, folder: Path) -> None:
    result = here("init", str(folder))

    assert result.returncode == 0
    assert _files_in(folder) == FILES
    assert stat.S_IMODE((folder / ".dlt" / "secrets.toml").stat().st_mode) == 0o600
    for name in FILES[:3]:
        template = "secrets.toml.example" if "secrets" in name else "config.toml"
        assert (folder / name).read_bytes() == (bundled(".dlt") / template).read_bytes()
    lines = result.stdout.splitlines()
    assert sorted(line.removeprefix("Wrote  ") for line in lines[:5]) == [str(folder / name) for name in FILES]
    assert lines[5] == f"Next   Put your token and your teams into {folder}/.dlt/secrets.toml."
    assert lines[6].endswith(" && figma-warehouse check")


def test_files_that_are_there_are_kept_and_named(here: Command, folder: Path) -> None:
    (folder / ".dlt").mkdir(parents=True)
    (folder / ".dlt" / "secrets.toml").write_text("mine")
    (folder / ".gitignore").symlink_to("nowhere")

    result = here("init", str(folder))

    assert result.returncode == 0
    assert (folder / ".dlt" / "secrets.toml").read_text() == "mine"
    assert (folder / ".gitignore").is_symlink()
    kept = {line for line in result.stdout.splitlines() if line.startswith("Kept ")}
    assert kept == {f"Kept   {folder / name}, which existed before" for name in (".dlt/secrets.toml", ".gitignore")}
    assert (folder / ".dlt" / "config.toml").exists()


def test_a_folder_that_cannot_be_made_is_named(here: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in ("/proc/nowhere", str(tmp_path / "file")):
        result = here("init", place)
        assert result.returncode == 2
        assert f"The folder {place} cannot be written" in result.stderr


def test_a_token_that_was_not_filled_in_is_asked_for(here: Command, folder: Path) -> None:
    here("init", str(folder))

    result = _run_in(folder, here, "plan")

    assert result.returncode == 2
    assert "The token is empty or not a token." in result.stderr


def test_a_plan_begins_with_the_settings_that_were_filled_in(
    here: Command, folder: Path, server: Server, organisation: SampleOrganisation
) -> None:
    here("init", str(folder))
    secrets, config = (folder / ".dlt" / name for name in ("secrets.toml", "config.toml"))
    team = organisation.team_ids[0]
    secrets.write_text(secrets.read_text().replace("figd_...", organisation.token).replace("1234567890", team))
    config.write_text(config.read_text().replace("https://api.figma.com", server.base_url))

    result = _run_in(folder, here, "plan")

    files = sum(file.team_id == team for file in organisation.truth().files.values())
    assert result.returncode == 0, result.stderr
    assert f"{files} listed" in result.stdout
    assert list(server.requests)


def test_the_line_for_cron_runs_the_job_in_the_folder(here: Command, folder: Path) -> None:
    here("init", str(folder))
    (folder / "data").mkdir()
    *_, line = (folder / "figma-warehouse.cron").read_text().splitlines()
    schedule, command = line[:9], line[9:].replace("\\%", "%")

    result = subprocess.run(command, shell=True, env=here.environment, capture_output=True, text=True, check=False)

    assert schedule == "0 3 * * *"
    assert (result.returncode, result.stdout, result.stderr) == (2, "", "")
    assert "The token is empty or not a token." in (folder / "data" / "run.log").read_text()


def test_without_a_folder_of_settings_the_defaults_of_the_package_apply(here: Command, tmp_path: Path) -> None:
    ask = "import dlt; print(dlt.config.get('load.workers', int), dlt.config.get('runtime.log_level'))"
    prepare = "from figma_warehouse.data_dir import data_dir; from figma_warehouse.environment import prepare_dlt"
    line = [here.line()[0], "-c", f"{prepare}; prepare_dlt(data_dir()); {ask}"]

    done = subprocess.run(line, cwd=tmp_path, env=here.environment, capture_output=True, text=True, check=True)

    assert done.stdout == "2 CRITICAL\n"


def _run_in(folder: Path, command: Command, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = command.line(*arguments)
    return subprocess.run(line, cwd=folder, env=command.environment, capture_output=True, text=True, check=False)
