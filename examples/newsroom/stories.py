"""The sample newsroom's articles: files with names, places and dates left open, filled in from one table.

articles/*.md    TOML between `+++` lines, then paragraphs; ` // ` splits a paragraph in the page, in mid-sentence
names.toml       who, where and when
templates/*.html one page layout a publisher
"""

import html
import json
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Template
from types import SimpleNamespace

HERE = Path(__file__).parent
NAMES = HERE / "names.toml"

PUBLISHERS = {
    "ledger": "Northern Ledger",
    "meridian": "The Meridian Post",
    "wire": "Harbour Wire",
    "estuario": "O Estuário",
}

#: How each publisher shows a picture.
FIGURES = {
    "ledger": '<figure><img src="/ledger/picture.jpg" alt=""><figcaption>{}</figcaption></figure>',
    "meridian": '<div class="photo"><img src="/meridian/picture.jpg"><div class="photo-caption">{}</div></div>',
    "estuario": '<figure><img src="/estuario/imagem.jpg" alt=""><figcaption>{}</figcaption></figure>',
    "wire": '<div class="wp-caption"><img src="/wire/picture.jpg"><p class="wp-caption-text">{}</p></div>',
}


@dataclass(frozen=True)
class Story:
    """One version of one article."""

    publisher: str
    slug: str
    at: datetime  # UTC
    updated: datetime  # as `at` unless this version replaces an earlier one
    title: str
    author: str
    paragraphs: tuple[str, ...]
    caption: str = ""
    related: tuple[str, ...] = ()
    page: str = "article"  # article | index (links and no article) | gone
    mojibake: bool = False  # served as if its UTF-8 were Windows-1252, and coded again

    @property
    def path(self) -> str:
        return f"/{self.publisher}/{self.slug}"

    @property
    def summary(self) -> str:
        return self.paragraphs[0].replace(" // ", " ") if self.paragraphs else self.title


def load(names: Path = NAMES) -> list[Story]:
    """Return every version of every article, with the names of a table filled in, in the order of publication."""
    table = tomllib.loads(names.read_text(encoding="utf-8"))
    words = fill_ins(table)
    files = {path.stem: _read(path, words) for path in sorted((HERE / "articles").glob("*.md"))}
    stories = [_story(front, paragraphs, files, table["start"]) for front, paragraphs in files.values()]
    return sorted(stories, key=lambda each: (each.updated, each.path))


def fill_ins(table: dict) -> dict[str, SimpleNamespace]:
    """Return what stands for `{visitor.leader_last}`, `{d3.weekday}` and the like."""
    countries = {
        key: SimpleNamespace(
            **value, leader_last=value["leader"].split()[-1], minister_last=value["minister"].split()[-1]
        )
        for key, value in table.items()
        if isinstance(value, dict)
    }
    days = {f"d{number}": table["start"] + timedelta(days=number - 1) for number in range(6)}
    return countries | {
        key: SimpleNamespace(weekday=f"{day:%A}", date=f"{day.day} {day:%B}") for key, day in days.items()
    }


Parts = tuple[dict, tuple[str, ...]]  # front matter and paragraphs


def _read(path: Path, words: dict[str, SimpleNamespace]) -> Parts:
    _, front, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    paragraphs = tuple(" ".join(block.split()) for block in body.format_map(words).split("\n\n") if block.strip())
    return tomllib.loads(front.format_map(words)), paragraphs


def _story(front: dict, paragraphs: tuple[str, ...], files: dict[str, Parts], start: date) -> Story:
    fields = dict(front)
    origin = fields.pop("copy_of", None)
    if origin is not None:  # a copy: the other's paragraphs, then its own
        paragraphs = files[origin][1] + paragraphs
    at = _moment(fields.pop("at"), start)
    updated = _moment(fields.pop("updated"), start) if "updated" in fields else at
    fields["related"] = tuple(fields.get("related", ()))
    return Story(at=at, updated=updated, paragraphs=paragraphs, **fields)


def _moment(text: str, start: date) -> datetime:
    """`2 09:30` is half past nine UTC on the second day."""
    number, clock = text.split()
    moment = datetime.fromisoformat(f"{start.isoformat()}T{clock}").replace(tzinfo=UTC)
    return moment + timedelta(days=int(number) - 1)


def on_day(stories: list[Story], day: date) -> list[Story]:
    """Return what stands in the newsroom at the end of a day: of each article the newest version, newest first."""
    newest = {story.path: story for story in stories if story.updated.date() <= day}
    return sorted(newest.values(), key=lambda each: (each.at, each.path), reverse=True)


def render(story: Story, site: str) -> str:
    """Return the page of an article; `site` is the address of the server."""
    name = "index" if story.page == "index" else story.publisher
    template = Template((HERE / "templates" / f"{name}.html").read_text(encoding="utf-8"))
    safe = replace(story, title=html.escape(story.title), author=html.escape(story.author))
    return template.substitute(
        title=safe.title,
        author=safe.author,
        url=site + story.path,
        published=story.at.isoformat(),
        linked_data=_linked_data(story),
        figure=FIGURES[story.publisher].format(html.escape(story.caption)) if story.caption else "",
        body="\n".join(
            f"<p>{html.escape(piece)}</p>" for paragraph in story.paragraphs for piece in paragraph.split(" // ")
        ),
        related="".join(f'<li><a href="/{story.publisher}/">{html.escape(each)}</a></li>' for each in story.related),
    )


def _linked_data(story: Story) -> str:
    return json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": story.title,
            "datePublished": story.at.isoformat(),
            "dateModified": story.updated.isoformat(),
            "author": {"@type": "Person", "name": story.author},
        }
    ).replace("</", "<\\/")


def encode(text: str, *, mojibake: bool) -> bytes:
    """Return a page's bytes; with `mojibake` as a server sends them that took UTF-8 for Windows-1252."""
    body = text.encode()
    if not mojibake:
        return body
    return "".join(_windows_1252(byte) for byte in body).encode()


def _windows_1252(byte: int) -> str:
    """Five bytes have no letter there; programs take the control character of that number."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)
