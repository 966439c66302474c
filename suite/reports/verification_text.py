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
    words = claim.changes or [f"{subject}: {word}" for subject, word in claim.verdicts.items()]
    for line in words:
        lines += _bullet(line)
    return lines


def conclusion_lines(
    claims: Sequence[ClaimCheck], checks: Sequence[Check], page: str | None
) -> list[str]:
    """How far each claim was verified; in the last line, which is never divided, whether all hold.

    `page`: where RESULTS.md is not what its records say.
    """
    lines = [] if page is None else wrapped(f"not what its records say: {page}")
    others = _other_reasons(claims, checks, page)
    if not claims:
        return [*lines, _answer("RUNS", UNCLAIMED, others)]
    lines += [line for claim in claims if claim.holds for line in wrapped(_how(claim))]
    if len(claims) == 1:
        (claim,) = claims
        runs = f"{claim.agreed} of {claim.recorded} runs"
        part = f" as far as {runs}" * (not claim.is_whole)
        if claim.is_of_logs:
            part = f" as far as the log of {runs} goes"
        return [*lines, _answer("CLAIM", claim.title, [*_reasons(claim), *others], part)]
    for claim in claims:
        if not claim.holds:
            lines += wrapped(f"{claim.title}: {'; '.join(_reasons(claim))}")
    wrong = [claim.title for claim in claims if not claim.holds]
    reasons = [f"not {', '.join(wrong)}", *others] if wrong else others
    return [*lines, _answer("CLAIMS", f"{len(claims) - len(wrong)} of {len(claims)}", reasons)]


def are_verified(claims: Sequence[ClaimCheck], checks: Sequence[Check], page: str | None) -> bool:
    """Whether all of it holds."""
    return not _other_reasons(claims, checks, page) and all(claim.holds for claim in claims)


def _answer(noun: str, about: str, reasons: Sequence[str], part: str = "") -> str:
    if reasons:
        return f"{noun} NOT VERIFIED: {about}: {'; '.join(reasons)}"
    return f"{noun} VERIFIED{part}: {about}"


def _bullet(text: str) -> list[str]:
    """The text in lines of which the second and later ones stand further in."""
    first, *rest = wrapped(text, "    ")
    return [first[2:], *rest]


def _how(claim: ClaimCheck) -> str:
    """How far a claim that holds was verified."""
    if claim.is_of_logs:
        return (
            f"{claim.title}, nothing was run again: the files of {claim.agreed} of"
            f" {claim.recorded} runs are those that were read; the verdicts follow from the records"
        )
    if claim.is_whole:
        runs = "run was" if claim.recorded == 1 else f"{claim.recorded} runs were"
        return f"{claim.title}: all {runs} run again and agree, and give these verdicts"
    return (
        f"{claim.title}: {claim.agreed} of {claim.recorded} runs were run again and agree; the"
        " verdicts follow from all records"
    )


def _reasons(claim: ClaimCheck) -> list[str]:
    """Why a claim does not hold; empty where it does."""
    reasons = []
    if bad := claim.rerun - claim.agreed:
        again = "with the files of their log" if claim.is_of_logs else "when run again"
        reasons.append(f"{bad} of {count_of(claim.rerun, 'run')} do not agree {again}")
    if not claim.rerun:
        again = "whose log is here" if claim.is_of_logs else "that were run again"
        reasons.append(f"none of its runs is among those {again}")
    if claim.problems:
        reasons.append("what is published is not today's task, plan and seeds")
    if claim.changes:
        many = f"{len(claim.changes)} verdicts are"
        reasons.append(f"{'1 verdict is' if len(claim.changes) == 1 else many} not as published")
    return reasons


def _other_reasons(
    claims: Sequence[ClaimCheck], checks: Sequence[Check], page: str | None
) -> list[str]:
    """What does not hold besides the claims: runs of other certificates, and the page."""
    in_claims = sum(claim.rerun - claim.agreed for claim in claims)
    bad = sum(not check.is_good for check in checks) - in_claims
    reasons = [f"{count_of(bad, 'certificate')} not met"] if bad > 0 else []
    return [*reasons, *([] if page is None else ["the page is not what its records say"])]
