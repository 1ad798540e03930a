"""Write the archives of this folder again, and their expected items in `expected.jsonl`.

    .venv/bin/python -m tests.data.warc.make

The archives of wget and warcit are written only if these tools are installed; otherwise the old ones are kept.
`made-by.json` has the versions of the tools. No request leaves the machine: a local server acts as the proxy of the
tools.
"""

import json
from pathlib import Path

from tests.data.warc import damaged, tools

HERE = Path(__file__).parent


def main():
    lines, made_by = [], {}
    for name, content, expected, tool in tools.archives():
        if content is None:
            print(f"skipped {name}: its tool is not installed")  # noqa: T201
        else:
            HERE.joinpath(name).write_bytes(content)
            made_by[name] = tool
        lines += expected
    for name, content, expected in damaged.archives():
        HERE.joinpath(name).write_bytes(content)
        lines += expected
    HERE.joinpath("expected.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    path = HERE / "made-by.json"
    made_by = (json.loads(path.read_text()) if path.exists() else {}) | made_by
    path.write_text(json.dumps(made_by, indent=2) + "\n")


if __name__ == "__main__":
    main()
