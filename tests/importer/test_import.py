"""What comes from a cloud that answers as documented, and what does not."""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from PIL import Image

from keepsight.assets.catalogue import assets, folders, named
from keepsight.assets.store import open_store
from keepsight.errors import ConfigurationError
from keepsight.importer.bringing import How
from keepsight.importer.client import SourceError
from keepsight.importer.source import Filter
from keepsight.importer.state import ImportState
from keepsight.importer.target import open_target
from tests.importer.conftest import Cloud, Local, give
from tests.serving import Handler, serving

TOM = "image/upload/pets/tom"


def png(colour: str = "red", width: int = 8) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, 6), colour).save(file, "PNG")
    return file.getvalue()


def test_an_asset_comes_with_all_that_is_said_of_it(cloud: Cloud, local: Local) -> None:
    cloud.add(
        TOM,
        png(),
        format="png",
        version=1_312_461_204,
        tags=["cat", "two words"],
        context={"custom": {"alt": "a cat"}},
        metadata={"sku": 12345, "colours": ["red", "blue"], "shot": "2022-02-17"},
        asset_folder="shop",
        display_name="Tom",
        coordinates={"custom": [[1, 2, 3.5, 4]], "faces": [[0, 0, 2, 2]]},
    )
    report = local.run(cloud)
    assert report.to_json()["assets"] == {"new": 1, "changed": 0, "unchanged": 0, "bytes": len(png())}
    asset = local.find(TOM)
    assert asset is not None
    assert (asset.version, asset.asset_id) == (1_312_461_204, cloud.assets[TOM]["asset_id"])
    assert asset.created_at == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
    said = asset.described
    assert (said.tags, said.context, said.asset_folder, said.display_name) == (
        ("cat", "two words"),
        {"alt": "a cat"},
        "shop",
        "Tom",
    )
    assert said.metadata == {"sku": 12345, "colours": ["red", "blue"], "shot": "2022-02-17"}
    assert said.custom_coordinates == ((1, 2, 3.5, 4),)
    assert said.face_coordinates == ((0, 0, 2, 2),)
    assert (asset.held.format, asset.held.width, asset.held.height) == ("png", 8, 6)
    assert open_store(local.settings.storage.place).get(asset.held.key) == png()


def test_every_type_comes_and_every_page(cloud: Cloud, local: Local) -> None:
    keys = [f"image/{type_}/{number}" for type_ in ("upload", "private", "authenticated") for number in range(5)]
    keys += ["raw/upload/notes.txt", "raw/private/other.txt"]
    for key in keys:
        cloud.add(key, key.encode() if key.startswith("raw") else png(width=len(key)), format="png")
    assert local.run(cloud).assets["new"] == len(keys)
    assert all(local.find(key) for key in keys)


def test_what_has_no_place_here_is_reported(cloud: Cloud, local: Local) -> None:
    cloud.add("video/upload/film", bytes(1000), format="mp4")
    cloud.add("image/fetch/https://a.test/b.jpg", png())
    cloud.add("image/upload/paper", b"%PDF-1.7", format="pdf")
    cloud.add("image/upload/broken", b"no picture at all", format="png")
    cloud.add("image/upload/token", png(), format="png", access_control=[{"access_type": "token"}])
    cloud.add("image/upload/dated", png(), access_control=[{"access_type": "anonymous", "start": "2024-01-01"}])
    cloud.add("image/upload/anybody", png(), access_control=[{"access_type": "anonymous"}])
    cloud.add("image/upload/rejected", png(), format="png", moderation_status="rejected")
    cloud.add("image/upload/huge", png(), format="png", bytes=10**12)
    cloud.add("image/upload/" + "x" * 300, png(), format="png")
    report = local.run(cloud)
    assert report.assets == {"new": 1}
    assert not report.failed
    reasons = {left.name: left.reason for left in report.skipped}
    assert "video" in reasons["video/upload/film"]
    assert "fetch" in reasons["image/fetch/https://a.test/b.jpg"]
    assert "pdf" in reasons["image/upload/paper"]
    assert "image" in reasons["image/upload/broken"].lower()
    for name in ("token", "dated"):
        assert "restricts" in reasons[f"image/upload/{name}"]
        assert local.find(f"image/upload/{name}") is None
    assert "moderation" in reasons["image/upload/rejected"]
    assert "limits.max_bytes" in reasons["image/upload/huge"]
    assert len(reasons) == 9
    printed = "\n".join(report.lines())
    assert "1 asset, 1.0 kB: video" in printed


