"""Archives → the spans that processes read."""

import pytest

from altdetails.scale.archive_spans import FEWEST_BYTES, MOST_BYTES, archive_spans


def found(paths, workers=2):
    return archive_spans(paths, url_filter=None, io_config=None, workers=workers)


@pytest.fixture
def archive(folder):
    def make(name, size):
        with (folder / name).open("wb") as file:
            file.truncate(size)
        return name

    return make


@pytest.mark.parametrize("size", [1, FEWEST_BYTES, 100 * 2**20, 10 * 2**30])
def test_stretches_laid_end_to_end_are_the_archive(archive, size):
    some = found([archive("a.warc.gz", size)])
    assert [span.start for span in some] == [0, *(span.stop for span in some[:-1])]
    assert some[-1].stop is None
    assert all(FEWEST_BYTES <= span.stop - span.start <= MOST_BYTES for span in some[:-1])
    assert size - some[-1].start <= MOST_BYTES


def test_every_process_gets_some_of_a_small_archive(archive):
    assert len(found([archive("a.warc.gz", 64 * 2**20)], workers=2)) >= 8


def test_what_is_no_gzip_is_not_divided(archive):
    assert len(found([archive("a.warc", 2**30), archive("b.warc.zst", 2**30)])) == 2
