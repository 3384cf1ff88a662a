"""What the whole-program tests share: running kin, data sets to run it on, a reviewer who knows the truth, and golden
output. KIN names the program; KIN_UPDATE_GOLDEN=1 writes the golden files anew instead of comparing."""

import csv
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

KIN = os.environ.get("KIN") or sys.exit("set KIN to the path of the program kin")
HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
GOLDEN = HERE / "golden"

DONE, FAILED, USAGE, PARTIAL = 0, 1, 2, 3


class Result:
    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    def __str__(self):
        return f"kin {' '.join(map(str, self.arguments))}\nexit {self.code}\n{self.out}{self.err}"

    def json(self):
        return json.loads(self.out)

    def rows(self):
        """The table on a pipe as a list of dictionaries."""
        lines = [line.split("\t") for line in self.out.splitlines()]
        return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]

    def facts(self):
        return dict(line.split("\t") for line in self.out.splitlines())


def environment(**more):
    names = ("KIN_DATASET", "NO_COLOR", "COLUMNS")
    no_models = str(HERE / "golden")  # so that the default is `classic`, whatever models are on this machine
    env = {name: value for name, value in os.environ.items() if name not in names}
    env.update({"USER": "tester", "LC_ALL": "C.UTF-8", "TERM": "xterm", "KIN_MODELS": no_models, **more})
    return env


def start(*arguments, cwd=None, env=None, **more):
    more = {"stdout": subprocess.PIPE, **more}
    return subprocess.Popen([KIN, *map(str, arguments)], cwd=cwd, env=environment(**(env or {})),
                            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)


def finish(process, arguments=()):
    try:
        out, err = process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Result(arguments, process.returncode, (out or b"").decode(), err.decode())


def run(*arguments, cwd=None, env=None, **more):
    return finish(start(*arguments, cwd=cwd, env=env, **more), arguments)


def read_truth(folder):
    with open(folder / "truth.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def skateboarders_called_pedestrians(folder):
    return [row["item"] for row in read_truth(folder)
            if row["given"] == "pedestrian" and row["truth"] == "skateboarder"]


def answer(job_csv, folder):
    """A job file as its reviewer hands it back: every row judged by the demo's truth."""
    return subprocess.run([sys.executable, PROJECT / "tools" / "answer_from_truth.py", folder / "truth.csv"],
                          input=job_csv.encode(), capture_output=True, check=True).stdout.decode()


def normalise(text, *replacements):
    """Takes out what differs from run to run: times of day, seconds, rates."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", text)
    text = re.sub(r"(?m)^(seconds|items per second)\t.*$", r"\1\tNUMBER", text)
    for old, new in replacements:
        text = text.replace(str(old), new)
    return text


class Case(unittest.TestCase):
    """With a temporary folder, self.folder, for each test."""

    maxDiff = 20000

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kin-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def kin(self, *arguments, code=DONE, **more):
        result = run(*arguments, **more)
        self.assertEqual(result.code, code, str(result))
        if code in (FAILED, USAGE):
            self.assertEqual(result.out, "", str(result))
            self.assert_one_line(result)
        return result

    def assert_one_line(self, result):
        """A failure is told in one last line that begins with the program's name."""
        lines = result.err.splitlines()
        self.assertTrue(lines and lines[-1].startswith("kin: "), str(result))
        self.assertEqual(sum(line.startswith("kin: ") for line in lines), len(lines), str(result))

    def assert_golden(self, name, text, *replacements):
        text = normalise(text, *replacements)
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("KIN_UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        wanted = path.read_text(encoding="utf-8") if path.exists() else ""
        self.assertEqual(text, wanted, f"{path.name} differs; KIN_UPDATE_GOLDEN=1 writes it anew")

    def review(self, job, folder):
        """Exports a job, answers it from the truth and imports it; the result of the import."""
        done = self.folder / f"job{job}-done.csv"
        done.write_bytes(answer(self.kin("job", "export", job, cwd=folder).out, folder).encode())
        return self.kin("job", "import", job, done, "--json", cwd=folder)


class DemoCase(Case):
    """With a demo data set that is drawn, and unless `indexed` is False indexed, once a class; a copy for each test
    is self.data."""

    pictures = 60
    indexed = True

    @classmethod
    def setUpClass(cls):
        cls.kept = pathlib.Path(tempfile.mkdtemp(prefix="kin-demo-"))
        cls.addClassCleanup(shutil.rmtree, cls.kept, ignore_errors=True)
        cls.original = cls.kept / "street"
        steps = [("demo", cls.original, "--pictures", cls.pictures)] + [("index", cls.original)] * cls.indexed
        for step in steps:
            result = run(*step)
            if result.code != DONE:
                raise AssertionError(str(result))

    def setUp(self):
        super().setUp()
        self.data = self.folder / "street"
        shutil.copytree(self.original, self.data)


def status_of(folder):
    """What `kin status` counts; None where it cannot tell, or has to wait for a process that is stopped."""
    process = start("status", "--json", "-C", folder)
    try:
        out, _ = process.communicate(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    return json.loads(out) if process.returncode == DONE else None


def stop_in_the_middle(test, folder, *arguments):
    """Starts `kin index` and leaves it stopped (SIGSTOP) at a moment when a part of the items is in the index. Returns
    the process and how many are."""
    total = None
    for pause in (0.02, 0.01, 0.005, 0.002):
        shutil.rmtree(folder / ".kin", ignore_errors=True)
        process = start("index", folder, "--threads", 1, *arguments)
        while process.poll() is None:
            time.sleep(pause)
            process.send_signal(signal.SIGSTOP)
            counts = status_of(folder)
            if counts:
                total = counts["assets"] + counts["shapes"]
                if 0 < counts["indexed"] < total:
                    return process, counts["indexed"]
            process.send_signal(signal.SIGCONT)
        finish(process)
    test.fail(f"kin index could not be caught in the middle of its {total} items")
    return None


def main():
    unittest.main(verbosity=2)
