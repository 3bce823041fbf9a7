"""Which words of a sentence hold an act of the types that data/events describes.

A verb stands in a clause with subject, object and prepositions; a noun names the same act ("its attack on X", "the
arrest of Y by Z"). Both are read by the same rules: a relation is found in the one or the other.
"""

from collections.abc import Iterator

from transforms import lexicon
from transforms.countries import country_of
from transforms.findings import Finding, judged
from transforms.grammar import auxiliaries, is_noun, is_passive, is_verb, led_by, negated, subject
from transforms.nouns import governor_of
from transforms.parse import Tree
from transforms.rules import Rule, by_word, rules, threats, words
from transforms.scenes import SAID
from transforms.status import Verdict, conditional, kind_of
from transforms.where import locate
from transforms.wording import parties

#: Relations of the tree that a clause of its own begins with.
_CLAUSES = ("relcl", "ccomp", "advcl", "acl", "parataxis")
#: Types of acts that count themselves where parties agree to them.
BY_AGREEMENT = ("AID", "RETREAT")
#: Parties of the clause below a verb.
_OF_CLAUSES = {"clause-subject": ("nsubj", "nsubjpass"), "clause-object": ("dobj",)}


def find_acts(tree: Tree) -> list[Finding]:
    """Return the acts that a sentence holds, in the order of its words; of one type, none inside another."""
    found: list[Finding] = []
    for index in range(len(tree)):
        for rule in _matching(tree, index):
            found += _found(tree, index, rule)
    found = [each for each in found if not _gives_way(tree, each, found)]
    return [each for each in found if not _is_inside(tree, each, found)]


def _matching(tree: Tree, index: int) -> list[Rule]:
    """Return the most exacting rule of each type that fits a word."""
    if is_verb(tree, index) and tree[index].dep != "amod":
        rules = by_word("verbs").get(lexicon.verb(tree[index].lower), ())
        fitting = [each for each in rules if _is_phrase(tree, index, each)]
    elif is_noun(tree, index) and (tree[index].tag in ("NN", "NNS") or tree[index].text.islower()):
        rules = by_word("nouns").get(lexicon.noun(tree[index].lower), ())
        fitting = [each for each in rules if any(word in each.nouns for word in names(tree, index))]
    else:
        return []
    best: dict[str, Rule] = {}
    for rule in fitting:
        if rule.type not in best and _fits(tree, index, rule):
            best[rule.type] = rule
    heaviest = max((each.weight for each in best.values()), default=0)
    return [each for each in best.values() if each.weight == heaviest][:1]


def _is_phrase(tree: Tree, index: int, rule: Rule) -> bool:
    """Say whether a verb of several words is there with all of them: "open fire", "take hostage"."""
    lemma = lexicon.verb(tree[index].lower)
    if lemma in rule.verbs:
        return True
    below = {tree[each].lower for each in tree.below(index) if each != index and abs(each - index) < 6}
    phrases = (each.split(" ") for each in rule.verbs if each.startswith(f"{lemma} "))
    return any(set(each[1:]) <= below for each in phrases)


def _fits(tree: Tree, index: int, rule: Rule) -> bool:
    if rule.negated and not negated(tree, index):
        return False
    beside = all(_has(tree, index, rule, *each) for each in rule.needs)
    return beside and not any(_has(tree, index, rule, *each) for each in rule.unless)


def _has(tree: Tree, index: int, rule: Rule, relation: str, wanted: frozenset[str]) -> bool:
    """Say whether one of some words stands in a relation to a trigger; "*" is any word."""
    if relation == "near":
        return bool(wanted & phrase_words(tree, index))
    if relation == "clause-words":
        clauses = related(tree, index, "clause", rule)
        return any(wanted & names(tree, each) for clause in clauses for each in tree.below(clause))
    if "|" in relation:
        return any(_has(tree, index, rule, each, wanted) for each in relation.split("|"))
    heads = related(tree, index, relation, rule)
    if "*" in wanted:
        return any(tree[each].lower not in lexicon.words("roles", "no_names", "times") for each in heads)
    everyone = [each for head in heads for each in _all(tree, head)]
    return any(wanted & names(tree, each) or _is_of_a_kind(tree, each, wanted) for each in everyone)


