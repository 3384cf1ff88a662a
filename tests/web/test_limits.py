"""What a client can make the server spend: sizes, times, connections, memory."""

import socket
import threading
import time
import unittest

from web_harness import ServerCase, SLOW_BUILD, raw, status_of

MIB = 1 << 20


class Sizes(ServerCase):
    def head(self, method="GET", path="/api/status", *headers):
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.server.token}", *headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def assert_alive(self):
        self.assertEqual(self.server.client().get("/api/status").status, 200)

    def test_long_addresses_and_floods_of_headers(self):
        for request in (self.head(path="/api/" + "a" * 100000), self.head(path="/api/items?label=" + "b" * 100000),
                        self.head("GET", "/api/status", *(f"X-{i}: {'c' * 100}" for i in range(5000))),
                        self.head("GET", "/api/status", "X: " + "d" * 200000),
                        self.head("E" * 50000)):
            self.assertIn(status_of(raw(self.server.port, request)), (400, 404, 405, 413, 414, 431, 501, None))
        self.assert_alive()

    def test_big_bodies_are_refused_before_they_are_sent(self):
        for path, kind, size in (("/api/verdicts", "application/json", 2 * MIB),
                                 ("/api/uploads", "image/png", 33 * MIB),
                                 ("/api/uploads", "image/png", 10 ** 18), ("/api/undo", "application/json", 10 ** 30),
                                 ("/api/undo", "application/json", -1)):
            head = self.head("POST", path, f"Content-Type: {kind}", f"Content-Length: {size}")
            self.assertIn(status_of(raw(self.server.port, head)), (400, 413), (path, size))
        chunked = self.head("POST", "/api/undo", "Content-Type: application/json", "Transfer-Encoding: chunked")
        self.assertEqual(status_of(raw(self.server.port, chunked + b"ffffffff\r\n")), 411)
        body = self.head("GET", "/api/status", "Content-Length: 5") + b"hello"
        self.assertEqual(status_of(raw(self.server.port, body)), 413)
        self.assert_alive()

    def test_uploads_are_forgotten_in_turn(self):
        picture = (self.data / "images" / "000001.jpg").read_bytes()
        kind = {"Content-Type": "image/jpeg"}
        names = [self.client.ask("POST", "/api/uploads", picture, headers=kind).json()["upload"] for _ in range(40)]
        self.assertEqual(len(set(names)), 40)
        find = {"unit": "asset", "n": 1}
        self.assertEqual(self.client.post("/api/find", {**find, "likes": [{"upload": names[0]}]}).status, 404)
        found = self.client.good("POST", "/api/find", {**find, "likes": [{"upload": names[-1]}]})
        self.assertEqual(found["matches"][0]["item"]["name"], "images/000001.jpg")
        for junk in (b"no picture", b"\xff\xd8\xff\xe0" + b"x" * 100, picture[:300]):
            name = self.client.ask("POST", "/api/uploads", junk, headers=kind).json()["upload"]
            self.assertIn(self.client.post("/api/find", {**find, "likes": [{"upload": name}]}).status, (413, 422))
        self.assertEqual(self.client.ask("POST", "/api/uploads", b"", headers=kind).status, 400)
        self.assert_alive()

    def test_numbers_out_of_range(self):
        job = self.audit(3)
        for path in (f"/api/jobs/{job}/rows?count=501", f"/api/jobs/{job}/rows?count=0",
                     f"/api/jobs/{job}/rows?after=-1",
                     f"/api/jobs/{job}/rows?count=9999999999999999999999", "/api/items?count=abc", "/api/items?where=x",
                     "/api/items/1/picture?size=15", "/api/items/1/picture?size=5000",
                     "/api/items/1/picture?context=-1",
                     "/api/items/1/picture?context=nan", "/api/items/1/picture?context=1e9", "/api/report?conf=0",
                     "/api/report?sla=0.95", "/api/report?score=x", "/api/report?by=,", "/api/report?by=nothing",
                     "/api/items?label=%00", f"/api/jobs/{job}/changes?since=x"):
            self.assertEqual(self.client.get(path).status, 400, path)
        for path in ("/api/jobs/999", "/api/jobs/999/rows", "/api/jobs/999/changes", "/api/items/999999",
                     "/api/items/999999/picture"):
            self.assertEqual(self.client.get(path).status, 404, path)

    def test_bodies_that_make_no_sense(self):
        item = self.client.good("GET", "/api/items?count=1")["items"][0]["id"]
        for path, body in (("/api/verdicts", {}), ("/api/verdicts", {"verdicts": []}),
                           ("/api/verdicts", {"verdicts": {}}),
                           ("/api/verdicts", {"verdicts": [1]}), ("/api/verdicts", {"verdicts": [{}]}),
                           ("/api/verdicts", {"verdicts": [{"item": item, "verdict": "fine"}]}),
                           ("/api/verdicts", {"verdicts": [{"item": item, "verdict": "ok", "should_be": "x"}]}),
                           ("/api/verdicts", {"verdicts": [{"item": item, "verdict": "minor", "should_be": "a\nb"}]}),
                           ("/api/verdicts", {"verdicts": [{"item": item + 0.5, "verdict": "ok"}]}),
                           ("/api/verdicts", {"verdicts": [{"item": str(item), "verdict": "ok"}]}),
                           ("/api/verdicts", {"verdicts": [{"item": item, "verdict": "ok"}] * 1001}),
                           ("/api/undo", {}), ("/api/undo", {"first": 3, "last": 2}), ("/api/undo", {"first": "1"}),
                           ("/api/audits", {}), ("/api/audits", {"count": 0}),
                           ("/api/audits", {"count": 5, "unit": "x"}),
                           ("/api/audits", {"count": 5, "stratify": "nothing"}), ("/api/find", {}),
                           ("/api/find", {"likes": []}), ("/api/find", {"likes": [item], "where": [1]}),
                           ("/api/find", {"likes": [item], "same_label": True, "any_label": True}),
                           ("/api/find", {"likes": [item], "n": 501}),
                           ("/api/find", {"likes": [item], "box": [1, 2, 3]})):
            answer = self.client.post(path, body)
            self.assertEqual(answer.status, 400, (path, str(body)[:200], answer.body))
        for text in (b"", b"{", b"[]", b"1", b'{"a":1}x', b'{"a":"\xff"}', b"\x00" * 50, b"[" * 100000,
                     b'{"a":' * 50000):
            answer = self.server.client().post("/api/undo", text, headers={"Content-Type": "application/json"})
            self.assertEqual(answer.status, 400, text[:20])
        too_long = {"verdicts": [{"item": item, "verdict": "minor", "note": "n" * 10001}]}
        self.assertEqual(self.client.post("/api/verdicts", too_long).status, 413)
        self.assertEqual(self.client.good("GET", "/api/status")["verdicts"], 0)


