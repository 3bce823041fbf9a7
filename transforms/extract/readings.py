"""What words of time say, before any calendar is asked: the values between `timewords.py` and `when.py`."""

from typing import NamedTuple, Optional, Union


class Counted(NamedTuple):
    """So many calendar units away from publication, or from another time that the article gives."""

    unit: str  # day | week | weekend | month | quarter | half | year
    steps: int  # 0 is the unit that holds the anchor
    context: bool = False  # count from the time of the context
    ahead: bool = False  # "in two weeks": no time at all where it is the length of something past
    exact: bool = False  # to the day: "two weeks after May 3"
    now: bool = False  # "now", "in five minutes": the day of publication, said of the hour


class Day(NamedTuple):
    """A day of a month. None: not said."""

    month: Optional[int]
    day: int
    year: Union[int, Counted, None] = None  # a counted month where no month is named: "the 12th of next month"
    weekday: Optional[int] = None  # Monday is 0


class Weekday(NamedTuple):
    """A day of the week."""

    number: int  # Monday is 0
    turn: str = ""  # last | this | next | past | coming: as the words say
    near: Optional["Reading"] = None  # "Monday of next week", "Friday three weeks after Easter"


class Period(NamedTuple):
    """A month, season, quarter, half or year by its name."""

    unit: str
    number: int  # within the year; 0 for a year
    year: Union[int, Counted, None] = None
    turn: str = ""


class Feast(NamedTuple):
    """A feast; its day is looked up by year."""

    name: str
    year: Union[int, Counted, None] = None
    turn: str = ""


class Nth(NamedTuple):
    """The nth week, weekend, weekday or month of a period; -1 is the last."""

    unit: str
    number: int
    weekday: Optional[int]
    of: Optional["Reading"]  # None: the year of publication


class Around(NamedTuple):
    """The week or weekend that holds a day."""

    unit: str
    of: "Reading"


class Offset(NamedTuple):
    """So many units before (negative) or after a day."""

    unit: str
    steps: int
    of: "Reading"


class Run(NamedTuple):
    """So many units in a row that begin (1) or end (-1) at publication."""

    unit: str
    steps: int
    sign: int


class Span(NamedTuple):
    """From a first to a last time, both inclusive."""

    first: "Reading"
    last: "Reading"
    moved: bool = False  # "from X to Y": where something was put off, Y alone is its time


class Open(NamedTuple):
    """A time that is known at one side only."""

    of: "Reading"
    side: str  # since | from | by | until | before


Reading = Union[Counted, Day, Weekday, Period, Feast, Nth, Around, Offset, Run, Span, Open]
