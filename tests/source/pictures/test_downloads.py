"""Downloads of pictures: without a token, from safe hosts only, up to a maximum size, detected by their content."""

import io
import os
import resource
import stat
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from figma_warehouse.dashboard.data_uri import asset_data_uri
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.pictures.asset_folder import AssetFolder
from figma_warehouse.source.pictures.downloads import Downloads
from figma_warehouse.source.pictures.formats import BadPicture, read_picture
from tests.fixtures.stub_server import ReceivedRequest, Reply, stub_server

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20">'
    b'<script>alert(1)</script><rect onclick="x()"/></svg>'
)


def raster(format_: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#c0ffee").save(out, format_)
    return out.getvalue()


def reason_of(url: str, max_bytes: int = 10_000) -> str:
    with pytest.raises(Refused) as refused:
        Downloads(max_bytes, backoff=0.001, allows_local=True).fetch(url)
    return refused.value.reason


def test_a_download_carries_no_credentials_not_even_those_of_a_netrc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with stub_server(lambda _: Reply(200, raster())) as store:
        assert Downloads(10_000, allows_local=True).fetch(f"{store.base_url}/a").body == raster()
    assert not {"Authorization", "X-Figma-Token", "Cookie"} & set(store.requests[0].headers)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "data:image/png,a",
        "//x/a",
        "http://[::",
        "http://127.0.0.2:1\\@localhost/a",
        "https://127.0.0.2:1\\@example.com/a",
        "http://127.0.0.2:1@localhost/a",
        "http://local\nhost:1/a",
        " http://localhost:1/a",
    ],
)
def test_only_https_and_this_machine_get_requests(url: str) -> None:
    assert reason_of(url) == "unsafe_address"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:1/a",
        "https://localhost.:1/a",
        "https://127.0.0.1:1/a",
        "https://127.1:1/a",
        "https://2130706433:1/a",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/a",
        "https://[::1]:1/a",
        "https://[::ffff:127.0.0.1]:1/a",
        "https://[fe80::1]:1/a",
        "https://１２７.0.0.1:1/a",
    ],
)
def test_a_remote_api_cannot_make_downloads_from_this_machine_or_its_network(url: str) -> None:
    with pytest.raises(Refused) as refused:
        Downloads(10_000, backoff=0.001).fetch(url)
    assert refused.value.reason == "unsafe_address"


@pytest.mark.parametrize("onward", ["file:///etc/passwd", "https://127.0.0.1:1/a", "http://example.com/a"])
def test_a_redirect_to_another_scheme_or_an_unsafe_host_is_not_followed(onward: str) -> None:
    with stub_server(lambda _: Reply(302, headers={"Location": onward})) as store:
        assert reason_of(f"{store.base_url}/a") == "unsafe_address"


def test_a_safe_redirect_is_followed() -> None:
    def answer(seen: ReceivedRequest) -> Reply:
        return Reply(200, raster()) if seen.path == "/b" else Reply(302, headers={"Location": "/b"})

    with stub_server(answer) as store:
        assert Downloads(10_000, allows_local=True).fetch(f"{store.base_url}/a").body == raster()
    with stub_server(lambda _: Reply(302, headers={"Location": "/a"})) as store:
        assert reason_of(f"{store.base_url}/a") == "redirected"
        assert len(store.requests) == 4


def test_bytes_beyond_the_limit_are_not_read() -> None:
    with stub_server(lambda _: Reply(200, b"x" * 300_000)) as store:
        assert reason_of(f"{store.base_url}/a", max_bytes=100_000) == "too_large"


@pytest.mark.parametrize(
    ("reply", "reason", "tries"),
    [
        (Reply(202, headers={"x-amzn-waf-action": "challenge"}), "waf_challenge", 5),
        (Reply(503), "server_error", 5),
        (Reply(200, raster()[:60]), "bad_picture", 5),
        (Reply(403), "expired", 1),
        (Reply(404), "not_found", 1),
    ],
)
def test_transient_download_failures_are_retried_and_others_are_not(reply: Reply, reason: str, tries: int) -> None:
    with stub_server(lambda _: reply) as store:
        assert reason_of(f"{store.base_url}/a") == reason
        assert len(store.requests) == tries


def test_a_download_is_not_retried_after_a_stop() -> None:
    stop = Stop()

    def answer(_: ReceivedRequest) -> Reply:
        stop.trigger("SIGTERM")
        return Reply(503)

    began = time.monotonic()
    with stub_server(answer) as store, pytest.raises(Refused, match="put off: ended early: SIGTERM"):
        Downloads(10_000, backoff=600, stop=stop, allows_local=True).fetch(f"{store.base_url}/a")
    assert len(store.requests) == 1
    assert time.monotonic() - began < 20, "it waited for the next try"


@pytest.mark.parametrize(("format_", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("WEBP", "webp")])
def test_the_format_of_a_picture_is_detected_from_its_bytes(format_: str, ending: str) -> None:
    picture = read_picture(raster(format_))
    assert (picture.format, picture.width, picture.height) == (ending, 40, 20)


