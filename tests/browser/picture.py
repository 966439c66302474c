"""Draws the README's picture: the page of the published records in Chromium, light and dark.

`make picture` runs it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from suite.reports.report_files import make_html, require_analyses
from suite.store.record_reading import read_records
from tests.browser import NAMES
from tests.support.tasks import ROOT

FOLDER = ROOT / "docs" / "pictures"
SIZE = (1280, 1040)
COLOURS = 96  # of the picture: few enough for a small file, and nobody sees it


def draw(browser: Browser, page: Path, scheme: str) -> None:
    """Writes the figures and the verdict of the first task whose reported difference was looked
    into.
    """
    context = browser.new_context(
        viewport={"width": SIZE[0], "height": SIZE[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    opened = context.new_page()
    opened.goto(page.as_uri() + "#task=siamese-vs-separate")
    opened.locator("#siamese-vs-separate-cpu figure[data-kind=gaps] .main-svg").first.wait_for()
    opened.locator("#verdicts").evaluate("(one) => one.scrollIntoView()")
    picture = Image.open(BytesIO(opened.screenshot(animations="disabled"))).convert("RGB")
    FOLDER.mkdir(exist_ok=True)
    picture.quantize(COLOURS).save(FOLDER / f"page-{scheme}.png", optimize=True)
    context.close()


def main() -> None:
    """Both pictures."""
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        sys.exit(f"make picture: no browser on PATH ({', '.join(NAMES)}), and CHROMIUM names none")
    records = read_records(ROOT / "results")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        page = Path(folder) / "report.html"
        page.write_text(make_html(records, require_analyses(records)))
        browser = started.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            draw(browser, page, scheme)
        browser.close()


if __name__ == "__main__":
    main()
