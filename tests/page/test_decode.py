"""Pages in many encodings, with correct and wrong declarations."""

import codecs

import pytest
from tests.page.material import edit, everyday, fields_of, insert_before
from tests.support.cases import for_each

from altdetails.page import PageError, parse

WORDS = "“Café” – naïve € Łódź, 清晨, Ёлка"
TITLES = {
    "windows-1252": "“Café” – naïve Søren’s 5 €",
    "iso-8859-2": "Łódź i Žilina",
    "koi8-r": "Ёлки у дома",
    "windows-1251": "Ёлки у дома",
    "shift_jis": "朝の茶店と雨",
    "euc-jp": "朝の茶店と雨",
    "iso-2022-jp": "朝の茶店と雨",
    "gb18030": "清晨的茶馆：𠀀",
    "gbk": "清晨的茶馆",
    "big5": "清晨的茶館",
    "euc-kr": "아침 찻집",
    "mac-roman": "“Café” – naïve",
}
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
WESTERN = TITLES["windows-1252"]


def page(title, charset=None):
    """Return a page with a charset in a meta element, or without one."""
    meta = f'<meta charset="{charset}">' if charset else ""
    return edit(everyday(title=title), ('<meta charset="UTF-8">', meta))


def encode_page(html, encoding):
    """Encode a page, with entities for characters that the encoding does not have. The title must not need them."""
    assert html[html.index("<h1>") : html.index("</h1>")].encode(encoding)
    return html.encode(encoding, "xmlcharrefreplace")


def title_of(content, **options):
    return parse(content, **options).title


@for_each("encoding", MARKS)
@for_each("declared", ["windows-1252", None])
def test_a_byte_order_mark_takes_precedence_over_declarations(encoding, declared):
    content = MARKS[encoding] + page(WORDS, declared).encode(encoding)
    assert title_of(content, content_type="text/html; charset=koi8-r") == WORDS


@for_each("encoding", [encoding for encoding in MARKS if encoding != "utf-8"])
def test_wide_encodings_are_detected_without_a_byte_order_mark(encoding):
    assert title_of(page(WORDS).encode(encoding)) == WORDS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_in_utf_16_is_detected_without_a_byte_order_mark(encoding):
    text = "Attention Score in Context\nThis research output has an Altmetric Attention Score of 12."
    assert parse(text.encode(encoding)).score == 12


@for_each(("encoding", "title"), TITLES.items())
def test_the_charset_of_the_header_is_used(encoding, title):
    content = encode_page(page(title), encoding)
    assert title_of(content, content_type=f"text/html; charset={encoding}") == title


@for_each(("encoding", "title"), TITLES.items())
def test_the_charset_of_the_page_is_used(encoding, title):
    assert title_of(encode_page(page(title, encoding), encoding)) == title


@for_each(
    "declaration",
    [
        '<meta charset="koi8-r">',
        "<meta charset=koi8-r>",
        "<META CHARSET='KOI8-R'>",
        '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">',
        '<meta content="text/html;charset=KOI8-R" http-equiv=content-type />',
    ],
)
def test_a_charset_on_the_page_can_have_many_forms(declaration):
    html = edit(page("Ёлки", "koi8-r"), ('<meta charset="koi8-r">', declaration))
    assert title_of(encode_page(html, "koi8-r")) == "Ёлки"


@for_each(
    "content_type",
    [
        "text/html; charset=koi8-r",
        'text/html; charset="koi8-r"',
        "text/html;CHARSET=KOI8-R;q=1",
        "text/html; boundary=x;\r\n charset=koi8-r",
    ],
)
def test_a_charset_in_the_header_can_have_many_forms(content_type):
    assert title_of(encode_page(page("Ёлки"), "koi8-r"), content_type=content_type) == "Ёлки"


def test_the_header_takes_precedence_over_the_page():
    content = encode_page(page("Ёлки", "windows-1252"), "koi8-r")
    assert title_of(content, content_type="text/html; charset=koi8-r") == "Ёлки"


@for_each("declared", ["windows-1252", "iso-8859-1", "shift_jis", "utf-16", "ascii"])
def test_utf_8_is_read_as_utf_8_under_any_declaration(declared):
    content = page(WORDS, declared).encode()
    assert title_of(content, content_type=f"text/html; charset={declared}") == WORDS


@for_each("declared", ["iso-8859-1", "latin1", "us-ascii", "utf-8", "UTF8", "utf-16", "utf-7", None])
def test_windows_1252_is_read_under_all_its_names(declared):
    assert title_of(encode_page(page(WESTERN, declared), "windows-1252")) == WESTERN


