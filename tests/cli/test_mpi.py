"""kin-mpi: several processes on one machine, and across network namespaces, find what kin finds alone."""

import json
import os
import shutil
import signal
import subprocess
import time

from harness import (DONE, FAILED, USAGE, DemoCase, Result, environment, main, run,
                     skateboarders_called_pedestrians)

KIN_MPI = os.environ["KIN_MPI"]
MPIRUN = os.environ["MPIRUN"]
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1"}


def start_mpi(processes, *arguments, launcher=None, cwd=None, program=KIN_MPI):
    command = [*(launcher or [MPIRUN, "-n", str(processes)]), program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, env=environment(**AS_ROOT), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def finish_mpi(process, arguments=()):
    try:
        out, err = process.communicate(timeout=240)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Result(arguments, process.returncode, out.decode(), err.decode())


def children_named(name, parent):
    """Process ids of the children of `parent`, and theirs, with this name."""
    found, waiting = [], [parent]
    while waiting:
        pid = waiting.pop()
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                children = [int(child) for child in file.read().split()]
            waiting += children
            for child in children:
                with open(f"/proc/{child}/comm", encoding="ascii") as file:
                    if file.read().strip() == name:
                        found.append(child)
        except FileNotFoundError:
            continue
    return found


def rank_of(pid):
    with open(f"/proc/{pid}/environ", "rb") as file:
        settings = dict(setting.split(b"=", 1) for setting in file.read().split(b"\0") if b"=" in setting)
    return int(settings[b"OMPI_COMM_WORLD_RANK"])


class Spread(DemoCase):
    pictures = 150

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wrong = skateboarders_called_pedestrians(cls.original)[:3]
        for item in cls.wrong:
            run("verdict", item, "critical", "--should-be", "skateboarder", cwd=cls.original)

    def setUp(self):
        super().setUp()
        self.spread = self.folder / "spread"
        shutil.copytree(self.original, self.spread, ignore=shutil.ignore_patterns(".kin"))

    def mpi(self, processes, *arguments, code=DONE, **more):
        result = finish_mpi(start_mpi(processes, *arguments, cwd=self.spread, **more), arguments)
        self.assertEqual(result.code, code, str(result))
        return result

    def judge(self):
        for item in self.wrong:
            self.kin("verdict", item, "critical", "--should-be", "skateboarder", cwd=self.spread)

    def assert_finds_the_same(self, processes, **more):
        for arguments in (("find", self.wrong[0], "-n", 30), ("find", self.wrong[0], "--by", "looks", "-n", 30)):
            want = self.kin(*arguments, "--json", cwd=self.data).json()
            self.assertEqual(self.mpi(processes, *arguments, "--json", **more).json(), want)

    def test_several_processes_find_what_one_does(self):
        summary = self.mpi(3, "index", ".", "--threads", 1, "--json").json()
        self.assertEqual(summary["described"], self.kin("status", "--json", cwd=self.data).json()["indexed"])
        self.assertEqual(len(list((self.spread / ".kin" / "shards").glob("*/vectors.bin"))), 3)
        self.judge()
        self.assert_finds_the_same(2)
        for by in ("mistake", "looks"):
            jobs = self.mpi(3, "jobs", "--by", by, "-n", 20, "--json").json()["jobs"]
            want = self.kin("job", "kin", "--all-mistakes", "--by", by, "-n", 20, "--json", cwd=self.data).json()["jobs"]
            self.assertEqual([job["title"] for job in jobs], [job["title"] for job in want])
            for mine, theirs in zip(jobs, want, strict=True):
                rows = self.kin("job", "show", mine["job"], "--json", cwd=self.spread).json()["rows"]
                there = self.kin("job", "show", theirs["job"], "--json", cwd=self.data).json()["rows"]
                self.assertEqual([row["item"] for row in rows], [row["item"] for row in there])

        told = self.kin("find", self.wrong[0], code=USAGE, cwd=self.spread)
        self.assertIn("kin-mpi gather", told.err)
        self.mpi(2, "gather")
        found = self.kin("find", self.wrong[0], "-n", 30, "--json", cwd=self.spread).json()
        self.assertEqual(found, self.kin("find", self.wrong[0], "-n", 30, "--json", cwd=self.data).json())

    def described_so_far(self):
        counts = run("status", "--json", cwd=self.spread).json()
        return counts["assets"] + counts["shapes"] - counts["pending"]

    def hold_until_others_described(self, worker, deadline):
        """Held, the worker cannot finish before it is killed; what it had not yet answered that the others wait for, it
        is let answer."""
        time.sleep(0.02)
        while time.monotonic() < deadline:
            os.kill(worker, signal.SIGSTOP)
            until = time.monotonic() + 1
            while time.monotonic() < until:
                if self.described_so_far() > 0:
                    return
            os.kill(worker, signal.SIGCONT)
            time.sleep(0.02)

    def test_a_process_that_dies_costs_what_was_at_hand(self):
        process = start_mpi(3, "index", ".", "--threads", 1, "--quiet", cwd=self.spread)
        deadline = time.monotonic() + 60
        while not (self.spread / ".kin/shards/2/vectors.bin").exists() and time.monotonic() < deadline:
            time.sleep(0.002)
        last = next(pid for pid in children_named("kin-mpi", process.pid) if rank_of(pid) == 2)
        self.hold_until_others_described(last, deadline)
        os.kill(last, signal.SIGKILL)
        self.assertNotEqual(finish_mpi(process).code, DONE)
        total = self.kin("status", "--json", cwd=self.data).json()["indexed"]
        summary = self.mpi(2, "index", ".", "--threads", 1, "--json").json()
        self.assertTrue(0 < summary["described"] < total, summary)
        self.judge()
        self.assert_finds_the_same(2)

    def test_a_damaged_shard_is_mended(self):
        self.mpi(2, "index", ".", "--threads", 1, "--quiet")
        self.judge()
        shard = self.spread / ".kin" / "shards" / "1" / "vectors.bin"
        for change in (lambda rows: rows[:500] + bytes([rows[500] ^ 1]) + rows[501:], lambda rows: rows[:5000]):
            shard.write_bytes(change(shard.read_bytes()))
            told = run("check", "--json", cwd=self.spread)
            self.assertEqual(told.code, FAILED)
            seen = told.json()["findings"]
            self.assertEqual([(finding["part"], finding["state"]) for finding in seen], [("shards", "damaged")])
            self.kin("check", "--repair", cwd=self.spread)
            self.assertGreater(self.kin("status", "--json", cwd=self.spread).json()["pending"], 0)
            self.mpi(2, "index", ".", "--threads", 1, "--quiet")
            self.kin("check", cwd=self.spread)
            self.assert_finds_the_same(2)

    def test_what_cannot_be_is_said_once(self):
        for arguments, code, text in (
                (("index", "nowhere"), FAILED, "there is no folder nowhere"),
                (("index", ".", "--shards-in", "here"), USAGE, "--shards-in is an absolute path"),
                (("jobs",), FAILED, "no data set here"),
                (("dance",), USAGE, "there is no command 'dance'; kin-mpi help")):
            told = self.mpi(2, *arguments, code=code)
            lines = [line for line in told.err.splitlines() if line.startswith("kin: ")]
            self.assertEqual(len(lines), 1, str(told))
            self.assertIn(text, lines[0])
        described = finish_mpi(start_mpi(2, "index", ".", cwd=self.data))
        self.assertEqual(described.code, USAGE)
        self.assertIn("--anew", described.err)


class Hosts(Spread):
    """Two hosts that see each other by a wire alone: network namespaces."""

    test_several_processes_find_what_one_does = None
    test_a_process_that_dies_costs_what_was_at_hand = None
    test_a_damaged_shard_is_mended = None
    test_what_cannot_be_is_said_once = None
    network = "10.99.7"

    def ip(self, *arguments):
        return subprocess.run(["ip", *arguments], capture_output=True, check=True)

    def wire(self):
        names = [f"kin{os.getpid()}{side}" for side in "ab"]
        try:
            for name in names:
                self.ip("netns", "add", name)
                self.addCleanup(subprocess.run, ["ip", "netns", "del", name], check=False)
            self.ip("link", "add", "kin0", "netns", names[0], "type", "veth", "peer", "name", "kin0", "netns", names[1])
        except (FileNotFoundError, subprocess.CalledProcessError):
            self.skipTest("network namespaces need root and iproute2")
        for number, name in enumerate(names, 1):
            self.ip("-n", name, "addr", "add", f"{self.network}.{number}/24", "dev", "kin0")
            self.ip("-n", name, "link", "set", "kin0", "up")
            self.ip("-n", name, "link", "set", "lo", "up")
        return names

    def test_two_hosts_find_what_one_does(self):
        names = self.wire()
        agent = self.folder / "agent"  # in place of ssh
        agent.write_text('#!/bin/sh\nhost=${1##*.}; shift\n'
                         f'[ "$host" = 1 ] && name={names[0]} || name={names[1]}\n'
                         'exec ip netns exec "$name" sh -c "$*"\n', encoding="ascii")
        agent.chmod(0o755)
        network = f"{self.network}.0/24"
        launcher = ["ip", "netns", "exec", names[0], MPIRUN, "--host", f"{self.network}.1:1,{self.network}.2:1",
                    "--mca", "plm", "rsh", "--mca", "plm_rsh_agent", str(agent), "--mca", "btl", "tcp,self",
                    "--mca", "btl_tcp_if_include", network, "--mca", "oob_tcp_if_include", network, "-x", "KIN_MODELS"]
        self.mpi(2, "index", ".", "--threads", 1, "--quiet", launcher=launcher)
        self.judge()
        self.assert_finds_the_same(2, launcher=launcher)
        link = json.loads(self.ip("-n", names[0], "-s", "-j", "link", "show", "kin0").stdout)[0]
        self.assertGreater(link["stats64"]["rx"]["bytes"], 200000)  # half of all vectors came by the wire


if __name__ == "__main__":
    main()
