"""`archive_spans`: archives divided into spans."""

from pathlib import Path

import pytest

from altdetails.scale.archive_spans import MAX_SPAN_BYTES, MIN_SPAN_BYTES, archive_spans


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def divide(paths, workers=2):
    return archive_spans(paths, url_filter=None, io_config=None, workers=workers)


@pytest.fixture
def archive(folder):
    def make(name, size):
        with (folder / name).open("wb") as file:
            file.truncate(size)
        return name

    return make


@pytest.mark.parametrize("size", [1, MIN_SPAN_BYTES, 100 * 2**20, 10 * 2**30])
def test_consecutive_spans_cover_the_archive(archive, size):
    spans = divide([archive("a.warc.gz", size)])
    assert [span.start for span in spans] == [0, *(span.stop for span in spans[:-1])]
    assert spans[-1].stop is None
    assert all(MIN_SPAN_BYTES <= span.stop - span.start <= MAX_SPAN_BYTES for span in spans[:-1])
    assert size - spans[-1].start <= MAX_SPAN_BYTES


def test_a_small_archive_has_several_spans_per_process(archive):
    assert len(divide([archive("a.warc.gz", 64 * 2**20)], workers=2)) >= 8


def test_only_gzip_archives_are_divided(archive):
    assert len(divide([archive("a.warc", 2**30), archive("b.warc.zst", 2**30)])) == 2


def test_files_folders_and_patterns_are_found_and_each_archive_once(crawl):
    spans = divide([crawl / "more", crawl / "more" / "*.gz", f"file://{crawl}/more/1.warc.gz"])
    assert sorted(Path(span.path).name for span in spans) == names(crawl / "more")


def test_an_archive_with_several_paths_is_divided_once(crawl, folder):
    (folder / "more").symlink_to(crawl / "more")
    spans = divide(["more", folder / "more", crawl / "more", crawl / "more" / ".." / "more" / "1.warc.gz"])
    assert sorted(Path(span.path).name for span in spans) == names(crawl / "more")
