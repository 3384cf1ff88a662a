"""What a terminal gets: tables of its width, colour, progress. The terminal is a pseudo one."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

from harness import DONE, KIN, DemoCase, environment, main, read_truth


def on_terminal(*arguments, cwd, columns=100, env=None):
    """What kin writes to a terminal of so many columns, stdout and stderr together; and its exit code."""
    try:
        ours, theirs = pty.openpty()
    except OSError:
        raise unittest.SkipTest("this system gives no pseudo terminal") from None
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen([KIN, *map(str, arguments)], cwd=cwd, env=environment(**(env or {})), stdin=theirs,
                               stdout=theirs, stderr=theirs)
    os.close(theirs)
    pieces = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(ours)
    return b"".join(pieces).decode().replace("\r\n", "\n"), process.wait(timeout=60)


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", text)


class Terminal(DemoCase):
    pictures = 40

    def setUp(self):
        super().setUp()
        self.item = read_truth(self.data)[0]["item"]

    def test_tables_are_aligned_and_cut_to_the_width(self):
        for columns in (50, 80, 200):
            text, code = on_terminal("find", self.item, "-q", cwd=self.data, columns=columns)
            self.assertEqual(code, DONE)
            lines = plain(text).splitlines()
            self.assertLessEqual(max(map(len, lines)), columns)
            self.assertEqual(len({line.index("0.") for line in lines[1:]}), 1, text)
        self.assertIn("…", plain(on_terminal("find", self.item, "-q", cwd=self.data, columns=34)[0]))

    def test_colour_only_where_it_is_wanted(self):
        other = self.kin("find", self.item, "-n1", cwd=self.data).rows()[0]["item"]
        self.kin("verdict", other, "critical", cwd=self.data)
        self.assertIn("\x1b[31mcritical\x1b[0m", on_terminal("find", self.item, cwd=self.data)[0])
        self.assertNotIn("\x1b[", on_terminal("find", self.item, cwd=self.data, env={"NO_COLOR": "1"})[0])
        self.assertNotIn("\x1b[", on_terminal("find", self.item, cwd=self.data, env={"TERM": "dumb"})[0])

    def test_slices(self):
        self.kin("audit", 15, "--seed", 2, cwd=self.data)
        self.review(1, self.data)
        text, code = on_terminal("slices", "--by", "label,annotator", "--sla", 90, "--all", "--plain", cwd=self.data,
                                 columns=120)
        self.assertEqual(code, DONE)
        self.assert_golden("slices-terminal", plain(text))

    def test_what_is_not_audited_says_so(self):
        text, _ = on_terminal("slices", "--by", "label", cwd=self.data, columns=120)
        rows = [line for line in plain(text).splitlines() if line.startswith("label=")]
        self.assertTrue(rows)
        for row in rows:
            self.assertIn("not audited", row)
            self.assertNotIn("%", row)

    def test_progress_and_the_next_step(self):
        text, code = on_terminal("index", ".", "--model", "classic", "--margin", "0.3", cwd=self.data)
        self.assertEqual(code, DONE)
        self.assertRegex(text, r"\r\x1b\[K|next: ")
        self.assertIn("next: kin audit", text)
        quiet, _ = on_terminal("index", ".", "--margin", "0.2", "--quiet", cwd=self.data)
        self.assertNotIn("\r\x1b[K", quiet)
        self.assertNotIn("next: ", quiet)

    def test_a_data_set_in_a_folder_below_is_named(self):
        self.assertEqual(on_terminal("status", cwd=self.folder)[0].count("the data set is in"), 1)
        self.assertNotIn("the data set is in", on_terminal("status", "-q", cwd=self.folder)[0])
        self.assertNotIn("the data set is in", on_terminal("status", cwd=self.data)[0])

    def test_a_narrow_terminal_leaves_columns_out_before_it_cuts_names(self):
        self.kin("audit", 15, "--seed", 2, cwd=self.data)
        self.review(1, self.data)
        for columns in (80, 100):
            lines = plain(on_terminal("slices", "--by", "annotator", "--all", "-q", cwd=self.data,
                                      columns=columns)[0]).splitlines()
            table = lines[lines.index("") + 1:]
            self.assertLessEqual(max(map(len, table)), columns)
            self.assertEqual(columns >= 100, any(line.startswith("annotator=dalia ") for line in table))
            self.assertNotIn("lift" if columns < 100 else "note", table[0])

    def test_drawing_shows_progress(self):
        text, _ = on_terminal("demo", self.folder / "more", "--pictures", 150, "--threads", 1, cwd=self.folder)
        self.assertRegex(text, r"\w+ [\d,]+ of 150 \(\d+ %\), [\d,.]+/s")


if __name__ == "__main__":
    main()
