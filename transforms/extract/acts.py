"""Which words of a sentence hold an act of the types that data/events describes, with their parties and status.

A verb stands in a clause with subject, object and prepositions; a noun names the same act ("its attack on X", "the
arrest of Y by Z"). Both are read by the same rules: a relation is found in the one or the other.
"""

from collections.abc import Iterator

from transforms.extract.findings import Finding, judged
from transforms.extract.grammar import is_noun, is_paper_noun, is_verb, led_by
from transforms.extract.matching import best_rule, candidates
from transforms.extract.parse import Token, Tree
from transforms.extract.relations import CLAUSES, carrier, carries, names, phrase_words, related
from transforms.extract.rules import Rule, rules, threats
from transforms.extract.scenes import SAID
from transforms.extract.scope import governed, is_no_act, is_told_apart
from transforms.extract.status import Verdict, conditional, kind_of

#: Types of what a crowd says by its protest: no events of their own.
CRIED = ("ACCUSE", "REQUEST", "REJECT", "THREATEN")


def find_acts(tree: Tree) -> list[Finding]:
    """Return the acts that a sentence holds, in the order of its words; of one type, none inside another."""
    found: list[Finding] = []
    for index in candidates(tree):
        rule = best_rule(tree, index)
        if rule is not None:
            found += _found(tree, index, rule)
    yielding = [each for each in found if _gives_way(tree, each, found)]
    found = [_with_hit(tree, each, yielding) for each in found if each not in yielding]
    found = [each for each in found if not (_is_inside(tree, each, found) or _is_asked_for(tree, each, found))]
    return [_with_addressee(tree, each, found) for each in found if not _is_cry(tree, each, found)]


def _found(tree: Tree, index: int, rule: Rule) -> Iterator[Finding]:
    if is_no_act(tree, index, rule):
        return
    agents = [each for relation in rule.source for each in related(tree, index, relation, rule)]
    agents = [each for each in agents if not is_paper_noun(tree, each)]  # a decree is nobody
    others = [each for relation in rule.target for each in related(tree, index, relation, rule)]
    places = _said_places(tree, index) if rule.type in SAID and rule.agentless != "host" else _places(tree, index)
    if is_noun(tree, index) and not agents and not is_told_apart(tree, index, others):
        return
    if rule.type == "ASSAULT":
        places = places + others + [of for each in others for of in led_by(tree, each, "of", "in")]
    agents, others = list(dict.fromkeys(agents)), [each for each in dict.fromkeys(others) if each not in agents]
    for each in _judged(tree, index, rule, agents, others, places):
        back = is_noun(tree, index) and any(tree[det].lower == "the" for det in tree.children(index, "det"))
        flags = each.flags | {"back-reference"} if back else each.flags
        yield _as_told(tree, each._replace(rule=rule, mode=_mode(tree, index, rule), flags=flags))


def _judged(
    tree: Tree, index: int, rule: Rule, agents: list[int], others: list[int], places: list[int]
) -> Iterator[Finding]:
    """Yield the finding with its status. What a noun names beside another act ("condemned the attack") has happened."""
    if rule.negated or (is_noun(tree, index) and _stands_back(tree, index)):
        verdict = Verdict(None, False, False, frozenset({index}))
        yield Finding(
            rule.name, (index, index), index, tuple(agents), tuple(others), tuple(places), frozenset(), verdict
        )
        return
    yield from judged(tree, rule.name, index, agents=agents, others=others, places=places, acts=True)


def _stands_back(tree: Tree, index: int) -> bool:
    """Say whether the verb above a noun neither carries it nor says how far it has come."""
    if any(kind_of(tree, each) or is_verb(tree, each) for each in tree.children(index, "amod", "acl")):
        return False
    child = index
    for node in tree.above(index):
        if is_noun(tree, index) and is_verb(tree, child) and not carries(tree, child):
            return False
        if tree[child].dep in ("relcl", "advcl", "parataxis"):
            return True
        if is_verb(tree, node):
            return not carries(tree, node) and kind_of(tree, node) is None and carrier(tree, index) is None
        if kind_of(tree, node) is not None:
            return False
        child = node
    return False


def _as_told(tree: Tree, finding: Finding) -> Finding:
    """Return what is made conditional as the threat that it is."""
    threat = threats().get(f"{finding.type}/{finding.mode}", threats().get(finding.type))
    clauses = tree.children(finding.core, "advcl") if is_verb(tree, finding.core) else []
    if threat is None or finding.verdict.status != "possible" or not any(conditional(tree, each) for each in clauses):
        return finding
    rule = next(each for each in rules() if each.type == "THREATEN")
    verdict = finding.verdict._replace(status="happened")
    return finding._replace(frame="threaten/conditional", rule=rule, mode=threat or None, verdict=verdict)


def _mode(tree: Tree, index: int, rule: Rule) -> str | None:
    if rule.mode is not None:
        return rule.mode or None
    own = rule.type == "THREATEN" and is_noun(tree, index) and bool(tree.children(index, "acl", "relcl"))
    told = frozenset[str]() if own else phrase_words(tree, index)
    if rule.type == "THREATEN":
        told = told.union(*(names(tree, each) for each in tree.below(index)))
    return next((mode for mode, members in rule.modes if members & told), None)


_WHERE = (
    "in",
    "at",
    "near",
    "off",
    "outside",
    "on",
    "to",
    "from",
    "across",
    "over",
    "around",
    "into",
    "along",
    "inside",
)


