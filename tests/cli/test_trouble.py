"""Bad input and bad places: each gets one line that says what to do, and nothing is lost."""

import json
import os
import shutil
import subprocess

from harness import FAILED, PARTIAL, USAGE, Case, DemoCase, main, read_truth, run


class NoDataSet(Case):
    def test_missing_folder(self):
        missing = self.folder / "nowhere"
        for words in (("index", missing), ("-C", missing, "status"), ("-C", missing, "find", "x")):
            self.assertIn(str(missing), self.kin(*words, code=FAILED).err)
        self.assertFalse(missing.exists())

    def test_a_folder_without_a_workspace(self):
        for words in (("status",), ("find", "x"), ("audit", "5"), ("slices",), ("job", "list"), ("verdict", "x", "ok"),
                      ("job", "import", "x.csv"), ("index",)):
            self.assertIn("kin index", self.kin(*words, code=FAILED, cwd=self.folder).err)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_file_where_a_folder_should_be(self):
        (self.folder / "file").write_text("x", encoding="utf-8")
        self.assertIn("file", self.kin("index", self.folder / "file", code=USAGE).err)

    def test_two_data_sets_below(self):
        for name in ("one", "two"):
            self.kin("demo", self.folder / name, "--pictures", 2)
            self.kin("index", self.folder / name)
        told = self.kin("status", code=USAGE, cwd=self.folder).err
        self.assertIn("one", told)
        self.assertIn("two", told)

    def test_demo_does_not_overwrite_what_is_not_a_demo(self):
        (self.folder / "precious.txt").write_text("x", encoding="utf-8")
        self.kin("demo", self.folder, code=USAGE)
        self.assertEqual(os.listdir(self.folder), ["precious.txt"])

    def test_a_folder_without_images(self):
        self.assertIn("no image", self.kin("index", self.folder, code=FAILED).err)
        self.kin("find", "x.jpg", code=FAILED, cwd=self.folder)


