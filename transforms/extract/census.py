"""The people and the countries that an article names.

Names are found in the raw text by the roles beside them ("Xland's foreign minister, A B", "Xish President A B"), so
that sentences without an event need no tree. A role without a country leaves candidates, the likeliest first: an
office that the article gives to a country elsewhere ("the Xish president"), the outlet's own country, the country
spoken of last, the one spoken of most. What is reported of somebody may rule a candidate out (`Cast.corrected`).
Word lists stand in data/roles.toml, country names in countries.py.
"""

import bisect
import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from transforms import lexicon
from transforms.extract import countries

_WORD = re.compile(
    r"(?:[A-Z]\.)+(?= ?[\w,'’])|\b(?:Dr|Mr|Mrs|Ms|Prof|Gen|Col|Lt|Maj|Capt|Sen|Gov|Amb|Rev|Hon)\."
    r"|[^\W\d_](?:[\w’'.\-]*\w)?|[,.;:!?()“”\"\n–—]|\d+"
)
_BOUNDARY = frozenset(',.;:!?()“”"\n–—')


class Word(NamedTuple):
    text: str
    lower: str
    start: int
    end: int
    owns: bool  # followed by 's


class Person(NamedTuple):
    """Somebody who acts for a state or in politics."""

    name: str  # the longest form in the article
    role: str | None
    country: str | None
    candidates: tuple[str, ...]  # countries it may act for, the likeliest first, where the text does not say
    political: bool


class Spot(NamedTuple):
    """Where somebody or some country is named: offsets into the article's text."""

    start: int
    end: int
    value: int | str  # index of a person, or an alpha-3 code


class Spots:
    """Spots in order, found by bisection."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self.all = tuple(spots)
        self._starts = [each.start for each in self.all]

    def at(self, offset: int) -> Spot | None:
        """Return the spot that covers a character."""
        place = bisect.bisect_right(self._starts, offset) - 1
        return self.all[place] if place >= 0 and offset < self.all[place].end else None

    def last(self, offset: int) -> Spot | None:
        """Return the last spot that begins before a character."""
        place = bisect.bisect_left(self._starts, offset)
        return self.all[place - 1] if place else None

    def inside(self, start: int, end: int) -> tuple[Spot, ...]:
        """Return the spots that begin in a stretch."""
        return self.all[bisect.bisect_left(self._starts, start) : bisect.bisect_left(self._starts, end)]


class Cast(NamedTuple):
    """The people and the countries that an article names."""

    people: tuple[Person, ...]
    named: tuple[Spot, ...]  # people, in order
    states: tuple[Spot, ...]  # countries, in order
    bodies: tuple[Spot, ...]  # international ones, in order

    def corrected(self, excluded: Iterable[tuple[int, str]]) -> "Cast":
        """Return the cast where some people do not act for some countries: each takes its next candidate."""
        people = list(self.people)
        for number, code in sorted(set(excluded)):
            left = tuple(each for each in people[number].candidates if each != code)
            if left:
                people[number] = people[number]._replace(country=left[0], candidates=left)
        return self._replace(people=tuple(people))


# ---------------------------------------------------------------- words


def _words(text: str) -> list[Word]:
    found = []
    for match in _WORD.finditer(text):
        word, (start, end) = match.group(), match.span()
        owns = word[-2:] in ("'s", "’s") and len(word) > 2
        if owns:
            word, end = word[:-2], end - 2
        lower = word.lower()
        found.append(Word(word, (lower.rstrip(".") or word) if lower[-1] == "." else lower, start, end, owns))
    return found


def _is_capital(word: Word) -> bool:
    return word.text[:1].isupper()


def _adjacent(text: str, left: Word, right: Word) -> bool:
    return not left.owns and text[left.end : right.start] == " "


def _is_role(word: Word) -> bool:
    return _names_a_role(word.lower)


@functools.lru_cache(maxsize=65_536)
def _names_a_role(word: str) -> bool:
    return lexicon.noun(word) in lexicon.words("roles", "person")


def _in_title(word: Word) -> bool:
    return word.lower in lexicon.words("roles", "titles", "parts", "honorifics") or _is_role(word)


# ---------------------------------------------------------------- countries


def _states(text: str, words: Sequence[Word]) -> list[Spot]:
    found: list[Spot] = []
    beginnings = countries.beginnings()
    following = 0  # the word behind the last state
    for index in [number for number, each in enumerate(words) if each.text in beginnings and _is_capital(each)]:
        taken = _state_at(text, words, index) if index >= following else None
        if taken is not None:
            last, code = taken
            found.append(Spot(words[index].start, words[last].end, code))
            following = last + 1
    return found


def _state_at(text: str, words: Sequence[Word], first: int) -> tuple[int, str] | None:
    run = [first]
    while len(run) < 5 and run[-1] + 1 < len(words) and _adjacent(text, words[run[-1]], words[run[-1] + 1]):
        run.append(run[-1] + 1)
    for last in reversed(run):
        if _is_capital(words[last]):
            code = countries.country_of(text[words[first].start : words[last].end])
            if code is not None:
                return last, code
    return None


@functools.cache
def _bodies() -> re.Pattern[str]:
    names = sorted(countries.international(), key=lambda each: (-len(each), each))
    return re.compile(r"\b(?=[A-Z]|al\b)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)")


def _international(text: str) -> list[Spot]:
    return [Spot(match.start(), match.end(), "") for match in _bodies().finditer(text)]


def _is_inside(body: Spot, state: Spot | None) -> bool:
    """Say whether the name of a body is a part of a state's: "Western" of "Western Sahara"."""
    return state is not None and (state.start < body.start or state.end > body.end)


