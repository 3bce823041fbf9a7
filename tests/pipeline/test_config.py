"""sources.toml: what it sets, and every way in which it can be wrong, told with its line and its fix."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config
from pipeline.config import Configuration, find_lines, load
from pipeline.values import infer_kind, is_url, parse_duration
from schemas.reject import ConfigurationError
from transforms.store.lake import Lake

FEED = '[[source]]\nname = "harbour"\nurl = "https://harbour.example/feed.xml"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "sources.toml"
    path.write_text(text)
    return path


def loaded(folder: Path, text: str) -> Configuration:
    return load(written(folder, text))


def problems(folder: Path, text: str) -> list[str]:
    """Return what is said of a file that is wrong, a line each, without the folder."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, text)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


#: What is wrong, the file, and the beginning and the end of what is said.
WRONG = {
    "unknown key of a source": (FEED + 'intervall = "1h"\n', 'sources.toml:4: unknown key "intervall"', '"interval"?'),
    "unknown section": (FEED + "[cleaning]\n", 'sources.toml:4: unknown key "cleaning"', "."),
    "unknown option": (
        FEED + "[clean_articles]\nmin_word = 3\n",
        'sources.toml:5: unknown key "min_word" in [clean_articles]',
        'Did you mean "min_words"?',
    ),
    "wrong type of an option": (
        FEED + '[clean_articles]\nmin_words = "many"\n',
        "sources.toml:5: min_words is text: 'many'",
        "It must be a whole number.",
    ),
    "true for a number": (
        FEED + "[clean_articles]\nmin_words = true\n",
        "sources.toml:5: min_words is true or false",
        "It must be a whole number.",
    ),
    "option out of range": (
        FEED + "[poll_sources]\nthreads = 0\n",
        "sources.toml:5: [poll_sources] threads is 0; it must be at least 1",
        "Change it, or leave it out.",
    ),
    "number for a duration": (FEED + "interval = 15\n", "sources.toml:4: interval is a number: 15", '"15m"'),
    "no duration": (FEED + 'delay = "soon"\n', "sources.toml:4: bad duration: 'soon'", 'such as "15m".'),
    "bad url": (
        '[[source]]\nname = "a"\nurl = "ftp://a"\n',
        "sources.toml:3: bad url: 'ftp://a'",
        "no user name in it.",
    ),
    "bad language": (FEED + 'language = "English"\n', "sources.toml:4: bad language: 'English'", 'such as "en".'),
    "bad timezone": (FEED + 'timezone = "Mars/Base"\n', "sources.toml:4: bad timezone: 'Mars/Base'", '"UTC".'),
    "unsafe name": (
        '[[source]]\nname = "../../x"\npath = "."\n',
        "sources.toml:2: unsafe name: '../../x'",
        "underscore.",
    ),
    "name twice": (
        FEED + FEED,
        'sources.toml:5: the name "harbour" is taken by line 2',
        "Give each source its own, not in case alone.",
    ),
    "name twice but for case": (
        FEED + FEED.replace("harbour", "Harbour", 1),
        'sources.toml:5: the name "Harbour" is taken by line 2',
        "not in case alone.",
    ),
    "port out of range": (
        FEED.replace(".example/", ".example:65536/"),
        "sources.toml:3: bad url: 'https://harbour.example:65536/feed.xml'",
        "its port at most 65535, with no user name in it.",
    ),
    "no name": ('[[source]]\nurl = "https://a.example/f"\n', "sources.toml:1: a source has no name", "in the tables."),
    "neither url nor path": ('[[source]]\nname = "a"\n', "sources.toml:1: a source has neither url nor path", '"...".'),
    "url and path": (FEED + 'path = "."\n', "sources.toml:1: a source has both url and path", 'path = "...".'),
    "missing file": (
        '[[source]]\nname = "a"\npath = "gone"\n',
        "sources.toml:3: there is no ",
        "folder of sources.toml.",
    ),
    "unknown kind": (
        FEED + 'kind = "telex"\n',
        "sources.toml:4: unknown kind: 'telex'",
        "feed, sitemap, urls, folder, warc, documents.",
    ),
    "archive from an address": (FEED + 'kind = "warc"\n', 'sources.toml:4: kind "warc" needs path', "another kind."),
    "documents in an object store": (
        '[[source]]\nname = "a"\npath = "s3://bucket/a.jsonl"\nkind = "documents"\n',
        "sources.toml:3: documents at s3://",
        "to this machine.",
    ),
    "tags that are no list": (FEED + 'tags = "world"\n', "sources.toml:4: tags is text: 'world'", '"wire"]'),
    "content of no kind": (FEED + 'content = "all"\n', "sources.toml:4: unknown content: 'all'", "carries."),
    "a password in an address": (
        '[[source]]\nname = "a"\nurl = "https://me:secret@a.example/"\n',
        "sources.toml:3: bad url: 'https://***@a.example/'",
        "in it.",
    ),
    "a password for a variable": (
        FEED + 'headers = { Authorization = "Bearer secret" }\n',
        "sources.toml:4: the header Authorization names no environment variable. Write headers",
        "holds the value.",
    ),
    "a variable that is not set": (
        FEED + 'headers = { Authorization = "NOT_SET_ANYWHERE" }\n',
        "sources.toml:4: the header Authorization names an environment variable that is not set",
        "holds the value.",
    ),
    "a header that is ours": (
        FEED + 'headers = { Host = "HOME" }\n',
        "sources.toml:4: the header 'Host' cannot be set",
        "that we send.",
    ),
    "feed from a path": (
        '[[source]]\nname = "a"\npath = "."\nkind = "feed"\n',
        'sources.toml:4: kind "feed" needs url',
        ".",
    ),
    "no source": ("[defaults]\n", "sources.toml:1: there is no source", '"https://..."'),
    "one source as a section": ("[source]\n", "sources.toml:1: [source] is one section", "once for each source."),
    "section as a value": (FEED.replace("[[", "run = 1\n[[", 1), 'sources.toml:1: "run" is a number', "[run]"),
    "share above 1": (FEED + "[run]\nmax_reject_share = 2\n", "sources.toml:5: max_reject_share is 2", "from 0 to 1."),
    "no TOML": (FEED + "[[source]\n", "sources.toml:4: this is not TOML", "[[source]] blocks."),
    "half a file": ("[[source]]\nname", "sources.toml:2: this is not TOML: Expected '='", "[[source]] blocks."),
    "half a string": ('[[source]]\nname = "a\n', "sources.toml:2: this is not TOML", "[[source]] blocks."),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_with_line_and_fix(what: str, tmp_path: Path) -> None:
    text, begins, ends = WRONG[what]
    (told,) = problems(tmp_path, text)
    assert told.startswith(begins)
    assert told.endswith(ends)


def test_all_problems_of_a_file_are_told_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    text = (
        '[defaults]\ndelay = "soon"\n[[source]]\nname = "../x"\nurl = "nowhere"\nlangage = "en"\n'
        '[[source]]\nname = "b"\n[clean_articles]\nmin_words = "x"\n'
    )
    told = problems(tmp_path, text)
    assert [line.partition(": ")[0] for line in told] == [f"sources.toml:{line}" for line in (2, 4, 5, 6, 7, 10)]


def test_a_missing_file_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no such file\. `newsbeam init .*sources\.toml` writes"):
        load(tmp_path / "sources.toml")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'[run]\nname = "\xe9"', "2: this is not UTF-8. Save the file as UTF-8"),
        (b'name = "\x00"', "1: this is not TOML"),
    ],
)
def test_a_file_that_is_no_text_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"sources\.toml:{told}"):
        load(tmp_path / "sources.toml")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"is a folder\. Name the file in it, such as .*/sources\.toml\."):
        load(tmp_path)


