"""Writes the archives beside it again, and `expected.jsonl`: what each of them must give, line by line.

    .venv/bin/python -m tests.data.warc.make

wget and warcit write theirs only where they are installed; what they wrote before stays otherwise. `made-by.json` says
which versions wrote them. Nothing is asked of any other machine: a server on this one answers as the tools' proxy.
"""

import json
from pathlib import Path

from tests.data.warc import damaged, tools

HERE = Path(__file__).parent


def main():
    lines, made_by = [], {}
    for name, content, expected, tool in tools.archives():
        if content is None:
            print(f"skipped {name}: its tool is not here")  # noqa: T201
        else:
            HERE.joinpath(name).write_bytes(content)
            made_by[name] = tool
        lines += expected
    for name, content, expected in damaged.archives():
        HERE.joinpath(name).write_bytes(content)
        lines += expected
    HERE.joinpath("expected.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    kept = HERE / "made-by.json"
    made_by = (json.loads(kept.read_text()) if kept.exists() else {}) | made_by
    kept.write_text(json.dumps(made_by, indent=2) + "\n")


if __name__ == "__main__":
    main()