def _is_of_a_kind(tree: Tree, index: int, wanted: frozenset[str]) -> bool:
    """Say whether a word is one of the kinds that are no list: a state, a place, a name."""
    text = tree[index].text
    if "joint *" in wanted and any(tree[each].lower == "joint" for each in tree.children(index, "amod", "compound")):
        return True
    state = ("*state" in wanted or "*place" in wanted) and country_of(text) is not None
    place = "*place" in wanted and tree[index].tag.startswith("NNP") and locate(text) is not None
    return state or place or ("*name" in wanted and tree[index].tag in ("NNP", "PRP"))


def _all(tree: Tree, head: int) -> list[int]:
    """Return a head, what is joined to it, and what "a column of", "hundreds of" count."""
    found = tree.conjuncts(head)
    for each in list(found):
        counted = tree[each].tag in ("CD", "DT", "PDT") or lexicon.noun(tree[each].lower) in words("counts")
        if counted:
            found += [inner for led in led_by(tree, each, "of") for inner in tree.conjuncts(led)]
    return found


def names(tree: Tree, index: int) -> set[str]:
    """Return a word's singular or verb, and with what stands before it: "hunger strike"."""
    lower = tree[index].lower
    if is_verb(tree, index):
        return {lexicon.verb(lower), lower}
    single = {lexicon.noun(lower), lower}
    before = [tree[each].lower for each in tree.children(index, "compound", "amod", "nmod") if each < index]
    phrase = " ".join([*before, lower])
    return single | {phrase} | {f"{each} {word}" for each in before for word in single} | _of_names(tree, index, single)


def _of_names(tree: Tree, index: int, single: set[str]) -> set[str]:
    """Return "state of emergency" for "state"."""
    of = [tree[each].lower for each in led_by(tree, index, "of")]
    return {f"{word} of {each}" for word in single for each in of}


def phrase_words(tree: Tree, index: int) -> set[str]:
    """Return the words of a trigger's clause, other clauses left out; of a noun with those of its verb."""
    top = index
    if is_noun(tree, index):
        top = next((each for each in tree.above(index) if is_verb(tree, each)), index)
    found: set[str] = set()
    open_ = [top]
    while open_:
        node = open_.pop()
        found |= names(tree, node)
        open_ += [each for each in tree.children(node) if tree[each].dep not in _CLAUSES]
    return found


# ---------------------------------------------------------------- relations


def related(tree: Tree, index: int, relation: str, rule: Rule) -> list[int]:
    """Return the words that stand in a relation to a trigger: subject, object, owner, clause, or prepositions
    ("on|upon")."""
    if is_verb(tree, index):
        return _of_verb(tree, index, relation)
    return _of_noun(tree, index, relation, rule)


def _of_verb(tree: Tree, index: int, relation: str) -> list[int]:
    doers, done = parties(tree, index)
    dative = [each for each in tree.children(index, "dative") if tree[each].tag not in ("IN", "TO")]
    done = done + dative + tree.children(index, "oprd")
    if relation == "subject":
        return doers
    if relation == "object":
        return done
    if relation == "owner":
        return [owner for each in done for owner in tree.children(each, "poss")]
    if relation == "dative":
        return dative
    if relation == "maker":
        return [
            each
            for doer in doers
            for each in (
                *tree.children(doer, "poss"),
                *_demonyms(tree, doer),
                *led_by(tree, doer, "from", "of", "between"),
            )
        ]
    clauses = _clauses(tree, index, done)
    if relation == "clause":
        return clauses
    if relation in _OF_CLAUSES:
        return [each for clause in clauses for each in tree.children(clause, *_OF_CLAUSES[relation])]
    prepositions = relation.split("|")
    return [led for each in (index, *done) for led in led_by(tree, each, *prepositions)]


