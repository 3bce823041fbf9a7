"""What a publisher puts around its news goes; news that recurs stays."""

import csv
import gzip
import json
import random
from pathlib import Path

import pytest
from gathering import commit
from hypothesis import given, settings
from hypothesis import strategies as st
from records import MONDAY, RUN_ID, an_article

from schemas import Article
from transforms.clean.boilerplate import (
    UNKNOWN,
    Habits,
    blocks_of,
    boilerplate_share,
    ends_of,
    fingerprint,
    furniture,
    habits_of,
    learn,
    show,
    shown_before,
    spare,
)
from transforms.clean.plain import clean_plain
from transforms.edits import restore
from transforms.store.lake import Lake

SHARED = Path(__file__).parents[3] / "shared"
CORPUS = SHARED / "data/corpus/lk_news_dev.jsonl.gz"
#: 200 of the paragraphs that were cut from the corpus, chosen by hash and read one by one.
SAMPLE = Path(__file__).parents[1] / "golden/boilerplate/sample.csv"
DAY = 86_400_000_000
NEWS = "The mayor of {n} opened bridge number {n} on Tuesday.\n\nIt cost {n} million crowns, her office said."


def an_article_of(text: str, number: int = 1, **fields: object) -> Article:
    paragraphs, lines = ends_of(text)
    return an_article(number, text=text, removed=[], end_paragraphs=paragraphs, end_lines=lines, **fields)


def articles(tail: str, number: int = 24, share: float = 1.0, head: str = "") -> list[Article]:
    """Return articles of one publisher, a share of which end in `tail` and begin with `head`."""
    found = []
    for each in range(number):
        around = each < share * number
        parts = [head if around else "", NEWS.format(n=each), tail.format(n=each) if around else ""]
        found.append(an_article_of("\n\n".join(filter(None, parts)), each, title=f"Bridge {each} is open"))
    return found


def habits(known: list[Article]) -> Habits:
    return learn(map(show, known))


def cut(text: str, known: Habits = UNKNOWN, title: str = "Bridge 1 is open") -> str:
    """Return what is cut from a text."""
    return "\n\n".join(text[each.start : each.end].strip() for each in furniture(text, title, known))


APPEAL = (
    "A message from The Harbour Post:\n\nDear readers,\n\nOther papers have closed, and the port authority sues.\n\n"
    "We print on. But we need your help.\n\nGive what you can: every crown keeps our reporters at work.\n\n"
    "Remind me later."
)


def test_an_appeal_is_known_by_its_opening_and_goes_to_the_end() -> None:
    assert cut(f"{NEWS.format(n=1)}\n\n{APPEAL}") == APPEAL


@pytest.mark.parametrize(
    "line",
    [
        "Subscribe to our newsletter",
        "Share this article",
        "Leave a Reply",
        "Save my name, email, and website in this browser for the next time I comment.",
        "© 2026 The Harbour Post. All rights reserved.",
        "Follow us on Facebook and X for more.",
        "(The writer is a retired harbour master.)",
        "Click here to sign up for the letter that we send each morning.",
    ],
)
def test_furniture_at_the_end_is_known_by_its_words(line: str) -> None:
    assert cut(f"{NEWS.format(n=1)}\n\n{line}") == line


@pytest.mark.parametrize(
    "line", ["Advertisement", "Read more: Bridge 7 is late", "Related articles", "Lire aussi : Le pont"]
)
def test_pointers_go_from_the_middle_too(line: str) -> None:
    first, second = NEWS.format(n=1).split("\n\n")
    text = f"{first}\n\n{line}\n\n{second}"
    changes = furniture(text, None)
    assert [text[each.start : each.end].strip() for each in changes] == [line]
    assert [each.replacement for each in changes] == ["\n\n"]


