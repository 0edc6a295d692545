"""A folder of recorded answers as an organisation."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from figma_warehouse.sandbox import RecordedOrganisation, serve

Get = Callable[..., tuple[int, Any]]

SERIES = "seriesmacui00000000000"


def record(folder: Path, stem: str, modified: str, version: str, **extra: object) -> bytes:
    document = {"id": "0:0", "name": "Document", "type": "DOCUMENT", "children": []}
    head = {"name": stem, "lastModified": modified, "version": version, "document": document}
    body = msgspec.json.encode({**head, "components": {}, "componentSets": {}, "styles": {}, **extra})
    (folder / f"{stem}.json.gz").write_bytes(gzip.compress(body))
    return body


def test_recordings_with_one_base_name_are_the_history_of_one_file(tmp_path: Path, get: Get) -> None:
    record(tmp_path, "shop-2024-01-02-11", "2024-01-02T08:00:00Z", "11")
    record(tmp_path, "shop-2024-01-03-12", "2024-01-03T08:00:00Z", "12")
    newest = record(tmp_path, "shop-2024-01-03-12-b", "2024-01-03T09:00:00.5Z", "12")
    record(tmp_path, "shop-earlier-1", "2023-12-01T08:00:00Z", "10")
    (tmp_path / "nodes-response.json.gz").write_bytes(
        gzip.compress(b'{"name":"x","lastModified":"2024-01-01T00:00:00Z","version":"1","nodes":{}}')
    )
    org = RecordedOrganisation(tmp_path)
    key = "shop" + "0" * 18
    assert [version for _, version, _ in org.saves(key)] == ["10", "11", "12", "12"]
    with serve(org) as server:
        url, headers = f"{server.base_url}/v1/files/{key}", {"X-Figma-Token": org.token}
        assert requests.get(url, headers=headers, timeout=10).content == newest
        assert requests.get(f"{url}?version=12", headers=headers, timeout=10).content == newest
        versions = get(server, f"/v1/files/{key}/versions")[1]["versions"]
        assert [version["id"] for version in versions] == ["12", "11", "10"]
        assert get(server, f"/v1/files/{key}?branch_data=true")[1]["branches"] == []
        assert get(server, f"/v1/teams/{org.team_ids[0]}/components")[1]["meta"] == {"components": [], "cursor": {}}


def test_saves_after_the_clock_are_hidden(tmp_path: Path, get: Get) -> None:
    record(tmp_path, "shop-2024-01-02-11", "2024-01-02T08:00:00Z", "11")
    record(tmp_path, "shop-2024-01-09-12", "2024-01-09T08:00:00Z", "12")
    record(tmp_path, "later", "2024-02-01T08:00:00Z", "1")
    org = RecordedOrganisation(tmp_path, at=datetime(2024, 1, 3, tzinfo=UTC))
    with serve(org) as server:
        assert [row["name"] for row in list_files(get, server, org)] == ["shop-2024-01-02-11"]
        org.advance(1)
        assert [row["name"] for row in list_files(get, server, org)] == ["shop-2024-01-09-12"]
        org.advance_to(datetime(2024, 2, 2, tzinfo=UTC))
        assert [row["name"] for row in list_files(get, server, org)] == ["later", "shop-2024-01-09-12"]


def list_files(get: Get, server: object, org: RecordedOrganisation) -> list[dict[str, Any]]:
    folder = get(server, f"/v2/teams/{org.team_ids[0]}/folders")[1]["folders"][0]["id"]
    files: list[dict[str, Any]] = get(server, f"/v2/folders/{folder}/files")[1]["files"]
    return files


def test_an_empty_folder_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        RecordedOrganisation(tmp_path)


@pytest.mark.slow
def test_real_recordings_are_served_byte_for_byte(recordings: Path, get: Get) -> None:
    org = RecordedOrganisation(recordings)
    with serve(org) as server:
        files = list_files(get, server, org)
        assert len({row["key"] for row in files}) == len(files) == 17
        assert all(22 <= len(row["key"]) <= 128 and row["key"].isalnum() for row in files)
        assert len(org.saves(SERIES)) == 9
        assert len(org.versions(SERIES)) == 8
        path = org.saves(SERIES)[-1][2]
        url = f"{server.base_url}/v1/files/{SERIES}"
        served = requests.get(url, headers={"X-Figma-Token": org.token}, timeout=10).content
        assert served == gzip.decompress(path.read_bytes())
        for row in files:
            assert get(server, f"/v1/files/{row['key']}?depth=1")[1]["lastModified"] == row["last_modified"]


def test_if_two_saves_have_one_version_the_newest_is_served(recordings: Path, get: Get) -> None:
    with serve(RecordedOrganisation(recordings)) as server:
        answer = get(server, f"/v1/files/{SERIES}?version=292388877&depth=1")[1]
        assert answer["lastModified"] == "2020-04-08T13:27:16.257108Z"
