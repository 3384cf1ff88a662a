"""What the tests of the server share: a demo data set, `kin serve` on it, and a client that speaks HTTP as told."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

import harness  # noqa: E402

SLOW_BUILD = os.environ.get("KIN_SLOW_BUILD") == "1"  # sanitizers


class Server:
    """A running `kin serve`; its address is read from what it prints."""

    def __init__(self, folder, *options, env=None):
        self.clients = []
        self.process = harness.start("serve", "--json", "-C", folder, *options, env=env)
        text = ""
        while text.count("}") == 0:
            line = self.process.stdout.readline().decode()
            if not line:
                raise AssertionError(f"kin serve did not start: {self.process.stderr.read().decode()}")
            text += line
        told = json.loads(text)
        self.port, self.token, self.address = told["port"], told["token"], told["address"]

    def stop(self, number=signal.SIGINT):
        """Returns the exit code."""
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(timeout=60)
        finally:
            self.process.stdout.close()
            self.err = self.process.stderr.read().decode()
            self.process.stderr.close()
        return code

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        return 0

    def client(self, **more):
        """A client on a connection of its own, closed with the server at the latest."""
        self.clients.append(Client(self, **more))
        return self.clients[-1]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Client:
    """One connection that is kept; `headers` go with every request."""

    def __init__(self, server, headers=None, token=True):
        self.server = server
        self.headers = {"Authorization": f"Bearer {server.token}"} if token else {}
        self.headers.update(headers or {})
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def ask(self, method, path, body=None, headers=None):
        headers = {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        self.connection.request(method, path, body=body, headers=headers)
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body, **more):
        return self.ask("POST", path, body, **more)

    def good(self, method, path, body=None):
        answer = self.ask(method, path, body)
        if answer.status != 200:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.body[:500]}")
        return answer.json()

    def close(self):
        self.connection.close()


def raw(port, data, wait=5.0):
    """Sends bytes as they are; what comes back until the other side closes, or nothing comes for `wait` seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        received = b""
        try:
            connection.sendall(data)
            while True:
                part = connection.recv(65536)
                if not part:
                    break
                received += part
        except (socket.timeout, ConnectionError):
            pass
        return received


def status_of(received):
    """The status code of an answer's first line; None where there is no answer."""
    words = received.split(b"\r\n", 1)[0].split(b" ")
    return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit() else None


class ServerCase(harness.Case):
    """With a demo data set that is drawn and indexed once a class; self.data is a copy of it for each test, and
    self.server serves it."""

    pictures = 40
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.kept = pathlib.Path(tempfile.mkdtemp(prefix="kin-web-"))
        cls.addClassCleanup(shutil.rmtree, cls.kept, ignore_errors=True)
        cls.original = cls.kept / "street"
        for step in (("demo", cls.original, "--pictures", cls.pictures), ("index", cls.original)):
            result = harness.run(*step)
            if result.code != harness.DONE:
                raise AssertionError(str(result))

    def setUp(self):
        super().setUp()
        self.data = self.folder / "street"
        shutil.copytree(self.original, self.data)
        self.server = self.serve()
        self.client = self.server.client()

    def tearDown(self):
        if self.server.process.poll() is None:
            self.stop_well()
        super().tearDown()

    def serve(self, *options):
        server = Server(self.data, *(options or self.options))
        self.addCleanup(lambda: server.stop(signal.SIGKILL) if server.process.poll() is None else None)
        return server

    def stop_well(self, server=None):
        """It ends as asked, without a complaint."""
        server = server or self.server
        began = time.monotonic()
        code = server.stop()
        self.assertEqual(code, 0, server.err)
        self.assertNotIn("ERROR", server.err)
        self.assertNotIn("runtime error", server.err)
        self.assertLess(time.monotonic() - began, 40)

    def audit(self, count=10, **more):
        return self.client.good("POST", "/api/audits", {"count": count, "seed": 1, **more})["job"]

    def rows(self, job, client=None):
        """All rows of a job, over its pages."""
        rows, after = [], 0
        while after is not None:
            page = (client or self.client).good("GET", f"/api/jobs/{job}/rows?after={after}&count=7")
            rows += page["rows"]
            after = page["next"]
        return rows