def _clauses(tree: Tree, index: int, done: list[int]) -> list[int]:
    found = tree.children(index, "xcomp", "ccomp")
    found += [each for inner in done for each in tree.children(inner, "acl", "relcl") if tree[each].tag == "VB"]
    found += [each for each in tree.children(index, "advcl") if tree[each].tag == "VB"]
    for preposition in tree.children(index, "prep"):
        found += tree.children(preposition, "pcomp")
    return [inner for each in found for inner in tree.conjuncts(each)]


def _of_noun(tree: Tree, index: int, relation: str, rule: Rule) -> list[int]:
    owners = tree.children(index, "poss")
    of = led_by(tree, index, "of")
    theirs = rule.owned == "subject" or bool(of)
    if relation == "subject":
        named = led_by(tree, index, "by") + (owners if theirs else []) + _demonyms(tree, index)
        return named or _carriers(tree, index)
    if relation == "object":
        return of or ([] if theirs else owners)
    if relation == "owner":
        return owners
    if relation == "clause":
        return [inner for each in tree.children(index, "acl", "relcl") for inner in tree.conjuncts(each)]
    if relation == "carried":
        governor = governor_of(tree, index)
        return [] if governor is None or governor[1] not in ("dobj", "nsubjpass", "of", "on") else [governor[0]]
    return led_by(tree, index, *relation.split("|")) + _carried_by(tree, index, *relation.split("|"))


def _demonyms(tree: Tree, index: int) -> list[int]:
    """Return the capitalised words before a noun that may say whose it is: "the Xish attack"."""
    before = tree.children(index, "amod", "compound", "nmod")
    return [each for each in before if each < index and tree[each].text[:1].isupper()]


def carrier(tree: Tree, index: int) -> int | None:
    """Return the light verb that a noun is the object or subject of: "launched an attack"."""
    head = tree[index].head
    if tree[index].dep == "conj":
        return carrier(tree, head)
    direct = tree[index].dep in ("dobj", "nsubjpass", "oprd", "attr")
    if tree[index].dep == "pobj" and tree[head].dep == "prep":
        direct, head = tree[head].lower in ("on", "in", "into", "with", "out"), tree[head].head
    return head if direct and is_verb(tree, head) and lexicon.verb(tree[head].lower) in words("carriers") else None


def _carriers(tree: Tree, index: int) -> list[int]:
    node = carrier(tree, index)
    if node is None:
        return []
    if is_passive(tree, node):
        return led_by(tree, node, "by")
    doer = subject(tree, node)
    return [] if doer is None or doer == index else [doer]


def _carried_by(tree: Tree, index: int, *prepositions: str) -> list[int]:
    node = carrier(tree, index)
    return [] if node is None else led_by(tree, node, *prepositions)


# ---------------------------------------------------------------- findings


def _found(tree: Tree, index: int, rule: Rule) -> Iterator[Finding]:
    if (
        _is_only_asked_for(tree, index)
        or _is_agreed(tree, index, rule)
        or (_is_apart(tree, index) if is_noun(tree, index) else _is_ability(tree, index))
    ):
        return
    agents = [each for relation in rule.source for each in related(tree, index, relation, rule)]
    others = [each for relation in rule.target for each in related(tree, index, relation, rule)]
    places = _said_places(tree, index) if rule.type in SAID and rule.agentless != "host" else _places(tree, index)
    if is_noun(tree, index) and not agents and not _is_told_apart(tree, index, others):
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
        if is_noun(tree, index) and is_verb(tree, child) and not _carries(tree, child):
            return False
        if tree[child].dep in ("relcl", "advcl", "parataxis"):
            return True
        if is_verb(tree, node):
            return not _carries(tree, node) and kind_of(tree, node) is None and carrier(tree, index) is None
        if kind_of(tree, node) is not None:
            return False
        child = node
    return False


def _is_agreed(tree: Tree, index: int, rule: Rule) -> bool:
    """Say whether an act is what parties agreed to: a deal, unless it is one of those that stand for themselves."""
    if not is_verb(tree, index) or tree[index].dep not in ("xcomp", "ccomp") or rule.type in BY_AGREEMENT:
        return False
    return lexicon.verb(tree[tree[index].head].lower) in lexicon.words("verbs", "verbs", "agree")


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
    told = phrase_words(tree, index)
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
    node = (carrier(tree, index) or _governed(tree, index)) if is_noun(tree, index) else None
    tops = [index] if node is None else [index, node]
    found = []
    for top in tops:
        inside = [each for each in tree.below(top) if tree[each].dep == "prep" and not _is_in_clause(tree, each, top)]
        found += [led for each in inside if tree[each].lower in _WHERE for led in tree.children(each, "pobj")]
    return found


