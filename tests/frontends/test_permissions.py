"""What a front end may ask for where the server has a secret: the four ways of docs/frontends/index.md."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from cloudinary.utils import cloudinary_url

from tests.code_blocks import code_blocks
from tests.end_to_end.conftest import Server
from tests.frontends.conftest import KEY, SECRET

CAT = "c_thumb,g_auto:cat,w_300,h_300/f_auto/q_auto"
PLAIN = "c_fill,w_384,h_256,g_auto/f_auto/q_auto"


@pytest.fixture(scope="module")
def strict(start_server: Callable[..., Server]) -> Server:
    return start_server(KEEPSIGHT_SECURITY__STRICT_TRANSFORMATIONS="true")


@pytest.fixture(scope="module")
def opened(start_server: Callable[..., Server]) -> Server:
    return start_server(KEEPSIGHT_SECURITY__ALLOW_UNSIGNED="toy")


def signed(server: Server) -> httpx.Response:
    host = server.url.removeprefix("http://")
    address, _ = cloudinary_url(
        "pets/tom.jpg",
        transformation=[
            {"crop": "thumb", "gravity": "auto:cat", "width": 300, "height": 300},
            {"fetch_format": "auto"},
        ],
        **{"cloud_name": "demo", "api_secret": SECRET, "sign_url": True, "secure": False, "cname": host},
    )
    return httpx.get(address)


def test_objects_need_a_signature(server: Server) -> None:
    assert server.image(PLAIN, "v1/pets/tom.jpg").status_code == 200
    refused = server.image(CAT, "v1/pets/tom.jpg")
    assert refused.status_code == 401
    assert "cat" in refused.headers["x-cld-error"]
    assert signed(server).status_code == 200


def test_a_setting_opens_the_words_of_a_model(opened: Server) -> None:
    assert opened.image(CAT, "v1/pets/tom.jpg").status_code == 200
    assert "toy" in opened.image(CAT, "v1/pets/tom.jpg").headers["x-focus"]


def test_in_strict_mode_names_pass_and_signatures(strict: Server, tmp_path: Path) -> None:
    assert strict.image(PLAIN, "v1/pets/tom.jpg").status_code == 401
    assert strict.image("t_card", "v1/pets/tom.jpg").status_code == 401
    assert signed(strict).status_code == 200
    (tmp_path / "allow.py").write_text(code_blocks("frontends/index.md")["allow.py"], "utf-8")
    rest = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDINARY")}
    account = {"CLOUDINARY_URL": f"cloudinary://{KEY}:{SECRET}@demo?upload_prefix={strict.url}"}
    subprocess.run([sys.executable, "allow.py"], cwd=tmp_path, env=rest | account, check=True, timeout=120)
    # As url-loader, url-gen and cloudinary-core write it.
    for public_id in ("v1/pets/tom.jpg", "pets/tom.jpg"):
        assert strict.image("t_card", public_id).status_code == 200
    assert strict.image("t_half", "v1/pets/tom.jpg").status_code == 401
