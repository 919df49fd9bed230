from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from keepsight.app import create_app
from keepsight.errors import RequestError
from keepsight.settings import Settings
from keepsight.transformation.path import is_plainly_picture, split_path

ROOTS = ("image/upload", "image/fetch", "video/upload", "raw/upload", "images", "files", "iu", "private_images")


def test_no_page_looks_like_a_picture(tmp_path: Path) -> None:
    storage = {"media": tmp_path, "data": tmp_path / "data"}
    pages = create_app(Settings.model_validate({"storage": storage, "models": {"weights": tmp_path}}))._open_pages()
    assert {"/", "/health", "/models", "/models/objects", "/openapi.json"} <= pages.declared
    studio = "/studio", "/studio/static/js/main.js"
    for path in (*pages.declared, "/v1_1/demo/image/upload", "/v2/demo/image/upload", *studio):
        assert not is_plainly_picture(path, "demo")
        assert pages.of(path) is not None
    assert pages.of("/pets/tom.jpg") is None


@given(st.sampled_from(ROOTS), st.sampled_from(("/", "/demo/")), st.text("abz019._-,", min_size=1, max_size=30))
def test_the_usual_paths_are_plainly_pictures(root: str, cloud: str, rest: str) -> None:
    assert is_plainly_picture(f"{cloud}{root}/{rest}", "demo")


@given(
    st.lists(st.sampled_from(("image", "upload", "demo", "iu", "images", "other", "w_5", "tom.jpg", "")), max_size=5)
)
def test_whatever_is_plainly_a_picture_is_read_as_one(segments: list[str]) -> None:
    path = "/" + "/".join(segments)
    if is_plainly_picture(path, "demo"):
        try:
            read = split_path(path, "demo")
        except RequestError:
            return  # said in the words of a picture
        assert read.asset_type in {"image", "video", "raw"}
