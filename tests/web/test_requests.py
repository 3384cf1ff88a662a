"""A fuzzer of requests: sound ones, of every kind, damaged in seeded ways. The server may answer what it likes, but it
has to answer, go on, and keep its data whole. KIN_FUZZ_SEED and KIN_FUZZ_COUNT choose another walk."""

import json
import os
import random
import socket
import unittest

from web_harness import ServerCase, SLOW_BUILD, harness

SEED = int(os.environ.get("KIN_FUZZ_SEED", "1"))
COUNT = int(os.environ.get("KIN_FUZZ_COUNT", "800" if SLOW_BUILD else "3000"))

WORDS = ("0", "-1", "1", "2", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e308", "nan",
         "inf",
         "", "null", "true", "[]", "{}", '""', "%", "%s%n", "../", "\\", "'", '"', "<", ";", "&", "=", "?", "#", "\x00",
         "\x7f", "\xff", "é", "\u202e", "label", "asset", "critical", "a" * 300, " ", "\t", "\r\n", "\n")


def sound_requests(items, job, upload):
    some = random.Random(0).sample(items, 5)
    get = ["/", "/page/page.js", "/api/status", f"/api/jobs/{job}/hunt?next=3", "/api/labels", "/api/attributes",
           "/api/jobs", f"/api/jobs/{job}",
           f"/api/jobs/{job}/rows?after=1&count=5", f"/api/jobs/{job}/changes?since=1", f"/api/items/{some[0]}",
           "/api/items?label=car&where=camera=cam-1&unit=shape&after=3&count=4",
           f"/api/items/{some[1]}/picture?size=64&context=0.5&whole=0&v=12ab",
           "/api/report?by=label,camera&pairs=1&sla=95&risk=5&conf=90&score=share&minor=0.2&critical=1&full=1",
           "/api/report.csv?by=label", "/api/patterns?unit=shape&strip=3",
           "/api/mistakes?given=car&should_be=bicycle&count=5",
           "/api/report.html?sla=99"]
    post = [("/api/verdicts", {"job": job, "reviewer": "f", "verdicts": [
                {"item": some[0], "verdict": "minor", "should_be": "car", "kind": "label", "note": "n", "count": 2},
                {"item": some[1], "verdict": "ok"}]}),
            ("/api/undo", {"first": 1, "last": 3, "reviewer": "f"}),
            ("/api/audits", {"count": 3, "unit": "shape", "stratify": "label", "floor": 1, "seed": 9}),
            ("/api/jobs", {"likes": [some[2]], "n": 3}),
            (f"/api/jobs/{job}/next", {"n": 3}),
            ("/api/jobs", {"of": "suspects", "by": "kin", "label": "car", "n": 2}),
            ("/api/find", {"likes": [some[4]], "by": "mistake", "should_be": "bicycle", "n": 2, "reviewed": True}),
            ("/api/find", {"pattern": "pedestrian -> car", "n": 2}),
            ("/api/find", {"likes": [some[2], {"upload": upload}], "unlikes": [some[3]], "n": 3, "any_label": True,
                           "unreviewed": True, "unit": "shape", "where": {"camera": "cam-1"}})]
    return [("GET", path, None) for path in get] + [("POST", path, json.dumps(body)) for path, body in post]


class Fuzzer:
    def __init__(self, seed, token, requests):
        self.random, self.token, self.requests = random.Random(seed), token, requests

    def damage(self, data):
        """A few small changes to bytes."""
        data = bytearray(data)
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 8))):
            at = self.random.randrange(len(data) + 1)
            kind = self.random.randrange(7)
            if kind == 0 and at < len(data):
                data[at] = self.random.randrange(256)
            elif kind == 1:
                data[at:at] = self.random.choice(WORDS).encode("utf-8", "replace")
            elif kind == 2:
                del data[at:at + self.random.choice((1, 2, 5, 40))]
            elif kind == 3 and data:
                other = self.random.randrange(len(data))
                data[at:at] = data[other:other + self.random.choice((1, 4, 30))]
            elif kind == 4:
                data[at:] = data[at:] if self.random.random() < 0.7 else b""
            elif kind == 5 and at < len(data):
                data[at] ^= 1 << self.random.randrange(8)
            else:
                data[at:at] = bytes(self.random.choices(b"0123456789", k=self.random.choice((1, 3, 20))))
        return bytes(data)

    def request(self):
        method, path, body = self.random.choice(self.requests)
        body = (body or "").encode()
        where = self.random.choice(("address", "body", "body", "head", "all", "none"))
        path = path.encode()
        if where == "address":
            path = self.damage(path)
        if where == "body" and body:
            body = self.damage(body)
        head = b"%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n" % (
            method.encode(), path, self.token.encode())
        if body:
            head += b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        if where == "head":
            head = self.damage(head)
        whole = head + b"\r\n" + body
        return self.damage(whole) if where == "all" else whole


class Requests(ServerCase):
    options = ("--patience", "1")

    def send(self, data):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                received = b""
                while part := connection.recv(65536):
                    received += part
                return received
            except ConnectionError:
                return b""

    def test_damaged_requests(self):
        items = [item["id"] for item in self.client.good("GET", "/api/items?count=500")["items"]]
        job = self.audit(5)
        picture = (self.data / "images" / "000001.jpg").read_bytes()
        upload = self.client.ask("POST", "/api/uploads", picture,
                                 headers={"Content-Type": "image/jpeg"}).json()["upload"]
        fuzzer = Fuzzer(SEED, self.server.token, sound_requests(items, job, upload))
        answered = good = 0
        for i in range(COUNT):
            data = fuzzer.request()
            try:
                received = self.send(data)
            except OSError as problem:
                self.fail(f"request {i} of seed {SEED}, {data!r}: {problem}")
            self.assertIsNone(self.server.process.poll(), f"request {i} of seed {SEED} ended the server: {data!r}")
            answered += received.startswith(b"HTTP/1.1 ")
            good += received.startswith(b"HTTP/1.1 200")
            self.assertNotIn(b"HTTP/1.1 500", received[:20], f"request {i} of seed {SEED}: {data!r} {received!r}")
        self.assertGreater(answered, COUNT // 2)
        self.assertGreater(good, COUNT // 20)
        client = self.server.client()
        self.assertEqual(client.get("/api/status").status, 200)
        client.good("GET", "/api/report?full=1")
        self.stop_well()
        self.kin("status", "-C", self.data)
        self.kin("slices", "-C", self.data)


if __name__ == "__main__":
    unittest.main(verbosity=2)
