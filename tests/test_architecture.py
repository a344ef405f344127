"""The rules of the house that a reader can rely on: who imports whom, sizes, docstrings, texts."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("catalogue", "cli", "connectors", "sync")
#: What the modules of a package may import of the others. The direction is cli, sync, connectors, catalogue.
ALLOWED: dict[str, tuple[str, ...]] = {
    "cli": ("sync", "connectors", "catalogue"),
    "sync": ("connectors", "catalogue"),
    "connectors": ("catalogue.records", "catalogue.keys"),
    "catalogue": (),
}
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
#: Names that say nothing about what a module is for.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc"}
#: Places where code comes from and places on one machine, written so as not to find themselves.
FOREIGN_PLACES = "|".join(
    [
        r"py[p]i\.(?:org|python)",
        r"python[h]osted",
        r"ana[c]onda\.org",
        r"npm[j]s\.(?:org|com)",
        r"arti[f]actory",
        r"--(?:extra-)?index[-]url",
        r"(?<![\w.$}/])/(?:wo[r]k|ro[o]t|ho[m]e/\w+|Us[e]rs/\w+)/",
        r"\b[A-Z]:\\(?:Us[e]rs|Do[c]uments)",
        r"\.\./sh[a]red\b",
    ]
)
#: Every kind of file that is not text.
BINARY = {".gz", ".xlsx", ".zip", ".png", ".sqlite", ".ico", ".pyc"}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def files() -> tuple[Path, ...]:
    """Return the files that belong to the project: those that git keeps or would keep."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        found = (ROOT / name for name in listed.stdout.split("\0") if name)
        return tuple(sorted(path for path in found if path.is_file()))
    folders = (*PACKAGES, "tests", "docs", "benchmarks")
    below = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return tuple(sorted(path for path in (*below, *ROOT.glob("*.*")) if path.is_file()))


def python_files(*folders: str) -> list[str]:
    """Return the paths of Python files, below these folders or everywhere."""
    names = (path.relative_to(ROOT).as_posix() for path in files() if path.suffix == ".py")
    return [name for name in names if not folders or name.partition("/")[0] in folders]


@cache
def tree(name: str) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def module_name(name: str) -> str:
    """Return the dotted name of a module by its path."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(name: str) -> Iterator[str]:
    """Yield the dotted names of all that a file imports, wherever it does so."""
    package = module_name(name).split(".")
    if not name.endswith("__init__.py"):
        package.pop()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def is_within(name: str, package: str) -> bool:
    """Tell whether a dotted name is a package or something in it."""
    return name == package or name.startswith(f"{package}.")


def definitions(node: ast.AST, outer: str = "") -> Iterator[tuple[str, Definition]]:
    """Yield all classes and functions of a module with their dotted names."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            name = f"{outer}.{child.name}".lstrip(".")
            yield name, child
            yield from definitions(child, name)
        else:
            yield from definitions(child, outer)


def public(name: str) -> Iterator[tuple[str, Definition]]:
    """Yield the public classes, functions and methods of a file."""
    inside_functions: list[str] = []
    for dotted, node in definitions(tree(name)):
        hidden = any(part.startswith("_") for part in dotted.split("."))
        if hidden or any(is_within(dotted, function) for function in inside_functions):
            continue
        if not isinstance(node, ast.ClassDef):
            inside_functions.append(dotted)
        yield dotted, node


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_what_is_below_them(package: str) -> None:
    allowed = (package, *ALLOWED[package])
    wrong = [
        f"{name}: {target}"
        for name in python_files(package)
        for target in imported(name)
        if target.partition(".")[0] in PACKAGES and not any(is_within(target, part) for part in allowed)
    ]

    assert wrong == []


def test_nothing_that_is_shipped_imports_tests_or_benchmarks() -> None:
    wrong = [
        f"{name}: {target}"
        for name in python_files(*PACKAGES)
        for target in imported(name)
        if target.partition(".")[0] in {"tests", "benchmarks"}
    ]

    assert wrong == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name in python_files(*PACKAGES) if not ast.get_docstring(tree(name))] == []


def test_every_public_class_and_function_says_what_it_does() -> None:
    silent = [
        f"{name}: {dotted}"
        for name in python_files(*PACKAGES)
        if "/migrations/versions/" not in name  # upgrade and downgrade are the tool's words
        for dotted, node in public(name)
        if not ast.get_docstring(node) and not _is_variant(node)
    ]

    assert silent == []


def _is_variant(node: Definition) -> bool:
    """Tell whether a function is only another way to call one that has a docstring."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(names & {"overload", "setter", "override"})


def test_no_file_is_longer_than_can_be_read_at_once() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in files()
        if path.suffix == ".py" and path.parent.name != "versions"  # a schema is a list
    }

    assert {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name}: {dotted} {(node.end_lineno or 0) - node.lineno + 1}"
        for name in python_files()
        if "/migrations/versions/" not in name  # a schema is a list
        for dotted, node in definitions(tree(name))
        if not isinstance(node, ast.ClassDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]

    assert long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name for name in python_files() if Path(name).stem in EMPTY_NAMES] == []


def test_no_text_names_a_registry_of_packages_or_a_place_on_one_machine() -> None:
    pattern = re.compile(FOREIGN_PLACES)
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{number}: {line.strip()[:100]}"
        for path in files()
        if path.suffix not in BINARY
        for number, line in enumerate(_lines(path), start=1)
        if pattern.search(line)
    ]

    assert found == []


def _lines(path: Path) -> list[str]:
    content = path.read_bytes()
    return [] if b"\0" in content[:1_000] else content.decode("utf-8", "replace").splitlines()


@pytest.mark.parametrize(
    ("line", "foreign"),
    [
        ("https://py¦pi.org/simple", True),
        ("pip install --index-¦url x", True),
        ("path = '/ro¦ot/main'", True),
        ("/ho¦me/somebody/data.csv", True),
        ("C:\\Us¦ers\\somebody", True),
        ("see ../sh¦ared/design.md", True),
        ("https://example.org/ho¦me/index", False),
        ("tests/wo¦rk/a", False),
        ("pip install lueckenlos", False),
    ],
)
def test_foreign_places_are_recognised(line: str, foreign: bool) -> None:
    assert bool(re.search(FOREIGN_PLACES, line.replace("¦", ""))) is foreign


@pytest.mark.parametrize(
    ("statement", "target"),
    [
        ("import sync.run", "sync.run"),
        ("from sync import run", "sync.run"),
        ("from sync.run import Options as O", "sync.run.Options"),
        ("def f():\n    from sync.run import Options", "sync.run.Options"),
        ("from .. import run", "connectors.run"),
        ("from ..other.place import run", "connectors.other.place.run"),
    ],
)
def test_imports_are_seen_in_every_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, target: str
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "tree", tree.__wrapped__)
    (tmp_path / "connectors" / "kind").mkdir(parents=True)
    (tmp_path / "connectors" / "kind" / "xzufi.py").write_text(statement, encoding="utf-8")

    assert list(imported("connectors/kind/xzufi.py")) == [target]