# ---------------------------------------------------------------- people


class _Sighting(NamedTuple):
    first: int  # words
    last: int
    role: str | None
    country: str | None
    political: bool
    stateless: bool  # acts for a body of many states
    start: int  # of the role or the name
    owner: str  # "X's spokesman": the name of X, "" where there is none


class _Census:
    """Reads the people of one text."""

    def __init__(self, text: str, hints: Sequence[str]) -> None:
        self.text = text
        self.hints = hints
        self.words = _words(text)
        states = Spots(_states(text, self.words))
        self.bodies = Spots([each for each in _international(text) if not _is_inside(each, states.at(each.start))])
        self.states = Spots([each for each in states.all if not self.bodies.at(each.start)])
        starts = [word.start for word in self.words]
        self.taken = {
            number
            for spot in (*self.states.all, *self.bodies.all)
            for number in range(bisect.bisect_left(starts, spot.start), bisect.bisect_left(starts, spot.end))
        }

    @functools.cached_property
    def by_start(self) -> dict[int, int]:
        """Return the number of the word that begins at a character."""
        return {word.start: number for number, word in enumerate(self.words)}

    @functools.cached_property
    def stops(self) -> list[int]:
        """Return where sentences end."""
        return [each.end for each in self.words if each.text in ".!?\n"]

    def name_run(self, first: int) -> int | None:
        """Return the last word of the name that begins at a word, or None where none does."""
        if not self._nameable(first):
            return None
        last = first
        while last + 1 < len(self.words) and _adjacent(self.text, self.words[last], self.words[last + 1]):
            following = self.words[last + 1]
            if self._nameable(last + 1):
                last += 1
            elif (
                following.lower in lexicon.words("roles", "titles", "particles")
                and last + 2 < len(self.words)
                and self._nameable(last + 2)
                and _adjacent(self.text, following, self.words[last + 2])
            ):
                last += 2
            else:
                break
        return last

    def name_start(self, first: int, last: int) -> int:
        """Return where a name begins behind what an office is for: "Minister of Trade and Fisheries A B"."""
        behind = first > 0 and self.words[first - 1].lower in ("of", "for", "and")
        return first + 1 if behind and last > first + 1 and self._office(first) < first else first

    def _nameable(self, index: int) -> bool:
        word = self.words[index]
        return (
            _is_capital(word)
            and index not in self.taken
            and not _in_title(word)
            and word.lower not in lexicon.words("roles", "no_names")
            and word.text not in _BOUNDARY
        )

    def countries_between(self, start: int, end: int) -> list[str]:
        return [str(each.value) for each in self.states.inside(start, end)]

    def body_between(self, start: int, end: int) -> bool:
        return bool(self.bodies.inside(start, end))

    def left_title(self, first: int) -> tuple[int, int] | None:
        """Return the words of a title right before a name: "Xish Foreign Minister"."""
        index = first
        while index > 0 and self._leads(index - 1, index):
            index -= 1
        index = self._office(index)
        if index == first or not any(self._role_or_private(each) for each in range(index, first)):
            return None
        return index, first

    def _office(self, last: int) -> int:
        """Return where a title of many words begins: "Minister of Trade and Fisheries"; `last` where there is none."""
        for role in range(last - 1, max(0, last - 9), -1):
            word = self.words[role]
            if word.owns or not (_is_capital(word) or word.lower in ("of", "for", "and", "the")):
                return last
            if self.text[word.end : self.words[role + 1].start] != " ":
                return last
            if _is_role(word) and self.words[role + 1].lower in ("of", "for"):
                while role > 0 and self._leads(role - 1, role):
                    role -= 1
                return role
        return last

    def _role_or_private(self, index: int) -> bool:
        return _is_role(self.words[index]) or self.words[index].lower in lexicon.words("roles", "titles", "private")

    def _leads(self, left: int, right: int) -> bool:
        if self.text[self.words[left].end : self.words[right].start] not in (" ", "'s ", "’s ", "' ", "’ "):
            return False
        return left in self.taken or _in_title(self.words[left]) or self._role_or_private(left)

    def before_comma(self, first: int) -> tuple[int, int] | None:
        """Return the words of a title before a name and its comma: "the prime minister of Xland, "."""
        if first < 2 or self.words[first - 1].text != ",":
            return None
        end = begin = first - 1
        while begin > 0 and self.words[begin - 1].text not in _BOUNDARY:
            begin -= 1
        roles = [each for each in range(begin, end) if self._role_or_private(each)]
        if not roles:
            return None
        left = roles[0]
        for role in roles:
            if not any(self.words[each].lower in lexicon.words("roles", "no_title") for each in range(role, end)):
                left = role
                break
        else:
            return None
        while left > begin and (self._leads(left - 1, left)):
            left -= 1
        return left, end

    def after_comma(self, last: int) -> tuple[int, int] | None:
        """Return the words of a title after a name and a comma: ", secretary of Xland's council"."""
        if last + 2 >= len(self.words) or self.words[last + 1].text != ",":
            return None
        begin = end = last + 2
        while end < len(self.words) and self.words[end].text not in _BOUNDARY and end - begin < 12:
            if self.words[end].lower in lexicon.words("roles", "no_title"):
                return None
            end += 1
        head = [each for each in range(begin, min(end, begin + 6)) if self._role_or_private(each)]
        return (begin, end) if head else None

    def sighting(self, first: int, last: int) -> _Sighting | None:
        """Return what the words around a name say of its bearer; None where they give no role."""
        title = self.left_title(first)
        several = last > first
        if title is None and several:
            begin = first
            while begin > 0 and self.words[begin - 1].lower in lexicon.words("roles", "titles", "honorifics"):
                begin -= 1
            title = self.before_comma(begin) or self.after_comma(last)
        if title is None:
            return None
        start, end = self.words[title[0]].start, self.words[title[1] - 1].end
        found = self.countries_between(start, end)
        ranked = self.words[title[0]].lower in lexicon.words("roles", "titles", "ranks")
        if not found and ranked and (wider := self.before_comma(title[0])) is not None:
            found = self.countries_between(self.words[wider[0]].start, end)  # "the Xish commander, General A B"
        following = self.words[last + 1 : last + 3]
        if not found and len(following) == 2 and following[0].lower == "of":
            found = self.countries_between(following[1].start, following[1].end)
        roles = [self.words[each] for each in range(*title) if _is_role(self.words[each])]
        private = any(self.words[each].lower in lexicon.words("roles", "titles", "business") for each in range(*title))
        return _Sighting(
            first,
            last,
            self._role(title),
            found[0] if found else None,
            bool(roles) and not private,
            self.body_between(start, end),
            min(start, self.words[first].start),
            self._owner(title[0]),
        )

    def _owner(self, first: int) -> str:
        """Return the name whose genitive stands before a title."""
        begin = first
        while begin > 0 and self._nameable(begin - 1) and self.words[begin - 1].owns == (begin == first):
            begin -= 1
        return self.text[self.words[begin].start : self.words[first - 1].end] if begin < first else ""

    def _role(self, title: tuple[int, int]) -> str | None:
        kept = [
            self.words[each].lower
            for each in range(*title)
            if each not in self.taken
            and (_in_title(self.words[each]) or self._role_or_private(each))
            and self.words[each].lower not in lexicon.words("roles", "titles", "honorifics")
        ]
        return " ".join(kept) or None

    @functools.cached_property
    def offices(self) -> list[tuple[str, str]]:
        """Return the offices that the text gives to countries without a name: ("foreign minister", code)."""
        found: list[tuple[str, str]] = []
        for index in range(len(self.words)):
            if not _is_role(self.words[index]) or (index + 1 < len(self.words) and _is_role(self.words[index + 1])):
                continue
            begin = index
            while begin > 0 and self._leads(begin - 1, begin):
                begin -= 1
            role = self._role((begin, index + 1)) or ""
            codes = self.countries_between(self.words[begin].start, self.words[index].end)
            following = self.words[index + 1 : index + 4]
            if not codes and following and following[0].lower == "of":
                codes = self.countries_between(following[0].start, following[-1].end)
            found.extend((role, code) for code in codes[:1])
        return found

    @functools.cached_property
    def often(self) -> list[str]:
        """Return the countries of the text, the one spoken of most first."""
        return [code for code, _ in Counter(str(each.value) for each in self.states.all).most_common()]

    def sentence_start(self, offset: int, back: int = 0) -> int:
        """Return where the sentence of a character begins, or one that many sentences back."""
        place = bisect.bisect_right(self.stops, offset) - 1 - back
        return self.stops[place] if place >= 0 else 0

    def candidates(self, start: int, end: int, role: str | None) -> list[str]:
        """Return the countries that somebody without one may act for, the likeliest first."""
        following = self.states.inside(end, end + 9)
        near = [str(each.value) for each in following if self.text[end : each.start].strip() in ("in", "of")]
        before = self.countries_between(self.sentence_start(start), start)[-1:]
        held = [code for office, code in self.offices if office == role]
        hints = [each for each in self.hints if each in self.often or not self.often]
        return list(dict.fromkeys([*near, *self._its(start), *hints, *held, *before, *self.often]))

    def _its(self, start: int) -> list[str]:
        """Return the country that "its president" points back to: the first of the sentence before."""
        place = self.by_start.get(start, 0) - 1
        if place < 0 or self.words[place].lower != "its":
            return []
        return self.countries_between(self.sentence_start(start, back=1), start)[:1]