def test_a_second_run_brings_only_what_changed(cloud: Cloud, local: Local) -> None:
    for number in range(5):
        cloud.add(f"image/upload/{number}", png(width=number + 1), format="png")
    local.run(cloud)
    cloud.calls.clear()
    assert local.run(cloud).assets == {"unchanged": 5}
    assert not [path for path in cloud.calls if path.startswith("/res") or path.startswith("resources/image/upload/")]

    cloud.assets["image/upload/1"]["tags"] = ["new"]
    cloud.add("image/upload/2", png("blue", 40), format="png", version=1_700_000_000)
    cloud.calls.clear()
    report = local.run(cloud)
    assert report.assets == {"changed": 2, "unchanged": 3}
    assert report.bytes == len(png("blue", 40))
    assert [path for path in cloud.calls if path.startswith("/res")] == ["/res/image/upload/v1700000000/2.png"]
    one, two = local.find("image/upload/1"), local.find("image/upload/2")
    assert one is not None and one.described.tags == ("new",)
    assert two is not None and (two.version, two.held.width) == (1_700_000_000, 40)


def test_what_was_changed_here_stays_until_it_changes_there(cloud: Cloud, local: Local) -> None:
    cloud.add(TOM, png(), format="png", tags=["theirs"])
    local.run(cloud)
    target, asset = open_target(local.settings), local.find(TOM)
    assert asset is not None
    with target.database.write() as connection:
        assets.change(connection, asset, lambda said: replace(said, tags=("ours",), phash="f" * 16))
    target.close()
    assert local.run(cloud).assets == {"unchanged": 1}
    kept = local.find(TOM)
    assert kept is not None and kept.described.tags == ("ours",)
    cloud.assets[TOM]["tags"] = ["theirs", "more"]
    assert local.run(cloud).assets == {"changed": 1}
    changed = local.find(TOM)
    assert changed is not None
    assert (changed.described.tags, changed.described.phash) == (("theirs", "more"), "f" * 16)


def test_what_was_uploaded_here_is_not_replaced_unless_asked(cloud: Cloud, local: Local, tmp_path: Path) -> None:
    cloud.add(TOM, png("red"), format="png")
    local.run(cloud)
    (local.settings.storage.data / "import" / "acme.sqlite").unlink()  # as if somebody had uploaded it here
    cloud.add(TOM, png("blue"), format="png", version=1_700_000_000)
    report = local.run(cloud)
    assert "--overwrite" in report.skipped[0].reason
    assert "--overwrite" in local.run(cloud, dry_run=True).skipped[0].reason
    kept = local.find(TOM)
    assert kept is not None and kept.version == 1_600_000_000
    report = local.run(cloud, how=How(1, overwrite=True, with_details=True))
    assert report.assets == {"changed": 1}
    replaced = local.find(TOM)
    assert replaced is not None and replaced.version == 1_700_000_000


def test_a_state_that_was_lost_costs_no_download(cloud: Cloud, local: Local) -> None:
    cloud.add(TOM, png(), format="png")
    local.run(cloud)
    (local.settings.storage.data / "import" / "acme.sqlite").unlink()
    cloud.calls.clear()
    report = local.run(cloud)
    assert (report.assets, report.bytes) == ({"unchanged": 1}, 0)
    assert not [path for path in cloud.calls if path.startswith("/res")]


def test_a_dry_run_counts_and_writes_nothing(cloud: Cloud, local: Local) -> None:
    cloud.add(TOM, png(), format="png")
    cloud.add("video/upload/film", bytes(1000), format="mp4")
    cloud.folders = ["empty"]
    cloud.transformations = {"small": [{"width": 100, "crop": "scale"}]}
    report = local.run(cloud, dry_run=True)
    assert (report.assets, report.bytes, report.folders) == ({"new": 1}, len(png()), {"new": 1})
    assert report.transformations == {"new": 1}
    assert len(report.skipped) == 1
    assert not local.settings.storage.data.exists()
    assert not [path for path in cloud.calls if path.startswith("/res")]
    local.run(cloud)
    cloud.assets[TOM]["tags"] = ["new"]
    cloud.add("image/upload/more", png(width=90), format="png")
    report = local.run(cloud, dry_run=True)
    assert report.assets == {"new": 1, "changed": 1}
    assert (report.bytes, report.folders) == (len(png(width=90)), {"unchanged": 1})