def _places(tree: Tree, index: int) -> list[int]:
    node = (carrier(tree, index) or governed(tree, index)) if is_noun(tree, index) else None
    tops = [index] if node is None else [index, node]
    found = []
    for top in tops:
        inside = [each for each in tree.below(top) if tree[each].dep == "prep" and not _is_in_clause(tree, each, top)]
        found += [led for each in inside if tree[each].lower in _WHERE for led in tree.children(each, "pobj")]
    return found


def _said_places(tree: Tree, index: int) -> list[int]:
    named = [each for each in led_by(tree, index, "in", "at") if tree[each].tag == "NNP"]
    heard = led_by(tree, index, "at") + tree.children(index, "dobj")
    halls = [each for each in heard if tree[each].lower in ("rally", "briefing")]
    return named + [led for each in halls for led in led_by(tree, each, "in")]


def _is_in_clause(tree: Tree, word: int, top: int) -> bool:
    node = word
    while node != top:
        if tree[node].dep in (*CLAUSES, "pcomp") or (tree[node].dep == "conj" and is_verb(tree, node)):
            return True
        node = tree[node].head
    return False


def _gives_way(tree: Tree, finding: Finding, found: list[Finding]) -> bool:
    """Say whether a verb that tells no actor holds a noun of its type that does: "were killed in a strike by X"."""
    if finding.agents:
        return False
    nouns = [each for each in found if each.agents and each.type == finding.type and is_noun(tree, each.core)]
    return any(finding.core in tree.above(each.core) for each in nouns)


def _with_hit(tree: Tree, finding: Finding, yielding: list[Finding]) -> Finding:
    """Return a noun that tells nobody who suffers with those of the verb that gave way to it."""
    if finding.others or not is_noun(tree, finding.core):
        return finding
    above = set(tree.above(finding.core))
    hit = [word for each in yielding if each.type == finding.type and each.core in above for word in each.others]
    return finding._replace(others=tuple(hit), places=tuple(dict.fromkeys((*finding.places, *hit))))


def _is_asked_for(tree: Tree, finding: Finding, found: list[Finding]) -> bool:
    """Say whether the verb above tells the act already: "observed a strike", "complained that X armed rebels"."""
    verb = next((each for each in found if each.core == tree[finding.core].head), None)
    said = finding.rule is not None and "speaker" in finding.rule.source and tree[finding.core].dep == "ccomp"
    if said and verb is not None and verb.type == finding.type:
        return True
    if finding.agents or verb is None or verb.rule is None or tree[finding.core].dep not in ("dobj", "nsubjpass"):
        return False
    asked = [wanted for relation, wanted in verb.rule.needs if "object" in relation.split("|")]
    return any(wanted & names(tree, finding.core) for wanted in asked)


def _cries(tree: Tree, protest: Finding, found: list[Finding]) -> list[Finding]:
    """Return what a crowd asks for or denounces by its protest: "marched to demand that the government go"."""
    if protest.type != "PROTEST":
        return []
    spoken = [each for each in found if each.type in CRIED and is_verb(tree, each.core)]
    return [each for each in spoken if protest.core in tree.above(each.core) and _is_purpose(tree, each, protest)]


def _is_purpose(tree: Tree, cry: Finding, protest: Finding) -> bool:
    steps = [tree[each] for each in _steps(tree, cry.core, protest.core)]
    if cry.type == "ACCUSE" and cry.verdict.status == protest.verdict.status == "happened":
        return (all(each.dep == "conj" for each in steps) and not tree.children(cry.core, "nsubj")) or _is_aim(steps)
    return _is_aim(steps)


def _is_aim(steps: list[Token]) -> bool:
    return all(each.dep in ("advcl", "xcomp", "acl", "conj") and each.tag in ("VB", "VBG") for each in steps)


def _is_cry(tree: Tree, finding: Finding, found: list[Finding]) -> bool:
    return any(finding in _cries(tree, each, found) for each in found)


def _with_addressee(tree: Tree, finding: Finding, found: list[Finding]) -> Finding:
    """Return a protest against nobody who is told with whom it makes its demands of."""
    if finding.others:
        return finding
    addressed = [word for each in _cries(tree, finding, found) for word in each.others]
    return finding._replace(others=tuple(dict.fromkeys(addressed)))


def _is_inside(tree: Tree, finding: Finding, found: list[Finding]) -> bool:
    """Say whether another trigger of its type holds a finding: "staged a march to protest"."""
    above = set(tree.above(finding.core))
    for other in found:
        if other.core in above and other.type == finding.type and not _is_of_its_own(tree, finding):
            between = _steps(tree, finding.core, other.core)
            if all(tree[each].dep not in ("relcl", "ccomp", "conj", "parataxis") for each in between):
                purpose = all(tree[each].dep != "advcl" or tree[each].tag in ("VB", "VBG") for each in between)
                if purpose:
                    return True
    return False


def _is_of_its_own(tree: Tree, finding: Finding) -> bool:
    """Say whether a noun names its own actor: "in retaliation for X's expulsion of Y"."""
    return is_noun(tree, finding.core) and any(each in tree.below(finding.core) for each in finding.agents)


def _steps(tree: Tree, low: int, high: int) -> list[int]:
    found, node = [], low
    while node != high:
        found.append(node)
        node = tree[node].head
    return found
