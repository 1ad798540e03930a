"""Tests of the key of the API: it is added to addresses when they are sent, and found in everything that comes back."""

import copy
import gzip
import io
import logging

import pytest
from tests.scraping.store.material import exchange
from tests.support.api import KEY, encoded, holds_key, shown_with_variables
from tests.support.cases import for_each

from altdetails.errors import SettingsError
from altdetails.scraping.fetch import ApiKey
from altdetails.scraping.fetch.content import content_of

KEYS = [KEY, "0123456789abcdef0123456789abcdef", "a&b<c>d\"e'f/g\\h", "6 char"[0] + "!~%#?"]


@pytest.fixture
def key():
    return ApiKey(KEY, "a test")


def test_its_value_is_not_in_its_text(key):
    assert repr(key) == str(key) == f"{key}" == "<ApiKey from a test>"
    assert not hasattr(key, "__dict__")


def test_it_cannot_be_copied(key):
    with pytest.raises(TypeError, match="cannot be copied"):
        copy.copy(key)


@for_each("text", ["", "  ", "short", "two words", "ключ-от-апи", "x" * 513, "a\nb123456", f"{KEY} {KEY}", f"{KEY}\0"])
def test_a_text_that_cannot_be_a_key_is_refused_without_showing_it(text):
    faulty = ApiKey(text, "a test")
    with pytest.raises(SettingsError, match="the key from a test is ") as raised:
        faulty.refuse_fault()
    assert not text.strip() or text not in shown_with_variables(raised.value)


def test_a_value_of_another_type_is_refused_without_showing_it():
    with pytest.raises(TypeError, match=r"^expected text as key$"):
        ApiKey(KEY.encode(), "a test").refuse_fault()


def test_white_space_around_it_is_removed():
    assert ApiKey(f" {KEY}\r\n", "a test").added_to("http://a/v1/id/1") == (
        "http://a/v1/id/1?key=k3y-of-a-test%2B0123%2F456789%3Dabcdef"
    )


@for_each("value", KEYS)
def test_it_is_found_in_each_encoding_and_replaced_by_as_many_characters(value):
    key = ApiKey(value, "a test")
    for form in (*encoded(value), value.replace("&", "&amp;"), value.replace("/", "\\/")):
        assert key.removed_from(f"<{form}>{form}") == f"<{'x' * len(form)}>{'x' * len(form)}"
    assert key.removed_from(value[1:]) == value[1:]


