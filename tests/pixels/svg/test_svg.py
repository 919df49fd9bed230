"""Drawings: their size, their pixels, and that none of them does harm."""

import base64
import struct
import time
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepsight.errors import BadImage
from keepsight.pixels.svg import render_svg, sanitize, svg_size
from keepsight.pixels.svg.clean import MAX_DEPTH, MAX_ELEMENTS

WILD = Path(__file__).resolve().parents[3].parent / "shared" / "odd" / "sharp-check.svg"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawing(body, attributes='width="200" height="100"'):
    return f"{HEAD} {attributes}>{body}</svg>".encode()


RED = '<rect width="200" height="100" fill="#f00"/>'


class TestSize:
    @pytest.mark.parametrize(
        ("attributes", "size"),
        [
            ('width="200" height="100"', (200, 100)),
            ('width="200px" height="100.4"', (200, 100)),
            ('width="1in" height="25.4mm"', (96, 96)),
            ('width="2.54cm" height="72pt"', (96, 96)),
            ('width="6pc" height="1e2"', (96, 100)),
            ('viewBox="0 0 30 20"', (30, 20)),
            ('viewBox="-5,-5,30.6,20"', (31, 20)),
            ('width="100%" height="100%" viewBox="0 0 30 20"', (30, 20)),
            ('width="60" viewBox="0 0 30 20"', (60, 40)),
            ('height="60" viewBox="0 0 30 20"', (90, 60)),
            ('width="60" height="60" viewBox="0 0 30 20"', (60, 60)),
            ('style="width:24px;height: 12px" viewBox="0 0 30 20"', (24, 12)),
            ('style="stroke-width:24px" width="7" height="8"', (7, 8)),
            ("", (300, 150)),
            ('width="0.1" height="0.1"', (1, 1)),
            ('viewBox="0 0 0 0" width="5" height="6"', (5, 6)),
        ],
    )
    def test_what_the_first_element_says(self, attributes, size):
        assert svg_size(drawing("", attributes)) == size

    def test_nothing_behind_the_first_element_is_read(self):
        assert svg_size(drawing("<not <xml at & all")) == (200, 100)

    def test_a_long_comment_before_it(self):
        assert svg_size(f"<!--{'x' * 200_000}-->".encode() + drawing("")) == (200, 100)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
    def test_encodings(self, encoding):
        text = f'<?xml version="1.0" encoding="{encoding}"?>{HEAD} width="20" height="10"><title>ü</title></svg>'
        assert svg_size(text.encode(encoding)) == (20, 10)
        assert "ü".encode() in sanitize(text.encode(encoding))

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"nonsense",
            b"<svg",
            b"<html/>",
            b"<x:svg/>",
            b'<svg xmlns="urn:other"/>',
            b"\xff\xfe\x00",
            b"<a><svg/></a>",
        ],
    )
    def test_what_is_no_drawing(self, data):
        for function in (svg_size, sanitize, lambda d: render_svg(d, (10, 10))):
            with pytest.raises(BadImage, match="SVG"):
                function(data)

    @pytest.mark.parametrize("attributes", ['width="1e300" height="5"', 'viewBox="0 0 inf 1"', 'viewBox="0 0 1e9 1"'])
    def test_senseless_sides(self, attributes):
        with pytest.raises(BadImage, match="a side"):
            svg_size(drawing("", attributes))


