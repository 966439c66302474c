"""The page in a browser: it asks nothing of the network, filters, links, hovers, downloads, and can
be used by everybody.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.tasks import ROOT

GOLDEN = ROOT / "tests" / "golden" / "page"
SIGHTS: dict[str, tuple[str, dict[str, Any]]] = {
    "light": ("", {}),
    "dark": ("#tiny-cpu", {"color_scheme": "dark"}),
    "phone": ("", {"viewport": {"width": 390, "height": 844}}),
    "print": ("#tiny-cpu", {"viewport": {"width": 720, "height": 900}, "color_scheme": "dark"}),
}
WIDTH = (
    "(one) => { const all = document.createRange(); all.selectNodeContents(one); return"
    " all.getBoundingClientRect().width; }"
)
Opened = Callable[..., Any]


def draw_all(page: Any) -> None:
    page.evaluate(
        "document.querySelectorAll('figure.chart').forEach((one) => { drawn.add(one); draw(one); })"
    )


def shown_sections(page: Any) -> list[str]:
    return [str(one.get_attribute("id")) for one in page.locator("section.study:visible").all()]


def rows_of_runs(page: Any) -> list[list[str]]:
    return [
        line.locator("td").all_inner_texts() for line in page.locator("#run-table tbody tr").all()
    ]


def test_it_loads_without_a_complaint_or_a_request_and_draws_every_figure(opened: Opened) -> None:
    page = opened()
    draw_all(page)
    assert page.locator(".plot .main-svg").count() >= 8
    assert page.locator(".card").count() == 2
    assert page.locator(".card .headline").first.inner_text().startswith("long beats short")


def test_filters_leave_what_was_asked_for(opened: Opened) -> None:
    page = opened()
    assert shown_sections(page) == ["tiny-cpu", "other-cuda"]
    assert page.locator("#count").inner_text() == "57 of 57 runs"
    page.select_option("#filter-device", "cuda")
    assert shown_sections(page) == ["other-cuda"]
    assert page.locator(".card:visible").count() == 1
    page.select_option("#filter-arm", "control")
    assert page.locator("#count").inner_text() == "7 of 57 runs"
    assert {row[1] for row in rows_of_runs(page)} == {"control"}
    arms = page.locator("#other-cuda tr[data-arms]:visible").evaluate_all(
        "rows => rows.map(row => row.dataset.arms)"
    )
    assert all("control" in one.split() or not one for one in arms)
    page.click("text=Show all")
    assert page.locator("#count").inner_text() == "57 of 57 runs"


def test_every_state_has_a_link_and_the_way_back_works(opened: Opened) -> None:
    page = opened("#arm=long&device=cpu&sort=-accuracy&tiny-cpu.pair=1&tiny-cpu.cost=seconds")
    assert page.input_value("#filter-arm") == "long"
    assert page.locator("#count").inner_text() == "12 of 57 runs"
    assert page.input_value('select[data-choice="tiny-cpu.pair"]') == "1"
    assert page.input_value('select[data-choice="tiny-cpu.cost"]') == "seconds"
    best = [float(row[5]) for row in rows_of_runs(page)]
    assert best == sorted(best, reverse=True)
    assert best[0] == pytest.approx(90.8)  # percent; seed 4: 0.80 + 4 * 0.002 + 0.10
    page.select_option("#filter-arm", "short")
    assert "arm=short" in page.url
    page.go_back()
    assert page.input_value("#filter-arm") == "long"
    again = opened("#" + page.url.partition("#")[2])
    assert again.locator("#count").inner_text() == "12 of 57 runs"


def test_a_run_is_told_of_when_it_is_pointed_at(opened: Opened) -> None:
    page = opened("#task=tiny")
    draw_all(page)
    page.locator('figure[data-study="tiny-cpu"][data-kind="seeds"]').scroll_into_view_if_needed()
    points = (
        page.locator('figure[data-study="tiny-cpu"][data-kind="seeds"] .scatterlayer .trace')
        .nth(1)
        .locator(".point")
    )
    box = points.nth(5).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    label = page.locator(".hoverlayer .hovertext")
    label.first.wait_for()
    assert "short, seed 5: 80" in label.first.text_content()
    assert "run tinyshort-sh" in label.first.text_content()


def test_the_download_holds_the_runs_that_are_chosen(opened: Opened) -> None:
    page = opened("#task=other&arm=control&sort=seed")
    with page.expect_download() as waited:
        page.click("#download")
    assert waited.value.suggested_filename == "runs.csv"
    rows = list(csv.DictReader(io.StringIO(Path(waited.value.path()).read_text())))
    assert [row["seed"] for row in rows] == [str(seed) for seed in range(7)]
    assert rows[0]["accuracy"] == "0.899"  # 0.80 + 0.10 - 0.001
    assert (rows[6]["accuracy"], rows[6]["status"]) == ("", "failed")
    assert rows[6]["reason"] == "ValueError: a | pipe and a <tag>"
    assert rows[0]["key"] == "othercontrol-control-0"


def test_the_command_that_runs_a_run_again_is_copied(opened: Opened) -> None:
    page = opened(
        "#task=tiny&arm=long&sort=seed", permissions=["clipboard-read", "clipboard-write"]
    )
    page.locator("#run-table tbody tr").nth(2).get_by_role("button").click()
    page.locator("#told:has-text('Copied')").wait_for()
    assert (
        page.evaluate("navigator.clipboard.readText()")
        == "suite verify tinylong-lon --from results"
    )


def test_runs_are_sorted_and_paged_by_keyboard(opened: Opened) -> None:
    page = opened()
    assert page.locator("#place").inner_text() == "page 1 of 3"
    button = page.get_by_role("button", name="seed", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")  # the heading keeps the focus
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    assert [row[2] for row in rows_of_runs(page)][:3] == ["11", "11", "11"]
    page.locator("#next").press("Enter")
    assert page.locator("#place").inner_text() == "page 2 of 3"
    first = opened()
    first.keyboard.press("Tab")
    assert first.evaluate("document.activeElement.textContent") == "To the verdicts"


def test_a_heading_sorts_its_table_and_the_link_keeps_that(opened: Opened) -> None:
    page = opened()

    def arms(of: Any) -> list[str]:
        return list(
            of.locator(
                'table:has(caption:text-is("Arms of tiny-cpu")) tbody td:first-child'
            ).all_inner_texts()
        )

    own_order = arms(page)
    heading = page.locator('table:has(caption:text-is("Arms of tiny-cpu"))').get_by_role(
        "button", name="arm", exact=True
    )
    heading.focus()
    page.keyboard.press("Enter")
    assert arms(page) == sorted(own_order)
    page.keyboard.press("Enter")
    assert arms(page) == sorted(own_order, reverse=True)
    assert page.locator("th[aria-sort=descending]").count() == 1
    assert arms(opened("#" + page.url.partition("#")[2])) == sorted(own_order, reverse=True)
    page.keyboard.press("Enter")
    assert arms(page) == own_order


def test_numbers_are_sorted_by_their_size_and_what_is_missing_comes_last(opened: Opened) -> None:
    page = opened()
    page.evaluate(
        """texts => {
      const table = tables[0], rows = [...table.tBodies[0].rows];
      while (table.tBodies[0].rows.length < texts.length) table.tBodies[0].append(rows[0].cloneNode(true));
      texts.forEach((text, place) => { table.tBodies[0].rows[place].dataset.place = place; table.tBodies[0].rows[place].cells[1].textContent = text; });
    }""",
        ["96.50 ± 0.2", "-", "1,200", "-0.5", "+3.1 [2, 4]", "9.1e-05"],
    )

    def column(asked: str) -> list[str]:
        page.evaluate("asked => choose(sortOf(tables[0]), asked)", asked)
        return list(page.locator("table").first.locator("tbody td:nth-child(2)").all_inner_texts())

    rising = ["-0.5", "9.1e-05", "+3.1 [2, 4]", "96.50 ± 0.2", "1,200"]
    assert column("2") == [*rising, "-"]
    assert column("-2") == [*reversed(rising), "-"]


@pytest.mark.parametrize("settings", SIGHTS.values(), ids=SIGHTS.keys())
def test_axe_finds_nothing_to_mend(opened: Opened, settings: tuple[str, dict[str, Any]]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened("", **settings[1])
    draw_all(page)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]][:5]) for one in found] == []


def test_a_phone_needs_no_sideways_scrolling(opened: Opened) -> None:
    page = opened("", viewport={"width": 390, "height": 844})
    draw_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_paper_is_light_and_shows_what_was_folded_but_no_controls(opened: Opened) -> None:
    page = opened("", color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(media="print", color_scheme="dark")
    page.locator("html[data-theme=light]").wait_for(state="attached")
    assert page.locator("#tiny-cpu details:not([open]) table").first.bounding_box()["height"] > 0
    assert not page.locator("#filters").is_visible()
    page.emulate_media(media="screen", color_scheme="dark")
    page.locator("html[data-theme=dark]").wait_for(state="attached")
    assert page.locator("details[open]").count() == 0


def test_a_printed_page_is_whole(opened: Opened) -> None:
    """As many sheets as where everything was unfolded before: what unfolds while printing is cut
    off at the end.
    """
    page = opened()

    def sheets() -> int:
        return len(re.findall(rb"/Type /Page\b", page.pdf(format="A4")))

    folded = sheets()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert folded == sheets()
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.remove())")
    assert sheets() < folded


def test_on_paper_no_table_is_wider_than_the_sheet(opened: Opened) -> None:
    page = opened("", viewport={"width": 700, "height": 900})  # A4 within its margins
    page.emulate_media(media="print")
    page.locator("html[data-theme=light]").wait_for(state="attached")
    assert (
        page.evaluate(
            "Math.max(...[...document.querySelectorAll('table')].map((one) => one.offsetWidth))"
        )
        <= 700
    )
    sizes = page.evaluate(
        "[...document.querySelectorAll('th button, td')].map((one) =>"
        " getComputedStyle(one).fontSize)"
    )
    assert len(set(sizes)) == 1


def test_a_filter_narrows_the_arms_and_everything_that_was_reported(opened: Opened) -> None:
    page = opened("#task=tiny&arm=control")
    assert page.locator("#claims tbody tr:visible").count() == 0
    assert (
        page.locator("#claims .none:visible").first.inner_text()
        == "Nothing was reported on what is shown here."
    )
    page.select_option("#filter-arm", "long")
    assert (
        page.locator("#claims tbody tr:visible").count() == 4
    )  # order and level, and their evidence
    page.evaluate("studies[0].arms[2] = 'renamed'; choose('arm', 'renamed')")
    page.select_option("#filter-task", "other")
    assert page.input_value("#filter-arm") == ""
    assert page.locator("#filter-arm option").all_inner_texts() == [
        "all arms",
        "short",
        "long",
        "control",
    ]


def test_filters_that_nothing_matches_say_so_and_can_be_undone(opened: Opened) -> None:
    page = opened("#task=tiny&device=cuda")
    assert page.locator("#nothing").is_visible()
    assert [one.get_attribute("id") for one in page.locator("main > section:visible").all()] == [
        "environment",
        "words",
    ]
    assert page.locator("nav a:visible").all_inner_texts() == ["Environment", "Words"]
    page.click("#show-all")
    assert not page.locator("#nothing").is_visible()
    assert page.locator("#count").inner_text() == "57 of 57 runs"


def test_following_a_link_on_the_page_keeps_the_view_in_the_address(opened: Opened) -> None:
    page = opened("#task=tiny")
    assert page.locator("nav a:visible", has_text="other").count() == 0
    page.click("nav >> text=Words")
    assert page.url.endswith("#at=words&task=tiny")
    again = opened("#at=words&task=tiny")
    assert shown_sections(again) == ["tiny-cpu"]
    assert 0 <= again.locator("#words").bounding_box()["y"] < 900
    page.go_back()
    assert shown_sections(page) == ["tiny-cpu"]
    plain = opened()
    plain.click("nav >> text=Words")
    assert plain.url.endswith("#words")


def test_what_was_copied_is_said_where_it_is_seen(opened: Opened) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened("#task=tiny", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("#run-table tbody tr").nth(20).get_by_role("button")
    button.scroll_into_view_if_needed()
    button.click()
    page.locator("#told:has-text('Copied')").wait_for()
    box = page.locator("#told").bounding_box()
    assert 0 < box["y"] < box["y"] + box["height"] <= 900
    assert axe.Axe().run(page).response["violations"] == []


def test_the_whole_cell_of_a_heading_sorts(opened: Opened) -> None:
    page = opened()
    page.locator("#run-table th").nth(2).click(position={"x": 3, "y": 3})
    assert "sort=seed" in page.url
    heading = page.locator('table:has(caption:text-is("Arms of tiny-cpu")) th').first
    heading.click(position={"x": 3, "y": 3})
    assert heading.get_attribute("aria-sort") == "ascending"


def test_a_heading_is_explained_to_those_who_point_and_to_those_who_listen(opened: Opened) -> None:
    heading = opened().locator(
        'table:has(caption:text-is("Comparisons of tiny-cpu")) th', has_text="smallest detectable"
    )
    said = heading.get_attribute("title")
    assert said.startswith("The smallest mean difference")
    assert heading.get_by_role("button").get_attribute("aria-description") == said


def test_times_of_seeds_that_trained_together_are_shown_per_seed(opened: Opened) -> None:
    page = opened("#task=tiny&arm=short&sort=seed")
    page.evaluate("runs.seeds_together.fill(4); show()")
    assert page.locator("#run-table th").nth(6).inner_text() == "training time per seed, s"
    assert [row[6] for row in rows_of_runs(page)][:2] == [
        "0.375",
        "0.625",
    ]  # a quarter of 1.5 s and of 2.5 s


def test_a_metric_that_an_arm_does_not_have_is_said(opened: Opened) -> None:
    page = opened()
    page.evaluate(
        "studies[0].metrics[0].means.short = null; studies[0].metrics[0].pairs = []; show()"
    )
    draw_all(page)
    figure = page.locator('figure[data-study="tiny-cpu"][data-kind="gaps"]')
    assert (
        figure.locator(".note").inner_text() == "accuracy: no value of short. Nothing to compare."
    )
    assert figure.locator(".xtick").count() == 0
    assert not page.locator(
        'figure[data-study="tiny-cpu"][data-kind="curves"] .note'
    ).is_visible()  # it has the curve


def test_costs_that_hardly_differ_look_so_and_far_ones_have_powers_of_ten(opened: Opened) -> None:
    page = opened()
    layout = """costs => {
      studies[0].arms.forEach((arm, place) => { studies[0].costs[arm].gflop = costs[place]; });
      const axis = drawCosts(studies[0])[1].xaxis;
      return [axis.title.text, axis.range, axis.ticktext];
    }"""
    title, (low, high), _ = page.evaluate(layout, [658.0, 658.1, 658.0])
    assert (title, low < 0.91 * 658, high > 1.09 * 658) == ("training GFLOP", True, True)
    title, _, ticks = page.evaluate(layout, [0.02, 4.0, 3.0])
    assert (title, ticks) == ("training GFLOP (log scale)", ["0.01", "0.1", "1", "10"])


def test_a_wide_table_is_shaded_where_it_goes_on_and_its_verdicts_wrap(opened: Opened) -> None:
    page = opened("", viewport={"width": 390, "height": 844})
    box = page.locator('.scroll:has(caption:text-is("Everything that was reported"))')
    assert box.evaluate("(one) => one.scrollWidth > one.clientWidth")
    assert (
        box.evaluate("(one) => getComputedStyle(one).backgroundAttachment")
        == "local, local, scroll, scroll"
    )
    assert (
        box.locator("td.wide").first.evaluate("(one) => getComputedStyle(one).whiteSpace")
        == "normal"
    )


def test_colours_are_chosen_and_part_of_the_link(opened: Opened) -> None:
    page = opened()
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert "colours=dark" in page.url


def test_without_scripts_verdicts_and_tables_are_there(opened: Opened) -> None:
    page = opened("", java_script_enabled=False)
    assert page.locator(".card .headline").first.is_visible()
    assert page.locator("#tiny-cpu table").first.is_visible()
    assert not page.locator("#filters").is_visible()


@pytest.mark.parametrize("name", SIGHTS)
def test_it_looks_as_it_did(opened: Opened, browser: Any, name: str, tmp_path: Path) -> None:
    """Against pictures that were looked at.

    Other versions of Chromium and other fonts draw other pixels: they are not compared.
    """
    from PIL import Image, ImageChops

    place, settings = SIGHTS[name]
    page = opened(**settings)
    if name == "print":
        page.emulate_media(media="print")
        page.locator("html[data-theme=light]").wait_for(state="attached")
    draw_all(page)
    if place:
        page.locator(place).evaluate("(one) => one.scrollIntoView()")
    page.screenshot(path=tmp_path / "seen.png", animations="disabled")
    seen, golden = Image.open(tmp_path / "seen.png").convert("RGB"), GOLDEN / f"{name}.png"
    drawn_by = {
        "chromium": browser.version,
        "width of the title": page.locator("h1").evaluate(WIDTH),
    }
    if not golden.exists():
        GOLDEN.mkdir(exist_ok=True)
        seen.quantize(64).save(golden, optimize=True)
        golden.with_suffix(".json").write_text(json.dumps(drawn_by, indent=1) + "\n")
        pytest.fail(f"wrote {golden}: look at it, then run again")
    if json.loads(golden.with_suffix(".json").read_text()) != drawn_by:
        pytest.skip(
            f"{golden.name} was drawn by another Chromium or with other fonts than {drawn_by}"
        )
    expected = Image.open(golden).convert("RGB")
    assert seen.size == expected.size
    difference = ImageChops.difference(seen, expected).convert("L")
    changed = sum(difference.histogram()[48:]) / (seen.width * seen.height)
    assert changed < 0.002, f"{100 * changed:.2f}% of the pixels differ from {golden}"
