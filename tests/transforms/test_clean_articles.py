from datetime import UTC, datetime

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Article, Entry, Page, Reject
from schemas.reject import REASONS
from transforms.clean.quality import count_words
from transforms.clean_articles import CleanArticles, Minimum, best_url, clean
from transforms.edits import restore
from transforms.scrub import is_clean
from transforms.store.lake import Lake

NOW = int(datetime(2026, 3, 4, 6, tzinfo=UTC).timestamp()) * 1_000_000
HOUR = 3_600_000_000
MINIMUM = Minimum(page=40, text=5)
LAKE = Lake.open("no-lake-yet")  # nothing is committed there
URL = "https://www.harbour.example/world/talks"
BODY = (
    "<p>The foreign minister of the island republic arrived on Tuesday for talks on fishing rights in the strait.</p>"
    "<p>He will stay for two days and meet the mayor of the port, his office said in a statement on Tuesday.</p>"
    "<p>The two countries have quarrelled over the strait since the autumn of the year before last.</p>"
)


def an_entry(**fields: object) -> Entry:
    entry = Entry(
        run_id="20260304T060000Z-00000000", now=NOW, source="harbour", publisher="Harbour News", language=None,
        timezone=None, entry_id="talks", url=URL, title=None, summary=None, authors=[], published=None,
        published_offset_s=None, text=None, fingerprint="f", article_id="0123456789abcdef", version=0, content_hash="",
        attempts=0, delay_s=0.0, budget_s=900.0,
    )  # fmt: skip
    return entry._replace(**fields)


def a_page(body: str = BODY, head: str = "", final_url: str = URL, **fields: object) -> Page:
    html = f"<html><head><title>Talks in the strait</title>{head}</head><body><article>{body}</article></body></html>"
    return Page(an_entry(**fields), final_url, "text/html", "utf-8", html.encode("utf-8", "surrogatepass"))


def a_document(text: str, **fields: object) -> Page:
    return Page(an_entry(text=text, url="document:corpus/1", **fields), "document:corpus/1", "text/plain", "utf-8", b"")


def article_of(page: Page) -> Article:
    article, _ = clean(page, MINIMUM)
    assert article is not None
    return article


def reasons_of(page: Page) -> list[str]:
    return [reject.reason for reject in clean(page, MINIMUM)[1]]


# --- what an article holds ------------------------------------------------------------------------------------------


def test_paragraphs_are_joined_by_a_blank_line() -> None:
    assert len(article_of(a_page()).text.split("\n\n")) == 3


def test_a_paragraph_that_the_page_splits_is_joined() -> None:
    split = BODY.replace("arrived on Tuesday", "arrived on</p><p>the last ferry of the day")
    article = article_of(a_page(split))
    assert "arrived on the last ferry" in article.text
    assert [edit.reason for edit in article.removed] == ["broken_paragraph"]


def test_the_sources_language_goes_before_the_pages_and_that_before_the_texts() -> None:
    page = a_page()
    declared = page._replace(body=page.body.replace(b"<html>", b'<html lang="fr-CA">'))
    assert article_of(page).language == "en"
    assert article_of(declared).language == "fr"
    assert article_of(declared._replace(entry=an_entry(language="de"))).language == "de"


@pytest.mark.parametrize("body", [b"", b" \n"], ids=["empty", "blank"])
def test_an_answer_without_a_word_is_no_article_and_says_so(body: bytes) -> None:
    assert reasons_of(a_page()._replace(body=body)) == ["no_article"]


def test_the_version_is_one_more_than_the_committed_one() -> None:
    assert article_of(a_page(version=2)).version == 3


def test_a_title_that_looks_like_a_formula_stays_as_it_is() -> None:
    head = '<meta property="og:title" content="=1+1 makes two ministers">'
    assert article_of(a_page(head=head)).title == "=1+1 makes two ministers"


def test_a_title_with_escape_sequences_is_scrubbed_and_noted() -> None:
    page = a_page(head='<meta property="og:title" content="Minister &#27;[31mresigns">')
    assert article_of(page).title == "Minister resigns"
    assert reasons_of(page) == ["mended_text"]


def test_mojibake_is_mended_recorded_and_noted() -> None:
    page = a_page(BODY.replace("his office said", "the minister’s office said".encode().decode("cp1252")))
    article, notes = clean(page, MINIMUM)
    assert article is not None
    assert "the minister’s office said" in article.text
    assert [edit.reason for edit in article.removed] == ["mojibake"]
    assert [(note.reason, note.counted) for note in notes] == [("mended_text", False)]


def test_mojibake_is_mended_where_half_a_letter_looks_like_a_control_character() -> None:
    page = a_page(BODY + "<p>“It is time,” said the harbour master.</p>".replace("”", "â\x80\x9d"))
    assert "“It is time,” said the harbour master." in article_of(page).text
    assert reasons_of(page) == ["mended_text"]


