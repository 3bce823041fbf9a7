"""CleanArticles: Page -> Article. Title, text, authors, date and language found; captions, breaks and furniture apart.

What a publisher puts around all its news is learned from what its articles show at their ends, hashes alone, those of
this run and those of committed ones; then each article is spared it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Optional
from urllib.parse import urlsplit

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas import Article, Entry, Page, Reject, Removed
from schemas.ids import make_id
from transforms.clean.boilerplate import (
    UNKNOWN,
    Habits,
    Shown,
    boilerplate_share,
    ends_of,
    habits_of,
    show,
    shown_before,
    spare,
)
from transforms.clean.decode import decode
from transforms.clean.head import host_name
from transforms.clean.languages import confidence, detect_language, other_language
from transforms.clean.metadata import Day, day_in_url
from transforms.clean.plain import clean_plain, mend, mend_markup, mend_paragraphs
from transforms.clean.published import Claim, Published, choose, describe, is_possible, latest_day, read_claim
from transforms.clean.quality import Verdict, count_words, judge
from transforms.clean.screens import NO_SIGNS, Signs, screen
from transforms.clean.text import Reading, TooCostly, read_page
from transforms.fetch.urls import registrable_domain
from transforms.progress import Progress
from transforms.rejects import note_entry, reject_article, reject_entry
from transforms.scrub import is_clean, scrub
from transforms.store.lake import Lake
from transforms.versions import rules_version, software_version

STAGE = "clean_articles"

#: Edits of these reasons are worth a note: someone's software wrote what no text may hold.
MENDED = ("control_character", "mojibake")


class Cleaned(NamedTuple):
    """What pages became."""

    articles: PCollection[Article]
    rejects: PCollection[Reject]


class Minimum(NamedTuple):
    """Words below which a text is too short."""

    page: int  # of HTML
    text: int  # of .txt, .md and documents


class Content(NamedTuple):
    """What a page holds, whatever it was written in. Clean text in every field."""

    title: Optional[str]
    text: str
    removed: list[Removed]
    authors: list[str]
    claims: list[Claim]  # of the time of publication, the surest first
    language: Optional[str]  # as declared
    canonical_url: Optional[str]
    captions: list[str]
    calls_itself_article: bool
    mended: bool  # forbidden characters or mojibake, in any field
    modified: Optional[Day] = None  # last change, as declared
    section: Optional[str] = None
    tags: Sequence[str] = ()
    image_url: Optional[str] = None
    link_density: Optional[float] = None
    signs: Signs = NO_SIGNS  # of what may stand in an article's place


class Unreadable(Exception):
    """A page that holds no text: `reason` is a key of REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def clean(page: Page, minimum: Minimum) -> tuple[Optional[Article], list[Reject]]:
    """Return the article on `page`, or the reject that says why there is none; and notes on what was put right."""
    entry = page.entry
    try:
        content = read_content(page)
    except Unreadable as error:
        return None, [reject_entry(entry, stage=STAGE, reason=error.reason, detail=str(error))]
    verdict = _verdict(content, minimum.page if is_page(page) else minimum.text, entry.fixed_language)
    if verdict is not None:
        return None, [reject_entry(entry, stage=STAGE, reason=verdict.reason, detail=verdict.detail)]
    published = choose(content.claims, now=entry.now, timezone=entry.timezone)
    return _article(page, content, published), list(_notes(entry, content, published))


def _verdict(content: Content, min_words: int, fixed_language: Optional[str]) -> Optional[Verdict]:
    """Return why a content is no article, or not one that its source is for."""
    itself = content.calls_itself_article
    verdict = screen(content.text, content.signs, min_words=min_words, calls_itself_article=itself)
    verdict = verdict or judge(content.text, min_words=min_words, calls_itself_article=itself)
    if verdict is None and fixed_language and (other := other_language(content.text, fixed_language)):
        return Verdict("wrong_language", f"The text is in “{other}”; the source is fixed to “{fixed_language}”.")
    return verdict


def is_page(page: Page) -> bool:
    """Say whether a page is HTML, of which a part is the article; all else is an article as it stands."""
    return page.entry.text is None and page.content_type not in ("text/plain", "text/markdown")


def read_content(page: Page) -> Content:
    """Return what `page` holds.

    Raises:
        Unreadable: its bytes are no text, or it is too costly to read.
    """
    entry = page.entry
    source = entry.text if entry.text is not None else decode(page.body, page.charset)
    if source is None:
        raise Unreadable("undecodable", f"{len(page.body)} bytes are text in none of the encodings that were tried.")
    if not is_page(page):
        return _plain_content(page, source)
    html = mend_markup(source)
    try:
        reading = read_page(html, page.final_url, latest=latest_day(entry.now))
    except TooCostly as error:
        raise Unreadable("too_costly", str(error)) from None
    return _page_content(page, reading, mended=html != source or "\x00" in source)


