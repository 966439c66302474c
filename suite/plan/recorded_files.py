"""Files that no plan foresaw: runs noted that they read them, and a later edit makes them stale."""

from __future__ import annotations

from dataclasses import replace

from suite.plan.plan import Plan
from suite.provenance.identity import READ, Parts, question_id
from suite.provenance.project import digest_in_project
from suite.store.records import ResultSource


def with_recorded_files(plan: Plan, records: ResultSource) -> Plan:
    """The plan, with new questions where files that its stored runs noted have changed since.

    A new question holds what those files are today. Where they are as they were, nothing changes,
    so that runs count whose files are as they were noted.
    """
    parts = {cell: _with_files(asked, plan, records) for cell, asked in plan.parts.items()}
    questions = {cell: question_id(asked) for cell, asked in parts.items()}
    jobs = tuple(replace(job, question=questions[job.cell]) for job in plan.jobs)
    return replace(plan, parts=parts, questions=questions, jobs=jobs)


def _with_files(parts: Parts, plan: Plan, records: ResultSource) -> Parts:
    """The question that is asked today: that of the runs whose files are as they were noted."""
    while changed := _changed_files(parts, plan, records):
        parts = {**parts, READ: {**parts.get(READ, {}), **changed}}
    return parts


def _changed_files(parts: Parts, plan: Plan, records: ResultSource) -> dict[str, str]:
    """Today's digests of the files that runs of a question noted with others, by name."""
    noted = {
        item
        for run in records.results(question_id(parts), plan.environment)
        for item in run.unforeseen.items()
    }
    today = {name: digest_in_project(name, ".") for name, _ in noted}
    asked = parts.get(READ, {})
    return {
        name: today[name]
        for name, digest in sorted(noted)
        if digest != today[name] != asked.get(name)
    }
