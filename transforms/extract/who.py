"""Who acts: whom a noun phrase of an article means, pronouns and metonyms included.

The people and countries come from census.py; what the article has told up to a point says whom "he" and "the two
sides" mean there. Word lists stand in data/roles.toml, country names in countries.py.
"""

import bisect
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from schemas.event import Actor
from transforms import lexicon
from transforms.extract import countries
from transforms.extract.census import Cast, Spots
from transforms.extract.grammar import subject
from transforms.extract.parse import Tree
from transforms.extract.sides import Sides, state_actor

_SINGULAR = frozenset({"he", "she", "him", "her", "his", "himself", "herself", "hers"})
_PLURAL = frozenset({"they", "them", "their", "both", "themselves"})
_OURS = frozenset({"we", "us", "our"})
_MINE = frozenset({"i", "me", "my"})

#: What stands between an office and a name: " of Xland ".
_OF_A_STATE = re.compile(r" of (?:the )?(?:[A-Z][\w’'-]+ (?:of |and )?){1,5}")

#: Words for states: of "the lake states" no single one is meant.
_STATES = ("state", "neighbour", "neighbor")

#: How far back a pronoun looks, in characters.
REACH = 600


class Scene:
    """What an article has told up to a point: whom "he" and "the two sides" mean there."""

    def __init__(self, people: Cast, sentences: Sequence[int]) -> None:
        self._sentences = sentences  # where each begins
        self.cast = people
        self.pair: tuple[Actor, ...] = ()  # of the last event between two
        self.states_apart: tuple[Actor, ...] = ()  # of the last event between two countries
        self.speaker: tuple[Actor, ...] = ()  # whose words are quoted
        self.ours: tuple[Actor, ...] = ()  # for whom an official text says "we"
        self.guests: tuple[Actor, ...] = ()  # of the last visit
        self.they: tuple[Actor, ...] = ()  # the crowd that did what was told last
        self.official: tuple[Actor, ...] = ()  # who did what was told last, by office or name
        self.beside: str | None = None  # the country of the actor that a phrase is joined to
        self.here: str | None = None  # the country where what is read takes place
        self.home: str | None = None  # the country that the article is about
        self.apart: str | None = None  # the country of those whom somebody meets
        self.opposed: str | None = None  # the country whose government meets its rebels
        self.named = Spots(people.named)
        self.states = Spots(people.states)
        self.bodies = Spots(people.bodies)

    def person(self, number: int) -> Actor:
        """Return somebody as an actor."""
        each = self.cast.people[number]
        return Actor(each.name, each.role, each.country, "person")

    def person_at(self, offset: int) -> int | None:
        """Return the person whose name covers a character of the article."""
        spot = self.named.at(offset)
        return None if spot is None else int(spot.value)

    def body_at(self, offset: int) -> bool:
        """Say whether the name of an international body covers a character of the article."""
        return self.bodies.at(offset) is not None

    def state_at(self, offset: int) -> str | None:
        """Return the country whose name covers a character of the article."""
        spot = self.states.at(offset)
        return None if spot is None else str(spot.value)

    def people_in(self, start: int, end: int) -> list[int]:
        """Return the political people named in a stretch of the article, in its order."""
        numbers = dict.fromkeys(int(each.value) for each in self.named.inside(start, end))
        return [each for each in numbers if self.cast.people[each].political]

    def people_before(self, offset: int) -> list[int]:
        """Return the political people named before a character, the latest first, within REACH."""
        spots = self.named.inside(offset - REACH + 1, offset)
        numbers = dict.fromkeys(int(each.value) for each in reversed(spots))
        return [each for each in numbers if self.cast.people[each].political]

    def countries_in(self, start: int, end: int) -> frozenset[str]:
        """Return the countries that a stretch of the article names, by themselves or by their people."""
        theirs = (self.cast.people[int(each.value)].country for each in self.named.inside(start, end))
        states = (str(each.value) for each in self.states.inside(start, end))
        return frozenset(code for code in (*theirs, *states) if code)

    def state_before(self, offset: int) -> str | None:
        """Return the country named last before a character."""
        spot = self.states.last(offset)
        return None if spot is None else str(spot.value)

    def remember(self, parties: Sides) -> None:
        """Keep who acted, for those who are only pointed at later."""
        firsts = {each.country: each for each in reversed(parties.source) if each.country}
        if not parties.target and len(parties.source) > 1 and len(firsts) < 2:
            self.pair = parties.source[:2]
        elif len(firsts) > 1:
            self.pair = tuple(each for each in parties.source if each in firsts.values())[:2]
        elif parties.source and parties.target:
            self.pair = (parties.source[0], parties.target[0])
        if len({each.country for each in self.pair if each.country}) > 1:
            self.states_apart = self.pair
        if parties.mode == "visit":
            self.guests = parties.source
        kinds = [each.kind for each in parties.source]
        self.they = parties.source if kinds == ["group"] else ()
        self.official = parties.source if kinds == ["person"] else ()

    # ------------------------------------------------------------ resolving

    def actors(self, tree: Tree, base: int, head: int) -> list[Actor]:
        """Return whom a noun phrase means, conjuncts included; an empty list for what is no political actor.

        Args:
            base: offset of the tree's text in the article.
            head: the phrase's head word.
        """
        found: list[Actor] = []
        outer = self.beside
        for each in self._joined(tree, base, head):
            self.beside = found[-1].country if found else outer
            found.extend(actor for actor in self._one(tree, base, each) if actor not in found)
        self.beside = outer
        return found

    def _joined(self, tree: Tree, base: int, head: int) -> list[int]:
        """Return the conjuncts of a phrase; of "the US, Russia and Xland" the parser makes one state with two names."""
        found = tree.conjuncts(head)
        for each in list(found):
            if self.state_at(base + tree[each].start) is not None:
                beside = [name for name in tree.children(each, "appos") if self.state_at(base + tree[name].start)]
                found += [name for inner in beside for name in tree.conjuncts(inner)]
        return found

    def _one(self, tree: Tree, base: int, head: int) -> list[Actor]:
        token = tree[head]
        number = self._person_in(tree, base, head)
        if number is not None:
            return [self.person(number)] if self.cast.people[number].political else []
        speaks = token.text == "I" or (token.lower in _OURS | _MINE and token.text != "US")
        if token.tag.startswith("PRP") or token.lower in _PLURAL or speaks:
            return self._pronoun(tree, base, head)
        for each in tree.children(head, "appos"):
            if tree[each].tag.startswith("NNP") and not token.tag.startswith("NNP"):
                return self.actors(tree, base, each)  # "the news agencies A and B"
        code = self.state_at(base + token.start)
        if code is not None and token.tag != "JJ" and not token.tag.startswith("JJ"):
            return [state_actor(code)]
        return self._noun(tree, base, head)

    def person_in(self, tree: Tree, base: int, head: int) -> Actor | None:
        """Return the person that a noun phrase names."""
        number = self._person_in(tree, base, head)
        return None if number is None else self.person(number)

    def _person_in(self, tree: Tree, base: int, head: int) -> int | None:
        number = self.person_at(base + tree[head].start)
        if number is not None:
            return number
        for each in tree.children(head, "appos", "compound", "nmod"):
            number = self.person_at(base + tree[each].start)
            dated = tree[head].lower in lexicon.words("roles", "no_names", "times")  # "met President A B Tuesday"
            if number is not None and (tree[each].dep == "appos" or each > head or dated):
                return number
        return self._named_behind(tree, base, head)

    def _named_behind(self, tree: Tree, base: int, head: int) -> int | None:
        """Return the person whose name stands behind an office and its country: "Prime Minister of Xland A B"."""
        if not _is_person(lexicon.noun(tree[head].lower)):
            return None
        end = base + tree[head].end
        spot = next(iter(self.named.inside(end, end + 60)), None)
        between = "" if spot is None else tree.text[tree[head].end : max(spot.start - base, 0)]
        return int(spot.value) if spot is not None and _OF_A_STATE.fullmatch(between) else None

    def _pronoun(self, tree: Tree, base: int, head: int) -> list[Actor]:
        lower = tree[head].lower
        if lower in _MINE:
            return list(self.speaker)
        if lower in _OURS:
            codes = dict.fromkeys(each.country for each in self.speaker if each.country)
            return [state_actor(code) for code in codes] or list(self.ours)
        if lower in _PLURAL:
            return list(self.they or self.pair)
        if lower in _SINGULAR:
            if said := self._speaker_above(tree, base, head):
                return said
            number = self._antecedent(tree, base, head)
            return list(self.official) if number is None else [self.person(number)]
        if lower in ("it", "its", "itself"):
            code = self._of_subject(tree, base, head) or self.state_before(base + tree[head].start)
            return [] if code is None else [state_actor(code)]
        return []

    def _speaker_above(self, tree: Tree, base: int, head: int) -> list[Actor]:
        """Return who says what "he" does, by an office without a name: "the premier of Xland said that he would"."""
        clause = tree[head].head
        if tree[head].dep != "nsubj" or tree[clause].dep != "ccomp":
            return []
        spoken = tree.children(tree[clause].head, "nsubj")
        offices = [each for each in spoken if each < head and _is_person(_singular(tree, each))]
        return [actor for each in offices for actor in self._one(tree, base, each)]

    def _of_subject(self, tree: Tree, base: int, head: int) -> str | None:
        """Return the country of what the sentence speaks of: "Xland's junta freed a Yish reporter whom it had held"."""
        for verb in tree.above(head):
            doers = [each for each in tree.children(verb, "nsubj", "nsubjpass") if max(tree.below(each)) < head]
            codes = [code for each in doers for code in self.countries_of(tree, base, each)]
            if codes:
                return codes[0] if len(set(codes)) == 1 else None
        return None

    def _antecedent(self, tree: Tree, base: int, head: int) -> int | None:
        """Return the person that "he" or "her" means: the first one of the sentence so far, else the first one of the
        nearest sentence before; never the subject of its own clause, nor who is named beside it as subject."""
        offset = base + tree[head].start
        barred: set[int | None] = set()
        if tree[head].dep in ("dobj", "pobj", "dative"):
            doer = subject(tree, tree[head].head)
            if doer is not None and doer != head:
                barred = {self._person_in(tree, base, doer)}
        elif tree[head].dep in ("nsubj", "nsubjpass"):
            barred = {self._person_in(tree, base, each) for each in tree.below(tree[head].head) if each > head}
        for number in (*self.people_in(base, offset), *self._subjects_before(base)):
            if number not in barred:
                return number
        return None

    def _subjects_before(self, offset: int) -> list[int]:
        """Return people named before a sentence: the first of the nearest sentence that names any, then the others."""
        spots = sorted(
            self.named.inside(offset - REACH + 1, offset),
            key=lambda each: (-bisect.bisect_right(self._sentences, each.start), each.start),
        )
        return [int(each.value) for each in spots if self.cast.people[int(each.value)].political]

    def _phrase(self, tree: Tree, head: int) -> list[int]:
        """Return the words that say whose a noun is: adjectives, owners, "of" and "from"."""
        found = [head]
        if tree[head].dep in ("nsubj", "nsubjpass"):  # "Xland's and Yland's presidents": the parser parts them
            beside = tree.children(tree[head].head, tree[head].dep)
            found += [each for each in beside if each < head and tree.children(each, "case")]
        for each in tree.children(head, "amod", "compound", "nmod", "poss", "nummod", "det"):
            found.extend(tree.below(each))
        for each in tree.children(head, "prep"):
            if tree[each].lower in ("of", "from", "for"):
                apart = {
                    inner for word in tree.below(each) if tree[word].lower in ("in", "at") for inner in tree.below(word)
                }
                found.extend(word for word in tree.below(each) if word not in apart)
        return sorted(set(found))

    def countries_of(self, tree: Tree, base: int, head: int) -> list[str]:
        """Return the countries that a noun phrase names, in their order."""
        phrase = self._phrase(tree, head)
        codes = [self.state_at(base + tree[each].start) or self._movement(tree, base, each) for each in phrase]
        return list(dict.fromkeys(code for code in codes if code is not None))

    def _movement(self, tree: Tree, base: int, index: int) -> str | None:
        """Return the country of a movement or state firm that a phrase names: "Houthi rebels"."""
        named = tree[index].text[:1].isupper() and self.person_at(base + tree[index].start) is None
        return countries.body_country(plain(tree, index)) if named else None

    def _noun(self, tree: Tree, base: int, head: int) -> list[Actor]:
        singular = _singular(tree, head)
        person = _is_person(singular)
        group = singular in lexicon.words("roles", "group")
        words = plain(tree, head)
        found = self.countries_of(tree, base, head)
        if not person and not group:
            return self._named_body(tree, base, head, found)
        sides = tree[head].lower in ("sides", "parties") and _is_definite(tree, head) and self.pair
        if (_means_both(tree, self._phrase(tree, head)) or sides) and not found:
            kind = "person" if person else "group"
            domestic = singular not in lexicon.words("roles", "group", "of_states")
            pair = (domestic and self.pair) or self._two_states(base + tree[head].start)
            if not domestic and not person:
                return [state_actor(each.country) for each in pair if each.country]
            return [each if not person else Actor(_bare(tree, head), None, each.country, kind) for each in pair]
        plural = tree[head].tag in ("NNS", "NNPS")
        country = singular in ("capital", "country", "nation")
        if not found and country and not plural and not self.body_at(base + tree[head].start):
            return []
        kind = _kind(singular, plural)
        if not found and self.is_of_many(tree, base, head):
            return [Actor(words, singular if person else None, None, kind)]
        if not found:
            return [] if country else self._unplaced(tree, base, head, person)
        if not plural and (country or singular == "side"):
            return [state_actor(found[0])]
        chosen = found if plural else found[:1]
        name = _bare(tree, head) if len(chosen) > 1 else words
        return [Actor(name, singular if person else None, code, kind) for code in chosen]

    def is_of_many(self, tree: Tree, base: int, head: int) -> bool:
        """Say whether a phrase means those of many states: "EU ministers", "Arab leaders", "world powers"."""
        before = tree.children(head, "amod", "compound")
        everywhere = tree[head].tag == "NNS" and any(countries.is_everywhere(tree[each].lower) for each in before)
        return everywhere or any(self.body_at(base + tree[each].start) for each in self._phrase(tree, head))

    def _two_states(self, offset: int) -> tuple[Actor, ...]:
        """Return which "two countries" are meant: those of the last event between two, unless the article speaks more
        of two others."""
        counts = Counter(str(each.value) for each in self.states.all)
        often = counts.most_common(2)
        told = [each.country for each in self.states_apart if each.country]
        if told and len(often) == 2 and min(counts[each] for each in told) < often[1][1]:
            return tuple(state_actor(code) for code, _ in often)
        return self.states_apart or self._two_before(offset)

    def _two_before(self, offset: int) -> tuple[Actor, ...]:
        """Return the two countries named last before a character."""
        codes = dict.fromkeys(str(each.value) for each in reversed(self.states.inside(0, offset)))
        return tuple(state_actor(code) for code in list(codes)[:2][::-1])

    def _named_body(self, tree: Tree, base: int, head: int, found: Sequence[str]) -> list[Actor]:
        """Return a name that no list knows: a party, a movement, a state firm."""
        body = self.body_at(base + tree[head].start)
        if not tree[head].tag.startswith("NNP") and not body:
            return []
        words = plain(tree, head)
        code = found[0] if found else countries.body_country(words)
        known = code is not None or body or countries.organisation_of(words)
        political = tree[head].lower in lexicon.words("roles", "no_names", "things")
        return [Actor(words, None, code, "organisation")] if known or political else []

    def _unplaced(self, tree: Tree, base: int, head: int, person: bool) -> list[Actor]:
        """Return somebody with a role and no country: "the president", "her ministry", "his deputy"."""
        words, singular = plain(tree, head), _singular(tree, head)
        offset = base + tree[head].start
        if singular in ("guest", "visitor") and self.guests:
            return list(self.guests)
        for owner in tree.children(head, "poss"):
            if theirs := self._one(tree, base, owner):
                return self._owned(words, singular, theirs[0].country, base, offset)
        if person and any(tree[each].lower in ("the", "this", "that") for each in tree.children(head, "det")):
            for number in self.people_before(offset):
                if singular in (self.cast.people[number].role or "").split() or singular in ("guest", "visitor"):
                    return [self.person(number)]
        if person and self.ours and _is_definite(tree, head):
            return [Actor(words, None, self.ours[0].country, "person")]  # an office in an official text
        plural = tree[head].tag in ("NNS", "NNPS")
        code = self._likely(singular, offset, person, _is_definite(tree, head))
        if code is None or (plural and singular in _STATES):
            return []
        return [Actor(words, None, code, _kind(singular, plural))]

    def _owned(self, words: str, singular: str, theirs: str | None, base: int, offset: int) -> list[Actor]:
        """Return somebody whose country is that of an owner, or another one: "its ministry", "its neighbour"."""
        if singular not in ("counterpart", "colleague", "homologue", "neighbour", "neighbor"):
            return [Actor(words, None, theirs, "person" if _is_person(singular) else "organisation")]
        before = [str(each.value) for each in reversed(self.states.inside(base, offset))]
        other = next(
            (each for each in (*(each.country for each in self.pair), *before) if each not in (None, theirs)), None
        )
        if _is_person(singular):
            return [Actor(words, singular, other, "person")]
        return [] if other is None else [state_actor(other)]

    def _likely(self, singular: str, offset: int, person: bool, definite: bool) -> str | None:
        """Return the country of an office or body that stands without one."""
        code = (None if person else self.beside) or self.here
        if code is None and singular in lexicon.words("roles", "group", "domestic"):
            code = self.opposed
        if code is None and definite:
            code = self.state_before(offset)
            code = self.home if code is None or code == self.apart else code
        return None if code == self.apart and person else code


