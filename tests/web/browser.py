"""A headless Chromium, spoken to over its DevTools protocol by a pair of pipes (--remote-debugging-pipe: JSON messages
that end with a zero byte). Real key presses and mouse moves go in; what the page logs as an error comes out."""

import base64
import contextlib
import itertools
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time

KEYS = {" ": ("Space", 32), "Enter": ("Enter", 13), "Escape": ("Escape", 27), "Tab": ("Tab", 9),
        "Backspace": ("Backspace", 8), "ArrowLeft": ("ArrowLeft", 37), "ArrowUp": ("ArrowUp", 38),
        "ArrowRight": ("ArrowRight", 39), "ArrowDown": ("ArrowDown", 40), "PageUp": ("PageUp", 33),
        "PageDown": ("PageDown", 34)}
MODIFIERS = {"alt": 1, "control": 2, "shift": 8}


def program():
    """The path of a Chromium; None where there is none."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, filter(None, names)) if path), None)


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="kin-browser-")
        to_it, our_out = os.pipe()
        our_in, from_it = os.pipe()

        def place_pipes():
            high = [os.dup(to_it), os.dup(from_it)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        flags = ["--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--no-first-run",
                 "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync",
                 "--disable-component-update", "--disable-default-apps", "--hide-scrollbars",
                 "--force-device-scale-factor=1"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        self.process = subprocess.Popen([program(), *flags, "about:blank"], preexec_fn=place_pipes, pass_fds=(3, 4),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(to_it)
        os.close(from_it)
        self.out, self.answers, self.tabs = our_out, {}, {}
        self.numbers, self.lock = itertools.count(1), threading.Lock()
        self.reader = threading.Thread(target=self._read, args=(our_in,), daemon=True)
        self.reader.start()

    def _read(self, fd):
        with os.fdopen(fd, "rb", buffering=0) as stream:
            rest = b""
            while part := stream.read(1 << 16):
                *messages, rest = (rest + part).split(b"\0")
                for message in map(json.loads, messages):
                    if "id" in message:
                        self.answers.pop(message["id"]).put(message)
                    elif message.get("sessionId") in self.tabs:
                        self.tabs[message["sessionId"]].heard(message["method"], message["params"])

    def call(self, method, session=None, **params):
        answer = queue.Queue()
        with self.lock:
            number = next(self.numbers)
            self.answers[number] = answer
            message = {"id": number, "method": method, "params": params}
            if session:
                message["sessionId"] = session
            data = json.dumps(message).encode() + b"\0"
            while data:
                data = data[os.write(self.out, data):]
        message = answer.get(timeout=60)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def tab(self, address, **view):
        """A tab with cookies and storage of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Tab(self, target, session, address, **view)

    def close(self):
        with contextlib.suppress(Exception):
            self.call("Browser.close")
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(5)
        os.close(self.out)
        shutil.rmtree(self.profile, ignore_errors=True)


class Tab:
    def __init__(self, browser, target, session, address, width=1280, height=800, theme="light"):
        self.browser, self.target, self.session, self.errors, self.requests = browser, target, session, [], []
        browser.tabs[session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.emulate(width, height, theme)
        self.open(address)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def heard(self, method, params):
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            threading.Thread(target=self.call, args=("Page.handleJavaScriptDialog",), kwargs={"accept": True}).start()

    def emulate(self, width, height, theme="light"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def open(self, address):
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def run(self, script):
        """The value of an expression; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", script))
        return answer["result"].get("value")

    def wait(self, script, seconds=20):
        """Until the expression is true."""
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(RuntimeError):  # the page is on its way to another
                if self.run(f"Boolean({script})"):
                    return
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s for {script}; the page says: "
                                     f"{self.run('document.body.innerText')[:1500]!r}; errors: {self.errors}")
            time.sleep(0.02)

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)})?.textContent ?? null")

    def press(self, *keys, **modifiers):
        held = sum(MODIFIERS[name] for name, on in modifiers.items() if on)
        for key in keys:
            code, number = KEYS.get(key, (f"Key{key.upper()}" if key.isalpha() else f"Digit{key}", ord(key[0].upper())))
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "") if not held & 2 else ""
            common = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": held}
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common)
            self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def write(self, text):
        self.press(*text)

    def place(self, selector):
        """The middle of an element."""
        place = self.run(f"""(() => {{ const one = document.querySelector({json.dumps(selector)});
            one.scrollIntoView({{block: "nearest"}}); const r = one.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2]; }})()""")
        return tuple(place)

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, selector, **modifiers):
        x, y = self.place(selector)
        held = sum(MODIFIERS[name] for name, on in modifiers.items() if on)
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1, modifiers=held)

    def drag(self, start, end):
        (x1, y1), (x2, y2) = start, end
        self.mouse("mousePressed", x1, y1, button="left", clickCount=1)
        for step in range(1, 6):
            self.mouse("mouseMoved", x1 + (x2 - x1) * step / 5, y1 + (y2 - y1) * step / 5, button="left", buttons=1)
        self.mouse("mouseReleased", x2, y2, button="left", clickCount=1)

    def network(self, offline=False, latency=0):
        """latency: ms for each request."""
        self.call("Network.emulateNetworkConditions", offline=offline, latency=latency, downloadThroughput=-1,
                  uploadThroughput=-1)

    def shot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
