"""What nobody uses and what is lost: unused_components, lost_components."""

from collections import defaultdict
from functools import cached_property

from tests.oracles.marts.components import Components, count
from tests.oracles.marts.documents import Instance, State
from tests.oracles.marts.facts import During, Facts, OneOf, Published, Row, Run, time, url

DAY = 24 * 60 * 60
LONG = 91


class Unused:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts, components: Components) -> None:
        self.facts = facts
        self.components = components

    @cached_property
    def unused_components(self) -> list[Row]:
        now = [one for one in self.facts.published["components"].values() if one.is_now]
        return [self._unused(one) for one in now if not self.components.files_using([one.key])]

    def _unused(self, one: Published) -> Row:
        library = one.row["file_key"]
        instances = [(file_key, found) for (key, file_key), found in self.components.by_file.items() if key == one.key]
        created_at = time(one.row["created_at"])
        assert created_at
        days = (self.facts.last_run.started_at - created_at).total_seconds() / DAY
        return {
            "component_key": one.key,
            **self.facts.of_component(one.key),
            "library_file_key": library,
            "library_file_name": self.facts.name_of(library),
            "folder_id": self.facts.place(library)["folder_id"],
            "folder_path": self.facts.place(library)["folder_path"],
            "team_id": one.team_id,
            "team_name": self.facts.team_name(one.team_id),
            "published_at": created_at,
            "days_published": days,
            "published_for": _age(days),
            "is_long_published": days >= LONG,
            "is_needed_by_unpublished": one.key in self.components.needed_by_unpublished,
            "in_definitions": sum(not use.is_usage for _, found in instances for use in found),
            "library_usages": sum(use.is_usage for key, found in instances if key == library for use in found),
            **self.components.on_branches(one.key),
            **self.facts.scan(),
            "figma_url": url(library, one.row["node_id"]),
        }

    @cached_property
    def lost_components(self) -> list[Row]:
        rows = []
        for state in self.facts.main_states:
            groups: dict[str | None, list[Instance]] = defaultdict(list)
            for one in state.instances:
                groups[one.component_id].append(one)
            rows += [self._lost(state, id_, found) for id_, found in groups.items() if self._is_lost(state, id_)]
        return rows

    def _is_lost(self, state: State, component_id: str | None) -> bool:
        if component_id in state.by_id and state.by_id[component_id].type == "COMPONENT":
            return False
        return not self.facts.is_published("components", state.key_of("components", component_id))

    def _lost(self, state: State, component_id: str | None, found: list[Instance]) -> Row:
        key = state.key_of("components", component_id)
        published = self.facts.published["components"].get(key or "")
        library = published.row["file_key"] if published else self.components.defined_in.get(key or "")
        missed = published.missed_load if published and not published.is_now else None
        return {
            "file_key": state.file_key,
            "component_id": component_id,
            "status": self._status(state, component_id, found),
            "is_lost": self._status(state, component_id, found) != "private part",
            "component_key": key,
            **self.facts.of_component(key),
            "library_file_key": library,
            "library_file_name": self.facts.name_of(library),
            "unpublished_at": During(self._run(missed)) if missed else None,
            **self.facts.place(state.file_key),
            **count(found),
            "placements": sum(one.is_placed for one in found),
            ("layer_name", "sample_url"): OneOf(
                (one.layer.node.get("name"), url(state.file_key, one.layer.id)) for one in _best(found)
            ),
            **self.facts.scan(),
            **self.facts.team_of(library),
        }

    def _status(self, state: State, component_id: str | None, found: list[Instance]) -> str:
        mapped, key = state.mapped("components", component_id), state.key_of("components", component_id)
        if key is None or (mapped and mapped.get("remote") is False):
            return "missing"
        if key in self.facts.published["components"]:
            return "unpublished"
        if key not in self.components.defined_in:
            return "unknown library"
        return "private part" if all(self._is_brought(state, one) for one in found) else "unpublished"

    def _is_brought(self, state: State, one: Instance) -> bool:
        """Whether it lies within an instance of a published component."""
        above = [state.component_key(node) for node in one.layer.instances]
        return any(self.facts.is_published("components", key) for key in above)

    def _run(self, load: int) -> Run:
        return next(run for run in self.facts.runs if run.load == load)


def _age(days: float) -> str:
    ages = {31: "up to 30 days", 91: "31 to 90 days", 181: "91 to 180 days", 366: "181 to 365 days"}
    return next((age for limit, age in ages.items() if days < limit), "over a year")


def _best(found: list[Instance]) -> list[Instance]:
    return [one for one in found if one.is_placed] or found
