"""The main job on real photos: coco256, in YOLO layout, from KIN_SHARED_DATA or beside the checkout."""

import os
import pathlib
import shutil

from harness import PARTIAL, PROJECT, Case, main, run

SHARED = pathlib.Path(os.environ.get("KIN_SHARED_DATA") or PROJECT.parent / "shared" / "data")


class Coco256(Case):
    def test_main_job(self):
        if not (SHARED / "coco256" / "data.yaml").exists():
            self.skipTest(f"no photos: {SHARED / 'coco256'} is not there; KIN_SHARED_DATA names another place")
        photos = self.folder / "coco256"
        shutil.copytree(SHARED / "coco256", photos)
        made = self.kin("index", photos, "--json", code=PARTIAL).json() # two label files have no image
        self.assertEqual((made["assets"], made["rejects"], made["unreadable"], made["failed"]), (256, 2, 0, 0))
        self.assertEqual((made["shapes"], made["described"]), (1827, 256 + 1827))
        self.assertEqual(run("index", photos, "--json").json()["described"], 0)
        print(f"\ndescribed {made['described']} items in {made['describe_seconds']:.1f} s")

        self.kin("audit", 20, "--seed", 1, cwd=photos)
        rows = self.kin("job", "show", 1, "--json", cwd=photos).json()["rows"]
        shape = next(row["item"] for row in rows if "#" in row["item"])
        found = self.kin("find", shape, "-n", 10, "--html", self.folder / "kin.html", "--json", cwd=photos).json()
        self.assertEqual({match["label"] for match in found["matches"]}, {found["label"]})

        self.kin("verdict", shape, "critical", "--should-be", "kite", cwd=photos)
        job = self.kin("job", "kin", shape, "-n", 10, "--json", cwd=photos).json()
        done = self.folder / "done.csv"
        exported = self.kin("job", "export", job["job"], cwd=photos).out.splitlines()
        column = exported[0].split(",").index("verdict")
        answered = [",".join("ok" if i == column else cell for i, cell in enumerate(line.split(",")))
                    for line in exported[1:]]
        done.write_text("\n".join([exported[0], *answered]) + "\n", encoding="utf-8")
        imported = self.kin("job", "import", job["job"], done, "--json", cwd=photos).json()
        self.assertEqual(imported["added"], job["items"])
        self.assertEqual(self.kin("job", "import", job["job"], done, "--json", cwd=photos).json()["added"], 0)
        self.kin("slices", cwd=photos)


if __name__ == "__main__":
    main()
