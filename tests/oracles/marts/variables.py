"""Named variables: their names, unused_variables, variable_aliases."""

from collections import Counter
from functools import cached_property
from typing import Any

from tests.oracles.marts.documents import Json
from tests.oracles.marts.facts import Facts, Row
from tests.oracles.marts.tokens import Tokens, Variable

COLUMNS = (
    "variable_name",
    "collection_name",
    "resolved_type",
    "collection_modes",
    "default_value",
    "default_alias_name",
)
NOT_LOADED = dict.fromkeys(COLUMNS) | {"name_source": "not loaded"}
# no recorded file has data of Tokens Studio
NO_TOKEN = {"token_name": None}
# the columns of the marts that name a variable without its values
NAMES = ("variable_name", "collection_name", "resolved_type", "name_source")


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
        return [row | NO_TOKEN | self._name(self._of(row, row["file_key"])) for row in self.tokens.variable_usage]

    @cached_property
    def variable_reach(self) -> list[Row]:
        return [row | NO_TOKEN | self._name(self._of(row, row["local_file_key"])) for row in self.tokens.variable_reach]

    @cached_property
    def stale_bindings(self) -> list[Row]:
        return [
            row | _names_of(self._name((row["variable_key"], None, None)), NAMES) for row in self.tokens.stale_bindings
        ]

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
                **_names_of(self._name_of(file_key, one), NAMES[:3]),
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
                **_names_of(self._name((key, None, None)), NAMES[:3]),
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

    def name(self, key: str) -> str | None:
        """The name of a library variable, if it is loaded."""
        found = self._name((key, None, None))["variable_name"]
        return None if found is None else str(found)

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
        return self._name_of(at[0], self._answers[at]) if at in self._answers else NOT_LOADED

    def _name_of(self, file_key: str, answer: Json) -> Row:
        collection = answer["collection"]
        value = answer["valuesByMode"].get(collection["defaultModeId"])
        target = value.get("id") if isinstance(value, dict) else None
        return {
            "collection_modes": len(collection["modes"]),
            "default_value": None if target else _as_text(value),
            "default_alias_name": target and self._target_name(file_key, target),
            "variable_name": answer["name"],
            "collection_name": answer["collection"]["name"],
            "resolved_type": answer["resolvedType"],
            "name_source": "copy" if answer["remote"] else "definition",
        }

    def _target_name(self, file_key: str, id_: str) -> str | None:
        at = (file_key, id_)
        if at not in self._answers:
            at = self._chosen.get(id_.removeprefix("VariableID:").partition("/")[0], at)
        return str(self._answers[at]["name"]) if at in self._answers else None

    def _is_published(self, answer: Json) -> bool:
        return not (answer["hiddenFromPublishing"] or answer["collection"]["hiddenFromPublishing"])

    def _published_at(self, file_key: str) -> object:
        """The sandbox publishes with each save."""
        info = self.facts.company.file(file_key)
        return info and info.last_modified

    def _of(self, row: Row, file_key: str | None) -> Variable:
        return row["variable_key"], None if row["variable_key"] else file_key, row["local_variable_id"]


def _names_of(row: Row, columns: tuple[str, ...]) -> Row:
    return {column: row[column] for column in columns}


def _as_text(value: Any) -> str | None:
    if isinstance(value, dict):
        return "#" + "".join(f"{round(value.get(channel, 1) * 255):02x}" for channel in "rgba")
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, (int, float)) else value


def _reach(key: str, direct: dict[str, Counter[str]]) -> dict[str, int]:
    """The fewest steps to each variable, by breadth-first search."""
    found: dict[str, int] = {}
    ends, steps = {key}, 0
    while ends:
        steps += 1
        ends = {target for end in ends for target in direct.get(end, ())} - found.keys()
        found |= dict.fromkeys(ends, steps)
    return found
