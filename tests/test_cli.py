from __future__ import annotations

import io
import re
import socket
from contextlib import redirect_stderr
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from keepsight import __version__
from keepsight.cli import app, main
from keepsight.delivery.derived import Derived, DerivedCache
from keepsight.delivery.signature import is_signed_by
from keepsight.transformation.path import split_path

RUN = CliRunner()
SECRET = "made up for this test"


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    media = tmp_path / "media"
    media.mkdir()
    Image.new("RGB", (8, 8)).save(media / "one.jpg")
    monkeypatch.setenv("KEEPSIGHT_STORAGE__MEDIA", str(media))
    monkeypatch.setenv("KEEPSIGHT_STORAGE__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(tmp_path))
    monkeypatch.setenv("KEEPSIGHT_MODELS__STARTER", "false")
    return tmp_path


def said(*arguments: str) -> str:
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    "path",
    [
        "/demo/image/upload/c_crop,g_cat/v1/pets/a%20b.jpg",
        "/image/upload/s--AAAAAAAA--/c_crop,g_cat/pets/tom",
        "/demo/iu/w_5/tom.jpg",
        "/images/w_5/pets/tom/a-cat.jpg",
        "http://127.0.0.1:8000/demo/image/upload/tom.jpg",
        "/demo/image/upload/v2023/report.jpg",
        "/demo/image/fetch/w_5/https://a.test/x//y.jpg",
        "http://127.0.0.1:8000/demo/image/fetch/https://a.test/y.jpg",
    ],
)
@pytest.mark.parametrize("options", [(), ("--sha256",), ("--long",)])
def test_what_is_signed_verifies_and_stays_the_same_otherwise(
    path: str, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", SECRET)
    signed = said("sign", path, *options).strip()
    without = re.compile(r"/s--[\w-]+--")
    assert without.sub("", signed) == without.sub("", path)
    request = split_path(re.sub(r"^http://[^/]+", "", signed), "demo")
    assert is_signed_by(request, [SECRET])


def test_signing_needs_a_secret() -> None:
    assert "cloud.api_secret" in refused("sign", "/demo/image/upload/tom.jpg")


@pytest.mark.parametrize(
    "path",
    ["hello", "", "/", "/studio", "/health", "/v1_1/demo/image/upload", "https://example.com/cat.jpg", "/tom.jpg",
     "/demo", "/demo/", "/demo/image/upload", "/demo/image/upload/w_5", "/demo/image/uplod/w_5/tom.jpg",
     "/other/image/upload/tom.jpg", "/demo/video/upload/w_5/tom.mp4", "/demo/image/facebook/tom"],
)  # fmt: skip
def test_what_is_no_delivery_path_gets_no_signature(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", SECRET)
    sentence = refused("sign", path)
    assert sentence.startswith("keepsight: ")
    assert sentence.count("\n") == 1


def test_a_query_is_no_part_of_what_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", SECRET)
    plain = said("sign", "/demo/image/upload/w_5/tom.jpg").strip()
    assert said("sign", "/demo/image/upload/w_5/tom.jpg?_a=1#top").strip() == f"{plain}?_a=1#top"


def test_signing_refuses_what_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", SECRET)
    assert "Invalid width" in refused("sign", "/demo/image/upload/w_abc/tom.jpg")


def refused(*arguments: str) -> str:
    """What is said on stderr; the exit code has to be 2."""
    said_there = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stderr(said_there), pytest.raises(SystemExit) as left:
        patch.setattr("sys.argv", ["keepsight", *arguments])
        main()
    assert left.value.code == 2
    return said_there.getvalue()


def test_serving_the_world_without_a_secret_is_refused() -> None:
    sentence = refused("serve", "--host", "0.0.0.0")
    assert "KEEPSIGHT_CLOUD__API_SECRET" in sentence
    assert "127.0.0.1" in sentence


def test_a_port_in_use_is_said_before_anything_else(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        sentence = refused("serve", "/no/such/folder", "--port", str(port))
    assert re.fullmatch(rf"keepsight: port {port} is in use; .*--port \d+\n", sentence)
    assert capsys.readouterr().out == ""


def test_an_address_of_another_machine_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", SECRET)
    assert "no address of this machine; name one with --host" in refused("serve", "--host", "192.0.2.1")


def test_serving_a_folder_that_is_not_there_is_refused() -> None:
    assert "storage.media: no such folder" in refused("serve", "/no/such/folder")


def test_a_wrong_file_reports_every_error(installation: Path) -> None:
    path = installation / "wrong.toml"
    path.write_text("[server]\nport = 99999\nname = 1", "utf-8")
    sentence = refused("doctor", "--config", str(path))
    assert "server.port" in sentence
    assert "server.name: no such setting" in sentence


def test_models_are_listed_in_the_order_in_which_they_are_asked() -> None:
    names = [line.split()[0] for line in said("models", "list").splitlines()[1:] if line and not line.startswith(" ")]
    order = ["coco", "lvis", "openimages", "cld-fashion", "human-anatomy", "cld-text"]
    assert [n for n in dict.fromkeys(names) if n in order] == order
    assert names.count("coco") == 3  # its versions


def test_doctor_says_what_is_missing_and_what_mends_it() -> None:
    report = said("doctor")
    assert "development mode" in report
    assert "one.jpg" in report
    assert re.search(r"model coco v1: not installed\n\s+\S.*(pull coco|yolo11n)", report)


def test_doctor_names_what_is_unsafe_and_what_is_open(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (installation / "private").mkdir()
    monkeypatch.setenv("KEEPSIGHT_STORAGE__PRIVATE", str(installation / "private"))
    monkeypatch.setenv("KEEPSIGHT_FETCH__ALLOWED_HOSTS", "*.example.com,*")
    monkeypatch.setenv("KEEPSIGHT_FETCH__UNSAFE_ORIGINS", "http://10.0.0.5:9000")
    report = said("doctor")
    assert "http://10.0.0.5:9000 is unsafe" in report
    assert "* is unsafe" in report
    assert "private pictures are open to everybody" in report
    monkeypatch.setenv("KEEPSIGHT_STORAGE__AUTHENTICATED", str(installation / "nowhere"))
    assert "!!  storage.authenticated: no such folder" in RUN.invoke(app, ["doctor"]).output
    assert "storage.authenticated: no such folder" in refused("serve")


def test_doctor_looks_at_the_folder_that_is_named(installation: Path) -> None:
    (installation / "photos").mkdir()
    (installation / "photos" / "two.jpg").write_bytes((installation / "media" / "one.jpg").read_bytes())
    assert "photos, with two.jpg" in said("doctor", "--media", str(installation / "photos"))
    result = RUN.invoke(app, ["doctor", "--media", str(installation / "nowhere")])
    assert result.exit_code == 1
    assert "!!  storage.media: no such folder" in result.output


def test_doctor_calls_ok_only_what_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSIGHT_FETCH__ALLOWED_HOSTS", "*")
    fine = [line for line in said("doctor").splitlines() if line.startswith("ok")]
    assert fine
    assert not any("not installed" in line or "unsafe" in line or "starter" in line for line in fine)


def test_completion_is_offered_for_the_shell() -> None:
    assert "--install-completion" in said("--help")


def test_doctor_fails_where_something_is_wrong(installation: Path) -> None:
    (installation / "media" / "one.jpg").unlink()
    result = RUN.invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "!!  storage.media" in result.output


def test_the_cache_can_be_counted_trimmed_and_purged(installation: Path) -> None:
    cache = DerivedCache(installation / "data", 10**9)
    for key in ("a", "b", "c"):
        cache.put("0" * 64, key, Derived(bytes(1_000), "image/png", '"e"', "0,0,1,1", "center", None, 0))
    cache.close()
    assert said("cache", "stats").startswith("3 images")
    assert "bytes freed" in said("cache", "trim", "--max-bytes", "1500")
    assert said("cache", "stats").startswith("1 images")
    assert said("cache", "purge") == "1 images removed\n"
    assert said("cache", "stats").startswith("0 images, 0 of")


def test_the_version_is_told() -> None:
    assert said("--version") == f"keepsight {__version__}\n"
