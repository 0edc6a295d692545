"""Settings that are missing or wrong: each is named, with what is accepted."""

import json
import re
from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import Server
from tests.fixtures.commands import Command

pytestmark = pytest.mark.process


@pytest.mark.parametrize("given", [{}, {"FIGMA_TOKEN": ""}, {"FIGMA_TOKEN": "figd_..."}, {"FIGMA_TOKEN": "two words"}])
def test_a_missing_token_is_requested_with_its_place_and_scopes(
    given: dict[str, str], data: DataDir, tmp_path: Path
) -> None:
    command = Command(data, tmp_path / "elsewhere", **given)

    result = command("run")

    assert result.returncode == 2
    assert "figma_token under [sources.figma]" in result.stderr
    assert "file_content:read" in result.stderr
    assert not data.published.exists()


def test_a_refused_token_ends_the_run_and_leaves_the_published_file(
    loaded: DataDir, command: Command, server: Server
) -> None:
    published = loaded.published.read_bytes()
    command.environment["FIGMA_TOKEN"] = "figd_wrong"
    server.reset_requests()

    result = command("run")

    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == (
        "Figma refused the token: it is invalid or has expired (personal tokens last at most 90 days)."
        " Nothing was changed."
    )
    assert sum(server.spent.values()) == 1
    assert loaded.published.read_bytes() == published


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("FILES", '["https://figma.com/community/file/123"]', '"https://figma.com/community/file/123" is not a file'),
        ("EXCLUDE", '["Playground"]', '"Playground" is not a file or folder of an organisation. Accepted: https://'),
        ("TEAMS", '["my team"]', '"my team" is not a team of an organisation. Accepted: https://'),
        ("TEAMS", "[]", "Nothing to load. Name teams, folders or files"),
        ("BASE_URL", "http://api.figma.com", 'The token must not be sent to base_url "http://api.figma.com".'),
        ("BASE_URL", "not a url", 'must not be sent to base_url "not a url"'),
        ("LIBRARY_ANALYTICS", "maybe", "library_analytics under [sources.figma] must be true or false."),
        ("VARIABLE_NAMES", '["none.json"]', "variable_names under [sources.figma]: none.json: there is no such file."),
        ("TEAMS", "{", "teams under [sources.figma] must be a list"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_accepted(
    command: Command, server: Server, setting: str, value: str, words: str
) -> None:
    command.environment[f"SOURCES__FIGMA__{setting}"] = value

    result = command("run")

    assert result.returncode == 2
    assert words in result.stderr
    assert server.requests == []


@pytest.mark.usefixtures("loaded")
def test_a_run_with_bad_settings_is_in_the_status_without_secrets(command: Command, server: Server) -> None:
    good = dict(command.environment)
    wrong = [
        ("FIGMA_TOKEN", "", "The token is empty or not a token. Put the one from"),
        ("SOURCES__FIGMA__TEAMS", '["figd_put-into-the-wrong-place"]', '"(a token)" is not a team'),
        ("SOURCES__FIGMA__BASE_URL", "https://me:password@figma.example?key=password", 'base_url "https://figma.exa'),
        ("SOURCES__FIGMA__ASSETS", "nowhere://", 'assets "nowhere://" under [sources.figma] cannot be used'),
    ]
    for setting, value, words in wrong:
        command.environment = good | {setting: value}
        assert words in command("run").stderr

    command.environment = good
    runs = json.loads(command("status", "--json").stdout)["runs"]
    assert [(run["outcome"], run["exit_code"]) for run in runs] == [("failed", 2)] * len(wrong) + [("partial", 3)]
    assert [words in run["message"] for run, (*_, words) in zip(runs, reversed(wrong), strict=False)] == [True] * 4
    assert [secret for secret in ("wrong-place", "password") if secret in json.dumps(runs)] == []
    assert server.requests == []


def test_a_settings_file_that_is_not_toml_is_named(command: Command, data: DataDir) -> None:
    secrets = data.root.parent / "elsewhere" / ".dlt" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text("teams = [")

    for verb in ("run", "check"):
        result = command(verb)
        assert result.returncode == 2
        assert "secrets.toml" in result.stderr
        assert "cannot be read" in result.stderr


@pytest.mark.parametrize("file", ["secrets.toml", "config.toml"])
def test_an_unknown_key_of_a_file_is_refused_with_the_nearest_setting(
    command: Command, data: DataDir, server: Server, file: str
) -> None:
    path = data.root.parent / "elsewhere" / ".dlt" / file
    path.parent.mkdir()
    path.write_text(
        '[sources.figma]\nexlude = ["secret-1"]\nseat = "full"\n[sources.figma.schema]\nnaming = "snake_case"\n'
        "[runtime]\nslack_on_partail = true\n[source.figma]\nteams = []\n"
    )

    result = command("run")

    assert result.returncode == 2
    assert re.search(rf"exlude under \[sources.figma\] in \S*{file} is not a setting: exclude\?", result.stderr)
    assert re.search(rf"slack_on_partail under \[runtime\] in \S*{file} is not a .*: slack_on_partial\?", result.stderr)
    assert re.search(r"\[source.figma\] in \S+ is not a section: \[sources.figma\]\?", result.stderr)
    assert "secret-1" not in result.stderr
    assert server.requests == []


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("SOURCES__FIGMA__EXLUDE", "SOURCES__FIGMA__EXLUDE is not a setting: SOURCES__FIGMA__EXCLUDE?"),
        ("sources__figma__teams", "sources__figma__teams is not a setting: SOURCES__FIGMA__TEAMS?"),
        ("SOURCES__FIGMA__ZZZ", "SOURCES__FIGMA__ZZZ is not a setting."),
        ("RUNTIME__SLACK_INCOMMING_HOOK", "is not a setting: RUNTIME__SLACK_INCOMING_HOOK?"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_setting(command: Command, variable: str, words: str) -> None:
    command.environment[variable] = "x"

    result = command("run")

    assert result.returncode == 2
    assert words in result.stderr


def test_all_settings_and_those_of_dlt_are_accepted(command: Command, data: DataDir) -> None:
    path = data.root.parent / "elsewhere" / ".dlt" / "config.toml"
    path.parent.mkdir()
    path.write_text(
        """
        [runtime]
        log_level = "CRITICAL"
        dlthub_telemetry = false
        slack_on_partial = true
        [load]
        workers = 2
        [extract]
        max_parallel_items = 20
        [normalize.data_writer]
        disable_compression = true
        [destination.duckdb]
        credentials = "x.duckdb"
        [sources.data_writer]
        buffer_max_items = 100
        [sources.other]
        exlude = 1
        [sources.figma]
        plan = "unlimited"
        archive_keep_states = 3
        image_format = "png"
        max_table_nesting = 0
        workers = 2
        [sources.figma.extract]
        max_parallel_items = 20
        """
    )

    assert command("plan").returncode == 0


@pytest.mark.parametrize("address", ["hooks/slack/T000/B", "https://[hooks", "https:///T0/B0", "ftp://hooks.example"])
def test_a_malformed_webhook_is_refused_without_its_value(command: Command, server: Server, address: str) -> None:
    command.environment["RUNTIME__SLACK_INCOMING_HOOK"] = address

    for verb in ("run", "plan", "replay"):
        result = command(verb)
        assert result.returncode == 2
        assert result.stderr.splitlines()[-1].startswith("slack_incoming_hook under [runtime] (or RUNTIME__SLACK_")
        assert address not in result.stderr
    assert server.requests == []


def test_check_finds_settings_with_which_no_run_starts(command: Command, server: Server) -> None:
    command.environment["SOURCES__FIGMA__IMAGES"] = "all"

    result = command("check")

    assert result.returncode == 2
    assert 'FAILED   settings: Pictures under [sources.figma]: images "all" is not one of' in result.stdout
    assert sum(server.spent.values()) == 0


def test_an_unreachable_address_is_named(command: Command, data: DataDir) -> None:
    command.environment["SOURCES__FIGMA__BASE_URL"] = "http://127.0.0.1:9"

    result = command("run")

    assert result.returncode == 1
    assert "No connection to http://127.0.0.1:9" in result.stderr
    assert not data.published.exists()
