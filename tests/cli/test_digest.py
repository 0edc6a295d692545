"""The digest of a published file whose names try to be more than text: as printed, posted and mailed."""

import json
import re
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from markdown_it import MarkdownIt

from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.digest import Digest, read_digest
from figma_warehouse.messages.message import Message, MessageFormat, MessageLine, MessageSection
from figma_warehouse.messages.message_formats import format_message
from tests.fixtures.commands import Command
from tests.fixtures.hostile import NOW
from tests.fixtures.mail_receiver import MailReceiver
from tests.fixtures.slack_receiver import SlackReceiver

pytestmark = pytest.mark.process

# four weeks before the last run of the hostile organisation
SINCE_AT = NOW - timedelta(weeks=4)
SINCE = f"{SINCE_AT:%Y-%m-%d}"
SECRET = "T0001/B0002/XyZhookSecret"
NAMES = (
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example) www.evil.example me@evil.example",
    "1. one\n# two\r\n- three",
    "<!channel> <@U1> & <https://evil.example|x>",
    "`code` *bold* _em_ ~gone~ |cell| $x$ \\",
    "red \x1b[31mtext\u202edlrow",
)


@pytest.fixture
def folder(hostile_folder: Path, tmp_path: Path) -> DataDir:
    """A data folder with the hostile published file."""
    data = DataDir(tmp_path / "data")
    shutil.copytree(hostile_folder, data.root)
    return data


@pytest.fixture
def digest(folder: DataDir, tmp_path: Path) -> Command:
    """The command on that folder, without a token."""
    return Command(folder, tmp_path / "elsewhere")


@pytest.fixture
def receiver() -> Iterator[tuple[SlackReceiver, str, list[str]]]:
    """A receiver with its address, which has a secret in it, and the texts it receives."""
    receiver = SlackReceiver()
    with receiver as (address, texts):
        yield receiver, f"{address}/{SECRET}", texts


def _hostile_message() -> Message:
    lines = tuple(MessageLine(name, "https://www.figma.com/design/kit?node-id=1-2") for name in NAMES)
    return Message(NAMES[0], (MessageSection(NAMES[1], lines), MessageSection("Plain", (MessageLine(NAMES[2]),))))


def _read(data: DataDir) -> Digest:
    return read_digest(data, SINCE_AT)


def _printable(name: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in name)


def test_markdown_shows_each_name_as_text_in_a_link_to_figma() -> None:
    text = format_message(_hostile_message(), MessageFormat.MARKDOWN)

    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    assert {token.type for token in tokens if token.type.startswith(("html", "code", "table", "ordered"))} == set()
    assert sum(token.type == "bullet_list_open" for token in tokens) == 2
    assert sum(token.type == "list_item_open" for token in tokens) == len(NAMES) + 1
    inlines = [token.children or [] for token in tokens if token.type == "inline"]
    kinds = {child.type for children in inlines for child in children}
    assert kinds <= {"text", "text_special", "link_open", "link_close"}
    shown = ["".join(child.content for child in children) for children in inlines]
    assert shown == [_printable(name) for name in (NAMES[0], NAMES[1], *NAMES, "Plain", NAMES[2])]
    links = [child.attrs["href"] for children in inlines for child in children if child.type == "link_open"]
    assert links == ["https://www.figma.com/design/kit?node-id=1-2"] * len(NAMES)
    assert "https://evil" not in text


def test_html_and_slack_and_text_hold_no_markup_of_a_name() -> None:
    html, slack, text = (
        format_message(_hostile_message(), one) for one in (MessageFormat.HTML, MessageFormat.SLACK, MessageFormat.TEXT)
    )

    assert set(re.findall(r"<(\w+)", html)) == {"html", "meta", "title", "h1", "h2", "ul", "li", "a"} - {""}
    assert set(re.findall(r'href="([^"]*)"', html)) == {"https://www.figma.com/design/kit?node-id=1-2"}
    assert set(re.findall(r"<([^|>]*)", slack)) == {"https://www.figma.com/design/kit?node-id=1-2"}
    assert "&lt;!channel&gt;" in slack
    assert "`code`" not in slack
    for output in (html, slack, text):
        assert "\x1b" not in output
        assert "\u202e" not in output
        assert "\r" not in output
    assert len(text.splitlines()) == 1 + 2 * 2 + len(NAMES) + 1


def test_an_address_that_is_none_is_no_link() -> None:
    lines = (MessageLine("a", "javascript:alert(1)"), MessageLine("b", "https://www.figma.com/design/a)b|c>d e"))
    text = format_message(Message("t", (MessageSection("s", lines),)), MessageFormat.MARKDOWN)

    assert text.splitlines()[-2:] == ["- a", "- [b](https://www.figma.com/design/a%29b%7Cc%3Ed%20e)"]


