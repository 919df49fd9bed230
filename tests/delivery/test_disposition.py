from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.delivery.answer import header_text
from keepsight.delivery.disposition import attachment, file_stem
from keepsight.telemetry.request_id import RequestIds


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("tom", 'attachment; filename="tom.jpg"'),
        ("tom cat", 'attachment; filename="tom cat.jpg"'),
        ("my.photo", 'attachment; filename="my.photo.jpg"'),
        ("Käse", "attachment; filename=\"Kase.jpg\"; filename*=UTF-8''K%C3%A4se.jpg"),
        ("猫", "attachment; filename=\"image.jpg\"; filename*=UTF-8''%E7%8C%AB.jpg"),
        ('a"; filename="b', 'attachment; filename="a_; filename=_b.jpg"'),
        ("a\r\nSet-Cookie: x=1", 'attachment; filename="aSet-Cookie_ x=1.jpg"'),
        ("../../etc/passwd", 'attachment; filename="_.._etc_passwd.jpg"'),
        ("100%41", "attachment; filename=\"100_41.jpg\"; filename*=UTF-8''100%2541.jpg"),
        ("photo\u202egpj.exe", 'attachment; filename="photogpj.exe.jpg"'),  # no hidden change of direction
        ("", 'attachment; filename="image.jpg"'),
        ("...", 'attachment; filename="image.jpg"'),
        ("x" * 1_000, f'attachment; filename="{"x" * 150}.jpg"'),
    ],
)
def test_names(name: str, header: str) -> None:
    assert attachment(name, "jpg").decode() == header


@given(st.text(max_size=300))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    header = attachment(name, "png").decode("ascii")
    match = re.fullmatch(
        r"attachment; filename=\"([ !#-\[\]-~]+)\.png\"(?:; filename\*=UTF-8''([!#$&+.^_`|~\w%-]+))?", header
    )
    assert match, header
    assert not {"/", "\\", ":"} & set(match[1])
    if match[2]:
        assert not {"/", "\\", "\n", '"'} & set(unquote(match[2]))


@pytest.mark.parametrize(
    ("key", "stem"),
    [
        ("pets/tom.jpg", "tom"),
        ("my.photo.webp", "my.photo"),
        ("plain", "plain"),
        ("https://a.test/b/tom.jpg?size=1/2.x", "tom"),
        ("https://a.test/", "a"),
        (".png", ".png"),
    ],
)
def test_the_name_of_an_original(key: str, stem: str) -> None:
    assert file_stem(key) == stem


@given(st.text(max_size=2_000))
def test_any_text_is_fit_for_a_header(text: str) -> None:
    value = header_text(text)
    assert len(value) <= 1_000
    assert all(32 <= byte < 127 for byte in value)


@pytest.mark.parametrize("given_name", [b"abc-123", b"a" * 128, b"Root=1-67891233-abcdef012345678912345678"])
def test_a_sane_request_id_is_taken_over(given_name: bytes) -> None:
    assert RequestIds().take(given_name) == given_name


@given(st.one_of(st.none(), st.binary(max_size=200)))
def test_any_request_has_a_name_that_does_no_harm(given_name: bytes | None) -> None:
    assert re.fullmatch(rb"[A-Za-z0-9._:/+=@-]{1,128}", RequestIds().take(given_name))


def test_names_are_told_apart() -> None:
    ids = [RequestIds(), RequestIds()]
    assert len({one.take(None) for _ in range(100) for one in ids}) == 200