@for_each(
    "declared",
    ["no-such-charset", "", "idna", "punycode", "unicode_escape", "undefined", "base64", "rot13", "zlib", "é"],
)
def test_an_invalid_charset_is_ignored(declared):
    content = encode_page(page(WESTERN, declared), "windows-1252")
    assert title_of(content, content_type=f"text/html; charset={declared}") == WESTERN


@for_each("content_type", ["", ";", "text/html", "text/html; charset", "\r\n\r\n", "x" * 1000, "é; charset=ü"])
def test_a_header_without_a_charset_is_ignored(content_type):
    assert title_of(page(WORDS).encode(), content_type=content_type) == WORDS


@for_each("cut", [1, 2, 3])
@for_each("character", ["é", "清", "𠀀"])
def test_a_truncated_last_character_is_dropped(character, cut):
    body = "é 清 Attention Score in Context\nThis research output has an Altmetric Attention Score of 12.\n"
    whole = body.encode() + character.encode()
    assert fields_of(whole[: max(len(body.encode()), len(whole) - cut)]) == fields_of(body)


@for_each("shift", range(4))
@for_each("character", ["é", "€", "𠀀"])
def test_utf_8_is_detected_at_every_alignment_of_its_characters(character, shift):
    long = insert_before(page(WORDS, "windows-1252"), "</head>", f"<!--{shift * 'x'}{6000 * character}-->")
    assert title_of(long.encode()) == WORDS


def test_a_few_broken_bytes_do_not_change_the_encoding():
    content = page(WORDS, "utf-8").encode()
    damaged = edit(content, (b"Ines Fernhill", b"Ines Fern\xff\xfehill"))
    assert title_of(damaged) == WORDS


def read_as(encoding, text):
    """Return text as a program reads it that takes UTF-8 for another encoding; bytes without a letter are kept."""
    return "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode())


@for_each("encoding", ["latin-1", "windows-1252", "cp850", "cp437", "mac-roman", "windows-1251"])
@for_each("title", [WESTERN, "Ёлки – у дома", "清晨的茶馆 – naïve"])
@for_each("times", [1, 2, 3])
def test_a_page_that_was_read_in_another_encoding_and_saved_is_read_as_before(encoding, title, times):
    saved = page(title, "utf-8")
    for _ in range(times if encoding in {"latin-1", "windows-1252"} else 1):
        saved = read_as(encoding, saved)
    assert title_of(saved.encode()) == title
    assert title_of(saved.encode("utf-16")) == title


@for_each(
    "title",
    ["« cité » – naïve", "Ã© – the letters of a broken page", "Signs such as Ã¤ in 5 ≥ 3", "MANHÃ— – день", "Â© и вЂ“"],
)
def test_a_page_of_one_encoding_keeps_the_letters_of_another(title):
    assert title_of(page(title, "utf-8").encode()) == title


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16"])
def test_text_and_bytes_of_one_page_give_the_same_record(encoding):
    html = page(WESTERN, encoding)
    assert fields_of(html) == fields_of(encode_page(html, encoding))


def test_a_byte_order_mark_in_decoded_text_is_ignored():
    html = page(WORDS)
    assert fields_of("\ufeff" + html) == fields_of(html)


@pytest.mark.parametrize("surrogate", [chr(code) for code in (0xD800, 0xDCFF, 0xDFFF)], ids=ascii)
def test_a_lone_surrogate_in_decoded_text_is_dropped(surrogate):
    assert title_of(page(f"Hedges{surrogate} and shade")) == "Hedges and shade"


@for_each("control", ["\x00", "\x01", "\x07", "\x08", "\x0b", "\x0c", "\x0e", "\x1b", "\x1e", "\x1f", "\x7f", "\x9b"])
def test_control_characters_never_reach_a_record(control):
    record = parse(page(f"Hed{control}ges"))
    assert record.title == "Hedges"
    assert control not in record.to_json().decode()


@for_each(
    "start",
    [
        b"\x1f\x8b\x08\x00",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"\x28\xb5\x2f\xfd",
    ],
    ids=["gzip", "pdf", "zip", "png", "jpeg", "gif", "zstd"],
)
def test_a_binary_file_is_refused_by_its_first_bytes(start):
    with pytest.raises(PageError) as caught:
        parse(start + bytes(range(256)) * 20)
    assert caught.value.kind == "undecodable"
    assert ", not a page: " in caught.value.reason


def test_a_text_that_ends_with_a_very_long_word_is_read():
    words = "Mentioned by\n\n14 X users\n" + "…" * 3000 + "1"
    assert parse(words).mentions[0].count == 14