def test_the_digest_is_printed_without_a_token_and_each_line_opens_figma(digest: Command, folder: DataDir) -> None:
    published = folder.published.read_bytes()

    result = digest("digest", "--since", SINCE)

    assert (result.returncode, result.stderr) == (0, "")
    lines = [line for line in result.stdout.splitlines() if line.startswith("- ")]
    assert len(lines) > 8
    assert [line for line in lines if "  https://www.figma.com/design/" not in line] == []
    headings = [line.partition(":")[0] for line in result.stdout.splitlines() if line and not line.startswith("- ")]
    assert [one for one in headings if one != "Adoption"] == [
        *("Figma, what changed since " + f"{SINCE_AT:%-d %b %Y}", "Library"),
        *("Deprecated and still used", "Detached", "Grown", "Needs attention", "How complete"),
    ]
    assert len(result.stdout.splitlines()) < 60
    assert folder.published.read_bytes() == published


def test_adoption_is_compared_with_the_last_week_before_the_period(digest: Command, folder: DataDir) -> None:
    weeks = {
        "2026-01-19": {"organisation": 0.5, "t1": 0.3, "t2": 0.6},
        "2026-01-26": {"organisation": 0.4, "t1": 0.2, "t2": 0.6},
        "2026-02-23": {"organisation": 0.41, "t1": 0.25, "t2": 0.59},
    }
    rows = [
        (day, "organisation" if id_ == "organisation" else "team", id_, "layers", value)
        for day, shares in weeks.items()
        for id_, value in shares.items()
    ]
    with duckdb.connect(str(folder.published)) as connection:
        columns = ("week_start date", "level varchar", "id varchar", "share_name varchar", "value double")
        connection.execute(f"create table if not exists marts.adoption_weekly ({', '.join(columns)})")
        connection.execute("delete from marts.adoption_weekly")
        names = ", ".join(column.split()[0] for column in columns)
        connection.executemany(f"insert into marts.adoption_weekly ({names}) values (?, ?, ?, ?, ?)", rows)
        connection.execute(
            "insert into marts.adoption_weekly (level, id, share_name, value) values ('team', 't1', 'fills', 1)"
        )

    found = digest("digest", "--since", "2026-02-02").stdout.splitlines()

    start = found.index("Adoption: visible layers from the library")
    lines = [line.partition("  ")[0] for line in found[start + 1 : start + 4]]
    assert lines[0] == "- All teams: 41.0%, up 1.0 point."
    assert lines[1].endswith(": 25.0%, up 5.0 points.")
    assert lines[2].endswith(": 59.0%, down 1.0 point.")
    alone = digest("digest", "--since", "2026-01-30", "--team", "t2").stdout
    assert ": 59.0%, down 1.0 point." in alone
    assert "All teams" not in alone


def test_lines_open_the_dashboards_if_their_address_is_set(digest: Command) -> None:
    digest.environment["MESSAGES__DASHBOARD_URL"] = "https://boards.example/{page}.html"
    found = digest("digest", "--since", SINCE, "--team", "t1", "--format", "markdown").stdout

    links = _links(found)
    assert len(links) > 5
    shown = [re.fullmatch(r"https://boards\.example/(\w+)\.html\?team=t1(&\w+=[\w%-]+)?", link) for link in links]
    assert {one and one[1] for one in shown} <= {page.name for page in PAGES}
    digest.environment["MESSAGES__DASHBOARD_URL"] = "https://boards.example"
    found = digest("digest", "--since", SINCE, "--team", "t1", "--format", "markdown").stdout
    assert "https://boards.example/overview/?team=t1" in _links(found)


