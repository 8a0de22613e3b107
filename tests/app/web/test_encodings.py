"""Accept-Encoding, as browsers and proxies write it."""

from __future__ import annotations

import gzip

import brotli
import pytest

from app.web.encodings import choose_encoding, packed


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("", None),
        ("identity", None),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("*", "br"),
        ("*;q=0.3, br;q=0", "gzip"),
        ("GZIP;Q=1.0", "gzip"),
        ("br ; q=0.9 , gzip;q=0.9", "br"),
        ("identity;q=0.5, gzip;q=0.2", None),
        ("br;q=much, gzip;q=0.1", "gzip"),
        ("br;q=7, gzip;q=0.1", "gzip"),
        ("br;level=3", None),
        (",,;,", None),
    ],
)
def test_the_coding_chosen(header: str, chosen: str | None) -> None:
    assert choose_encoding(header, ("br", "gzip")) == chosen


def test_only_what_is_at_hand() -> None:
    assert choose_encoding("br", ("gzip",)) is None
    assert choose_encoding("br", ()) is None


def test_packed_bytes_unpack() -> None:
    data = b"0123456789" * 1000
    body, headers = packed("br", data)
    assert (brotli.decompress(body), headers["content-encoding"]) == (data, "br")
    body, headers = packed("gzip", data)
    assert (gzip.decompress(body), headers["content-encoding"]) == (data, "gzip")
    body, headers = packed("", data)
    assert (body, headers) == (data, {"vary": "accept-encoding"})
