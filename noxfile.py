"""Run the whole suite on every supported Python that is installed: `nox`, or on one of them: `nox -s tests-3.13`."""

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = False

SPREAD = ("--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder")


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    """Run all tests; arguments after `--` go to pytest."""
    session.install("-c", "requirements/constraints.txt", "--editable", ".", "--group", "test")
    session.run("pytest", *SPREAD, *session.posargs)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """Run the quick tests with the lowest versions that pyproject.toml allows; arguments after `--` go to pytest."""
    # by name: uv takes the lowest versions only of what it is given directly
    extras = ".[lists,export,pandas,polars,load,daft,ray,report]"
    session.install("--resolution", "lowest-direct", "--editable", extras, "--group", "test")
    session.run("pytest", *SPREAD, "-m", "not slow", *session.posargs)
