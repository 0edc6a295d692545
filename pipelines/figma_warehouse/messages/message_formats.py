"""A message as text, Markdown, HTML or Slack's mrkdwn. Names from Figma stay text in each of them."""

import re
from collections.abc import Callable, Iterator

from markupsafe import escape

from figma_warehouse.logs import printable
from figma_warehouse.messages.message import Message, MessageFormat, MessageLine

# what starts emphasis, a link, HTML, a reference, a code span or a table cell
MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&$])")
# what starts a list, a heading or a rule at the beginning of a line
MARKDOWN_START = re.compile(r"^(\d+)?([-+.)=])")
# what becomes a link by itself
MARKDOWN_LINK = re.compile(r"(?i)(://)|(www\.)|(@)")
SLACK = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Slack has no escape for these; a zero-width space beside one takes its meaning
SLACK_EMPHASIS = re.compile(r"([*_~`])")
ZERO_WIDTH_SPACE = "\u200b"


def format_message(message: Message, as_format: MessageFormat) -> str:
    """Return the message in a format, with a line break at its end."""
    return FORMATS[as_format](message)


def _as_text(message: Message) -> str:
    return _join(message, "{}", "{}", "- {}", printable, lambda line, words: f"{words}  {line.link()}".rstrip())


def _as_markdown(message: Message) -> str:
    return _join(message, "# {}", "## {}\n", "- {}", _escape_markdown, _markdown_link)


def _as_slack(message: Message) -> str:
    return _join(message, "*{}*", "*{}*", "• {}", _escape_slack, _slack_link)


def _as_html(message: Message) -> str:
    parts = [f"<h1>{_escape_html(message.title)}</h1>"]
    for section in message.sections:
        parts.append(f"<h2>{_escape_html(section.heading)}</h2>")
        items = "\n".join(f"<li>{_html_link(line)}</li>" for line in section.lines)
        parts += [f"<ul>\n{items}\n</ul>"] if items else []
    head = f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{_escape_html(message.title)}</title>\n'
    return head + "\n".join(parts) + "\n</html>\n"


def _join(
    message: Message,
    title: str,
    heading: str,
    item: str,
    escaped: Callable[[str], str],
    linked: Callable[[MessageLine, str], str],
) -> str:
    def lines() -> Iterator[str]:
        yield title.format(escaped(message.title))
        for section in message.sections:
            yield "\n" + heading.format(escaped(section.heading))
            for line in section.lines:
                yield item.format(linked(line, escaped(line.shortened())))

    return "\n".join(lines()) + "\n"


def _escape_markdown(text: str) -> str:
    words = MARKDOWN.sub(r"\\\1", printable(text))
    words = MARKDOWN_START.sub(lambda found: f"{found[1] or ''}\\{found[2]}", words)
    return MARKDOWN_LINK.sub(lambda found: {"://": "\\://", "@": "\\@"}.get(found[0], f"{found[0][:-1]}\\."), words)


def _markdown_link(line: MessageLine, words: str) -> str:
    return f"[{words}]({line.link()})" if line.link() else words


def _escape_slack(text: str) -> str:
    words = "".join(SLACK.get(char, char) for char in printable(text))
    return SLACK_EMPHASIS.sub(rf"{ZERO_WIDTH_SPACE}\1{ZERO_WIDTH_SPACE}", words)


def _slack_link(line: MessageLine, words: str) -> str:
    return f"<{line.link()}|{words}>" if line.link() else words


def _escape_html(text: str) -> str:
    return str(escape(printable(text)))


def _html_link(line: MessageLine) -> str:
    words = _escape_html(line.shortened())
    return f'<a href="{escape(line.link())}">{words}</a>' if line.link() else words


FORMATS: dict[MessageFormat, Callable[[Message], str]] = {
    MessageFormat.TEXT: _as_text,
    MessageFormat.MARKDOWN: _as_markdown,
    MessageFormat.HTML: _as_html,
    MessageFormat.SLACK: _as_slack,
}