def cast(text: str, hints: Sequence[str] = ()) -> Cast:
    """Return the people and countries of a text. People without a political role are kept to be told apart.

    Args:
        hints: countries that an office without a country is likely to belong to: the outlet's, the dateline's.
    """
    census = _Census(text, hints)
    sightings = []
    runs: list[tuple[int, int]] = []
    following = 0  # the word behind the last name
    for first in [number for number, each in enumerate(census.words) if _is_capital(each)]:
        last = census.name_run(first) if first >= following else None
        if last is None:
            continue
        begin = census.name_start(first, last)
        runs.append((begin, last))
        found = census.sighting(begin, last)
        if found is not None:
            sightings.append(found)
        following = last + 1
    people, owners = _people(census, sightings, runs)
    return Cast(tuple(people), tuple(_spots(census, runs, owners)), census.states.all, census.bodies.all)


def _name(census: _Census, first: int, last: int) -> str:
    return census.text[census.words[first].start : census.words[last].end]


def _people(
    census: _Census, sightings: Sequence[_Sighting], runs: Sequence[tuple[int, int]]
) -> tuple[list[Person], list[frozenset[str]]]:
    """Return each person once, with the set of words of its names."""
    names = sorted({_name(census, *each) for each in runs}, key=lambda name: (-len(name.split()), name))
    full_name = _Longest([frozenset(each.split()) for each in names])
    grouped: dict[str, list[_Sighting]] = {}
    for each in sightings:
        name = _name(census, each.first, each.last)
        number = full_name.find(frozenset(name.split()))
        grouped.setdefault(name if number is None else names[number], []).append(each)
    people, owners = [], []
    for name, seen in grouped.items():
        told = next((each for each in seen if each.country), seen[0])
        role = told.role or seen[0].role
        guesses: tuple[str, ...] = ()
        if told.country is None and not any(each.stateless for each in seen):
            first = seen[0]
            guesses = tuple(census.candidates(first.start, census.words[first.last].end, role))
        people.append(Person(name, role, told.country, guesses, any(each.political for each in seen)))
        owners.append(frozenset(name.split()))
    masters = [next((each.owner for each in seen if each.owner), "") for seen in grouped.values()]
    return _placed(people, owners, masters), owners


