"""What the rules read in a text that is typed in: each mention with the rule that fired, and the rules that did not."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from pipeline.explain import Chapter, Life
from pipeline.screen import counted
from schemas import Actor, Article, Mention
from schemas.reject import ConfigurationError
from transforms.extract import acts, parse, what
from transforms.extract.matching import weighed
from transforms.extract.mending import mended
from transforms.extract.parse import Parser, Tree
from transforms.extract.rules import rules
from transforms.extract_events import MODEL, extract

#: Rules shown that lack something, a sentence.
MAX_NEAR = 6


def read_text(text: str, today: date) -> Life:
    """Return what a text reports, sentence by sentence, and why.

    Args:
        today: the day of its publication, from which "on Thursday" counts.

    Raises:
        ConfigurationError: the text has no words.
    """
    if not text.strip():
        raise ConfigurationError("There is no text to read. Give one: newsbeam explain --text 'Norway invited Peru.'")
    parser = Parser(parse.load(MODEL))
    mentions = extract(_article(text, today), parser)
    chapters = [_chapter(text, each, mentions, parser) for each in parse.split(text)]
    found = counted(len(mentions), "mention")
    return Life("text", today.isoformat(), found, tuple(chapters), {"mentions": [_row(each) for each in mentions]})


def _chapter(text: str, sentence: parse.Sentence, mentions: Sequence[Mention], parser: Parser) -> Chapter:
    words = text[sentence.start : sentence.end]
    here = [each for each in mentions if each.sentence_start == sentence.start]
    lines = [line for each in here for line in _told(each)]
    tree = mended(parser.parse([text[sentence.body : sentence.end]])[0])
    if what.holds_nothing(tree):
        lines.append("A question, or about sport: it holds no event.")
    fired = {(each.trigger_start - sentence.body, each.rule) for each in here}
    return Chapter(words, (*lines, *_not_fired(tree, fired)) or ("No word of it holds an event.",))


def _told(mention: Mention) -> Iterator[str]:
    """Yield what a mention says, a field a line."""
    kind = f"{mention.type}/{mention.mode}" if mention.mode else mention.type
    yield f"{kind}, {mention.status}, by “{mention.trigger}”"
    yield f"  rule     {mention.rule}: {_meaning(mention.rule)}"
    yield f"  who      {_names(mention.source)} -> {_names(mention.target)}"
    if mention.when_text:
        yield f"  when     {mention.start_date or ''}..{mention.end_date or ''} by “{mention.when_text}”"
    if mention.place_country:
        yield f"  where    {', '.join(each for each in (mention.place, mention.place_country) if each)}"
    if mention.attribution:
        yield f"  says who {'; '.join(' < '.join(each) for each in mention.attribution)}"
    yield f"  CAMEO    {mention.cameo or 'none'}; contexts: {', '.join(mention.contexts) or 'none'}"
    yield f"  sure     {mention.confidence:.2f}"


def _names(actors: Sequence[Actor]) -> str:
    return ", ".join(f"{each.name} ({each.country or 'no country'})" for each in actors) or "nobody named"


def _meaning(name: str) -> str:
    """Return what a rule of data/events means; the frames of visits, meetings and deals stand in data/verbs.toml."""
    return next((each.means for each in rules() if each.name == name), "a frame of data/verbs.toml")


def _not_fired(tree: Tree, fired: set[tuple[int, str]]) -> Iterator[str]:
    """Yield the rules whose word a sentence has and that did not count, each with the reason."""
    found = {(each.core, each.frame) for each in acts.find_acts(tree)}
    near = []
    for index in range(len(tree)):
        for each in weighed(tree, index):
            if (tree[index].start, each.rule.name) in fired:
                continue
            near.append(
                (len(each.missing) + len(each.barred), tree[index].text, each, (index, each.rule.name) in found)
            )
    for lacking, word, each, left in sorted(near, key=lambda one: one[0])[:MAX_NEAR]:
        reasons = [f"nothing fitting as {relation}" for relation in each.missing]
        reasons += [f"ruled out by its {relation}" for relation in each.barred]
        if not lacking:
            reasons = ["no actor that counts" if left else "another rule asks for more, or it is no act here"]
        yield f"not {each.rule.name} at “{word}”: {'; '.join(reasons)}"


def _row(mention: Mention) -> dict[str, Any]:
    """Return a mention as plain values."""
    row = mention._asdict()
    for side in ("source", "target"):
        row[side] = [each._asdict() for each in row[side]]
    return row


def _article(text: str, today: date) -> Article:
    """Return a text as the article of an outlet of no name."""
    values: dict[str, Any] = dict.fromkeys(Article._fields, "")
    values.update(text=text, published_date=today.isoformat(), language="en", version=1, published=0, fetched=0)
    values.update(authors=[], captions=[], removed=[], signature=[], words=len(text.split()), attempts=0)
    values.update(independent=True, title=None, canonical_url=None, related_id=None, similarity=None)
    return Article(**values)
