"""kin index over time: what is new, what has changed, what was broken off."""

import json
import os
import resource
import shutil
import signal
import time

from harness import DONE, FAILED, PARTIAL, DemoCase, finish, main, read_truth, run, start, stop_in_the_middle


class Incremental(DemoCase):
    pictures = 30

    def index(self, *options, code=DONE):
        return self.kin("index", self.data, "--json", *options, code=code).json()

    def change_annotations(self, change):
        path = self.data / "instances.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content), encoding="utf-8")

    def test_nothing_new(self):
        for _ in range(2):
            again = self.index()
            self.assertEqual([again[k] for k in ("added", "changed", "gone", "described", "failed")], [0] * 5)
            self.assertGreater(again["shapes"], 0)

    def test_a_touched_file_with_the_same_content_is_not_described_again(self):
        os.utime(self.data / "images" / "000003.jpg")
        self.assertEqual(self.index()["described"], 0)

    def test_a_changed_file(self):
        shapes = sum(row["item"].startswith("images/000003.jpg#") for row in read_truth(self.data))
        shutil.copyfile(self.data / "images" / "000004.jpg", self.data / "images" / "000003.jpg")
        again = self.index()
        self.assertEqual(again["described"], 1 + shapes)
        best = self.kin("find", "images/000003.jpg", "-n", 1, cwd=self.data).rows()[0]
        self.assertEqual(best["item"], "images/000004.jpg")
        self.assertEqual(self.index()["described"], 0)

    def test_an_edited_box_is_described_again_and_keeps_its_verdict(self):
        item = next(row["item"] for row in read_truth(self.data) if "#" in row["item"])
        shape = int(item.split("#")[1])
        self.kin("verdict", item, "minor", cwd=self.data)

        def edit(content):
            box = next(a for a in content["annotations"] if a["id"] == shape)["bbox"]
            box[2] *= 0.8
        self.change_annotations(edit)
        again = self.index()
        self.assertEqual((again["described"], again["added"], again["gone"]), (1, 0, 0))
        self.assertEqual(self.kin("status", "--json", cwd=self.data).json()["mistakes"], 1)

    def test_a_new_label_alone_describes_nothing(self):
        item = next(row["item"] for row in read_truth(self.data) if row["given"] == "car")

        def relabel(content):
            category = next(c["id"] for c in content["categories"] if c["name"] == "bicycle")
            next(a for a in content["annotations"] if a["id"] == int(item.split("#")[1]))["category_id"] = category
        self.change_annotations(relabel)
        again = self.index()
        self.assertEqual((again["described"], again["changed"]), (0, 1))
        first = self.kin("find", item, "--json", cwd=self.data).json()
        self.assertEqual(first["label"], "bicycle")

    def test_a_removed_file_takes_its_shapes_along_and_comes_back(self):
        kept = self.folder / "kept.jpg"
        picture = self.data / "images" / "000005.jpg"
        os.rename(picture, kept)
        items = {row["item"] for row in read_truth(self.data) if row["item"].startswith("images/000005.jpg")}
        again = self.index(code=PARTIAL)
        self.assertEqual(again["assets"], self.pictures - 1)
        self.assertEqual(again["rejects"], 1 + len([i for i in items if "#" in i]))
        found = self.kin("find", "images/000001.jpg", "-n", 99, "--any-label", cwd=self.data).rows()
        self.assertNotIn("images/000005.jpg", [row["item"] for row in found])
        self.kin("find", "images/000005.jpg", code=FAILED, cwd=self.data)
        os.rename(kept, picture)
        back = self.index()
        self.assertEqual(back["assets"], self.pictures)
        self.kin("find", sorted(items)[0], cwd=self.data)

    def test_images_only_and_back(self):
        without = self.index("--no-annotations")
        self.assertEqual(without["shapes"], 0)
        self.assertGreater(self.index("--annotations", "instances.json")["shapes"], 0)


def picture_of(test, folder):
    """What a workspace holds and finds, without what depends on when it was made."""
    status = test.kin("status", "--json", "-C", folder).json()
    del status["folder"]
    items = [row["item"] for row in read_truth(folder)][::17]
    found = [test.kin("find", item, "--json", "-n", 30, "-C", folder).json() for item in items]
    return status, found


class BrokenOff(DemoCase):
    pictures = 160
    indexed = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.undisturbed = cls.kept / "undisturbed"
        shutil.copytree(cls.original, cls.undisturbed)
        result = run("index", cls.undisturbed)
        assert result.code == DONE, str(result)

    def assert_goes_on_where_it_was(self):
        before = self.kin("status", "--json", "-C", self.data).json()
        total = self.pictures + sum("#" in row["item"] for row in read_truth(self.data))
        rest = self.kin("index", self.data, "--json").json()
        self.assertEqual(rest["described"], total - before["indexed"])
        self.assertEqual(picture_of(self, self.data), picture_of(self, self.undisturbed))

    def test_killed(self):
        process, indexed = stop_in_the_middle(self, self.data)
        process.kill()
        finish(process)
        self.assertGreater(indexed, 0)
        self.assert_goes_on_where_it_was()

    def test_killed_again_and_again(self):
        for pause in (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4):
            process = start("index", self.data, "--threads", 1)
            time.sleep(pause)
            process.kill()
            finish(process)
        if (self.data / ".kin" / "ledger.db").exists():
            self.assert_goes_on_where_it_was()

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process, indexed = stop_in_the_middle(self, self.data)
            process.send_signal(number)
            process.send_signal(signal.SIGCONT)
            result = finish(process)
            self.assertEqual(result.code, PARTIAL, str(result))
            self.assertIn("go on", result.err)
            after = self.kin("status", "--json", "-C", self.data).json()
            self.assertGreaterEqual(after["indexed"], indexed)
            self.assert_goes_on_where_it_was()

    def test_interrupted_twice_ends_at_once(self):
        codes = []
        while -signal.SIGINT not in codes: # else the batch was done before the second signal came
            self.assertLess(len(codes), 5, f"never ended at once: {codes}")
            process, _ = stop_in_the_middle(self, self.data)
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGCONT)
            while b"once more" not in process.stderr.readline():
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            codes.append(finish(process).code)
            self.assertIn(codes[-1], (-signal.SIGINT, PARTIAL, DONE))
        self.assert_goes_on_where_it_was()

    def test_two_at_once_and_a_reader_beside(self):
        process, indexed = stop_in_the_middle(self, self.data)
        second = self.kin("index", self.data, code=FAILED)
        self.assertIn(str(process.pid), second.err)
        self.assertEqual(self.kin("status", "--json", "-C", self.data).json()["indexed"], indexed)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(finish(process).code, DONE)
        self.assertEqual(picture_of(self, self.data), picture_of(self, self.undisturbed))

    def test_the_number_of_threads_does_not_matter(self):
        self.kin("index", self.data, "--threads", 3)
        self.assertEqual(picture_of(self, self.data), picture_of(self, self.undisturbed))

    def test_no_room_for_files(self):
        # A limit on the size of files stands for a full disk: writing fails in the middle of everything.

        def limit(size):
            def apply():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            return apply
        failures = 0
        for size in (0, 4096, 50_000, 100_000, 200_000, 300_000):
            result = run("index", self.data, preexec_fn=limit(size))
            failures += result.code == FAILED
            self.assertIn(result.code, (DONE, FAILED), str(result))
            if result.code == FAILED:
                self.assert_one_line(result)
        self.assertGreaterEqual(failures, 4)
        self.assert_goes_on_where_it_was()


if __name__ == "__main__":
    main()
