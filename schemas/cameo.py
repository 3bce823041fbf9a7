"""What other event data call an act: CAMEO code, quad class and Goldstein value, derived from type, mode and status.

Codebooks: PLOVER (types and modes), CAMEO 1.1b3 (codes), Goldstein 1992 in the scaling that GDELT publishes (values).
"""

from typing import NamedTuple, Optional


class _Codes(NamedTuple):
    """The CAMEO codes of a type."""

    done: str  # it has come about or is under way
    ahead: str  # it is possible, planned or confirmed
    off: str  # it was put off or called off
    modes: dict[str, str]  # `done` of its modes where it differs


_CODES = {
    "CONSULT": _Codes(
        "040", "036", "160", {"phone": "041", "visit": "042", "third-party": "044", "multilateral": "046"}
    ),  # 043 is a visit read from the host
    "AGREE": _Codes("030", "030", "160", {}),
    "SUPPORT": _Codes("057", "030", "160", {}),
    "COOPERATE": _Codes("060", "031", "160", {}),
    "AID": _Codes("070", "033", "162", {}),
    "RETREAT": _Codes(
        "080", "035", "124",
        {"withdraw": "087", "disarm": "087", "ceasefire": "087", "release": "084", "access": "086", "resign": "083"},
    ),
    "CONCEDE": _Codes("080", "035", "124", {}),
    "REQUEST": _Codes("020", "020", "020", {"meet": "026"}),
    "REJECT": _Codes("120", "120", "120", {"assist": "122", "change": "123", "yield": "124", "meet": "125"}),
    "ACCUSE": _Codes("110", "110", "110", {"disapprove": "111", "allege": "112", "investigate": "090"}),
    "THREATEN": _Codes(
        "130", "130", "130",
        {"restrict": "131", "relations": "131", "arrest": "132", "expel": "132", "territory": "138", "violence": "138"},
    ),
    "PROTEST": _Codes(
        "140", "133", "080",
        {"demo": "141", "hunger": "142", "strike": "143", "boycott": "143", "obstruct": "144", "riot": "145",
         "vandalize": "145"},
    ),
    "MOBILIZE": _Codes("150", "130", "080", {"troops": "154", "weapons": "154", "militia": "154", "police": "153"}),
    "SANCTION": _Codes(
        "163", "131", "080", {"expel": "161", "withdraw": "161", "discontinue": "160", "convict": "173"}
    ),
    "COERCE": _Codes(
        "170", "132", "080",
        {"seize": "171", "restrict": "172", "censor": "172", "curfew": "172", "martial-law": "172", "arrest": "173",
         "deport": "174", "cyber": "176"},
    ),
    "ASSAULT": _Codes(
        "190", "138", "080",
        {"abduct": "181", "beat": "182", "torture": "182", "sexual": "182", "primitive": "180", "destroy": "180",
         "targeted": "186", "explosives": "183", "suicide-attack": "183", "firearms": "193", "heavy-weapons": "194",
         "aerial": "195", "drone": "195", "crowd-control": "175", "unconventional": "204"},
    ),
}  # fmt: skip

_GOLDSTEIN = {
    "020": 3.0, "026": 4.0, "030": 4.0, "031": 5.2, "033": 5.2, "035": 7.0, "036": 4.0, "040": 1.0, "041": 1.0,
    "042": 1.9, "044": 2.5, "046": 7.0, "057": 8.0, "060": 6.0, "070": 7.0, "080": 5.0, "083": 5.0, "084": 7.0,
    "086": 9.0, "087": 9.0, "090": -2.0, "110": -2.0, "111": -2.0, "112": -2.0, "120": -4.0, "122": -4.0, "123": -4.0,
    "124": -5.0, "125": -5.0, "130": -4.4, "131": -5.8, "132": -5.8, "133": -5.8, "138": -7.0, "140": -6.5,
    "141": -6.5, "142": -6.5, "143": -6.5, "144": -7.5, "145": -7.5, "150": -7.2, "153": -7.2, "154": -7.2,
    "160": -4.0, "161": -4.0, "162": -5.6, "163": -8.0, "170": -7.0, "171": -9.2, "172": -5.0, "173": -5.0,
    "174": -5.0, "175": -9.0, "176": -7.0, "180": -9.0, "181": -9.0, "182": -9.5, "183": -10.0, "186": -10.0,
    "190": -10.0, "193": -10.0, "194": -10.0, "195": -10.0, "204": -10.0,
}  # fmt: skip


class Derived(NamedTuple):
    """What other event data call a mention. All None where they have no word for it."""

    cameo: Optional[str]  # CAMEO 1.1b3, three digits
    quad_class: Optional[int]  # 1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict
    goldstein: Optional[float]  # -10..10


def modes(type: str) -> frozenset[str]:
    """Return the modes of a type that have a code of their own."""
    return frozenset(_CODES[type].modes)


def cameo_code(type: str, mode: Optional[str], status: str) -> Optional[str]:
    """Return the CAMEO code of an act: of the intent while it lies ahead, of the breach where it was called off.

    None for what is denied: CAMEO has no word for it.

    >>> [cameo_code("CONSULT", "visit", status) for status in ("planned", "requested", "happened", "cancelled")]
    ['036', '026', '042', '160']
    """
    codes = _CODES[type]
    if status == "denied":
        return None
    if status in ("postponed", "cancelled"):
        return codes.off
    if status == "requested":
        return "026" if type == "CONSULT" else "020"
    said = codes.ahead == codes.done  # a demand that will be made is a demand
    return codes.modes.get(mode or "", codes.done) if said or status in ("ongoing", "happened") else codes.ahead


def derive(type: str, mode: Optional[str], status: str) -> Derived:
    """Return CAMEO code, quad class and Goldstein value of an act.

    >>> derive("SUPPORT", None, "happened")
    Derived(cameo='057', quad_class=1, goldstein=8.0)
    >>> derive("SANCTION", "expel", "happened"), derive("SANCTION", "expel", "denied").cameo
    (Derived(cameo='161', quad_class=4, goldstein=-4.0), None)
    """
    code = cameo_code(type, mode, status)
    if code is None:
        return Derived(None, None, None)
    root = int(code[:2])
    quad = 1 + sum(root > last for last in (5, 8, 13))  # roots 01-05, 06-08, 09-13, 14-20
    return Derived(code, quad, _GOLDSTEIN[code])
