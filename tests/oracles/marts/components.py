"""How components are used: component_usage, component_reach, component_set_reach, dependencies and impact."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from tests.oracles.marts.documents import Instance, State
from tests.oracles.marts.facts import Facts, OneOf, Row, time, url

COUNTS = ("instances", "direct", "nested", "in_definitions", "hidden", "usages")


def count(instances: Iterable[Instance]) -> Row:
    """The counts that several marts have of a file's instances of one component."""
    found = list(instances)
    usages = [one for one in found if one.is_usage]
    return {
        "instances": len(found),
        "direct": sum(one.is_direct for one in usages),
        "nested": sum(not one.is_direct for one in usages),
        "in_definitions": len(found) - len(usages),
        "hidden": sum(not one.is_visible for one in usages),
        "usages": len(usages),
    }


def best_urls(file_key: str, instances: list[Instance]) -> list[str]:
    """Any placed and visible instance; without one any usage; without one any."""
    choices = ([one for one in instances if one.is_placed], [one for one in instances if one.is_usage], instances)
    return [url(file_key, one.layer.id) for one in next(choice for choice in choices if choice)]


class Components:
    """The marts of components, each a list of rows."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def by_file(self) -> dict[tuple[str, str], list[Instance]]:
        """Instances in main files, by component key and file."""
        return _grouped(self.facts.main_states)

    @cached_property
    def by_branch(self) -> dict[tuple[str, str], list[Instance]]:
        return _grouped(self.facts.branch_states)

    @cached_property
    def _last_edits(self) -> dict[tuple[str, str], list[object]]:
        """Last edits of the states that have a component, oldest first, by component key and file."""
        found: dict[tuple[str, str], list[object]] = defaultdict(list)
        for key, states in self.facts.states.items():
            for state in states:
                for component_key in {one.component_key for one in state.instances if one.component_key}:
                    found[component_key, key].append(state.at)
        return found

    @cached_property
    def component_usage(self) -> list[Row]:
        return [self._usage(key, file_key, found) for (key, file_key), found in self.by_file.items()]

    def _usage(self, key: str, file_key: str, found: list[Instance]) -> Row:
        is_at_home = self.facts.home_of(key) == file_key
        edits = self._last_edits[key, file_key]
        return {
            "component_key": key,
            "file_key": file_key,
            **self.facts.of_component(key),
            "library_file_key": self.facts.library_of("components", key),
            "is_published": self.facts.is_published("components", key),
            **self.facts.place(file_key),
            **count(found),
            "placements": 0 if is_at_home else sum(one.is_placed for one in found),
            "pages": len({one.layer.page_id for one in found if one.is_usage}),
            "is_at_home": is_at_home,
            "first_seen_at": edits[0],
            "last_seen_at": edits[-1],
            "sample_url": OneOf(best_urls(file_key, found)),
        }

    @cached_property
    def _rows_of(self) -> dict[str, list[Row]]:
        """The rows of component_usage by component."""
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in self.component_usage:
            rows[row["component_key"]].append(row)
        return dict(rows)

    @cached_property
    def _now(self) -> set[str]:
        """Components that are published now."""
        return {one.key for one in self.facts.published["components"].values() if one.is_now}

    @cached_property
    def component_reach(self) -> list[Row]:
        return [self._reach(key) for key in sorted(self._now | self._rows_of.keys())]

    def _reach(self, key: str) -> Row:
        rows = self._rows_of.get(key, [])
        published = self.facts.published["components"].get(key)
        return {
            "component_key": key,
            **self.facts.of_component(key),
            "library_file_key": self.facts.library_of("components", key),
            "is_published": key in self._now,
            **self._sums(rows),
            **self._spread(self.files_using([key])),
            "pages": sum(row["pages"] for row in rows),
            **self.on_branches(key),
            "published_at": time(published.row["created_at"]) if published else None,
            "sample_url": _sample(rows),
        }

    def _sums(self, rows: list[Row]) -> Row:
        sums = {
            name: sum(row[name] for row in rows) for name in ("instances", "usages", "placements", "in_definitions")
        }
        total = sum(row["placements"] for row in self.component_usage)
        return sums | {"placement_share": sums["placements"] / total if total else None}

    def files_using(self, keys: Iterable[str]) -> set[str]:
        """Main files with a usage of one of the components, each without the file that publishes that one."""
        rows = [row for key in keys for row in self._rows_of.get(key, [])]
        return {row["file_key"] for row in rows if row["usages"] and not row["is_at_home"]}

    def _spread(self, files: set[str], suffix: str = "using") -> Row:
        places = [self.facts.place(key) for key in files]
        return {
            f"files_{suffix}": len(files),
            f"folders_{suffix}": len({place["folder_id"] for place in places}),
            f"teams_{suffix}": len({place["team_id"] for place in places}),
        }

    def on_branches(self, key: str) -> Row:
        """Usages of a component on branches, and the branches, those of its library left out."""
        home = self.facts.home_of(key)
        found = {
            file_key: usages
            for (other, file_key), instances in self.by_branch.items()
            if other == key and (usages := sum(one.is_usage for one in instances))
        }
        files = [file_key for file_key in found if self.facts.file(file_key).main_key != home]
        return {"branch_usages": sum(found.values()), "branch_files": len(files)}

    def branch_urls(self, key: str) -> OneOf | None:
        """The addresses of the usages of a component on branches."""
        found = [
            url(file_key, one.layer.id)
            for (other, file_key), instances in self.by_branch.items()
            for one in instances
            if other == key and one.is_usage
        ]
        return OneOf(found) if found else None

    @cached_property
    def component_set_reach(self) -> list[Row]:
        published = {one.key for one in self.facts.published["component_sets"].values() if one.is_now}
        used = {row["component_set_key"] for row in self.component_usage if row["component_set_key"]}
        return [self._set_reach(set_key) for set_key in sorted(published | used)]

    def variants_of(self, set_key: str) -> list[str]:
        """Published or used components of a set."""
        return [row["component_key"] for row in self.component_reach if row["component_set_key"] == set_key]

    def _set_reach(self, set_key: str) -> Row:
        published = self.facts.published["component_sets"].get(set_key)
        variants = self.variants_of(set_key)
        now = [key for key in variants if key in self._now]
        rows = [row for key in variants for row in self._rows_of.get(key, [])]
        return {
            **self.facts.of_set(set_key),
            "library_file_key": self.facts.library_of("component_sets", set_key),
            "is_published": self.facts.is_published("component_sets", set_key),
            "variants_published": len(now),
            "variants_used": sum(bool(self.files_using([key])) for key in variants),
            "variants_unused": sum(not self.files_using([key]) for key in now),
            "is_deletable": self._is_deletable(set_key, now, rows),
            **self._sums(rows),
            **self._spread(self.files_using(variants)),
            "published_at": time(published.row["created_at"]) if published else None,
            "sample_url": _sample(rows),
            **self.facts.scan(),
        }

    def _is_deletable(self, set_key: str, now: list[str], rows: list[Row]) -> bool:
        """Whether nothing needs a set: no file but its library, and no definition that is not published."""
        library = self.facts.library_of("component_sets", set_key)
        gone = [row for row in rows if row["component_key"] not in now and row["file_key"] != library]
        is_used = self.files_using(now) or any(row["usages"] for row in gone)
        return bool(now) and not is_used and self.needed_by_unpublished.isdisjoint(now)

    @cached_property
    def _inside(self) -> dict[tuple[str, str], list[tuple[State, Instance]]]:
        """Instances in the definitions of main files, by the key of the composed component and of the needed one."""
        found: dict[tuple[str, str], list[tuple[State, Instance]]] = defaultdict(list)
        counted = self.defined_in
        for state in self.facts.main_states:
            for one in state.instances:
                owner = next((node for node in reversed(one.layer.definitions) if node["type"] == "COMPONENT"), None)
                key = state.definition_key(owner) if owner else None
                if key and one.component_key and counted[key] == state.file_key:
                    found[key, one.component_key].append((state, one))
        return found

    @cached_property
    def defined_in(self) -> dict[str, str]:
        """The main file whose definition of a component counts: the library, otherwise the first by its key."""
        found: dict[str, list[str]] = defaultdict(list)
        for state in sorted(self.facts.main_states, key=lambda one: one.file_key):
            for layer in state.layers:
                key = state.definition_key(layer.node) if layer.type == "COMPONENT" else None
                if key:
                    found[key].append(state.file_key)
        library_of = self.facts.library_of
        return {
            key: library if (library := library_of("components", key)) in files else files[0]
            for key, files in found.items()
        }

    @cached_property
    def component_dependencies(self) -> list[Row]:
        return [self._dependency(key, needed, found) for (key, needed), found in self._inside.items()]

    def _dependency(self, key: str, needed: str, found: list[tuple[State, Instance]]) -> Row:
        file_key = self.defined_in[key]
        direct = [one for _, one in found if one.is_direct]
        of_needed = self.facts.of_component(needed)
        return {
            "component_key": key,
            "needed_key": needed,
            **self.facts.of_component(key),
            "is_published": key in self._now,
            "file_key": file_key,
            "file_name": self.facts.name_of(file_key),
            "needed_name": of_needed["component_name"],
            "needed_set_key": of_needed["component_set_key"],
            "needed_set_name": of_needed["component_set_name"],
            "needed_is_published": needed in self._now,
            "instances": len(found),
            "direct": len(direct),
            "nested": len(found) - len(direct),
            "is_direct": bool(direct),
            "sample_url": OneOf(url(file_key, one.layer.id) for one in direct or [one for _, one in found]),
        }

    @cached_property
    def needed_by_unpublished(self) -> set[str]:
        """Components that a definition contains which is not published now."""
        found = set()
        for state in self.facts.main_states:
            for one in state.instances:
                owner = one.layer.definitions[-1] if one.layer.definitions else None
                if owner and one.component_key and not self._is_published(state, owner):
                    found.add(one.component_key)
        return found

    def _is_published(self, state: State, owner: dict[str, object]) -> bool:
        kind = "components" if owner["type"] == "COMPONENT" else "component_sets"
        return self.facts.is_published(kind, state.definition_key(owner))

    @cached_property
    def _composed_of(self) -> dict[str, set[str]]:
        """The components that contain a component, by its key."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.component_dependencies:
            found[row["needed_key"]].add(row["component_key"])
        return found

    def _dependants(self, key: str, seen: set[str]) -> set[str]:
        for other in self._composed_of.get(key, set()) - seen:
            seen.add(other)
            self._dependants(other, seen)
        return seen

    @cached_property
    def component_impact(self) -> list[Row]:
        composed = {row[name] for row in self.component_dependencies for name in ("component_key", "needed_key")}
        return [self._impact(key) for key in sorted(self._now | self._rows_of.keys() | composed)]

    def _impact(self, key: str) -> Row:
        dependants = self._dependants(key, set()) - {key}
        direct = {
            row["component_key"] for row in self.component_dependencies if row["is_direct"] and row["needed_key"] == key
        }
        touched = self.files_using({key} | dependants)
        rows = [row for one in {key} | dependants for row in self._rows_of.get(one, [])]
        return {
            "component_key": key,
            **self.facts.of_component(key),
            "library_file_key": self.facts.library_of("components", key),
            "is_published": key in self._now,
            "direct_dependants": len(direct),
            "dependants": len(dependants),
            **self._spread(touched, "touched"),
            "placements": sum(row["placements"] for row in self._rows_of.get(key, [])),
            "placements_touched": sum(row["placements"] for row in rows),
            "sample_url": _sample([row for row in rows if row["usages"] and not row["is_at_home"]]),
            **self.facts.scan(),
        }


def _grouped(states: list[State]) -> dict[tuple[str, str], list[Instance]]:
    found: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for state in states:
        for one in state.instances:
            if one.component_key:
                found[one.component_key, state.file_key].append(one)
    return found


def _sample(rows: list[Row]) -> OneOf | None:
    """The samples of the files with the most placements."""
    if not rows:
        return None
    most = max(row["placements"] for row in rows)
    return OneOf(value for row in rows if row["placements"] == most for value in row["sample_url"].values)
