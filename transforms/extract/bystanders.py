"""Those who act or suffer without an office: crowds, captives, gunmen, and states that an adjective alone names.

who.py knows who acts for a state. What police, protesters, prisoners and soldiers do is political by what they do, so
that their country may come from the words beside them, or from where it takes place.
"""

from schemas.event import Actor
from transforms import lexicon
from transforms.extract.findings import Finding
from transforms.extract.grammar import led_by
from transforms.extract.parse import Tree
from transforms.extract.relations import names
from transforms.extract.rules import words
from transforms.extract.sides import state_actor
from transforms.extract.who import REACH, Scene, plain

#: Types in which a crowd counts, whatever it is called.
CROWDED = ("PROTEST",)
#: Types of what a party or movement says or refuses, whatever its name.
SPOKEN = ("ACCUSE", "REQUEST", "REJECT", "THREATEN")
#: Types whose target is whoever suffers it.
SUFFERED = ("COERCE", "ASSAULT", "RETREAT", "SANCTION", "CONCEDE", "ACCUSE", "AID")


def doers(scene: Scene, tree: Tree, base: int, head: int, finding: Finding) -> list[Actor]:
    """Return whom a phrase means that does an act."""
    if found := scene.actors(tree, base, head):
        return found
    if states := _adjectives(scene, tree, base, head):
        return states
    crowded = finding.type in CROWDED
    person = scene.person_in(tree, base, head)
    if crowded and person is not None:
        return [person]
    return [
        actor
        for each in tree.conjuncts(head)
        if _is_one_of(tree, each, "doers")
        or (crowded and tree[each].tag in ("NNS", "NNPS", "NNP"))
        or (finding.type in SPOKEN and _is_body(tree, each))
        or (finding.rule is not None and finding.rule.joint and len(scene.countries_of(tree, base, each)) > 1)
        for actor in _bystanders(scene, tree, base, each)
    ]


def receivers(scene: Scene, tree: Tree, base: int, head: int, finding: Finding) -> list[Actor]:
    """Return whom a phrase means that an act is done to; a thing stands for the country that its phrase names."""
    if found := scene.actors(tree, base, head) or _pronoun(scene, tree, base, head, finding):
        return found
    if states := _adjectives(scene, tree, base, head):
        return states
    person = scene.person_in(tree, base, head)
    if person is not None and finding.type in SUFFERED:
        return [person]
    if finding.type in SUFFERED:
        found = [
            actor
            for each in tree.conjuncts(head)
            if _is_one_of(tree, each, "bystanders")
            or _is_one_of(tree, each, "private")
            or (finding.type == "ASSAULT" and _is_one_of(tree, each, "public"))
            or (finding.type == "ACCUSE" and _is_body(tree, each))
            for actor in _bystanders(scene, tree, base, each)
        ]
    return found or ([] if finding.type == "REQUEST" else _owners(scene, tree, base, head))


def _is_body(tree: Tree, head: int) -> bool:
    """Say whether a name may be that of a party, league or movement: no firm, no newspaper, no club."""
    private = lexicon.words("roles", "titles", "business") | lexicon.words("roles", "no_names", "times")
    phrase = {tree[each].lower for each in tree.below(head)}
    return tree[head].tag in ("NNP", "NNPS") and not phrase & private


def _pronoun(scene: Scene, tree: Tree, base: int, head: int, finding: Finding) -> list[Actor]:
    """Return whom "him" means where somebody without an office suffers an act: the person named last."""
    if finding.type not in SUFFERED or tree[head].lower not in ("he", "him", "she", "her"):
        return []
    spots = scene.named.inside(max(base + tree[head].start - REACH, 0), base + tree[head].start)
    doers = {scene.person_in(tree, base, each) for each in finding.agents}
    people = [scene.person(int(each.value)) for each in reversed(spots)]
    return [each for each in people if each not in doers][:1]


def _is_one_of(tree: Tree, head: int, name: str) -> bool:
    """Say whether a noun, or what it counts, is in a list."""
    heads = [head, *led_by(tree, head, "of")] if lexicon.noun(tree[head].lower) in words("counts") else [head]
    return any(names(tree, each) & words(name) for each in heads)


def _bystanders(scene: Scene, tree: Tree, base: int, head: int) -> list[Actor]:
    """Return those whom a noun means, one a country that its phrase names: "Xish and Yish soldiers"."""
    named = scene.countries_of(tree, base, head)
    if not named and scene.is_of_many(tree, base, head):
        return [Actor(plain(tree, head), None, None, "group")]
    chosen: list[str | None] = [*(named if tree[head].tag in ("NNS", "NNPS") else named[:1])]
    return [Actor(plain(tree, head), None, code, "group") for code in chosen or [scene.here]]


def _adjectives(scene: Scene, tree: Tree, base: int, head: int) -> list[Actor]:
    """Return the states that adjectives name by themselves: "the Xish attack", "the Xish and Yish patrol"."""
    codes = [scene.state_at(base + tree[each].start) for each in tree.conjuncts(head)]
    return [state_actor(code) for code in codes if code is not None]


def _owners(scene: Scene, tree: Tree, base: int, head: int) -> list[Actor]:
    """Return whose a thing is: "the government's", or of the countries that its phrase names: "the Xish embassy"."""
    codes = dict.fromkeys(code for each in tree.conjuncts(head) for code in scene.countries_of(tree, base, each))
    owners = [owner for each in tree.conjuncts(head) for owner in tree.children(each, "poss")]
    theirs = [actor for owner in owners if tree[owner].tag[:2] == "NN" for actor in scene.actors(tree, base, owner)]
    return theirs or [state_actor(code) for code in codes]
