"""From configured teams, folders and files to a listing of all files."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from figma_warehouse.sandbox import HttpAnswer, SampleOrganisation, Server, serve
from figma_warehouse.source.addresses import parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.values import parse_time
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.listings.discovery import Listing, discover, look_at_file
from tests.fixtures.in_memory_organisation import (
    HOME,
    INNER,
    INNERMOST,
    LIBRARY,
    OTHER,
    SHOP,
    TEAM,
    TOP,
    UNREADABLE_TEAM,
    InMemoryOrganisation,
    key_of,
)
from tests.fixtures.stub_server import ReceivedRequest, Reply, json_reply, stub_server

DEEP, WEB, BRANCH = key_of("deep"), key_of("web"), key_of("branch")
Scoped = list[str]


def look(api: FigmaClient, teams: Scoped = [], folders: Scoped = [], files: Scoped = []) -> Listing:  # noqa: B006
    return discover(api, parse_scope(teams, folders, files), "run")


def without(row: dict[str, Any], *columns: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in columns}


def skips(listing: Listing) -> list[tuple[str, str, str, int | None]]:
    return [(row["resource"], row["item_id"], row["reason"], row["http_status"]) for row in listing.outcomes]


@pytest.fixture
def nested_folders(drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """Files in folders at every level, one of them with a branch."""
    drafts.add(DEEP, INNERMOST)
    drafts.add(WEB, OTHER)
    drafts.add(BRANCH, TOP, main_key=HOME)
    return drafts


def ref_of(drafts: InMemoryOrganisation, key: str, team_id: str | None = TEAM.id) -> FileRef:
    draft = drafts.files_by_key[key]
    name = f"File {key.rstrip('0')}"
    return FileRef(key, name, team_id, draft.folder.id, draft.main_key, draft.saves[-1].at)


def test_a_team_is_listed_with_its_nested_folders_files_and_branches(
    server: Server, api: FigmaClient, nested_folders: InMemoryOrganisation
) -> None:
    listing = look(api, teams=[TEAM.id])
    assert [without(team, "last_seen_at") for team in listing.teams] == [{"team_id": TEAM.id, "name": "Drafts"}]
    columns = ("folder_id", "team_id", "parent_folder_id", "name", "path")
    assert [without(row, "last_seen_at") for row in listing.folders] == [
        dict(zip(columns, row, strict=True))
        for row in (
            (TOP.id, TEAM.id, None, "Apps", "Apps"),
            (INNER.id, TEAM.id, TOP.id, "Mobile", "Apps / Mobile"),
            (INNERMOST.id, TEAM.id, INNER.id, "Old", "Apps / Mobile / Old"),
            (OTHER.id, TEAM.id, None, "Web", "Web"),
        )
    ]
    assert listing.files == {key: ref_of(nested_folders, key) for key in (HOME, SHOP, DEEP, WEB, BRANCH)}
    assert listing.files[BRANCH].main_file_key == HOME
    assert (listing.outcomes, listing.failed) == ([], set())
    assert server.spent == {1: 0, 2: 1 + 4 + 4, 3: 0}


def test_an_excluded_file_includes_its_branches_and_an_excluded_folder_is_not_requested(
    server: Server, api: FigmaClient, nested_folders: InMemoryOrganisation
) -> None:
    nested_folders.add(key_of("inner"), INNER)
    scope = parse_scope(teams=[TEAM.id], folders=[INNER.id], files=[WEB], exclude=[HOME, INNER.id])
    listing = discover(api, scope, "run")
    assert set(listing.files) == {SHOP, WEB}
    assert (listing.excluded, listing.excluded_folders) == ({HOME, BRANCH}, {INNER.id})
    assert {row["folder_id"] for row in listing.folders} == {TOP.id, INNER.id, OTHER.id}
    assert [request for request in server.requests if f"/{INNER.id}/" in request.path] == []


def test_a_file_that_is_named_itself_is_listed_though_its_folder_is_excluded(
    api: FigmaClient, nested_folders: InMemoryOrganisation
) -> None:
    assert set(nested_folders.files_by_key) == {HOME, SHOP, DEEP, WEB, BRANCH}
    listing = discover(api, parse_scope(teams=[TEAM.id], files=[DEEP], exclude=[INNER.id]), "run")
    assert set(listing.files) == {HOME, SHOP, DEEP, WEB, BRANCH}


def test_a_file_that_is_configured_and_excluded_is_not_requested(server: Server, api: FigmaClient) -> None:
    listing = discover(api, parse_scope(files=[HOME, SHOP], exclude=[HOME]), "run")
    assert (set(listing.files), listing.excluded) == ({SHOP}, {HOME})
    assert [request.path for request in server.requests] == [f"/v1/files/{SHOP}/meta"]


def test_without_folders_a_team_is_listed_by_its_projects(nested_folders: InMemoryOrganisation) -> None:
    with serve(nested_folders, v2=False) as server:
        listing = look(FigmaClient(nested_folders.token, server.base_url), teams=[TEAM.id, TEAM.id])
    assert [(row["folder_id"], row["parent_folder_id"], row["path"]) for row in listing.folders] == [
        (TOP.id, None, "Apps"),
        (OTHER.id, None, "Web"),
    ]
    assert set(listing.files) == {HOME, SHOP, WEB, BRANCH}
    assert [request.path for request in server.requests] == [
        f"/v2/teams/{TEAM.id}/folders",
        f"/v1/teams/{TEAM.id}/projects",
        f"/v1/projects/{TOP.id}/files",
        f"/v1/projects/{OTHER.id}/files",
    ]


@pytest.mark.slow
def test_a_sample_organisation_is_listed_as_it_is() -> None:
    org = SampleOrganisation(week=4)
    truth = org.truth().files
    with serve(org) as server:
        listing = look(FigmaClient(org.token, server.base_url), teams=org.team_ids)
    assert {
        key: (ref.name, ref.team_id, ref.folder_id, ref.main_file_key, ref.last_modified_at)
        for key, ref in listing.files.items()
    } == {
        key: (file.name, file.team_id, file.folder_id, file.main_file_key, file.last_modified)
        for key, file in truth.items()
    }


@pytest.mark.parametrize("words", ["You don't have permission to view this team.", "Invalid scope(s): [files:read]"])
def test_a_token_without_folders_uses_projects(server: Server, api: FigmaClient, words: str) -> None:
    refusal = HttpAnswer(403, f'{{"status":403,"err":"{words}"}}'.encode())
    server.script(f"/v2/teams/{TEAM.id}/folders", refusal)
    assert set(look(api, teams=[TEAM.id]).files) == {HOME, SHOP}


@pytest.mark.usefixtures("nested_folders")
def test_a_refused_team_does_not_end_the_listing(api: FigmaClient) -> None:
    listing = look(api, teams=[UNREADABLE_TEAM.id, "999", TEAM.id])
    assert set(listing.files) == {HOME, SHOP, DEEP, WEB, BRANCH}
    assert listing.team_ids == {TEAM.id}
    assert listing.failed == {UNREADABLE_TEAM.id, "999"}
    assert skips(listing) == [("teams", UNREADABLE_TEAM.id, "no_access", 403), ("teams", "999", "not_found", 404)]
    assert {row["run_id"] for row in listing.outcomes} == {"run"}


@pytest.mark.parametrize(
    ("path", "missing", "name"),
    [
        (f"/v2/folders/{INNER.id}/files", set(), "Mobile"),
        (f"/v2/folders/{INNER.id}/folders", {DEEP}, "Mobile"),
        (f"/v2/folders/{TOP.id}/files", {HOME, SHOP, BRANCH}, "Apps"),
        (f"/v2/folders/{TOP.id}/folders", {DEEP}, "Apps"),
    ],
)
@pytest.mark.usefixtures("nested_folders")
def test_a_refused_folder_does_not_end_the_listing_and_is_marked(
    server: Server, api: FigmaClient, path: str, missing: set[str], name: str
) -> None:
    server.script(path, HttpAnswer(404, b'{"status":404,"err":"Not found"}'))
    listing = look(api, teams=[TEAM.id])
    assert set(listing.files) == {HOME, SHOP, DEEP, WEB, BRANCH} - missing
    assert listing.failed == listing.unlisted_files | listing.unlisted_folders == {path.split("/")[3]}
    assert (listing.unlisted_files == listing.failed) is path.endswith("/files")
    assert [(row["resource"], row["item_id"], row["name"]) for row in listing.outcomes] == [
        ("folders", path.split("/")[3], name)
    ]


def test_a_configured_folder_is_listed_with_its_contents(
    server: Server, api: FigmaClient, nested_folders: InMemoryOrganisation
) -> None:
    listing = look(api, folders=[f"https://www.figma.com/files/project/{INNER.id}/Mobile"])
    assert [(row["folder_id"], row["team_id"], row["path"]) for row in listing.folders] == [
        (INNER.id, None, "Mobile"),
        (INNERMOST.id, None, "Mobile / Old"),
    ]
    assert listing.files == {DEEP: ref_of(nested_folders, DEEP, team_id=None)}
    of_folders = [f"/v2/folders/{folder.id}/{what}" for folder in (INNER, INNERMOST) for what in ("files", "folders")]
    assert sorted(request.path for request in server.requests) == of_folders


@pytest.mark.usefixtures("nested_folders")
def test_a_configured_folder_of_a_configured_team_is_listed_once(server: Server, api: FigmaClient) -> None:
    listing = look(api, teams=[TEAM.id], folders=[INNER.id])
    assert sorted(row["folder_id"] for row in listing.folders) == [TOP.id, INNER.id, INNERMOST.id, OTHER.id]
    assert listing.files[DEEP].team_id == TEAM.id
    assert len(server.requests) == 9


@pytest.mark.parametrize("given", [[TOP.id, INNER.id], [INNER.id, TOP.id]])
@pytest.mark.usefixtures("nested_folders")
def test_a_configured_folder_inside_a_configured_folder_is_listed_once(api: FigmaClient, given: list[str]) -> None:
    listing = look(api, folders=given)
    assert sorted((row["folder_id"], row["path"]) for row in listing.folders) == [
        (TOP.id, "Apps"),
        (INNER.id, "Apps / Mobile"),
        (INNERMOST.id, "Apps / Mobile / Old"),
    ]
    assert set(listing.files) == {HOME, SHOP, DEEP, BRANCH}


def test_a_configured_project_is_listed_without_folders(nested_folders: InMemoryOrganisation) -> None:
    with serve(nested_folders, v2=False) as server:
        listing = look(FigmaClient(nested_folders.token, server.base_url), folders=[TOP.id])
    assert [(row["folder_id"], row["team_id"], row["path"]) for row in listing.folders] == [(TOP.id, None, "Apps")]
    assert set(listing.files) == {HOME, SHOP, BRANCH}
    assert [request.path for request in server.requests] == [
        f"/v2/folders/{TOP.id}/folders",
        f"/v1/projects/{TOP.id}/files",
    ]


def test_configured_files_are_read_from_their_metadata(
    server: Server, api: FigmaClient, nested_folders: InMemoryOrganisation
) -> None:
    address = f"https://www.figma.com/design/{HOME}/branch/{BRANCH}/Trial?node-id=1-2"
    listing = look(api, files=[address, f"https://www.figma.com/board/{SHOP}/Shop"])
    version = "2400000000000000000"
    drafts = nested_folders.files_by_key
    assert listing.files == {
        key: FileRef(key, name, None, None, main_key, drafts[key].saves[-1].at, version)
        for key, name, main_key in ((BRANCH, "File branch", HOME), (SHOP, "File shop", None))
    }
    assert [request.path for request in server.requests] == [f"/v1/files/{BRANCH}/meta", f"/v1/files/{SHOP}/meta"]


def test_a_file_that_is_found_twice_is_listed_once_as_its_team_lists_it(
    server: Server, api: FigmaClient, nested_folders: InMemoryOrganisation
) -> None:
    listing = look(api, teams=[TEAM.id, TEAM.id], folders=[TOP.id], files=[HOME, DEEP, HOME])
    assert listing.files == {key: ref_of(nested_folders, key) for key in (HOME, SHOP, DEEP, WEB, BRANCH)}
    assert server.spent[3] == 0


def test_configured_files_that_are_refused_get_an_outcome_and_the_others_are_listed(
    api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    slides = key_of("slides")
    drafts.add(slides, editor_type="slides")
    listing = look(api, folders=["998"], files=[key_of("nowhere"), slides, HOME])
    assert set(listing.files) == {HOME}
    assert skips(listing) == [
        ("folders", "998", "not_found", 404),
        ("files", key_of("nowhere"), "not_found", 404),
        ("files", slides, "unsupported_type", None),
    ]


def test_a_configured_file_is_listed_even_if_the_token_may_not_read_metadata(server: Server, api: FigmaClient) -> None:
    server.script("/meta", HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [file_content:read]"}'))
    assert look(api, files=[HOME]).files == {HOME: FileRef(HOME)}


ODD_IDS = ["../../v1/me", "a/b", "a b", "a?b=1", "a%2Fb", "", ".", "a#b", "é", "a\nb", None, ["a"], {"a": 1}]


def one_folder(folder: dict[str, Any], file: dict[str, Any]) -> Callable[[ReceivedRequest], Reply]:
    def answer(request: ReceivedRequest) -> Reply:
        if request.path == "/v2/teams/1/folders":
            good = {"id": "7", "name": "Good", "parent_folder_id": None}
            return json_reply({"name": "Team", "folders": [folder, good]})
        if request.path == "/v2/folders/7/files":
            main = {"key": "good", "name": "Good", "last_modified": "2026-05-22T20:10:33Z", "branches": [file]}
            return json_reply({"name": "Good", "files": [file, main]})
        return json_reply({"name": "Good", "folders": [folder] if request.path == "/v2/folders/7/folders" else []})

    return answer


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_id_with_unsafe_characters_is_never_part_of_a_path(odd: Any) -> None:
    folder, file = {"id": odd, "name": "Odd", "parent_folder_id": None}, {"key": odd, "name": "Odd"}
    with stub_server(one_folder(folder, file)) as figma:
        listing = look(FigmaClient("figd_x", figma.base_url), teams=["1"])
    assert figma.paths == ["/v2/teams/1/folders", "/v2/folders/7/files", "/v2/folders/7/folders"]
    assert list(listing.files) == ["good"]
    assert [row["folder_id"] for row in listing.folders] == ["7"]


def test_a_folder_or_file_without_an_id_is_ignored() -> None:
    with stub_server(one_folder({"name": "Odd", "parent_folder_id": None}, {"name": "Odd"})) as figma:
        listing = look(FigmaClient("figd_x", figma.base_url), teams=["1"])
    assert list(listing.files) == ["good"]


def test_a_folder_that_contains_itself_is_listed_once() -> None:
    row = {"id": "7", "name": "Round", "parent_folder_id": "7"}
    rounds = [[row]] * 5
    with stub_server(
        lambda _: json_reply({"name": "Round", "folders": rounds.pop() if rounds else [], "files": []})
    ) as figma:
        listing = look(FigmaClient("figd_x", figma.base_url), teams=["1"])
    assert [folder["folder_id"] for folder in listing.folders] == ["7"]


def test_folders_are_listed_down_to_the_maximum_depth_and_the_next_one_gets_an_outcome() -> None:
    def answer(request: ReceivedRequest) -> Reply:
        inner = int(request.path.split("/")[3]) + 1
        return json_reply(
            {"name": "F", "files": [], "folders": [{"id": str(inner), "name": "F", "parent_folder_id": "0"}]}
        )

    with stub_server(answer) as figma:
        listing = look(FigmaClient("figd_x", figma.base_url), teams=["1"])
    assert [row["folder_id"] for row in listing.folders] == [str(number) for number in range(2, 102)]
    assert listing.folders[-1]["path"] == " / ".join(["F"] * 100)
    assert skips(listing) == [("folders", "102", "bad_body", None)]
    assert listing.failed == listing.unlisted_files == listing.unlisted_folders == {"102"}


def test_values_that_are_not_text_in_a_listing_become_text_or_are_left_out() -> None:
    half = {"key": "half", "name": "Launch \ud83d", "last_modified": 1772442060, "branches": {"odd": 1}}
    numbered = {"key": "numbered", "name": 2026, "last_modified": "2026-05-22T20:10:33", "branches": ["odd"]}
    answers = {
        "/v2/teams/1/folders": {"name": ["odd"], "folders": [{"id": 7, "name": "\ud83d", "parent_folder_id": None}, 5]},
        "/v2/folders/7/files": {"name": "Good", "files": [half, numbered, "odd", None]},
        "/v2/folders/7/folders": {"name": "Good", "folders": [None]},
    }
    with stub_server(lambda request: json_reply(answers[request.path])) as figma:
        listing = look(FigmaClient("figd_x", figma.base_url), teams=["1"])
    assert [team["name"] for team in listing.teams] == [None]
    assert [(row["folder_id"], row["name"]) for row in listing.folders] == [("7", "?")]
    edited_at = datetime(2026, 5, 22, 20, 10, 33, tzinfo=UTC)
    assert {ref.key: (ref.name, ref.last_modified_at) for ref in listing.files.values()} == {
        "half": ("Launch ?", None),
        "numbered": ("2026", edited_at),
    }


@pytest.mark.parametrize(
    ("meta", "ref"),
    [
        ({"name": 5, "version": 9, "last_touched_at": 3, "editorType": ["figma"]}, FileRef("abc", "5", version="9")),
        ({"name": {"a": 1}, "version": None, "last_touched_at": None}, FileRef("abc")),
    ],
)
def test_malformed_metadata_is_read_as_far_as_possible(meta: dict[str, Any], ref: FileRef) -> None:
    with stub_server(lambda _: json_reply({"file": meta})) as figma:
        assert look_at_file(FigmaClient("figd_x", figma.base_url), "abc") == ref


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_metadata_is_read_in_its_wrapper_and_without(is_wrapped: bool) -> None:
    meta = {"name": "A", "last_touched_at": "2026-05-22T20:10:33Z", "version": "9", "editorType": "figjam"}
    with stub_server(lambda _: json_reply({"file": meta} if is_wrapped else meta)) as figma:
        ref = look_at_file(FigmaClient("figd_x", figma.base_url), "abc")
    assert ref == FileRef("abc", "A", last_modified_at=datetime(2026, 5, 22, 20, 10, 33, tzinfo=UTC), version="9")


@pytest.mark.parametrize("editor", ["slides", "buzz", "sites", "make"])
def test_a_file_type_without_documents_is_refused_by_its_metadata(
    api: FigmaClient, drafts: InMemoryOrganisation, editor: str
) -> None:
    drafts.add(LIBRARY, editor_type=editor)
    with pytest.raises(Refused, match=editor) as raised:
        look_at_file(api, LIBRARY)
    assert raised.value.reason == "unsupported_type"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-22T20:10:33Z", datetime(2026, 5, 22, 20, 10, 33, tzinfo=UTC)),
        ("2026-05-22T22:10:33+02:00", datetime(2026, 5, 22, 20, 10, 33, tzinfo=UTC)),
        ("2020-02-09T21:04:33.564965Z", datetime(2020, 2, 9, 21, 4, 33, 564965, tzinfo=UTC)),
        ("", None),
        (None, None),
        ("2026-05-22T20:10:33", datetime(2026, 5, 22, 20, 10, 33, tzinfo=UTC)),
        ("yesterday", None),
        (1772442060, None),
        (["2026-05-22T20:10:33Z"], None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2009-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59Z", None),
    ],
)
def test_times_are_read_as_utc(text: object, moment: datetime | None) -> None:
    assert parse_time(text) == moment


def test_the_sandbox_answers_the_listing_it_was_given(server: Server, nested_folders: InMemoryOrganisation) -> None:
    headers = {"X-Figma-Token": nested_folders.token}
    url = f"{server.base_url}/v2/folders/{TOP.id}/files?branch_data=true"
    files = requests.get(url, headers=headers, timeout=10).json()["files"]
    assert {file["key"]: [branch["key"] for branch in file["branches"]] for file in files} == {HOME: [BRANCH], SHOP: []}
