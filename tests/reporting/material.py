"""Records and reports for the tests of reports."""

import json
import random

from lxml import html
from tests.support.records import changed, fetched, generated, samples

from altdetails import Record
from altdetails.reporting.making import report

OLD_DAY, NEW_DAY = "2026-01-02", "2026-02-02"
HOSTILE = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror='window.pwned=1'>",
    '" onmouseover="window.pwned=1',
    "{{ 7 * 7 }}{% raw %}",
    "javascript:window.pwned=1",
    "</style><style>*{display:none}",
    "\u202egnp.exe\u202c",
    "שלום עולם",
    "<!--",
)


def record_of(**fields):
    """A record with few values; the fields replace them."""
    empty = {
        "title": None,
        "doi": None,
        "altmetric_id": None,
        "source": None,
        "published": None,
        "score": None,
        "mentions": None,
        "citations": None,
        "readers": None,
        "demographics": None,
        "rankings": None,
        "limited_access": None,
    }
    return Record.from_json(changed(generated(1)[0], **empty | fields))


def counts(**by_source):
    """A block of counts."""
    return [{"source": name, "count": count, "unit": None, "url": None} for name, count in by_source.items()]


def on_day(lines, day):
    """Return lines as if they were fetched on a day, one each second."""
    return [fetched(line, f"{day}T00:{at // 60:02}:{at % 60:02}Z") for at, line in enumerate(lines)]


def two_snapshots(lines, seed=3):
    """Return newer lines, and older ones with other scores and counts, some of which are missing."""
    chance = random.Random(seed)  # noqa: S311 -- the same records each time
    old = []
    for number, line in enumerate(lines):
        if number % 50 == 0:
            continue
        said = json.loads(line)
        if said["score"] and chance.random() < 0.2:
            said["score"] = chance.choice([None, said["score"] + 3, said["score"] - 1, 0])
        if said["mentions"] and chance.random() < 0.3:
            less = [
                {**count, "count": max(0, count["count"] - chance.choice([0, 1, -2]))} for count in said["mentions"]
            ]
            said["mentions"] = chance.choice([None, [], less, less[1:]])
        if said["readers"] and chance.random() < 0.3:
            said["readers"] = [{**count, "count": count["count"] + 2} for count in said["readers"]]
        old.append(json.dumps(said).encode())
    gone = generated(len(lines) + 7)[len(lines) :]
    return on_day(lines, NEW_DAY), on_day(old + gone, OLD_DAY)


def hostile_records():
    """Records with a hostile text in each text of a record."""
    for number, text in enumerate(HOSTILE):
        said = json.loads(samples()[0])
        said |= {
            "title": text,
            "doi": f"10.5555/{number}{text}",
            "altmetric_id": 990000500 + number,
            "source": text,
            "score": 10 + number,
            "mentions": [{"source": name, "count": 3, "unit": text, "url": text} for name in ("news", "twitter", text)],
            "notices": [text],
            "inconsistencies": [{"code": text, "where": text, "values": [text]}],
            "unread": [{"part": text, "text": text}],
        }
        groups = [{"name": text, "count": 4, "percent": 3}]
        tables = {"total": 4, "countries": groups, "statuses": groups, "disciplines": groups}
        said["demographics"] = {"twitter": None, "mendeley": tables}
        said["provenance"] |= {"altdetails": text, "input": text}
        yield Record.from_json(json.dumps(said))


def page_of_records(records, folder, **options):
    """Write a report and return its text."""
    target = folder / "report.html"
    report(records, target, **options)
    return target.read_text(encoding="utf-8")


def tree_of(text):
    """The elements of a page."""
    return html.document_fromstring(text)


def words_of(element):
    """The text of an element, without its hidden parts."""
    parts = element.xpath(".//text()[not(ancestor::*[@class='hidden'])]")
    return " ".join("".join(parts).split())


def rows_of(tree, caption):
    """The rows of the table with a caption, as lists of the words of cells with words."""
    (table,) = [item for item in tree.iter("table") if (item.findtext("caption") or "") == caption]
    return [[words for cell in row if (words := words_of(cell))] for row in table.find("tbody")]
