"""Sentences about the data, each with the page that shows more of it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from figma_warehouse.dashboard.item_links import item_name
from figma_warehouse.dashboard.known_items import FILE
from figma_warehouse.dashboard.site_map import page_address
from figma_warehouse.dashboard.templating import named


@dataclass(frozen=True)
class Line:
    """A sentence, with `{}` for a name from outside if it has one.

    `page` is the page that shows more, and `file_key` the file to choose there.
    """

    words: str
    name: str | None = None
    page: str | None = None
    file_key: str | None = None

    def html(self) -> Markup:
        """Return the sentence with the name in it as text."""
        return Markup.escape(self.words) if self.name is None else named(self.words, self.name)

    def linked_html(self) -> Markup:
        """Return the sentence; the name of a file leads to the page of that file."""
        if self.name is None or self.file_key is None:
            return self.html()
        return named(self.words, item_name(FILE, self.file_key, self.name))

    def address(self, parameters: str) -> str:
        """Return the address of the page that shows more, with these parameters; "" if there is no such page."""
        if self.page is None:
            return ""
        if self.file_key is not None:
            parameters += f"{'&' if parameters else '?'}{urlencode({'file_key': self.file_key})}"
        return page_address(self.page, parameters)


def used_nowhere(*, is_certain: bool) -> str:
    """Say that something is unused, no surer than that is known."""
    return "used nowhere" if is_certain else "perhaps used nowhere"