class TestResponses:
    @pytest.mark.parametrize("form", encoded(KEY))
    def test_phrase_headers_and_body_do_not_keep_it(self, key, form):
        received = exchange(
            status=200,
            phrase=f"OK {form}",
            headers=(("Location", f"/v1/id/1?key={form}"), (f"X-{form}", "1")),
            body=f"<{form}>".encode(),
        )
        kept = key.removed_from_response(received)
        assert not holds_key(repr(kept).encode())
        assert kept.body == f"<{'x' * len(form)}>".encode()
        assert kept.record_id == received.record_id

    def test_a_body_without_it_is_kept_as_it_is(self, key):
        for headers, body in [((), b"{}"), ((("Content-Encoding", "gzip"),), gzip.compress(b"{}" * 99, 1))]:
            received = exchange(headers=headers, body=body)
            assert key.removed_from_response(received).body is body

    def test_a_compressed_body_is_compressed_again(self, key):
        body = gzip.compress(f"<{KEY}>".encode())
        kept = key.removed_from_response(exchange(headers=(("Content-Encoding", "GZip"),), body=body))
        assert gzip.decompress(kept.body) == b"<" + b"x" * len(KEY) + b">"

    @pytest.mark.parametrize("codings", [[], ["identity"], ["identity", "gzip"], ["gzip", "br"]])
    def test_a_body_that_is_compressed_in_another_way_than_declared_does_not_keep_it(self, key, codings):
        headers = tuple(("Content-Encoding", coding) for coding in codings)
        kept = key.removed_from_response(exchange(headers=headers, body=gzip.compress(f"<{KEY}>".encode())))
        assert not holds_key(kept.body)

    def test_the_head_of_a_compressed_body_does_not_keep_it(self, key):
        packed = io.BytesIO()
        with gzip.GzipFile(KEY, "wb", fileobj=packed) as file:
            file.write(b"{}")
        kept = key.removed_from_response(exchange(headers=(("Content-Encoding", "gzip"),), body=packed.getvalue()))
        assert not holds_key(kept.body)
        assert gzip.decompress(kept.body) == b"{}"

    @pytest.mark.parametrize("cut", [1, 9, 40])
    def test_a_compressed_body_that_ends_early_still_does(self, key, cut):
        noise = bytes(range(256))
        body = gzip.compress(f"<{KEY}>".encode() + noise)[:-cut]
        kept = key.removed_from_response(exchange(headers=(("Content-Encoding", "gzip"),), body=body))
        assert not holds_key(kept.body)
        with pytest.raises(EOFError):
            gzip.decompress(kept.body)

    def test_a_body_in_another_coding_is_not_kept(self, key):
        kept = key.removed_from_response(exchange(headers=(("Content-Encoding", "br"),), body=KEY.encode()))
        assert kept.body.startswith(b"[not kept: ")

    def test_the_beginning_of_it_at_the_end_of_a_cut_body_is_replaced(self, key):
        cut = exchange(body=f"<{KEY[:-3]}".encode(), truncated="disconnect")
        assert key.removed_from_response(cut).body == b"<" + b"x" * (len(KEY) - 3)

    def test_a_body_that_is_too_large_stays_too_large(self, key):
        body = gzip.compress(b" " * (9 << 20) + KEY.encode())
        kept = key.removed_from_response(exchange(status=200, headers=(("Content-Encoding", "gzip"),), body=body))
        with pytest.raises(Exception, match="larger than 8 MiB"):
            content_of(kept)


class TestSources:
    def test_a_given_key_is_used_before_the_environment(self, key, monkeypatch):
        monkeypatch.setenv("ALTMETRIC_API_KEY", "another-key")
        assert ApiKey.find(key, None) is key

    def test_the_environment_is_used_without_another(self, monkeypatch):
        monkeypatch.setenv("ALTMETRIC_API_KEY", KEY)
        assert ApiKey.find(None, None).origin == "ALTMETRIC_API_KEY"
        monkeypatch.setenv("ALTMETRIC_API_KEY", "")
        assert ApiKey.find(None, None) is None

    @pytest.mark.parametrize("content", [KEY, f"{KEY}\n", f"\ufeff{KEY}\r\n"])
    def test_a_file_has_the_key_in_one_line(self, tmp_path, content):
        path = tmp_path / "key.txt"
        path.write_text(content, "utf-8")
        found = ApiKey.find(None, path)
        found.refuse_fault()
        assert found.origin == "the file key.txt"
        assert found.removed_from(KEY) == "x" * len(KEY)

    def test_a_key_in_place_of_a_file_is_not_shown(self):
        with pytest.raises(SettingsError, match="not the key itself") as raised:
            ApiKey.find(None, "0123456789abcdef")
        assert "0123456789abcdef" not in str(raised.value)

    def test_a_file_of_other_content_is_refused(self, tmp_path):
        path = tmp_path / "key.txt"
        path.write_bytes(bytes(range(256)) * 99)
        with pytest.raises(SettingsError, match=r"the key from the file key\.txt is not 6 to 512"):
            ApiKey.find(None, path).refuse_fault()

    def test_two_keys_are_refused(self, key, tmp_path):
        with pytest.raises(SettingsError, match="give one of them"):
            ApiKey.find(key, tmp_path / "key.txt")


def test_it_is_taken_out_of_the_log_lines_of_libraries(key, caplog):
    caplog.set_level(logging.DEBUG)
    log_filter = key.watch_logs()
    logging.getLogger("httpcore.http11").debug("received %r", [("Location", f"/?key={KEY}")])
    log_filter.close()
    assert caplog.messages == [f"received [('Location', '/?key={'x' * len(KEY)}')]"]
