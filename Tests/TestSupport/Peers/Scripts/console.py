"""Drives a headless Chromium over its debugging pipe, and prints what the console's pages show as one line: SEEN {json}.

Usage: console.py CHROMIUM URL FOLDER [KEY | --approve TOOL]

With --approve it looks at a tool that is held back, and approves it.
"""

import base64
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
import time

chromium, url, folder = sys.argv[1:4]
approve = sys.argv[5] if len(sys.argv) > 5 and sys.argv[4] == "--approve" else None
key = sys.argv[4] if len(sys.argv) > 4 and not approve else None
DEADLINE = time.monotonic() + 150


class Browser:
    """Chromium reads commands from descriptor 3 and writes to descriptor 4, each message with a zero byte behind it."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="mcpstore-chromium-")
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()
        # Out of the way of 3 and 4.
        theirs_in, theirs_out = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 60) for fd in (theirs_in, theirs_out))
        null = os.open("/dev/null", os.O_RDWR)
        arguments = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-extensions", "--hide-scrollbars", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "about:blank",
        ]
        self.process = os.posix_spawn(
            chromium,
            arguments,
            dict(os.environ, HOME=self.profile),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2),
                (os.POSIX_SPAWN_DUP2, theirs_in, 3), (os.POSIX_SPAWN_DUP2, theirs_out, 4),
            ],
            setpgroup=0,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        os.set_blocking(self.into, False)
        self.rest, self.number, self.session, self.errors = b"", 0, None, []

    def messages(self):
        try:
            read = os.read(self.into, 1 << 20)
            if not read:
                raise SystemExit("the browser has ended")
            self.rest += read
        except BlockingIOError:
            time.sleep(0.01)
        *whole, self.rest = self.rest.split(b"\0")
        return [json.loads(message) for message in whole]

    def send(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        number = self.number
        while time.monotonic() < DEADLINE:
            answer = None
            for message in self.messages():
                if message.get("id") == number:
                    answer = message
                elif message.get("method") == "Page.javascriptDialogOpening":
                    self.post("Page.handleJavaScriptDialog", accept=True)
                elif message.get("method") == "Runtime.exceptionThrown":
                    details = message["params"]["exceptionDetails"]
                    self.errors.append(details.get("exception", {}).get("description", details["text"]))
                elif message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
                    entry = message["params"]["entry"]
                    self.errors.append(f"{entry['text']} {entry.get('url', '')}")
            if answer is not None:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
        raise SystemExit(f"{method} was not answered")

    def post(self, method, **params):
        """Sends without waiting: the answer belongs to nobody."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params, "sessionId": self.session}
        os.write(self.out, json.dumps(message).encode() + b"\0")

    def value(self, expression):
        result = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, expression):
        while time.monotonic() < DEADLINE:
            # An element is no value.
            if self.value(f"Boolean({expression})"):
                return
            time.sleep(0.05)
        raise SystemExit(f"it never came to {expression}: {self.value('document.body.innerText')}")

    def picture(self, name):
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=False)["data"]
        with open(os.path.join(folder, name + ".png"), "wb") as file:
            file.write(base64.b64decode(data))

    def look(self, width, height, scheme):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def end(self):
        try:
            os.killpg(self.process, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.process, 0)
        shutil.rmtree(self.profile, ignore_errors=True)


def show(browser, path, ready="true"):
    browser.value(f"location.hash = '#/{path}'")
    browser.wait(f"document.querySelector('main').dataset.path === '{path}' && document.querySelector('h1') && ({ready})")
    return browser.value("document.querySelector('main').innerText")


def fill(browser, selector, text):
    browser.value(f"document.querySelector({json.dumps(selector)}).focus()")
    browser.send("Input.insertText", text=text)


def click(browser, text):
    browser.value(f"[...document.querySelectorAll('button')].find(b => b.textContent === {json.dumps(text)}).click()")


browser = Browser()
try:
    target = browser.send("Target.createTarget", url="about:blank")["targetId"]
    browser.session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log"):
        browser.send(domain + ".enable")
    browser.look(1280, 900, "light")
    browser.send("Page.navigate", url=url + "/console")
    seen = {"pages": {}, "wide": {}}
    if key:
        browser.wait("document.querySelector('input[type=password]')")
        seen["asks"] = browser.value("document.querySelector('main').innerText")
        # That nobody was let in without a key is no error of the page.
        browser.errors.clear()
        fill(browser, "input[type=password]", key)
        click(browser, "Use it")
    browser.wait("document.querySelector('main')?.dataset.page === 'overview' && document.querySelector('h1')")
    if key:
        seen["pages"]["overview"] = browser.value("document.querySelector('main').innerText")
    elif approve:
        seen["pages"]["tools"] = show(browser, "tools", "document.body.innerText.includes('changed')")
        browser.picture("light-held")
        seen["held"] = show(browser, "tools/" + approve, "document.querySelector('.problem')")
        browser.picture("light-approve")
        click(browser, "Approve")
        browser.wait("document.querySelector('h1') && !document.querySelector('.problem')")
        seen["approved"] = browser.value("document.querySelector('.state').textContent")
    else:
        pages = ["overview", "services", "services/tools", "tools", "jobs", "batches", "dead", "workers", "stats"]
        for page in pages:
            seen["pages"][page] = show(browser, page)
            browser.picture("light-" + page.replace("/", "-"))
        seen["plotted"] = browser.value("document.querySelector('polyline').getAttribute('points').split(' ').length")
        # A call from the form of a tool.
        show(browser, "tools/tools_add", "document.querySelector('#a-a')")
        fill(browser, "#a-a", "20")
        fill(browser, "#a-b", "22.5")
        click(browser, "Call")
        browser.wait("document.querySelector('#result pre')")
        seen["result"] = browser.value("document.querySelector('#result').innerText")
        browser.picture("light-call")
        seen["pages"]["calls"] = show(browser, "jobs")
        # A tool that fails says so.
        show(browser, "tools/tools_fail", "document.querySelector('#a-message')")
        fill(browser, "#a-message", "<b>no</b>")
        click(browser, "Call")
        browser.wait("document.querySelector('#result pre')")
        seen["failure"] = browser.value("document.querySelector('#result').innerText")
        # A dead letter is run once more.
        show(browser, "dead", "[...document.querySelectorAll('button')].some(b => b.textContent === 'Replay')")
        click(browser, "Replay")
        browser.wait("!document.body.innerText.includes('poison for the console')")
        seen["replayed"] = browser.value("document.querySelector('.state').textContent")
        for scheme, width, height in (("dark", 1280, 900), ("dark", 390, 844), ("light", 390, 844)):
            browser.look(width, height, scheme)
            for page in ["overview", "services", "tools/tools_add", "jobs", "batches", "workers", "stats"]:
                show(browser, page)
                name = f"{scheme}-{width}-{page.replace('/', '-')}"
                seen["wide"][name] = browser.value("document.documentElement.scrollWidth - innerWidth")
                browser.picture(name)
        seen["background"] = browser.value("getComputedStyle(document.body).backgroundColor")
    seen["errors"] = browser.errors
    print("SEEN " + json.dumps(seen), flush=True)
finally:
    browser.end()