def _singular(tree: Tree, head: int) -> str:
    """Return a noun's singular; "opposite number" is a counterpart."""
    opposite = tree[head].lower == "number" and any(tree[each].lower == "opposite" for each in tree.children(head))
    return "counterpart" if opposite else lexicon.noun(tree[head].lower)


def _is_person(singular: str) -> bool:
    return singular in lexicon.words("roles", "person")


def _kind(singular: str, plural: bool) -> str:
    """Return what kind of actor a noun means: "minister", "ministers" or "delegation", "ministry"."""
    if _is_person(singular) and not plural:
        return "person"
    return "group" if plural or singular in lexicon.words("roles", "group", "people") else "organisation"


def _is_definite(tree: Tree, head: int) -> bool:
    """Say whether a phrase means somebody known: "the officials", "President", not "officials"."""
    plural = tree[head].tag in ("NNS", "NNPS")
    return not plural or any(
        tree[each].lower in ("the", "these", "both") for each in tree.children(head, "det", "poss")
    )


def _means_both(tree: Tree, phrase: Iterable[int]) -> bool:
    return any(tree[each].lower in lexicon.words("roles", "group", "both") for each in phrase)


def _bare(tree: Tree, head: int) -> str:
    """Return a noun with its small words: "both countries' foreign ministers" -> "foreign ministers"."""
    first = head
    while first > 0 and tree[first - 1].dep in ("compound", "amod") and tree[first - 1].text.islower():
        first -= 1
    return tree.words(range(first, head + 1))


def plain(tree: Tree, head: int) -> str:
    """Return the words of a noun phrase up to its head, without article: "Foreign Ministry"."""
    left = [each for each in tree.children(head, "amod", "compound", "nmod", "poss", "nummod") if each < head]
    first = min([head, *(min(tree.below(each)) for each in left)])
    own = list(range(first, head + 1))
    while len(own) > 1 and (tree[own[0]].tag in ("DT", "PRP$") or tree[own[0]].lower in ("a", "an", "the")):
        own = own[1:]
    return tree.words(own)