def test_two_sources_without_a_name_are_told_of_that_alone(tmp_path: Path) -> None:
    nameless = '[[source]]\nurl = "https://a.example/f"\n'
    told = problems(tmp_path, nameless + nameless + '[[source]]\nname = "none"\nurl = "https://a.example/f"\n')
    assert [line.partition(". ")[0] for line in told] == [f"sources.toml:{at}: a source has no name" for at in (1, 3)]


def test_a_source_takes_the_defaults_that_it_does_not_override(tmp_path: Path) -> None:
    defaults = '[defaults]\npublisher = "The Post"\nlanguage = "en"\ninterval = "2h"\ndelay = "0s"\n'
    (source,) = loaded(tmp_path, defaults + FEED + 'language = "pt"\nbudget = "1.5m"\n').sources
    assert (source.publisher, source.language, source.timezone) == ("The Post", "pt", None)
    assert (source.interval_s, source.delay_s, source.budget_s) == (7200, 0.0, 90.0)


def test_a_path_counts_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here/corpus.jsonl").touch()
    written(tmp_path / "here", '[[source]]\nname = "a"\npath = "corpus.jsonl"\n')
    monkeypatch.chdir(tmp_path)
    (source,) = load(Path("here/sources.toml")).sources
    assert (source.kind, source.location) == ("documents", str(tmp_path / "here/corpus.jsonl"))


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://a.example/sitemap.xml", "sitemap"),
        ("https://a.example/News-Sitemap-2.xml.gz?page=1", "sitemap"),
        ("https://a.example/sitemap/feed.xml", "feed"),
        ("https://a.example/sitemap.php", "feed"),
        ("https://sitemap.xml/rss", "feed"),
    ],
)
def test_the_name_of_an_address_tells_a_sitemap_from_a_feed(address: str, kind: str, tmp_path: Path) -> None:
    (source,) = loaded(tmp_path, f'[[source]]\nname = "a"\nurl = "{address}"\n').sources
    assert source.kind == kind
    (told,) = loaded(tmp_path, f'[[source]]\nname = "a"\nurl = "{address}"\nkind = "sitemap"\n').sources
    assert told.kind == "sitemap"


