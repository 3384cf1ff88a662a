#!/usr/bin/env python3
"""Reads the summaries of several `kin index --json` runs and prints the shares of its stages, best run first."""

import json
import sys


def summaries(text):
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        value, end = decoder.raw_decode(text, at)
        yield value
        at = end
        while at < len(text) and text[at].isspace():
            at += 1


def wall_seconds(run):
    return run["scan_seconds"] + run["import_seconds"] + run["describe_seconds"]


def show_shares(runs):
    runs = sorted(runs, key=wall_seconds)
    print("kin index of %d images with %d shapes, %d workers, %d runs" % (
        runs[0]["assets"], runs[0]["shapes"], runs[0]["threads"], len(runs)))
    print("%-44s %8s %8s" % ("stage", "seconds", "share"))
    best = runs[0]
    workers = best["threads"]
    wall = wall_seconds(best)
    stages = [
        ("look through the folder", best["scan_seconds"]),
        ("read annotations into SQLite", best["import_seconds"]),
        ("read files (workers)", best["read_seconds"] / workers),
        ("decode (workers)", best["decode_seconds"] / workers),
        ("resize and describe (workers)", best["vector_seconds"] / workers),
        ("store: vectors.bin, sync, SQLite", best["store_seconds"]),
        ("FAISS base", best["base_seconds"]),
    ]
    stages.append(("waiting for the last worker, and the rest", wall - sum(seconds for _, seconds in stages)))
    for name, seconds in stages:
        print("%-44s %8.3f %7.1f%%" % (name, seconds, 100 * seconds / wall))
    print("%-44s %8.3f" % ("all, best", wall))
    print("%-44s %8.3f" % ("all, median", wall_seconds(runs[len(runs) // 2])))
    print("%.0f items a second" % (best["described"] / wall))


if __name__ == "__main__":
    show_shares(summaries(sys.stdin.read()))
