"""What is said of the addresses: the share, the reasons, what is different, what to set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepsight.app import open_originals, open_registry
from keepsight.check.addresses import address_of, representative
from keepsight.check.judge import Judge
from keepsight.settings import load_settings
from tests.check.conftest import Run, Told

UPLOAD = "/demo/image/upload"
SECRET = "made up for this test"


def test_the_share_and_the_reasons_by_number_with_an_example(run: Run, tmp_path: Path) -> None:
    lines = [f"{UPLOAD}/w_{n}/a.jpg" for n in range(1, 17)]
    lines += [f"{UPLOAD}/w_{word}/a.jpg" for word in ("wide", "wider", "widest")] + [f"{UPLOAD}/b_gen_fill/a.jpg"]
    (tmp_path / "urls").write_text("\n".join(lines))
    result = run(str(tmp_path / "urls"), "--fail-under", "80")
    assert result.exit_code == 0, result.output
    assert "20 addresses of pictures read, 20 transformations (20 lines; 0 other URLs)" in result.stdout
    assert "80.00 % render (16)" in result.stdout
    assert "20.00 % are refused (4)" in result.stdout
    refused = result.stdout[result.stdout.index("Refused") :].splitlines()[1:]
    assert refused[0].startswith("        3 Invalid width in transformation (")
    assert refused[1].strip() == f"{UPLOAD}/w_wide/a.jpg"
    assert refused[2].startswith("        1 Invalid background in transformation: gen_fill (")
    assert refused[3].strip() == f"{UPLOAD}/b_gen_fill/a.jpg"
    assert run(str(tmp_path / "urls"), "--fail-under", "80.1").exit_code == 1
    assert run(str(tmp_path / "urls")).exit_code == 1


def test_almost_all_is_not_all(run: Run, tmp_path: Path) -> None:
    (tmp_path / "urls").write_text(f"{UPLOAD}/w_5/a.jpg\n" * 99_999 + f"{UPLOAD}/w_x/a.jpg\n")
    result = run(str(tmp_path / "urls"))
    assert "99.99 % render" in result.stdout
    assert result.exit_code == 1


def test_words_are_said_of_which_no_model_is_installed(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """The starter that comes along knows cats, and nothing here wheels."""
    crops = "".join(f"{UPLOAD}/c_fill,g_auto:{word},w_5,h_5/a.jpg\n" for word in ("cat", "wheel", "nosuchthing"))
    said = {each["what"] for each in told(crops)["different"]}
    assert not any("cat" in each for each in said)
    assert any(each.startswith("no model that knows wheel is installed (keepsight models pull ") for each in said)
    assert "no model knows the object nosuchthing: the crop keeps what stands out" in said
    monkeypatch.setenv("KEEPSIGHT_MODELS__STARTER", "false")
    said = {each["what"] for each in told(crops)["different"]}
    assert any(each.startswith("no model that knows cat is installed (keepsight models pull coco") for each in said)


def test_what_is_of_no_effect_or_other_here_renders_and_is_said(told: Told) -> None:
    report = told(f"{UPLOAD}/g_south,f_auto/a.jpg\n{UPLOAD}/c_fill,g_auto,w_5,h_5/a.jpg\n{UPLOAD}/e_art:hokusai/a.jpg")
    assert report["renders"] == 3
    texts = " | ".join(each["what"] for each in report["different"])
    assert "g_" in texts and "g_auto: another network decides here" in texts and "e_art" in texts


def test_a_font_that_is_not_here_is_said(told: Told) -> None:
    report = told(f"{UPLOAD}/l_text:Nosuchfontatall_40:Sale/fl_layer_apply/a.jpg")
    assert [each["what"] for each in report["different"]] == [
        "the font Nosuchfontatall is not installed: another one stands in"
    ]


def test_what_is_to_be_set(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = f"{UPLOAD}/t_thumb/a.jpg\n{UPLOAD}/t_thumb/b.jpg\n/demo/image/fetch/w_5/https://a.test/b.jpg"
    report = told(lines)
    assert (report["renders"], report["after_settings"]) == (0, 3)
    assert report["needs"] == {"transformations": {"thumb": 2}, "fetch.allowed_hosts": {"a.test": 1}}
    monkeypatch.setenv("KEEPSIGHT_TRANSFORMATIONS__thumb", "c_thumb,w_5")
    monkeypatch.setenv("KEEPSIGHT_FETCH__ALLOWED_HOSTS", '["a.test"]')
    assert told(lines)["renders"] == 3


def test_signatures_are_checked_with_the_secret(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = f"{UPLOAD}/s--AAAAAAAA--/w_5/a.jpg\n{UPLOAD}/c_fill,g_auto:cat,w_5,h_5/a.jpg"
    report = told(lines)
    assert (report["renders"], report["signatures_unchecked"], report["unsigned_object_aware"]) == (2, 1, 1)
    monkeypatch.setenv("KEEPSIGHT_CLOUD__API_SECRET", SECRET)
    assert told(lines)["renders"] == 0


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/demo/video/upload/w_5/a.mp4", "Resource type video"),
        (f"{UPLOAD}/w_5/a.pdf", "Invalid extension"),
        ("/demo/image/facebook/w_5/65646572251.jpg", "Delivery type facebook"),
        (f"{UPLOAD}/w_5", "expected a public id"),
        (f"{UPLOAD}/zz_5,w_5/a.jpg", "'zz_5' is none of"),
    ],
)
def test_a_reason(path: str, reason: str, told: Told) -> None:
    assert reason in told(f"https://res.cloudinary.com{path}")["refused"][0]["reason"]


def test_rendering_tells_what_is_missing_and_what_cannot_be_made(run: Run, tmp_path: Path, media: Path) -> None:
    (media / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    paths = [f"/other/image/upload/w_5/{name}" for name in ("one.jpg", "two.png", "gone.jpg", "broken.jpg")]
    paths += [f"/other/image/upload/c_crop,w_5,h_5/one.{e}" for e in ("webp", "avif")] + [
        "/other/image/upload/one.jpg"
    ]
    (tmp_path / "urls").write_text("\n".join(paths))
    read = json.loads(run(str(tmp_path / "urls"), "--json").stdout)
    assert (read["renders"], read["rendered"]) == (7, False)
    made = json.loads(run(str(tmp_path / "urls"), "--json", "--render").stdout)
    assert (made["addresses"], made["renders"], made["missing"]) == (7, 5, 1)
    assert [each["example"] for each in made["refused"]] == [paths[3]]
    assert not (tmp_path / "data").exists() or not list((tmp_path / "data").rglob("*.webp"))
    assert "have no picture here (1), such as" in run(str(tmp_path / "urls"), "--render").stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nowhere.log"], "nowhere.log: cannot be read"),
        (["."], "cannot be read"),
        (["urls", "--render", "--media", "nowhere"], "storage.media: no such folder"),
        (["urls", "--cloud", "other"], "no address of a picture of the cloud other in 1 lines"),
    ],
)
def test_one_sentence_says_what_is_wrong(arguments: list[str], expected: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "urls").write_text(f"{UPLOAD}/w_5/a.jpg")
    error = run(*arguments).exception
    assert expected in str(error)


COMPONENTS = """
    c_fill,w_{a},h_{b} c_scale,w_{a} w_{a},f_auto c_thumb,g_face,w_{a},h_{b} c_crop,w_{a},h_{b},x_1,y_2 if_w_gt_{a}
    if_w_gt_{a},c_limit,w_{b} if_end c_fill,ar_16:9,w_{a} c_fit,w_{a},h_{b},dpr_3.0 c_pad,w_{a},h_{b},b_auto $w_{a}
    c_mpad,h_{b} c_fill_pad,g_auto,h_{b},w_{a} l_one,w_{a} l_one,c_fill,w_{a},h_{b},fl_layer_apply
    fl_layer_apply,w_{a} l_text:Arial_20:w_{a} bo_2px_solid_red,w_{a},r_max w_{a},w_{b} h_{a},h_{a} e_shadow,h_{b}
    c_lfill,w_{a},h_{b},g_north z_0.{a},c_crop w_{a},h_{b},c_imagga_scale t_thumb_w_{a} e_blur:{a} w_{a}.5 c_auto,w_{a}
