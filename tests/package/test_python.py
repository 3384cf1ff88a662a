"""The module kin of tools/python, installed by pip without a network into an environment of its own: its answers are
those of the command line."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT / "tests" / "cli"))
from harness import Case, answer, run  # noqa: E402
from tiny_model import write_model  # noqa: E402

BUILD = pathlib.Path(os.environ["KIN_BUILD"])
SYSTEM_PYTHON = "/usr/bin/python3"  # has the distribution's numpy

# Reads one call a line: a method with its arguments; prints its result, or the error.
DRIVER = """
import json, sys
import kin

def plain(result):
    if isinstance(result, tuple):
        return {"names": result[0], "shape": result[1].shape, "type": str(result[1].dtype), "rows": result[1].tolist()}
    return list(result) if hasattr(result, "__next__") else result

with kin.Workspace(sys.argv[1], sys.argv[2]) as workspace:
    for line in sys.stdin:
        name, words, options = json.loads(line)
        try:
            print(json.dumps({"result": plain(getattr(workspace, name)(*words, **options))}), flush=True)
        except kin.Error as error:
            print(json.dumps({"error": str(error), "kind": error.kind, "code": error.code}), flush=True)
"""


HOME = pathlib.Path(tempfile.mkdtemp(prefix="kin-test-"))
PYTHON = HOME / "venv" / "bin" / "python"


def setUpModule():
    """The environment and two data sets, once for all: described, and just drawn."""
    unittest.addModuleCleanup(shutil.rmtree, HOME, ignore_errors=True)
    offline = {**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_CONFIG_FILE": os.devnull}
    made = subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--system-site-packages", HOME / "venv"], capture_output=True,
                          text=True, check=False)
    if made.returncode != 0:
        print("skipped: this Python makes no environment with pip (python3-venv)")
        raise unittest.SkipTest("no venv")
    done = subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", PROJECT / "tools" / "python"], env=offline,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (HOME / "driver.py").write_text(DRIVER, encoding="utf-8")
    drawn, described = HOME / "drawn", HOME / "described"
    assert run("demo", drawn, "--pictures", "40", "--seed", "5", "--quiet").code == 0
    shutil.copytree(drawn, described)
    assert run("index", described, "--annotations", described / "instances.json", "--quiet").code == 0


class PythonCase(Case):
    described = True
    environment = {"KIN_LIBRARY": str(BUILD / "libkin.so"), "KIN_MODELS": str(HOME), "USER": "tester"}

    def setUp(self):
        super().setUp()
        self.data = self.folder / "photos"
        shutil.copytree(HOME / ("described" if self.described else "drawn"), self.data)

    def script(self, text, *arguments, code=0, **environment):
        done = subprocess.run([PYTHON, "-c", text, *map(str, arguments)], capture_output=True, text=True, check=False,
                              env={**os.environ, **self.environment, **environment}, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def calls(self, *calls, mode="write", data=None):
        """[(method, positional, named)] -> their answers."""
        lines = "".join(json.dumps([name, list(words), options]) + "\n" for name, words, options in calls)
        done = subprocess.run([PYTHON, HOME / "driver.py", data or self.data, mode], input=lines, text=True,
                              capture_output=True, env={**os.environ, **self.environment}, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def call(self, name, *words, **options):
        return self.calls((name, words, options))[0]["result"]

    def json(self, *arguments):
        return self.kin("-C", self.data, *arguments, "--json").json()


class Answers(PythonCase):
    def review(self):
        self.kin("audit", "30", "--seed", "1", cwd=self.data)
        job = self.folder / "job.csv"
        job.write_text(answer(self.kin("job", "export", "1", "--format", "csv", cwd=self.data).out, self.data))
        self.kin("job", "import", job, cwd=self.data)

    def test_what_reads_is_what_the_program_prints(self):
        self.review()
        mistakes = [row["item"] for row in self.json("job", "show", "1")["rows"] if row["verdict"] == "critical"]
        first = mistakes[0]
        pairs = (
            (("status", (), {}), ("status",)),
            (("find", (first,), {"n": 7}), ("find", first, "-n", "7")),
            (("find", ([first],), {"n": 5, "by": "looks", "any_label": True, "unit": "shape"}),
             ("find", first, "-n", "5", "--by", "looks", "--any-label", "--shapes")),
            (("find", ("images/000001.jpg",), {"box": [10, 10, 80, 60], "unlike": first}),
             ("find", "images/000001.jpg", "--box", "10,10,80,60", "--unlike", first)),
            (("slices", (["label"],), {"sla": 0.95, "conf": 0.9}), ("slices", "--by", "label", "--sla", "95", "--conf", "90")),
            (("slices", (), {"pairs": True, "plain": True, "score": "opportunity", "weights": [0.5, 1]}),
             ("slices", "--pairs", "--plain", "--score", "opportunity", "--weights", "0.5,1")),
            (("report", ("label",), {}), ("report", "--by", "label")),
            (("patterns", (), {}), ("patterns",)),
            (("duplicates", (), {"unit": "asset", "all": True}), ("duplicates", "--unit", "asset", "--all")),
            (("job", (1,), {}), ("job", "show", "1")),
        )
        answers = self.calls(*(call for call, _ in pairs), mode="read")
        for (call, words), told in zip(pairs, answers, strict=True):
            self.assertEqual(told.get("result"), self.json(*words), f"{call}: {told.get('error')}")
        self.assertEqual(self.call("jobs"), self.json("job", "list")["jobs"])
        self.assertEqual(self.call("unreadable"), self.json("status", "--unreadable")["unreadable"])

    def test_what_writes_does_what_the_program_does(self):
        """The same on two copies of a data set, one by each; times and folders apart."""
        self.review()
        twin = self.folder / "twin"
        shutil.copytree(self.data, twin)
        item = "images/000002.jpg"
        mistake = next(row["item"] for row in self.json("job", "show", "1")["rows"] if row["should_be"])
        job = self.folder / "job2.csv"
        steps = (
            (("audit", (5,), {"seed": 4, "unit": "shape"}), ("audit", "5", "--seed", "4", "--unit", "shape")),
            (("verdict", (item, "minor"), {"note": "odd", "time": "2026-01-02T03:04:05Z"}),
             ("verdict", item, "minor", "--note", "odd", "--time", "2026-01-02T03:04:05Z")),
            (("verdict", (item, "none"), {}), ("verdict", item, "none")),
            (("job_kin", (mistake,), {"n": 6}), ("job", "kin", mistake, "-n", "6")),
            (("job_next", (3,), {"n": 3}), ("job", "next", "3", "-n", "3")),
            (("job_next", (3,), {"dry_run": True}), ("job", "next", "3", "--dry-run")),
            (("job_next", (3,), {"control": True, "n": 4, "seed": 2}),
             ("job", "next", "3", "--control", "-n", "4", "--seed", "2")),
            (("job_suspects", (), {"n": 4, "by": "margin"}), ("job", "suspects", "-n", "4", "--by", "margin")),
            (("job_import", (str(job),), {"job": 2}), ("job", "import", "2", job)),
        )
        job.write_text("item,verdict\n")
        mine = self.calls(*(call for call, _ in steps))
        for (call, words), told in zip(steps, mine, strict=True):
            other = self.kin(*words, "--json", cwd=twin).json()
            for facts in (told.get("result", {}), other):
                facts.pop("created", None)
            self.assertEqual(told.get("result"), other, f"{call}: {told}")
        self.assertEqual([job["mistakes"] for job in self.call("jobs")],
                         [job["mistakes"] for job in self.kin("job", "list", "--json", cwd=twin).json()["jobs"]])
        self.assertEqual(len(self.call("job_mistakes", n=2)),
                         len(self.kin("job", "kin", "--all-mistakes", "-n", "2", "--json", cwd=twin).json()["jobs"]))

    def test_index_as_the_program_does(self):
        twin = self.folder / "twin"
        shutil.copytree(self.data, twin)
        for folder in (self.data, twin):
            shutil.copy(folder / "images" / "000001.jpg", folder / "images" / "new.jpg")
        mine = self.call("index")
        other = self.kin("index", twin, "--json").json()
        for facts in (mine, other):
            self.assertEqual(facts["added"], 1)
            for key in [key for key in facts if key.endswith("seconds") or key == "folder"]:
                del facts[key]
        self.assertEqual(mine, other)

    def test_embeddings_are_the_vectors_that_searches_score(self):
        told = self.call("embeddings", unit="asset")
        names, rows = told["names"], told["rows"]
        self.assertEqual(told["type"], "float32")
        self.assertEqual(told["shape"][0], len(names))
        self.assertEqual(len(names), self.json("status")["assets"])
        query = rows[names.index("images/000001.jpg")]
        cosines = {name: sum(a * b for a, b in zip(query, row, strict=True)) for name, row in zip(names, rows, strict=True)}
        for match in self.json("find", "images/000001.jpg", "--by", "looks", "-n", "10")["matches"]:
            self.assertAlmostEqual(match["score"], cosines[match["item"]], places=4)
        everything = self.call("embeddings")
        self.assertEqual(len(everything["names"]), self.json("status")["indexed"])
        label = self.call("embeddings", label="car")["names"]
        self.assertTrue(label and set(label) < set(everything["names"]))

    def test_items_come_in_pages(self):
        whole = self.call("items")
        status = self.json("status")
        self.assertEqual(len(whole), status["assets"] + status["shapes"])
        ids = [entry["id"] for entry in whole]
        self.assertEqual(ids, sorted(set(ids)))
        part = self.call("ask", "items", after=ids[4], most=3)["items"]
        self.assertEqual([entry["id"] for entry in part], ids[5:8])


class Errors(PythonCase):
    def test_each_has_a_kind_and_says_what(self):
        tried = (
            ("find", ("nowhere.jpg",), {}, "NOTFOUND", "nowhere.jpg"),
            ("find", (), {}, "USAGE", "items"),
            ("job", (77,), {}, "NOTFOUND", "77"),
            ("verdict", ("images/000001.jpg", "bad"), {}, "USAGE", "ok, minor, critical"),
            ("audit", (0,), {}, "USAGE", "'n' is a whole number"),
            ("audit", (2.5,), {}, "USAGE", "'n' is a whole number"),
            ("ask", ("status",), {"frob": 1}, "USAGE", "frob"),
            ("ask", ("frobnicate",), {}, "USAGE", "frobnicate"),
            ("find", (["images/000001.jpg", 3],), {}, "USAGE", "list of texts"),
            ("find", ("images/000001.jpg",), {"box": [1, 2, 3]}, "USAGE", "4 numbers"),
            ("find", ("images/000001.jpg",), {"where": {"a": 1}}, "USAGE", "object of texts"),
            ("items", (), {"unit": "picture"}, "USAGE", "asset or shape"),
            ("slices", (), {"sla": 95}, "USAGE", "'sla' is a number from"),
        )
        for (name, words, options, kind, text), told in zip(
                tried, self.calls(*((name, words, options) for name, words, options, _, _ in tried)), strict=True):
            self.assertEqual(told.get("kind"), kind, f"{name}: {told}")
            self.assertIn(text, told["error"])
            self.assertLess(told["code"], 0)

    def test_without_a_workspace(self):
        out = self.script("""