@pytest.mark.parametrize(
    "last",
    [
        "“We need your support,” the mayor said.",
        "The union asked its members to support the strike.",
        "He said that readers of the paper had donated 300 crowns.",
        "Subscribers of the water works will be told by letter.",
        "The United States will send us no aid, the minister said.",
    ],
)
def test_news_of_appeals_is_news(last: str) -> None:
    assert cut(f"{NEWS.format(n=1)}\n\n{last}") == ""


def test_a_speech_that_asks_is_no_appeal_of_the_publisher() -> None:
    speech = "\n\n".join(
        ["We built this port.", "You gave your savings.", "We shall not forget it.", "Donate, and we win."]
    )
    assert cut(speech) == ""


def test_what_ends_most_articles_of_a_publisher_is_learned() -> None:
    known = habits(articles("The port is run by the town since 1911."))
    assert cut(f"{NEWS.format(n=99)}\n\nThe port is run by the town since 1911.", known) != ""


def test_below_twenty_articles_nothing_is_learned() -> None:
    assert habits(articles("The port is run by the town since 1911.", number=19)) == UNKNOWN


def test_a_line_to_the_reader_is_learned_from_a_tenth_of_the_articles() -> None:
    line = "Your town, your paper."
    assert cut(f"{NEWS.format(n=99)}\n\n{line}", habits(articles(line, 30, share=0.1))) == line


@pytest.mark.parametrize(
    "refrain",
    [
        "“The port will never be sold,” the mayor has said since 1911.",
        "The dispute began when the strait was closed last autumn.",
        "Closing prices were 12, 14 and 15 crowns.",
    ],
)
def test_news_that_recurs_stays(refrain: str) -> None:
    """A quoted refrain, the background of a long story, a table: in a third of the articles."""
    assert cut(f"{NEWS.format(n=99)}\n\n{refrain}", habits(articles(refrain, 30, share=0.34))) == ""


def test_a_quoted_refrain_stays_though_every_article_ends_in_it() -> None:
    refrain = "“The port will never be sold,” the mayor has said since 1911."
    assert cut(f"{NEWS.format(n=99)}\n\n{refrain}", habits(articles(refrain))) == ""


def test_a_daily_table_with_other_figures_each_day_stays() -> None:
    table = "Closing prices: herring {n}, cod 1{n}, eel 2{n}."
    assert cut(f"{NEWS.format(n=5)}\n\n{table.format(n=5)}", habits(articles(table))) == ""


def test_a_headline_of_another_article_at_the_end_leads_to_it() -> None:
    others = articles("")
    known = habits([*others, an_article_of(f"{NEWS.format(n=50)}\n\nBridge 3 is open", 50, title="Bridge 50 is open")])
    assert cut(f"{NEWS.format(n=50)}\n\nBridge 3 is open", known) == "Bridge 3 is open"


def test_the_own_headline_is_no_pointer() -> None:
    known = habits(articles("Bridge 3 is open", 30, share=0.2))
    assert cut(f"{NEWS.format(n=3)}\n\nBridge 3 is open", known, title="Bridge 3 is open") == ""


def test_where_articles_end_in_lists_of_headlines_one_that_was_never_seen_is_one() -> None:
    known = habits([*articles("Bridge 3 is open", 30, share=0.4)])
    assert known.lists
    assert (
        cut(f"{NEWS.format(n=99)}\n\nThe old ferry makes its last voyage", known)
        == "The old ferry makes its last voyage"
    )


def test_a_comment_form_under_every_article_makes_no_habit_of_lists() -> None:
    assert not habits(articles("Comment name *")).lists


def test_a_text_of_furniture_alone_stays() -> None:
    assert furniture("Subscribe to our newsletter\n\nShare this article", None) == []


def test_learning_depends_on_no_order_and_on_no_repetition() -> None:
    shown = [show(each) for each in articles("Your town, your paper.", 40, share=0.5)]
    again = [*shown, *shown[:9]]
    random.Random(1).shuffle(again)
    assert habits_of(again) == habits_of(shown)


