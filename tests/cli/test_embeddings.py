"""Embeddings of the user's own in place of a model: a whole session on vectors that classic computed, taken out of one
workspace and given to another as .npy or .fvecs; what changes; what cannot be."""

import csv
import os
import sqlite3
import struct

from harness import DONE, FAILED, PARTIAL, USAGE, DemoCase, main


def npy(rows, code="f", descr="<f4", order=False):
    """What numpy.save writes of a list of lists."""
    text = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    body = b"".join(struct.pack(f"<{len(row)}{code}", *row) for row in rows)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + body


def fvecs(rows):
    return b"".join(struct.pack(f"<i{len(row)}f", len(row), *row) for row in rows)


def vectors_of(folder):
    """(path, shape or "") -> vector, of all that is in a workspace."""
    bytes_ = (folder / ".kin" / "vectors.bin").read_bytes()
    stride, dim = struct.unpack_from("<IQ", bytes_, 12)
    by_id = {}
    for at in range(64, len(bytes_), stride):
        item, *components = struct.unpack_from(f"<q{dim}b", bytes_, at)
        by_id[item] = components
    ledger = sqlite3.connect(folder / ".kin" / "ledger.db")
    names = ledger.execute("SELECT i.id, a.path, i.shape FROM item i JOIN asset a ON a.id = coalesce(i.asset, i.id) "
                           "WHERE i.state = 1 ORDER BY i.id").fetchall()
    ledger.close()
    return {(path, shape or ""): by_id[item] for item, path, shape in names}


