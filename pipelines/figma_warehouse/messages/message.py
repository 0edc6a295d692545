"""A message as plain data. Its texts can contain names from Figma; each format escapes them."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

LONGEST_LINE = 300
# no character of it ends a link in any format
SAFE_IN_URLS = ":/?&=%#-._~+,;@"


class MessageFormat(StrEnum):
    """The format of a message."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    SLACK = "slack"


@dataclass(frozen=True)
class MessageLine:
    """One sentence, and the address that it links to, if there is one."""

    text: str
    url: str | None = None

    def link(self) -> str:
        """Return the address with every unusual character percent-encoded; "" if it is not one of http or https."""
        url = self.url or ""
        return quote(url, safe=SAFE_IN_URLS) if url.startswith(("https://", "http://")) else ""

    def shortened(self) -> str:
        """Return the text, cut off if it is longer than a message has room for."""
        return self.text if len(self.text) <= LONGEST_LINE else f"{self.text[: LONGEST_LINE - 1]}…"


@dataclass(frozen=True)
class MessageSection:
    """A heading and its lines."""

    heading: str
    lines: tuple[MessageLine, ...] = ()


@dataclass(frozen=True)
class Message:
    """A title and its sections."""

    title: str
    sections: tuple[MessageSection, ...]