def test_nul_bytes_go_and_are_noted() -> None:
    page = a_page(BODY.replace("republic", "repub\x00lic"))
    assert "republic" in article_of(page).text
    assert reasons_of(page) == ["mended_text"]


def test_pages_in_the_encoding_that_they_declare_are_read() -> None:
    page = a_page(BODY + "<p>Łódź is far away.</p>", head='<meta charset="iso-8859-2">')
    page = page._replace(charset=None, body=page.body.decode().encode("iso-8859-2"))
    assert "Łódź is far away." in article_of(page).text


@pytest.mark.parametrize(
    ("final", "canonical", "best"),
    [
        ("https://m.harbour.example/a", "https://www.harbour.example/a", "https://www.harbour.example/a"),
        ("https://www.harbour.co.uk/a", "https://www.other.co.uk/a", "https://www.harbour.co.uk/a"),
        ("https://www.harbour.example/a", "https://www.harbour.example/", "https://www.harbour.example/a"),
        ("http://127.0.0.1:8707/a?x=1", "http://127.0.0.1:8707/a", "http://127.0.0.1:8707/a"),
        ("http://127.0.0.1:8707/a", "http://127.0.0.1:9999/a", "http://127.0.0.1:8707/a"),
        ("https://www.harbour.example/a", "javascript:alert(1)", "https://www.harbour.example/a"),
        ("https://www.harbour.example/a", "https://[harbour/a", "https://www.harbour.example/a"),
        ("file:///pages/a.html", "https://www.harbour.example/a", "file:///pages/a.html"),
    ],
)
def test_a_canonical_address_is_trusted_on_its_own_domain_alone(final: str, canonical: str, best: str) -> None:
    assert best_url(final, canonical) == best


# --- when it was published ------------------------------------------------------------------------------------------

DATED = '<meta property="article:published_time" content="2026-03-02T23:30:00-05:00">'


def test_the_sources_date_goes_before_the_pages() -> None:
    article = article_of(a_page(head=DATED, published=NOW - HOUR, published_offset_s=0))
    assert (article.published, article.published_basis, article.published_date) == (NOW - HOUR, "source", "2026-03-04")


def test_the_pages_date_counts_where_the_source_has_none() -> None:
    article = article_of(a_page(head=DATED))
    assert (article.published_basis, article.published_date) == ("page", "2026-03-02")
    assert article.published == int(datetime(2026, 3, 3, 4, 30, tzinfo=UTC).timestamp()) * 1_000_000


def test_the_outlets_time_zone_decides_the_day() -> None:
    assert article_of(a_page(head=DATED, timezone="Asia/Colombo")).published_date == "2026-03-03"


def test_the_date_in_the_address_counts_last() -> None:
    article = article_of(a_page(final_url="https://www.harbour.example/2026/03/01/talks"))
    assert (article.published_basis, article.published_date) == ("url", "2026-03-01")


def test_without_any_date_the_run_gives_it() -> None:
    article = article_of(a_page())
    assert (article.published, article.published_basis) == (NOW, "fetched")


def test_an_absurd_date_is_noted_and_the_run_gives_it() -> None:
    page = a_page(published=0)
    article, notes = clean(page, MINIMUM)
    assert article is not None
    assert (article.published, article.published_basis) == (NOW, "fetched")
    assert [(note.reason, note.counted) for note in notes] == [("absurd_date", False)]


def test_the_last_change_counts_only_where_it_can_be_right() -> None:
    told = '<meta property="article:modified_time" content="{}">'
    article = article_of(a_page(head=told.format("2026-03-01T06:00:00Z")))
    assert (article.modified, article.modified_basis) == (NOW - 72 * HOUR, "meta")
    absurd = article_of(a_page(head=told.format("2099-01-01")))
    assert (absurd.modified, absurd.modified_basis) == (None, None)


def test_the_surety_of_a_language_is_measured_by_the_text_alone() -> None:
    text = "The two ministers of finance will meet on the coast on Friday, their offices said in the evening."
    assert article_of(a_document(text, language="en")).language_confidence > 0.9
    assert article_of(a_document(text, language="pt")).language_confidence < 0.1
    assert article_of(a_document(text, language="xx")).language_confidence is None


# --- text and documents ---------------------------------------------------------------------------------------------

DOCUMENT = "# Ministers to meet\r\n\r\nMarch 3, 2026\r\n\r\nThe two ministers of finance will meet on\r\n\r\nthe coast."


def test_a_document_can_be_restored_from_its_text() -> None:
    article = article_of(a_document(DOCUMENT))
    assert article.text == "Ministers to meet\n\nThe two ministers of finance will meet on the coast."
    assert restore(article.text, article.removed) == DOCUMENT


