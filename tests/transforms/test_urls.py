"""Addresses in the form in which they are compared and asked for."""

import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.fetch.urls import (
    MAX_URL,
    article_id,
    document_url,
    file_url,
    host_of,
    normalise,
    parse,
    path_of,
    request_url,
)

URL = "https://harbour.example/talks"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://Harbour.Example:443/talks", URL),
        ("https://harbour.example./talks#part", URL),
        ("https://user:secret@harbour.example/talks", URL),
        ("  https://harbour.example/talks\n", URL),
        ("https://harbour.example/a/./b/../../talks", URL),
        ("https://harbour.example/../../talks", URL),
        ("https://harbour.example/%74alks?utm_source=rss&fbclid=1&UTM_Medium=x&&", URL),
        ("https://harbour.example", "https://harbour.example/"),
        ("http://harbour.example:80/", "http://harbour.example/"),
        ("http://harbour.example:8080/", "http://harbour.example:8080/"),
        ("https://hafen.example/k%c3%b6ln/köln", "https://hafen.example/k%C3%B6ln/k%C3%B6ln"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://harbour.example/100%", "https://harbour.example/100%25"),
        ("https://harbour.example/a b?q=c d", "https://harbour.example/a%20b?q=c%20d"),
        ("https://harbour.example/?b=2&a=1", "https://harbour.example/?b=2&a=1"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
    ],
)
def test_addresses_of_one_page_are_equal_in_normal_form(url: str, normal: str) -> None:
    assert normalise(url) == normal
    assert article_id(url) == article_id(normal)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://harbour.example/Talks", URL),
        ("http://harbour.example/talks", URL),
        ("https://www.harbour.example/talks", URL),
        ("https://harbour.example/talks?id=1", URL),
        ("https://harbour.example/a%2Fb", "https://harbour.example/a/b"),
        ("https://harbour.example/talks/", URL),
        ("https://harbour.example/talks?ref=1", URL),
    ],
)
def test_addresses_that_may_be_of_two_pages_stay_two(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    "url",
    [
        "", "talks", "/talks", "//harbour.example/talks", "ftp://harbour.example/", "file:///etc/hostname", "http://",
        "https:///talks", "http://[::1", "http://a:b/", "http://a:99999/", "http://a b/", "http://a\x00b/",
        "http://xn--\ud800/", "javascript:alert(1)", "mailto:desk@harbour.example", "https://a/" + "x" * MAX_URL,
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_none(url: str) -> None:
    assert parse(url) is None
    assert request_url(url) is None
    assert host_of(url) == ""
    assert normalise(url) == url


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("?page=2", "https://harbour.example/a/b?page=2"),
        ("../c", "https://harbour.example/c"),
        ("//www.harbour.example/c", "https://www.harbour.example/c"),
        ("http://elsewhere.example/", "http://elsewhere.example/"),
        ("#top", "https://harbour.example/a/b"),
        ("file:///etc/hostname", None),
        ("http://[", None),
    ],
)
def test_a_request_is_absolute_and_keeps_its_parameters(url: str, absolute: str | None) -> None:
    assert request_url(url, "https://harbour.example/a/b") == absolute
    assert request_url(f"{URL}?utm_source=rss") == f"{URL}?utm_source=rss"


HOSTS = st.sampled_from(["a.example", "A.Example:443", "[::1]:81"])
ADDRESSES = st.builds("https://{}/{}?{}#{}".format, HOSTS, *[st.text(max_size=20)] * 3)


@given(st.one_of(ADDRESSES, st.text(max_size=40)))
def test_the_normal_form_of_a_normal_form_is_itself(url: str) -> None:
    assert normalise(normalise(url)) == normalise(url)
    asked = request_url(url)
    assert asked is None or request_url(asked) == asked
    assert asked is None or (asked.isascii() and asked.isprintable() and " " not in asked)


@given(st.binary(min_size=1, max_size=60).filter(lambda path: b"\0" not in path))
def test_a_file_url_leads_back_to_its_path_whatever_its_bytes(path: bytes) -> None:
    url = file_url(os.fsdecode(b"/" + path))
    assert url.isascii()
    assert os.fsencode(path_of(url)) == b"/" + path


@given(st.lists(st.text(string.printable, min_size=1, max_size=12), min_size=2, max_size=2, unique=True))
def test_documents_of_two_ids_have_two_addresses(ids: list[str]) -> None:
    first, second = (document_url("corpus", each) for each in ids)
    assert first != second
    assert normalise(first) == first
    assert host_of(first) == ""
