"""libkin and the installed tree, as others find them: what the library exports, and the README's programs, compiled
against a tree that was moved after it was installed."""

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
from tiny_model import write_model  # noqa: E402

BUILD = pathlib.Path(os.environ["KIN_BUILD"])
CC, CMAKE = os.environ["CC"], os.environ["CMAKE"]
PROGRAMS = ("find_kin", "own_embeddings", "error_rate")


def run(*command, cwd=None, **environment):
    """Its output; both streams are in the message where it fails."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def declared():
    """The functions that the public headers declare: what is called `kin_name(` outside comments and macros."""
    names = set()
    for header in (PROJECT / "include" / "kin").glob("*.h"):
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"(?m)^\s*#.*(\\\n.*)*", "", text)
        names.update(re.findall(r"\b(kin_\w+)\s*\(", text))
    return names


def program_of_readme(name):
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    found = [code for code in re.findall(r"```c\n(.*?)```", text, flags=re.DOTALL) if code.startswith(f"/* {name}.c")]
    assert len(found) == 1, f"README.md has {len(found)} programs {name}.c"
    return found[0]


class Library(unittest.TestCase):
    def exported(self):
        lines = run("nm", "-D", "--defined-only", BUILD / "libkin.so").splitlines()
        return [line.split()[2] for line in lines if line.split()[1] != "A"]

    def test_exports_what_the_headers_declare_and_nothing_else(self):
        names = {symbol.partition("@")[0] for symbol in self.exported()}
        self.assertEqual(names, declared())
        self.assertGreater(len(names), 100)
        self.assertFalse([name for name in names if "__" in name])

    def test_symbols_have_the_version_of_the_binary_interface(self):
        version = re.search(r"project\(kin VERSION (\d+\.\d+)", (PROJECT / "CMakeLists.txt").read_text())[1]
        self.assertEqual({symbol.partition("@@")[2] for symbol in self.exported()}, {f"KIN_{version}"})
        self.assertIn(f"[libkin.so.{version}]", run("readelf", "-d", BUILD / "libkin.so"))


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="kin-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        run(CMAKE, "--install", BUILD, "--prefix", cls.folder / "before")
        cls.tree = (cls.folder / "before").rename(cls.folder / "tree")
        cls.library = next(cls.tree.rglob("libkin.so")).parent
        cls.pkgconfig = {"PKG_CONFIG_PATH": str(next(cls.tree.rglob("kin.pc")).parent)}
        for name in PROGRAMS:
            (cls.folder / f"{name}.c").write_text(program_of_readme(name), encoding="utf-8")
        cls.photos = cls.folder / "photos"
        run(cls.tree / "bin" / "kin", "-q", "demo", cls.photos, "--pictures", "12", "--seed", "3")
        cls.environment = {"LD_LIBRARY_PATH": str(cls.library), "KIN_MODELS": str(cls.folder)}  # so: classic

    def compile(self, name, flags):
        program = self.folder / f"{name}-{self.id().rpartition('.')[2]}"
        run(CC, "-std=c17", "-Wall", "-Wextra", "-Werror", self.folder / f"{name}.c", "-o", program, *flags)
        return program

    def needs(self, program):
        return "libkin.so" in run("readelf", "-d", program)

    def check(self, find_kin, own_embeddings, error_rate):
        """Runs the three; their output is the same however they were built."""
        shutil.rmtree(self.photos / ".kin", ignore_errors=True)
        index = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        item = "images/000001.jpg"
        hits = run(find_kin, self.photos, item, **self.environment).splitlines()
        self.assertEqual(len(hits), 10)
        scores = [float(hit.split()[0]) for hit in hits]
        self.assertEqual(scores, sorted(scores, reverse=True))
        asked = run(self.tree / "bin" / "kin", "-C", self.photos, "find", item, "-n", "10", **self.environment)
        self.assertEqual([hit.split()[1] for hit in hits],
                         [line.split("\t")[2] for line in asked.splitlines()[1:]])
        self.assertEqual(run(own_embeddings, index, **self.environment), "20 0.960\n10 0.600\n")
        self.assertEqual(run(own_embeddings, index, **self.environment), "20 0.960\n10 0.600\n")
        self.assertRegex(run(error_rate, **self.environment), r"^0\.250, from 0\.0\d\d to 0\.\d{3} \(.+\)\n$")

    def test_pkg_config_shared(self):
        flags = run("pkg-config", "--cflags", "--libs", "kin", **self.pkgconfig).split()
        programs = [self.compile(name, flags) for name in PROGRAMS]
        self.assertTrue(all(map(self.needs, programs)))
        self.check(*programs)

    def test_pkg_config_static(self):
        flags = run("pkg-config", "--cflags", "--libs", "--static", "kin", **self.pkgconfig).split()
        flags = ["-l:libkin.a" if flag == "-lkin" else flag for flag in flags]
        programs = [self.compile(name, flags) for name in PROGRAMS]
        self.assertFalse(any(map(self.needs, programs)))
        self.check(*programs)

    def test_pkg_config_knows_the_version(self):
        version = re.search(r"project\(kin VERSION (\S+)", (PROJECT / "CMakeLists.txt").read_text())[1]
        self.assertEqual(run("pkg-config", "--modversion", "kin", **self.pkgconfig).strip(), version)

    def find_package(self, target, version="0.1"):
        source = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        lines = ["cmake_minimum_required(VERSION 3.20)", "project(uses_kin C CXX)",
                 f"find_package(kin {version} REQUIRED)"]
        for name in PROGRAMS:
            lines += [f"add_executable({name} {self.folder / name}.c)", f"target_link_libraries({name} {target})"]
        (source / "CMakeLists.txt").write_text("\n".join(lines), encoding="utf-8")
        run(CMAKE, "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.tree}")
        run(CMAKE, "--build", source / "build")
        return [source / "build" / name for name in PROGRAMS]

    def test_find_package_shared(self):
        programs = self.find_package("kin::kin")
        self.assertTrue(all(map(self.needs, programs)))
        self.check(*programs)

    def test_find_package_static(self):
        programs = self.find_package("kin::kin_static")
        self.assertFalse(any(map(self.needs, programs)))
        self.check(*programs)

    def test_a_moved_tree_finds_its_models_from_program_and_library(self):
        write_model(self.tree / "share" / "kin" / "models" / "tiny")
        run(self.tree / "bin" / "kin", "index", self.photos, "--model", "tiny")
        program = self.compile("find_kin", run("pkg-config", "--cflags", "--libs", "kin", **self.pkgconfig).split())
        shutil.copy(self.photos / "images" / "000002.jpg", self.photos / "images" / "copy.jpg")
        hits = run(program, self.photos, "images/000002.jpg", LD_LIBRARY_PATH=str(self.library))
        self.assertEqual(hits.split()[:2], ["1.000", "images/copy.jpg"])

    def test_the_tree_has_pages_completions_and_licence(self):
        names = run(self.tree / "bin" / "kin", "help", "--as", "names").splitlines()
        pages = {page.name.removesuffix(".gz") for page in (self.tree / "share" / "man" / "man1").iterdir()}
        self.assertEqual(pages, {"kin.1", *(f"kin-{name.replace(' ', '-')}.1" for name in names)})
        shown = run("man", "-l", *(self.tree / "share" / "man" / "man1").glob("kin-job-export.1*"), MANWIDTH="200") \
            if shutil.which("man") else "kin job export N"
        self.assertIn("kin job export N", shown)
        for file in ("share/bash-completion/completions/kin", "share/zsh/site-functions/_kin",
                     "share/fish/vendor_completions.d/kin.fish", "share/doc/kin/copyright", "share/doc/libkin-dev/copyright",
                     "share/kin/models/efficientnet-lite0/README.md"):
            self.assertTrue((self.tree / file).is_file(), file)

    def test_find_package_refuses_another_version(self):
        with self.assertRaisesRegex(AssertionError, "0.1.0"):
            self.find_package("kin::kin", "0.2")


if __name__ == "__main__":
    unittest.main()
