"""Settings from the environment or from .dlt/, and the messages for invalid ones."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.settings_reference import settings_reference
from figma_warehouse.known_settings import RUNTIME, SECTION, SETTINGS
from figma_warehouse.sandbox import AcceptedTokens, SampleOrganisation, Server
from figma_warehouse.settings import FigmaSettings, read_settings
from figma_warehouse.source.api.limits import Limit

APP = {"CLIENT_ID": "app", "CLIENT_SECRET": "shh", "REFRESH_TOKEN": "figur_x"}


def settings_of(**values: object) -> FigmaSettings:
    settings = FigmaSettings()
    for name, value in values.items():
        setattr(settings, name, value)
    return settings


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An empty folder as working directory. The test sets its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    return monkeypatch


def test_a_token_in_the_environment_is_read(given: pytest.MonkeyPatch) -> None:
    # a variable that was read from a file ends with a line break
    given.setenv("FIGMA_TOKEN", "figd_x\n")
    assert read_settings().token().about().kind == "personal access token"
    assert read_settings().token().identity == "figd_x"


def test_an_oauth_app_replaces_a_token(given: pytest.MonkeyPatch) -> None:
    for name, value in APP.items():
        given.setenv(f"SOURCES__FIGMA__{name}", value)
    assert read_settings().token().about().kind == "OAuth access token"
    given.setenv("FIGMA_TOKEN", "figd_x")
    assert read_settings().token().about().kind == "personal access token"


def test_without_any_setting_the_token_is_missing(given: pytest.MonkeyPatch) -> None:
    given.delenv("FIGMA_TOKEN", raising=False)
    with pytest.raises(UsageFailure, match="No token"):
        read_settings()


@pytest.mark.parametrize("missing", APP)
def test_an_incomplete_oauth_app_names_what_is_missing(given: pytest.MonkeyPatch, missing: str) -> None:
    for name, value in APP.items():
        if name != missing:
            given.setenv(f"SOURCES__FIGMA__{name}", value)
    with pytest.raises(UsageFailure, match=f"missing: {missing.lower()}"):
        read_settings()


@pytest.mark.parametrize(
    ("base_url", "plan", "limit"),
    [
        ("https://api.figma.com", None, Limit(10, "minute")),
        ("https://api.figma-gov.com", "enterprise", Limit(20, "minute")),
        ("http://127.0.0.1:4021", None, None),
        ("http://127.0.0.1:4021", "organization", Limit(15, "minute")),
        ("https://api.figma.com", "unlimited", None),
    ],
)
def test_only_a_local_api_is_unlimited_by_default(base_url: str, plan: str | None, limit: Limit | None) -> None:
    assert settings_of(base_url=base_url, plan=plan).allowance().limit(1) == limit


def test_limits_per_tier_replace_those_of_the_plan(given: pytest.MonkeyPatch) -> None:
    given.setenv("FIGMA_TOKEN", "figd_x")
    given.setenv("SOURCES__FIGMA__PLAN", "starter")
    given.setenv("SOURCES__FIGMA__TIER_1_LIMIT", "20 a month")
    given.setenv("SOURCES__FIGMA__TIER_2_LIMIT", "unlimited")
    allowance = read_settings().allowance()
    assert [allowance.limit(tier) for tier in (1, 2, 3)] == [Limit(20, "month"), None, Limit(10, "minute")]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("plan", "golden", 'plan "golden" is not one of starter, '),
        ("seat", "back", 'seat "back" is not one of view, collab, dev, full'),
        ("tier_3_limit", "lots", 'tier_3_limit: "lots" is not a limit'),
        ("base_url", "http://api.figma.com", "must not be sent to"),
        ("deprecated_pattern", "old|[z-a]", "deprecated_pattern under [sources.figma] is no regular expression: "),
        ("attention_growth", "much", "attention_growth under [sources.figma] must be a number such as 0.25"),
        ("attention_loss", "-1", "attention_loss under [sources.figma] must be a number such as 0.5, and is -1"),
        ("attention_unused_days", "nan", "attention_unused_days under [sources.figma] must be a number of days"),
        ("deprecated_pattern", "old|", "deprecated_pattern under [sources.figma] matches an empty text"),
    ],
)
def test_an_invalid_setting_is_named_with_what_is_accepted(
    given: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    given.setenv("FIGMA_TOKEN", "figd_x")
    given.setenv(f"SOURCES__FIGMA__{name.upper()}", value)
    with pytest.raises(UsageFailure) as raised:
        read_settings()
    assert words in str(raised.value)


@pytest.mark.process
def test_a_wrong_refresh_token_ends_a_run_with_exit_code_2_and_shows_no_secret(
    data: DataDir, server: Server, organisation: SampleOrganisation, tmp_path: Path
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SOURCES__", "FIGMA_"))}
    environment |= {
        "DATA_DIR": str(data.root),
        "SOURCES__FIGMA__BASE_URL": server.base_url,
        "SOURCES__FIGMA__TEAMS": json.dumps(organisation.team_ids),
    }
    app = {
        "client_id": AcceptedTokens.client_id,
        "client_secret": AcceptedTokens.client_secret,
        "refresh_token": "figur_wrong-secret",
    }
    secrets = [f'{name} = "{value}"' for name, value in app.items()]
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "secrets.toml").write_text("\n".join(["[sources.figma]", *secrets]))
    line = [sys.executable, "-m", "figma_warehouse", "plan"]
    result = subprocess.run(line, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "Figma refused to issue an OAuth access token: Invalid refresh token. Check client_id" in result.stderr
    shown = result.stdout + result.stderr + "".join(path.read_bytes().hex() for path in data.root.rglob("*.*"))
    for secret in ("wrong-secret", AcceptedTokens.client_secret):
        assert secret not in shown
        assert secret.encode().hex() not in shown


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:abc", "https://api.figma.com:99999", "https://[api.figma.com"])
def test_an_address_with_an_invalid_port_is_refused(given: pytest.MonkeyPatch, base_url: str) -> None:
    given.setenv("FIGMA_TOKEN", "figd_x")
    given.setenv("SOURCES__FIGMA__BASE_URL", base_url)
    with pytest.raises(UsageFailure, match="must not be sent to"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BACKOFF_SECONDS", "fast", r"backoff_seconds under \[sources.figma\] must be a number of seconds\.$"),
        ("BACKOFF_SECONDS", "-1", "backoff_seconds .* must be a number of seconds, and is -1.0"),
        ("ARCHIVE_KEEP_DAYS", "-1", "archive_keep_days .* must be a number of days, and is -1"),
        ("IMAGE_MAX_BYTES", "-1", "image_max_bytes .* must be a number of bytes, and is -1"),
        ("TEAMS", "https://www.figma.com/files/team/1/A", r"""teams .* must be a list: .*TEAMS='\["\.\.\."\]'"""),
    ],
)
def test_a_setting_of_the_wrong_type_is_named_with_the_right_one(
    given: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    given.setenv("FIGMA_TOKEN", "figd_x")
    given.setenv(f"SOURCES__FIGMA__{name}", value)
    with pytest.raises(UsageFailure, match=words):
        read_settings()


def test_the_registry_lists_each_setting_once() -> None:
    names = [one.name for one in SETTINGS if one.section == SECTION]
    assert sorted(names) == sorted(FigmaSettings.get_resolvable_fields())
    assert [one.name for one in SETTINGS if one.section == RUNTIME] == ["slack_incoming_hook", "slack_on_partial"]


def test_the_page_of_settings_is_that_of_the_registry() -> None:
    page = Path(__file__).parents[1] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_reference()
    assert "| `slack_on_partial` | true or false | `false` |" in settings_reference()
