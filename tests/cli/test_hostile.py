"""Files that nobody vouches for: the shared data's odd images end as the committed list says, and a run whose decoding
processes are killed loses nothing."""

import os
import pathlib
import shutil
import signal
import time

from harness import DONE, GOLDEN, KIN, PARTIAL, PROJECT, Case, finish, main, start
from tiny_model import write_model

SHARED = pathlib.Path(os.environ.get("KIN_SHARED_DATA") or PROJECT.parent / "shared" / "data")
EXPECTED = GOLDEN / "odd_unreadable.txt"


def unreadable(case, folder):
    listed = case.kin("status", "--unreadable", "--json", cwd=folder).json()["unreadable"]
    return "".join(f"{each['item']}\t{each['reason']}\n" for each in sorted(listed, key=lambda each: each["item"]))


class OddImages(Case):
    maxDiff = None

    def test_each_is_read_or_explained(self):
        if not (SHARED / "odd").is_dir():
            self.skipTest(f"no odd images: {SHARED / 'odd'} is not there; KIN_SHARED_DATA names another place")
        odd = self.folder / "odd"
        shutil.copytree(SHARED / "odd", odd)
        self.kin("index", odd, "--no-annotations", code=PARTIAL)
        found = unreadable(self, odd)
        if os.environ.get("KIN_UPDATE_GOLDEN") == "1":
            EXPECTED.write_text(found, encoding="utf-8")
        self.assertEqual(found, EXPECTED.read_text(encoding="utf-8"))
        for reason in ("crashed", "took longer", "wanted more", "made no sense"):
            self.assertNotIn(reason, found)
        shutil.rmtree(odd / ".kin")
        self.kin("index", odd, "--no-annotations", code=PARTIAL, env={"KIN_DECODE": "inprocess"})
        self.assertEqual(unreadable(self, odd), found)


def children(pid):
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class KilledWorkers(Case):
    def run_and_kill(self, *words):
        """What a run came to whose decoding workers were killed, once each or twice."""
        process = start(*words)
        killed = 0
        while process.poll() is None and killed < 4:
            workers = [worker for nurse in children(process.pid) for worker in children(nurse)]
            for worker in workers[killed % 2:killed % 2 + 1]:
                try:
                    os.kill(worker, signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass
                time.sleep(0.3)
            time.sleep(0.002)
        made = finish(process)
        self.assertEqual(made.code, DONE, made)
        self.assertGreaterEqual(killed, 1)
        return made.json()

    def test_nothing_is_lost(self):
        photos = self.folder / "photos"
        self.kin("demo", photos, "--pictures", 400)
        made = self.run_and_kill("index", photos, "--json")
        self.assertEqual((made["failed"], made["assets"]), (0, 400))

    def test_calibrating_goes_on(self):
        photos, tiny = self.folder / "photos", self.folder / "tiny"
        self.kin("demo", photos, "--pictures", 200)
        write_model(tiny)
        calibrate = "calibrate", tiny, photos, "--pictures", 64, "--json"
        undisturbed = self.kin(*calibrate).json()
        self.assertEqual(self.run_and_kill(*calibrate), undisturbed)
        self.assertEqual(undisturbed["held_out"], 136)

    def test_workers_end_with_the_program(self):
        photos = self.folder / "photos"
        self.kin("demo", photos, "--pictures", 400)
        process = start("index", photos, "--json")
        nurses = []
        while process.poll() is None and not nurses:
            nurses = children(process.pid)
            time.sleep(0.002)
        workers = [worker for nurse in nurses for worker in children(nurse)]
        process.kill()
        finish(process)
        self.assertTrue(nurses)
        until = time.monotonic() + 30
        while any(is_ours(pid) for pid in nurses + workers):
            self.assertLess(time.monotonic(), until, "processes that decode outlive kin index")
            time.sleep(0.05)


def is_ours(pid):
    """Still runs this program, and is no zombie that waits to be looked at."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return state != "Z" and KIN.encode() in command


if __name__ == "__main__":
    main()
