"""kin check sees each kind of damage, and kin check --repair mends what is derived and nothing else; kin compact leaves
out what is no longer in use, and others may read meanwhile."""

import os
import pathlib
import shutil
import sqlite3
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from harness import DONE, FAILED, DemoCase, main, read_truth, run  # noqa: E402

HEAD = 64


class Whole(DemoCase):
    pictures = 12

    def setUp(self):
        super().setUp()
        self.kept = self.data / ".kin"
        self.vectors = self.kept / "vectors.bin"
        self.item = read_truth(self.data)[0]["item"]
        self.kin("audit", 4, "--seed", 3, cwd=self.data)
        self.kin("verdict", self.item, "critical", cwd=self.data)
        self.found = self.kin("find", self.item, cwd=self.data).out

    def check(self, *words, code=DONE):
        result = run("check", "--json", *words, cwd=self.data)
        self.assertEqual(result.code, code, str(result))
        return result.json()

    def findings(self, *words, code=DONE):
        return [(finding["part"], finding["state"]) for finding in self.check(*words, code=code)["findings"]]

    def ledger(self, sql):
        """Past kin, and past what keeps verdicts and draws as they are."""
        ledger = sqlite3.connect(self.kept / "ledger.db")
        with ledger:
            for name, in ledger.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                ledger.execute(f"DROP TRIGGER {name}")
            rows = ledger.execute(sql).fetchall()
        ledger.close()
        return rows

    def stride(self):
        return struct.unpack_from("<I", self.vectors.read_bytes(), 12)[0]

    def change_row(self, number, change):
        content = bytearray(self.vectors.read_bytes())
        stride = self.stride()
        row = content[HEAD + number * stride:HEAD + (number + 1) * stride]
        change(row)
        content[HEAD + number * stride:HEAD + (number + 1) * stride] = row
        self.vectors.write_bytes(content)

    def assert_mended(self):
        """After a repair: clean; and after the next kin index as it was."""
        verdicts, draws = self.ledger("SELECT * FROM verdict"), self.ledger("SELECT * FROM job_item")
        self.findings("--repair")
        self.assertEqual(self.findings(), [])
        self.kin("index", self.data)
        self.assertEqual(self.findings(), [])
        self.assertEqual(self.kin("status", "--json", cwd=self.data).json()["pending"], 0)
        self.assertEqual(self.kin("find", self.item, cwd=self.data).out, self.found)
        self.assertEqual(self.ledger("SELECT * FROM verdict"), verdicts)
        self.assertEqual(self.ledger("SELECT * FROM job_item"), draws)


class Rows(Whole):
    def test_a_byte_that_changed(self):
        def flip(row):
            row[20] ^= 1
        self.change_row(5, flip)
        self.assertIn(("rows", "damaged"), self.findings(code=FAILED))
        self.assert_mended()

    def test_signs_that_changed_are_seen_by_the_sum(self):
        def turn(row):
            at = next(i for i in range(8, 100) if row[i] not in (0, 128))
            row[at] = 256 - row[at]
        self.change_row(5, turn)
        self.assertIn(("rows", "damaged"), self.findings(code=FAILED))
        self.assert_mended()

    def test_an_id_that_changed(self):
        def rename(row):
            row[0:8] = struct.pack("<q", struct.unpack("<q", row[0:8])[0] + 1)
        self.change_row(5, rename)
        found = self.findings(code=FAILED)
        self.assertIn(("rows", "damaged"), found)
        self.assertIn(("items", "damaged"), found)
        self.assert_mended()

    def test_a_row_without_an_id(self):
        def blank(row):
            row[0:8] = bytes(8)
        self.change_row(5, blank)
        self.assertEqual(self.findings(code=FAILED), [("rows", "damaged")])
        self.assert_mended()

    def test_rows_that_an_earlier_kin_wrote(self):
        self.ledger("DELETE FROM setting WHERE name LIKE 'row_sum.%'")
        seen = self.check()
        self.assertEqual((seen["findings"], seen["blocks_without_sum"]), ([], 1))

        def flip(row):
            row[20] ^= 1
        self.change_row(5, flip)
        self.assertEqual(self.findings(code=FAILED), [("rows", "damaged"), ("items", "damaged")])
        self.assert_mended()

    def test_a_file_that_was_cut_off(self):
        content = self.vectors.read_bytes()
        self.vectors.write_bytes(content[:-3 * self.stride() - 1])
        self.assertIn(("rows", "damaged"), self.findings(code=FAILED))
        self.kin("find", self.item, cwd=self.data, code=FAILED)
        self.assert_mended()

    def test_a_file_that_was_cut_off_behind_older_rows(self):
        image = self.data / "images" / "000002.jpg"
        image.write_bytes(image.read_bytes() + b"\0")
        self.kin("index", self.data)
        self.vectors.write_bytes(self.vectors.read_bytes()[:-2 * self.stride()])
        self.assertIn(("rows", "damaged"), self.findings(code=FAILED))
        self.assert_mended()

    def test_a_header_that_is_damaged_or_a_file_that_is_gone(self):
        content = self.vectors.read_bytes()
        self.vectors.write_bytes(content[:40] + b"\1" + content[41:])
        self.assertEqual(self.findings(code=FAILED), [("rows", "damaged")])
        self.assert_mended()
        self.vectors.unlink()
        self.assertEqual(self.findings(code=FAILED), [("rows", "damaged")])
        self.assert_mended()


