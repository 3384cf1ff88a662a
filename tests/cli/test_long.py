"""Long runs: what they say and keep while they go on, are held, and stop."""

import re
import signal
import time

from harness import DONE, FAILED, PARTIAL, Case, DemoCase, finish, main, status_of, stop_in_the_middle

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d+ "


class PassedOver(Case):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "photos"
        self.data.mkdir()
        for i in range(30):
            (self.data / f"empty{i}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(i))
        for i in range(12):
            (self.data / f"text{i}.png").write_text("no picture", encoding="ascii")
        (self.data / "one.ppm").write_bytes(b"P6 16 16 255\n" + bytes(768))

    def test_much_that_is_passed_over_is_summed_up_by_kinds(self):
        result = self.kin("index", self.data, code=PARTIAL)
        # One of the ten lines before says that the default model is not there.
        self.assertIn("kin: and 33 more like these: kin status --unreadable", result.err)
        kinds = re.findall(r"(?m)^kin: passed over: (\d+): (.*), such as (.*)$", result.err)
        self.assertEqual(sum(int(count) for count, _, _ in kinds), 42)
        self.assertEqual(sorted((int(count) for count, _, _ in kinds), reverse=True),
                         [int(count) for count, _, _ in kinds])
        self.assertTrue(all(example.endswith((".jpg", ".png")) for _, _, example in kinds))

        told = self.kin("status", "--unreadable", "--json", "-C", self.data).json()
        self.assertEqual(len(told["unreadable"]), 42)
        self.assertEqual([(str(kind["count"]), kind["reason"], kind["example"]) for kind in told["kinds"]], kinds)

    def test_the_log_has_every_line(self):
        log = self.folder / "runs.log"
        self.kin("index", self.data, "--log", log, "--quiet", code=PARTIAL)
        lines = log.read_text(encoding="utf-8").splitlines()
        for line in lines:
            self.assertRegex(line, f"^{STAMP}.")
        self.assertRegex(lines[0], f"{STAMP}.*kin index .*photos --log .*runs.log --quiet$")
        self.assertEqual(sum("empty" in line or "text" in line for line in lines[1:]), 42)
        self.assertRegex("\n".join(lines), r"describe images (\d+) of \1 \(100 %\)")
        self.assertRegex(lines[-1], f"^{STAMP}exit 3$")

        self.kin("find", "nothing", "-C", self.data, "--log", log, code=FAILED)
        more = log.read_text(encoding="utf-8").splitlines()
        self.assertEqual(more[:len(lines)], lines)
        self.assertIn("nothing", more[-2])
        self.assertRegex(more[-1], f"^{STAMP}exit 1$")

    def test_a_log_that_cannot_be_written_is_said(self):
        result = self.kin("index", self.data, "--log", self.folder / "no" / "runs.log", code=FAILED)
        self.assertIn("cannot write the log", result.err)
        self.assertFalse((self.data / ".kin").exists())
        full = self.kin("status", "-C", self.data.parent, "--log", "/dev/full", code=FAILED)
        self.assertNotEqual(full.err, "")


class Held(DemoCase):
    pictures = 120
    indexed = False

    def test_held_and_gone_on_with(self):
        """Held in the middle for as long as one likes, it goes on to the same end."""
        process, indexed = stop_in_the_middle(self, self.data)
        time.sleep(1)
        self.assertIsNone(process.poll())
        self.assertEqual(status_of(self.data)["indexed"], indexed)
        process.send_signal(signal.SIGCONT)
        result = finish(process)
        self.assertEqual(result.code, DONE, str(result))
        self.assertEqual(result.facts()["described"], result.facts()["added"])


if __name__ == "__main__":
    main()
