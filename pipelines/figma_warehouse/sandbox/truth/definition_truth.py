"""What `component_changes` must hold: what the library changed in its components, and when it was published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    # file key, version and last edit of the save, and the last edit of the save before
    MadeChanges = tuple[str, str, datetime, datetime, list["DefinitionChange"]]
    # file key, version, last edit, node id, kind of the change, id of its subject
    ChangeKey = tuple[str, str, datetime, str, str, str]

OPPOSITES = {"added": "removed", "variant_added": "variant_removed", "property_added": "property_removed"}
OPPOSITES |= {"layers_added": "layers_removed", "layers_removed": "layers_added"}


@dataclass(frozen=True)
class DefinitionChange:
    """One change of a component or set, in the columns' names of the mart."""

    node_id: str
    change_kind: str
    subject_id: str = ""
    subject: str | None = None
    change_count: int = 1
    value_before: str | None = None
    value_after: str | None = None

    def reversed(self) -> DefinitionChange:
        """The change that takes this one back."""
        is_renamed = self.change_kind == "property_renamed"
        return replace(
            self,
            change_kind=OPPOSITES.get(self.change_kind, self.change_kind),
            subject=self.value_before if is_renamed else self.subject,
            value_before=self.value_after,
            value_after=self.value_before,
        )


class ComponentChange(NamedTuple):
    """The rest of the row of the mart."""

    subject: str | None
    change_count: int
    value_before: str | None
    value_after: str | None
    published_at: datetime | None


def component_changes(
    made: Iterable[MadeChanges], publications: list[tuple[str, datetime]]
) -> dict[ChangeKey, ComponentChange]:
    """Every change so far, as a warehouse has it that loaded each save. `publications` are node ids with times."""
    found: dict[ChangeKey, ComponentChange] = {}
    for file_key, version, modified_at, before, changes in made:
        for one in changes:
            times = [at for node_id, at in publications if node_id == one.node_id and at > before]
            values = one.subject, one.change_count, one.value_before, one.value_after
            key = file_key, version, modified_at, one.node_id, one.change_kind, one.subject_id
            found[key] = ComponentChange(*values, min(times, default=None))
    return found
