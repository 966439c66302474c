"""What a certificate lacks: a record without bits could not be wrong, so it proves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from suite.provenance.identity import question_id, run_key
from suite.verification.certificate import Certificate

SHA256 = re.compile("[0-9a-f]{64}")


def list_gaps(claimed: Certificate, rerun: Certificate) -> list[str]:
    """What is missing in a certificate, or cannot be what it is said to be, a line each.

    The re-run says what such a run leaves. The key must be that of the question and the seed.
    """
    return [
        *_identity_gaps(claimed),
        *_hash_gaps(claimed, rerun),
        *_value_gaps(claimed, rerun),
    ]


def _identity_gaps(claimed: Certificate) -> Iterator[str]:
    for name, fields in (("question", claimed.question), ("environment", claimed.environment)):
        if not fields:
            yield f"incomplete: {name}: expected its fields, got none"
    expected = run_key(question_id(claimed.question), claimed.seed)
    if claimed.question and claimed.key != expected:
        yield (
            f"key: expected {expected[:7]}, of its question and seed {claimed.seed}, got"
            f" {claimed.key[:7]}"
        )


def _hash_gaps(claimed: Certificate, rerun: Certificate) -> Iterator[str]:
    for name, value in sorted(claimed.hashes.items()):
        if not SHA256.fullmatch(value) or len(set(value)) == 1:
            yield (
                f"incomplete: hash of {name}: expected the 64 hexadecimal digits of a SHA-256, got"
                f" {value[:12] or 'nothing'}"
            )
    if claimed.status != "failed":
        for name in sorted(rerun.hashes.keys() - claimed.hashes.keys()):
            yield f"incomplete: hash of {name}: expected one, as the re-run has, got none"


def _value_gaps(claimed: Certificate, rerun: Certificate) -> Iterator[str]:
    """What a run that did not fail lacks. A diverged one has no metrics."""
    if claimed.status == "failed":
        return
    for name, values in sorted(rerun.history.items()):
        if values and not claimed.history.get(name):
            yield f"incomplete: history of {name}: expected values, as the re-run has, got none"
    if claimed.status == rerun.status == "ok":
        for name in sorted(rerun.metrics.keys() - claimed.metrics.keys()):
            yield f"incomplete: metric {name}: expected a value, as the re-run has, got none"
    if rerun.status != "failed" and claimed.parameters != rerun.parameters:
        yield f"parameters: {claimed.parameters or 'nothing'} -> {rerun.parameters or 'nothing'}"
