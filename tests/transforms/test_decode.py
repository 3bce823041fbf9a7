import pytest

from transforms.clean.decode import decode

WORDS = "Genève, Łódź, Москва"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    assert decode(WORDS.encode(encoding), "ascii") == WORDS


def test_valid_utf8_is_utf8_whatever_was_declared() -> None:
    assert decode(WORDS.encode(), "iso-8859-1") == WORDS


def test_the_header_goes_before_the_page() -> None:
    body = '<meta charset="windows-1252">Москва говорит'.encode("cp1251")
    assert decode(body, "windows-1251") == '<meta charset="windows-1252">Москва говорит'


def test_the_page_declares_its_encoding() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">外交部长訪問'
    assert decode(page.encode("gb18030"), None) == page


def test_iso_8859_1_means_windows_1252() -> None:
    assert decode(b"the minister\x92s visit", "ISO-8859-1") == "the minister’s visit"


def test_an_encoding_that_nobody_declared_is_guessed() -> None:
    text = "Президент республики прибыл с официальным визитом. " * 20
    assert decode(text.encode("cp1251"), None) == text


def test_an_unknown_label_is_passed_over() -> None:
    assert decode(b"plain", "x-no-such-thing") == "plain"
    assert decode("é".encode("latin-1") * 3 + b"abc", "base64") is not None


def test_a_stray_byte_costs_one_character() -> None:
    assert decode("a sentence — ".encode() * 30 + b"\xff", "utf-8") == "a sentence — " * 30 + "�"


def test_bytes_that_are_no_text_are_none() -> None:
    assert decode(bytes(range(256)) * 40, None) is None
