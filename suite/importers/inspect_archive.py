"""The `.eval` archive of inspect_ai: the parts of an EvalLog, each a JSON file in a zip.

`summaries.json` has the scores of all samples, with long texts cut short; `samples/` has each
sample whole.
"""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from suite.errors import SuiteError
from suite.importers.measured import MAX_FILE_BYTES


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
        with zipfile.ZipFile(path) as archive:
            return _log(archive, whole=whole)
    except NotImplementedError:
        raise SuiteError(
            f"{path}: compressed with zstd: install suite[inspect], or write the log as JSON"
        ) from None
    except KeyError as error:
        raise SuiteError(
            f"{path}: expected a finished log of inspect_ai: {error.args[0]}"
        ) from None
    except OSError as error:
        raise SuiteError(f"{path}: cannot read results: {error.strerror or error}") from None
    except (zipfile.BadZipFile, ValueError, RecursionError) as error:
        raise SuiteError(f"{path}: not valid eval: {error}".replace("\n", " ")) from None


def _log(archive: zipfile.ZipFile, *, whole: bool) -> Mapping[str, Any]:
    header, samples = _part(archive, "header.json"), _part(archive, "summaries.json")
    if not isinstance(header, dict) or not isinstance(samples, list):
        raise ValueError("expected a header that is an object, and a list of summaries")
    log = {**header, "samples": samples}
    if "reductions.json" in archive.namelist():
        log["reductions"] = _part(archive, "reductions.json")
    if whole or header.get("invalidated") or any(_is_counted(sample) for sample in samples):
        log["samples"] = [_whole(archive, sample) for sample in samples]
    return log


def _is_counted(sample: object) -> bool:
    return isinstance(sample, dict) and isinstance(sample.get("id"), int)


def _whole(archive: zipfile.ZipFile, summary: object) -> Any:
    if not isinstance(summary, dict):
        return summary
    return _part(archive, f"samples/{summary.get('id')}_epoch_{summary.get('epoch')}.json")


def _part(archive: zipfile.ZipFile, name: str) -> Any:
    if archive.getinfo(name).file_size > MAX_FILE_BYTES:
        raise ValueError(f"{name}: expected at most {MAX_FILE_BYTES} bytes")
    return json.loads(archive.read(name))