import kin, pickle, sys
try:
    kin.Workspace(sys.argv[1])
except kin.Error as error:
    assert pickle.loads(pickle.dumps(error)).kind == "NOTFOUND"
    print(error.kind, error)
""", self.folder)
        self.assertRegex(out, "^NOTFOUND .*kin index")

    def test_a_reader_may_not_write(self):
        told = self.calls(("audit", (5,), {}), mode="read")[0]
        self.assertIn("error", told)

    def test_closed_is_closed(self):
        self.script("""
import kin, sys
workspace = kin.Workspace(sys.argv[1], "read")
workspace.close()
workspace.close()
try:
    workspace.status()
except ValueError as error:
    assert "closed" in str(error)
else:
    raise SystemExit(1)
""", self.data)

    def test_a_callback_that_raises_ends_the_run_and_keeps_what_is_done(self):
        out = self.script("""
import kin, sys
def progress(stage, done, total):
    if done >= 8 and stage.startswith("describe"):
        raise KeyboardInterrupt
with kin.Workspace(sys.argv[1], "create") as workspace:
    try:
        workspace.index(margin=0.3, threads=1, progress=progress)
    except KeyboardInterrupt:
        print("stopped")
    print(workspace.index()["assets"], workspace.status()["pending"])
""", self.data)
        self.assertEqual(out, "stopped\n40 0\n")

    def test_without_the_library(self):
        out = self.script("""
