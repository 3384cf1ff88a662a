"""The table of commands as man pages and as completions: checked by those who read them, where they are here."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import unittest

from harness import KIN, USAGE, Case, main, run

NAMES = run("help", "--as", "names").out.splitlines()


def needs(program):
    if not shutil.which(program):
        print(f"skipped: there is no {program} here (tools/setup.sh --checks brings it)")
    return unittest.skipUnless(shutil.which(program), f"there is no {program} here")


class Pages(Case):
    def pages(self):
        yield "kin", self.kin("help", "--as", "man").out
        for name in NAMES:
            yield f"kin-{name.replace(' ', '-')}", self.kin("help", "--as", "man", *name.split()).out

    def test_every_command_has_a_page_with_all_that_its_help_says(self):
        for name, page in self.pages():
            self.assertTrue(page.startswith(f".TH {name.upper()} 1".replace("-", "\\-")), page[:80])
            text = self.kin("help", *name.split("-")[1:]).out
            plain = page.replace("\\-", "-").replace("\\fR,\\fB", ",")
            for option in re.findall(r"(?m)^  ((?:-\w, )?--?[a-z-]+)\b", text):
                self.assertRegex(plain, rf"(?m)^\.B {re.escape(option)}\b", name)

    def test_every_name_is_a_command(self):
        self.assertIn("job kin", NAMES)
        overview = set(re.findall(r"(?m)^  ([a-z]+) ", self.kin("help").out)) - {"kin"}
        self.assertEqual({name.split()[0] for name in NAMES}, overview)

    def files(self):
        for name, page in self.pages():
            (self.folder / f"{name}.1").write_text(page, encoding="utf-8")
        return sorted(self.folder.glob("*.1"))

    @needs("man")
    def test_man_has_nothing_to_say_against_them(self):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", *self.files()],
                              capture_output=True, text=True, check=True,
                              env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.stderr, "")
        self.assertGreater(len(done.stdout), 10000)

    @needs("mandoc")
    def test_mandoc_has_nothing_to_say_against_them(self):
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *self.files()], capture_output=True, text=True, check=False)
        told = [line for line in done.stdout.splitlines() if "missing date" not in line]  # they have none
        self.assertEqual(told, [])

    def test_text_of_a_page_stands_for_itself(self):
        page = self.kin("help", "--as", "man", "find").out
        self.assertIn("kin find \\(aqimg_0042.jpg#3\\(aq \\-\\-should\\-be skateboarder \\-n 50", page)
        self.assertFalse(re.search(r"(?m)^[.'](?!(TH|SH|TP|BR?|I|EX|EE|RS|RE|PP)\b)", page))

    def test_wrong_forms_are_refused(self):
        self.assertIn("man, bash, zsh", self.kin("help", "--as", "html", code=USAGE).err)
        self.kin("help", "--as", "bash", "find", code=USAGE)


# What is typed, and some of what is offered; "" where nothing of the table is, but files are.
TYPED = (
    ("kin ", {"index", "find", "job", "version"}),
    ("kin s", {"slices", "serve", "status"}),
    ("kin job ", {"kin", "suspects", "next", "list", "show", "export", "import"}),
    ("kin -C photos job ex", {"export"}),
    ("kin job list --q", {"--quiet"}),
    ("kin find a.jpg --unl", {"--unlike"}),
    ("kin find a.jpg --unr", {"--unreviewed"}),
    ("kin audit --se", {"--seed"}),
    ("kin verdict a.jpg c", {"critical"}),
    ("kin help --as z", {"zsh"}),
    ("kin help fi", {"find"}),
    ("kin find --json --unl", {"--unlike"}),
    ("kin job -q kin --json --by m", {"mistake"}),
    ("kin job suspects --by s", {"selfclean", "simifeat"}),
    ("kin index --format y", {"yolo"}),
    ("kin index photos --precision i", {"int8"}),
    ("kin audit 20 --unit s", {"shape"}),
    ("kin duplicates --only l", {"labels"}),
    ("kin slices --score o", {"opportunity"}),
    ("kin job export 1 --format c", {"csv", "cvat", "coco"}),
)

# The same of zsh, where values are part of the option's argument or files.
TYPED_IN_ZSH = (
    ("kin help --as=z", {"zsh"}),
    ("kin job kin --by=m", {"mistake"}),
    ("kin find a.jpg -n5 --unr", {"--unreviewed"}),
    ("kin find --html=pa", {"page.html"}),
    ("kin -Cphotos find --json --html pa", {"page.html"}),
    ("kin find -Cpho", {"photos"}),
    ("kin --dataset=pho", {"photos"}),
    ("kin job export 1 -opa", {"page.html"}),
    ("kin calibrate photos pho", {"photos/"}),
)


class Completions(Case):
    def offered_by_bash(self, line):
        script = self.folder / "kin.bash"
        script.write_text(self.kin("help", "--as", "bash").out, encoding="utf-8")
        words = line.split(" ")
        done = subprocess.run(
            ["bash", "--norc", "-uc", 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
             'compopt() { :; }; _kin; printf "%s\\n" "${COMPREPLY[@]-}"', "bash", script, *words],
            capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    @needs("bash")
    def test_bash(self):
        for line, offered in TYPED:
            self.assertEqual(self.offered_by_bash(line) & offered, offered, line)
        self.assertEqual(self.offered_by_bash("kin job ex"), {"export"})
        self.assertEqual(self.offered_by_bash("kin verdict "), set())  # an item: files
        self.assertEqual(self.offered_by_bash("kin verdict a.jpg "), {"ok", "minor", "critical", "none"})
        self.assertEqual(self.offered_by_bash("kin verdict --note critical a.jpg c"), {"critical"})
        self.assertEqual(self.offered_by_bash("kin index --annotations fi"), set())
        self.assertEqual(self.offered_by_bash("kin help --as = m"), {"man"})

    @needs("bash")
    def test_bash_offers_every_option_of_every_command(self):
        for name in NAMES:
            options = set(re.findall(r"--[a-z-]{2,}(?= |$)", "\n".join(
                re.findall(r"(?m)^  (?:-\w, )?--.*", self.kin("help", *name.split()).out))))
            self.assertEqual(options - self.offered_by_bash(f"kin {name} --"), set(), name)

    @needs("fish")
    def test_fish(self):
        script = self.folder / "kin.fish"
        script.write_text(self.kin("help", "--as", "fish").out, encoding="utf-8")
        for line, offered in TYPED:
            done = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line],
                                  capture_output=True, text=True, check=True, cwd=self.folder,
                                  env={**os.environ, "HOME": str(self.folder)})
            self.assertEqual(done.stderr, "")
            told = {row.split("\t")[0] for row in done.stdout.splitlines()}
            self.assertEqual(told & offered, offered, f"{line}: {told}")
            self.assertFalse(({"index", "find"} - offered) & told and line != "kin ", line)

    @needs("zsh")
    def test_zsh(self):
        """On a terminal of its own: what a list of choices shows."""
        (self.folder / "_kin").write_text(self.kin("help", "--as", "zsh").out, encoding="utf-8")
        (self.folder / "page.html").touch()
        (self.folder / "photos").mkdir()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 200, 0, 0))
        shell = subprocess.Popen(["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=self.folder,
                                 start_new_session=True,
                                 env={**os.environ, "HOME": str(self.folder), "TERM": "dumb", "PS1": ""})
        os.close(slave)
        try:
            self.ask(master, "PS1=; unset zle_bracketed_paste; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D"
                             "; bindkey '^X' list-choices; LISTMAX=0; echo r'eady'\n", "ready")
            for line, offered in TYPED + TYPED_IN_ZSH:
                told = self.ask(master, "\x15" + line + "\x18", *offered)
                self.assertEqual({word for word in offered if word not in told}, set(), f"{line}: {told!r}")
        finally:
            shell.kill()
            shell.wait()
            os.close(master)

    @staticmethod
    def ask(terminal, keys, *until):
        """What the terminal shows after the keys, until it showed all those words, or nothing came for long. The echo
        of the keys holds none of them."""
        os.write(terminal, keys.encode())
        told = ""
        while select.select([terminal], [], [], 10)[0]:
            told += os.read(terminal, 65536).decode(errors="replace")
            if all(word in told for word in until):
                break
        return told


if __name__ == "__main__":
    assert KIN
    main()