#: Roles beside somebody of another country.
_ABROAD = frozenset({"counterpart", "colleague", "homologue", "guest"})


def _placed(people: Sequence[Person], owners: Sequence[frozenset[str]], masters: Sequence[str]) -> list[Person]:
    """Return people with the country of whose spokesman or deputy they are, else the likeliest one that is free."""
    held = {(each.role, each.country) for each in people if each.country and each.role}
    found = []
    for person, master in zip(people, masters, strict=True):
        parts = set(master.split())
        theirs = next((each for each, words in zip(people, owners, strict=True) if parts and parts <= words), None)
        left = person.candidates
        if person.country is None and theirs is not None and theirs.country:
            abroad = bool(_ABROAD & set((person.role or "").split()))
            left = tuple(each for each in left if (each == theirs.country) != abroad) or left
        if person.role and not {"former", "minister"} & set(person.role.split()[:1]):
            left = tuple(sorted(left, key=lambda code: (person.role, code) in held))
        found.append(person._replace(country=person.country or next(iter(left), None), candidates=left))
    return found


def _spots(census: _Census, runs: Sequence[tuple[int, int]], owners: Sequence[frozenset[str]]) -> list[Spot]:
    found = []
    bearers = _Longest(owners)
    for first, last in runs:
        number = bearers.find(frozenset(_name(census, first, last).split()))
        if number is not None:
            found.append(Spot(census.words[first].start, census.words[last].end, number))
    return found


class _Longest:
    """Finds the first of some names that holds all words of another."""

    def __init__(self, names: Sequence[frozenset[str]]) -> None:
        self.names = names
        self.by_word: dict[str, list[int]] = {}
        for number, name in enumerate(names):
            for word in name:
                self.by_word.setdefault(word, []).append(number)

    def find(self, parts: frozenset[str]) -> int | None:
        """Return the number of the name, or None."""
        rarest = min((self.by_word.get(word, []) for word in parts), key=len, default=[])
        return next((number for number in rarest if parts <= self.names[number]), None)