class Slow(ServerCase):
    options = ("--connections", "12", "--patience", "2")

    def trickle(self, data, pause, deadline):
        """Sends byte by byte; how long the other side put up with it."""
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=deadline) as connection:
            connection.settimeout(pause)
            for byte in data:
                try:
                    connection.sendall(bytes([byte]))
                    if connection.recv(1000) == b"":
                        return time.monotonic() - began
                except socket.timeout:
                    pass
                except OSError:
                    return time.monotonic() - began
                if time.monotonic() - began > deadline:
                    return None
        return None

    def ask_until_there_is_room(self, path):
        """Connections beyond the limit are closed at once; those that are idle are cut off after two seconds."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return self.server.client().get(path)
            except OSError:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.2)

    def test_a_client_that_sends_byte_by_byte_is_cut_off(self):
        endless = b"GET /api/status HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 1000
        results = []
        threads = [threading.Thread(target=lambda: results.append(self.trickle(endless, 0.2, 20))) for _ in range(11)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        # There is still room for one, and once they are cut off for many.
        self.assertEqual(self.server.client().get("/api/status").status, 200)
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 11)
        for seconds in results:
            self.assertIsNotNone(seconds, "a slow client was never cut off")
            self.assertLess(seconds, 15 if SLOW_BUILD else 6)
        self.assertEqual(self.ask_until_there_is_room("/api/status").status, 200)

    def test_more_connections_than_there_may_be(self):
        idle = [socket.create_connection(("127.0.0.1", self.server.port), timeout=5) for _ in range(40)]
        time.sleep(0.3)
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as file:
            threads = next(int(line.split()[1]) for line in file if line.startswith("Threads:"))
        self.assertLess(threads, 40)
        self.assertEqual(self.ask_until_there_is_room("/api/status").status, 200)
        for connection in idle:
            connection.close()

    def test_clients_that_leave_in_the_middle(self):
        head = f"POST /api/undo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.server.token}\r\n" \
               "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"first\""
        for cut in (1, 20, len(head) // 2, len(head)):
            for _ in range(10):
                with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as connection:
                    connection.sendall(head[:cut].encode())
        item = self.ask_until_there_is_room("/api/items?unit=asset&count=1").json()["items"][0]["id"]
        ask = f"GET /api/items/{item}/picture?size=480 HTTP/1.1\r\nHost: localhost\r\n" \
              f"Authorization: Bearer {self.server.token}\r\n\r\n"
        for _ in range(30):
            try:
                with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as connection:
                    connection.sendall(ask.encode())
            except OSError:
                time.sleep(0.1)
        self.assertEqual(self.ask_until_there_is_room("/api/status").status, 200)
        self.stop_well()


class Memory(ServerCase):
    options = ("--cache", "1")

    def test_the_cache_is_bounded(self):
        items = self.client.good("GET", "/api/items?count=500")["items"]
        sizes = (64, 96, 128) if SLOW_BUILD else (64, 96, 128, 160, 200, 240, 300)
        for size in sizes[:1]:
            for item in items:
                self.client.get(f"/api/items/{item['id']}/picture?size={size}")
        before = self.server.memory()
        for size in sizes:
            for item in items:
                answer = self.client.get(f"/api/items/{item['id']}/picture?size={size}&v={item['v']}")
                self.assertEqual(answer.status, 200)
        self.assertLess(self.server.memory() - before, (300 if SLOW_BUILD else 24) * MIB)


if __name__ == "__main__":
    unittest.main(verbosity=2)