def test_a_documents_heading_and_date_line_stand_in_for_what_it_lacks() -> None:
    article = article_of(a_document(DOCUMENT))
    assert (article.title, article.published_date) == ("Ministers to meet", "2026-03-03")
    given_both = article_of(a_document(DOCUMENT, title="Another", published=NOW))
    assert (given_both.title, given_both.published) == ("Another", NOW)


@pytest.mark.parametrize("content_type", ["text/plain", "text/markdown"])
def test_a_file_of_text_is_taken_whole(content_type: str) -> None:
    page = Page(an_entry(), "file:///a.txt", content_type, None, "Łódź: ministers <meet> on Friday.".encode())
    assert article_of(page).text == "Łódź: ministers <meet> on Friday."


def test_a_news_flash_is_a_document_but_not_a_page() -> None:
    flash = "President of the island republic resigns."
    assert article_of(a_document(flash)).text == flash
    assert reasons_of(a_page(f"<p>{flash}</p>")) in (["too_short"], ["no_article"])


@settings(max_examples=200)
@given(st.text(st.characters(codec="utf-8")))
def test_any_document_becomes_an_article_that_restores_it_or_a_reject(text: str) -> None:
    article, rejects = clean(a_document(text), Minimum(page=40, text=1))
    if article is None:
        assert [reject.counted for reject in rejects] == [True]
    else:
        assert restore(article.text, article.removed) == text
        assert is_clean(article.text)
        assert article.words == count_words(article.text) > 0


# --- what is no article ---------------------------------------------------------------------------------------------


def test_bytes_that_are_no_text_are_rejected() -> None:
    assert reasons_of(a_page()._replace(body=bytes(range(256)) * 40)) == ["undecodable"]


def test_a_page_without_text_is_rejected() -> None:
    assert reasons_of(a_page("")) == ["no_article"]


def test_a_stub_is_rejected() -> None:
    stub = "<p>The ministers met on Tuesday, as the office of one of them said in the evening of that day.</p>"
    assert reasons_of(a_page(stub)) == ["too_short"]


def test_a_reject_carries_what_replay_needs_and_no_body() -> None:
    (reject,) = clean(a_page("", attempts=1), MINIMUM)[1]
    assert (reject.counted, reject.attempts, reject.url, reject.reason in REASONS) == (True, 2, URL, True)
    assert reject.replay is not None
    assert len(reject.replay) < 2_000


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["<p>", "</div>", "<div>", "<a href=", "&#0;", "&#xD800;", "<!--", "<script", "é", '"']))
)
def test_no_markup_makes_cleaning_fail(parts: list[str]) -> None:
    article, rejects = clean(a_page(BODY + "".join(parts)), MINIMUM)
    assert (article is None) == any(reject.counted for reject in rejects)


# --- the step -------------------------------------------------------------------------------------------------------


def check_step(
    pages: list[Page], *, articles: list[str], rejects: list[tuple[str, str, bool]], repeat: int = 0
) -> None:
    with beam.Pipeline(runner=FnApiRunner(bundle_repeat=repeat)) as pipeline:
        cleaned = pipeline | "Create pages" >> beam.Create(pages) | "Clean articles" >> CleanArticles(LAKE)
        ids = cleaned.articles | "Take ids" >> beam.Map(lambda article: article.entry_id)
        reasons = cleaned.rejects | "Take reasons" >> beam.Map(lambda each: (each.entry_id, each.reason, each.counted))
        assert_that(ids, equal_to(articles), label="Check articles")
        assert_that(reasons, equal_to(rejects), label="Check rejects")


def test_every_page_is_found_again() -> None:
    pages = [a_page(entry_id="whole"), a_page("", entry_id="empty"), a_page(entry_id="absurd", published=0)]
    check_step(
        pages,
        articles=["whole", "absurd"],
        rejects=[("empty", "no_article", True), ("absurd", "absurd_date", False)],
    )


def test_a_page_on_which_cleaning_fails_does_not_stop_the_others() -> None:
    pages = [a_page(entry_id="poison", timezone="No/Such_Zone"), a_page(entry_id="whole")]
    check_step(pages, articles=["whole"], rejects=[("poison", "stage_failed", True)])


def test_a_bundle_that_is_repeated_gives_the_same() -> None:
    check_step([a_page(entry_id="whole")], articles=["whole"], rejects=[], repeat=1)


def test_outputs_are_typed() -> None:
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        cleaned = pipeline | "Create pages" >> beam.Create([a_page()]) | "Clean articles" >> CleanArticles(LAKE)
    assert (cleaned.articles.element_type, cleaned.rejects.element_type) == (Article, Reject)


@pytest.mark.parametrize("option", ["min_words", "min_words_text", "window_days"])
def test_a_minimum_below_one_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match=f"{option} is 0"):
        CleanArticles(LAKE, **{option: 0})
