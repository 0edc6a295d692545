"""Named variables: their names, unused_variables, variable_aliases."""

from collections import Counter
from functools import cached_property

from tests.oracles.marts.documents import Json
from tests.oracles.marts.facts import Facts, Row
from tests.oracles.marts.tokens import Tokens, Variable

NOT_LOADED = {"variable_name": None, "collection_name": None, "resolved_type": None, "name_source": "not loaded"}


class Variables:
    """The marts as lists of rows."""

    def __init__(self, facts: Facts, tokens: Tokens) -> None:
        self.facts = facts
        self.tokens = tokens

    @cached_property
    def _answers(self) -> dict[tuple[str, str], Json]:
        """The variables of the present main files, by file key and id, each with the name of its collection."""
        return {
            (one.key, id_): variable | {"collection": meta["variableCollections"][variable["variableCollectionId"]]}
            for one in self.facts.present
            for meta in [self.facts.company.variables(one.key)]
            for id_, variable in meta["variables"].items()
        }

    @cached_property
    def _chosen(self) -> dict[str, tuple[str, str]]:
        """The file key and id of the row that names each variable, by its key."""
        order = sorted(
            self._answers,
            key=lambda at: (self._answers[at]["remote"], "deletedButReferenced" in self._answers[at], at),
            reverse=True,
        )
        return {self._answers[at]["key"]: at for at in order}

    @cached_property
    def variable_usage(self) -> list[Row]:
        return [row | self._name(self._of(row, row["file_key"])) for row in self.tokens.variable_usage]

    @cached_property
    def variable_reach(self) -> list[Row]:
        return [row | self._name(self._of(row, row["local_file_key"])) for row in self.tokens.variable_reach]

    @cached_property
    def stale_bindings(self) -> list[Row]:
        return [row | self._name((row["variable_key"], None, None)) for row in self.tokens.stale_bindings]

    @cached_property
    def unused_variables(self) -> list[Row]:
        bound = {one.variable for one in self.tokens.bindings}
        taken = {target for targets in self._targets(self._answers).values() for target in targets}
        return [
            {
                "file_key": file_key,
                "variable_id": id_,
                "variable_key": one["key"],
                "is_published": self._is_published(one),
                "published_at": self._published_at(file_key) if self._is_published(one) else None,
                "is_hidden_from_publishing": one["hiddenFromPublishing"],
                **{name: value for name, value in self._name_of(one).items() if name != "name_source"},
                **self.facts.place(file_key),
                **self.facts.scan(),
            }
            for (file_key, id_), one in self._answers.items()
            if not one["remote"] and "deletedButReferenced" not in one and one["key"] not in taken
            if not bound & {(None, file_key, id_), (one["key"], None, None)}
        ]

    @cached_property
    def variable_aliases(self) -> list[Row]:
        direct = self._targets({at: self._answers[at] for at in self._chosen.values()})
        return [
            {
                "variable_key": key,
                "target_key": target,
                **_without_source(self._name((key, None, None))),
                "target_name": self._name((target, None, None))["variable_name"],
                "target_collection_name": self._name((target, None, None))["collection_name"],
                "steps": steps,
                "is_direct": steps == 1,
                "modes": direct[key][target] if steps == 1 else None,
                "is_cycle": key == target,
            }
            for key in direct
            for target, steps in _reach(key, direct).items()
        ]

    def _targets(self, answers: dict[tuple[str, str], Json]) -> dict[str, Counter[str]]:
        """By variable key: the keys of the variables that give it a value, with the number of modes."""
        found: dict[str, Counter[str]] = {}
        for (file_key, _), one in answers.items():
            for value in one["valuesByMode"].values():
                if isinstance(value, dict) and value.get("type") == "VARIABLE_ALIAS":
                    target = self._answers.get((file_key, value["id"]))
                    key = target["key"] if target else value["id"].removeprefix("VariableID:").partition("/")[0]
                    if target or "/" in value["id"]:
                        found.setdefault(one["key"], Counter())[key] += 1
        return found

    def _name(self, variable: Variable) -> Row:
        key, file_key, id_ = variable
        at = self._chosen.get(key) if key else (file_key or "", id_ or "")
        return self._name_of(self._answers[at]) if at in self._answers else NOT_LOADED

    def _name_of(self, answer: Json) -> Row:
        return {
            "variable_name": answer["name"],
            "collection_name": answer["collection"]["name"],
            "resolved_type": answer["resolvedType"],
            "name_source": "copy" if answer["remote"] else "definition",
        }

    def _is_published(self, answer: Json) -> bool:
        return not (answer["hiddenFromPublishing"] or answer["collection"]["hiddenFromPublishing"])

    def _published_at(self, file_key: str) -> object:
        """The sandbox publishes with each save."""
        info = self.facts.company.file(file_key)
        return info and info.last_modified

    def _of(self, row: Row, file_key: str | None) -> Variable:
        return row["variable_key"], None if row["variable_key"] else file_key, row["local_variable_id"]


def _without_source(name: Row) -> Row:
    return {column: value for column, value in name.items() if column != "name_source"}


def _reach(key: str, direct: dict[str, Counter[str]]) -> dict[str, int]:
    """The fewest steps to each variable, by breadth-first search."""
    found: dict[str, int] = {}
    ends, steps = {key}, 0
    while ends:
        steps += 1
        ends = {target for end in ends for target in direct.get(end, ())} - found.keys()
        found |= dict.fromkeys(ends, steps)
    return found
