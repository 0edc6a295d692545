"""A file or branch as a listing shows it, which is what documents, histories and pictures are fetched by."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class FileRef:
    """One file or branch. `version` and `folder_name` are known from a file's metadata only."""

    key: str
    name: str | None = None
    team_id: str | None = None
    folder_id: str | None = None
    main_file_key: str | None = None
    last_modified_at: datetime | None = None
    version: str | None = None
    folder_name: str | None = field(default=None, compare=False)

    @property
    def outcome_columns(self) -> dict[str, Any]:
        """What every outcome of the file says of it."""
        return {"file_key": self.key, "name": self.name, "last_modified_at": self.last_modified_at}
