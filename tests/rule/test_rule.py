"""test_rule.py ROOT: the tree at ROOT keeps the rules of rule.py; and made-up trees show that each rule can fail."""

import sys
import tempfile
import unittest
from pathlib import Path

import rule

ROOT = Path(__file__).resolve().parents[2]

SOUND = {
    "include/kin/status.h": "#include <stdint.h>\n",
    "include/kin/types.h": '#include "kin/status.h"\n',
    "include/kin/stats.h": '#include "kin/types.h"\n',
    "include/kin/index.h": '#include "kin/types.h"\n',
    "include/kin/workspace.h": '#include "kin/stats.h"\n',
    "include/kin/kin.h": '#include "kin/stats.h"\n#include "kin/workspace.h"\n',
    "src/base/arena.h": '#include "kin/status.h"\n#include <stddef.h>\n',
    "src/base/CMakeLists.txt": "kin_module(base SOURCES arena.c LIBRARIES PkgConfig::xxhash)\n",
    "src/kernel/blas.c": '#include "kernel/blas.h"\n#include <cblas.h>\n',
    "src/kernel/blas.h": "#include <stddef.h>\n",
    "src/kernel/CMakeLists.txt": "kin_module(kernel SOURCES blas.c LINKS kin_base)\n",
    "src/index/index.c": '#include "base/arena.h"\n#include "kernel/blas.h"\n#include "scan.h"\n',
    "src/index/scan.h": "#include <faiss/c_api/Index_c.h>\n",
    "src/index/capi.cpp": "#include <string>\n#include <faiss/IndexFlat.h>\n",
    "src/index/CMakeLists.txt": "kin_module(index\n    SOURCES index.c # kin_cli\n    LINKS kin_kernel)\n",
    "src/kinship/kinship.c": '#include "kin/index.h"\n',
    "src/kinship/CMakeLists.txt": "kin_module(kinship SOURCES kinship.c LINKS kin_base)\n",
    "src/demo/demo.h": '#include "kin/types.h"\n',
    "src/demo/plan.h": "\n",
    "src/demo/CMakeLists.txt": "kin_module(demo SOURCES demo.c LINKS kin_base)\n",
    "src/cli/main.c": '#include "kin/workspace.h"\n#include "demo/demo.h"\n#include "cli/render.h"\n',
    "src/cli/render.h": "#include <stdio.h>\n",
    "src/cli/CMakeLists.txt": "add_executable(kin main.c)\ntarget_link_libraries(kin PRIVATE kin_demo kin_options)\n",
    "tests/data/render.h": "a sample, not a source\n",
}

# What is changed in the sound tree, and the one breach that must be found.
BROKEN = [
    ({"src/base/arena.h": '#include "kin/stats.h"\n'}, "src/base/arena.h:1: base may not know stats"),
    ({"src/kernel/gemm.c": '#include "index/scan.h"\n'}, "src/kernel/gemm.c:1: kernel may not know index"),
    (
        {
            "src/kinship/near.c": '\n#include "index/scan.h"\n',
            "src/kinship/CMakeLists.txt": "kin_module(kinship SOURCES near.c LINKS kin_index)\n",
        },
        "src/kinship/near.c:2: index/scan.h is private to index",
    ),
    ({"src/kinship/near.c": '#include "kin/workspace.h"\n'}, "src/kinship/near.c:1: kinship may not know workspace"),
    ({"src/cli/cmd_demo.c": '#include "demo/plan.h"\n'}, "src/cli/cmd_demo.c:1: demo/plan.h is private to demo"),
    ({"src/demo/draw.c": '#include "cli/render.h"\n'}, "src/demo/draw.c:1: demo may not know cli"),
    (
        {"src/demo/draw.c": '  #  include "../cli/render.h"\n'},
        "src/demo/draw.c:1: ../cli/render.h is no header of a module",
    ),
    ({"src/demo/draw.c": '#include "render.h"\n'}, "src/demo/draw.c:1: render.h is not in src/demo"),
    ({"src/demo/draw.c": '#include "kin/kin.h"\n'}, "src/demo/draw.c:1: kin/kin.h is for users of the library"),
    ({"src/demo/draw.c": '#include "kin/gone.h"\n'}, "src/demo/draw.c:1: kin/gone.h is not in include/"),
    ({"src/demo/draw.c": "#include <omp.h>\n"}, "src/demo/draw.c:1: <omp.h> belongs to kernel"),
    ({"src/demo/draw.c": "#include <zlib.h>\n"}, "src/demo/draw.c:1: <zlib.h> is known to no rule"),
    ({"src/cli/main.c": "#include <sqlite3.h>\n"}, "src/cli/main.c:1: <sqlite3.h> belongs to ledger"),
    ({"src/base/list.c": "#include <string>\n"}, "src/base/list.c:1: <string> is known to no rule"),
    ({"src/other/list.c": "\n"}, "src/other/list.c: is in no module of src/"),
    ({"include/kin/other.h": "\n"}, "include/kin/other.h: belongs to no module"),
    (
        {"include/kin/stats.h": '#include "base/arena.h"\n'},
        "include/kin/stats.h:1: a public header includes base/arena.h",
    ),
    ({"include/kin/stats.h": '#include "kin/index.h"\n'}, "include/kin/stats.h:1: stats may not know index"),
    (
        {"src/demo/CMakeLists.txt": "kin_module(demo SOURCES demo.c LINKS kin_base kin_index)\n"},
        "src/demo/CMakeLists.txt: demo may not link index",
    ),
    (
        {"src/cli/CMakeLists.txt": "add_executable(kin main.c)\n"},
        "src/cli/CMakeLists.txt: cli includes demo/ but does not link it",
    ),
    ({"src/demo/blas.c": "\n"}, "src/kernel/blas.c: has the name of src/demo/blas.c"),
    ({"tests/unit/blas.c": "\n"}, "tests/unit/blas.c: has the name of src/kernel/blas.c"),
    ({"src/demo/draw.c": "\n" * 801}, "src/demo/draw.c: 801 lines, at most 800"),
    ({"include/kin/stats.h": "\n" * 151}, "include/kin/stats.h: 151 lines, at most 150"),
]


def breaches_of(tree):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in tree.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return rule.check(folder)


class MadeUpTrees(unittest.TestCase):
    def test_a_sound_tree_passes(self):
        self.assertEqual(breaches_of(SOUND), [])

    def test_every_rule_can_fail(self):
        for change, expected in BROKEN:
            with self.subTest(expected=expected):
                found = breaches_of({**SOUND, **change})
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(expected), found[0])

    def test_nobody_may_use_cli_and_only_cli_the_server(self):
        for module, used in rule.MAY_USE.items():
            self.assertFalse(used & ({"cli"} if module == "cli" else {"cli", "web"}), module)

    def test_the_rule_has_no_circle(self):
        for module in rule.MAY_USE:
            self.assertNotIn(module, rule.closure(rule.MAY_USE, module))


class ThisTree(unittest.TestCase):
    def test_it_keeps_the_rules(self):
        self.assertGreater(len(rule.sources(ROOT / "src")), 50)
        self.assertEqual(rule.check(ROOT), [])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ROOT = Path(sys.argv.pop(1)).resolve()
    unittest.main()
