"""The listing of all files in the configured teams, folders and files: tier 2, one or two requests per folder."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.values import as_object, as_text, is_plain, objects_of, parse_time
from figma_warehouse.source.endpoints import (
    FILE_META,
    FOLDER_FILES,
    FOLDER_FOLDERS,
    PROJECT_FILES,
    TEAM_FOLDERS,
    TEAM_PROJECTS,
    EndpointPath,
)
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.outcomes import Row, skipped

SERVED_EDITORS = frozenset({"figma", "figjam"})
# deeper than real folders, and within the recursion limit
MOST_LEVELS = 100


@dataclass
class Listing:
    """The teams, folders and files that were found.

    `failed` has the ids of teams, folders and files that could not be listed. `unlisted_files` has the folders among
    them whose files are unknown, `unlisted_folders` those whose subfolders are unknown. `excluded` has the keys of
    excluded files, `excluded_folders` the ids of excluded folders, which are not requested.
    """

    teams: list[Row] = field(default_factory=list)
    folders: list[Row] = field(default_factory=list)
    files: dict[str, FileRef] = field(default_factory=dict)
    outcomes: list[Row] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    unlisted_files: set[str] = field(default_factory=set)
    unlisted_folders: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)
    excluded_folders: set[str] = field(default_factory=set)

    @property
    def team_ids(self) -> set[str]:
        """Ids of the listed teams."""
        return {team["team_id"] for team in self.teams}

    def missing_from(self, stored: Iterable[Row], parents: Mapping[str, str | None]) -> list[Row]:
        """Return the stored files that the listing of their team, or of their configured folder, should have and lacks.

        `parents` has the stored parent of each folder. Files of a folder that could not be listed are left out.
        """
        return [row for row in stored if row["file_key"] not in self.files and self._covers(row, parents)]

    def covers_folder(self, folder_id: str | None, parents: Mapping[str, str | None]) -> bool:
        """Tell whether the listing would have a folder if it still existed under its stored parents."""
        return not (self.unlisted_folders | self.excluded_folders).intersection(folders_above(folder_id, parents))

    def _covers(self, row: Row, parents: Mapping[str, str | None]) -> bool:
        folder_id, listed = row["folder_id"], {folder["folder_id"] for folder in self.folders}
        if row["team_id"] is None:
            is_in_scope = not listed.isdisjoint((folder_id, *folders_above(folder_id, parents)))
        else:
            is_in_scope = row["team_id"] in self.team_ids
        is_listed = folder_id in listed or self.covers_folder(folder_id, parents)
        return is_in_scope and is_listed and folder_id not in self.unlisted_files


def discover(api: FigmaClient, scope: Scope, run_id: str) -> Listing:
    """List everything in scope. A team, folder or file that cannot be listed becomes an outcome row."""
    return _Discovery(api, run_id, scope).run()


def folders_above(folder_id: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """Return the stored folders that contain a folder, the nearest first."""
    above: list[str] = []
    while (folder_id := parents.get(folder_id or "")) and folder_id not in above:
        above.append(folder_id)
    return above


def look_at_file(api: FigmaClient, key: str) -> FileRef:
    """Fetch the metadata of a file (tier 3). Raises Refused; the reason is `unsupported_type` for slides and sites."""
    answer = api.get(FILE_META.at(file_key=key))
    meta = as_object(answer.get("file")) or answer
    editor = as_text(meta.get("editorType")) or "figma"
    if editor not in SERVED_EDITORS:
        raise Refused("unsupported_type", detail=f"{editor} files are not served by the API")
    return FileRef(
        key,
        as_text(meta.get("name")),
        main_file_key=as_text(meta.get("mainFileKey")),
        last_modified_at=parse_time(meta.get("last_touched_at")),
        version=as_text(meta.get("version")),
        folder_name=as_text(meta.get("folder_name")),
    )


class _Discovery:
    """Builds one listing."""

    def __init__(self, api: FigmaClient, run_id: str, scope: Scope) -> None:
        self._api, self._run_id, self._scope = api, run_id, scope
        self._listing = Listing()
        self._seen_at = datetime.now(UTC)
        self._has_folders = True
        self._listed: dict[str, Row] = {}

    def run(self) -> Listing:
        scope = self._scope
        for team_id in scope.teams:
            with self._api.for_team(team_id):
                self._list_team(team_id)
        for folder_id in scope.folders:
            if folder_id not in self._listed and folder_id not in scope.excluded_folders:
                self._list_configured_folder(folder_id)
        for key in scope.files:
            main_file_key = scope.main_files.get(key)
            if scope.excludes(key, main_file_key):
                self._listing.excluded.add(key)
            elif key not in self._listing.files.keys() | self._listing.excluded:
                self._list_configured_file(key, main_file_key)
        for row in self._listing.folders:
            row["path"] = " / ".join(folder["name"] for folder in self._lineage(row))
        return self._listing

    def _list_team(self, team_id: str) -> None:
        try:
            name, folders = self._team_folders(team_id)
        except Refused as refusal:
            self._skip("teams", team_id, refusal)
            return
        self._listing.teams.append({"team_id": team_id, "name": name, "last_seen_at": self._seen_at})
        for folder in filter(_has_id, objects_of(folders)):
            self._list_folder(folder, team_id, above=None)

    def _team_folders(self, team_id: str) -> tuple[str | None, list[Row]]:
        """Fetch the folders of a team, or its projects if the token or Figma allows no folders."""
        if self._has_folders:
            try:
                answer = self._api.get(TEAM_FOLDERS.at(team_id=team_id), "folders")
                return as_text(answer.get("name")), answer["folders"]
            except Refused as refusal:
                if refusal.status not in (403, 404):
                    raise
                first = refusal
            answer = self._projects(team_id, first)
        else:
            answer = self._api.get(TEAM_PROJECTS.at(team_id=team_id), "projects")
        return as_text(answer.get("name")), answer["projects"]

    def _projects(self, team_id: str, folders_refusal: Refused) -> Row:
        answer = self._api.get(TEAM_PROJECTS.at(team_id=team_id), "projects")
        # what one team shows of the token holds for all: the scope is missing, or there is no such endpoint
        self._has_folders = folders_refusal.reason == "no_access"
        return answer

    def _list_folder(self, folder: Row, team_id: str | None, above: Row | None, answer: Row | None = None) -> None:
        """List a folder and everything below it.

        `answer` is a response that is known already: the files of a project, or the subfolders of a folder.
        """
        row = self._folder_row(folder, team_id, above)
        listed = self._listed.setdefault(row["folder_id"], row)
        if listed is not row:
            # configured, and also found in the folder that contains it
            if above and listed not in self._lineage(above):
                listed["parent_folder_id"] = above["folder_id"]
            return
        if len(self._lineage(row)) > MOST_LEVELS:
            refusal = Refused("bad_body", detail=f"it lies more than {MOST_LEVELS} folders deep")
            self._skip("folders", row["folder_id"], refusal, row["name"])
            self._listing.unlisted_files.add(row["folder_id"])
            self._listing.unlisted_folders.add(row["folder_id"])
            return
        self._listing.folders.append(row)
        if row["folder_id"] in self._scope.excluded_folders:
            self._listing.excluded_folders.add(row["folder_id"])
            return
        is_project = "parent_folder_id" not in folder
        self._list_files(row, is_project, answer)
        if not is_project:
            for child in filter(_has_id, objects_of(answer["folders"] if answer else self._child_folders(row))):
                self._list_folder(child, team_id, row)

    def _folder_row(self, folder: Row, team_id: str | None, above: Row | None) -> Row:
        return {
            "folder_id": str(folder["id"]),
            "team_id": team_id,
            "parent_folder_id": above["folder_id"] if above else None,
            "name": as_text(folder.get("name")) or "",
            "last_seen_at": self._seen_at,
        }

    def _lineage(self, row: Row) -> list[Row]:
        """Return the folders that contain a folder, from the top one, and the folder itself."""
        lineage = [row]
        while above := self._listed.get(lineage[-1]["parent_folder_id"] or ""):
            lineage.append(above)
        return lineage[::-1]

    def _child_folders(self, row: Row) -> list[Row]:
        try:
            folders: list[Row] = self._api.get(FOLDER_FOLDERS.at(folder_id=row["folder_id"]), "folders")["folders"]
        except Refused as refusal:
            self._skip("folders", row["folder_id"], refusal, row["name"])
            self._listing.unlisted_folders.add(row["folder_id"])
            return []
        return folders

    def _list_files(self, row: Row, is_project: bool, answer: Row | None) -> None:
        folder_id, team_id = row["folder_id"], row["team_id"]
        at = PROJECT_FILES.at(project_id=folder_id) if is_project else FOLDER_FILES.at(folder_id=folder_id)
        try:
            listed = answer if answer and is_project else self._files(at)
        except Refused as refusal:
            self._skip("folders", folder_id, refusal, row["name"])
            self._listing.unlisted_files.add(folder_id)
            return
        for ref in _file_refs(listed["files"], team_id, folder_id):
            if self._scope.excludes(ref.key, ref.main_file_key):
                self._listing.excluded.add(ref.key)
            else:
                self._listing.files[ref.key] = ref

    def _list_configured_folder(self, folder_id: str) -> None:
        try:
            folder, answer = self._configured_folder(folder_id)
        except Refused as refusal:
            self._skip("folders", folder_id, refusal)
            self._listing.unlisted_files.add(folder_id)
            self._listing.unlisted_folders.add(folder_id)
            return
        self._list_folder(folder, None, None, answer)

    def _configured_folder(self, folder_id: str) -> tuple[Row, Row]:
        """Return the folder or project of an id, with the response that told which of them it is."""
        try:
            answer = self._api.get(FOLDER_FOLDERS.at(folder_id=folder_id), "folders")
        except Refused as refusal:
            if refusal.status not in (403, 404):
                raise
            answer = self._files(PROJECT_FILES.at(project_id=folder_id))
            return {"id": folder_id, "name": answer.get("name")}, answer
        return {"id": folder_id, "name": answer.get("name"), "parent_folder_id": None}, answer

    def _files(self, at: EndpointPath) -> Row:
        return self._api.get(at, "files", branch_data=True)

    def _list_configured_file(self, key: str, main_file_key: str | None) -> None:
        try:
            found = look_at_file(self._api, key)
            self._listing.files[key] = replace(found, main_file_key=main_file_key or found.main_file_key)
        except Refused as refusal:
            if refusal.reason == "missing_scope":
                self._listing.files[key] = FileRef(key, main_file_key=main_file_key)
            else:
                self._skip("files", key, refusal)

    def _skip(self, resource: str, item_id: str, refusal: Refused, name: str | None = None) -> None:
        self._listing.failed.add(item_id)
        self._listing.outcomes.append(skipped(self._run_id, resource, item_id, refusal, name=name))


def _file_refs(files: object, team_id: str | None, folder_id: str) -> Iterator[FileRef]:
    for file in filter(_has_key, objects_of(files)):
        yield _file_ref(file, team_id, folder_id, None)
        for branch in filter(_has_key, objects_of(file.get("branches"))):
            yield _file_ref(branch, team_id, folder_id, file["key"])


def _has_id(folder: Row) -> bool:
    """Tell whether the id of a folder is safe in a path."""
    return is_plain(as_text(folder.get("id")))


def _has_key(file: dict[str, Any]) -> bool:
    """Tell whether the key of a file is safe in a path."""
    return is_plain(file.get("key"))


def _file_ref(file: dict[str, Any], team_id: str | None, folder_id: str, main_file_key: str | None) -> FileRef:
    last_modified_at = parse_time(file.get("last_modified"))
    return FileRef(file["key"], as_text(file.get("name")), team_id, folder_id, main_file_key, last_modified_at)
