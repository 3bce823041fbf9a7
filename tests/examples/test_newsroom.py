import http.client
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import feedparser
import lxml.etree
import pytest
from evenings import EXAMPLES
from newsroom.serve import FEEDS, PORT, SITEMAPS, Newsroom, serving
from newsroom.stories import NAMES, PUBLISHERS, Story, load

RENAMED = Path(__file__).with_name("renamed.toml")
MOJIBAKE = "â€™"


@pytest.fixture(name="room")
def a_newsroom() -> Newsroom:
    return Newsroom(day=3)


@pytest.fixture(name="site")
def its_address(room: Newsroom) -> Iterator[str]:
    with serving(room, port=0) as site:
        yield site


def get(url: str, **headers: str) -> http.client.HTTPResponse:
    """Return the answer, its body read into `answer.msg.body`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", parts.path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


def links(site: str, feed: str) -> list[str]:
    return [urljoin(site + feed, entry.link) for entry in feedparser.parse(get(site + feed).text).entries]


def sitemap(site: str, path: str) -> list[dict[str, str]]:
    """Return what a news sitemap says of each page, by the names of its elements."""
    root = lxml.etree.fromstring(get(site + path).text.encode())
    return [{lxml.etree.QName(each).localname: each.text for each in url.iter() if each.text} for url in root]


def all_links(site: str) -> list[str]:
    listed = [page["loc"] for path in SITEMAPS for page in sitemap(site, path)]
    return [link for feed in FEEDS for link in links(site, feed)] + listed


def newest(room: Newsroom, path: str) -> Story:
    return [story for story in room.stories if story.path == path][-1]


# --- feeds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("feed", FEEDS)
def test_feeds_are_well_formed_and_dated(site: str, feed: str) -> None:
    parsed = feedparser.parse(get(site + feed).text)
    assert not parsed.bozo
    assert len(parsed.entries) >= 5
    assert all(entry.get("published_parsed") and entry.title and entry.id for entry in parsed.entries)


def test_rss_and_atom_both_occur(site: str) -> None:
    assert {feedparser.parse(get(site + feed).text).version for feed in FEEDS} == {"rss20", "atom10"}


def test_one_feed_has_relative_links(site: str) -> None:
    assert "<link>/wire/" in get(site + "/wire/rss.xml").text


@pytest.mark.parametrize("path", SITEMAPS)
def test_the_news_sitemap_says_title_time_and_language_of_each_page(site: str, path: str) -> None:
    pages = sitemap(site, path)
    assert len(pages) >= 5
    assert {page["language"] for page in pages} == {"pt"}
    assert all(page["title"] and page["publication_date"] and page["name"] == "O Estuário" for page in pages)
    assert all('<html lang="pt">' in get(page["loc"]).text for page in pages)


def test_each_day_adds_items_and_keeps_the_earlier_ones(room: Newsroom, site: str) -> None:
    seen: list[set[str]] = []
    for room.day in (1, 2, 3):
        seen.append(set(all_links(site)))
    assert seen[0] < seen[1] < seen[2]
    assert len(seen[2]) == 40


def test_after_the_third_day_feeds_answer_anew_with_the_same_items(room: Newsroom, site: str) -> None:
    before = {feed: get(site + feed) for feed in FEEDS}
    room.day = 4
    for feed, answer in before.items():
        again = get(site + feed, If_None_Match=answer.headers.get("ETag", '"none"'))
        assert (again.status, again.text == answer.text) == (200, False)
        assert feedparser.parse(again.text).entries == feedparser.parse(answer.text).entries


def test_everything_of_a_day_is_out_by_its_evening(room: Newsroom) -> None:
    assert all(story.updated < room.evening for story in room.stories)


def test_an_update_changes_the_text_and_the_feeds_date(room: Newsroom, site: str) -> None:
    path = "/meridian/2026/leaders-speak-by-phone"
    pages, dates = [], []
    for room.day in (1, 2):
        pages.append(get(site + path).text)
        entries = feedparser.parse(get(site + "/meridian/atom.xml").text).entries
        dates.append([entry.updated for entry in entries if entry.link.endswith(path)])
    assert "Update, " in pages[1]
    assert "Update, " not in pages[0]
    assert dates[0] < dates[1]


# --- pages ----------------------------------------------------------------------------------------------------------


def test_what_a_visitor_meets(site: str) -> None:
    statuses = {urlsplit(link).path: get(link).status for link in all_links(site)}
    assert {path for path, status in statuses.items() if status != 200} == {"/meridian/2026/correction-needed"}
    assert statuses["/meridian/2026/correction-needed"] == 410
    assert get(site + "/nothing/here").status == 404


def test_robots_txt_forbids_a_page_that_a_feed_lists(site: str) -> None:
    assert "Disallow: /ledger/members/" in get(site + "/robots.txt").text
    assert any("/ledger/members/" in link for link in links(site, "/ledger/feed.xml"))


def test_pages_that_have_not_changed_answer_304(site: str) -> None:
    url = site + "/wire/ministry-confirms-visit"
    answer = get(url)
    again = get(url, If_None_Match=str(answer.headers["ETag"]))
    assert (again.status, again.text) == (304, "")


def test_every_publisher_frames_its_articles(site: str) -> None:
    for link in all_links(site):
        text = get(link).text
        if get(link).status == 200:
            assert "<h1>" in text
            assert any(name in text for name in PUBLISHERS.values())


def test_one_publisher_asks_for_money_under_every_article(site: str) -> None:
    pages = [get(link) for link in links(site, "/meridian/atom.xml")]
    assert all("please give" in page.text for page in pages if page.status == 200)
    assert not any("please give" in get(link).text for link in links(site, "/wire/rss.xml"))


def test_one_article_is_syndicated_and_one_copied_with_a_paragraph_more(room: Newsroom) -> None:
    original = newest(room, "/ledger/world/prime-minister-to-visit")
    copy = newest(room, "/meridian/2026/prime-minister-heads-south")
    assert copy.paragraphs == original.paragraphs
    assert copy.title != original.title
    signed, longer = newest(room, "/wire/fisheries-agreement-signed"), newest(room, "/meridian/2026/a-deal-on-fish")
    assert longer.paragraphs[:-1] == signed.paragraphs


def test_one_visit_is_confirmed_two_days_after_it_was_planned_and_then_done(room: Newsroom) -> None:
    planned = newest(room, "/ledger/world/prime-minister-to-visit")
    confirmed = newest(room, "/wire/ministry-confirms-visit")
    done = newest(room, "/meridian/2026/prime-minister-in-the-capital")
    assert (confirmed.at.date() - planned.at.date()).days == 2
    for room.day, story in enumerate((planned, confirmed, done), start=1):  # an evening has one of them to find
        assert room.evening - timedelta(days=2) < story.at < room.evening
        assert story.at.date() == room.date or room.day == 1


def test_one_page_breaks_a_paragraph_and_one_is_mojibake(site: str) -> None:
    assert "spoke of</p>\n<p>fog" in get(site + "/ledger/world/visit-postponed").text
    assert [link for link in all_links(site) if MOJIBAKE in get(link).text] == [
        site + "/ledger/business/flights-agreed"
    ]


# --- names ----------------------------------------------------------------------------------------------------------


def words_of(table: Path) -> set[str]:
    """Return every name in a table, and the parts of people's names."""
    names = [
        name
        for entry in tomllib.loads(table.read_text()).values()
        if isinstance(entry, dict)
        for name in entry.values()
    ]
    return {*names, *(name.split()[-1] for name in names)}


