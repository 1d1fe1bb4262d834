"""How tests look at pages in a browser: on a phone and at a desk, with axe, and by keyboard."""

import os
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_KEPT_IN = os.environ.get("SCREENSHOTS")
_FOCUSED = """() => {
  const at = document.activeElement, shown = getComputedStyle(at);
  return [at.labels?.length ? at.labels[0].textContent : at.textContent, shown.outlineStyle];
}"""
# Fields and buttons a finger can hardly hit: a tick box counts with its label, a link within a text does not.
_TOO_SMALL = """() => [...document.querySelectorAll("button, summary, select, textarea, input:not([type=hidden])")]
  .map((each) => [each, (each.type === "checkbox" && each.labels[0] || each).getBoundingClientRect()])
  .filter(([each, box]) => box.width && box.height < 43.5)
  .map(([each, box]) => `${each.name || each.textContent.trim()}: ${box.height}`)"""


async def looked_at(page: Page, name: str) -> None:
    """Look at a page on a phone and at a desk: nothing is wider than the screen, and axe finds nothing.

    With SCREENSHOTS=FOLDER in the environment it is kept there as a picture of each width, for people to look at.
    """
    for width in (360, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        assert (name, await page.evaluate("document.documentElement.scrollWidth")) == (name, width)
        if width == 360:
            assert (name, await page.evaluate(_TOO_SMALL)) == (name, [])
        if _KEPT_IN:
            await page.screenshot(path=Path(_KEPT_IN) / f"{name}-{width}.png", full_page=True)
    found = (await Axe().run(page)).response["violations"]
    assert (name, [(each["id"], each["nodes"][0]["target"]) for each in found]) == (name, [])


async def tab_to(page: Page, name: str) -> None:
    """Go by keyboard to the next field, button or link of a name; on the way one always sees where one is."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        said, outline = await page.evaluate(_FOCUSED)
        assert (said, outline) == (said, "solid")
        if said.strip().startswith(name):
            return
    raise AssertionError(f"no Tab leads to {name}")


async def typed_at(page: Page, name: str, text: str) -> None:
    """Write into a field by keyboard, in place of what stands there."""
    await tab_to(page, name)
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(text)
