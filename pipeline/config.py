"""sources.toml and what it sets: the sources, and the options of every step.

    [defaults]            every source that does not say otherwise
    [[source]]            one source each: name, url or path, and what else is known of it
    [run]                 what counts as a bad run
    [clean_articles] ...  options of one step, the fields of its dataclass

Reading a file either gives a `Configuration` or raises one ConfigurationError that lists every problem of the file,
each with its line and its fix.
"""

import dataclasses
import difflib
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Optional

from pipeline.graph import Steps
from pipeline.values import DURATIONS, LOCAL, check, infer_kind, infer_web_kind, kind_of, parse_duration
from schemas.reject import ConfigurationError
from schemas.run import Source
from transforms.store.lake import Lake

INHERITED = ("publisher", "language", "timezone", "content", "tags", *DURATIONS)
SOURCE_KEYS = ("name", "kind", "url", "path", "headers", "revived", *INHERITED)
RUN_KEYS = ("max_reject_share",)

#: The field of a step that the launcher fills in.
WIRED = "lake"


class Problem(NamedTuple):
    """One thing that is wrong in a file."""

    line: int
    found: str
    fix: str


@dataclass(frozen=True)
class Configuration:
    """What a sources.toml says, resolved."""

    path: Path
    sources: tuple[Source, ...]
    options: Mapping[str, Mapping[str, object]]  # by step
    max_reject_share: float = 0.5  # of `fetched`; a run above it exits with 1

    def steps(self, lake: Lake) -> Steps:
        """Return the steps of a run over `lake` with these options."""
        return Steps(**{name: _build(kind, lake, self.options.get(name, {})) for name, kind in step_kinds().items()})


