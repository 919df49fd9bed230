"""What is found in each kind of file: the addresses, and nothing else."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from keepsight.check.extract import candidates
from keepsight.check.reading import read
from tests.check.conftest import Run, Told

PATH = "/demo/image/upload/w_300/v1/a.jpg"
HOST = "https://res.cloudinary.com"
AGENT = '"-" "Mozilla/5.0 (X11)"'
CLOUDFRONT = (
    "#Version: 1.0\n"
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol\n"
)


def row(path: str, method: str = "GET", status: str = "200") -> str:
    fields = ("2026-12-01", "10:00:00", "FRA2", "482", "203.0.113.9", method, "d1.cloudfront.net", path, status)
    return "\t".join((*fields, "-", "Mozilla/5.0%2520(X11)", "-", "-", "Hit", "id", "images.example.com", "https"))


LINES = {
    "a URL": f"{HOST}{PATH}",
    "a URL without a scheme": f"//res.cloudinary.com{PATH}",
    "a path": PATH,
    "a list with a column behind it": f"{HOST}{PATH}\t12",
    "common": f'203.0.113.9 - - [01/Dec/2026:10:00:00 +0000] "GET {PATH} HTTP/1.1" 200 482',
    "combined": f'203.0.113.9 - bob [01/Dec/2026:10:00:00 +0000] "GET {PATH}?_a=BAM HTTP/2.0" 200 482 {AGENT}',
    "combined with the host before it": f'a.test:443 203.0.113.9 - - [x] "GET {PATH} HTTP/1.1" 200 4 {AGENT}',
    "nginx, more fields": f'203.0.113.9 - - [x] "GET {PATH} HTTP/1.1" 200 482 {AGENT} rt=0.003 "10.0.0.2:80"',
    "nginx, no quotes": f"2026-12-01T10:00:00+00:00 203.0.113.9 GET {PATH} 200 0.003",
    "nginx, key=value": f"time=2026-12-01T10:00:00 status=200 uri={PATH} bytes=482",
    "a balancer": f'h2 2026-12-01 app/lb 203.0.113.9:2 10.0.0.2:80 0 0 200 200 4 4 "GET {HOST}{PATH} HTTP/2.0"',
    "JSON, nginx": json.dumps({"remote_addr": "203.0.113.9", "request_uri": PATH, "status": "200"}),
    "JSON, the request line": json.dumps({"request": f"GET {PATH} HTTP/1.1", "status": 200}),
    "JSON, nested": json.dumps({"level": "info", "request": {"method": "GET", "host": "a.test", "uri": PATH}}),
    "JSON, escaped": '{"ClientRequestURI":"' + PATH.replace("/", "\\/") + '","EdgeResponseStatus":200}',
    "JSON, a log line within": json.dumps({"log": f'10.0.0.9 - - [x] "GET {PATH} HTTP/1.1" 200 4 {AGENT}\n'}),
    "JSON, a whole URL": json.dumps({"httpRequest": {"requestMethod": "GET", "requestUrl": HOST + PATH}}),
    "CloudFront": CLOUDFRONT + row(PATH),
    "CloudFront, its head gone": row(PATH),
    "W3C, as IIS writes it": f"#Fields: date time cs-method cs-uri-stem sc-status\n2026-12-01 10:00:00 GET {PATH} 200",
    "CSV": f'"{HOST}{PATH}",12,"Tom"',
    "Markdown": f"Look: ![Tom]({HOST}{PATH}), how lovely.",
    "code": f"const a = `{HOST}{PATH}`;",
    "a proxy of images": "/_next/image?url=https%3A%2F%2Fres.cloudinary.com"
    + PATH.replace("/", "%2F")
    + "&w=640&q=75",
}
MARKUP = {
    "src": f'<img src="{HOST}{PATH}">',
    "without quotes": f"<img src={HOST}{PATH} alt=Tom>",
    "escaped": f'<!doctype html><img src="{HOST}{PATH}?a=1&amp;b=2">',
    "srcset": f'<img srcset="{HOST}{PATH} 1x">',
    "imagesrcset": f'<link rel=preload as=image imagesrcset="{HOST}{PATH} 300w">',
    "lazy": f'<img data-src="{HOST}{PATH}" class=lazy>',
    "style": f'<p style="background:url(&quot;{HOST}{PATH}&quot;) no-repeat">',
    "style sheet": f"<style>p {{ background: url({HOST}{PATH}) }}</style>",
    "og:image": f'<head><meta property="og:image" content="{HOST}{PATH}"></head>',
    "JSON-LD": f'<script type="application/ld+json">{json.dumps({"image": [HOST + PATH]})}</script>',
    "JSON with escaped slashes": "<script>a={'u':'" + (HOST + PATH).replace("/", "\\/") + "'}</script>",
    "JSON with escaped ampersands": f'<script>{{"u":"{HOST}{PATH}?a=1\\u0026b=2"}}</script>',
    "noscript": f'<noscript><img src="{HOST}{PATH}"></noscript>',
    "template": f'<template><img src="{PATH}"></template>',
    "picture": f'<picture><source srcset="{HOST}{PATH}"></picture>',
    "sitemap": f'<?xml version="1.0"?>\n<urlset><url><loc>https://a.test/</loc><image:image><image:loc>{HOST}{PATH}'
    "</image:loc></image:image></url></urlset>",
    "feed": f'<rss><item><description><![CDATA[<img src="{HOST}{PATH}">]]></description></item></rss>',
    "SVG": f'<svg><image xlink:href="{HOST}{PATH}"/></svg>',
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_one_address_in_a_line(line: str, told: Told) -> None:
    report = told(line + "\n")
    assert (report["addresses"], report["renders"], report["transformations"]) == (1, 1, 1)


@pytest.mark.parametrize("markup", MARKUP.values(), ids=MARKUP)
def test_one_address_in_markup(markup: str, told: Told) -> None:
    report = told(markup)
    assert (report["addresses"], report["renders"], report["transformations"]) == (1, 1, 1)


def test_lines_of_several_formats_may_be_mixed(told: Told) -> None:
    assert told("\n".join(LINES.values()))["addresses"] == len(LINES)


def test_commas_of_a_srcset_belong_to_the_url_unless_a_blank_follows(told: Told) -> None:
    srcset = (
        f"{HOST}/d/image/upload/c_fill,w_1/a.jpg 1x,{HOST}/d/image/upload/c_fill,w_2/a.jpg 2x , /d/x.png, /y.png 3x"
    )
    assert list(candidates(srcset)) == [
        f"{HOST}/d/image/upload/c_fill,w_1/a.jpg",
        f"{HOST}/d/image/upload/c_fill,w_2/a.jpg",
        "/d/x.png",
        "/y.png",
    ]
    assert told(f'<img srcset="{srcset}">')["addresses"] == 2


@pytest.mark.parametrize(
    "line",
    [
        f'203.0.113.9 - - [x] "POST {PATH} HTTP/1.1" 200 4',
        f'203.0.113.9 - - [x] "PUT {PATH} HTTP/1.1" 200 4',
        row(PATH, "DELETE"),
        json.dumps({"method": "POST", "url": PATH}),
        'x - - [x] "GET /about/team.html HTTP/1.1" 200 4',
        "https://a.test/image/a.jpg",
        "https://a.test/_next/image?url=%2Flogo.png&w=64",
        "https://api.cloudinary.com/v1_1/demo/image/upload",
        "see the FAQ / terms",
        "/%00/a\0b",
    ],
)
def test_what_is_no_address_of_a_picture(line: str, told: Told) -> None:
    assert told(f"{line}\n{PATH}\n")["addresses"] == 1


def test_hosts_of_ones_own_and_clouds(told: Told) -> None:
    lines = "https://img.example.com/tom.jpg\nhttps://other.test/tom.jpg\n/other/image/upload/a.jpg\n" + PATH
    assert told(lines)["clouds"] == {"other": 1, "demo": 1}
    assert told(lines, "--host", "*.example.com")["addresses"] == 3
    only = told(lines, "--cloud", "demo")
    assert (only["addresses"], only["other_urls"]) == (1, 3)
    hosts = "https://my-cloud-res.cloudinary.com/image/upload/a.jpg\nhttps://res-3.cloudinary.com/my_cloud/a.jpg"
    assert told(hosts, "--cloud", "my_cloud")["addresses"] == 2


def test_where_a_program_puts_something_in_is_no_address_yet(told: Told) -> None:
    report = told(f"<script>`{HOST}/demo/image/upload/w_${{width}}/a.jpg`</script><img src='{PATH}'>")
    assert (report["addresses"], report["templates"]) == (1, 1)


def test_several_urls_in_a_line_and_names_with_blanks(told: Told) -> None:
    assert told(f"{HOST}{PATH} {HOST}{PATH} {HOST}{PATH}")["addresses"] == 3
    assert told(f"{HOST}/demo/image/upload/w_9/my photo.jpg")["renders"] == 1


def test_what_failed_there_is_told(told: Told) -> None:
    bad = "/demo/image/upload/w_wide/a.jpg"
    report = told(
        f'x - - [x] "GET {bad} HTTP/1.1" 400 4\nx - - [x] "GET {bad} HTTP/1.1" 200 4\n{row(bad, status="404")}'
    )
    assert [(each["count"], each["failed_before"]) for each in report["refused"]] == [(3, 2)]


def test_gzip_and_standard_input(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log.gz").write_bytes(gzip.compress(f"{PATH}\n".encode() * 3))
    result = run(str(tmp_path / "log.gz"), "-", "--json", standard_input=gzip.compress(f"{PATH}\n".encode()))
    assert json.loads(result.stdout)["addresses"] == 4


def test_half_a_gzip_counts_and_says_so(run: Run, tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"{PATH}?{n * n}\n" for n in range(9_000)).encode())
    (tmp_path / "log.gz").write_bytes(whole[: len(whole) // 2])
    result = run(str(tmp_path / "log.gz"), "--json")
    assert 500 < json.loads(result.stdout)["addresses"] < 9_000
    assert "cannot be read to its end" in result.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_encodings(encoding: str, told: Told) -> None:
    report = told(f"{PATH}\r\n/demo/image/upload/w_5/v1/übung.jpg\r\n".encode(encoding))
    assert (report["addresses"], report["renders"]) == (2, 2)


def test_a_line_of_megabytes_is_read_in_pieces(told: Told) -> None:
    urls = [f'"{HOST}/demo/image/upload/c_fill,w_{n},h_{n}/v1/a.jpg"' for n in range(50, 20_050)]
    line = f"[{','.join(urls)}]"
    assert len(line) > 1_000_000
    assert told(line + "\n" + PATH)["addresses"] == 20_001


@pytest.mark.parametrize("junk", [b"\0" * 5_000, bytes(range(256)) * 40, b"\xff" * 400_000, b"<![junk[ <!ELEMENT x"])
def test_junk_in_between_breaks_nothing(junk: bytes, told: Told) -> None:
    for content in (junk + b"\n" + PATH.encode() + b"\n", PATH.encode() + b"\n" + junk):
        assert told(content)["addresses"] == 1


def test_names_that_are_no_text_can_be_printed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(
        b"/demo/image/upload/w_x/\xff\x1b[31m.jpg\n" + b'{"url": "/demo/image/upload/w_x/\\ud800"}'
    )
    for options in ((), ("--json",)):
        result = run(str(tmp_path / "log"), *options)
        assert result.exit_code == 1, result.output
        assert "\x1b" not in result.stdout


def test_every_url_of_an_unreadable_file_is_none(tmp_path: Path) -> None:
    file = tmp_path / "empty"
    file.write_bytes(b"")
    assert list(read(str(file), lambda stream, _: stream, lambda: None, lambda _: None)) == []
