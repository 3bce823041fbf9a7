"""What stands in an article's place has a reason of its own, and what comes near to it is an article."""

import pytest

from schemas import Page
from tests.transforms.test_clean_articles import BODY, URL, a_document, an_entry, article_of, reasons_of

STUB = "<p>The ministers met on Tuesday, as the office of one of them said in the evening of that day.</p>"
NOT_FREE = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": %s}</script>'
ARTICLE = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Talks"}</script>'
LONG = BODY * 2
CONSENT = {
    "en": "<p>We and our 812 partners store and access information on a device, such as cookies.</p>"
    "<p>Some of them process data on the basis of a legitimate interest, to which you can object at any time.</p>"
    "<p>You can withdraw your consent whenever you like in our privacy policy, which tells more about the purposes.</p>"
    "<button>Reject all</button><button>Accept all</button>",
    "de": "<p>Wir und unsere 812 Partner speichern Cookies und personenbezogene Daten auf Ihrem Gerät.</p>"
    "<p>Sie können Ihre Einwilligung jederzeit widerrufen; mehr dazu in der Datenschutzerklärung.</p>"
    "<button>Alle ablehnen</button><button>Alle akzeptieren</button>",
    "fr": "<p>Nous et nos 812 partenaires utilisons des cookies et des données pour mesurer l'audience.</p>"
    "<p>Vous pouvez retirer votre consentement à tout moment dans notre politique de confidentialité.</p>"
    "<button>Tout refuser</button><button>Tout accepter</button>",
    "es": "<p>Utilizamos cookies y otros datos para medir la audiencia de este sitio.</p>"
    "<p>Puede retirar su consentimiento en la política de privacidad.</p><button>Rechazar todo</button>",
}
FRENCH = (
    "Le ministre des affaires étrangères est arrivé mardi dans la capitale pour des entretiens sur la pêche. "
    "Il restera deux jours et rencontrera le maire du port, a indiqué son bureau dans un communiqué publié mardi. "
    "Les deux pays se disputent le détroit depuis l'automne de l'an dernier, et plusieurs bateaux ont été arrêtés. "
    "Les pêcheurs du port attendent de ces entretiens un accord qui leur permettrait de reprendre la mer au printemps."
)


def a_page(body: str, head: str = "", title: str = "Talks in the strait") -> Page:
    html = f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return Page(an_entry(), URL, "text/html", "utf-8", html.encode())


# --- walls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["false", '"False"', '"http://schema.org/False"'])
def test_a_preview_that_is_not_free_is_a_pay_wall(said: str) -> None:
    assert reasons_of(a_page(f"<article>{STUB}</article>", NOT_FREE % said)) == ["pay_wall"]


def test_a_short_article_that_is_free_is_too_short() -> None:
    assert reasons_of(a_page(f"<article>{STUB}</article>", NOT_FREE % "true")) == ["too_short"]


def test_an_article_that_is_not_free_but_whole_is_an_article() -> None:
    assert article_of(a_page(f"<article>{LONG}</article>", NOT_FREE % "false")).words > 60


@pytest.mark.parametrize(
    "prompt",
    [
        "<a>Subscribe</a> to continue reading", "This article is for subscribers only.",
        "Sign in to read the full story",
        "Jetzt abonnieren und weiterlesen", "La suite de cet article est réservée aux abonnés.",
        "Contenido exclusivo para suscriptores", "Conteúdo exclusivo para assinantes",
        "Contenuto riservato agli abbonati",
    ],
)  # fmt: skip
def test_a_preview_beside_the_words_of_a_wall_is_one(prompt: str) -> None:
    assert reasons_of(a_page(f"<article>{STUB}</article><div>{prompt}</div>")) == ["pay_wall"]


def test_an_article_beside_the_words_of_a_wall_is_an_article() -> None:
    page = a_page(f"<article>{LONG}</article><div>Subscribe to continue reading</div>")
    assert "fishing rights" in article_of(page).text


@pytest.mark.parametrize("language", sorted(CONSENT))
def test_a_question_of_consent_is_told(language: str) -> None:
    assert reasons_of(a_page(f"<div>{CONSENT[language]}</div>", title="Harbour News")) == ["consent_page"]