def _plain_content(page: Page, source: str) -> Content:
    """Of .txt, .md and documents: all of it but what edits took out, and the day on top of it."""
    plain = clean_plain(source)
    return Content(
        title=page.entry.title or plain.title,
        text=plain.text,
        removed=plain.removed,
        authors=list(page.entry.authors),
        claims=_claims(page, Day(plain.day, "element") if plain.day else None),
        language=None,
        canonical_url=None,
        captions=plain.captions,
        calls_itself_article=True,
        mended=any(edit.reason in MENDED for edit in plain.removed),
    )


def _page_content(page: Page, reading: Reading, *, mended: bool) -> Content:
    """Of HTML: its article, and what it says of itself."""
    edited = mend_paragraphs(reading.text)
    said = [reading.title, reading.canonical_url, reading.section, reading.image_url]
    words = [*filter(None, said), *reading.authors, *reading.captions, *reading.tags]
    return Content(
        title=page.entry.title or _clean(reading.title),
        text=edited.text,
        removed=edited.edits,
        authors=_all_clean(reading.authors) or list(page.entry.authors),
        claims=_claims(page, reading.published),
        language=reading.language,
        canonical_url=_clean(reading.canonical_url),
        captions=_all_clean(reading.captions),
        calls_itself_article=reading.is_article,
        mended=mended or any(edit.reason in MENDED for edit in edited.edits) or not all(map(is_clean, words)),
        signs=reading.signs,
        modified=reading.modified,
        section=_clean(reading.section),
        tags=_all_clean(reading.tags),
        image_url=_clean(reading.image_url),
        link_density=reading.link_density,
    )


def _clean(words: Optional[str]) -> Optional[str]:
    return mend(scrub(words)) or None if words else None


def _all_clean(lines: Iterable[str]) -> list[str]:
    return [clean for line in lines if (clean := _clean(line))]


def _claims(page: Page, found: Optional[Day]) -> list[Claim]:
    """Return who says when it was published: the source, then the page, then its address."""
    entry = page.entry
    of_source = None if entry.published is None else Claim(entry.published, entry.published_offset_s, "source")
    basis = "url" if found and found.basis == "url" else "page"
    of_page = read_claim(found.iso if found else None, basis, entry.timezone)
    of_url = read_claim(day_in_url(page.final_url), "url", entry.timezone)
    return [claim for claim in (of_source, of_page, of_url) if claim is not None]


def _article(page: Page, content: Content, published: Published) -> Article:
    entry = page.entry
    paragraphs, lines = ends_of(content.text)
    language = entry.language or content.language or detect_language(content.text)
    modified = _modified(content.modified, entry)
    return Article(
        run_id=entry.run_id,
        article_id=entry.article_id,
        version=entry.version + 1,
        source=entry.source,
        entry_id=entry.entry_id,
        url=best_url(page.final_url, content.canonical_url),
        requested_url=entry.url,
        final_url=page.final_url,
        canonical_url=content.canonical_url,
        publisher=entry.publisher
        or host_name(page.final_url)
        or host_name(content.canonical_url or "")
        or entry.source,
        title=content.title,
        text=content.text,
        authors=content.authors,
        language=language,
        published=published.at,
        published_date=published.day,
        published_basis=published.basis,
        fetched=entry.now,
        captions=content.captions,
        removed=content.removed,
        words=count_words(content.text),
        content_hash=make_id("content", content.text),
        fingerprint=entry.fingerprint,
        attempts=entry.attempts,
        cluster_id="",
        relation="",
        related_id=None,
        similarity=None,
        independent=True,
        signature=[],
        software_version=software_version(),
        rules_version=rules_version(),
        end_paragraphs=paragraphs,
        end_lines=lines,
        modified=modified,
        modified_basis=content.modified.basis if content.modified and modified is not None else None,
        section=content.section,
        tags=content.tags,
        image_url=content.image_url,
        link_density=content.link_density,
        language_confidence=confidence(content.text, language),
    )


def _modified(said: Optional[Day], entry: Entry) -> Optional[int]:
    """Return when a page says that it was last changed, in µs; None where that cannot be right."""
    claim = read_claim(said.iso, said.basis, entry.timezone) if said else None
    return claim.at if claim and is_possible(claim, now=entry.now) else None


def _notes(entry: Entry, content: Content, published: Published) -> Iterator[Reject]:
    """Yield what was put right, outside the receipt's sum."""
    for claim in published.absurd:
        detail = f"By the {claim.basis} it was published on {describe(claim)}; used: {published.basis}."
        yield note_entry(entry, stage=STAGE, reason="absurd_date", detail=detail)
    if content.mended:
        edits = sum(edit.reason in MENDED for edit in content.removed)
        where = f"in the text: {edits}" if edits else "outside the text, or in its markup"
        detail = f"Forbidden characters or mojibake {where}."
        yield note_entry(entry, stage=STAGE, reason="mended_text", detail=detail)


