"""OPML in and out: groups are tags, and no feed is lost or doubled."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import a_source

from pipeline.config import load
from pipeline.opml import quoted, read_file, read_outlines, slug, write_opml
from schemas.reject import ConfigurationError
from transforms.poll.listing import line

OPML = """<?xml version="1.0"?><!DOCTYPE opml SYSTEM "http://127.0.0.1:1/opml.dtd">
<opml version="1.0"><head/><body>
  <outline text="World">
    <outline type="rss" text="The Harbour Post" xmlUrl="https://harbour.example/feed" htmlUrl="https://harbour.example"
      language="en-us"/>
    <outline text="Wire"><outline title="Çağ" xmlUrl="https://cag.example/rss?a=1&amp;b=2"/></outline>
  </outline>
  <outline text="the harbour post" xmlUrl="https://harbour.example/sport" category="/Sport" language="unknown"/>
  <outline text="Again" xmlUrl="https://harbour.example/feed" category="Ships"/>
  <outline text="A podcast" xmlUrl="feed://pod.example/"/>
</body></opml>"""


def imported(folder: Path, text: str = OPML) -> Path:
    (folder / "feeds.opml").write_text(text, encoding="utf-8")
    (folder / "sources.toml").write_text(read_file(folder / "feeds.opml").toml, encoding="utf-8")
    return folder / "sources.toml"


def test_feeds_become_sources_with_their_groups_as_tags(tmp_path: Path) -> None:
    sources = load(imported(tmp_path)).sources
    assert [(each.name, each.location, list(each.tags)) for each in sources] == [
        ("the-harbour-post", "https://harbour.example/feed", ["World", "Ships"]),
        ("cag", "https://cag.example/rss?a=1&b=2", ["World", "Wire"]),
        ("the-harbour-post-2", "https://harbour.example/sport", ["Sport"]),
    ]


def test_the_language_of_a_feed_is_that_of_its_source_where_it_is_one(tmp_path: Path) -> None:
    sources = load(imported(tmp_path)).sources
    assert [each.language for each in sources] == ["en", None, None]
    assert [each.language for each in load(imported(tmp_path, write_opml(sources))).sources] == ["en", None, None]


def test_what_is_no_feed_of_the_web_is_told(tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_text(OPML)
    assert read_file(tmp_path / "feeds.opml").left_out == [
        "A podcast: 'feed://pod.example/' is no http or https address"
    ]


@pytest.mark.parametrize("text", ["", "no XML", "<opml><body/></opml>"])
def test_a_file_without_feeds_is_an_error_that_names_it(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"feeds\.opml: there is no feed in it"):
        imported(tmp_path, text)


TITLES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20)


@given(
    st.lists(st.tuples(TITLES, st.lists(TITLES.filter(lambda tag: not set(tag) & set(",/")), max_size=2)), max_size=5)
)
def test_what_is_exported_is_imported_again(feeds: list[tuple[str, list[str]]]) -> None:
    sources = [
        a_source(name=slug(title) or "a", location=f"https://harbour.example/{at}", tags=tags)
        for at, (title, tags) in enumerate(feeds)
    ]
    outlines = {each.url: set(each.tags) for each in read_outlines(write_opml(sources).encode())}
    assert outlines == {each.location: {" ".join(tag.split()) for tag in each.tags} - {""} for each in sources}


@given(TITLES)
def test_any_title_can_stand_in_toml(title: str) -> None:
    scrubbed = line(title, 200) or ""
    assert tomllib.loads(f"a = {quoted(scrubbed)}") == {"a": scrubbed}
