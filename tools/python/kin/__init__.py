"""kin from Python: find the kin of a mistake, hand them out, and keep honest error statistics.

    import kin

    with kin.Workspace("photos", "create") as photos:
        photos.index(annotations="photos/instances.json")
        photos.audit(300, seed=1)
        for match in photos.find("images/000001.jpg#3", n=50)["matches"]:
            print(match["item"], match["score"])
        names, vectors = photos.embeddings(unit="shape")

What a method returns is the dictionary that the command of that name prints with --json; `kin help COMMAND` lists its
keys. Errors are kin.Error. The library libkin does the work; see kin.loading for where it is looked for.
"""

from __future__ import annotations

import ctypes
import json
import os
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Optional, Sequence, Union

from kin.loading import CError, CWatch, Note, Progress, Stop, library

if TYPE_CHECKING:
    import numpy

__all__ = ["Error", "Workspace", "build"]

Texts = Union[str, Sequence[str]]
Answer = dict[str, Any]


class Error(Exception):
    """What kin could not do. `code` is its number, `kind` its name: "USAGE", "NOTFOUND", "FORMAT", "LIMIT", "IO", "BUSY",
    "MEMORY" or "STOPPED" (see kin/status.h); the text is one line that names the thing and the way out."""

    KINDS = {-1: "USAGE", -2: "NOTFOUND", -3: "FORMAT", -4: "LIMIT", -5: "IO", -6: "BUSY", -7: "MEMORY", -8: "STOPPED"}

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.kind = self.KINDS.get(code, "UNKNOWN")

    def __reduce__(self) -> tuple[type, tuple[int, str]]:
        return Error, (self.code, str(self))


def build() -> str:
    """What the library computes with: kernels, BLAS and FAISS."""
    return library().kin_workspace_build().decode()


class _Watch:
    """The callbacks of one long call. What a callback raises (or Ctrl-C) stops the call, and is raised after it."""

    def __init__(self, progress: Optional[Callable[[str, int, int], None]],
                 note: Optional[Callable[[str], None]]) -> None:
        self.raised: Optional[BaseException] = None
        self.c = CWatch(None, Progress(self._guarded(progress)), Note(self._guarded(note)), Stop(self._stop))

    def _guarded(self, callback: Optional[Callable[..., None]]) -> Callable[..., None]:
        def call(_user: Any, text: bytes, *numbers: int) -> None:
            try:
                if callback and self.raised is None:
                    callback(text.decode(errors="replace"), *numbers)
            except BaseException as error:  # pylint: disable=broad-except
                self.raised = error
        return call

    def _stop(self, _user: Any) -> bool:
        return self.raised is not None