import kin
try:
    kin.build()
except ImportError as error:
    print(error)
""", KIN_LIBRARY="/nowhere/libkin.so")
        self.assertIn("/nowhere/libkin.so", out)
        self.assertIn("KIN_LIBRARY", out)


class Module(PythonCase):
    described = False

    def test_its_version_is_that_of_the_program(self):
        version = run("version", "--json").json()["version"]
        told = self.script("import importlib.metadata as m; print(m.version('kin'))").strip()
        self.assertEqual(told, version)
        self.assertEqual(self.script("import kin; print(kin.build())").strip(), run("version", "--json").json()["build"])
        soname = re.search(r"libkin\.so\.[\d.]+", self.script("import kin.loading as l; print(l.SONAME)"))[0]
        self.assertIn(f"[{soname}]", subprocess.run(["readelf", "-d", BUILD / "libkin.so"], capture_output=True,
                                                    text=True, check=True).stdout)

    def test_structs_are_those_of_the_headers(self):
        source = self.folder / "sizes.c"
        source.write_text("""
#include <kin/types.h>
#include <stdio.h>
int main(void)
{
    printf("%zu %zu %zu %zu %zu %zu %zu %zu\\n", sizeof(kin_error), offsetof(kin_error, code),
           offsetof(kin_error, message), sizeof(kin_watch), offsetof(kin_watch, user), offsetof(kin_watch, progress),
           offsetof(kin_watch, note), offsetof(kin_watch, stop));
}
""")
        program = self.folder / "sizes"
        subprocess.run([os.environ["CC"], f"-I{PROJECT / 'include'}", source, "-o", program], check=True)
        native = subprocess.run([program], capture_output=True, text=True, check=True).stdout
        mine = self.script("""
import ctypes
from kin.loading import CError, CWatch
print(ctypes.sizeof(CError), CError.code.offset, CError.message.offset, ctypes.sizeof(CWatch), CWatch.user.offset,
      CWatch.progress.offset, CWatch.note.offset, CWatch.stop.offset)
""")
        self.assertEqual(mine, native)

    def test_every_method_says_what_it_does_and_has_types(self):
        self.script("""
import inspect, kin
for name, method in inspect.getmembers(kin.Workspace, inspect.isfunction):
    if name.startswith("_"):
        continue
    assert method.__doc__, name
    signature = inspect.signature(method)
    assert signature.return_annotation is not inspect.Signature.empty, name
    for parameter in list(signature.parameters.values())[1:]:
        assert parameter.annotation is not inspect.Parameter.empty, (name, parameter)
""")

    def test_a_model_of_ones_own(self):
        write_model(HOME / "tiny")
        told = self.calls(("index", (), {"model": "tiny", "no_annotations": True}), ("status", (), {}), mode="create")
        self.assertEqual(told[1]["result"]["model"], "tiny")


if __name__ == "__main__":
    unittest.main()