def test_parts_prefixes_and_tags_can_be_chosen(cloud: Cloud, local: Local) -> None:
    for key in ("image/upload/shop/a", "image/private/shop/b", "image/upload/other/c"):
        cloud.add(key, png(width=len(key)), format="png", tags=["spring"] if key != "image/upload/shop/a" else [])
    cloud.folders = ["shop", "shop/empty", "other"]
    report = local.run(cloud, parts=("assets",), wanted=Filter(tag="spring", prefix="other/"))
    assert (report.assets, report.folders) == ({"new": 1}, {})
    assert local.find("image/upload/other/c")
    assert local.run(cloud, parts=("assets",), wanted=Filter(tag="spring")).assets == {"new": 1, "unchanged": 1}
    report = local.run(cloud, wanted=Filter(prefix="shop/"))
    assert (report.assets, report.folders.total()) == ({"new": 1, "unchanged": 1}, 2)


def test_folders_come_by_a_walk_where_there_is_no_search(cloud: Cloud, local: Local) -> None:
    def no_search(handler: Handler, path: str) -> bool:
        if path.endswith("folders/search"):
            give(handler, 404, {"error": {"message": "no such call"}})
        return path.endswith("folders/search")

    cloud.folders = ["a", "a/b", "a/b/c d", "ü"]
    cloud.meddle = no_search
    assert local.run(cloud).folders == {"new": 4}
    target = open_target(local.settings)
    with target.database.read() as connection:
        assert [folder.path for folder in folders.subfolders(connection, "a/b")] == ["a/b/c d"]
    target.close()


def test_named_transformations_come_as_the_text_of_urls(cloud: Cloud, local: Local) -> None:
    cloud.transformations = {
        "thumb": [
            {"width": 150, "height": 150, "crop": "thumb", "gravity": "face"},
            {"radius": "max", "flags": ["png8"]},
        ],
        "both": [{"transformation": ["thumb"]}, {"effect": "sepia:50", "background": "#fff"}],
        "generative": [{"effect": "gen_remove:prompt_fork"}],
        "strange": [{"unheard_of": 1}],
    }
    report = local.run(cloud)
    target = open_target(local.settings)
    with target.database.read() as connection:
        known = named.names(connection).known
    target.close()
    assert set(known["thumb"].split("/")[0].split(",")) == {"w_150", "h_150", "c_thumb", "g_face"}
    assert known["both"].startswith("t_thumb/")
    assert {left.name for left in report.skipped} == {"generative", "strange"}
    assert report.transformations == {"new": 2}
    assert local.run(cloud).transformations == {"unchanged": 2}
    cloud.transformations["both"] = [{"effect": "grayscale"}]
    assert local.run(cloud).transformations == {"changed": 1, "unchanged": 1}


def test_presets_come_unless_they_ask_for_what_is_not_offered(cloud: Cloud, local: Local) -> None:
    cloud.presets = [
        {"name": "open", "unsigned": True, "settings": {"folder": "in", "tags": "a,b", "unique_filename": True}},
        {"name": "sized", "settings": {"transformation": [{"width": 9, "crop": "limit"}], "overwrite": "false"}},
        {"name": "checked", "unsigned": True, "settings": {"moderation": "manual"}},
    ]
    report = local.run(cloud)
    assert report.presets == {"new": 2}
    assert [(left.name, "moderation" in left.reason) for left in report.skipped] == [("checked", True)]
    target = open_target(local.settings)
    with target.database.read() as connection:
        opened, sized = named.preset(connection, "open"), named.preset(connection, "sized")
    target.close()
    assert opened is not None and opened.unsigned and opened.settings["folder"] == "in"
    assert sized is not None and sized.settings["transformation"] == "w_9,c_limit"
    assert local.run(cloud).presets == {"unchanged": 2}


