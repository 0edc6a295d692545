"""Options that are empty, as an unset variable of a script leaves them."""

from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from tests.fixtures.commands import Command

pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--data-dir", ""),
        ("demo", "--data-dir", " "),
        ("status", "--data-dir", ""),
        ("init", ""),
        ("export", ""),
        ("dashboard", "--export", ""),
        ("images", "key", "--out", ""),
        ("replay", "--archive", ""),
        ("sandbox", "--recorded", ""),
    ],
)
def test_an_empty_path_is_refused_and_nothing_is_written(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    folder = tmp_path / "here"
    command = Command(DataDir(tmp_path / "data"), folder)
    command.environment.pop("DATA_DIR")

    result = command(*arguments)

    assert result.returncode == 2
    assert "it is empty: " in result.stderr
    assert list(folder.iterdir()) == []