class TestRendering:
    def pixels(self, data, size):
        return np.asarray(render_svg(data, size))

    def test_shapes_are_where_they_belong(self):
        body = '<rect x="50" y="20" width="100" height="60" fill="#f00"/>'
        pixels = self.pixels(drawing(body), (200, 100)).copy()
        assert (pixels[20:80, 50:150] == (255, 0, 0, 255)).all()
        pixels[20:80, 50:150] = 0
        assert not pixels[..., 3].any()

    def test_any_size_is_drawn_sharp(self):
        body = '<rect x="50" y="20" width="100" height="60" fill="#f00"/>'
        pixels = self.pixels(drawing(body), (800, 400))
        assert (pixels[80:320, 200:600] == (255, 0, 0, 255)).all()
        assert set(np.unique(pixels[..., 3])) == {0, 255}

    def test_a_view_box_is_fitted_as_the_drawing_says(self):
        attributes = 'width="200" height="100" viewBox="0 0 10 10"'
        alpha = self.pixels(drawing('<rect width="10" height="10"/>', attributes), (200, 100))[..., 3]
        assert alpha[:, 51:149].min() == 255
        assert alpha[:, :49].max() == alpha[:, 151:].max() == 0
        stretched = f'{attributes} preserveAspectRatio="none"'
        assert self.pixels(drawing('<rect width="10" height="10"/>', stretched), (200, 100))[..., 3].min() == 255

    def test_a_rounded_size_leaves_no_strip(self):
        data = drawing('<rect width="30.4" height="20.3"/>', 'viewBox="0 0 30.4 20.3"')
        assert self.pixels(data, (300, 201))[..., 3].min() >= 250

    def test_a_style_of_the_root_does_not_shrink_it(self):
        data = drawing('<rect width="24" height="24"/>', 'style="width:24px;height:24px" viewBox="0 0 24 24"')
        assert self.pixels(data, (240, 240))[..., 3].min() == 255

    def test_half_opacity(self):
        pixels = self.pixels(drawing('<rect width="200" height="100" fill="#f00" fill-opacity="0.5"/>'), (20, 10))
        assert (abs(pixels.astype(int) - (255, 0, 0, 128)) <= 1).all()

    def test_words_are_drawn_in_the_same_fonts(self):
        body = '<text x="5" y="60" font-family="Noto Sans" font-size="50">HHH</text>'
        alpha = self.pixels(drawing(body), (200, 100))[..., 3]
        rows = np.flatnonzero(alpha.max(axis=1) > 128)
        assert rows[-1] - rows[0] + 1 == pytest.approx(0.714 * 50, abs=1.5)  # capitals of Noto Sans

    def test_style_sheets_gradients_and_use(self):
        body = """<style>.a { fill: url(#g) }</style><defs><linearGradient id="g"><stop stop-color="#00f"/>
        <stop offset="1" stop-color="#0f0"/></linearGradient><rect id="r" class="a" width="200" height="100"/></defs>
        <use xlink:href="#r"/>"""
        pixels = self.pixels(drawing(body), (200, 100)).astype(int)
        assert pixels[50, 2, 2] > 250
        assert pixels[50, 197, 1] > 250

    def test_a_picture_inside(self):
        inside = base64.b64encode(png(4, 4, b"\xff\x00\x00\xff")).decode()
        body = (
            f'<image width="200" height="100" preserveAspectRatio="none" xlink:href="data:image/png;base64,{inside}"/>'
        )
        assert (self.pixels(drawing(body), (200, 100))[50, 100] == (255, 0, 0, 255)).all()

    def test_a_file_of_the_wild(self):
        if not WILD.exists():
            pytest.skip("sharp-check.svg is not in shared/odd beside the repository")
        pixels = self.pixels(WILD.read_bytes(), (100, 100))
        green = (pixels == (0, 128, 0, 255)).all(axis=2)
        assert 0.1 < green.mean() < 0.4


def png(width, height, pixel):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" + pixel * width) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


LAUGHS = '<!DOCTYPE svg [<!ENTITY a0 "<rect/>">{}]>'.format(
    "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
).encode()


class TestHarm:
    @pytest.mark.parametrize(
        "data",
        [
            LAUGHS + drawing("&a11;"),
            drawing("<g>" * 100_000 + "</g>" * 100_000),
            drawing("<g>" * MAX_DEPTH + "</g>" * MAX_DEPTH),
            drawing("<g/>" * MAX_ELEMENTS),
            drawing("x" * 20_000_001),
        ],
        ids=["laughs", "abyss", "depth", "crowd", "bytes"],
    )
    def test_what_would_fill_memory_is_refused_while_it_is_read(self, data):
        start = time.thread_time()
        with pytest.raises(BadImage, match="at most"):
            render_svg(data, (200, 100))
        assert time.thread_time() - start < 20

    def test_what_would_take_minutes_is_stopped(self, monkeypatch):
        monkeypatch.setattr("keepsight.pixels.svg.render._SECONDS", 1)
        slow = '<filter id="f"><feGaussianBlur stdDeviation="50"/></filter>'
        body = slow + '<rect width="200" height="100" filter="url(#f)"/>' * 50_000
        with pytest.raises(BadImage, match="too costly"):
            render_svg(drawing(body), (200, 100))

    def test_references_that_multiply_are_stopped(self, monkeypatch):
        monkeypatch.setattr("keepsight.pixels.svg.render._SECONDS", 1)
        nest = "".join(f'<g id="a{n}">' + f'<use xlink:href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 10))
        with pytest.raises(BadImage, match="too costly"):
            render_svg(drawing(f'<g id="a0"><rect width="1" height="1"/></g>{nest}'), (20, 10))

    def test_a_drawing_of_itself_ends(self):
        assert render_svg(drawing(f'{RED}<g id="a"><use xlink:href="#a"/></g>'), (20, 10)).getpixel((5, 5))[0] == 255

    def test_a_picture_of_many_pixels_is_not_unpacked(self):
        bomb = base64.b64encode(png(12_000, 12_000, b"\0\0\0\0")).decode()
        image = render_svg(
            drawing(f'{RED}<image width="9" height="9" xlink:href="data:image/png;base64,{bomb}"/>'), (20, 10)
        )
        assert image.getpixel((15, 5)) == (255, 0, 0, 255)

    @pytest.mark.parametrize("reference", ["file://{}", "{}", "file://localhost{}"])
    @pytest.mark.parametrize(
        "body",
        [
            '<image width="200" height="100" xlink:href="{}"/>',
            '<image width="200" height="100" href="{}"/>',
            '<filter id="f"><feImage xlink:href="{}"/></filter><rect width="200" height="100" filter="url(#f)"/>',
            '<use xlink:href="{}#x"/>',
            '<style>@import url("{}");</style>',
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{}"/>',
        ],
    )
    def test_no_file_is_opened(self, tmp_path, body, reference):
        secret = tmp_path / "secret.svg"
        secret.write_bytes(drawing('<rect id="x" width="200" height="100"/>'))
        address = reference.format(secret)
        assert not render_svg(drawing(body.format(address)), (200, 100)).getchannel("A").getextrema()[1]
        assert b"secret" not in sanitize(drawing(body.format(address)))

    def test_an_outer_entity_is_not_read(self, tmp_path):
        secret = tmp_path / "secret.txt"
        secret.write_text("WORDS")
        data = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}">]>'.encode() + drawing("<text>&x;</text>")
        assert b"WORDS" not in sanitize(data)

    def test_entities_of_the_file_itself_are_filled_in(self):
        data = b'<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]><svg xmlns="&ns;" width="5" height="6"/>'
        assert svg_size(data) == (5, 6)
        assert b"ENTITY" not in sanitize(data)


