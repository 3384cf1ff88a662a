#!/usr/bin/env python3
"""One of the programs that compare_search.py compares with.

    peer_search.py NAME DIM K LIMIT ITEMS.raw QUERIES.raw

It prints the seconds of building and the bytes that an item takes in memory, or "late" and how much was built after
LIMIT seconds, or "absent" and why, and then answers lines as search_turns does, and one more: `set VALUE`, how thoroughly to look."""

import math
import os
import pathlib
import sqlite3
import sys
import time

import numpy

BLOCK = 10000


def own_memory():
    """Bytes of this process's own; files in memory do not count."""
    for line in pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024
    return 0


class Late(Exception):
    pass


class Absent(Exception):
    pass


class Peer:
    def __init__(self, items, k, limit):
        self.items, self.k, self.deadline = items, k, time.perf_counter() + limit
        self.build()

    def blocks(self):
        for first in range(0, len(self.items), BLOCK):
            if time.perf_counter() > self.deadline:
                raise Late(str(100 * first // len(self.items)))
            yield first, numpy.ascontiguousarray(self.items[first:first + BLOCK])

    def set(self, value):
        pass

    def one_thread(self):
        pass


class Faiss(Peer):
    factory = "Flat"

    def build(self):
        import faiss
        self.faiss = faiss
        faiss.omp_set_num_threads(os.cpu_count())
        lists = 2 * int(math.sqrt(len(self.items)))
        self.index = faiss.index_factory(self.items.shape[1], self.factory.format(lists=lists),
                                         faiss.METRIC_INNER_PRODUCT)
        self.parameters = faiss.ParameterSpace()
        if not self.index.is_trained:
            some = self.items[::max(1, len(self.items) // (50 * lists))]
            self.index.train(numpy.ascontiguousarray(some))
        for _, block in self.blocks():
            self.index.add(block)

    def one_thread(self):
        self.faiss.omp_set_num_threads(1)

    def set(self, value):
        self.parameters.set_index_parameters(self.index, value)

    def search(self, queries):
        return self.index.search(queries, self.k)[1]


def faiss_by(text):
    return type("Faiss", (Faiss,), {"factory": text})


class Hnswlib(Peer):
    def build(self):
        import hnswlib
        self.index = hnswlib.Index(space="ip", dim=self.items.shape[1])
        self.index.init_index(max_elements=len(self.items), ef_construction=100, M=16)
        for first, block in self.blocks():
            self.index.add_items(block, numpy.arange(first, first + len(block)), num_threads=os.cpu_count())

    def one_thread(self):
        self.index.set_num_threads(1)

    def set(self, value):
        self.index.set_ef(int(value.split("=")[1]))

    def search(self, queries):
        return self.index.knn_query(queries, k=self.k, num_threads=1)[0]


class Usearch(Peer):
    kind = "f32"

    def build(self):
        from usearch.index import Index
        self.index = Index(ndim=self.items.shape[1], metric="ip", dtype=self.kind, connectivity=16, expansion_add=100)
        for first, block in self.blocks():
            self.index.add(numpy.arange(first, first + len(block)), block, threads=os.cpu_count())

    def set(self, value):
        self.index.expansion_search = int(value.split("=")[1])

    def search(self, queries):
        found = self.index.search(queries, self.k, threads=1).keys
        return numpy.asarray(found).reshape(len(queries), -1).astype(numpy.int64)


class UsearchBytes(Usearch):
    kind = "i8"


class SqliteVec(Peer):
    def build(self):
        import sqlite_vec
        self.db = sqlite3.connect(":memory:")
        if not hasattr(self.db, "enable_load_extension"):
            raise Absent("this Python's sqlite3 loads no extensions")
        self.db.enable_load_extension(True)
        sqlite_vec.load(self.db)
        self.db.execute(f"create virtual table v using vec0(e float[{self.items.shape[1]}] distance_metric=cosine)")
        for first, block in self.blocks():
            self.db.executemany("insert into v(rowid, e) values (?, ?)",
                                [(first + i, row.tobytes()) for i, row in enumerate(block)])

    def search(self, queries):
        find = "select rowid from v where e match ? and k = ? order by distance"
        return numpy.array([[row[0] for row in self.db.execute(find, (q.tobytes(), self.k))] for q in queries])


PROBES = ["nprobe=16", "nprobe=64", "nprobe=256"]
EF = ["efSearch=64", "efSearch=256"]
# Name: class, settings. "scan": a full scan so slow that only some queries are asked.
PEERS = {
    "faiss Flat": (Faiss, [None]),
    "faiss IVF, Flat": (faiss_by("IVF{lists},Flat"), PROBES),
    "faiss IVF, SQ8": (faiss_by("IVF{lists},SQ8"), PROBES),
    "faiss IVF, PQ32": (faiss_by("IVF{lists},PQ32"), PROBES),
    "faiss IVF, PQ32x4fs, refine SQ8": (faiss_by("IVF{lists},PQ32x4fs,Refine(SQ8)"),
                                        [p + ",k_factor_rf=10" for p in PROBES]),
    "faiss HNSW16": (faiss_by("HNSW16"), EF),
    "hnswlib": (Hnswlib, ["ef=64", "ef=256"]),
    "usearch": (Usearch, ["expansion=64", "expansion=256"]),
    "usearch, 8 bits": (UsearchBytes, ["expansion=64", "expansion=256"]),
    "sqlite-vec": (SqliteVec, ["scan"]),
}


def answer(peer, queries, line, last):
    words = line.split()
    if words[0] == "set":
        peer.set(words[1])
        return ""
    if words[0] == "ids":
        (last[0] + 1).astype(numpy.int64).tofile(words[1])
        return ""
    if words[0] == "one":
        seconds = []
        for i in range(int(words[1]), int(words[1]) + int(words[2])):
            start = time.perf_counter()
            peer.search(queries[i:i + 1])
            seconds.append(f"{time.perf_counter() - start:.9f}")
        return " ".join(seconds)
    start = time.perf_counter()
    last[0] = peer.search(queries[:20] if isinstance(peer, SqliteVec) else queries)
    return f"{time.perf_counter() - start:.6f}"


def main():
    name, dim, k, limit, items, queries = sys.argv[1:]
    items = numpy.memmap(items, numpy.float32, "r").reshape(-1, int(dim))
    queries = numpy.fromfile(queries, numpy.float32).reshape(-1, int(dim))
    before, start = own_memory(), time.perf_counter()
    try:
        peer = PEERS[name][0](items, int(k), float(limit))
    except Late as late:
        print("late", late, flush=True)
        return
    except Absent as absent:
        print("absent", absent, flush=True)
        return
    print(f"{time.perf_counter() - start:.3f} {(own_memory() - before) / len(items):.1f}", flush=True)
    peer.one_thread()
    last = [None]
    for line in sys.stdin:
        print(answer(peer, queries, line, last), flush=True)


if __name__ == "__main__":
    main()
