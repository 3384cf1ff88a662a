"""review_rate.py KIN: how fast a job can be reviewed in the page. A headless Chromium gets real key presses at a job of
shapes from a demo data set: ten a second, as by a person in a hurry, and then each as soon as its item is there. Taken
in the page: milliseconds from the key's event to the end of the frame that shows the next item with its picture; where
the page is turned, too. At the end the server is asked whether it has every verdict. Prints a table, or a word where
there is no Chromium."""

import os
import pathlib
import sys
import tempfile
import time

os.environ["KIN"] = str(pathlib.Path(sys.argv[1]).resolve())
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "web"))

import browser  # noqa: E402
import web_harness  # noqa: E402

PICTURES, CALM, FAST = 400, 300, 900
GRADES = "1113112"  # keys in turn

# Keys are seen before the page sees them; a message posted in a frame arrives when that frame is done.
WATCH = """(() => {
    const current = () => document.querySelector(".tile.current");
    const place = () => current().getAttribute("aria-label").split(",")[0];
    let told = null;
    window.took = [];
    window.shown = async (count) => {
        if (took.length < count) await new Promise((resume) => (told = resume));
    };
    addEventListener("keydown", (event) => {
        const before = place();
        const look = () => {
            if (place() === before || !current().querySelector("img")?.complete) return requestAnimationFrame(look);
            const turned = current().dataset.index === "0", channel = new MessageChannel();
            channel.port1.onmessage = () => {
                took.push([performance.now() - event.timeStamp, turned]);
                told?.();
            };
            channel.port2.postMessage(0);
        };
        requestAnimationFrame(look);
    }, true);
})()"""


def share(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


def row(name, values):
    middle, *rest = (share(values, part) for part in (0.5, 0.95, 0.99, 1))
    print(f"{name:<34} | {len(values):5} {middle:9.1f}" + "".join(f" {one:7.1f}" for one in rest))


def press(tab, count):
    """Keys from outside, ten a second; each waits for the item that it is for."""
    began = time.monotonic()
    for i in range(count):
        tab.press(GRADES[i % len(GRADES)])
        tab.run(f"shown({i + 1})")
        time.sleep(max(0, began + (i + 1) / 10 - time.monotonic()))


def rush(tab, count):
    """Keys made in the page, each when its item is there. Seconds until all are shown, and until all are saved."""
    began = time.monotonic()
    for first in range(0, count, 50):
        tab.run(f"""(async () => {{
            for (let i = {first}; i < {min(first + 50, count)}; i++) {{
                document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ bubbles: true, cancelable: true,
                    key: {GRADES!r}[i % {len(GRADES)}] }}));
                await shown(i + 1);
            }} }})()""")
    seen = time.monotonic() - began
    tab.wait("document.querySelector('.lamp').textContent === 'saved'", 300)
    return seen, time.monotonic() - began


def review(server, tab, job):
    tab.wait("document.querySelectorAll('.tile img').length > 1")
    tab.run(WATCH)
    print(f"{'key to next item':<34} | {'keys':>5} {'median ms':>9} {'95 %':>7} {'99 %':>7} {'most':>7}")
    press(tab, CALM)
    took = tab.run("took.splice(0)")
    row("ten keys a second", [ms for ms, turned in took if not turned])
    row("  with the page turned", [ms for ms, turned in took if turned])
    seen, saved = rush(tab, FAST)
    row("each as soon as its item is there", [ms for ms, turned in tab.run("took.splice(0)")])
    reviewed = server.client().good("GET", f"/api/jobs/{job}")["reviewed"]
    print(f"\n{FAST / seen:.0f} verdicts a second shown, {FAST / saved:.0f} a second on the disk; {reviewed} of "
          f"{CALM + FAST} recorded")
    return reviewed == CALM + FAST


def main():
    if not browser.program():
        print("left out: there is no Chromium here (apt-get install chromium)")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "street"
        for step in (("demo", data, "--pictures", PICTURES), ("index", data, "--model", "classic", "--quiet")):
            web_harness.harness.run(*step)
        server = web_harness.Server(data)
        chromium = browser.Browser()
        try:
            audit = {"count": CALM + FAST + 50, "unit": "shape", "seed": 1}
            job = server.client().good("POST", "/api/audits", audit)["job"]
            tab = chromium.tab(f"{server.address}#/job/{job}")
            return 0 if review(server, tab, job) and not tab.errors else 1
        finally:
            chromium.close()
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
