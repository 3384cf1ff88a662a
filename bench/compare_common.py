"""What the comparisons with other programs share."""

import importlib
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp")


def need(**packages):
    """Ends the program unless all modules are there; module = name of the package."""
    missing = []
    for module, package in packages.items():
        try:
            importlib.import_module(module)
        except ImportError:
            missing.append(package)
    if missing:
        sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {sys.executable} lacks {', '.join(missing)}; run it by a Python "
                 "that has them (--python of bench/run.sh)")


def machine():
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
             if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {len(os.sched_getaffinity(0))} cores"


def kin_version(kin):
    facts = subprocess.run([kin, "version"], capture_output=True, text=True, check=True).stdout.splitlines()
    return "kin " + ", ".join(line.split("\t")[1] for line in facts if line.split("\t")[0] != "model")


def files_of(folder):
    """The images below the folder, by name."""
    found = sorted(p for p in pathlib.Path(folder).rglob("*")
                   if p.suffix.lower() in EXTENSIONS and not any(part.startswith(".") for part in p.parts[1:]))
    return [str(p) for p in found] or sys.exit(f"there is no image in {folder}")


class Table:
    """Times of several rounds; each row's ratio is to another's time in the same round."""

    def __init__(self, count, unit):
        self.count, self.unit, self.seconds = count, unit, {}

    def add(self, name, seconds):
        self.seconds.setdefault(name, []).append(seconds)

    def ratios(self, name, base):
        return [b / a for a, b in zip(self.seconds[name], self.seconds[base], strict=True)]

    def show(self, base, names, notes=None):
        print(f"{'':46} {self.unit + ': best':>18} {'median':>9}   times '{base}': median (least to most)")
        for name in names:
            rates = [self.count / s for s in self.seconds[name]]
            ratios = self.ratios(name, base)
            note = f"   {notes[name]}" if notes and name in notes else ""
            print(f"{name:46} {max(rates):18.1f} {statistics.median(rates):9.1f}   {statistics.median(ratios):5.2f} "
                  f"({min(ratios):.2f} to {max(ratios):.2f}){note}")


class Runtime:
    """One or several processes that do a round together."""

    def __init__(self, *commands, env=None):
        self.processes = [subprocess.Popen(c, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                           env={**os.environ, **(env or {})})
                          for c in commands]
        for process in self.processes:
            self.answer(process)

    def answer(self, process):
        if not process.stdout.readline():
            sys.exit(f"{' '.join(map(str, process.args))} ended early")

    def turn(self):
        time.sleep(0.1)  # until the threads of the one before have ceased to spin
        start = time.perf_counter()
        for process in self.processes:
            process.stdin.write("go\n")
        for process in self.processes:
            self.answer(process)
        return time.perf_counter() - start

    def end(self):
        for process in self.processes:
            process.stdin.close()
            process.wait()
