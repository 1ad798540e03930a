"""The image: what can be checked without building it, and a build with a run if this machine can do it."""

import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
LOCKS = {name: (ROOT / "requirements" / name).read_text(encoding="utf-8") for name in ("constraints.txt", "image.txt")}


def instructions(name):
    """The arguments of each instruction of a name in the Dockerfile."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)


def pins(text):
    """The pinned versions of a lock file, by name."""
    lines = text.replace("\\\n", " ").splitlines()
    requirements = [Requirement(line.partition("--hash")[0]) for line in lines]
    return {canonicalize_name(pinned.name): pinned for pinned in requirements}


def needed(extras):
    """The names of all distributions that the package and its extras need on this Python, found step by step.

    What a distribution needs is known if its pinned version is installed.
    """
    versions = {f"{name}{pin.specifier}" for name, pin in pins(LOCKS["image.txt"]).items()}
    project = PROJECT["project"]
    own = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    waiting = [(Requirement(line), "") for line in own]
    seen = set()
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (requirement.marker and not requirement.marker.evaluate({"extra": extra})) or (name, extra) in seen:
            continue
        if name == "altdetails":
            optional = [
                line for own_extra in requirement.extras for line in project["optional-dependencies"][own_extra]
            ]
            waiting += [(Requirement(line), "") for line in optional]
            continue
        for inner in ("", *requirement.extras):
            if (name, inner) not in seen:
                seen.add((name, inner))
                if f"{name}=={metadata.version(name)}" in versions:
                    waiting += [(Requirement(line), inner) for line in metadata.requires(name) or ()]
    return {name for name, _ in seen}


def test_the_lock_of_the_image_has_every_dependency_of_its_extras_with_hashes():
    (extras,) = (line.removeprefix("EXTRAS=").split(",") for line in instructions("ARG") if line.startswith("EXTRAS="))
    assert needed(extras) - pins(LOCKS["image.txt"]).keys() == set()
    blocks = LOCKS["image.txt"].replace("\\\n", " ").splitlines()
    assert [block for block in blocks if not re.fullmatch(r"\S+==\S+.*?( +--hash=sha256:[0-9a-f]{64})+", block)] == []


def test_the_pins_are_those_of_ci_and_within_the_bounds_of_the_project():
    ci, image = pins(LOCKS["constraints.txt"]), pins(LOCKS["image.txt"])
    assert {name: str(ci[name].specifier) for name in image} == {n: str(pin.specifier) for n, pin in image.items()}
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    for requirement in (Requirement(line) for lines in groups for line in lines):
        if requirement.name != "altdetails":
            (version,) = (pin.version for pin in ci[canonicalize_name(requirement.name)].specifier)
            assert requirement.specifier.contains(version), f"{requirement}: run make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_no_path(name):
    assert [line for line in LOCKS[name].splitlines() if "/" in line or line.startswith("-")] == []


def test_what_the_image_copies_is_there_and_is_sent_to_the_builder():
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    copied = [line.split()[:-1] for line in instructions("COPY") if not line.startswith("--from")]
    sources = [source for names in copied for source in names]
    assert sorted(sources) == sorted(allowed)
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_image_runs_the_command_as_a_user_without_rights_and_keeps_state_and_outputs():
    assert instructions("ENTRYPOINT") == ['["altdetails"]']
    (user,) = instructions("USER")
    assert int(user.partition(":")[0]) > 0
    (state,) = re.findall(r"ALTDETAILS_STATE=(\S+)", DOCKERFILE)
    (volumes,), (folder, *_) = map(yaml.safe_load, instructions("VOLUME")), reversed(instructions("WORKDIR"))
    assert {state, folder} == set(volumes)


def test_the_compose_file_takes_secrets_from_files_and_has_none():
    compose = yaml.safe_load(COMPOSE)
    used = [secret for service in compose["services"].values() for secret in service.get("secrets", ())]
    names = {secret["source"] if isinstance(secret, dict) else secret for secret in used}
    assert names == compose["secrets"].keys()
    assert all(secret.keys() == {"file"} for secret in compose["secrets"].values())
    assert "/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    settings = [pair for service in compose["services"].values() for pair in service.get("environment", {}).items()]
    assert {name for name, _ in settings if "PASSWORD" in name} == {"POSTGRES_PASSWORD_FILE"}
    mounted = {volume.partition(":")[0] for volume in compose["services"]["scrape"]["volumes"] if volume[0] != "."}
    assert mounted < compose["volumes"].keys()


@pytest.fixture
def engine():
    """A program that builds and runs images; skip the test if there is none, or no base image on this machine."""
    base = instructions("ARG")[0].removeprefix("BASE=")
    for program in ("docker", "podman"):
        if (
            shutil.which(program)
            and subprocess.run([program, "info"], capture_output=True, check=False).returncode == 0
        ):
            if subprocess.run([program, "image", "inspect", base], capture_output=True, check=False).returncode:
                pytest.skip(f"the base image is not on this machine: {program} pull {base}")
            return program
    pytest.skip("no Docker or Podman can build images on this machine")


@pytest.mark.slow
def test_the_image_is_built_and_makes_a_table_of_a_page(engine):
    subprocess.run([engine, "build", "--tag", "altdetails-test", ROOT], check=True, capture_output=True)
    page = (ROOT / "samples" / "article-2023.html").read_bytes()
    script = "altdetails parse - -o page.jsonl && altdetails export page.jsonl -o page.csv && cat page.csv && id -u"
    command = [engine, "run", "--rm", "-i", "--network", "none", "--entrypoint", "sh", "altdetails-test", "-c", script]
    done = subprocess.run(command, input=page, check=True, capture_output=True)
    assert b"10.5555/lhs.2023.0417" in done.stdout
    assert done.stdout.split()[-1] == b"10001"
