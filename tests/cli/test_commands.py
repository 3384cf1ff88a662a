"""The command line itself: help, options, mistakes in typing, exit codes, JSON and tables."""

import json
import os
import re
import shlex
import shutil

from harness import DONE, FAILED, USAGE, Case, DemoCase, main, read_truth, run

COMMANDS = ("index", "find", "verdict", "audit", "job kin", "job suspects", "job next", "job list", "job show",
            "job export", "job import", "slices", "report", "patterns", "duplicates", "export",
            "status", "check", "compact", "demo", "version", "help")


class Help(Case):
    def test_help_of_every_command_is_as_it_was(self):
        self.assert_golden("help", self.kin("help").out)
        for command in ("job", *COMMANDS):
            text = self.kin(*command.split(), "--help").out
            self.assert_golden("help-" + command.replace(" ", "-"), text)
            self.assertEqual(text, self.kin("help", *command.split()).out)
            self.assertEqual(text, self.kin("--help", *command.split()).out)

    def test_every_command_is_in_the_overview(self):
        overview = self.kin("--help").out
        for command in {command.split()[0] for command in COMMANDS}:
            self.assertRegex(overview, rf"(?m)^  {command} ")

    def test_every_example_parses(self):
        for command in COMMANDS:
            text = self.kin(*command.split(), "--help").out
            example = re.search(r"(?m)^example\n  kin (.*)$", text)
            self.assertTrue(example, f"{command} --help has no example")
            words = shlex.split(example.group(1))
            self.assertEqual(words[:len(command.split())], command.split())
            if command == "demo":
                words += ["--threads", "2"]
            result = run(*words, cwd=self.folder)
            self.assertIn(result.code, (DONE, FAILED), str(result))

    def test_every_option_is_told_to_take_its_value(self):
        for command in COMMANDS:
            text = self.kin(*command.split(), "--help").out
            for option in re.findall(r"(?m)^  (?:-\w, )?(--[a-z-]+) [A-Z]", text):
                result = self.kin(*command.split(), option, code=USAGE)
                self.assertIn(f"{option} needs a value", result.err)


class Typing(Case):
    def test_a_mistyped_command_gets_the_nearest(self):
        for typed, meant in (("fnd", "find"), ("indxe", "index"), ("slcies", "slices"), ("Verdict", "verdict"),
                             ("job lst", "job list"), ("job exprot", "job export")):
            result = self.kin(*typed.split(), code=USAGE)
            self.assertIn(f"did you mean 'kin {meant}'?", result.err)
        self.assertIn("kin help", self.kin("frobnicate", code=USAGE).err)
        self.assertIn("kin help", self.kin(code=USAGE).err)
        self.assertIn("kin, suspects, next, list, show", self.kin("job", code=USAGE).err)

    def test_a_mistyped_option_gets_the_nearest(self):
        for words, meant in ((("find", "x", "--same-lable"), "--same-label"), 
                             (("index", "--anotations=x"), "--annotations"),
                             (("audit", "5", "--stratfy", "label"), "--stratify"), (("--jsno", "status"), "--json"),
                             (("status", "--qiet"), "--quiet")):
            self.assertIn(f"did you mean {meant}?", self.kin(*words, code=USAGE).err)
        self.assertIn("kin find --help", self.kin("find", "x", "--frobnicate", code=USAGE).err)
        self.assertIn("-x", self.kin("find", "y", "-x", code=USAGE).err)
        self.assertIn("takes no value", self.kin("status", "--json=yes", code=USAGE).err)

    def test_values_are_checked(self):
        wrong = (
            ("audit", "many"), ("audit", "0"), ("audit", "-5"), ("audit", "5", "--floor", "3"),
            ("audit", "5", "--unit", "picture"), ("audit", "5", "--seed", "1.5"), ("audit",), ("audit", "5", "6"),
            ("find",), ("find", "x", "-n", "0"), ("find", "x", "-n", "ten"), ("find", "x", "--where", "night"),
            ("find", "x", "--where", "=night"), ("find", "x", "--box", "1,2,3"), ("find", "x", "--box", "1,2,3,4,5"),
            ("find", "x", "--box", "0,0,0,5"), ("find", "x", "--box", "a,b,c,d"), ("find", "x", "--box", "0,0,inf,5"),
            ("find", "x", "--assets", "--shapes"), ("find", "x", "--any-label", "--label", "car"),
            ("verdict", "x"), ("verdict", "x", "bad"), ("verdict", "x", "ok", "--should-be", "car"),
            ("verdict", "x", "minor", "--time", "yesterday"), ("verdict", "x", "minor", "--count", "0"),
            ("index", ".", "--margin", "lots"), ("index", ".", "--margin", "-1"), ("index", ".", "--format", "xls"),
            ("index", ".", "--threads", "-2"), ("index", ".", "--annotations", "a", "--no-annotations"),
            ("index", "a", "b"), ("index", "-C", "a", "b"), ("slices", "--sla", "0.95"), ("slices", "--sla", "101"),
            ("slices", "--conf", "0.95"), ("slices", "--risk", "0.05"), ("slices", "--score", "best"),
            ("slices", "--weights", "0,0"), ("slices", "--weights", "1"), ("slices", "--by", "label,,x"),
            ("slices", "--by", ""), ("report", "--sla", "0.95"),
            ("report", "--by", ","), ("report", "-n", "0"), ("report", "x"), ("job", "show"), ("job", "show", "first"),
            ("job", "export", "1", "--format", "xml"), ("job", "import"), ("job", "import", "one", "file"), ("demo",),
            ("demo", "x", "--pictures", "0"),
            ("help", "job", "frob"), ("help", "find", "x"), ("version", "now"), ("help", "--json"),
            ("job", "export", "1", "--json"),
        )
        for words in wrong:
            self.kin(*words, code=USAGE, cwd=self.folder)
        self.assertEqual(os.listdir(self.folder), [])

    def test_version(self):
        text = self.kin("version").out
        self.assertEqual(text, self.kin("--version").out)
        self.assertRegex(text, r"kernels \w+ \(8 bits: \w+\), OpenBLAS \d\S* \w+, FAISS \d\S* \(\w.*\)")
        self.assertEqual(self.kin("version", "--json").json()["model"], "classic")