class BadData(DemoCase):
    pictures = 20

    def counts(self):
        return self.kin("status", "--json", cwd=self.data).json()

    def assert_nothing_lost(self, before):
        self.assertEqual(self.counts(), before)
        self.kin("find", read_truth(self.data)[0]["item"], cwd=self.data)

    def test_json_that_cannot_be_read(self):
        before = self.counts()
        path = self.data / "instances.json"
        whole = path.read_text(encoding="utf-8")
        for text in ("", "not json", whole[:len(whole) // 2], "[]"):
            path.write_text(text, encoding="utf-8")
            self.assertIn("instances.json", self.kin("index", self.data, code=FAILED).err)
            self.assert_nothing_lost(before)
        path.write_text(whole, encoding="utf-8")
        self.kin("index", self.data)
        self.assert_nothing_lost(before)

    def test_missing_annotations(self):
        before = self.counts()
        for words in (("--annotations", "nowhere.json"), ("--annotations", "README.txt")):
            self.kin("index", self.data, *words, code=FAILED)
            self.assert_nothing_lost(before)

    def test_a_box_outside_its_image(self):
        path = self.data / "instances.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        content["annotations"][0]["bbox"] = [5000, 5000, 40, 40]
        content["annotations"][1]["bbox"] = [10, 10, "wide", 40]
        path.write_text(json.dumps(content), encoding="utf-8")
        self.kin("index", self.data, "--strict", code=FAILED)
        told = self.kin("index", self.data, code=PARTIAL)
        shape = f'#{content["annotations"][0]["id"]}'
        item = next(row["item"] for row in read_truth(self.data) if row["item"].endswith(shape))
        self.assertIn(item.split("#")[0], told.err)
        failed = self.kin("status", "--unreadable", cwd=self.data).rows()
        self.assertEqual([row["item"] for row in failed], [item])
        self.assertTrue(failed[0]["reason"])
        self.assertEqual(told.facts()["rejected entries"], "1")
        self.kin("find", item, code=FAILED, cwd=self.data)

    def test_images_that_cannot_be_read(self):
        for number in range(1, 14):
            path = self.data / "images" / f"{number:06}.jpg"
            path.write_bytes(path.read_bytes()[:100] if number % 2 else b"GIF89a nonsense")
        told = self.kin("index", self.data, code=PARTIAL)
        self.assertIn("kin status --unreadable", told.err)
        lines = told.err.splitlines()
        kinds = [line for line in lines if line.startswith("kin: passed over: ")]
        self.assertLessEqual(len(lines) - len(kinds), 12)
        self.assertTrue(1 <= len(kinds) <= 9, kinds)
        self.assertEqual(told.facts()["unreadable"], "13")
        failed = self.kin("status", "--unreadable", "--json", cwd=self.data).json()["unreadable"]
        self.assertEqual(len([f for f in failed if "#" not in f["item"]]), 13)
        self.assertTrue(all(f["reason"] for f in failed))
        for number in range(1, 14):
            name = f"{number:06}.jpg"
            shutil.copy(self.original / "images" / name, self.data / "images" / name)
        self.kin("index", self.data)
        self.assertEqual(self.counts()["unreadable"], 0)

    def test_unknown_items_labels_and_keys(self):
        item = read_truth(self.data)[0]["item"]
        self.kin("find", "nowhere.jpg", code=FAILED, cwd=self.data)
        self.kin("find", item.split("#")[0] + "#99999", code=FAILED, cwd=self.data)
        self.kin("find", "README.txt", code=FAILED, cwd=self.data)
        self.kin("verdict", "nowhere.jpg", "ok", code=FAILED, cwd=self.data)
        for words in (("find", item), ("job", "kin", item)):
            self.assertIn("did you mean 'pedestrian'",
                          self.kin(*words, "--label", "pedestrain", code=FAILED, cwd=self.data).err)
            self.assertIn("did you mean 'dalia'",
                          self.kin(*words, "--where", "annotator=dahlia", code=FAILED, cwd=self.data).err)
            self.assertIn("annotator",
                          self.kin(*words, "--where", "anotator=dalia", code=USAGE, cwd=self.data).err)
        self.kin("audit", 5, "--label", "unicorn", code=FAILED, cwd=self.data)
        self.kin("audit", 5, "--stratify", "colour", code=USAGE, cwd=self.data)
        self.kin("slices", "--by", "colour", code=USAGE, cwd=self.data)
        self.kin("index", self.data, "--model", "clasic", code=FAILED)
        for words in (("show", 9), ("export", 9), ("import", 9, self.data / "truth.csv")):
            self.kin("job", *words, code=FAILED, cwd=self.data)

    def test_verdict_files(self):
        item = read_truth(self.data)[0]["item"]
        done = self.folder / "done.csv"
        self.kin("job", "import", done, code=FAILED, cwd=self.data)
        done.write_text(f"item,verdict\n{item},critical\nnowhere.jpg#1,ok\n{item},splendid\n", encoding="utf-8")
        told = self.kin("job", "import", done, "--json", code=PARTIAL, cwd=self.data)
        self.assertEqual((told.json()["added"], told.json()["rejects"]), (1, 2))
        self.assertIn("nowhere.jpg#1", told.err)
        self.assertEqual(self.counts()["mistakes"], 1)
        for text in ("", "colour,size\n1,2\n", "{"):
            done.write_text(text, encoding="utf-8")
            self.assertIn(run("job", "import", done, cwd=self.data).code, (FAILED, PARTIAL), repr(text))
        self.assertEqual(self.counts()["verdicts"], 1)

    def test_a_page_or_job_that_cannot_be_written(self):
        item = read_truth(self.data)[0]["item"]
        nowhere = self.folder / "nowhere" / "page.html"
        self.assertIn(str(nowhere), self.kin("find", item, "--html", nowhere, code=FAILED, cwd=self.data).err)
        self.kin("audit", 2, cwd=self.data)
        self.assertIn(str(nowhere), self.kin("job", "export", 1, "-o", nowhere, code=FAILED, cwd=self.data).err)

    def test_a_damaged_workspace(self):
        (self.data / ".kin" / "ledger.db").write_bytes(b"this is no database, and a rather long text at that" * 40)
        for words in (("status",), ("index",)):
            self.assertIn("ledger.db", self.kin(*words, code=FAILED, cwd=self.data).err)

    def test_damaged_vectors_are_told(self):
        vectors = self.data / ".kin" / "vectors.bin"
        vectors.write_bytes(b"x" * 5000)
        item = read_truth(self.data)[0]["item"]
        self.assertIn("vectors.bin", self.kin("find", item, code=FAILED, cwd=self.data).err)


class BadDisk(DemoCase):
    """A small file system of our own, which takes the right to mount one."""

    pictures = 20

    def mount(self, size):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", disk], capture_output=True,
                                 check=False) if os.geteuid() == 0 and shutil.which("mount") else None
        if mounted is None or mounted.returncode != 0:
            self.skipTest("mounting a file system takes root and the right to")
        self.addCleanup(subprocess.run, ["umount", disk], check=False)
        return disk

    def test_full_disk(self):
        disk = self.mount(4000)
        street = disk / "street"
        self.kin("index", self.data)
        shutil.copytree(self.original / "images", street / "images")
        shutil.copy(self.original / "instances.json", street)
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        self.assertIn("full", self.kin("index", street, code=FAILED).err)
        filler.unlink()
        self.kin("index", street)
        item = read_truth(self.original)[0]["item"]
        self.assertEqual(self.kin("find", item, cwd=street).out, self.kin("find", item, cwd=self.data).out)

    def test_read_only_disk(self):
        disk = self.mount(8000)
        street = disk / "street"
        shutil.copytree(self.data, street)
        item = read_truth(self.data)[0]["item"]
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for words in (("index", street), ("verdict", item, "ok"), ("audit", "3")):
            self.assertIn("ledger.db", self.kin(*words, code=FAILED, cwd=street).err)
        self.assertEqual(self.kin("find", item, cwd=street).out, self.kin("find", item, cwd=self.data).out)
        self.kin("status", cwd=street)

    def test_a_folder_that_may_not_be_written(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        shutil.rmtree(self.data / ".kin")
        self.data.chmod(0o555)
        self.addCleanup(self.data.chmod, 0o755)
        self.kin("index", self.data, code=FAILED)


if __name__ == "__main__":
    main()
