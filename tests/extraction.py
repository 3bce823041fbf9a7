"""Articles of a few sentences, read with the real model, which is loaded once."""

import functools
from typing import Any

from records import an_article

from schemas import Actor, Mention
from transforms.extract.parse import Parser, Tree, load
from transforms.extract_events import MODEL, extract

#: A Thursday.
TODAY = "2026-03-05"


@functools.cache
def parser() -> Parser:
    return Parser(load(MODEL))


def tree(sentence: str) -> Tree:
    return parser().parse([sentence])[0]


def told(text: str, today: str = TODAY, **changes: Any) -> list[Mention]:
    """Return the mentions of a text published today by an outlet of no country."""
    given = {"publisher": "The Harbour Post", "final_url": "", "title": "", **changes}
    return extract(an_article(text=text, published_date=today, **given), parser())


def only(text: str, today: str = TODAY, *, type: str | None = None, **changes: Any) -> Mention:
    """Return the one mention of a text; of one type where it is given."""
    (mention,) = [each for each in told(text, today, **changes) if type in (None, each.type)]
    return mention


def of(mention: Mention) -> tuple[list[str], list[str]]:
    """Return the countries of source and target, names where there is none."""
    return [_short(each) for each in mention.source], [_short(each) for each in mention.target]


def _short(actor: Actor) -> str:
    return actor.country or actor.name
