"""What the rules find in a sentence: a trigger, its frame, the words beside it by position, and its status."""

from collections.abc import Iterator
from typing import NamedTuple

from transforms.extract.parse import Tree
from transforms.extract.rules import Rule
from transforms.extract.status import Verdict, judge

#: The type of what a frame reads.
TYPES = {"sign": "SUPPORT", "back": "SUPPORT", "agree": "AGREE", "deal": "AGREE"}


class Finding(NamedTuple):
    """One trigger, read in its frame. Words by index; noun phrases by their head, conjuncts not yet followed."""

    frame: str
    trigger: tuple[int, int]  # first and last word
    core: int  # the word that was judged
    agents: tuple[int, ...]  # visitor, caller, signer, those who meet
    others: tuple[int, ...]  # host, called, partner
    places: tuple[int, ...]
    flags: frozenset[str]  # many | neutral | wire | partners (named by a verb) | back-reference | asserted
    verdict: Verdict
    rule: Rule | None = None  # of data/events, where one of them was read
    mode: str | None = None  # that such a rule gives

    @property
    def points_back(self) -> bool:
        """Whether a noun points to what was told before: "the strike"."""
        return "back-reference" in self.flags

    @property
    def type(self) -> str:
        """One of schemas.event.TYPES."""
        return self.rule.type if self.rule is not None else TYPES.get(self.frame, "CONSULT")


def judged(
    tree: Tree,
    frame: str,
    core: int,
    *,
    agents: list[int],
    others: list[int],
    places: list[int],
    flags: set[str] | None = None,
    first: int | None = None,
    acts: bool = False,
) -> Iterator[Finding]:
    """Yield the finding with its status; nothing where the sentence leaves no event.

    Args:
        first: the trigger's first word where it has several.
        acts: the trigger is an act itself, as in `status.judge`.
    """
    verdict = judge(tree, core, acts=acts)
    if verdict is not None:
        trigger = (core if first is None else first, core)
        yield Finding(
            frame, trigger, core, tuple(agents), tuple(others), tuple(places), frozenset(flags or ()), verdict
        )
