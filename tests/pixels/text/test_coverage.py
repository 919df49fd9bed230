"""Scripts of the world, on a system that has no font of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepsight.pixels.text.coverage import is_missing, script_name
from keepsight.pixels.text.fonts import families, han_region
from tests.bare_fonts import printed_without_fonts

COVERED = {
    "Japanese": "日本語のタイトル、カタカナ。", "Chinese": "简体中文繁體", "Korean": "한국어", "Thai": "ภาษาไทย",
    "Khmer": "ភាសាខ្មែរ", "Bengali": "বাংলা", "Tamil": "தமிழ்", "Telugu": "తెలుగు", "Hindi": "हिन्दी", "Arabic": "العربية",
    "Hebrew": "עברית", "Greek": "Ελληνικά", "Russian": "Русский", "Vietnamese": "Tiếng Việt", "Polish": "Zażółć",
}  # fmt: skip


def test_what_the_installation_brings_along(tmp_path: Path) -> None:
    texts = [*COVERED.values(), "አማርኛ", "Hi ქარ አ 日本", "\U0001f600", "\u2610", "a\u200d\ufe0f\u00ad b"]
    said = printed_without_fonts(
        tmp_path,
        f"import json\nfrom keepsight.pixels.text import missing_scripts\n"
        f"print(json.dumps([missing_scripts(text) for text in {texts!r}]))",
    )
    assert said == [[]] * len(COVERED) + [["Ethiopic"], ["Georgian", "Ethiopic"], ["emoji"], ["symbols"], []]


def test_no_letter_is_taken_for_a_box() -> None:
    """Letters that look like boxes, and every tenth of the usual Han."""
    letters = [*"口囗回ロㅁ日曰▢", *map(chr, range(0x4E00, 0x9FA0, 111)), *map(chr, range(0x3041, 0x30FF, 3))]
    assert [letter for letter in letters if is_missing(letter) and letter != "▢"] == []


def test_what_no_font_can_have_is_missing() -> None:
    assert is_missing("\u1c8f") is False  # unassigned: nothing that anybody means
    assert script_name("አ") == "Ethiopic"
    assert script_name("の") == "Hiragana"
    assert script_name("စ") == "Myanmar"


@pytest.mark.parametrize(
    ("family", "text", "region"),
    [
        ("Sawarabi Gothic", "日本語", "JP"),
        ("Arial", "直のま", "JP"),
        ("Arial", "简体中文", "SC"),
        ("Arial", "你們好", "TC"),
        ("Noto Sans SC", "直角", "SC"),
        ("Noto Sans TC", "直角", "TC"),
        ("Arial", "대한 大韓", "KR"),
        ("Arial", "Hello", None),
    ],
)
def test_whose_forms_han_has(family: str, text: str, region: str | None) -> None:
    assert han_region(family, text) == region
    assert (f"Noto Sans CJK {region}" in families(family, text)) == (region is not None)
