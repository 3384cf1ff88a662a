"""Who may: the token, the name of the host, where a request comes from, and what is reachable at all."""

import os
import unittest

from web_harness import Server, ServerCase, harness, raw, status_of

READING = ("/", "/page/page.js", "/api/status", "/api/jobs", "/api/items/1", "/api/items/1/picture", "/api/report")


class Access(ServerCase):
    def test_nothing_without_the_token(self):
        job = self.audit()
        stranger = self.server.client(token=False)
        for path in (*READING, f"/api/jobs/{job}/rows", "/nothing"):
            self.assertEqual(stranger.get(path).status, 401, path)
        for path in ("/api/verdicts", "/api/undo", "/api/audits", "/api/jobs", "/api/find", "/api/uploads"):
            stranger = self.server.client(token=False)
            self.assertEqual(stranger.post(path, {}).status, 401, path)

    def test_a_token_that_is_nearly_right_is_wrong(self):
        token = self.server.token
        wrong = ("", token[:-1], token + "0", token.upper() + "A", token[::-1], "0" * len(token), " " + token)
        for bad in wrong:
            client = self.server.client(token=False, headers={"Authorization": f"Bearer {bad}"})
            self.assertEqual(client.get("/api/status").status, 401, bad)
            client = self.server.client(token=False, headers={"Cookie": f"kin{self.server.port}={bad}"})
            if bad.strip() != token:  # space around a cookie's value does not count
                self.assertEqual(client.get("/api/status").status, 401, bad)
            client = self.server.client(token=False)
            self.assertEqual(client.get(f"/?token={bad}".replace(" ", "+")).status, 401, bad)
        basic = self.server.client(token=False, headers={"Authorization": f"Basic {token}"})
        self.assertEqual(basic.get("/api/status").status, 401)

    def test_the_printed_address_opens_the_page(self):
        browser = self.server.client(token=False)
        page = browser.get(self.server.address.split(str(self.server.port))[1])
        self.assertEqual(page.status, 200)
        self.assertIn(b"<!doctype html>", page.body)
        cookie = page.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(part, cookie)
        browser.headers["Cookie"] = cookie.split(";")[0]
        for path in READING:
            self.assertEqual(browser.get(path).status, 200, path)

    def test_the_token_stands_in_the_address_of_the_page_only(self):
        stranger = self.server.client(token=False)
        self.assertEqual(stranger.get(f"/api/status?token={self.server.token}").status, 401)

    def test_headers_that_guard_the_page(self):
        for path in READING:
            headers = self.client.get(path).headers
            policy = headers["Content-Security-Policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIsNone(headers["Access-Control-Allow-Origin"])

    def test_hosts(self):
        port = self.server.port
        for host in (f"127.0.0.1:{port}", "localhost", f"localhost:{port}", "LOCALHOST:9", f"[::1]:{port}", "10.0.0.7"):
            self.assertEqual(self.client.get("/api/status", headers={"Host": host}).status, 200, host)
        for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example", "",
                     "127.0.0.1:x", "[::1", "[evil.example]", "a" * 5000):
            client = self.server.client()
            self.assertIn(client.get("/api/status", headers={"Host": host}).status, (400, 403), host)
        bare = b"GET /api/status HTTP/1.0\r\nAuthorization: Bearer " + self.server.token.encode() + b"\r\n\r\n"
        self.assertIn(status_of(raw(port, bare)), (400, 403))

    def test_a_name_that_was_told_is_a_host(self):
        server = self.serve("--host", "labels.example", "--host", "other.example")
        for host, status in (("labels.example", 200), ("Other.Example:80", 200), ("evil.example", 403)):
            self.assertEqual(server.client().get("/api/status", headers={"Host": host}).status, status, host)
        self.stop_well(server)

    def test_pages_of_other_sites_may_not_ask(self):
        here = f"127.0.0.1:{self.server.port}"
        undo = {"first": 1, "last": 1}
        for origin in ("http://evil.example", "null", f"http://{here}.evil.example", f"ftp://{here}", "http://",
                       f"http://localhost:{self.server.port}"):
            headers = {"Origin": origin}
            self.assertEqual(self.server.client().post("/api/undo", undo, headers=headers).status, 403, origin)
            self.assertEqual(self.server.client().get("/api/status", headers=headers).status, 403, origin)
        for site in ("cross-site", "same-site"):
            headers = {"Sec-Fetch-Site": site}
            self.assertEqual(self.server.client().post("/api/undo", undo, headers=headers).status, 403, site)
            self.assertEqual(self.server.client().get("/api/items/1/picture", headers=headers).status, 403, site)
        self.assertEqual(self.server.client().post("/api/undo", undo, headers={"Sec-Fetch-Site": "none"}).status, 403)
        for headers in ({"Origin": f"http://{here}"}, {"Sec-Fetch-Site": "same-origin"}, {}):
            self.assertEqual(self.server.client().post("/api/undo", undo, headers=headers).status, 404, headers)

    def test_a_form_of_another_site_cannot_write(self):
        body = '{"verdicts":[{"item":1,"verdict":"ok"}]}'
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            client = self.server.client()
            self.assertEqual(client.post("/api/verdicts", body, headers={"Content-Type": kind}).status, 415, kind)

    def test_methods(self):
        for method, path, status in (("DELETE", "/api/jobs", 405), ("PUT", "/api/verdicts", 405),
                                     ("GET", "/api/verdicts", 405), ("POST", "/api/status", 405),
                                     ("OPTIONS", "/api/status", 405), ("TRACE", "/", 405),
                                     ("HEAD", "/api/status", 200)):
            client = self.server.client()
            answer = client.ask(method, path)
            self.assertEqual(answer.status, status, f"{method} {path}")
            if status == 405:
                self.assertTrue(answer.headers["Allow"])
        self.assertEqual(self.server.client().ask("HEAD", "/api/items/1/picture").body, b"")


