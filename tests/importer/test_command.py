"""The command line of `keepsight import`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepsight.cli import app
from keepsight.errors import ConfigurationError
from keepsight.importer.account import DEFAULT_PREFIX, read_account
from keepsight.importer.rate_limit import reset_seconds, retry_after
from keepsight.importer.transformation_text import transformation_text
from tests.importer.conftest import SECRET, Cloud, Local
from tests.importer.test_import import TOM, png

RUN = CliRunner()


def url(secret: str = SECRET) -> str:
    return f"cloudinary://key:{secret.replace(' ', '%20')}@acme"


def test_a_cloud_comes_and_the_report_is_written(cloud: Cloud, local: Local, tmp_path: Path) -> None:
    cloud.add(TOM, png(), format="png")
    cloud.add("video/upload/film", bytes(2_500_000), format="mp4")
    report = tmp_path / "report.json"
    ran = RUN.invoke(
        app, ["import", "--upload-prefix", cloud.url, "--report", str(report)], env={"CLOUDINARY_URL": url()}
    )
    assert ran.exit_code == 0, ran.output
    assert "assets: 1 new and 0 changed came, 0 unchanged" in ran.stdout
    assert "1 asset, 2.5 MB: video and audio" in ran.stdout
    assert "1 of 1 assets" in ran.stderr
    assert "KEEPSIGHT_CLOUD__NAME=acme" in ran.stderr
    assert SECRET not in ran.output and "list of processes" not in ran.output
    assert json.loads(report.read_text("utf-8"))["assets"]["new"] == 1
    ran = RUN.invoke(app, ["import", url(), "--upload-prefix", cloud.url, "--dry-run", "--report", "-"])
    assert json.loads(ran.stdout)["assets"]["unchanged"] == 1
    assert "the secret stands in the list of processes" in ran.stderr
    assert SECRET not in ran.output


def test_what_comes_is_for_the_servers_user_alone(cloud: Cloud, local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.add(TOM, png(), format="png")
    before = os.umask(0o022)
    try:
        assert RUN.invoke(app, ["import", url(), "--upload-prefix", cloud.url]).exit_code == 0
    finally:
        os.umask(before)
    data = local.settings.storage.data
    assert not [path for path in (data, *data.rglob("*")) if path.stat().st_mode & 0o077]
    monkeypatch.setattr(os, "geteuid", lambda: data.stat().st_uid + 1)
    other = RUN.invoke(app, ["import", url(), "--upload-prefix", cloud.url])
    assert "run the import as that user" in str(other.exception)


def test_what_fails_is_exit_code_1_and_what_is_wrong_a_sentence(cloud: Cloud, local: Local) -> None:
    cloud.add(TOM, png(), format="png", etag="0" * 32)
    environment = {"CLOUDINARY_URL": url()}
    assert RUN.invoke(app, ["import", "--upload-prefix", cloud.url], env=environment).exit_code == 1
    wrong = RUN.invoke(app, ["import", "--upload-prefix", cloud.url, "--only", "pictures"], env=environment)
    assert wrong.exit_code == 2
    assert "there is no part pictures" in wrong.output
    refused = RUN.invoke(app, ["import", "--upload-prefix", cloud.url], env={"CLOUDINARY_URL": url("another")})
    assert "refuses the credentials of cloud acme" in str(refused.exception)
    nothing = RUN.invoke(app, ["import"], env={"CLOUDINARY_URL": ""})
    assert "CLOUDINARY_URL" in str(nothing.exception)


def test_nothing_of_a_catalogue_is_shown_without_a_secret(
    cloud: Cloud, local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEEPSIGHT_CLOUD__API_SECRET")
    ran = RUN.invoke(app, ["import", "--upload-prefix", cloud.url], env={"CLOUDINARY_URL": url()})
    assert ran.exit_code == 0
    assert "cloud.api_secret is not set" in ran.stderr


@pytest.mark.parametrize(
    "text",
    ["", "https://key:s3cr3t@acme", "cloudinary://acme", "cloudinary://key@acme", "cloudinary://key:s3cr3t@", "s3cr3t",
     "cloudinary://key:s3cr3t@acme?upload_prefix=ftp://x"],
)  # fmt: skip
def test_an_account_that_is_none_is_refused_without_its_secret(text: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read_account(text)
    assert "s3cr3t" not in str(error.value)


def test_an_account_is_read_as_sdks_read_it() -> None:
    account = read_account("cloudinary://12:a%2Fb%40c@acme?upload_prefix=https://api-eu.cloudinary.com/&secure=true")
    assert (account.cloud, account.key, account.secret) == ("acme", "12", "a/b@c")
    assert (account.prefix, account.named_prefix) == ("https://api-eu.cloudinary.com", True)
    assert "a/b@c" not in repr(account)
    plain = read_account("cloudinary://k:s@acme/a-distribution-of-its-own")
    assert (plain.prefix, plain.named_prefix) == (DEFAULT_PREFIX, False)
    assert read_account("cloudinary://k:s@acme?upload_prefix=https://a", "http://10.0.0.1:8000").prefix.endswith(
        ":8000"
    )


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Tue, 01 Dec 2026 10:00:30 GMT", "date": "Tue, 01 Dec 2026 10:00:00 GMT"}, 30),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    "text", ["Tue, 01 Dec 2026 11:00:00 GMT", "2026-12-01 11:00:00 UTC", "2026-12-01T11:00:00Z", "2026-12-01T11:00:00"]
)
def test_the_reset_of_the_limit_in_the_forms_in_which_it_is_written(text: str) -> None:
    headers = {"x-featureratelimit-reset": text, "date": "Tue, 01 Dec 2026 10:00:00 GMT"}
    assert reset_seconds(headers) == 3600


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ([{"width": 150, "height": "0.5", "crop": "fill"}], "w_150,h_0.5,c_fill"),
        ([{"if": "w_gt_100"}, {"effect": "blur:300"}, {"if": "end"}], "if_w_gt_100/e_blur:300/if_end"),
        ([{"overlay": "folder/logo", "flags": ["layer_apply", "relative"]}], "l_folder:logo,fl_layer_apply.relative"),
        ([{"$w": 100}, {"width": "$w", "crop": "scale"}], "$w_100/w_$w,c_scale"),
        ([{"border": {"width": 4, "color": "#00ff00"}, "background": "#fff"}], "bo_4px_solid_rgb:00ff00,b_rgb:fff"),
        ([{"raw_transformation": "c_fill,w_1"}], "c_fill,w_1"),
        ([{"fetch_format": "auto", "quality": "auto:eco", "angle": [90, "hflip"]}], "f_auto,q_auto:eco,a_90.hflip"),
        ([{"w": "10", "c": "scale"}], "w_10,c_scale"),
        ("/c_fill,w_100/", "c_fill,w_100"),
        ({"width": 5}, "w_5"),
    ],
)  # fmt: skip
def test_parameters_with_long_names_as_texts(told: object, text: str) -> None:
    assert transformation_text(told) == text