def test_options_reach_their_steps(tmp_path: Path) -> None:
    configuration = loaded(tmp_path, FEED + "[clean_articles]\nmin_words = 7\n[poll_sources]\nallow_private = true\n")
    lake = Lake.open(str(tmp_path / "lake"))
    steps = configuration.steps(lake)
    assert (steps.clean_articles.min_words, steps.poll_sources.allow_private) == (7, True)
    assert steps.poll_sources.lake is lake
    assert not (tmp_path / "lake").exists()


def test_the_example_that_init_writes_is_right(tmp_path: Path) -> None:
    example = Path(config.__file__).with_name("data") / "sources.toml"
    (source,) = loaded(tmp_path, example.read_text()).sources
    assert (source.name, source.kind, source.interval_s) == ("example", "feed", 3600)


def test_the_defaults_that_the_example_names_are_those_of_the_code(tmp_path: Path) -> None:
    example = Path(config.__file__).with_name("data") / "sources.toml"
    sections = re.sub(r"^# (\[\w+\]|\w+ = [\d.]+)", r"\1", example.read_text(), flags=re.MULTILINE)
    named, bare = loaded(tmp_path, sections), loaded(tmp_path, FEED)
    lake = Lake.open(str(tmp_path / "lake"))
    assert named.options == {"clean_articles": {"min_words": bare.steps(lake).clean_articles.min_words}}
    assert named.max_reject_share == bare.max_reject_share
    kept = named.sources[0]._replace(keeps_interval=False)  # it is written down there
    assert kept[6:] == bare.sources[0][6:]  # interval, delay, budget


NAMES = st.text("abcXYZ019._-", min_size=1).filter(lambda name: name[0] not in "._-")


@given(st.lists(NAMES, min_size=1, unique=True), st.data())
def test_a_line_is_found_wherever_blank_lines_and_comments_push_it(names: list[str], data: Any) -> None:
    lines: list[str] = []
    for name in names:
        lines += data.draw(st.lists(st.sampled_from(["", "# [[source]]", "  "]), max_size=2))
        lines += ["[[source]]", f'name = "{name}"']
    found = find_lines("\n".join(lines))
    for number, name in enumerate(names):
        assert lines[found["source", number, "name"] - 1] == f'name = "{name}"'


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_a_multi_line_string_hides_no_line_and_adds_none(quotes: str) -> None:
    text = f"[[source]]\npublisher = {quotes}The\n[[source]]\nname = 1\n{quotes}\nname = 2"
    assert find_lines(text) == {("source", 0, ""): 1, ("source", 0, "publisher"): 2, ("source", 0, "name"): 6}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("15m", 900), ("2 h", 7200), ("1d", 86400), ("15", None), ("-1s", None), ("1h30m", None)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "url",
    [
        "harbour.example",
        "file:///etc/passwd",
        "https://",
        "https://me:secret@a.example/",
        "https://a b/",
        "http://a:x/",
    ],
)
def test_an_address_is_http_without_a_user(url: str) -> None:
    assert not is_url(url)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jsonl", "documents"),
        ("A.JSONL.GZ", "documents"),
        ("a.parquet", "documents"),
        ("a.warc.gz", "warc"),
        ("a", "folder"),
    ],
)
def test_the_kind_of_files_is_told_by_their_name(name: str, kind: str) -> None:
    assert infer_kind(Path(name)) == kind