class WithData(DemoCase):
    pictures = 24

    def test_forms_of_options(self):
        item = read_truth(self.data)[0]["item"]
        outputs = {self.kin("find", item, *form, cwd=self.data).out for form in (("-n", "3"), ("-n3",))}
        outputs.add(self.kin("find", "-n", "3", "--", item, cwd=self.data).out)
        outputs.add(self.kin("-C", self.data, "find", item, "-n3").out)
        outputs.add(self.kin("find", item, "-n3", f"--dataset={self.data}").out)
        outputs.add(self.kin("find", "-n9", item, "-n3", cwd=self.data).out)
        outputs.add(self.kin("find", "--like", item, "-n3", cwd=self.data).out)
        self.assertEqual(len(outputs), 1)
        box = self.kin("find", "images/000001.jpg", "--box", "-5,-5,60,60", "-n1", cwd=self.data)
        self.assertEqual(len(box.rows()), 1)

    def test_json_everywhere(self):
        item = read_truth(self.data)[0]["item"]
        done = self.folder / "done.csv"
        done.write_text(f"item,verdict\n{item},minor\n", encoding="utf-8")
        commands = (("index",), ("find", item), ("verdict", item, "critical"), ("audit", "5", "--seed", "1"),
                    ("job", "kin", item), ("job", "list"), ("job", "show", "1"), ("job", "import", done),
                    ("slices", "--sla", "95", "--pairs"), ("report",), ("status",), ("status", "--unreadable"), ("version",),
                    ("demo", self.folder / "other", "--pictures", "2"))
        for words in commands:
            result = self.kin(*words, "--json", cwd=self.data)
            told = self.kin("help", *words[:2 if words[0] == "job" else 1]).out
            keys = re.search(r"(?ms)^JSON: (.*)", told).group(1)
            for key in json.loads(result.out):
                self.assertRegex(keys, rf"\b{key}\b|\b{key.split('_')[0]}_", f"{words}: --help does not name {key}")

    def test_a_pipe_gets_tabs_and_nothing_else(self):
        item = read_truth(self.data)[0]["item"]
        self.kin("audit", 6, "--seed", 1, cwd=self.data)
        for words in (("find", item), ("job", "list"), ("job", "show", 1), ("slices", "--all"),
                      ("status", "--unreadable")):
            out = self.kin(*words, cwd=self.data).out
            self.assertEqual(len({line.count("\t") for line in out.splitlines()}), 1, out)
            self.assertNotIn("\x1b", out)
        for words in (("status",), ("index",)):
            self.assertEqual({line.count("\t") for line in self.kin(*words, cwd=self.data).out.splitlines()}, {1})

    def test_quiet(self):
        self.assertEqual(self.kin("index", "--quiet", cwd=self.data).err, "")
        self.assertEqual(self.kin("slices", "-q", cwd=self.data).err, "")

    def test_strange_names_cannot_drive_a_terminal_or_break_a_table(self):
        strange = b"a\tb\x1b[31m\xff\xe2\x80\xae.jpg"
        shutil.copy(self.data / "images" / "000024.jpg", os.path.join(os.fsencode(self.data), b"images", strange))
        self.kin("index", cwd=self.data)
        found = run("find", "images/000001.jpg", "-n", "99", "--any-label", cwd=self.data)
        self.assertIn("images/a\\tb\\u{1B}[31m\\xFF\\u{202E}.jpg", found.out)
        self.assertEqual({line.count("\t") for line in found.out.splitlines()}, {4})
        told = run("find", "images/000001.jpg", "-n", "99", "--any-label", "--json", cwd=self.data).json()
        self.assertIn("images/a\tb\x1b[31m\ufffd\u202e.jpg", [m["path"] for m in told["matches"]])

    def test_output_that_cannot_be_written_is_an_error(self):
        item = read_truth(self.data)[0]["item"]
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        for words in (("find", item), ("status", "--json"), ("help",)):
            with open("/dev/full", "wb") as full:
                result = run(*words, cwd=self.data, stdout=full)
            self.assertEqual(result.code, FAILED, str(result))
            self.assertIn("standard output", result.err)


if __name__ == "__main__":
    main()