def load(path: Path) -> Configuration:
    """Return what the file says.

    Raises:
        ConfigurationError: the file is missing, is no TOML, or something in it is wrong; lists all of it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file. `newsbeam init {path}` writes an example.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}:{line}: this is not UTF-8. Save the file as UTF-8 text.") from None
    except IsADirectoryError:
        raise ConfigurationError(f"{path} is a folder. Name the file in it, such as {path / 'sources.toml'}.") from None
    except OSError as error:
        fix = "Name a file that this user may read."
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}. {fix}") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_syntax(path, text, str(error))) from None
    return _Reader(path, document, find_lines(text)).configuration()


def _syntax(path: Path, text: str, message: str) -> str:
    """`Invalid value (at line 3, column 8)`, or `(at end of document)`, as `sources.toml:3: ...`."""
    place = re.search(r"\(at line (\d+)", message)
    line = place[1] if place else len(text.splitlines())
    what = message.partition(" (at ")[0]
    return (
        f"{path}:{line}: this is not TOML: {what}. Text stands in quotes, and a list of sources is [[source]] blocks."
    )


Place = tuple[str, int, str]  # table ("" at the top), its number from 0, key ("" for the table itself)


def find_lines(text: str) -> dict[Place, int]:
    """Return the line, from 1, on which each table and key of a TOML text stands.

    tomllib keeps no positions. This scan reads headers and `key =` at the beginnings of lines and steps over multi-line
    strings; a key that it cannot see (in an inline table) is reported at its table's line. Nothing else depends on it.

    >>> find_lines('[[source]]\\nname = "a"\\n[[source]]\\nname = "b"')[("source", 1, "name")]
    4
    """
    lines: dict[Place, int] = {}
    table, number, inside = "", 0, ""
    counts: dict[str, int] = {}
    for at, line in enumerate(text.splitlines(), start=1):
        if inside:
            inside = "" if inside in line else inside
            continue
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line)
        key = re.match(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*[.=]", line)
        if header:
            table = header[1].strip("\"'")
            number = counts[table] = counts.get(table, -1) + 1
            lines[table, number, ""] = at
        elif key:
            lines.setdefault((table, number if table else 0, key[1].strip("\"'")), at)
        inside = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return lines


class _Reader:
    """Reads one parsed file, and gathers what is wrong with it."""

    def __init__(self, path: Path, document: dict[str, object], lines: dict[Place, int]) -> None:
        self.path = path
        self.document = document
        self.lines = lines
        self.problems: list[Problem] = []

    def configuration(self) -> Configuration:
        self._refuse_unknown("", 0, self.document, ("defaults", "source", "run", *step_kinds()), "at the top")
        defaults = self._defaults()
        sources = tuple(self._sources(defaults))
        options = {name: self._options(name, kind) for name, kind in step_kinds().items() if name in self.document}
        share = self._max_reject_share()
        if self.problems:
            raise ConfigurationError(self._report())
        return Configuration(self.path, sources, options, share)

    def _report(self) -> str:
        return "\n".join(f"{self.path}:{each.line}: {each.found}. {each.fix}" for each in sorted(set(self.problems)))

    def _say(self, table: str, number: int, key: str, found: str, fix: str) -> None:
        at = next((self.lines[place] for place in _nearby(table, number, key) if place in self.lines), 1)
        self.problems.append(Problem(at, found, fix))

    def _refuse_unknown(
        self, table: str, number: int, given: dict[str, object], known: Sequence[str], where: str
    ) -> None:
        for key in given:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                fix = f'Did you mean "{near[0]}"?' if near else f"Known here: {', '.join(known)}."
                self._say(table, number, key, f'unknown key "{key}" {where}', fix)

    def _table(self, name: str) -> dict[str, object]:
        given = self.document.get(name, {})
        if isinstance(given, dict):
            return given
        self._say("", 0, name, f'"{name}" is {kind_of(given)}', f"Write a section: [{name}]")
        return {}

    def _defaults(self) -> dict[str, object]:
        given = self._table("defaults")
        self._refuse_unknown("defaults", 0, given, INHERITED, "in [defaults]")
        return {
            key: value for key, value in given.items() if key in INHERITED and self._valid("defaults", 0, key, value)
        }

    def _sources(self, defaults: dict[str, object]) -> Iterator[Source]:
        blocks = self.document.get("source", [])
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            self._say("source", 0, "", "[source] is one section", "Write [[source]], once for each source.")
            return
        if not blocks:
            self._say("", 0, "", "there is no source", 'Add one: [[source]] with name = "..." and url = "https://..."')
        seen: dict[str, int] = {}  # names that differ in case alone are one to the eye, and to some file systems
        for number, block in enumerate(blocks):
            source = self._source(number, block, defaults)
            given = block.get("name")
            name = given.lower() if isinstance(given, str) else ""
            if name in seen:
                first = self.lines.get(("source", seen[name], "name"), 1)
                found = f'the name "{given}" is taken by line {first}'
                self._say("source", number, "name", found, "Give each source its own, not in case alone.")
            elif source:
                yield source
            if name:
                seen.setdefault(name, number)

    def _source(self, number: int, block: dict[str, object], defaults: dict[str, object]) -> Optional[Source]:
        before = len(self.problems)
        self._refuse_unknown("source", number, block, SOURCE_KEYS, "in [[source]]")
        valid = [self._valid("source", number, key, value) for key, value in block.items() if key in SOURCE_KEYS]
        if "name" not in block:
            self._say("source", number, "", "a source has no name", 'Add name = "...": it stands in the tables.')
        kind, location = self._kind_and_location(number, block) if all(valid) else ("", "")
        if len(self.problems) > before:
            return None
        merged = {**defaults, **block}
        seconds = {key: parse_duration(str(merged[key])) if key in merged else DURATIONS[key] for key in DURATIONS}
        return Source(
            name=str(block["name"]),
            kind=kind,
            location=location,
            publisher=_text(merged.get("publisher")),
            language=_text(merged.get("language")),
            timezone=_text(merged.get("timezone")),
            interval_s=int(seconds["interval"] or 0),
            delay_s=float(seconds["delay"] or 0),
            budget_s=float(seconds["budget"] or 0),
            content=str(merged.get("content", "page")),
            tags=_texts(merged.get("tags")),
            max_interval_s=int(seconds["max_interval"] or 0),
            keeps_interval="interval" in merged,
            revived_at=_midnight(merged.get("revived")),
            headers=_headers(merged.get("headers")),
        )

    def _kind_and_location(self, number: int, block: dict[str, object]) -> tuple[str, str]:
        """Return the kind, given or inferred, and the URL or absolute path."""
        if ("url" in block) == ("path" in block):
            found = "a source has both url and path" if "url" in block else "a source has neither url nor path"
            self._say("source", number, "", found, 'A feed has url = "https://...", files have path = "...".')
            return "", ""
        if "url" in block:
            location = str(block["url"])
            kind = str(block.get("kind", infer_web_kind(location)))
        else:
            given = str(block["path"])
            path = (self.path.parent / given).expanduser().absolute()
            kind, location = str(block.get("kind", infer_kind(path))), given if "://" in given else str(path)
        if kind != "urls" and (kind in LOCAL) != ("path" in block):
            right = "path" if kind in LOCAL else "url"
            self._say(
                "source", number, "kind", f'kind "{kind}" needs {right}', f'Write {right} = "..." or another kind.'
            )
        elif "path" in block:
            self._check_path(number, kind, location)
        return kind, location

    def _check_path(self, number: int, kind: str, location: str) -> None:
        path = Path(location)
        if "://" in location:
            if kind != "warc":
                fix = "Only WARC archives are read from object stores; copy the others to this machine."
                self._say("source", number, "path", f"{kind} at {location.partition('://')[0]}://", fix)
        elif not path.exists():
            self._say(
                "source", number, "path", f"there is no {path}", f"Paths count from the folder of {self.path.name}."
            )
        elif kind == "urls" and not path.is_file():
            self._say("source", number, "path", f"{path.name} is no file", "A list of addresses is one text file.")
        elif kind == "documents" and path.is_file() and infer_kind(path) != "documents":
            fix = 'Documents end in .jsonl, .jsonl.gz or .parquet; a folder of .html, .txt and .md is kind "folder".'
            self._say("source", number, "path", f"{path.name} is no file of documents", fix)

    def _valid(self, table: str, number: int, key: str, value: object) -> bool:
        """Say whether one value can be right by itself; note the problem if not."""
        problem = check(key, value)
        if problem:
            self._say(table, number, key, *problem)
        return problem is None

    def _options(self, name: str, kind: type) -> dict[str, object]:
        """Return the options of one step, checked against its dataclass's fields and by its own `__post_init__`."""
        given = self._table(name)
        fields = option_types(kind)
        self._refuse_unknown(name, 0, given, tuple(fields), f"in [{name}]")
        options: dict[str, object] = {}
        for key, value in given.items():
            if key not in fields:
                continue
            if _fits(value, fields[key]):
                options[key] = tuple(value) if isinstance(value, list) else value
            else:
                wanted = WORDS.get(fields[key], str(fields[key]))
                self._say(name, 0, key, f"{key} is {kind_of(value)}: {value!r}", f"It must be {wanted}.")
        try:
            _build(kind, None, options)
        except ValueError as error:
            self._say(name, 0, next(iter(options), ""), f"[{name}] {error}".rstrip("."), "Change it, or leave it out.")
        return options

    def _max_reject_share(self) -> float:
        given = self._table("run")
        self._refuse_unknown("run", 0, given, RUN_KEYS, "in [run]")
        share = given.get("max_reject_share", 0.5)
        if isinstance(share, (int, float)) and not isinstance(share, bool) and 0 <= share <= 1:
            return float(share)
        self._say("run", 0, "max_reject_share", f"max_reject_share is {share!r}", "It must be a number from 0 to 1.")
        return 0.5


