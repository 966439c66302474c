"""A Chromium of the system, and pages of records that were never run.

Skipped, with the reason, where there is no browser.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import NAMES
from tests.support.fakes import made_study

LOCK = "tests/browser/requirements.txt"


def executable() -> str:
    """The browser's path. Skips the test where there is none, unless CHROMIUM names one."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser on PATH ({', '.join(NAMES)}), and CHROMIUM names none")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason=f"playwright is not installed: see {LOCK}"
    )
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two tasks: `tiny` on the CPU, 12 seeds and three arms, one of them with a failed
    run, and `other`.
    """
    from suite.analysis.analyse import analyse
    from suite.reports.web.page import render_html

    studies = [made_study("tiny", 12), made_study("other", 7, device="cuda")]
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(
        render_html([analyse(one) for one in studies], {"environment-1": {"cpu": "a <processor>"}})
    )
    return path


@pytest.fixture
def opened(browser: Any, page_file: Path) -> Iterator[Callable[..., Any]]:
    """Opens the page at an address, in a browser of its own that asks nothing of the network and
    has nothing to complain of.
    """
    contexts, complaints, requests = [], list[str](), list[str]()

    def opened_at(address: str = "", **settings: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(page_file.as_uri() + address)
        return page

    yield opened_at
    for context in contexts:
        context.close()
    assert complaints == []
    outside = [
        url for url in requests if not url.startswith((page_file.as_uri(), "data:", "blob:"))
    ]
    assert outside == []