@pytest.mark.parametrize("status", [420, 429])
def test_the_rate_limit_is_waited_for_and_said(cloud: Cloud, local: Local, tmp_path: Path, status: int) -> None:
    refusals = iter(["1", None])

    def limited(handler: Handler, path: str) -> bool:
        if not path.startswith("/v1_1") or (wait := next(refusals, "none left")) == "none left":
            return False
        soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
        headers = {"Retry_After": wait} if wait else {"X_FeatureRateLimit_Reset": soon}
        give(handler, status, {"error": {"message": "Rate Limit Exceeded"}}, **headers)
        return True

    cloud.add(TOM, png(), format="png")
    cloud.meddle = limited
    lines = tmp_path / "lines"
    report = local.run(cloud, lines=lines)
    assert report.assets == {"new": 1}
    assert not report.failed
    assert "waiting 1 s" in lines.read_text("utf-8")


def test_nothing_left_in_this_hour_is_waited_for_before_a_call_is_refused(
    cloud: Cloud, local: Local, tmp_path: Path
) -> None:
    left = iter([0])

    def counted(handler: Handler, path: str) -> bool:
        if path.endswith("resources/image/upload") and (remaining := next(left, None)) is not None:
            soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
            more = {"X_FeatureRateLimit_Limit": "500", "X_FeatureRateLimit_Remaining": str(remaining)}
            give(handler, 200, {"resources": []}, **more, X_FeatureRateLimit_Reset=soon)
            return True
        return False

    cloud.meddle = counted
    lines = tmp_path / "lines"
    local.run(cloud, lines=lines)
    assert "no calls of this hour are left: waiting" in lines.read_text("utf-8")


def test_a_fault_of_the_api_is_tried_again(cloud: Cloud, local: Local) -> None:
    faults = iter([500, 503])

    def faulty(handler: Handler, path: str) -> bool:
        status = next(faults, None) if path.startswith("/v1_1") else None
        if status is not None:
            give(handler, status, {"error": {"message": "oops"}})
        return status is not None

    cloud.add(TOM, png(), format="png")
    cloud.meddle = faulty
    assert local.run(cloud).assets == {"new": 1}


def test_wrong_credentials_and_no_api_at_all_end_in_a_sentence(cloud: Cloud, local: Local) -> None:
    cloud.meddle = lambda handler, _: give(handler, 401, {"error": {"message": "unknown api_key"}}) is None
    with pytest.raises(SourceError, match="refuses the credentials of cloud acme"):
        local.run(cloud)
    cloud.meddle = lambda handler, _: handler.give(200, b"<html>") is None
    with pytest.raises(SourceError, match="no JSON"):
        local.run(cloud)


def test_a_download_that_breaks_off_goes_on(cloud: Cloud, local: Local) -> None:
    breaks = iter([True])
    content = png(width=400) + bytes(200_000)

    def broken(handler: Handler, path: str) -> bool:
        if path.startswith("/res/") and next(breaks, False):
            handler.head(200, len(content), ETag='"one"')
            handler.wfile.write(content[:1000])
            return True
        if path.startswith("/res/") and handler.headers.get("Range") == "bytes=1000-":
            body = content[1000:]
            handler.head(206, len(body), ETag='"one"', Content_Range=f"bytes 1000-{len(content) - 1}/{len(content)}")
            handler.wfile.write(body)
            return True
        return False

    cloud.add("raw/upload/big.bin", content)
    cloud.meddle = broken
    report = local.run(cloud)
    assert (report.assets, report.failed) == ({"new": 1}, [])


def test_bytes_with_another_etag_are_fetched_signed_and_else_refused(cloud: Cloud, local: Local) -> None:
    def optimised(handler: Handler, path: str) -> bool:
        if path.startswith("/res/"):
            handler.give(200, bytes(len(png())))
        return path.startswith("/res/")

    cloud.add(TOM, png(), format="png")
    cloud.meddle = optimised
    assert local.run(cloud).assets == {"new": 1}  # by the signed address
    assert cloud.calls["image/download"] == 1

    cloud.assets[TOM] |= {"etag": "0" * 32, "version": 1_700_000_000}
    report = local.run(cloud)
    assert [left.name for left in report.failed] == [TOM]
    assert "MD5" in report.failed[0].reason
    kept = local.find(TOM)
    assert kept is not None and kept.version == 1_600_000_000
    assert report.to_json()["complete"] is False