class Embeddings(DemoCase):
    pictures = 12

    def setUp(self):
        super().setUp()
        self.vectors = vectors_of(self.data)
        self.other = self.folder / "other"
        self.file, self.table = self.other / "vectors.npy", self.other / "rows.csv"
        os.makedirs(self.other)
        for name in ("images", "instances.json"):
            (self.data / name).rename(self.other / name)
        (self.data / "images").symlink_to(self.other / "images")

    def write(self, vectors=None, **how):
        """The vectors, in the order of the dictionary, and their table."""
        vectors = vectors or self.vectors
        if not how.pop("table_only", False):
            make = fvecs if self.file.suffix == ".fvecs" else npy
            self.file.write_bytes(make(list(vectors.values()), **how))
        with open(self.table, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "shape"])
            writer.writerows(vectors)

    def index(self, *more, code=DONE, **how):
        return self.kin("index", self.other, "--json", *more, code=code, **how)

    def index_anew(self, *more, code=DONE):
        return self.index("--embeddings", self.file, "--rows", self.table, *more, code=code)

    def status(self):
        return self.kin("status", "--json", cwd=self.other).json()

    def unreadable(self):
        rows = self.kin("status", "--unreadable", "--json", cwd=self.other).json()["unreadable"]
        return {row["item"]: row["reason"] for row in rows}

    def found(self, folder, item):
        rows = self.kin("find", item, "-n", 10, "--json", cwd=folder).json()["matches"]
        return [(row["item"], round(row["score"], 3)) for row in rows]

    def assert_same_finds(self):
        for path, shape in list(self.vectors)[::7]:
            item = f"{path}#{shape}" if shape else path
            self.assertEqual(self.found(self.other, item), self.found(self.data, item), item)

    def spoil(self, path):
        """Leaves the header of a picture and nothing that could be decoded."""
        file = self.other / path
        file.write_bytes(file.read_bytes()[:700] + bytes(1000))

    # ---- What can be done with them ----

    def test_the_same_vectors_find_the_same(self):
        self.write()
        done = self.index_anew().json()
        self.assertEqual(done["described"], len(self.vectors))
        self.assertEqual(done["failed"] + done["rejects"] + done["unreadable"], 0)
        dim = len(next(iter(self.vectors.values())))
        self.assertEqual(self.status()["model"], f"embeddings (vectors.npy, {dim})")
        self.assertEqual(self.status()["indexed"], len(self.vectors))
        self.assert_same_finds()

    def test_every_file_and_type(self):
        size = max(max(abs(x) for x in row) for row in self.vectors.values())
        scaled = {key: [x * 1e-3 / size for x in row] for key, row in self.vectors.items()}
        for name, how in (("v.npy", {"code": "e", "descr": "<f2"}), ("v.npy", {"code": "d", "descr": "<f8"}),
                          ("v.fvecs", {})):
            self.file = self.other / name
            self.write(scaled if "e" not in how.values() else None, **how)
            self.assertEqual(self.index_anew().json()["described"], len(self.vectors))
            self.assert_same_finds()

    def test_rows_in_any_order(self):
        keys = list(self.vectors)
        self.file.write_bytes(npy([self.vectors[key] for key in keys]))
        with open(self.table, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["shape", "row", "file_name"])
            for row in reversed(range(len(keys))):
                writer.writerow([keys[row][1], row, "./" + keys[row][0]])
        self.assertEqual(self.index_anew().json()["described"], len(self.vectors))
        self.assert_same_finds()

    def test_nothing_is_decoded(self):
        self.write()
        for path, _ in self.vectors:
            self.spoil(path)
        self.assertEqual(self.index_anew().json()["described"], len(self.vectors))
        self.assert_same_finds()
        self.index("--model", "classic", code=PARTIAL)

    def test_the_whole_job_on_embeddings(self):
        self.write()
        self.index_anew()
        item = next(f"{path}#{shape}" for path, shape in self.vectors if shape)
        self.kin("verdict", item, "critical", cwd=self.other)
        self.kin("job", "kin", item, "-n", 5, cwd=self.other)
        self.kin("audit", 5, "--seed", 1, cwd=self.other)
        self.kin("slices", "--by", "label", cwd=self.other)
        self.kin("find", item, "--html", self.folder / "kin.html", cwd=self.other)

    # ---- What changes ----

    def test_the_next_run_uses_the_same_files(self):
        self.write()
        self.index_anew()
        again = self.index().json()
        self.assertEqual([again[key] for key in ("described", "added", "changed", "failed", "rejects")], [0] * 5)
        os.utime(self.file)
        self.assertEqual(self.index().json()["described"], 0)

        key = next(key for key in self.vectors if key[1])
        self.vectors[key] = [-x for x in self.vectors[key]]
        self.write()
        self.assertEqual(self.index().json()["described"], len(self.vectors))
        self.assertEqual(self.index().json()["described"], 0)
        best = self.found(self.other, f"{key[0]}#{key[1]}")[0]
        self.assertLess(best[1], self.found(self.data, f"{key[0]}#{key[1]}")[0][1])

    def test_what_was_broken_off_goes_on(self):
        self.write()
        self.index_anew()
        ledger = sqlite3.connect(self.other / ".kin" / "ledger.db")
        with ledger:
            ledger.execute("UPDATE item SET state = 0 WHERE id % 2")
            left = ledger.execute("SELECT count(*) FROM item WHERE state = 0").fetchone()[0]
        ledger.close()
        self.assertEqual(self.index().json()["described"], left)
        self.assert_same_finds()

    def test_a_table_in_another_order_is_new_content(self):
        self.write()
        self.index_anew()
        swapped = dict(zip(reversed(self.vectors), self.vectors.values()))
        self.write(swapped, table_only=True)
        self.assertEqual(self.index().json()["described"], len(self.vectors))

    def test_a_new_picture_waits_for_its_row(self):
        first = next(path for path, _ in self.vectors)
        (self.other / "images" / "new.jpg").write_bytes((self.other / first).read_bytes())
        self.write()
        told = self.index_anew(code=PARTIAL)
        self.assertIn("images/new.jpg: no row in vectors.npy", told.err)
        self.assertEqual(self.unreadable(), {"images/new.jpg": "no row in vectors.npy"})
        again = self.index(code=PARTIAL).json()
        self.assertEqual((again["failed"], again["described"]), (1, 0))

        self.vectors[("images/new.jpg", "")] = self.vectors[(first, "")]
        self.write()
        self.assertEqual(self.index().json()["described"], len(self.vectors))
        self.assertEqual(self.unreadable(), {})
        self.assertEqual(self.found(self.other, "images/new.jpg")[0][0], first)

    def test_a_vanished_picture_leaves_rows_without_an_item(self):
        self.write()
        self.index_anew()
        path = list(self.vectors)[-1][0]
        (self.other / path).unlink()
        for _ in range(2):
            self.assertIn(f"there is no {path} in the data set", self.index(code=PARTIAL).err)

    def test_back_to_a_model_and_again(self):
        self.write()
        self.index_anew()
        self.assertEqual(self.index("--model", "classic").json()["described"], len(self.vectors))
        self.assertEqual(self.status()["model"], "classic")
        self.file.unlink()
        self.assertEqual(self.index().json()["described"], 0)
        self.write()
        self.assertEqual(self.index_anew().json()["described"], len(self.vectors))
        self.assert_same_finds()

    def test_paths_from_where_one_is(self):
        self.write()
        self.kin("index", "other", "--embeddings", "other/vectors.npy", "--rows", "other/rows.csv", cwd=self.folder)
        outside = self.folder / "outside.npy"
        self.file.rename(outside)
        self.kin("index", "other", "--embeddings", "outside.npy", "--rows", "rows.csv", cwd=self.folder)
        self.assertTrue(self.status()["model"].startswith(f"embeddings ({outside.resolve()}"))
        self.assertEqual(self.kin("index", "--json", cwd=self.other).json()["described"], 0)

    # ---- Only images, or only shapes ----

    def test_rows_for_shapes_only(self):
        shapes = {key: row for key, row in self.vectors.items() if key[1]}
        self.write(shapes)
        result = self.index_anew()
        self.assertIn("rows for shapes only", result.err)
        self.assertEqual((result.json()["described"], result.json()["failed"]), (len(shapes), 0))
        status = self.status()
        self.assertEqual((status["indexed"], status["pending"]), (len(shapes), 0))
        self.assertEqual(status["assets"] + status["shapes"], len(self.vectors))
        self.assertEqual(self.index().json()["described"], 0)
        self.kin("audit", 5, "--seed", 1, cwd=self.other)
        path, shape = next(iter(shapes))
        self.assertEqual(self.found(self.other, f"{path}#{shape}"), self.found(self.data, f"{path}#{shape}"))
        self.assertIn("cannot describe", self.kin("find", path, code=USAGE, cwd=self.other).err)

    def test_rows_for_images_only(self):
        images = {key: row for key, row in self.vectors.items() if not key[1]}
        self.write(images)
        result = self.index_anew()
        self.assertIn("rows for whole images only", result.err)
        self.assertEqual((result.json()["described"], result.json()["failed"]), (len(images), 0))
        self.kin("slices", "--by", "label", cwd=self.other)

    # ---- What is wrong with them ----

    def test_rows_that_are_no_vectors(self):
        keys = [key for key in self.vectors if key[1]][:3]
        dim = len(self.vectors[keys[0]])
        for key, row in zip(keys, ([0] * dim, [float("nan")] * dim, [1] * (dim - 1) + [float("inf")])):
            self.vectors[key] = row
        self.write()
        result = self.index_anew(code=PARTIAL)
        self.assertEqual((result.json()["failed"], result.json()["described"]), (3, len(self.vectors) - 3))
        reasons = self.unreadable()
        self.assertEqual([reasons[f"{path}#{shape}"].split(" of vectors.npy ")[1] for path, shape in keys],
                         ["is all zeros"] + ["has a component that is not finite"] * 2)
        for path, shape in keys:
            self.assertIn(f"{path}#{shape}: row ", result.err)

    def test_tables_that_do_not_fit(self):
        key = list(self.vectors)[-1]
        self.write()
        good = self.table.read_text()
        for change, rejects, failed, told in (
                (lambda text: text + "images/none.jpg,\n", 1, 0, "a line too many"),
                (lambda text: text.rsplit("\n", 2)[0] + "\n", 1, 1, "no line names the last 1"),
                (lambda text: text.replace(",".join(key), "images/none.jpg,7"), 1, 1, "there is no images/none.jpg#7"),
                (lambda text: text.replace(",".join(key), "/etc/passwd,"), 1, 1, "there is no /etc/passwd"),
                (lambda text: text.replace(",".join(key), "../x.jpg,"), 1, 1, "there is no ../x.jpg"),
                (lambda text: text.replace(",".join(key), ",".join(list(self.vectors)[0])), 1, 1, "is row 0 already")):
            self.table.write_text(change(good))
            result = self.index_anew(code=PARTIAL)
            self.assertEqual((result.json()["rejects"], result.json()["failed"]), (rejects, failed), told)
            self.assertIn(told, result.err)
            self.assertIn(told, self.index(code=PARTIAL).err)  # it is told again
        self.table.write_text(good)
        self.assertEqual(self.index().json()["described"], len(self.vectors))

    def test_files_that_cannot_be_read_leave_all_as_it_was(self):
        self.write()
        self.index_anew()
        good, table = self.file.read_bytes(), self.table.read_text()
        for content in (b"", good[:-1], good[:100], good.replace(b"False", b"True "), good.replace(b"<f4", b"|O "),
                        b"PK\3\4", npy([[1, 2, 3]], code="i", descr="<i4")):
            self.file.write_bytes(content)
            self.assertIn("vectors.npy", self.index(code=FAILED).err)
            self.assert_same_finds()
        self.file.write_bytes(good)
        for content in ("", "label\nx\n", "path,shape\n" + "images/none.jpg,\n" * len(self.vectors),
                        "path,shape\n\"images/000001.jpg,\n"):
            self.table.write_text(content)
            self.assertIn("rows.csv", self.index(code=FAILED).err)
            self.assert_same_finds()
        self.table.write_text(table)
        self.file.unlink()
        self.assertIn("vectors.npy, in use since the last run, is gone", self.index(code=FAILED).err)
        self.assert_same_finds()

    def test_a_picture_from_outside(self):
        self.write()
        self.index_anew()
        outside = self.folder / "outside.jpg"
        outside.write_bytes((self.other / next(iter(self.vectors))[0]).read_bytes())
        told = self.kin("find", outside, code=USAGE, cwd=self.other).err
        self.assertIn("embeddings (vectors.npy", told)
        self.assertIn("cannot describe pictures", told)
        item = next(iter(self.vectors))[0]
        self.assertIn("cannot describe", self.kin("find", item, "--box", "1,1,20,20", code=USAGE, cwd=self.other).err)

    def test_options_that_do_not_go_together(self):
        self.write()
        self.assertIn("--rows", self.index("--embeddings", self.file, code=USAGE).err)
        self.assertIn("--embeddings", self.index("--rows", self.table, code=USAGE).err)
        self.assertIn("exclude", self.index_anew("--model", "classic", code=USAGE).err)
        self.assertIn("no embeddings at", self.index("--embeddings", "none.npy", "--rows", self.table, code=FAILED).err)


if __name__ == "__main__":
    main()