def test_an_article_under_a_question_of_consent_is_an_article() -> None:
    page = a_page(f"<article>{LONG}</article><div>{CONSENT['en']}</div>")
    assert "fishing rights" in article_of(page).text


def test_an_article_about_cookies_is_an_article() -> None:
    news = "<p>The regulator fined the portal because its button to accept all cookies was the larger one.</p>"
    assert "accept all cookies" in article_of(a_page(f"<article>{BODY}{news}</article>")).text


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        "404", "Error 404 - Not found", "Page not found | Harbour News", "Harbour News – 404", "Seite nicht gefunden",
        "Oops! That page can’t be found.", "Page introuvable", "Página no encontrada", "Страница не найдена",
        "页面不存在",
    ],
)  # fmt: skip
def test_an_error_that_is_told_as_a_page_is_one(heading: str) -> None:
    body = f"<h1>{heading}</h1><p>It may have moved. Try the search, or go to the front page of the paper.</p>"
    assert reasons_of(a_page(body, title="Harbour News")) == ["error_page"]
    assert reasons_of(a_page(body.replace(heading, "Harbour News"), title=heading)) == ["error_page"]


def test_a_parked_domain_is_an_error() -> None:
    assert reasons_of(a_page("<h1>harbour.example</h1><p>This domain is for sale.</p>")) == ["error_page"]


@pytest.mark.parametrize("title", ["Page not found: an archive is lost", "404 days in the strait", "Page not found"])
def test_an_article_about_an_error_is_an_article(title: str) -> None:
    page = a_page(f"<article><h1>{title}</h1>{LONG}</article>", ARTICLE, title=title)
    assert article_of(page).title == title


# --- lists and ways elsewhere ---------------------------------------------------------------------------------------


def test_headlines_without_text_are_an_index() -> None:
    links = "".join(f'<li><a href="/{n}">Ministers of country {n} meet in the spring</a></li>' for n in range(12))
    assert reasons_of(a_page(f"<ul>{links}</ul>")) in (["index_page"], ["too_short"])
    assert reasons_of(a_page(f"<nav><ul>{links}</ul></nav>")) == ["index_page"]


def test_a_page_that_only_sends_elsewhere_is_told() -> None:
    head = '<meta http-equiv="Refresh" content="0; URL=\'/new/talks?token=secret\'">'
    assert reasons_of(a_page("<p>You are being sent on.</p>", head)) == ["meta_refresh"]


@pytest.mark.parametrize("content", ["300", f"0; url={URL}#top", "900; url=/front"])
def test_a_page_that_reloads_itself_or_waits_is_not_sent_elsewhere(content: str) -> None:
    assert reasons_of(a_page(STUB, f'<meta http-equiv="refresh" content="{content}">')) == ["too_short"]


def test_an_article_that_sends_elsewhere_in_the_end_is_an_article() -> None:
    page = a_page(f"<article>{LONG}</article>", '<meta http-equiv="refresh" content="5; url=/front">')
    assert "fishing rights" in article_of(page).text


# --- languages ------------------------------------------------------------------------------------------------------


def test_a_text_in_another_language_than_the_one_fixed_is_told() -> None:
    assert reasons_of(a_document(FRENCH, language="en", fixed_language="en")) == ["wrong_language"]


@pytest.mark.parametrize(
    ("text", "fixed"),
    [(FRENCH, "fr"), (FRENCH, None), (FRENCH, "oc"), (FRENCH, "tlh"), (FRENCH[:113].rstrip(), "en")],
    ids=[
        "it is that language",
        "no language is fixed",
        "a near language",
        "a language nobody knows",
        "too short",
    ],
)
def test_a_text_that_may_be_in_the_fixed_language_stays(text: str, fixed: str | None) -> None:
    assert article_of(a_document(text, language="en", fixed_language=fixed)).text == text


def test_a_long_quotation_in_another_language_does_not_make_a_text_foreign() -> None:
    text = "The foreign minister arrived on Tuesday for talks on fishing rights in the strait, his office said. " * 5
    assert article_of(a_document(text + FRENCH, language="en", fixed_language="en")).language == "en"
