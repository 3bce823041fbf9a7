"""One report: what one sentence of an article says of one event."""

from typing import NamedTuple

from schemas.event import Actor
from transforms.extract.parse import Sentence
from transforms.extract.sides import codes_of
from transforms.extract.when import When
from transforms.extract.where import Place


class Report(NamedTuple):
    """What one sentence says of one event. Offsets into the article's text."""

    type: str
    mode: str | None
    status: str
    source: tuple[Actor, ...]
    target: tuple[Actor, ...]
    when: When | None
    place: Place | None  # with an empty name where only the country is known
    attribution: tuple[tuple[str, ...], ...]
    sentence: Sentence
    trigger: tuple[int, int]
    rule: str
    core: int  # word of the sentence's tree
    doubts: int  # how much was guessed

    @property
    def codes(self) -> frozenset[str]:
        """The countries that have part."""
        return codes_of([*self.source, *self.target])