class TestSanitizing:
    @pytest.mark.parametrize(
        "body",
        [
            "<script>alert(1)</script>",
            '<script xlink:href="https://evil.example/x.js"/>',
            '<rect onclick="alert(1)"/>',
            '<rect ONLOAD="alert(1)"/>',
            '<a xlink:href="javascript:alert(1)"><rect/></a>',
            '<a href=" jAvAsCrIpT:alert(1)"><rect/></a>',
            '<a href="data:text/html,alert(1)"><rect/></a>',
            '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></body></foreignObject>',
            '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
            '<image href="https://evil.example/alert"/>',
            '<image href="data:image/svg+xml;base64,alert"/>',
            '<set attributeName="href" to="javascript:alert(1)"/>',
            '<animate attributeName="xlink:href" values="javascript:alert(1)"/>',
            '<set attributeName="onclick" to="alert(1)"/>',
            "<style>@import 'https://evil.example/alert';</style>",
            "<style>rect { fill: url(https://evil.example/alert) }</style>",
            r"<style>@\69mport 'https://evil.example/alert';</style>",
            "<rect style=\"fill: url( 'https://evil.example/alert' )\"/>",
            '<rect fill="url(//evil.example/alert#x)"/>',
            '<iframe src="https://evil.example/alert"/>',
            "<?xml-stylesheet href='https://evil.example/alert'?>",
            "<!-- alert -->",
            "<metadata>alert</metadata>",
        ],
    )
    def test_what_acts_is_gone(self, body):
        clean = sanitize(drawing(f"{body}{RED}"))
        for word in (b"alert", b"evil", b"script", b"http://www.w3.org/1999/xhtml"):
            assert word not in clean.lower()
        root = ElementTree.fromstring(clean)  # noqa: S314  # our own output
        assert root[-1].attrib == {"width": "200", "height": "100", "fill": "#f00"}

    def test_what_draws_stays(self):
        body = """<defs><linearGradient id="g"><stop offset="0"/></linearGradient></defs>
        <a href="https://good.example/"><text xml:space="preserve" font-size="5">1 &lt; 2 &amp; 3</text></a>
        <rect style="fill:url(#g)" clip-path="url('#c')"/><style>rect &gt; g { fill: url("#g") }</style>
        <image href="data:image/png;base64,AAAA"/><use xlink:href="#g"/>"""
        clean = sanitize(drawing(body)).decode()
        for kept in (
            "https://good.example/",
            "1 &lt; 2 &amp; 3",
            'xml:space="preserve"',
            'style="fill:url(#g)"',
            "url('#c')",
            'rect &gt; g { fill: url("#g") }',
            "data:image/png;base64,AAAA",
            'xlink:href="#g"',
        ):
            assert kept in clean

    def test_twice_is_once(self):
        once = sanitize(drawing(f'{RED}<text x="1">a&amp;b "c"</text><style>a&gt;b{{}}</style>'))
        assert sanitize(once) == once

    @given(st.binary(max_size=200) | st.text(max_size=100).map(drawing))
    @settings(max_examples=200)
    def test_any_bytes(self, data):
        try:
            clean = sanitize(data)
        except BadImage:
            return
        assert sanitize(clean) == clean

    @given(
        st.recursive(st.text("<>&\"'x;# \n]!-", max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=6)
    )
    def test_any_text_and_attribute(self, tree):
        def build(node):
            if isinstance(node, str):
                return "".join(f"&#{ord(c)};" for c in node)
            quoted = "".join(f"&#{ord(c)};" for c in str(node))
            return f'<g id="{quoted}">{"".join(map(build, node))}</g>'

        data = drawing(build(tree))
        before, after = ElementTree.fromstring(data), ElementTree.fromstring(sanitize(data))  # noqa: S314  # ours
        assert [(e.tag, e.attrib, e.text, e.tail) for e in before.iter()] == [
            (e.tag, e.attrib, e.text, e.tail) for e in after.iter()
        ]