def _governed(tree: Tree, index: int) -> int | None:
    """Return the verb whose subject a noun is: "protests broke out in X"."""
    subject_of = tree[index].dep in ("nsubj", "nsubjpass") and is_verb(tree, tree[index].head)
    return tree[index].head if subject_of else None


def _said_places(tree: Tree, index: int) -> list[int]:
    named = [each for each in led_by(tree, index, "in", "at") if tree[each].tag == "NNP"]
    heard = led_by(tree, index, "at") + tree.children(index, "dobj")
    halls = [each for each in heard if tree[each].lower in ("rally", "briefing")]
    return named + [led for each in halls for led in led_by(tree, each, "in")]


def _is_in_clause(tree: Tree, word: int, top: int) -> bool:
    node = word
    while node != top:
        if tree[node].dep in _CLAUSES or (tree[node].dep == "conj" and is_verb(tree, node)):
            return True
        node = tree[node].head
    return False


def _is_only_asked_for(tree: Tree, index: int) -> bool:
    """Say whether an act is only what somebody demands, threatens, forbids or prevents."""
    child = index
    for node in tree.above(index):
        own = is_noun(tree, index) and is_verb(tree, child) and not _carries(tree, child)
        quoted = tree[child].dep == "ccomp" and child < node
        if own or quoted or tree[child].dep in ("relcl", "parataxis"):
            return False
        if tree[child].dep != "conj" and _asks(tree, node, child):
            return True
        child = node
    return False


def _asks(tree: Tree, node: int, child: int) -> bool:
    if tree[child].dep in ("nsubj", "nsubjpass") or (tree[child].dep == "advcl" and tree[child].tag != "VB"):
        return tree[child].dep == "nsubjpass" and lexicon.verb(tree[node].lower) in words("asking")
    if is_verb(tree, node):
        led = tree[child].dep == "prep" and tree[child].lower not in ("for", "of", "from", "against", "with", "to")
        return not led and lexicon.verb(tree[node].lower) in words("asking")
    return is_noun(tree, node) and lexicon.noun(tree[node].lower) in words("asked")


def _carries(tree: Tree, verb: int) -> bool:
    return lexicon.verb(tree[verb].lower) in words("carriers")


def _is_apart(tree: Tree, index: int) -> bool:
    """Say whether a noun stands where it names no act: before another noun, or counted with "no"."""
    leads = tree[tree[index].head].lower if tree[index].dep == "pobj" else ""
    aside = tree[index].dep in ("compound", "nmod", "poss") or leads in ("at", "during")
    return aside or negated(tree, index)


def _is_ability(tree: Tree, index: int) -> bool:
    """Say whether a verb tells what somebody can do."""
    return bool(auxiliaries(tree, index) & {"can", "cannot", "should", "must", "ought"})


def _is_told_apart(tree: Tree, index: int, others: list[int]) -> bool:
    """Say whether a noun without an actor is one act: its object and a time or place stand beside it."""
    governor = _governed(tree, index)
    occurs = governor is not None and lexicon.verb(tree[governor].lower) in words("occurring")
    if any(tree[each].lower in ("the", "this", "that", "such") for each in tree.children(index, "det")) and not others:
        return occurs
    beside = tree.children(index, "prep", "npadvmod", "acl", "relcl")
    return bool(beside) or occurs or carrier(tree, index) is not None


def _gives_way(tree: Tree, finding: Finding, found: list[Finding]) -> bool:
    """Say whether a verb that tells no actor holds a noun of its type that does: "were killed in a strike by X"."""
    if finding.agents:
        return False
    nouns = [each for each in found if each.agents and each.type == finding.type and is_noun(tree, each.core)]
    return any(finding.core in tree.above(each.core) for each in nouns)


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