class Ledger(Whole):
    def assert_seen(self, sql, words):
        self.ledger(sql)
        found = self.check(code=FAILED)["findings"]
        self.assertTrue(any(words in finding["finding"] and finding["part"] == "ledger" for finding in found), found)
        self.assertTrue(all(finding["repair"] is None for finding in found if finding["part"] == "ledger"), found)
        self.check("--repair", code=FAILED)

    def test_a_verdict_on_nothing(self):
        self.assert_seen("UPDATE verdict SET item = 99999", "verdicts are about items that there are not")

    def test_a_verdict_that_cannot_be(self):
        self.assert_seen("UPDATE verdict SET grade = 7", "verdicts have a grade")

    def test_draws_out_of_order(self):
        self.assert_seen("DELETE FROM job_item WHERE position = 2", "gaps in the order")

    def test_a_chance_that_is_not_that_of_the_draw(self):
        self.assert_seen("UPDATE job_item SET probability = 0.9 WHERE position = 1", "another chance of being drawn")

    def test_more_drawn_than_there_was(self):
        self.assert_seen("UPDATE job SET population = 3", "drew more items than there were")

    def test_strata_that_do_not_add_up(self):
        self.kin("audit", 6, "--stratify", "label", "--seed", 4, cwd=self.data)
        self.assertEqual(self.findings(), [])
        self.assert_seen("UPDATE stratum SET population = population + 1", "do not add up")

    def test_strata_that_did_not_draw_what_they_say(self):
        self.kin("audit", 6, "--stratify", "label", "--seed", 4, cwd=self.data)
        self.assert_seen("UPDATE stratum SET drawn = drawn + 1, population = population WHERE number = 0",
                         "did not draw what they say")

    def test_drawn_twice(self):
        self.ledger("INSERT INTO job (kind, unit, seed, population, created) VALUES (1, 1, 1, 4, 1)")
        self.assert_seen("INSERT INTO job_item (job, position, item, stratum, probability) "
                         "SELECT 2, position, item, 0, 1.0 FROM job_item WHERE job = 1", "drawn by two audits")

    def test_a_shape_on_what_is_gone(self):
        self.assert_seen("UPDATE item SET state = 3 WHERE asset IS NULL", "in use on images that are gone")

    def test_a_damaged_page(self):
        path = self.kept / "ledger.db"
        with sqlite3.connect(path) as ledger:
            ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            page, = ledger.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'verdict_by_item'").fetchone()
            size, = ledger.execute("PRAGMA page_size").fetchone()
        ledger.close()
        content = bytearray(path.read_bytes())
        content[page * size - 6] ^= 0x55
        path.write_bytes(content)
        self.assertEqual(run("check", cwd=self.data).code, FAILED)