"""
NAMES = "a.jpg v1/a.jpg v12/shop/my_item-{a}.png shop/w_{a}.jpg a-{b} w_{a}/x.jpg a.pdf"


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    folder = tmp_path_factory.mktemp("media")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEPSIGHT_MODELS__WEIGHTS", str(folder))
        settings = load_settings(None, {"storage": {"media": folder, "data": folder / "data"}})
    return Judge(settings, open_registry(settings), open_originals(settings, None).names())


@given(
    st.lists(st.sampled_from(COMPONENTS.split()), max_size=4),
    st.sampled_from(NAMES.split()),
    st.integers(1, 6_000),
    st.integers(1, 6_000),
)
def test_one_stands_for_all_of_whom_the_same_is_to_be_said(
    judge: Judge, components: list[str], name: str, a: int, b: int
) -> None:
    url = "/".join([UPLOAD, *components, name]).format(a=a, b=b)
    address, alike = address_of(url), address_of(representative(url, sizes=True))
    assert address and alike
    verdict, stands_in = judge.verdict(address), judge.verdict(alike)
    assert verdict.renders == stands_in.renders
    assert [need.setting for need in verdict.first] == [need.setting for need in stands_in.first]
    if not stands_in.specific:
        assert verdict.remarks == stands_in.remarks
