import pytest

from transforms.clean.quality import Verdict, count_words, judge

SENTENCE = "The foreign minister arrived on Tuesday for talks about the harbour and the grain."


def reason(text: str, *, calls_itself_article: bool = False, min_words: int = 10) -> str | None:
    verdict = judge(text, min_words=min_words, calls_itself_article=calls_itself_article)
    return verdict.reason if isinstance(verdict, Verdict) else None


def test_prose_is_an_article() -> None:
    assert reason(SENTENCE) is None


def test_a_page_without_text_holds_no_article() -> None:
    assert reason(" \n\n ") == "no_article"


def test_few_words_are_too_short() -> None:
    assert reason("The minister resigned.") == "too_short"


def test_the_minimum_itself_is_enough() -> None:
    assert reason("The minister resigned.", min_words=3) is None


def test_a_list_of_headlines_is_an_index() -> None:
    headlines = "\n\n".join(f"Ministers of country {number} to meet in the spring" for number in range(9))
    assert reason(headlines) == "index_page"


def test_a_page_that_calls_itself_an_article_may_be_a_list() -> None:
    headlines = "\n\n".join(f"Race {number} of the season in the old harbour" for number in range(9))
    assert reason(headlines, calls_itself_article=True) is None


def test_paragraphs_that_end_in_quotes_are_prose() -> None:
    assert reason("“We shall see what becomes of the harbour and of the grain in it,” he said, “and when.”") is None


@pytest.mark.parametrize("text", ["外交部发言人周二表示两国外长将于下周举行会谈", "รัฐมนตรีเดินทางถึงกรุงเทพเมื่อวันอังคาร"])
def test_scripts_without_spaces_are_counted_by_characters(text: str) -> None:
    assert 10 < count_words(text) < 40
