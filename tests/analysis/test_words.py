"""The words of verdicts: what they print, and that a table of meanings holds each."""

from __future__ import annotations

import json

import pytest

from suite.analysis.words import (
    DirectionWord,
    LevelWord,
    MeanGapWord,
    SizeWord,
    TargetWord,
    Verdict,
    Word,
)
from suite.reports.prose import anchor_of
from suite.reports.wording import MEANINGS


@pytest.mark.parametrize(
    "word", [*Verdict, *DirectionWord, *SizeWord, *MeanGapWord, *LevelWord, *TargetWord]
)
def test_a_word_prints_as_its_text_and_has_a_meaning(word: Word) -> None:
    text = str(word)
    assert text == word == f"{word}" == json.loads(json.dumps(word))
    assert text.isupper()
    assert MEANINGS[word]


def test_a_words_anchor_is_the_one_of_its_heading() -> None:
    assert anchor_of("LOWER THAN RUNS GIVE HERE") == "lower-than-runs-give-here"
