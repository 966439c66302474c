"""What `verify` says of claims, 80 columns wide: what differs, the verdicts, and whether they hold.

The last line is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from suite.reports.text_columns import wrapped
from suite.reports.wording import count_of
from suite.verification.checks import Check
from suite.verification.claim import ClaimCheck

UNCLAIMED = "certificates name no verdict, so no claim was verified"


def claim_lines(claim: ClaimCheck) -> list[str]:
    """All that is said of one claim, but for whether it holds."""
    head = "the same task, plan and seeds" if not claim.problems else "not what is published"
    lines = [f"{claim.title}, today: {head}"]
    for problem in (*claim.problems, *claim.notes):
        lines += _bullet(problem)
    changed = "the same as published" if not claim.changes else "not those that are published"
    lines.append(f"{claim.title}, verdicts recomputed: {changed}")
    said = claim.changes or [f"{subject}: {word}" for subject, word in claim.verdicts.items()]
    for line in said:
        lines += _bullet(line)
    return lines


def conclusion_lines(
    claims: Sequence[ClaimCheck], checks: Sequence[Check], page: str | None
) -> list[str]:
    """Whether the claims hold, the answer to all of them last. `page`: where RESULTS.md differs."""
    others = _other_reasons(claims, checks, page)
    if not claims:
        good = f"{count_of(len(checks), 'run')} gave what its certificate says again"
        why = "; ".join(others) or f"{good}; {UNCLAIMED}"
        return _answer("RUNS", why, holds=not others)
    if len(claims) == 1:
        (claim,) = claims
        reasons = _reasons(claim) + others
        why = "; ".join(reasons) or _how(claim)
        return _answer("CLAIM", f"{claim.title}: {why}", holds=not reasons)
    lines = []
    for claim in claims:
        reasons = _reasons(claim)
        lines += _bullet(
            f"{claim.title}: {'not ' * bool(reasons)}verified: {'; '.join(reasons) or _how(claim)}"
        )
    count = f"{sum(claim.holds for claim in claims)} of {len(claims)} hold"
    holds = are_verified(claims, checks, page)
    return lines + _answer("CLAIMS", "; ".join([count, *others]), holds=holds)


def are_verified(claims: Sequence[ClaimCheck], checks: Sequence[Check], page: str | None) -> bool:
    """Whether all of it holds."""
    return not _other_reasons(claims, checks, page) and all(claim.holds for claim in claims)


def _answer(noun: str, why: str, *, holds: bool) -> list[str]:
    return wrapped(f"{noun}{' ' if holds else ' NOT '}VERIFIED: {why}")


def _bullet(text: str) -> list[str]:
    """The text in lines of which the second and later ones stand further in."""
    first, *rest = wrapped(text, "    ")
    return [first[2:], *rest]


def _how(claim: ClaimCheck) -> str:
    """How far a claim that holds was verified."""
    if claim.agreed == claim.recorded:
        runs = "run was" if claim.recorded == 1 else f"{claim.recorded} runs were"
        return f"all {runs} run again and agree, and give these verdicts"
    return (
        f"as far as {claim.agreed} of {count_of(claim.recorded, 'run')}, which were run again and"
        f" agree; the verdicts follow from all {claim.recorded} records"
    )


def _reasons(claim: ClaimCheck) -> list[str]:
    """Why a claim does not hold; empty where it does."""
    reasons = []
    if bad := claim.rerun - claim.agreed:
        reasons.append(f"{bad} of {count_of(claim.rerun, 'run')} that were run again do not agree")
    if not claim.rerun:
        reasons.append("no run was run again")
    if claim.problems:
        ways = count_of(len(claim.problems), "way")
        reasons.append(f"task, plan or records differ in {ways} from today's")
    if claim.changes:
        verdicts = (
            "1 verdict is" if len(claim.changes) == 1 else f"{len(claim.changes)} verdicts are"
        )
        reasons.append(f"{verdicts} other than published")
    return reasons


def _other_reasons(
    claims: Sequence[ClaimCheck], checks: Sequence[Check], page: str | None
) -> list[str]:
    """What does not hold besides the claims: certificates of files, and the page."""
    in_claims = sum(claim.rerun - claim.agreed for claim in claims)
    bad = sum(not check.is_good for check in checks) - in_claims
    reasons = [] if bad <= 0 else [f"{count_of(bad, 'certificate')} of {len(checks)} not met"]
    return reasons if page is None else [*reasons, f"the page is not what its records say: {page}"]
