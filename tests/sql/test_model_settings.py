"""The settings deprecated_pattern and attention_… decide what two marts have, in the next build."""

import re
import shutil
from pathlib import Path

import pytest

from figma_warehouse.bundled import bundled
from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.transform import run_dbt
from figma_warehouse.settings import THRESHOLDS, FigmaSettings
from tests.fixtures.commands import Command
from tests.sql.builds import query

pytestmark = pytest.mark.process

VARIABLE = "SOURCES__FIGMA__DEPRECATED_PATTERN"


@pytest.fixture
def copied(warehouse: Path, data: DataDir) -> DataDir:
    """A copy of the small organisation with all its marts, which a test may change."""
    data.make()
    shutil.copy(warehouse, data.build)
    return data


def test_another_pattern_changes_what_is_deprecated_in_the_next_build(
    copied: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _deprecated(copied) == set()

    monkeypatch.setenv(VARIABLE, "^bra|ICON$|' or true --")
    assert run_dbt(copied, "run", "--select", "+deprecated_usage").returncode == 0

    assert _deprecated(copied) == {
        ("component", "icon", "set"),
        ("component_set", "icons", "name"),
        ("style", "brand", "name"),
    }


def test_an_invalid_pattern_ends_a_transform_with_exit_code_2_and_one_sentence(copied: DataDir, tmp_path: Path) -> None:
    result = Command(copied, tmp_path / "elsewhere", **{VARIABLE: "deprecated("})("transform")

    assert result.returncode == 2
    assert "deprecated_pattern under [sources.figma] is no regular expression: missing )" in " ".join(
        result.stderr.split()
    )


@pytest.mark.parametrize("given", ["much", "-1", "nan"])
def test_an_invalid_threshold_ends_a_transform_with_exit_code_2_and_one_sentence(
    copied: DataDir, tmp_path: Path, given: str
) -> None:
    result = Command(copied, tmp_path / "elsewhere", SOURCES__FIGMA__ATTENTION_LOSS=given)("transform")

    assert result.returncode == 2
    assert "attention_loss under [sources.figma] must be a number such as 0.5" in " ".join(result.stderr.split())


def test_another_threshold_changes_the_findings_of_the_next_build(
    copied: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    unused = "select component_key from marts.unused_components where days_published < 91"
    assert query(copied.build, unused)
    assert not query(copied.build, f"select subject_key from marts.attention where subject_key in ({unused})")

    monkeypatch.setenv("SOURCES__FIGMA__ATTENTION_UNUSED_DAYS", "0")
    assert run_dbt(copied, "run", "--select", "attention").returncode == 0

    found = query(copied.build, "select count(*) as findings from marts.attention where kind = 'unused_component'")
    assert found == query(copied.build, "select count(*) as findings from marts.unused_components")


def test_a_pattern_that_no_environment_variable_can_hold_ends_a_transform_with_exit_code_2(
    copied: DataDir, tmp_path: Path
) -> None:
    command = Command(copied, tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / ".dlt").mkdir()
    config = '[sources.figma]\ndeprecated_pattern = "old\\u0000"\n'
    (tmp_path / "elsewhere" / ".dlt" / "config.toml").write_text(config)

    result = command("transform")

    assert result.returncode == 2
    assert "has a null character" in " ".join(result.stderr.split())


def _deprecated(data: DataDir) -> set[tuple[str, str, str]]:
    rows = query(data.build, "select distinct kind, item_key, named_in from marts.deprecated_usage")
    return {(row["kind"], row["item_key"], row["named_in"]) for row in rows}


def test_models_that_dbt_builds_alone_have_the_thresholds_of_the_settings() -> None:
    macro = (bundled("sql") / "macros" / "attention.sql").read_text(encoding="utf-8")
    defaults = {f"attention_{name}": float(value) for name, value in re.findall(r"'(\w+)': '([\d.]+)'", macro)}
    settings = FigmaSettings()

    assert defaults == {name: float(getattr(settings, name)) for name in THRESHOLDS}
