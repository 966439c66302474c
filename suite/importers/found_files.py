"""The files that a word names: a file, a folder, a pattern, or a template of paths with roles.

A template has names in braces, as in runs/{method}/{seed}/metrics.csv; each stands for the text of
one part of a path, or of a piece of it. A seed or a fold is a number where the path allows that.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from suite.errors import SuiteError, suggestion
from suite.importers.table_files import is_table_name

_ROLE = re.compile(r"\{([^\W\d]\w*)\}")
_WILD = re.compile(r"\*\*/|[*?]")
_MEANINGS = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
MOST_TO_LOOK_AT = 10_000
MOST_HINT = 120  # letters
COUNTED = ("seed", "fold", "repeat", "replicate", "trial", "run")


@dataclass(frozen=True)
class FoundFile:
    """A file and what its path says, by the names in the template."""

    path: Path
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FoundFiles:
    """The files to read, by path. `left_out`: what was found too, and is no table by its name."""

    files: tuple[FoundFile, ...]
    left_out: tuple[Path, ...] = ()


def find_files(word: str) -> FoundFiles:
    """The files that `word` names; those whose names begin with a dot only where it spells them.

    Raises SuiteError where it names none, and for a path that fits a template in two ways.
    """
    try:
        return _find(word)
    except (OSError, ValueError) as error:  # no right to look, or no name that a file can have
        raise SuiteError(f"{word[:200]!r}: cannot look for results: {error}") from None


def _find(word: str) -> FoundFiles:
    path = Path(word)
    if path.is_dir():
        return _in_folder(path)
    if path.exists():
        return FoundFiles((FoundFile(path),))
    if _ROLE.search(word):
        return _by_template(word)
    if glob.has_magic(word):
        return _by_pattern(word)
    if path.is_symlink():
        raise SuiteError(f"{word}: expected a file, got a link to {path.readlink()}, which is none")
    near = sorted(
        other.name
        for other in path.parent.glob("*")
        if is_table_name(other.name) and other.exists()
    )
    hint = f": {suggestion(path.name, near)}" if near else ""
    if len(hint) > MOST_HINT:
        hint = f"; the folder has {near[0]} and {len(near) - 1} more tables"
    raise SuiteError(f"{word}: expected a file, a folder or a pattern, found nothing{hint}")


def _in_folder(folder: Path) -> FoundFiles:
    shown = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    found = _tables_among(shown)
    if found.files:
        return found
    deeper = islice(folder.rglob("*.*"), MOST_TO_LOOK_AT)
    below = any(is_table_name(path.name) for path in deeper)
    hint = f": there are some below it, name them as '{folder}/**/*.csv'" if below else ""
    raise SuiteError(f"{folder}: expected tables in this folder, found none{hint}")


def _by_pattern(word: str) -> FoundFiles:
    found = _tables_among(_matches(word))
    if not found.files:
        raise SuiteError(f"{word}: expected tables, found none of this pattern")
    return found


def _matches(pattern: str) -> list[Path]:
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob shows hidden files
    return sorted(map(Path, found))


def _tables_among(paths: list[Path]) -> FoundFiles:
    are_tables = [path.is_file() and is_table_name(path.name) for path in paths]
    return FoundFiles(
        tuple(
            FoundFile(path) for path, is_table in zip(paths, are_tables, strict=True) if is_table
        ),
        tuple(path for path, is_table in zip(paths, are_tables, strict=True) if not is_table),
    )


def _by_template(word: str) -> FoundFiles:
    """The files whose paths fit, with the text that each name stands for."""
    pattern = _ROLE.sub("*", word.replace("[", "[[]"))
    fitting = {path: _roles(word, path) for path in _matches(pattern) if path.is_file()}
    files = tuple(FoundFile(path, roles) for path, roles in fitting.items() if roles is not None)
    if not files:
        raise SuiteError(f"{word}: expected files, found none whose path fits")
    return FoundFiles(files, tuple(path for path, roles in fitting.items() if roles is None))


def _roles(template: str, path: Path) -> dict[str, str] | None:
    """What the names in the template stand for; None where the path does not fit.

    Raises SuiteError where they could stand for several things.
    """
    for counted in (r"-?[0-9]+", None):
        shortest, longest = (
            re.fullmatch(_expression(template, piece, counted or piece), path.as_posix())
            for piece in (r"[^/]+?", r"[^/]+")
        )
        if shortest is None or longest is None:
            continue
        if shortest.groupdict() != longest.groupdict():
            name = next(n for n, text in shortest.groupdict().items() if text != longest[n])
            raise SuiteError(
                f"{path}: {{{name}}} could be {shortest[name]} or {longest[name]}: part the names"
                " in the template by text that is not in them"
            )
        return shortest.groupdict()
    return None


def _expression(template: str, piece: str, counted: str) -> str:
    """The template as a regular expression; a name that stands again must fit the same text."""
    known: set[str] = set()
    parts = []
    for place, part in enumerate(_ROLE.split(Path(template).as_posix())):
        if place % 2 == 0:
            parts.append(_literal(part))
        elif part in known:
            parts.append(f"(?P={part})")
        else:
            parts.append(f"(?P<{part}>{counted if part in COUNTED else piece})")
            known.add(part)
    return "".join(parts)


def _literal(part: str) -> str:
    """Text of a template as a regular expression, with the wildcards of patterns."""
    texts, signs = _WILD.split(part), _WILD.findall(part)
    wild = [_MEANINGS[sign] for sign in signs]
    return "".join(re.escape(t) + w for t, w in zip(texts, [*wild, ""], strict=True))