class Paths(ServerCase):
    """No path of the disk can be asked for: what comes back for any of these holds nothing of a file."""

    TRICKS = ("/../../../../etc/passwd", "/page/../web.h", "/page/..", "/page/.", "/page//etc/passwd", "//etc/passwd",
              "/page/%2e%2e/%2e%2e/etc/passwd", "/page/..%2f..%2fetc%2fpasswd", "/page/%252e%252e/x",
              "/page/index.html%00.js",
              "/page/..\\..\\etc\\passwd", "/api/items/1%2f..%2f..%2fpicture", "/api/items/1%00/picture",
              "/api/items/../../.kin/ledger.db", "/.kin/ledger.db", "/images/000001.jpg",
              "/api/items/images/000001.jpg",
              "/api/items/-1", "/api/items/0", "/api/items/1.0", "/api/items/0x1", "/api/items/99999999999999999999",
              "/api/items/9223372036854775808/picture", "/api/items/٣", "/api/items/1/picture/",
              "/api/items/1/picture/..",
              "/api/jobs/%31", "/api/items/1;/picture", "/API/status", "/api/status/", "/api//status", "/api", "/api/")

    def test_tricks(self):
        for path in self.TRICKS:
            request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.server.token}\r\n" \
                      "Connection: close\r\n\r\n"
            answer = raw(self.server.port, request.encode())
            self.assertIn(status_of(answer), (400, 404), path)
            self.assertNotIn(b"root:", answer)
            self.assertNotIn(b"SQLite format", answer)
            self.assertNotIn(b"\xff\xd8\xff", answer)

    def test_no_text_is_taken_for_a_path(self):
        outside = self.folder / "outside.jpg"
        outside.write_bytes((self.data / "images" / "000001.jpg").read_bytes())
        for like in (str(outside), "images/000001.jpg", {"upload": str(outside)}, {"upload": "../x"},
                     {"path": str(outside)},
                     {"upload": ""}, [1], True, 1.5, -1, 1e300, None):
            answer = self.client.post("/api/find", {"likes": [like]})
            self.assertIn(answer.status, (400, 404, 413), like)
            self.assertNotIn("matches", answer.json())

    def test_an_image_that_became_a_link_to_elsewhere_is_not_shown(self):
        item = self.client.good("GET", "/api/items?unit=asset&count=1")["items"][0]
        path = self.data / item["name"]
        elsewhere = self.folder / "elsewhere.jpg"
        os.rename(path, elsewhere)
        os.symlink(elsewhere, path)
        answer = self.client.get(f"/api/items/{item['id']}/picture")
        self.assertEqual(answer.status, 404)
        os.remove(path)
        os.mkfifo(path)
        self.assertEqual(self.client.get(f"/api/items/{item['id']}/picture").status, 404)
        os.remove(path)
        self.assertEqual(self.client.get(f"/api/items/{item['id']}/picture").status, 404)

    def test_a_damaged_image_is_told_and_harms_nothing(self):
        item = self.client.good("GET", "/api/items?unit=asset&count=1")["items"][0]
        path = self.data / item["name"]
        path.write_bytes(path.read_bytes()[:2000])
        answer = self.client.get(f"/api/items/{item['id']}/picture")
        self.assertEqual(answer.status, 422)
        self.assertIn("message", answer.json()["error"])


class Start(ServerCase):
    def test_another_address_wants_a_token_file(self):
        result = harness.run("serve", "--bind", "0.0.0.0", "-C", self.data)
        self.assertEqual(result.code, harness.USAGE, str(result))
        self.assertIn("--token-file", result.err)
        token = self.folder / "token"
        token.write_text("short\n")
        token.chmod(0o600)
        self.assertEqual(harness.run("serve", "--bind", "0.0.0.0", "--token-file", token, "-C", self.data).code,
                         harness.USAGE)
        token.write_text("a-token-of-our-own-0123456789\n")
        token.chmod(0o644)
        result = harness.run("serve", "--token-file", token, "-C", self.data)
        self.assertEqual(result.code, harness.USAGE, str(result))
        self.assertIn("chmod 600", result.err)
        token.chmod(0o600)
        server = Server(self.data, "--bind", "0.0.0.0", "--token-file", token)
        try:
            self.assertEqual(server.token, "a-token-of-our-own-0123456789")
            self.assertEqual(server.client().get("/api/status").status, 200)
        finally:
            self.assertEqual(server.stop(), 0)
        self.assertIn("not encrypted", server.err)

    def test_each_server_has_a_token_and_a_port_of_its_own(self):
        other = self.serve()
        self.assertNotEqual(other.token, self.server.token)
        self.assertNotEqual(other.port, self.server.port)
        self.assertGreaterEqual(len(other.token), 32)
        stranger = other.client(token=False, headers={"Authorization": f"Bearer {self.server.token}"})
        self.assertEqual(stranger.get("/api/status").status, 401)
        self.stop_well(other)
        self.stop_well()

    def test_what_cannot_be_served_is_told_in_one_line(self):
        for options, code in ((("--port", self.server.port), harness.FAILED), (("--port", "70000"), harness.USAGE),
                              (("-C", self.folder / "nothing"), harness.FAILED),
                              (("--bind", "no.such.name.invalid", "--token-file", "/dev/null"), harness.USAGE)):
            where = () if "-C" in options else ("-C", self.data)
            result = harness.run("serve", *options, *where)
            self.assertEqual(result.code, code, str(result))
            self.assertEqual(result.out, "")
            self.assert_one_line(result)


if __name__ == "__main__":
    unittest.main(verbosity=2)