def _links(markdown: str) -> list[str]:
    inlines = [token.children or [] for token in MarkdownIt().parse(markdown) if token.type == "inline"]
    return [str(one.attrs["href"]) for children in inlines for one in children if one.type == "link_open"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "pdf"), "'pdf' is not one of 'text', 'markdown', 'html', 'slack'"),
        (("--since", "yesterday"), '--since "yesterday" is not a period. Write a number of days or weeks'),
        (("--since", "0d"), '--since "0d" is not a period.'),
        (("--since", "2999-01-01"), '--since "2999-01-01" is not a period.'),
        (("--team", "Nobody"), '--team "Nobody" is not the id or name of a loaded team. Teams: '),
        (("--send",), "There is nobody to send to. Set webhook, or mail_to with smtp_host and mail_from"),
    ],
)
def test_a_wrong_option_is_named_and_ends_with_2(digest: Command, arguments: tuple[str, ...], words: str) -> None:
    result = digest("digest", *arguments)

    assert result.returncode == 2
    assert words in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("WEBHOOK", "hooks/T1/secretpath", "webhook under [messages] is not an address."),
        ("WEBHOOK_FORMAT", "xml", "webhook_format under [messages] must be one of slack, teams, json."),
        ("DASHBOARD_URL", "boards", "dashboard_url under [messages] is not an address."),
        ("MAIL_TO", '["a@example.com"]', "Mail needs smtp_host and mail_from under [messages]."),
        ("SMTP_PORT", "many", "smtp_port under [messages] must be a number of a port."),
    ],
)
def test_a_wrong_setting_is_named_and_ends_with_2(digest: Command, setting: str, value: str, words: str) -> None:
    digest.environment |= {"MESSAGES__WEBHOOK": "http://127.0.0.1:9/secretpath", "MESSAGES__SMTP_PORT": "25"}
    if setting == "SMTP_PORT":
        digest.environment["MESSAGES__MAIL_TO"] = '["a@example.com"]'
        digest.environment |= {"MESSAGES__SMTP_HOST": "127.0.0.1", "MESSAGES__MAIL_FROM": "b@example.com"}
    digest.environment[f"MESSAGES__{setting}"] = value

    result = digest("digest", "--send")

    assert result.returncode == 2
    assert words in result.stderr
    assert "secretpath" not in result.stdout + result.stderr


def test_a_key_that_is_no_setting_of_messages_or_alerts_is_refused(digest: Command, tmp_path: Path) -> None:
    settings = tmp_path / "elsewhere" / ".dlt" / "config.toml"
    settings.parent.mkdir()
    settings.write_text('[messages]\nmailto = ["a@example.com"]\n[alerts]\nlost_instance = 3\n')

    result = digest("digest")

    assert result.returncode == 2
    assert "mailto under [messages] in" in result.stderr
    assert "lost_instance under [alerts] in" in result.stderr
    assert "is not a setting: lost_instances?" in result.stderr


def test_slack_gets_what_the_format_slack_prints(
    digest: Command, receiver: tuple[SlackReceiver, str, list[str]]
) -> None:
    digest.environment["RUNTIME__SLACK_INCOMING_HOOK"] = receiver[1]

    result = digest("digest", "--since", SINCE, "--send")

    assert (result.returncode, result.stdout) == (0, "The digest was sent to the webhook.\n")
    assert receiver[0].payloads == [
        {"text": digest("digest", "--since", SINCE, "--format", "slack").stdout, "mrkdwn": True}
    ]


def test_teams_gets_a_card_and_other_receivers_get_the_lines_as_json(
    digest: Command, folder: DataDir, receiver: tuple[SlackReceiver, str, list[str]]
) -> None:
    digest.environment["MESSAGES__WEBHOOK"] = receiver[1]
    assert digest("digest", "--since", SINCE, "--send").returncode == 0
    digest.environment["MESSAGES__WEBHOOK_FORMAT"] = "teams"
    assert digest("digest", "--since", SINCE, "--send").returncode == 0

    plain, card = receiver[0].payloads
    message = _read(folder).message
    assert plain["title"] == message.title
    assert [section["heading"] for section in plain["sections"]] == [one.heading for one in message.sections]
    assert {line["url"][:29] for section in plain["sections"] for line in section["lines"]} == {
        "https://www.figma.com/design/"
    }
    (attachment,) = card["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["type"] == "AdaptiveCard"
    (block,) = attachment["content"]["body"]
    markdown = digest("digest", "--since", SINCE, "--format", "markdown").stdout
    assert [line for line in block["text"].splitlines() if line.startswith("- ")] == [
        line for line in markdown.splitlines() if line.startswith("- ")
    ]


def test_nothing_new_is_not_sent(
    digest: Command, folder: DataDir, receiver: tuple[SlackReceiver, str, list[str]]
) -> None:
    digest.environment["MESSAGES__WEBHOOK"] = receiver[1]
    with duckdb.connect(str(folder.published)) as connection:
        for mart in ("library_changes", "detachments", "file_growth_weekly", "usage_history"):
            connection.execute(f"delete from marts.{mart}")
        if connection.execute("select 1 from duckdb_tables() where table_name = 'adoption_weekly'").fetchone():
            connection.execute("delete from marts.adoption_weekly")
        connection.execute("update figma.runs set finished_at = now() where finished_at is not null")

    result = digest("digest", "--send")

    since = f"{datetime.now(UTC) - timedelta(days=7):%Y-%m-%d}"
    assert (result.returncode, result.stdout) == (0, f"Nothing is new since {since}: nothing was sent.\n")
    assert receiver[0].payloads == []
    assert "Deprecated and still used" in digest("digest").stdout


def test_data_from_before_the_period_is_told_from_a_calm_period(digest: Command) -> None:
    result = digest("digest")

    assert result.returncode == 3
    assert re.fullmatch(r"No load ended since [\d-]+: what changed since then is not known\.\n", result.stderr)


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_webhook_that_refuses_is_an_error_without_its_address(digest: Command, status: int) -> None:
    with SlackReceiver(status) as (address, _):
        digest.environment["MESSAGES__WEBHOOK"] = f"{address}/{SECRET}"
        result = digest("digest", "--since", SINCE, "--send")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"The message was not sent. The webhook answered with HTTP status {status}. Is its address still valid?\n"
    )