def test_an_address_that_leads_into_a_private_network_is_not_asked(cloud: Cloud, local: Local) -> None:
    with serving(lambda handler: handler.give(200, png())) as inside:
        cloud.add(TOM, png(), format="png", secure_url=f"{inside.url}/secret.png", url="")
        cloud.add("image/upload/gone", png(), format="png", secure_url="https://169.254.169.254/x", url="")

        def no_download(handler: Handler, path: str) -> bool:
            if path.endswith("/download"):
                handler.head(302, 0, Location=f"{inside.url}/secret.png")
            return path.endswith("/download")

        cloud.meddle = no_download
        report = local.run(cloud)
        assert inside.requests == []
    assert len(report.failed) == 2
    assert local.find(TOM) is None


def test_without_details_nothing_is_asked_for_each_asset(cloud: Cloud, local: Local) -> None:
    cloud.add(TOM, png(), format="png", coordinates={"custom": [[1, 2, 3, 4]]})
    assert local.run(cloud, how=How(1, overwrite=False, with_details=False)).assets == {"new": 1}
    assert f"resources/{TOM}" not in cloud.calls
    assert local.run(cloud, again=True).assets == {"changed": 1}  # what it left out can be fetched later
    asset = local.find(TOM)
    assert asset is not None and asset.described.custom_coordinates == ((1, 2, 3, 4),)


def test_a_stop_keeps_what_came_and_the_next_run_goes_on(cloud: Cloud, local: Local) -> None:
    stop = threading.Event()
    for number in range(30):
        cloud.add(f"image/upload/{number:02}", png(width=number + 1), format="png")

    def stopping(_handler: Handler, path: str) -> bool:
        if path.startswith("/res/") and sum(n for p, n in cloud.calls.items() if p.startswith("/res/")) == 10:
            stop.set()
        return False

    cloud.meddle = stopping
    report = local.run(cloud, stop=stop)
    assert report.stopped
    assert 0 < report.assets["new"] < 30
    cloud.meddle = lambda _handler, _path: False
    rest = local.run(cloud)
    assert (rest.assets["new"], rest.assets["unchanged"]) == (30 - report.assets["new"], report.assets["new"])
    assert not list((local.settings.storage.data / "import" / "acme.parts").iterdir())


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, as on a terminal; shells have what runs in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_is_a_stop(cloud: Cloud, local: Local) -> None:
    for number in range(30):
        cloud.add(f"image/upload/{number:02}", png(width=number + 1), format="png")

    def interrupting(_handler: Handler, path: str) -> bool:
        if path.startswith("/res/") and sum(n for p, n in cloud.calls.items() if p.startswith("/res/")) == 5:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return False

    cloud.meddle = interrupting
    report = local.run(cloud)
    assert report.stopped
    cloud.meddle = lambda _handler, _path: False
    assert local.run(cloud).assets.total() == 30


def test_two_imports_of_one_cloud_do_not_run_at_once(cloud: Cloud, local: Local) -> None:
    state = ImportState(local.settings.storage.data, "acme")
    with pytest.raises(ConfigurationError, match="Another import of cloud acme"):
        local.run(cloud)
    state.close()
    local.run(cloud)


def test_odd_answers_are_reported_and_stop_nothing(cloud: Cloud, local: Local) -> None:
    cloud.assets["image/upload/odd"] = {"public_id": "odd", "version": "latest"}
    cloud.assets["image/upload/nothing"] = {"version": 1}
    cloud.files |= {"image/upload/odd": b"", "image/upload/nothing": b""}
    cloud.add(TOM, png(), format="png", tags="no list", context=[], metadata="none", coordinates=[], created_at="soon")
    cloud.presets = [{"name": "x" * 300, "settings": "none"}]
    report = local.run(cloud)
    assert report.assets == {"new": 1}
    assert len(report.skipped) == 3
