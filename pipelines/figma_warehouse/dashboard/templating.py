"""HTML from the templates beside this module. Each value becomes text, unless it is `Markup` already."""

from functools import cache
from pathlib import Path
from typing import Any

import marimo as mo
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

STATIC = Path(__file__).with_name("static")


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `one` for 1, else `many`, which is `one` with an s by default."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def inline(name: str) -> Markup:
    """Return a file of ours, a style or a script, as it is."""
    return Markup((STATIC / name).read_text(encoding="utf-8"))  # noqa: S704  # our own file


ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
ENVIRONMENT.globals["inline"] = inline
ENVIRONMENT.filters["counted"] = counted


def render(template: str, **values: Any) -> Markup:
    """Return a template filled in."""
    return Markup(ENVIRONMENT.get_template(template).render(values))  # noqa: S704  # the template escapes values


@cache
def macros(template: str) -> Any:
    """Return the macros of a template, as functions that return `Markup`."""
    return ENVIRONMENT.get_template(template).module


def output(html: Markup) -> mo.Html:
    """Return what marimo shows: it adds to the HTML of its outputs as a plain string."""
    return mo.Html(str(html))


def named(sentence: str, *names: str | None) -> Markup:
    """Put names from outside in the places `{}` of a sentence, as text; the sentence or a name may be `Markup`."""
    return escape(sentence).format(*(macros("words.html").name(name or "") for name in names))