class Items(Whole):
    def test_a_whole_workspace(self):
        seen = self.check()
        self.assertEqual(seen["findings"], [])
        self.assertEqual(seen["blocks_without_sum"], 0)
        self.assertEqual(seen["items"], seen["rows"])
        self.kin("check", cwd=self.data)

    def test_rows_of_items_that_are_gone(self):
        self.ledger("UPDATE item SET state = 2, reason = 'x' WHERE id = (SELECT max(id) FROM item)")
        self.assertEqual(self.findings(), [("rows", "left over")])
        self.assertEqual(self.findings("--repair"), [("rows", "repaired")])
        self.assertEqual(self.findings(), [])

    def test_items_without_a_row(self):
        self.ledger("INSERT INTO item (asset, shape, x, y, w, h, state) "
                    "SELECT asset, 'new', x, y, w, h, 1 FROM item WHERE asset IS NOT NULL LIMIT 1")
        self.assertEqual(self.findings(code=FAILED), [("items", "damaged")])
        self.assertEqual(self.findings("--repair"), [("items", "repaired")])
        self.assertEqual(self.findings(), [])
        self.assertEqual(self.kin("status", "--json", cwd=self.data).json()["pending"], 1)

    def test_files_that_nobody_needs(self):
        for name in ("base.faiss.new", "vectors.next"):
            (self.kept / name).write_bytes(b"half")
        (self.kept / "shards" / "0").mkdir(parents=True)
        (self.kept / "shards" / "0" / "vectors.bin").write_bytes(b"x")
        (self.kept / "mine.txt").write_text("not kin's", encoding="utf-8")
        self.assertEqual(self.findings(), [("files", "left over")] * 3)
        self.assertEqual(self.findings("--repair"), [("files", "repaired")] * 3)
        self.assertEqual(self.findings(), [])
        self.assertEqual({path.name for path in self.kept.iterdir()} - {"ledger.db-wal", "ledger.db-shm"},
                         {"ledger.db", "vectors.bin", "lock", "mine.txt"})

    def test_a_base_that_is_of_no_use(self):
        (self.kept / "base.faiss").write_bytes(b"x" * 500)
        self.assertEqual(self.findings(code=FAILED), [("base", "damaged")])
        self.assertEqual(self.findings("--repair"), [("base", "repaired")])
        self.assertEqual(self.findings(), [])


class Compact(Whole):
    def change(self):
        for image in sorted((self.data / "images").iterdir())[:8]:
            image.write_bytes(image.read_bytes() + b"\0")
        self.kin("index", self.data)

    def test_what_is_not_in_use_goes(self):
        self.change()
        before = self.vectors.stat().st_size
        told = self.kin("status", cwd=self.data)
        self.assertIn("kin compact", told.err)
        counts = self.kin("status", "--json", cwd=self.data).json()
        self.assertGreater(counts["rows"], counts["indexed"])
        found = self.kin("find", self.item, cwd=self.data).out
        done = self.kin("compact", "--json", cwd=self.data).json()
        self.assertEqual((done["rows_before"], done["rows"], done["rewritten"]),
                         (counts["rows"], counts["indexed"], True))
        self.assertLess(self.vectors.stat().st_size, before)
        self.assertFalse((self.kept / "vectors.next").exists())
        self.assertEqual(self.findings(), [])
        self.assertEqual(self.check()["blocks_without_sum"], 0)
        self.assertEqual(self.kin("find", self.item, cwd=self.data).out, found)
        self.assertNotIn("kin compact", self.kin("status", cwd=self.data).err)
        self.assertFalse(self.kin("compact", "--json", cwd=self.data).json()["rewritten"])
        self.change()
        self.assertEqual(self.findings(), [])

    def test_a_compaction_that_was_named_and_not_put_in_place(self):
        self.change()
        old = self.vectors.read_bytes()
        found = self.kin("find", self.item, cwd=self.data).out
        self.kin("compact", cwd=self.data)
        os.rename(self.vectors, self.kept / "vectors.next")
        self.vectors.write_bytes(old)
        self.assertEqual(self.kin("find", self.item, cwd=self.data).out, found)
        self.assertEqual(self.findings(), [("files", "left over")])
        self.kin("index", self.data)
        self.assertFalse((self.kept / "vectors.next").exists())
        self.assertEqual(self.findings(), [])
        self.assertEqual(self.kin("find", self.item, cwd=self.data).out, found)

    def test_of_all_that_is_gone_nothing_is_left(self):
        shutil.copytree(self.data / "images", self.folder / "away")
        for image in sorted((self.data / "images").iterdir())[1:]:
            image.unlink()
        run("index", self.data)
        self.kin("compact", cwd=self.data)
        self.assertEqual(self.findings(), [])


if __name__ == "__main__":
    main()
