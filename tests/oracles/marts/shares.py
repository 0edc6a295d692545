"""The shares of one week: adoption_weekly, after a single build."""

from collections.abc import Iterator
from functools import cached_property

from tests.oracles.marts.components import Components
from tests.oracles.marts.facts import Facts, Row, monday
from tests.oracles.marts.library_usage import LibraryUsage
from tests.oracles.marts.slots import Slots
from tests.oracles.marts.styles import Styles

# numerators and denominators: sums of columns of `adoption`
OF_ADOPTION = {
    "layers": (("library_layers",), ("visible_layers",)),
    "instances": (("library_placements",), ("library_placements", "local_placements")),
    "styles": (("bound_text_slots", "bound_fill_slots"), ("text_slots", "fill_slots")),
    "texts": (("bound_text_slots",), ("text_slots",)),
    "text_characters": (("bound_text_characters",), ("text_characters",)),
    "fills": (("bound_fill_slots",), ("fill_slots",)),
    "tokens": (("variable_slots", "style_slots"), ("all_slots",)),
    "variables": (("variable_slots",), ("all_slots",)),
}


class Shares:
    """The mart as a list of rows."""

    def __init__(
        self, facts: Facts, slots: Slots, components: Components, styles: Styles, libraries: LibraryUsage
    ) -> None:
        self.facts = facts
        self.slots = slots
        self.components = components
        self.styles = styles
        self.libraries = libraries

    @cached_property
    def adoption_weekly(self) -> list[Row]:
        newest = max(state.at for states in self.facts.states.values() for state in states)
        rows = (*self._of_adoption(), *self._of_libraries())
        return [{"week_start": monday(newest), **row} for row in rows]

    def _of_adoption(self) -> Iterator[Row]:
        for row in self.slots.adoption:
            item = {name: row[name] for name in ("level", "id", "name", *self.facts.scan())}
            for share, (part, whole) in OF_ADOPTION.items():
                yield item | _share(share, _sum(row, part), _sum(row, whole))
        for row in self.slots.slot_adoption:
            if row["level"] != "file":
                item = {name: row[name] for name in ("level", "id", "name", *self.facts.scan())}
                yield item | _share(
                    f"{row['slot_kind']}_slots", _sum(row, ("variable_slots", "style_slots")), row["slots"]
                )

    def _of_libraries(self) -> Iterator[Row]:
        loaded = {
            row["id"] for row in self.slots.adoption if row["level"] == "file" and row["library_placements"] is not None
        }
        placements = sum(row["placements"] for row in self.components.component_usage)
        references = sum(row["style_references"] for row in self.styles.style_usage)
        for library in self._library_keys():
            uses = [row for row in self.libraries.library_usage if row["library_file_key"] == library]
            item = {"level": "library", "id": library, "name": self.facts.name_of(library), **self.facts.scan()}
            yield item | _share("files", len(uses), len(loaded - {library}))
            yield item | _share("placements", sum(row["placements"] for row in uses), placements)
            yield item | _share("style_references", sum(row["style_references"] for row in uses), references)

    def _library_keys(self) -> list[str]:
        """The files that publish components or styles now, and those from which a file uses something."""
        publishing = {
            self.facts.library_of(kind, key)
            for kind in ("components", "styles")
            for key in self.facts.published[kind]
            if self.facts.is_published(kind, key)
        }
        using = {row["library_file_key"] for row in self.libraries.library_usage}
        return sorted(key for key in publishing | using if key)


def _sum(row: Row, columns: tuple[str, ...]) -> int | None:
    values = [row[column] for column in columns]
    return None if None in values else sum(values)


def _share(name: str, part: int | None, whole: int | None) -> Row:
    value = part / whole if part is not None and whole else None
    return {"share_name": name, "numerator": part, "denominator": whole, "value": value}
