"""A real browser without a window, driven by its DevTools protocol as a person drives it: mouse, keys, what is seen."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tornado.websocket import websocket_connect

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 60
LARGEST = 2**26  # bytes of an answer: a page on paper
CONTROL = 2  # as the protocol counts modifier keys


def find_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


class Page:
    """One page of the browser."""

    def __init__(self, address: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._socket = self._wait(websocket_connect, address, max_message_size=LARGEST)
        self._numbers = itertools.count(1)
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = self._send(method, parameters)
        while True:
            answer = json.loads(self._wait(self._socket.read_message))
            if answer.get("method") == "Page.javascriptDialogOpening":  # "Leave this page?"
                self._send("Page.handleJavaScriptDialog", {"accept": True})
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _send(self, method: str, parameters: dict[str, Any]) -> int:
        number = next(self._numbers)
        self._wait(self._socket.write_message, json.dumps({"id": number, "method": method, "params": parameters}))
        return number

    def _wait(self, begin: Callable[..., Awaitable[Any]], *told: Any, **more: Any) -> Any:
        async def wait() -> Any:
            return await asyncio.wait_for(begin(*told, **more), SECONDS)

        return self._loop.run_until_complete(wait())

    def close(self) -> None:
        self._socket.close()
        self._loop.close()

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression, which may be a promise."""
        said = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Wait until a JavaScript expression is true; gives what it is."""
        until = time.monotonic() + SECONDS
        while not (found := self.ask(expression)):
            assert time.monotonic() < until, f"never true: {expression}\n{self.ask('document.body.innerText')[:2000]}"
            time.sleep(0.1)
        return found

    def click_twice(self, selector: str) -> None:
        """Double-click the middle of the first element that ``selector`` finds."""
        box = self.wait_for(f"""(() => {{
            const found = document.querySelector({json.dumps(selector)});
            if (!found) return null;
            found.scrollIntoView({{block: 'center'}});
            const box = found.getBoundingClientRect();
            return box.width ? [box.x + box.width / 2, box.y + box.height / 2] : null;
        }})()""")
        where = {"x": box[0], "y": box[1], "button": "left"}
        for count in (1, 2):
            self.call("Input.dispatchMouseEvent", type="mousePressed", clickCount=count, **where)
            self.call("Input.dispatchMouseEvent", type="mouseReleased", clickCount=count, **where)

    def press(self, key: str, code: str, number: int, modifiers: int = 0) -> None:
        told = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="rawKeyDown", **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    def write(self, text: str) -> None:
        self.call("Input.insertText", text=text)


@contextmanager
def open_browser(profile: Path) -> Iterator[Page]:
    command = [
        *(str(find_browser()), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *("--remote-debugging-port=0", f"--user-data-dir={profile}", "--window-size=1280,900", "about:blank"),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            with closing(Page(_find_page(profile))) as page:
                yield page
        finally:
            browser.terminate()


def _find_page(profile: Path) -> str:
    """The address of the one page that is open; the browser writes its own when it is ready."""
    told, until = profile / "DevToolsActivePort", time.monotonic() + SECONDS
    while not (told.is_file() and told.read_text().strip()):
        assert time.monotonic() < until, "the browser never said where it listens"
        time.sleep(0.05)
    port = told.read_text().split()[0]
    with urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
        pages = [one for one in json.load(answer) if one["type"] == "page"]
    return pages[0]["webSocketDebuggerUrl"]


# Looking at a page with axe

#: All its rules; of what passes it says how much, not where.
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}
OF_COLOURS = ["color-contrast", "link-in-text-block"]
#: Pixels that a page is wider than its window.
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
ASK = """
axe.run(document, %s).then(found => JSON.stringify({
  passed: found.passes.length,
  beyond: %s,
  faults: found.violations.map(
    one => one.id + ': ' + one.help + ' at ' + one.nodes.map(node => node.target).join(', ')
  ),
}))
"""
WIDE, NARROW = 1280, 320
#: How a page is looked at: widths, settings for light and dark, and paper.
LOOKS = [
    {"width": WIDE, "scheme": "light"},
    {"width": WIDE, "scheme": "dark"},
    {"width": NARROW, "scheme": "light"},
    {"width": WIDE, "media": "print"},
]


def name_look(look: dict[str, Any]) -> str:
    return "-".join(map(str, look.values()))


def show(page: Page, address: str, **look: Any) -> None:
    set_look(page, **look)
    page.call("Page.navigate", url="about:blank")
    page.call("Page.navigate", url=address)
    page.wait_for(f"document.readyState === 'complete' && location.href === {json.dumps(address)}")


def set_look(page: Page, *, width: int = WIDE, scheme: str = "light", media: str = "screen") -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    scheme = {"name": "prefers-color-scheme", "value": scheme}
    page.call("Emulation.setEmulatedMedia", media=media, features=[scheme])


def find_faults_of_all(
    page: Page, axe: str, paths: Iterable[Path], looks: Sequence[dict[str, Any]] = LOOKS
) -> dict[str, list[str]]:
    """What axe finds on each of the pages in these ways of looking at it: its name and the look → faults, where any.

    A page is loaded once. All rules are asked of the first look at it, and of a further one what it can change; colours
    are judged where it is wide, as no width changes one.
    """
    faults = {}
    for path in paths:
        show(page, path.as_uri(), **looks[0])
        for number, look in enumerate(looks):
            set_look(page, **look)
            found = find_faults(page, axe, _choose_options(look, first=not number), **look)
            faults |= {f"{path.parent.name}/{path.name}, {name_look(look)}": found} if found else {}
    return faults


def _choose_options(look: dict[str, Any], *, first: bool) -> dict[str, Any]:
    if look["width"] == NARROW:
        return OPTIONS | {"rules": {rule: {"enabled": False} for rule in OF_COLOURS}}
    return OPTIONS if first else OPTIONS | {"runOnly": OF_COLOURS}


def find_faults(
    page: Page, axe: str, options: dict[str, Any] = OPTIONS, *, media: str = "screen", **_: Any
) -> list[str]:
    """What axe finds on the page as it is shown; of what is printed nothing is touched."""
    if page.ask("!window.axe"):
        page.ask(axe + ";0")  # by the protocol: the page's own content policy stays as it is
    found = json.loads(page.ask(ASK % (json.dumps(options), BEYOND)))
    assert found["passed"] > (0 if options["runOnly"] == OF_COLOURS else 10), "axe looked at next to nothing"
    faults = [one for one in found["faults"] if media != "print" or not one.startswith("target-size")]
    return [*faults, *([f"scrolls sideways by {found['beyond']}"] if found["beyond"] > 0 else [])]