def test_a_webhook_that_cannot_be_reached_is_an_error_without_its_address(digest: Command) -> None:
    digest.environment["MESSAGES__WEBHOOK"] = f"http://127.0.0.1:{_free_port()}/{SECRET}"
    result = digest("digest", "--since", SINCE, "--send")

    assert result.returncode == 1
    assert "The webhook cannot be reached (ConnectionError)." in result.stderr
    assert SECRET not in result.stderr


def test_a_mail_has_the_digest_as_text_and_as_html(digest: Command) -> None:
    receiver = MailReceiver(password="hunter2")
    with receiver as settings:
        digest.environment |= settings | {"MESSAGES__SMTP_USER": "figma", "MESSAGES__SMTP_PASSWORD": "hunter2"}
        result = digest("digest", "--since", SINCE, "--send")

    assert (result.returncode, result.stdout) == (0, "The digest was sent to 2 mail addresses.\n")
    (mail,) = receiver.mails
    assert (mail["From"], mail["To"]) == ("figma@example.com", "lead@example.com, ops@example.com")
    assert mail["Subject"] == f"Figma, what changed since {SINCE_AT:%-d %b %Y}"
    bodies = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
    assert set(bodies) == {"text/plain", "text/html"}
    for kind, as_format in (("text/plain", "text"), ("text/html", "html")):
        printed = digest("digest", "--since", SINCE, "--format", as_format).stdout
        assert bodies[kind].split() == printed.split()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"MESSAGES__SMTP_PASSWORD": "wrong-hunter"}, "refused smtp_user and smtp_password (SMTP code 535)."),
        ({"MESSAGES__SMTP_SECURITY": "starttls"}, "does not support what smtp_security or smtp_user asks for."),
        ({"MESSAGES__SMTP_SECURITY": "tls"}, "The mail server cannot be reached (SSLError)."),
        ({"MESSAGES__SMTP_PORT": ""}, "The mail server cannot be reached (ConnectionRefusedError)."),
        ({}, "The mail server refused the mail (SMTP code 554)."),
    ],
)
def test_a_mail_server_that_refuses_is_an_error_without_the_password(
    digest: Command, changes: dict[str, str], words: str
) -> None:
    with MailReceiver(password="hunter2", is_refusing=True) as settings:
        digest.environment |= settings | {"MESSAGES__SMTP_USER": "figma", "MESSAGES__SMTP_PASSWORD": "hunter2"}
        digest.environment |= {name: value or str(_free_port()) for name, value in changes.items()}
        result = digest("digest", "--since", SINCE, "--send")

    assert (result.returncode, result.stdout) == (1, "")
    assert words in result.stderr
    assert "hunter" not in result.stderr


def test_a_password_is_not_sent_to_another_machine_in_plain_text(digest: Command) -> None:
    with MailReceiver() as settings:
        digest.environment |= settings | {
            "MESSAGES__SMTP_HOST": "mail.example.com",
            "MESSAGES__SMTP_PASSWORD": "hunter2",
        }
        result = digest("digest", "--send")

    assert result.returncode == 2
    assert "The password must not be sent to smtp_host without encryption." in result.stderr


def test_a_recipient_that_was_reached_is_named_if_another_was_not(
    digest: Command, receiver: tuple[SlackReceiver, str, list[str]]
) -> None:
    with MailReceiver(is_refusing=True) as settings:
        digest.environment |= settings | {"MESSAGES__WEBHOOK": receiver[1]}
        result = digest("digest", "--since", SINCE, "--send")

    assert result.returncode == 1
    assert result.stderr == (
        "The message was not sent. The mail server refused the mail (SMTP code 554). It reached the webhook.\n"
    )
    assert json.loads(json.dumps(receiver[0].payloads))[0]["sections"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
