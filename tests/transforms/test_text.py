import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.clean.flat import read_flat
from transforms.clean.text import MAX_DEPTH, Reading, TooCostly, read_page

PAGES = Path(__file__).parents[1] / "golden" / "pages"
URL = "https://www.harbour.example/world/talks"
PARAGRAPHS = (
    "The foreign minister of the island republic arrived on Tuesday for talks about fishing rights in the strait.",
    "He will stay for two days and meet the mayor of the port, his office said in a statement on Tuesday evening.",
)


def page(body: str = "", head: str = "", url: str = URL) -> Reading:
    text = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    html = f"<html><head>{head}</head><body><article><h1>Talks in the strait</h1>{text}{body}</article></body></html>"
    return read_page(html, url, latest="2026-03-06")


def linked(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.html")), ids=lambda path: path.stem)
def test_a_golden_page_gives_what_stands_beside_it(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    reading = read_page(path.read_text(), expected.pop("url"), latest="2026-03-06")
    found = json.loads(json.dumps(reading._asdict() | {"text": reading.text.split("\n")}))
    del found["signs"]  # test_screens tells what is made of them
    assert found == expected


def test_there_are_golden_pages() -> None:
    assert len(list(PAGES.glob("*.html"))) >= 3


def test_captions_stand_apart_from_the_text() -> None:
    reading = page('<figure><img src="a.jpg"><figcaption>The minister waves to the crowd.</figcaption></figure>')
    assert reading.captions == ["The minister waves to the crowd."]
    assert "waves" not in reading.text


def test_the_words_of_a_teaser_are_no_caption() -> None:
    teaser = '<a href="/b"><figure><img src="b.jpg"><figcaption>Another story about grain</figcaption></figure></a>'
    assert page(teaser).captions == []


def test_a_pointer_to_another_article_is_no_text() -> None:
    reading = page('<p>Read also: <a href="/b">Grain ships wait for a third week outside the old harbour</a></p>')
    assert "Grain" not in reading.text


def test_a_link_inside_a_sentence_is_text() -> None:
    sentence = 'The <a href="/b">strait</a> has been closed to ships of both countries since the autumn of last year.'
    assert "strait has been closed" in page(f"<p>{sentence}</p>").text


def test_line_ends_inside_a_paragraph_break_no_block() -> None:
    line = "The port was\n closed to all\n ships on Monday after a storm had torn its outer wall away, officials said."
    assert " ".join(line.split()) in page(f"<p>{line}</p>").text.split("\n")


@pytest.mark.parametrize("character", ["&#8;", "\x08", "&#x1f;", "\ufffe"])
def test_a_character_that_no_tree_takes_stops_nothing(character: str) -> None:
    assert page(f"<p>One line of a{character}\nparagraph that goes on and on about the port.</p>").title is not None


def test_the_standfirst_by_which_a_page_describes_itself_opens_the_text() -> None:
    lead = "Two countries that share a strait have not spoken of its fish for seven years."
    html = f"""<html><head><meta property="og:description" content="{lead}"></head><body><header>
    <h1>Talks in the strait</h1><div>{lead}</div></header><article><p>{"</p><p>".join(PARAGRAPHS)}</p></article>"""
    assert read_page(html, URL, latest="2026-03-06").text.split("\n")[:2] == [lead, PARAGRAPHS[0]]


def test_a_description_that_only_the_markup_holds_is_no_text() -> None:
    lead = "Two countries that share a strait have not spoken of its fish for seven years."
    assert lead not in page(head=f'<meta property="og:description" content="{lead}">').text


def test_a_text_that_a_page_cuts_into_several_containers_is_read_whole() -> None:
    chunks = [[f"Part {part}, line {line}: {PARAGRAPHS[1]}" for line in range(4)] for part in range(3)]
    cut = "".join(f'<div class="row"><div class="body">{"".join(f"<p>{p}</p>" for p in c)}</div></div>' for c in chunks)
    reading = read_page(f"<html><body><main><h1>Talks</h1>{cut}</main></body></html>", URL, latest="2026-03-06")
    assert [each for chunk in chunks for each in chunk] == reading.text.split("\n")


def test_other_articles_beside_that_of_the_headline_are_no_text() -> None:
    own = f"<article><h1>Talks in the strait</h1><p>{' '.join(PARAGRAPHS)}</p></article>"
    other = f"<article><h2>Grain ships wait</h2><p>{PARAGRAPHS[1].replace('mayor', 'captain')}</p></article>"
    html = f"<html><head><title>Talks in the strait</title></head><body><main>{own}{other}</main></body></html>"
    assert read_page(html, URL, latest="2026-03-06").text == " ".join(PARAGRAPHS)


def test_the_few_words_of_an_element_named_for_its_picture_are_a_caption() -> None:
    reading = page(
        '<div class="image_widget image"><img src="a.jpg"><p>Pictured right, the mayor of the port.</p></div>'
    )
    assert reading.captions == ["Pictured right, the mayor of the port."]
    assert "Pictured" not in reading.text


def test_a_kicker_that_the_pages_data_have_too_belongs_to_the_title() -> None:
    head = '<meta property="og:title" content="Fishing: Talks in the strait">'
    assert page(head=linked(headline="Fishing: Talks in the strait") + head).title == "Fishing: Talks in the strait"


def test_a_byline_under_the_headline_names_the_author_where_no_data_do() -> None:
    html = f"<h1>Talks</h1><p>By Ana Keller | 3 March 2026</p><p>{'</p><p>'.join(PARAGRAPHS)}</p>"
    assert read_page(html, URL, latest="2026-03-06").authors == ["Ana Keller"]


def test_the_headline_is_not_repeated_in_the_text() -> None:
    assert page(head='<meta property="og:title" content="Talks in the strait">').text.startswith("The foreign")


@pytest.mark.parametrize(
    "shared",
    ["Talks in the strait | Harbour News", "Talks in the strait - World - Harbour", "Talks in the strait"],
)
def test_the_title_is_the_headline_without_the_name_of_the_site(shared: str) -> None:
    head = f'<meta property="og:title" content="{shared}"><meta property="og:site_name" content="Harbour News">'
    assert page(head=head).title == "Talks in the strait"


def test_authors_are_people_and_not_the_outlet() -> None:
    authors = [{"@type": "Person", "name": "By Ana Keller and Boris Lund"}, {"name": "Harbour News"}]
    head = linked(author=authors) + '<meta property="og:site_name" content="Harbour News">'
    assert page(head=head).authors == ["Ana Keller", "Boris Lund"]


def test_the_outlet_is_the_author_where_nobody_else_is_named() -> None:
    head = linked(author={"@type": "Organization", "name": "Harbour News"}, publisher={"name": "Harbour News"})
    assert page(head=head).authors == ["Harbour News"]
    assert page(head=head, body='<a rel="author">Ana Keller</a>').authors == ["Ana Keller"]


def test_an_author_that_the_page_names_by_an_id_is_the_object_of_that_id() -> None:
    graph = [{"@type": "NewsArticle", "author": {"@id": "#ana"}}, {"@id": "#ana", "name": "Ana Keller"}]
    head = f'<script type="application/ld+json">{json.dumps({"@graph": graph})}</script>'
    assert page(head=head).authors == ["Ana Keller"]


@pytest.mark.parametrize(
    ("markup", "authors"),
    [
        ('<meta name="author" content="Ana Keller, Political Correspondent">', ["Ana Keller"]),
        (
            '<meta name="author" content="Ana Keller"><meta name="author" content="Boris Lund">',
            ["Ana Keller", "Boris Lund"],
        ),
        ('<meta name="dc.creator" content="Keller, Ana">', ["Ana Keller"]),
        ('<meta name="author" content="https://harbour.example/ana">', []),
        ('<meta name="author" content="admin">', []),
        ('<meta name="author" content="신현주 기자">', ["신현주"]),
        ('<p class="byline">By <a>Ana Keller</a> and <a>Boris Lund</a></p>', ["Ana Keller", "Boris Lund"]),
        ('<p class="byline">By Ana Keller, Monday, March 2, 2026</p>', ["Ana Keller"]),
        ('<p class="byline">Share this story with your friends</p>', []),
        ('<aside><a rel="author">Ana Keller</a></aside>', []),
        ('<div class="comments"><a rel="author">Ana Keller</a></div>', []),
    ],
)
def test_authors_are_read_wherever_a_page_names_them(markup: str, authors: list[str]) -> None:
    assert page(markup).authors == authors


def test_a_page_tells_its_last_change_section_tags_and_picture() -> None:
    head = linked(dateModified="2026-03-04", articleSection=["World", "Sea"], keywords="Fish, Ports, fish")
    reading = page(head=head + '<meta property="og:image" content="/a.jpg">')
    assert reading.modified == ("2026-03-04", "linked_data")
    assert (reading.section, reading.tags) == ("World", ["Fish", "Ports"])
    assert reading.image_url == "https://www.harbour.example/a.jpg"


def test_the_links_of_the_article_are_measured_not_those_of_the_menu() -> None:
    prose = f"<p>{PARAGRAPHS[0]} <a href='/b'>{PARAGRAPHS[1]}</a></p>"
    whole = sum(map(len, PARAGRAPHS))
    reading = page(f"{prose}<nav><a href='/c'>World</a></nav>")
    assert reading.link_density == pytest.approx(len(PARAGRAPHS[1]) / (2 * whole), abs=0.02)


def test_the_date_is_that_of_publication_with_its_offset() -> None:
    head = linked(datePublished="2026-03-03T09:30:00+05:30", dateModified="2026-03-04T09:30:00+05:30")
    assert page(head=head).published == ("2026-03-03T09:30:00+05:30", "linked_data")


def test_a_date_that_only_the_address_has_is_the_addresss() -> None:
    reading = page(url="https://www.harbour.example/2026/03/02/talks")
    assert reading.published == ("2026-03-02", "url")


def test_an_empty_date_field_is_passed_over() -> None:
    head = linked(datePublished="0001-01-01T00:00:00") + '<meta name="date" content="2026-03-03">'
    assert page(head=head).published == ("2026-03-03", "meta")


def test_a_broken_description_of_the_page_is_passed_over() -> None:
    assert page(head='<script type="application/ld+json">{"@type": </script>').title == "Talks in the strait"


@pytest.mark.parametrize(
    "left", ["<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "{};", '{{"@type": "WebPage",}} {}', "{} trailing"]
)
def test_a_description_of_the_page_with_marks_around_it_is_read(left: str) -> None:
    about = json.dumps({"@type": "NewsArticle", "author": {"name": "Ana Keller"}})
    head = f'<script type="application/ld+json">{left.format(about)}</script>'
    assert page(head=head).authors == ["Ana Keller"]


def test_a_relative_canonical_link_is_made_absolute() -> None:
    assert page(head='<link rel="canonical" href="/a">').canonical_url == "https://www.harbour.example/a"


@pytest.mark.parametrize("html", ["", " ", "<html></html>", "<!-- nothing -->", "\x00", "<p>", "<frameset>"])
def test_a_page_of_nothing_gives_no_text(html: str) -> None:
    assert read_page(html, URL, latest="2026-03-06").text == ""


def test_a_page_nested_deeper_than_trees_allow_is_read_flat() -> None:
    html = f"<title>T</title>{'<div>' * 3000}<p>{PARAGRAPHS[0]}</p>{'</div>' * 3000}"
    reading = read_page(html, URL, latest="2026-03-06")
    assert (reading.flat, reading.title, reading.text) == (True, "T", PARAGRAPHS[0])


def test_nesting_below_the_limit_is_read_in_full() -> None:
    depth = MAX_DEPTH - 10
    html = f"<article>{'<div>' * depth}<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p></article>"
    assert not read_page(html, URL, latest="2026-03-06").flat


def test_a_large_page_is_read_as_a_small_one() -> None:
    padding = f"<script>{'x' * 1_500_000}</script>"
    assert page(padding) == page()


def test_a_page_of_very_many_tags_is_read_as_one_of_few() -> None:
    assert page("<br>" * 50_000) == page()


def test_a_page_that_takes_too_long_is_given_up() -> None:
    html = "<p>hello there</p>" * 200_000
    with pytest.raises(TooCostly, match=r"0\.01 s"):
        read_page(html, URL, latest="2026-03-06", timeout_s=0.01)


def test_a_page_that_takes_too_long_in_full_is_read_flat() -> None:
    html = "<p>hello there</p>" * 250_000
    reading = read_page(html, URL, latest="2026-03-06", timeout_s=6)
    assert reading.flat
    assert reading.text.count("hello there") == 250_000


def test_flat_text_leaves_out_what_is_no_text() -> None:
    html = "<nav>Home</nav><script>a<b</script><p>One</p><style>p{}</style>two<br>three<footer>Contact</footer>"
    assert re.split(r"\n", read_flat(html).text) == ["One", "two", "three"]


# --- any page at all ------------------------------------------------------------------------------------------------

TAGS = (
    "p",
    "div",
    "article",
    "h1",
    "figure",
    "figcaption",
    "a",
    "ul",
    "li",
    "table",
    "script",
    "span",
    "br",
    "html",
    "body",
    "svg",
    "template",
)
WORDS = st.text(st.characters(codec="utf-8"), max_size=40) | st.just("The minister came to the port for talks. " * 4)
ATTRIBUTES = st.sampled_from(
    ["", ' class="caption"', ' class="image"', ' class="subtitle"', ' href="//["', " style=", ' lang="']
)
PIECES = st.one_of(
    st.builds("<{}{}>".format, st.sampled_from(TAGS), ATTRIBUTES),
    st.builds("</{}>".format, st.sampled_from(TAGS)),
    WORDS,
    st.sampled_from(
        ["<", "&#0;", "&#xD800;", "<!--", "]]>", "<![CDATA[", '<script type="application/ld+json">[{"@type":', "\x00"]
    ),
)
FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(st.lists(PIECES, max_size=60))
def test_no_page_stops_the_reader(pieces: list[str]) -> None:
    assert isinstance(read_page("".join(pieces), URL, latest="2026-03-06"), Reading)


@FUZZ
@given(st.sampled_from(sorted(PAGES.glob("*.html"))), st.data())
def test_no_damage_to_a_page_stops_the_reader(path: Path, data: st.DataObject) -> None:
    html = path.read_text()
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(html)))
        end = data.draw(st.integers(start, min(len(html), start + 200)))
        html = html[:start] + data.draw(PIECES) + html[end:]
    assert isinstance(read_page(html, URL, latest="2026-03-06"), Reading)