def everything(names: Path) -> str:
    return "\n".join(" ".join((each.title, each.caption, *each.related, *each.paragraphs)) for each in load(names))


def test_every_name_can_be_renamed() -> None:
    text = everything(RENAMED)
    assert not [name for name in words_of(NAMES) if name in text]
    assert sum(name in text for name in words_of(RENAMED)) > 40


def test_every_day_can_be_renamed() -> None:
    first, other = load(NAMES), load(RENAMED)
    moved = other[0].at - first[0].at
    assert moved.days % 7 != 0
    assert [each.at + moved for each in first] == [each.at for each in other]
    assert "Monday" in everything(NAMES)
    assert "Monday" not in everything(RENAMED)


def test_nothing_else_changes_when_names_do() -> None:
    assert [(each.path, len(each.paragraphs)) for each in load(NAMES)] == [
        (each.path, len(each.paragraphs)) for each in load(RENAMED)
    ]


# --- sources.toml ---------------------------------------------------------------------------------------------------


def test_the_configuration_names_every_feed_and_sitemap() -> None:
    sources = tomllib.loads((EXAMPLES / "newsroom" / "sources.toml").read_text(encoding="utf-8"))["source"]
    kinds = {source["url"].removeprefix(f"http://127.0.0.1:{PORT}"): source["kind"] for source in sources}
    assert kinds == {**dict.fromkeys(FEEDS, "feed"), **dict.fromkeys(SITEMAPS, "sitemap")}
    assert {source["publisher"] for source in sources} == set(PUBLISHERS.values())
