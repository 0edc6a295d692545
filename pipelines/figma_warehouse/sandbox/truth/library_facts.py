"""What the libraries define and publish, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StyleFacts:
    """A style; `type` is FILL, TEXT, EFFECT or GRID. `value` is a color or font as in the marts, else empty."""

    key: str
    name: str
    type: str
    value: str


@dataclass(frozen=True)
class ComponentSetFacts:
    """A component set, each (property, type, value) that it declares, and the default of each property."""

    key: str
    declared_values: frozenset[tuple[str, str, str]]
    defaults: dict[str, str]


@dataclass(frozen=True)
class PublishedFacts:
    """A published component, component set or style. `style_type` is empty for others, `set_id` outside of sets.

    `documentation_url` is empty if its library gives none.
    """

    kind: str
    key: str
    name: str
    description: str
    file_key: str
    style_type: str
    set_id: str
    documentation_url: str


@dataclass(frozen=True)
class Deprecation:
    """Something published that its library calls deprecated; `kind` is component, component_set or style.

    `named_in` is where the library says so. `component_keys` has the component, or the variants of the set.
    """

    kind: str
    key: str
    library_file_key: str
    named_in: str
    replacement_key: str | None = None
    component_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class LibraryFacts:
    """What is published now, and every set that the libraries define.

    `publishing_files` has the file of each published component, `set_keys` the set of each variant.
    """

    publishing_files: dict[str, str]
    published_styles: list[StyleFacts]
    published_set_keys: frozenset[str]
    published: list[PublishedFacts]
    sets: list[ComponentSetFacts]
    set_keys: dict[str, str]
