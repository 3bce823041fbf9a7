"""Text that is its own article (.txt, .md, documents): cleaned by edits alone, so that its source can be restored.

The same mending is done to what is taken from a page: broken paragraphs, mojibake, forbidden characters.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Optional

import ftfy
from ftfy.badness import badness, is_bad

from schemas import Removed
from transforms.edits import Change, Edited
from transforms.scrub import FORBIDDEN


class Plain(NamedTuple):
    """What a plain text holds."""

    text: str  # paragraphs joined by a blank line
    removed: list[Removed]  # restore the source
    title: Optional[str]  # of its heading, which stays in the text: a headline is a sentence too
    day: Optional[str]  # ISO date of the line under it
    captions: list[str]


PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\n)[^\n]+)*")
LINE_END = re.compile(r"\r\n?")
BLANK = re.compile(r"\A\s+|\s+\Z|[ \t]*\n(?:[ \t]*\n)+[ \t]*|[ \t]+\n[ \t]*|\n[ \t]+")
GAP = re.compile(r"\n+")

#: Where a line stops in the middle of a sentence: a letter, comma, dash or hyphen, with no mark that ends one.
BROKEN = re.compile(r"\n+(?=[^\W\d_])")
GOES_ON = re.compile(r"[^\W\d_]|[,;–—-]")
BULLET = re.compile(r"\s*(?:[-*•·‣▪◦|>#]|\d+[.)])\s")
#: A heading of so few words that a paragraph which begins in lower case may well follow it ("iPhone sales ...").
SHORT_LINE = 4

#: Width at which hand-wrapped text (wires, mail, RFCs) breaks its lines; longer lines are paragraphs of their own.
WRAP = range(40, 101)

HEADING = re.compile(r"#{1,3}[ \t]+(?=\S)")
MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
DAY_LINE = re.compile(
    rf"(?:\w+,\s+)?(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<m1>{MONTH})\s+(?P<d1>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<y1>\d{{4}})"
    rf"|(?P<d2>\d\d?)(?:st|nd|rd|th)?\s+(?P<m2>{MONTH}),?\s+(?P<y2>\d{{4}}))",
    re.IGNORECASE,
)
#: A label and the address that follows it, at the very end: where the text was taken from.
SOURCE_NOTE = re.compile(
    r"(?:original|source|full|article|canonical)[ -]?(?:url|link|article|text)?:?\s*<?https?://\S+>?", re.IGNORECASE
)

#: What only the words under a picture have: who stands where in it, or a credit after a colon as the last words.
#: A bare (L) or (R) is no sign: it may be a party.
POSITION = re.compile(
    r"\((?:(?:\d+(?:st|nd|rd|th)|front|back|second|third|far|top|bottom)[ -](?:L|R|C|left|right|cent(?:er|re))"
    r"|left|right|cent(?:er|re)|[LRC], .{3,40}|(?:L|R|left|right) to (?:L|R|left|right))"
    r"(?: from (?:the )?(?:left|right))?\)"
)
SENTENCE_END = re.compile(r"[.!?][”\"’)]?\s+(?=[A-Z“\"])")
CREDIT = re.compile(r"(?:Photo|Picture|Image|Foto|Credit)s?(?: credit)?:\s?[^.!?]{2,80}\Z")
CAPTION_WORDS = 60


def clean_plain(source: str) -> Plain:
    """Return what `source` holds. Of a text that breaks its lines by hand, the lines are joined.

    >>> clean_plain("# A headline\\r\\n\\r\\nThe minister of the interior said\\r\\nnothing.").text
    'A headline\\n\\nThe minister of the interior said nothing.'
    """
    edited = Edited(source)
    edited.substitute(LINE_END, "\n", "line_end")
    mend_mojibake(edited)  # before scrubbing: half of a letter may look like a control character
    edited.substitute(FORBIDDEN, "", "control_character")
    edited.apply(list(_tidied(edited.text)))
    edited.apply(list(_unwrapped(edited.text)))
    title = _title(edited)
    day = _cut_day(edited)
    _cut_source_note(edited)
    captions = _cut_captions(edited)
    edited.apply(list(_tidied(edited.text)))  # around what was cut
    edited.substitute(GAP, "\n\n", "paragraph")
    join_broken(edited)
    return Plain(edited.text, edited.edits, title, day, captions)


def mend_paragraphs(blocks: str) -> Edited:
    """Return the blocks of a page, one a line, as paragraphs without mojibake, control characters and breaks."""
    lines = (" ".join(line.split()) for line in blocks.split("\n"))
    edited = Edited("\n\n".join(filter(None, lines)))
    mend_mojibake(edited)
    edited.substitute(FORBIDDEN, "", "control_character")
    join_broken(edited)
    return edited


def _tidied(text: str) -> Iterator[Change]:
    """White space at both ends goes, blank lines are one, no line begins or ends with white space."""
    for match in BLANK.finditer(text):
        start, end = match.span()
        outside = start == 0 or end == len(text)
        replacement = "" if outside else "\n\n" if match[0].count("\n") > 1 else "\n"
        if replacement != match[0]:
            yield Change(start, end, replacement, "white_space")


def _unwrapped(text: str) -> Iterator[Change]:
    """Join the lines of each block that was wrapped by hand."""
    for block in PARAGRAPH.finditer(text):
        lines = block[0].split("\n")
        if len(lines) < 3 or any(BULLET.match(line) for line in lines):
            continue
        if all(len(line) in WRAP for line in lines[:-1]) and len(lines[-1]) < WRAP.stop and _flows(lines):
            yield from (Change(at, at + 1, " ", "line_break") for at in range(*block.span()) if text[at] == "\n")


def _flows(lines: list[str]) -> bool:
    """Say whether most lines stop where no sentence ends."""
    stops = sum(line[-1] in ".!?:\"”'’" for line in lines[:-1])
    return stops * 2 < len(lines)


# --- paragraphs that broke in the middle ----------------------------------------------------------------------------


def join_broken(edited: Edited) -> None:
    """Join a paragraph that stops inside a sentence with the next, where that begins in lower case."""
    text = edited.text
    edited.apply(
        Change(*match.span(), " ", "broken_paragraph") for match in BROKEN.finditer(text) if _is_broken(text, match)
    )


def _is_broken(text: str, gap: re.Match[str]) -> bool:
    if not text[gap.end()].islower() or not GOES_ON.match(text, gap.start() - 1):
        return False
    before = text[text.rfind("\n", 0, gap.start()) + 1 : gap.start()]
    return not BULLET.match(before) and len(before.split()) > SHORT_LINE


# --- mojibake -------------------------------------------------------------------------------------------------------

#: Encoding mistakes alone: quotes, ligatures, entities and widths are the author's.
FTFY = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)


def mend_mojibake(edited: Edited) -> None:
    """Undo text that was decoded by the wrong table, line by line, where nothing odd remains afterwards."""
    changes = []
    for line in re.finditer(r"[^\n]+", edited.text):
        if not line[0].isascii() and (mended := mend(line[0])) != line[0]:
            changes.append(Change(*line.span(), mended, "mojibake"))
    edited.apply(changes)


def mend(line: str) -> str:
    """Return `line` decoded as it was meant, or as it is where that is not certain.

    >>> mend("the presidentâ€™s visit"), mend("Ã la carte")
    ('the president’s visit', 'à la carte')
    """
    if not is_bad(line) and HALF.search(line) is None:
        return line
    mended = ftfy.fix_text(line, FTFY)
    return mended if not badness(mended) and not FORBIDDEN.search(mended) and "�" not in mended else line


#: Half of a letter that was decoded by the wrong table, and a run of text between tags.
HALF = re.compile(r"[\x80-\x9f]")
HALF_BYTES = re.compile(rb"\xc2[\x80-\x9f]")
RUN = re.compile(r"[^<>\n]+")


def mend_markup(html: str) -> str:
    """Return HTML whose runs of text are mended where they hold half letters, which no parser would let through.

    >>> mend_markup("<p>“About timeâ\\x80\\x9d</p>")
    '<p>“About time”</p>'
    """
    if HALF_BYTES.search(html.encode(errors="surrogatepass")) is None:  # many times as fast as the search in text
        return html
    return RUN.sub(lambda run: mend(run[0]) if HALF.search(run[0]) else run[0], html)


# --- what stands around the text ------------------------------------------------------------------------------------


def _title(edited: Edited) -> Optional[str]:
    """Return the heading on top. Its mark goes, its words stay."""
    mark = HEADING.match(edited.text)
    if mark is None:
        return None
    title = edited.text[mark.end() :].split("\n", 1)[0].rstrip(" #")
    edited.apply([Change(0, mark.end(), "", "markup")])
    return title or None


def _cut_day(edited: Edited) -> Optional[str]:
    """Cut a line within the first three that is a date and nothing else, and return it as an ISO date."""
    for line in list(re.finditer(r"[^\n]+", edited.text[:2000]))[:3]:
        words = line[0].removeprefix("Published").lstrip(": ").rstrip()
        match = DAY_LINE.fullmatch(words)
        day = _day(match) if match else None
        if day and line.end() < len(edited.text):
            after = re.compile(r"\n+").match(edited.text, line.end())
            edited.apply([Change(line.start(), after.end() if after else line.end(), "", "date_line")])
            return day
    return None


def _day(match: re.Match[str]) -> Optional[str]:
    """Return the ISO date of a DAY_LINE, None where no calendar has it."""
    if match["iso"]:
        parts = match["iso"], "%Y-%m-%d"
    else:
        month = (match["m1"] or match["m2"])[:3]
        parts = f"{match['y1'] or match['y2']} {month} {match['d1'] or match['d2']}", "%Y %b %d"
    try:
        return datetime.strptime(*parts).date().isoformat()
    except ValueError:
        return None


def _cut_source_note(edited: Edited) -> None:
    """Cut a last paragraph or two that only say where the text was taken from."""
    text = edited.text
    begin = text.rfind("\n\n", 0, max(0, text.rfind("\n\n")))
    for note in re.finditer(r"\n+(?=[^\n])", text[max(begin, 0) :]):
        start = max(begin, 0) + note.start()
        if SOURCE_NOTE.fullmatch(text, start + len(note[0])):
            edited.apply([Change(start, len(text), "", "source_note")])
            return


def _cut_captions(edited: Edited) -> list[str]:
    """Cut paragraphs that can only be the words under a picture, and return them."""
    text = edited.text
    changes, captions = [], []
    for line in re.finditer(r"([^\n]+)(\n+|\Z)", text):
        if _is_caption(line[1]):
            changes.append(Change(*line.span(), "", "caption"))
            captions.append(line[1])
    if len(captions) * 2 < len(text.split("\n\n")):  # a text of captions alone is a gallery, and stays
        edited.apply(changes)
        return captions
    return []


def _is_caption(paragraph: str) -> bool:
    """Say whether a paragraph is one sentence that tells positions in a picture, or ends in its credit."""
    if len(paragraph.split()) > CAPTION_WORDS:
        return False
    one_sentence = len(SENTENCE_END.findall(paragraph)) < 2  # a name's initial may look like an end
    return bool(CREDIT.search(paragraph)) or (one_sentence and bool(POSITION.search(paragraph)))
