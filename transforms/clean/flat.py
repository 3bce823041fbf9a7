"""A page without its structure: every block of text, for pages that are too deep or too large to be weighed."""

from html.parser import HTMLParser
from typing import NamedTuple, Optional

from transforms.clean.strings import one_line


class Flat(NamedTuple):
    """What is left."""

    title: Optional[str]
    text: str  # blocks, one a line
    language: Optional[str]  # as declared, ISO 639-1


#: Elements whose words are no text of the page, and those that end a block of it.
SILENT = frozenset(
    ("script", "style", "noscript", "template", "svg", "select", "option", "button", "head", "nav", "header", "footer",
     "aside", "form")
)  # fmt: skip
BLOCKS = frozenset(
    ("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "tr", "section", "article", "main",
     "br", "ul", "ol", "table")
)  # fmt: skip


class _Blocks(HTMLParser):
    """Gathers the text of a page without a tree, so that no nesting is too deep."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[list[str]] = [[]]
        self.title: list[str] = []
        self.language: Optional[str] = None
        self.silent: list[str] = []
        self.in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        if tag == "html":
            self.language = next((value for name, value in attrs if name == "lang" and value), None)
        self.in_title = tag == "title"
        if tag in SILENT:
            self.silent.append(tag)
        elif tag in BLOCKS:
            self.blocks.append([])

    def handle_endtag(self, tag: str) -> None:
        self.in_title = False
        if tag in self.silent:
            while self.silent.pop() != tag:
                pass
        elif tag in BLOCKS:
            self.blocks.append([])

    def handle_data(self, data: str) -> None:
        if self.in_title:
            self.title.append(data)
        elif not self.silent:
            self.blocks[-1].append(data)


def read_flat(html: str) -> Flat:
    """Return every block of text of a page, its furniture included."""
    parser = _Blocks()
    parser.feed(html)
    parser.close()
    lines = [one_line("".join(block)) for block in parser.blocks]
    language = (parser.language or "")[:2].lower() or None
    title = one_line("".join(parser.title)) or None
    return Flat(title, "\n".join(filter(None, lines)), language)
