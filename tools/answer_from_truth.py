#!/usr/bin/env python3
"""answer_from_truth.py TRUTH.csv <JOB.csv >DONE.csv: plays the reviewer of a demo data set, who is always right.

Fills in the verdict columns of a job written by `kin job export` from the truth that `kin demo` wrote. A picture as a
whole is a mistake where shapes are missing on it."""

import csv
import sys


def read_truth(path):
    """({shape: row}, {picture: how many shapes are missing on it})"""
    shapes, missing = {}, {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "missing":
                missing[row["item"]] = missing.get(row["item"], 0) + 1
            else:
                shapes[row["item"]] = row
    return shapes, missing


def answer(row, shapes, missing):
    truth = shapes.get(row["item"])
    if truth:
        row.update(verdict=truth["verdict"], should_be=truth["should_be"], kind=truth["kind"])
    elif row["item"] in missing:
        row.update(verdict="critical", kind="missing", count=missing[row["item"]])
    else:
        row["verdict"] = "ok"
    row["reviewer"] = "demo"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: answer_from_truth.py TRUTH.csv <JOB.csv >DONE.csv")
    shapes, missing = read_truth(sys.argv[1])
    job = csv.DictReader(sys.stdin)
    if not job.fieldnames or "item" not in job.fieldnames:
        sys.exit("answer_from_truth.py: no column item in the job; write it with kin job export JOB --format csv")
    done = csv.DictWriter(sys.stdout, job.fieldnames)
    done.writeheader()
    for row in job:
        answer(row, shapes, missing)
        done.writerow(row)


if __name__ == "__main__":
    main()
