"""The public headers as Doxygen sees them: no warning, and every function is documented."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT / "tools"))
import doc_filter  # noqa: E402
from test_installed import declared  # noqa: E402

BUILD = pathlib.Path(os.environ["KIN_BUILD"])


class Docs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="kin-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        settings = (BUILD / "Doxyfile").read_text(encoding="utf-8") + f"\nOUTPUT_DIRECTORY = {cls.folder}\n"
        cls.done = subprocess.run(["doxygen", "-"], input=settings, capture_output=True, text=True, check=False)

    def functions(self):
        for path in (self.folder / "xml").glob("*_8h.xml"):
            for member in xml.etree.ElementTree.parse(path).iter("memberdef"):
                if member.get("kind") == "function":
                    text = [part for tag in ("briefdescription", "detaileddescription")
                            for part in member.find(tag).itertext()]
                    yield member.findtext("name"), " ".join("".join(text).split())

    def test_there_is_no_warning(self):
        self.assertEqual(self.done.stdout + self.done.stderr, "")
        self.assertEqual(self.done.returncode, 0)
        self.assertTrue((self.folder / "html" / "index.html").is_file())

    def test_every_function_is_documented(self):
        told = dict(self.functions())
        self.assertEqual(set(told), declared())
        self.assertEqual([name for name, text in told.items() if not text], [])

    def test_the_text_is_that_of_the_header(self):
        told = dict(self.functions())
        self.assertIn("KIN_E_NOTFOUND where there is no workspace", told["kin_workspace_open"])
        self.assertIn("KIN_E_NOTFOUND where there is no workspace", told["kin_workspace_close"])  # shares a comment
        self.assertIn('"path" or "path#shape"', doc_filter.document('/* f */\n/* "path" or "path#shape" */', "x.h")
                      .replace("\\", ""))


class Filter(unittest.TestCase):
    def test_comments_stay_on_their_lines(self):
        for header in (PROJECT / "include" / "kin").glob("*.h"):
            text = header.read_text(encoding="utf-8")
            told = doc_filter.document(text, header.name)
            lines, plain = told.splitlines(), text.splitlines()
            self.assertEqual(len(lines), len(plain) + 1, header.name)  # @file
            for number, original in enumerate(plain):
                code = original.split("/*")[0].strip()
                if re.match(r"(const |kin_|int|void|size_t|bool|double|typedef)", code):
                    self.assertIn(code, lines[number + 1])

    def test_what_would_be_markup_is_text(self):
        told = doc_filter.document("/* about */\n/* a <b> at #1 of @x \\n */\nint f(void);\n", "x.h")
        self.assertIn("/** a \\<b\\> at \\#1 of \\@x \\\\n */\nint f(void);", told)


if __name__ == "__main__":
    if not (BUILD / "Doxyfile").is_file() or not shutil.which("doxygen"):
        print("skipped: there was no doxygen when this was configured (tools/setup.sh --checks brings it)")
        sys.exit(77)
    unittest.main()
