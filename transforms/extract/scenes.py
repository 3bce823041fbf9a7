"""What clauses and sentences of one scene share: time and place.

Clauses joined by "and" share a time ("met in Doha on Thursday and agreed"); so do a sentence and the one before it in
the same paragraph, and the lines under a heading, where they speak of the same parties. A place may come from
anywhere in the article on the same scene. What lies ahead and what is over are never one scene.
"""

import datetime
from collections.abc import Sequence

from transforms.extract.grammar import is_verb
from transforms.extract.parse import Tree
from transforms.extract.reported import Report
from transforms.extract.sides import codes_of
from transforms.extract.when import When
from transforms.extract.where import Place

_TENSES = {
    "planned": "ahead", "confirmed": "ahead", "possible": "ahead", "requested": "ahead", "happened": "over",
    "ongoing": "over",
}  # fmt: skip

#: Types whose reports share a scene: visits, meetings, and what is agreed and signed there.
TALKS = ("CONSULT", "AGREE", "SUPPORT")
#: Types of acts that are said: only the time and place of saying counts.
SAID = ("ACCUSE", "REQUEST", "REJECT", "THREATEN")


def inherit(found: Sequence[Report], tree: Tree, before: Sequence[Report], heading: int) -> list[Report]:
    """Return the reports of a sentence with the times and places that they share.

    Args:
        before: what the article has reported up to this sentence.
        heading: where the heading above the sentence begins; -1 where there is none.
    """
    shared = [_from_beside(each, found, tree) for each in found]
    return [_from_before(each, before, heading) for each in shared]


def one_time(left: Report, right: Report) -> bool:
    """Say whether two reports can lie at one time: both ahead, both over, or one takes back what the other says."""
    first, second = _TENSES.get(left.status), _TENSES.get(right.status)
    if first is not None and second is not None:
        return first == second
    one_act = (left.type, left.mode, left.codes) == (right.type, right.mode, right.codes)
    return one_act and "postponed" not in (left.status, right.status)


def _from_beside(report: Report, found: Sequence[Report], tree: Tree) -> Report:
    """Take time and place from another clause of the sentence."""
    for other in found:
        if other is report or not one_time(report, other) or not _joined(tree, report.core, other.core):
            continue
        if report.type in SAID and not _by_and(tree, report.core, other.core):
            continue
        if report.when is None and other.when is not None:
            report = report._replace(when=other.when)
        if _is_said_to_the_host(report, other):
            report = report._replace(target=other.target)
        if report.place is None and other.place is not None and report.mode != "phone" and report.type not in SAID:
            report = report._replace(place=other.place)
    return report


def _is_said_to_the_host(report: Report, other: Report) -> bool:
    """Say whether who visits or meets somebody also asks or promises something, or signs: towards the same."""
    one_doer = codes_of(report.source) == codes_of(other.source) and not report.target
    return one_doer and other.type == "CONSULT" and report.type in ("AGREE", "SUPPORT", "REQUEST")


def _verb_of(tree: Tree, index: int) -> int:
    """Return the verb of the clause that a word stands in; of "is to meet" the first."""
    verb = next((each for each in (index, *tree.above(index)) if is_verb(tree, each)), index)
    while tree[verb].dep == "xcomp" and is_verb(tree, tree[verb].head):
        verb = tree[verb].head
    return verb


def _joined(tree: Tree, left: int, right: int) -> bool:
    """Say whether two words stand in one clause, in clauses joined by "and", or one in "where ..." behind the other."""
    first, second = _verb_of(tree, left), _verb_of(tree, right)
    return first == second or _hangs(tree, first, second) or _hangs(tree, second, first)


def _hangs(tree: Tree, lower: int, upper: int) -> bool:
    """Climb from one verb to another over "and" and over "where", "during which"."""
    node = lower
    while node != upper:
        dep, head = tree[node].dep, tree[node].head
        if dep == "conj" and is_verb(tree, node):
            node = head
        elif dep in ("relcl", "advcl") and _in_which(tree, node):
            node = _verb_of(tree, head)
        else:
            return False
        if head == tree[head].head and node != upper:
            return False
    return True


def _by_and(tree: Tree, left: int, right: int) -> bool:
    """Say whether one of two verbs is joined to the other by "and"."""
    first, second = _verb_of(tree, left), _verb_of(tree, right)
    return first in tree.conjuncts(second) or second in tree.conjuncts(first)


def _in_which(tree: Tree, clause: int) -> bool:
    children = tree.children(clause, "advmod", "prep")
    words = {tree[inner].lower for each in children for inner in (each, *tree.children(each, "pobj"))}
    return bool(words & {"where", "when", "which"})


def _from_before(report: Report, before: Sequence[Report], heading: int) -> Report:
    """Take the time of the sentence before in the paragraph, or of the heading above."""
    if report.when is not None or report.status == "postponed" or report.type in SAID:
        return report
    for other in reversed(before):
        same_paragraph = other.sentence.paragraph == report.sentence.paragraph
        if other.when is None or not (same_paragraph or other.sentence.start == heading):
            continue
        same_scene = bool(report.codes) and report.codes <= other.codes
        if same_scene and one_time(report, other) and other.mode != "phone":
            return report._replace(when=other.when)
    return report


def hull(left: When, right: When) -> When:
    """Return the time from the first to the last day of two."""
    ends = [each for each in (left.end, right.end) if each]
    starts = [each for each in (left.start, right.start) if each]
    return left._replace(start=min(starts, default=None), end=max(ends, default=None), granularity="span")


def days_apart(left: When, right: When) -> int:
    """Return the days between the beginnings of two times; a great number where one is not known."""
    if left.start is None or right.start is None:
        return 10_000
    return abs((datetime.date.fromisoformat(left.start) - datetime.date.fromisoformat(right.start)).days)


# ---------------------------------------------------------------- places


def share_places(reports: Sequence[Report]) -> list[Report]:
    """Return the reports with the places that others on the same scene tell."""
    return [each if each.place or each.mode == "phone" else _placed(each, reports) for each in reports]


def _placed(report: Report, reports: Sequence[Report]) -> Report:
    best: tuple[int, Place] | None = None
    for other in reports:
        if other.place is None or not _one_kind(report, other) or not _one_scene(report, other):
            continue
        distance = abs(other.sentence.start - report.sentence.start) * 2 + (
            other.sentence.start > report.sentence.start
        )
        if best is None or distance < best[0]:
            best = distance, other.place
    return report if best is None else report._replace(place=best[1])


def _one_kind(report: Report, other: Report) -> bool:
    """Say whether two reports can share a place from afar: meetings and deals, or acts of one type and mode."""
    if report.type in TALKS:
        return other.type in TALKS
    return report.type not in SAID and (report.type, report.mode) == (other.type, other.mode)


def _one_scene(report: Report, other: Report) -> bool:
    if not report.codes or not report.codes <= other.codes or not one_time(report, other):
        return False
    if "cancelled" in (report.status, other.status) and report.status != other.status:
        return False
    if report.when is None or other.when is None:
        return True
    return _overlap(report, other)


def _overlap(report: Report, other: Report) -> bool:
    if report.when is None or other.when is None:
        return False
    first, last = (
        max(report.when.start or "", other.when.start or ""),
        min(report.when.end or "9999-12-31", other.when.end or "9999-12-31"),
    )
    return first <= last
