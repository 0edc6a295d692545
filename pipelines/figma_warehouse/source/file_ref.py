"""A file or branch as a listing shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class FileRef:
    """One file or branch. `version` is set only if the metadata of the file was read; listings do not have it."""

    key: str
    name: str | None = None
    team_id: str | None = None
    folder_id: str | None = None
    main_file_key: str | None = None
    last_modified_at: datetime | None = None
    version: str | None = None

    @property
    def outcome_columns(self) -> dict[str, Any]:
        """The columns that every outcome of the file has."""
        return {"file_key": self.key, "name": self.name, "last_modified_at": self.last_modified_at}
