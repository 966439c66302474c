"""An arm that is a command: any program of any language, run once a seed.

It is told its seed, device and folder by placeholders in its words and by variables of its
environment, and leaves its numbers in its output or in a file.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import PurePath

from pydantic import model_validator

from suite.errors import suggestion
from suite.task.choices import Direction
from suite.task.fields import Frozen, Text

PLACEHOLDERS = ("seed", "device", "out", "arm")
VARIABLES = {name: f"SUITE_{name.upper()}" for name in PLACEHOLDERS}
# {{name}} first. Other braces are of JSON, awk or bash, and stand for themselves.
BRACES = re.compile(r"\{\{([A-Za-z_]\w*)\}\}|\{([A-Za-z_]\w*)\}")
SHELL_BRACES = re.compile(r"\{\{([A-Za-z_]\w*)\}\}|(?<!\$)\{([A-Za-z_]\w*)\}")  # not of ${HOME}
QUOTED = re.compile(r"'[^']*'|\\.|\"((?:[^\"\\]|\\.)*)\"")
ONLY_A_SHELL = re.compile(r"&&|\|\||>>|\$\(|\$\{?\w+|[|&;<>*?`]|(?:^|(?<=\s))~")
ONLY_A_SHELL_IN_QUOTES = re.compile(r"(?<!\\)(?:\$\(|\$\{?\w+|`)")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


class Command(Frozen):
    """A program and how it is started.

    `command`: its words, or a line that is split as a shell splits it; with `shell`, a line for
    /bin/sh, whose exit status counts: that of a pipe is its last program's. {seed}, {device}, {out}
    (a folder of the run's own, empty at the start) and {arm} in it are replaced, and stand in
    SUITE_SEED, SUITE_DEVICE, SUITE_OUT and SUITE_ARM; {{seed}} is the text {seed}, and braces
    around anything but a name are left alone. `reads_seed`: the program looks at SUITE_SEED by
    itself.

    `folder`: where it runs, from the folder of the call. `revision`: of git, in a worktree of which
    it runs; None: the files as they are. `inputs`: files, or patterns of them, whose content
    decides the result. `outputs`: files in {out} that a second run must give byte for byte.
    """

    command: Text | tuple[Text, ...]
    shell: bool = False
    reads_seed: bool = False
    folder: Text | None = None
    revision: Text | None = None
    inputs: tuple[Text, ...] = ()
    outputs: tuple[Text, ...] = ()

    @property
    def is_seeded(self) -> bool:
        """Whether the program is given its seed: by {seed}, or by SUITE_SEED that it reads."""
        text = self.command if isinstance(self.command, str) else " ".join(self.command)
        names = {name for _, name in self._braces.findall(text)}
        return "seed" in names or self.reads_seed or VARIABLES["seed"] in text

    @property
    def words(self) -> tuple[str, ...]:
        """The words, with their placeholders. Those of a line for a shell as far as they show."""
        if not isinstance(self.command, str):
            return self.command
        lexer = shlex.shlex(self.command, posix=True, punctuation_chars=self.shell)
        lexer.whitespace_split, lexer.commenters = True, ""
        try:
            return tuple(lexer)
        except ValueError:  # only a shell's, such as an apostrophe in a here-document
            return tuple(self.command.split())

    @property
    def _braces(self) -> re.Pattern[str]:
        return SHELL_BRACES if self.shell else BRACES

    def substituted(self, seed: int, device: str, out: str, arm: str) -> list[str] | str:
        """The words to start; a line where they are for a shell, with the values quoted for it."""
        values = {"seed": str(seed), "device": device, "out": out, "arm": arm}
        if self.shell and isinstance(self.command, str):
            quoted = {name: shlex.quote(value) for name, value in values.items()}
            return _replace(self.command, self._braces, quoted.__getitem__)
        return [_replace(word, self._braces, values.__getitem__) for word in self.words]

    @model_validator(mode="after")
    def _is_one_command(self) -> Command:
        if isinstance(self.command, str):
            _check_line(self.command, shell=self.shell)
        elif self.shell:
            raise ValueError("shell: expected a command that is one line of text, got words")
        if not self.words or not self.words[0].strip():
            raise ValueError("command: expected a program, got nothing")
        for word in (self.command,) if isinstance(self.command, str) else self.command:
            _replace(word, self._braces, _known_placeholder)
        return self

    @model_validator(mode="after")
    def _outputs_lie_in_out(self) -> Command:
        for output in self.outputs:
            path = PurePath(output.removeprefix("{out}/"))
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"outputs: expected paths of files in {{out}}, got {output!r}")
        return self


class MetricSource(Frozen):
    """Where a metric of a command stands; by itself: in the output, under the metric's name.

    `key`: its name there, where that is another one: in a JSON file a path such as "test.acc", in
    CSV a column. `pattern`: a regular expression with one group, searched line by line in the
    output; the last match counts, its group as it is written. `file`: a JSON or CSV file in {out},
    else in the folder where the command runs. `at`, of a file with several values: "last"; "best",
    by the metric's own direction; "best:NAME", where another one is best ("best:NAME:lower" where
    its direction is not known); "NAME=VALUE", such as "step=500".
    """

    key: Text | None = None
    pattern: Text | None = None
    file: Text | None = None
    at: Text = "last"

    @model_validator(mode="after")
    def _is_one_source(self) -> MetricSource:
        if self.pattern is not None:
            if self.file is not None or self.key is not None:
                raise ValueError("pattern: expected neither key nor file beside it")
            _check_pattern(self.pattern)
        if self.at != "last" and self.file is None:
            raise ValueError(
                f'at: expected "last" for what is read from the output, got {self.at!r}'
            )
        return self

    @model_validator(mode="after")
    def _at_is_known(self) -> MetricSource:
        if self.at in ("last", "best") or re.fullmatch(r"[^=:]+=.+", self.at):
            return self
        word, _, rest = self.at.partition(":")
        name, _, direction = rest.rpartition(":")
        if word != "best" or not rest:
            raise ValueError(
                f'at: expected "last", "best", "best:NAME" or "NAME=VALUE", got {self.at!r}'
            )
        if not (name and direction in ("higher", "lower")) and known_direction(rest) is None:
            raise ValueError(
                f'at: nothing says whether higher or lower {rest} is better: "{self.at}:lower" or'
                f' "{self.at}:higher"'
            )
        return self


HIGHER_NAMES = (
    "acc", "accuracy", "auc", "auroc", "bleu", "dice", "f1", "iou", "miou", "precision", "psnr",
    "r2", "recall", "return", "reward", "score", "ssim", "success", "top1", "top5",
)  # fmt: skip
LOWER_NAMES = (
    "bpb", "bpc", "cer", "cost", "err", "error", "fid", "loss", "mae", "mape", "mse", "nll",
    "perplexity", "ppl", "regret", "rmse", "wer",
)  # fmt: skip


def known_direction(name: str) -> Direction | None:
    """Which values are better, by a usual word in the metric's name; None where there is none.

    "val_loss": lower; "test/Acc@1": higher. Words of both kinds, as in "loss_score", say nothing.
    """
    words = set(re.findall(r"[a-z]+\d*", name.lower()))
    kinds: list[Direction] = []
    kinds += ["higher"] if words.intersection(HIGHER_NAMES) else []
    kinds += ["lower"] if words.intersection(LOWER_NAMES) else []
    return kinds[0] if len(kinds) == 1 else None


def _replace(text: str, braces: re.Pattern[str], value: Callable[[str], str]) -> str:
    """The text with every {name} replaced by its value, and {{name}} by {name}."""
    return braces.sub(lambda m: f"{{{m[1]}}}" if m[1] else value(m[2]), text)


def _known_placeholder(name: str) -> str:
    """The name. Raises ValueError for a placeholder that nothing is put in."""
    if name not in PLACEHOLDERS:
        raise ValueError(
            f"command: unknown placeholder {{{name}}}; {suggestion(name, PLACEHOLDERS)}; write"
            f" {{{{{name}}}}} for the text {{{name}}}"
        )
    return name


def _check_line(line: str, *, shell: bool) -> None:
    """Raises ValueError for a line that only a shell understands, where none was asked for."""
    if shell:
        return
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ValueError(f"command: {str(error).lower()} in {line!r}") from None
    quoted = [match[1] for match in QUOTED.finditer(line) if match[1]]
    bare = ONLY_A_SHELL.search(QUOTED.sub(" ", line))
    inner = next(filter(None, map(ONLY_A_SHELL_IN_QUOTES.search, quoted)), None)
    if strange := bare or inner:
        raise ValueError(
            f"command: {strange[0]!r} is for a shell, and none was asked for: add --shell, or quote"
            " it with '...' if the program itself is to get it"
        )
    if words and ASSIGNMENT.match(words[0]):
        raise ValueError(
            f"command: expected a program first, got the variable {words[0]!r}: put `env` before"
            " it, or add --shell"
        )


def _check_pattern(pattern: str) -> None:
    """Raises ValueError unless it is a regular expression with one group."""
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"pattern: not a regular expression: {error}: {pattern!r}") from None
    if groups != 1:
        raise ValueError(
            f"pattern: expected one group, the number, such as 'acc: ([0-9.]+)', got {groups} in"
            f" {pattern!r}"
        )


def variables(values: Mapping[str, str]) -> dict[str, str]:
    """The environment variables by which a command is told what its placeholders stand for."""
    return {VARIABLES[name]: value for name, value in values.items()}