@pytest.mark.parametrize("body", [b"", b"hello", b"<html><body>no</body></html>", raster()[:60], raster("BMP")])
def test_a_body_that_is_not_a_picture_is_refused(body: bytes) -> None:
    with stub_server(lambda _: Reply(200, body)) as store:
        assert reason_of(f"{store.base_url}/a") == "bad_picture"


@pytest.mark.parametrize("width", [b".", b"1.2.3", b"9" * 25, b"9" * 400, b"2147483648"])
def test_an_svg_with_an_invalid_width_has_no_width(width: bytes) -> None:
    picture = read_picture(b'<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="7.6px"></svg>' % width)
    assert (picture.format, picture.width, picture.height) == ("svg", None, 8)


@pytest.mark.parametrize("cut", [0, 6])
def test_an_svg_that_is_nested_too_deeply_is_refused_before_the_sanitiser(cut: int) -> None:
    deep = b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 200_000 + b"</g>" * 200_000 + b"</svg>"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadPicture, match="more than 200 levels"):
        read_picture(deep[: len(deep) - cut])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_an_svg_of_a_realistic_depth_is_a_picture() -> None:
    nested = b'<svg xmlns="http://www.w3.org/2000/svg" width="9">' + b"<g>" * 199 + b"</g>" * 199 + b"</svg>"
    assert read_picture(nested).width == 9


def test_an_svg_that_expands_to_several_times_its_size_is_refused() -> None:
    with pytest.raises(BadPicture, match="several times its size"):
        read_picture(b'<svg xmlns="http://www.w3.org/2000/svg"><text>%s</text></svg>' % (b">" * 200_000))


def test_after_several_lost_connections_no_more_pictures_are_tried() -> None:
    with stub_server(lambda _: Reply(200, raster())) as store:
        url = f"{store.base_url}/a"
    downloads, tries = Downloads(10_000, backoff=0.001, allows_local=True), []
    for _ in range(5):
        with pytest.raises(Refused, match="connection lost") as refused:
            downloads.fetch(url)
        tries.append("not tried" not in refused.value.detail)
    assert tries == [True, True, True, False, False]


def test_a_truncated_picture_is_fetched_by_a_retry() -> None:
    replies = iter([Reply(200, raster()[:60]), Reply(200, raster())])
    with stub_server(lambda _: next(replies)) as store:
        assert Downloads(10_000, backoff=0.001, allows_local=True).fetch(f"{store.base_url}/a").body == raster()


@pytest.mark.parametrize("before", [Reply(503), Reply(200, raster()[:50])])
def test_bodies_that_differ_between_attempts_are_a_bad_body_and_no_bad_picture(before: Reply) -> None:
    replies = iter([before, *[Reply(200, raster()[:60])] * 4])
    with stub_server(lambda _: next(replies)) as store:
        assert reason_of(f"{store.base_url}/a") == "bad_body"


def test_a_picture_of_too_many_pixels_is_not_opened() -> None:
    large = bytearray(raster())
    large[16:24] = (60_000).to_bytes(4, "big") * 2
    large[29:33] = zlib.crc32(large[12:29]).to_bytes(4, "big")
    with pytest.raises(BadPicture, match="pixels"):
        read_picture(bytes(large))


def test_an_asset_is_written_once_atomically_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = AssetFolder(str(tmp_path / "assets"))
    asset = folder.store(read_picture(raster()))
    path = tmp_path / "assets" / f"{asset.sha256}.png"
    assert path.read_bytes() == raster()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    os.utime(path, (0, 0))
    assert folder.store(read_picture(raster())) == asset
    assert path.stat().st_mtime == 0
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_assets_can_be_stored_at_any_fsspec_url() -> None:
    folder = AssetFolder("memory://bucket/assets")
    asset = folder.store(read_picture(raster()))
    assert folder.read(asset.sha256, "png") == raster()


def test_an_svg_is_stored_without_anything_active(tmp_path: Path) -> None:
    folder = AssetFolder(str(tmp_path))
    asset = folder.store(read_picture(SVG))
    stored = folder.read(asset.sha256, "svg") or b""
    assert (asset.format, asset.width, asset.height) == ("svg", 30, 20)
    assert b"<rect" in stored
    assert b"script" not in stored
    assert b"onclick" not in stored


def test_a_page_gets_only_asset_data_that_was_checked_again(tmp_path: Path) -> None:
    asset = AssetFolder(str(tmp_path)).store(read_picture(raster(size=(400, 200))))
    small = asset_data_uri(str(tmp_path), asset.sha256, "png", side=50) or ""
    assert small.startswith("data:image/png;base64,")
    assert len(small) < len(asset_data_uri(str(tmp_path), asset.sha256, "png") or "")
    forged = "0" * 64
    (tmp_path / f"{forged}.svg").write_bytes(SVG)
    (tmp_path / f"{forged}.png").write_bytes(b"<html>")
    assert "YWxlcnQ" not in (asset_data_uri(str(tmp_path), forged, "svg") or "YWxlcnQ")
    assert asset_data_uri(str(tmp_path), forged, "png") is None
    assert asset_data_uri(str(tmp_path), "../" + forged[:61], "png") is None
    assert asset_data_uri(str(tmp_path), None, None) is None