class Workspace:
    """A data set's workspace, the folder `.kin` in it. `mode` is "read", "write", or "create", which makes it where it is
    missing. A context manager; close() ends it. One call runs at a time, from whatever thread."""

    MODES = {"read": 0, "write": 1, "create": 2}

    def __init__(self, folder: Union[str, os.PathLike[str]], mode: str = "write") -> None:
        self._handle: Optional[ctypes.c_void_p] = None
        if mode not in self.MODES:
            raise ValueError(f"mode is one of {', '.join(self.MODES)}; not {mode!r}")
        self._lock = threading.Lock()
        self._library = library()
        handle, error = ctypes.c_void_p(), CError()
        code = self._library.kin_workspace_open(os.fsencode(folder), self.MODES[mode], ctypes.byref(handle),
                                                ctypes.byref(error))
        self._check(code, error)
        self._handle = handle
        self.folder = os.fspath(folder)

    def close(self) -> None:
        """Ends the work with it. Doing so twice is fine."""
        if self._handle is not None:
            with self._lock:
                self._library.kin_workspace_close(self._handle)
                self._handle = None

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    @staticmethod
    def _check(code: int, error: CError) -> None:
        if code != 0:
            raise Error(code, error.message.decode(errors="replace"))

    def _open_handle(self) -> ctypes.c_void_p:
        if self._handle is None:
            raise ValueError("the workspace is closed")
        return self._handle

    def ask(self, name: str, watch: Optional[_Watch] = None, **request: Any) -> Answer:
        """Any use case by its name in kin/ask.h; the methods below are made of it. None is as if it were not given."""
        given = {key: value for key, value in request.items() if value is not None}
        text = json.dumps({"ask": name, **given}).encode()
        error, answer = CError(), ctypes.c_void_p()
        with self._lock:
            handle = self._open_handle()
            code = self._library.kin_workspace_refresh(handle, ctypes.byref(error))
            if code == 0:
                code = self._library.kin_workspace_ask(handle, text, ctypes.byref(watch.c) if watch else None,
                                                       ctypes.byref(answer), ctypes.byref(error))
        try:
            if watch and watch.raised is not None:
                raise watch.raised
            self._check(code, error)
            return json.loads(ctypes.string_at(answer.value or 0))
        finally:
            if answer:
                self._library.kin_ask_free(answer)

    # ---- The data set ----

    def index(self, *, annotations: Optional[Texts] = None, no_annotations: Optional[bool] = None,
              format: Optional[str] = None, label_column: Optional[str] = None, strict: Optional[bool] = None,
              model: Optional[str] = None, precision: Optional[str] = None, embeddings: Optional[str] = None,
              rows: Optional[str] = None, margin: Optional[float] = None, threads: Optional[int] = None,
              max_pixels: Optional[int] = None, max_bytes: Optional[int] = None,
              progress: Optional[Callable[[str, int, int], None]] = None,
              note: Optional[Callable[[str], None]] = None) -> Answer:
        """Brings the workspace up to date with the folder, as `kin index`. progress(stage, done, total) is called often,
        note(line) for each thing that was passed over; what either raises, and Ctrl-C, ends the run after the present
        batch, and the next run goes on from there."""
        return self.ask("index", _Watch(progress, note), annotations=annotations, no_annotations=no_annotations,
                        format=format, label_column=label_column, strict=strict, model=model, precision=precision,
                        embeddings=embeddings, rows=rows, margin=margin, threads=threads, max_pixels=max_pixels,
                        max_bytes=max_bytes)

    def status(self) -> Answer:
        """What the data set holds and how far its review is, as `kin status`."""
        return self.ask("status")

    def unreadable(self) -> list[Answer]:
        """What could not be read or described: dictionaries of item and reason."""
        return self.ask("unreadable")["unreadable"]

    def items(self, *, unit: Optional[str] = None, label: Optional[str] = None,
              where: Optional[Mapping[str, str]] = None) -> Iterator[Answer]:
        """Each item by ascending id: id, item (its name), path, shape, label, box [x, y, w, h], described. `unit` is
        "asset" or "shape", `where` has attributes and the values asked for."""
        after = 0
        while True:
            page = self.ask("items", unit=unit, label=label, where=dict(where) if where else None, after=after,
                            most=10000)["items"]
            yield from page
            if len(page) < 10000:
                return
            after = page[-1]["id"]

    def embeddings(self, *, unit: Optional[str] = None, label: Optional[str] = None,
                   where: Optional[Mapping[str, str]] = None) -> tuple[list[str], "numpy.ndarray"]:
        """The vectors of items that have one: their names, and an array [n, dim] of float32 whose rows are of length 1,
        in the same order. Needs NumPy."""
        import numpy  # pylint: disable=import-outside-toplevel

        listed = [(entry["id"], entry["item"]) for entry in self.items(unit=unit, label=label, where=where)]
        ids = numpy.array([number for number, _ in listed], dtype=numpy.int64)
        error, dim = CError(), ctypes.c_size_t()
        with self._lock:
            handle = self._open_handle()
            self._check(self._library.kin_workspace_dim(handle, ctypes.byref(dim), ctypes.byref(error)), error)
            vectors = numpy.empty((len(listed), dim.value), dtype=numpy.float32)
            code = self._library.kin_workspace_vectors(handle, ids.ctypes.data, len(listed), vectors.ctypes.data,
                                                       ctypes.byref(error))
        self._check(code, error)
        there = ~numpy.isnan(vectors).any(axis=1)
        return [name for (_, name), has in zip(listed, there) if has], vectors[there]

    # ---- Finding ----

    def find(self, items: Optional[Texts] = None, *, n: Optional[int] = None, unlike: Optional[Texts] = None,
             box: Optional[Sequence[float]] = None, label: Optional[str] = None,
             where: Optional[Mapping[str, str]] = None, by: Optional[str] = None, should_be: Optional[str] = None,
             pattern: Optional[str] = None, same_label: Optional[bool] = None, any_label: Optional[bool] = None,
             unreviewed: Optional[bool] = None, reviewed: Optional[bool] = None, unit: Optional[str] = None,
             html: Optional[str] = None) -> Answer:
        """The kin of one or more items (or image files), best first, as `kin find`: its "matches"."""
        return self.ask("find", items=items, n=n, unlike=unlike, box=box, label=label, where=where, by=by,
                        should_be=should_be, pattern=pattern, same_label=same_label, any_label=any_label,
                        unreviewed=unreviewed, reviewed=reviewed, unit=unit, html=html)

    def duplicates(self, *, unit: Optional[str] = None, threshold: Optional[float] = None,
                   split: Optional[str] = None, only: Optional[str] = None, all: Optional[bool] = None,
                   job: Optional[bool] = None, threads: Optional[int] = None,
                   progress: Optional[Callable[[str, int, int], None]] = None) -> Answer:
        """Near-identical items whose labels or splits disagree, as `kin duplicates`: its "groups"."""
        return self.ask("duplicates", _Watch(progress, None), unit=unit, threshold=threshold, split=split, only=only,
                        all=all, job=job, threads=threads)

    # ---- Jobs and verdicts ----

    def audit(self, n: int, *, unit: Optional[str] = None, stratify: Optional[str] = None, floor: Optional[int] = None,
              seed: Optional[int] = None, label: Optional[str] = None) -> Answer:
        """Draws a random job of n items, as `kin audit`. The job's facts; job(audit["job"]) has its rows."""
        return self.ask("audit", n=n, unit=unit, stratify=stratify, floor=floor, seed=seed, label=label)

    def jobs(self) -> list[Answer]:
        """All jobs, as `kin job list`."""
        return self.ask("jobs")["jobs"]

    def job(self, job: int) -> Answer:
        """One job with its "rows", as `kin job show`."""
        return self.ask("job", job=job)

    def job_kin(self, items: Optional[Texts] = None, *, n: Optional[int] = None, unlike: Optional[Texts] = None,
                box: Optional[Sequence[float]] = None, label: Optional[str] = None,
                where: Optional[Mapping[str, str]] = None, by: Optional[str] = None, should_be: Optional[str] = None,
                pattern: Optional[str] = None, same_label: Optional[bool] = None, any_label: Optional[bool] = None,
                unreviewed: Optional[bool] = None, unit: Optional[str] = None) -> Answer:
        """Makes a job of the kin of items, as `kin job kin`."""
        return self.ask("job_kin", items=items, n=n, unlike=unlike, box=box, label=label, where=where, by=by,
                        should_be=should_be, pattern=pattern, same_label=same_label, any_label=any_label,
                        unreviewed=unreviewed, unit=unit)

    def job_mistakes(self, *, n: Optional[int] = None, label: Optional[str] = None,
                     where: Optional[Mapping[str, str]] = None, unit: Optional[str] = None) -> list[Answer]:
        """Makes a job for each pattern of known mistakes, as `kin job kin --all-mistakes`."""
        return self.ask("job_mistakes", n=n, label=label, where=where, unit=unit)["jobs"]

    def job_suspects(self, *, n: Optional[int] = None, by: Optional[str] = None, label: Optional[str] = None,
                     where: Optional[Mapping[str, str]] = None, unit: Optional[str] = None) -> Answer:
        """Makes a job of the labels that fit least, as `kin job suspects`."""
        return self.ask("job_suspects", n=n, by=by, label=label, where=where, unit=unit)

    def job_next(self, job: int, *, n: Optional[int] = None, control: Optional[bool] = None,
                 seed: Optional[int] = None, dry_run: Optional[bool] = None) -> Answer:
        """Goes on with a job of kin or suspects, as `kin job next`."""
        return self.ask("job_next", job=job, n=n, control=control, seed=seed, dry_run=dry_run)

    def job_import(self, path: Union[str, os.PathLike[str]], *, job: Optional[int] = None,
                   format: Optional[str] = None, note: Optional[Callable[[str], None]] = None) -> Answer:
        """Takes the verdicts of a reviewed file in one transaction, as `kin job import`. note(line) tells of rows that
        were passed over."""
        return self.ask("job_import", _Watch(None, note), path=os.fspath(path), job=job, format=format)

    def verdict(self, item: str, verdict: str, *, should_be: Optional[str] = None, kind: Optional[str] = None,
                count: Optional[int] = None, note: Optional[str] = None, reviewer: Optional[str] = None,
                time: Optional[str] = None, job: Optional[int] = None) -> Answer:
        """Records one verdict, "ok", "minor" or "critical", or takes it back with "none", as `kin verdict`."""
        return self.ask("verdict", item=item, verdict=verdict, should_be=should_be, kind=kind, count=count, note=note,
                        reviewer=reviewer, time=time, job=job)

    # ---- Numbers ----

    def slices(self, by: Optional[Texts] = None, *, sla: Optional[float] = None, pairs: Optional[bool] = None,
               plain: Optional[bool] = None, risk: Optional[float] = None, conf: Optional[float] = None,
               score: Optional[str] = None, weights: Optional[Sequence[float]] = None) -> Answer:
        """Score, agreement, error rate and slices, as `kin slices`. sla, risk and conf are shares: 0.95 for 95 %."""
        return self.ask("slices", by=by, sla=sla, pairs=pairs, plain=plain, risk=risk, conf=conf, score=score,
                        weights=weights)

    def report(self, by: Optional[Texts] = None, *, sla: Optional[float] = None, pairs: Optional[bool] = None,
               plain: Optional[bool] = None, risk: Optional[float] = None, conf: Optional[float] = None,
               score: Optional[str] = None, weights: Optional[Sequence[float]] = None,
               html: Optional[Union[str, os.PathLike[str]]] = None) -> Answer:
        """The same with what to do next and the history of audits, as `kin report`; html names a page to write."""
        return self.ask("report", by=by, sla=sla, pairs=pairs, plain=plain, risk=risk, conf=conf, score=score,
                        weights=weights, html=None if html is None else os.fspath(html))

    def patterns(self, *, unit: Optional[str] = None) -> Answer:
        """Mistakes that were made again and again, as `kin patterns`."""
        return self.ask("patterns", unit=unit)
