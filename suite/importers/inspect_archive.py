"""The `.eval` archive of inspect_ai: the parts of an EvalLog, each a JSON file in a zip.

`summaries.json` has the scores of all samples, with long texts cut short; `samples/` has each
sample whole.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from suite.errors import SuiteError
from suite.importers.bounds import MAX_VALUES, UNREADABLE, check_values, open_zip
from suite.importers.measured import MAX_FILE_BYTES
from suite.importers.optional import install
from suite.result import MAX_REFUSAL


def read_archive(path: Path, *, whole: bool = False) -> Mapping[str, Any]:
    """The log in an `.eval` archive, with the summaries of its samples, or with `whole` samples.

    Samples are whole in any case where summaries do not tell them apart: ids that are numbers may
    only count the samples, and summaries do not say which were invalidated. Raises SuiteError where
    it is none.
    """
    with contextlib.suppress(ImportError):
        # optional: teaches zipfile the compression of newer logs; Python 3.14 knows it
        import zipfile_zstd  # noqa: F401
    try:
        with path.open("rb") as opened, open_zip(str(path), opened) as archive:
            return _log(_Parts(path, archive), whole=whole)
    except NotImplementedError:
        raise SuiteError(
            f"{path}: compressed with zstd: {install('inspect')}, or write the log as JSON"
        ) from None
    except KeyError as error:
        raise SuiteError(
            f"{path}: expected a finished log of inspect_ai: {error.args[0]}"
        ) from None
    except OSError as error:
        raise SuiteError(f"{path}: cannot read results: {error.strerror or error}") from None
    except UNREADABLE as error:
        reason = " ".join(str(error).split())
        raise SuiteError(f"{path}: not valid eval: {reason:.{MAX_REFUSAL}}") from None


class _Parts:
    """The parts of an archive, which are read only so long as they are not too large together."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        self._bytes = self._values = 0
        self.names = frozenset(archive.namelist())

    def read(self, name: str) -> Any:
        """The JSON of one part. Raises SuiteError, and KeyError where it is missing."""
        try:
            with self._archive.open(name) as opened:
                content = opened.read(MAX_FILE_BYTES - self._bytes + 1)
        except (KeyError, NotImplementedError, MemoryError):
            raise
        except Exception as error:  # what it unpacks with refuses in many ways
            raise ValueError(f"{name}: {error}") from None
        self._bytes += len(content)
        self._values += check_values(f"{self._path}: {name:.80}", content)
        if self._bytes > MAX_FILE_BYTES or self._values > MAX_VALUES:
            raise SuiteError(
                f"{self._path}: expected at most {MAX_FILE_BYTES} bytes and {MAX_VALUES:,} values"
                " in the parts that are compared, when unpacked: write logs of fewer samples"
            )
        return from_json(content)


def _log(parts: _Parts, *, whole: bool) -> Mapping[str, Any]:
    header, samples = parts.read("header.json"), parts.read("summaries.json")
    if not isinstance(header, dict) or not isinstance(samples, list):
        raise ValueError("expected a header that is an object, and a list of summaries")
    log = {**header, "samples": samples}
    if "reductions.json" in parts.names:
        log["reductions"] = parts.read("reductions.json")
    if whole or header.get("invalidated") or any(_is_counted(sample) for sample in samples):
        log["samples"] = [_whole(parts, sample) for sample in samples]
    return log


def _is_counted(sample: object) -> bool:
    return isinstance(sample, dict) and isinstance(sample.get("id"), int)


def _whole(parts: _Parts, summary: object) -> Any:
    if not isinstance(summary, dict):
        return summary
    return parts.read(f"samples/{summary.get('id')}_epoch_{summary.get('epoch')}.json")
