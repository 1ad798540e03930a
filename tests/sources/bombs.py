"""Small files that unpack to much, or whose parts take long. Each has a name that says what is wrong with it."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib

from tests.warc import warcs

MEGABYTE = 2**20
ZEROS = bytes(16 * MEGABYTE)
EMPTY_MEMBER = gzip.compress(b"", mtime=0)
ONE_BYTE_CHUNKS = b"1\r\na\r\n" * 1_000_000 + b"0\r\n\r\n"


def packed_zeros(count, wbits=31):
    packer = zlib.compressobj(1, wbits=wbits)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(count)) + packer.flush()


def warc_of(codings, body, times=1, coding="Content-Encoding"):
    record = warcs.record(1, warcs.http(body, *(f"{coding}: {name}" for name in codings)))
    return gzip.compress(record * times, 1)


def twice(packed):
    return gzip.compress(packed, 1)


def sparse_tar(parts, members=1, size=16 * MEGABYTE):
    """Return a tar with sparse members in the oldest form of GNU: a map of parts, each an offset and a size."""
    content = io.BytesIO()
    for number in range(members):
        info = tarfile.TarInfo(f"{number}.html")
        info.type = tarfile.GNUTYPE_SPARSE
        info.size = sum(part[1] for part in parts)
        header = bytearray(info.tobuf(tarfile.GNU_FORMAT)[-512:])
        entries = [b"%011o\0%011o\0" % part for part in parts]
        header[386 : 386 + 96] = b"".join(entries[:4]).ljust(96, b"\0")
        rest = entries[4:]
        header[482] = bool(rest)
        header[483:495] = b"%011o\0" % size
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        content.write(header)
        for at in range(0, len(rest), 21):
            content.write(b"".join(rest[at : at + 21]).ljust(504, b"\0") + bytes([at + 21 < len(rest)]) + bytes(7))
        content.write(bytes(-(-info.size // 512) * 512))
    return content.getvalue() + bytes(1024)


def tar_with(headers, members=1):
    """Return a tar with a member of these PAX headers, several times."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.html")
        info.pax_headers = headers
        archive.addfile(info)
        member = content.getvalue()
    return member * members + bytes(1024)


def sparse_numbers(count):
    """Return a tar whose sparse member, in the form of POSIX, has a long map in its content."""
    content = b"%d\n" % (count // 2) + b"1\n" * count
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.html")
        info.size = len(content)
        info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9"}
        archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def zip_of(content, times, method=zipfile.ZIP_DEFLATED, name="{}.html"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for number in range(times):
            archive.writestr(name.format(number), content)
    return packed.getvalue()


def overlapping_zip(times, method=zipfile.ZIP_DEFLATED):
    """Return a zip whose entries all have the content of the first."""
    single = zip_of(ZEROS, 1, method, "a.html")
    start, stop = single.index(b"PK\x01\x02"), single.index(b"PK\x05\x06")
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, times, times, (stop - start) * times, start, 0)
    return single[:start] + single[start:stop] * times + end


def gzip_lines(line, megabytes):
    piece = line * (MEGABYTE // len(line))
    return gzip.compress(piece * megabytes)


ARCHIVES = {
    "gzip codings.warc.gz": lambda: warc_of(["gzip"], packed_zeros(16), 60),
    "four gzip codings in each other.warc.gz": lambda: warc_of(
        ["gzip"] * 4, twice(twice(twice(packed_zeros(16)))), 300
    ),
    "deflate data.warc.gz": lambda: warc_of(["deflate"], packed_zeros(16, 15), 60),
    "raw deflate data.warc.gz": lambda: warc_of(["deflate"], packed_zeros(16, -15), 60),
    "deflate data with a damaged end.warc.gz": lambda: warc_of(["deflate"], packed_zeros(16, 15)[:-4] + b"abcd", 60),
    "brotli data.warc.gz": lambda: warc_of(["br"], warcs.brotlied(ZEROS), 300),
    "brotli data that end early.warc.gz": lambda: warc_of(["br"], warcs.brotlied(ZEROS)[:-1], 300),
    "zstandard data.warc.gz": lambda: warc_of(["zstd"], warcs.zstandard(ZEROS), 300),
    "empty gzip members in a body.warc.gz": lambda: warc_of(["gzip"], EMPTY_MEMBER * 300_000),
    "chunks of a byte.warc.gz": lambda: warc_of(["chunked"], ONE_BYTE_CHUNKS, coding="Transfer-Encoding"),
    "chunks in chunks.warc.gz": lambda: warc_of(["chunked"] * 4, ONE_BYTE_CHUNKS, coding="Transfer-Encoding"),
    "holes of 16 MiB.tar.gz": lambda: gzip.compress(sparse_tar([(len(ZEROS) - 1, 1)], 100)),
    "10,000 parts.tar.gz": lambda: gzip.compress(sparse_tar([(at * 300, 1) for at in range(10_000)]) * 20, 1),
    "parts in the opposite order.tar.gz": lambda: gzip.compress(sparse_tar([(at, 1) for at in range(50_000, 0, -1)])),
    "a map of 1,000,000 numbers.tar.gz": lambda: gzip.compress(sparse_numbers(1_000_000), 1),
    "250,000 digits in a header.tar.gz": lambda: gzip.compress(tar_with({"comment": "1" * 250_000})),
    "many long headers.tar.gz": lambda: gzip.compress(tar_with({f"a{at}": "b" for at in range(5_000)}, 20), 1),
    "a path of 100,000 parts.tar.gz": lambda: gzip.compress(tar_with({"path": f"a_files/{'a/' * 100_000}b.html"})),
    "gzip members.zip": lambda: zip_of(packed_zeros(16), 40, name="{}.html.gz"),
    "overlapping entries in bzip2.zip": lambda: overlapping_zip(2_000, zipfile.ZIP_BZIP2),
    "overlapping entries.zip": lambda: overlapping_zip(2_000),
    "long paths.zip": lambda: zip_of(b"", 40, name=f"a_files/{'a/' * 30_000}{{}}.html"),
}

LISTS = {
    "newlines.txt.gz": lambda: gzip_lines(b"\n", 4),
    "comments.txt.gz": lambda: gzip_lines(b"#\n", 4),
    "empty rows.csv.gz": lambda: gzip.compress(b"doi,title\n10.5555/a,b\n") + gzip_lines(b",\n", 4),
    "carriage returns.txt.gz": lambda: gzip_lines(b"\r", 4),
}
RECORDS = {
    "newlines.jsonl.gz": lambda: gzip_lines(b"\n", 4),
    "newlines.jsonl.zst": lambda: warcs.zstandard(b"\n" * 4 * MEGABYTE),
    "damaged lines.jsonl.gz": lambda: gzip_lines(b"{\n", 4),
}
