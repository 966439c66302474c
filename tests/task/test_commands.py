"""Commands as arms: their placeholders, what is refused, and where a metric may stand."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from suite.task.commands import Command, MetricSource, known_direction, variables


def why_not(model: type[Command | MetricSource], **fields: Any) -> str:
    """The one line by which a declaration is refused."""
    with pytest.raises(ValidationError) as refused:
        model(**fields)
    (error,) = refused.value.errors(include_url=False)
    return error["msg"].removeprefix("Value error, ")


def words_of(command: str | tuple[str, ...], *, shell: bool = False) -> list[str] | str:
    return Command(command=command, shell=shell).substituted(7, "cuda", "/tmp/a b", "base")


def test_a_line_is_split_before_its_placeholders_are_replaced() -> None:
    line = "train --seed {seed} --to={out}/x '{device} {arm}'"
    assert words_of(line) == ["train", "--seed", "7", "--to=/tmp/a b/x", "cuda base"]


def test_words_are_taken_as_they_are() -> None:
    assert words_of(("train", "a | b", "$HOME", "{seed}")) == ["train", "a | b", "$HOME", "7"]


def test_braces_that_are_no_placeholder_stand_for_themselves() -> None:
    assert words_of(("x", '{"a": {"b": 1}}', "{1,2}", "{}", "{{seed}}", '{"s":{seed}}')) == [
        "x", '{"a": {"b": 1}}', "{1,2}", "{}", "{seed}", '{"s":7}',
    ]  # fmt: skip


def test_a_shell_gets_one_line_with_values_quoted_and_its_own_variables_left() -> None:
    line = "cd {out} && echo ${seed} {seed} | awk '{print $1}'"
    assert words_of(line, shell=True) == "cd '/tmp/a b' && echo ${seed} 7 | awk '{print $1}'"


def test_the_words_of_a_line_for_a_shell_are_apart_from_its_operators() -> None:
    words = Command(command="python train.py>log && python test.py; ls", shell=True).words
    assert {"train.py", "test.py"} <= set(words)


@pytest.mark.parametrize(
    ("command", "is_seeded"),
    [
        ("train --seed {seed}", True),
        ("train --seed {{seed}}", False),
        ("train --seed 1", False),
        (("sh", "-c", "echo $SUITE_SEED"), True),
    ],
)
def test_a_command_is_seeded_where_it_is_given_the_seed(
    command: str | tuple[str, ...], is_seeded: bool
) -> None:
    assert Command(command=command).is_seeded is is_seeded
    assert Command(command=command, reads_seed=True).is_seeded


@pytest.mark.parametrize(
    ("line", "sign"),
    [
        ("a | b", "|"),
        ("a > b", ">"),
        ("a && b", "&&"),
        ("a; b", ";"),
        ("a $(b)", "$("),
        ("a $HOME", "$HOME"),
        ('a "$HOME"', "$HOME"),
        ("a *.txt", "*"),
        ("a ~/b", "~"),
    ],
)
def test_what_only_a_shell_understands_is_refused_without_one(line: str, sign: str) -> None:
    expected = f"command: {sign!r} is for a shell, and none was asked for: add --shell"
    assert why_not(Command, command=line).startswith(expected)
    assert Command(command=line, shell=True).substituted(0, "cpu", "o", "a") == line


@pytest.mark.parametrize("line", ["a '*' 'b | c' '$HOME'", r"a \* \;", "a x~ [1]", 'a "b | c"'])
def test_what_is_quoted_goes_to_the_program(line: str) -> None:
    Command(command=line)


def test_other_lines_that_cannot_be_started_are_refused() -> None:
    assert why_not(Command, command="train --seed {sead}") == (
        "command: unknown placeholder {sead}; did you mean 'seed'?; write {{sead}} for the text"
        " {sead}"
    )
    assert "put `env` before it, or add --shell" in why_not(Command, command="A=1 train")
    assert why_not(Command, command="train 'x") == 'command: no closing quotation in "train \'x"'
    assert why_not(Command, command=" ") == "command: expected a program, got nothing"
    assert "one line of text" in why_not(Command, command=("a", "b"), shell=True)
    assert "paths of files in {out}" in why_not(Command, command="a", outputs=("../b",))


def test_a_pattern_has_one_group() -> None:
    assert MetricSource(pattern=r"acc: ([\d.]+)").at == "last"
    assert "expected one group" in why_not(MetricSource, pattern="acc: .*")
    assert "not a regular expression" in why_not(MetricSource, pattern="acc: (")
    assert "neither key nor file" in why_not(MetricSource, pattern="(a)", file="b.json")


@pytest.mark.parametrize(
    "at", ["last", "best", "best:val_loss", "best:x:lower", "step=500", "epoch=1"]
)
def test_at_says_which_row_of_a_file(at: str) -> None:
    assert MetricSource(file="log.csv", at=at).at == at


def test_an_at_that_says_nothing_is_refused() -> None:
    assert 'expected "last", "best"' in why_not(MetricSource, file="a.csv", at="first")
    assert "for what is read from the output" in why_not(MetricSource, at="best")
    assert '"best:x:lower" or "best:x:higher"' in why_not(MetricSource, file="a.csv", at="best:x")


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("val_acc", "higher"),
        ("Test/Acc@1", "higher"),
        ("valid loss", "lower"),
        ("perplexity", "lower"),
        ("closs", None),
        ("accuracy_loss", None),
    ],
)
def test_usual_names_say_what_is_better(name: str, direction: str | None) -> None:
    assert known_direction(name) == direction


def test_variables_have_the_names_of_the_placeholders() -> None:
    assert variables({"seed": "3", "out": "/o"}) == {"SUITE_SEED": "3", "SUITE_OUT": "/o"}
