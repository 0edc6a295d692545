"""Which files use which library: library_usage."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from tests.oracles.marts.components import Components
from tests.oracles.marts.facts import Facts, OneOf, Row
from tests.oracles.marts.styles import Styles
from tests.oracles.marts.tokens import Tokens


@dataclass
class Uses:
    """What one file has of one library: rows of component_usage, style_usage and variable_usage."""

    components: list[Row] = field(default_factory=list)
    styles: list[Row] = field(default_factory=list)
    variables: list[Row] = field(default_factory=list)

    @property
    def urls(self) -> OneOf:
        """Samples of the components with the most placements; without components those of styles, then variables."""
        if self.components:
            most = max(row["placements"] for row in self.components)
            rows = [row for row in self.components if row["placements"] == most]
        else:
            rows = self.styles or self.variables
        return OneOf(value for row in rows for value in row["sample_url"].values)


class LibraryUsage:
    """The mart as a list of rows."""

    def __init__(self, facts: Facts, components: Components, styles: Styles, tokens: Tokens) -> None:
        self.facts = facts
        self.components = components
        self.styles = styles
        self.tokens = tokens

    @cached_property
    def library_usage(self) -> list[Row]:
        found: dict[tuple[str | None, str], Uses] = defaultdict(Uses)
        for row in self.components.component_usage:
            found[self._library_of_component(row), row["file_key"]].components.append(row)
        for row in self.styles.style_usage:
            if row["style_key"] and not row["is_defined_here"]:
                found[self._library_of_style(row["style_key"]), row["file_key"]].styles.append(row)
        for row in self.tokens.variable_usage:
            if row["variable_key"]:
                found[None, row["file_key"]].variables.append(row)
        return [self._row(*place, uses) for place, uses in found.items() if place[0] != place[1]]

    def _library_of_component(self, row: Row) -> str | None:
        """The file that publishes it; unless the file defines it itself, the last that did, or one that defines it."""
        key = row["component_key"]
        if row["is_published"]:
            return self.facts.library_of("components", key)
        if row["file_key"] in self._definers.get(key, []):
            return str(row["file_key"])
        return self.facts.library_of("components", key) or next(iter(self._definers.get(key, [])), None)

    @cached_property
    def _definers(self) -> dict[str, list[str]]:
        """The main files that define a component, by its key."""
        found: dict[str, list[str]] = defaultdict(list)
        for state in sorted(self.facts.main_states, key=lambda one: one.file_key):
            for layer in state.layers:
                key = state.definition_key(layer.node) if layer.type == "COMPONENT" else None
                if key:
                    found[key].append(state.file_key)
        return found

    def _library_of_style(self, key: str) -> str | None:
        library = self.facts.library_of("styles", key)
        if self.facts.is_published("styles", key):
            return library
        definers = sorted(
            state.file_key
            for state in self.facts.main_states
            for id_, entry in state.entries("styles")
            if entry.get("key") == key and self.styles.is_defined(state, id_)
        )
        return definers[0] if definers else library

    def _row(self, library: str | None, file_key: str, uses: Uses) -> Row:
        return {
            "library_file_key": library,
            "file_key": file_key,
            "library_file_name": self.facts.name_of(library),
            **self.facts.place(file_key),
            **{name: sum(row[name] for row in uses.components) for name in ("placements", "usages", "in_definitions")},
            "components_used": sum(row["usages"] > 0 for row in uses.components),
            "style_references": sum(row["style_references"] for row in uses.styles),
            "styles_used": len({row["style_key"] for row in uses.styles}),
            "variable_bindings": sum(row["bindings"] for row in uses.variables),
            "variables_used": len({row["variable_key"] for row in uses.variables}),
            "sample_url": uses.urls,
            **self.facts.team_of(library),
        }