def _nearby(table: str, number: int, key: str) -> list[Place]:
    """Places to report a problem at, best first."""
    return [(table, number, key), (table, number, ""), ("", 0, table), ("", 0, key), (key, 0, "")]


WORDS: dict[object, str] = {int: "a whole number", float: "a number", str: "text in quotes", bool: "true or false"}


def step_kinds() -> dict[str, type]:
    """Return the class of each step, by its name in `Steps` and in sources.toml."""
    return {field.name: typing.cast(type, field.type) for field in dataclasses.fields(Steps)}


def option_types(kind: type) -> dict[str, object]:
    """Return the types of a step's options, by name."""
    hints = typing.get_type_hints(kind)
    return {each.name: hints[each.name] for each in dataclasses.fields(kind) if each.init and each.name != WIRED}


def _build(kind: type, lake: Optional[Lake], options: Mapping[str, object]) -> typing.Any:
    """Return a step over `lake` if it has a field for one; without, only its options are checked."""
    names = [field.name for field in dataclasses.fields(kind)]
    return kind(**({WIRED: lake} if WIRED in names else {}), **options)


def _fits(value: object, wanted: object) -> bool:
    if typing.get_origin(wanted) is typing.Union:
        return any(_fits(value, each) for each in typing.get_args(wanted))
    if typing.get_origin(wanted) in (tuple, Sequence):
        item = typing.get_args(wanted)[0]
        return isinstance(value, list) and all(_fits(each, item) for each in value)
    if wanted is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(wanted, type) and isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def _text(value: object) -> Optional[str]:
    return None if value is None else str(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _midnight(value: object) -> int:
    """Return the first moment of a day in UTC, µs; 0 for none."""
    day = datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else None
    return int(day.timestamp()) * 1_000_000 if day else 0


def _headers(value: object) -> tuple[str, ...]:
    """Return headers as records carry them: `Name=VARIABLE`, sorted, since their order means nothing."""
    return tuple(sorted(f"{name}={variable}" for name, variable in value.items())) if isinstance(value, dict) else ()