def test_committed_articles_of_the_same_publisher_tell_too(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path))
    known = articles("The port is run by the town since 1911.")
    commit(lake, RUN_ID, MONDAY, articles=known)
    new = show(an_article_of(NEWS.format(n=99), 99))
    assert {each.article_id for each in shown_before(lake, [new], 30)} == {each.article_id for each in known}
    assert shown_before(lake, [new._replace(published=MONDAY + 60 * DAY)], 30) == []
    assert shown_before(lake, [new._replace(publisher="The Other Post")], 30) == []


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from([*APPEAL.split("\n\n"), *NEWS.split("\n\n"), "Advertisement", "Share", "“No.”"]), max_size=12
    )
)
def test_what_was_cut_can_be_put_back(paragraphs: list[str]) -> None:
    source = "\n\n".join(paragraphs)
    plain = clean_plain(source)
    spared = spare(an_article_of(plain.text)._replace(removed=plain.removed), habits(articles("Share")))
    assert restore(spared.text, spared.removed) == source


def test_the_share_that_was_cut_is_measured() -> None:
    plain = an_article_of(NEWS.format(n=1))._replace(removed=[])
    assert boilerplate_share(spare(plain, UNKNOWN)) == 0
    with_appeal = plain._replace(text=f"{plain.text}\n\nAll rights reserved.")
    spared = spare(with_appeal, UNKNOWN)
    assert boilerplate_share(spared) == pytest.approx(1 - len(spared.text) / len(with_appeal.text))


@pytest.mark.parametrize("number", ["000", "004"])
def test_the_appeal_goes_from_real_articles(number: str) -> None:
    found = list((SHARED / "seeds").glob(f"{number}_*.txt"))
    if not found:
        pytest.skip("../shared is not there")
    text = clean_plain(found[0].read_text()).text
    removed = cut(text, title="")
    assert removed.startswith("A Message from")
    assert removed.endswith("Remind me later.")
    assert removed.count("\n\n") == 7


@pytest.fixture(name="cut_from", scope="module")
def cut_from_the_corpus() -> dict[str, list[str]]:
    """Return the paragraphs that are cut from each article of the corpus."""
    if not CORPUS.exists():
        pytest.skip("../shared is not there")
    with gzip.open(CORPUS, "rt") as lines:
        documents = [json.loads(line) for line in lines]
    known = []
    for each in documents:
        text = "\n\n".join(filter(None, (line.strip() for line in each["text"].split("\n"))))
        paragraphs, ends = ends_of(text)
        known.append(
            an_article(
                article_id=each["id"], publisher=each["publisher"], title=each["title"], text=text,
                end_paragraphs=paragraphs, end_lines=ends,
            )
        )  # fmt: skip
    learned = habits_of(map(show, known))
    found = {}
    for each in known:
        cuts = furniture(each.text, each.title, learned.get(each.publisher, UNKNOWN))
        found[each.article_id] = [block.text for cut in cuts for block in blocks_of(each.text[cut.start : cut.end])]
    return found


def test_of_what_was_cut_from_the_corpus_ninety_eight_in_a_hundred_are_no_news(cut_from: dict[str, list[str]]) -> None:
    with SAMPLE.open() as rows:
        judged = list(csv.DictReader(rows))
    still = [row for row in judged if int(row["paragraph"]) in map(fingerprint, cut_from[row["article"]])]
    assert len(still) >= 0.9 * len(judged)  # else the sample is to be drawn and read anew
    assert sum(row["verdict"] == "boilerplate" for row in still) >= 0.98 * len(still)


def test_the_tails_that_recur_in_the_corpus_go(cut_from: dict[str, list[str]]) -> None:
    """Of one publisher: a comment form under every article."""
    forms = {name: [each for each in cuts if "in this browser" in each] for name, cuts in cut_from.items()}
    ending_in_one = [name for name in cut_from if "-islandlk-" in name]
    assert sum(bool(forms[name]) for name in ending_in_one) >= 0.95 * len(ending_in_one)