# --- addresses ------------------------------------------------------------------------------------------------------


def best_url(final_url: str, canonical_url: Optional[str]) -> str:
    """Return the page's own address if it can be trusted: of the same registrable domain, and not just its home page.

    >>> best_url("https://m.news.example/a?utm=1", "https://www.news.example/a")
    'https://www.news.example/a'
    >>> best_url("https://news.example/a", "https://elsewhere.example/a")
    'https://news.example/a'
    """
    if canonical_url is None or not canonical_url.startswith(("http://", "https://")):
        return final_url
    try:
        same = registrable_domain(canonical_url) == registrable_domain(final_url)
        home = urlsplit(canonical_url).path in ("", "/") and urlsplit(final_url).path not in ("", "/")
    except ValueError:  # no address at all
        return final_url
    return canonical_url if same and not home else final_url


for _record in (Shown, Habits):
    beam.coders.registry.register_coder(_record, beam.coders.RowCoder)


# --- the step -------------------------------------------------------------------------------------------------------


class _Clean(beam.DoFn):
    """Cleans one page at a time; fused behind the fetching, so that no body crosses a shuffle."""

    def __init__(self, minimum: Minimum) -> None:
        self.minimum = minimum
        self.progress = Progress(STAGE)

    def process(self, page: Page) -> Iterator[Article | TaggedOutput[Literal["rejects"], Reject]]:
        try:
            article, rejects = clean(page, self.minimum)
        except Exception as error:  # one page must not stop the others
            detail = f"{type(error).__name__}: {error}"
            article, rejects = None, [reject_entry(page.entry, stage=STAGE, reason="stage_failed", detail=detail)]
        for reject in rejects:
            self.progress.count("rejects" if reject.counted else "notes")
            yield TaggedOutput("rejects", reject)
        if article is not None:
            self.progress.count("articles")
            yield article

    def finish_bundle(self) -> None:
        self.progress.flush()


class _Learn(beam.DoFn):
    """Learns what the publishers of a run put around their news."""

    def __init__(self, lake: Lake, window_days: int) -> None:
        self.lake = lake
        self.window_days = window_days

    def process(self, run: tuple[str, Iterable[Shown]]) -> Iterator[tuple[str, Habits]]:
        new = list(run[1])
        yield from habits_of([*new, *shown_before(self.lake, new, self.window_days)]).items()


def shown_in_run(article: Article) -> tuple[str, Shown]:
    return article.run_id, show(article)


def spared(article: Article, habits: Mapping[str, Habits]) -> Article:
    """Return an article without what its publisher puts around all its news."""
    news = spare(article, habits.get(article.publisher, UNKNOWN))
    return news._replace(boilerplate_share=boilerplate_share(news))


class _Spare(beam.DoFn):
    """Spares readers the furniture."""

    def process(
        self, article: Article, habits: Mapping[str, Habits]
    ) -> Iterator[Article | TaggedOutput[Literal["rejects"], Reject]]:
        try:
            yield spared(article, habits)
        except Exception as error:  # one article must not stop the others
            detail = f"{type(error).__name__}: {error}"
            reject = reject_article(article, stage=STAGE, reason="stage_failed", detail=detail, counted=True)
            yield TaggedOutput("rejects", reject)


@dataclass
class CleanArticles(beam.PTransform):
    """Pages in; for each, an article or a reject out, with notes on what was put right among the rejects."""

    lake: Lake
    min_words: int = 40  # of body text on a page: below it stand teasers, error pages and consent forms
    min_words_text: int = 5  # of .txt, .md and documents, which someone chose: a news flash is an article
    window_days: int = 30  # between the publication of two articles that tell of one publisher's habits

    def __post_init__(self) -> None:
        for name in ("min_words", "min_words_text", "window_days"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")

    def expand(self, pages: PCollection[Page]) -> Cleaned:
        minimum = Minimum(self.min_words, self.min_words_text)
        out = pages | "Clean each page" >> beam.ParDo(_Clean(minimum)).with_outputs("rejects", main="articles")
        habits = beam.pvalue.AsDict(
            out.articles
            | "Show what stands at both ends" >> beam.Map(shown_in_run)
            | "Gather what is shown by run" >> beam.GroupByKey()
            | "Learn the habits of publishers" >> beam.ParDo(_Learn(self.lake, self.window_days))
        )
        news = out.articles | "Spare readers the furniture" >> beam.ParDo(_Spare(), habits).with_outputs(
            "rejects", main="articles"
        )
        rejects = (out.rejects, news.rejects) | "Gather rejects and notes" >> beam.Flatten()
        return Cleaned(news.articles, rejects)
