"""A media folder, page by page."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from keepsight.studio.listing import pictures

parts = st.lists(st.sampled_from(["a", "b", "aa", "a.b", "z", "é", "a-b"]), min_size=1, max_size=3)


@given(st.lists(parts, max_size=12), st.integers(1, 5))
def test_pages_hold_every_picture_once_and_in_order(paths: list[list[str]], most: int) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder, there = Path(root), set()
        for each in paths:
            path = folder.joinpath(*each[:-1], f"{each[-1]}.jpg")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            there.add(path.relative_to(folder).as_posix())
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            page = pictures(folder, after=after, most=most)
            assert len(page.names) <= most
            found += page.names
            after = page.after
        assert sorted(found) == sorted(there)
        assert found == sorted(found, key=lambda name: name.split("/"))


def test_what_is_no_picture_or_is_hidden_is_left_out(tmp_path: Path) -> None:
    for name in ("tom.JPG", "notes.txt", ".hidden.jpg", "tom.jpg.keepsight.toml", "jpg"):
        (tmp_path / name).touch()
    (tmp_path / ".thumbs").mkdir()
    (tmp_path / ".thumbs" / "tom.jpg").touch()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert pictures(tmp_path).names == ("tom.JPG",)
    assert pictures(tmp_path, contains="TOM").names == ("tom.JPG",)
    assert pictures(tmp_path, contains="cat").names == ()
    assert pictures(tmp_path / "none").names == ()
