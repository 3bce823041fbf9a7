"""The name of an entry whose guid is new."""

from records import MONDAY, an_item

from schemas import Item
from transforms.poll.identity import recognise
from transforms.poll.listing import Listed


def listed(guid: str, number: int, *, path: str = "") -> Listed:
    url = f"https://harbour.example/{path or number}"
    return Listed(guid, url, f"fingerprint-{number}", title=f"Talks {number}", published=MONDAY + number)


def known(*numbers: int) -> dict[str, Item]:
    items = (
        an_item(
            n,
            entry_id=f"guid-{n}",
            url=f"https://harbour.example/{n}",
            fingerprint=f"fingerprint-{n}",
            title=f"Talks {n}",
            published=MONDAY + n,
        )
        for n in numbers
    )
    return {item.entry_id: item for item in items}


def test_a_known_guid_is_left_as_it_is_also_with_a_new_address() -> None:
    entries = [listed("guid-1", 1), listed("guid-2", 2, path="moved")]
    assert recognise(entries, known(1, 2)) == entries


def test_a_new_guid_of_a_known_address_is_the_known_thing() -> None:
    assert recognise([listed("other-1", 1)], known(1, 2)) == [listed("guid-1", 1)]


def test_an_address_whose_own_guid_is_listed_too_has_two_things() -> None:
    entries = [listed("guid-1", 1), listed("other-1", 1)]
    assert recognise(entries, known(1)) == entries


def test_where_addresses_are_made_up_as_well_title_and_time_decide() -> None:
    entries = [listed(f"other-{n}", n, path=f"session-{n}") for n in range(1, 5)]
    assert recognise(entries, known(1, 2, 3, 4)) == [listed(f"guid-{n}", n) for n in range(1, 5)]


def test_one_title_told_again_is_no_proof_of_that() -> None:
    entries = [listed("other-1", 1, path="again"), *(listed(f"new-{n}", n) for n in range(5, 9))]
    assert recognise(entries, known(1)) == entries


def test_two_new_guids_of_one_known_address_stay_two_things() -> None:
    found = recognise([listed("other-1", 1), listed("other-2", 1)], known(1))
    assert [each.entry_id for each in found] == ["guid-1", "other-2"]


def test_where_nothing_is_known_nothing_changes() -> None:
    entries = [listed("guid-1", 1), listed("guid-2", 2)]
    assert recognise(entries, {}) == entries
