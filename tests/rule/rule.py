"""The rules of the house, checked on the files themselves: who may include and link whom, which module owns which
third-party header, how long a file may be. `check(root)` returns one line for each breach."""

import re
from pathlib import Path

# A module may use the modules named here, and itself: their public headers in include/kin, and the headers in src of
# those that have none (HEADERS_IN_SRC).
MAY_USE = {
    "base": set(),
    "image": {"base"},
    "kernel": {"base"},
    "ledger": {"base"},
    "stats": {"base"},
    "exchange": {"base"},
    "net": {"base", "kernel"},
    "index": {"base", "kernel"},
    "descriptor": {"base", "image", "kernel", "net"},
    "kinship": {"base", "index", "kernel"},
    "demo": {"base", "image"},
    "workspace": {
        "base", "image", "kernel", "net", "descriptor", "index", "ledger", "exchange", "stats", "kinship",
    },
    "json": {"base", "workspace", "stats", "exchange", "ledger"},
    "web": {"base", "json", "workspace", "stats", "exchange", "ledger"},
    "mpi": {"base", "workspace"},
    "cli": {"base", "json", "web", "mpi", "workspace", "demo", "descriptor", "stats", "exchange", "ledger"},
}

# Which module a header of include/kin belongs to, where it has another name than its module.
HEADER_OF = {
    "status": "base",
    "types": "base",
    "advice": "workspace",
    "ask": "json",
    "agreement": "stats",
    "coco": "exchange",
    "embeddings": "exchange",
    "job_files": "exchange",
    "calibrate": "descriptor",
    "check": "workspace",
    "duplicates": "workspace",
    "export": "workspace",
    "decoder": "image",
    "groups": "kinship",
    "index_upkeep": "index",
    "patterns": "workspace",
    "slices": "stats",
    "jobs": "ledger",
    "review": "ledger",
    "hunt": "workspace",
    "report": "workspace",
    "search": "workspace",
    "spread": "workspace",
    "browse": "workspace",
    "vocabulary": "ledger",
}
# kin/kin.h is for users of the library: it includes all the others, and nothing in src includes it.
UMBRELLA = "kin"

# Modules without a header in include/kin, and which of their own headers others may include.
HEADERS_IN_SRC = {"base": None, "kernel": None, "net": {"net.h"}, "demo": {"demo.h"}, "json": None, "web": {"web.h"}, "mpi": None}  # None: any

THIRD_PARTY = [
    (r"(cblas|openblas_config|omp)\.h", {"kernel"}),
    (r"faiss/.*", {"index"}),
    (r"sqlite3\.h", {"ledger"}),
    (r"(cjson/)?cJSON\.h", {"descriptor", "exchange", "json", "cli", "web"}),
    (r"(jpeglib|jerror|spng|stb_\w+)\.h|(stb|webp)/.*", {"image"}),
    (r"microhttpd\.h", {"web"}),
    (r"(expat|yaml)\.h", {"exchange"}),
    (r"onnx/onnx\.pb-c\.h", {"net"}),  # made of libonnx-dev's onnx.proto
    (r"xxhash\.h", {"base"}),
    (r"mpi\.h", {"mpi"}),
]

SYSTEM = re.compile(
    r"(assert|complex|ctype|errno|fenv|float|inttypes|limits|locale|math|setjmp|signal|stdalign|stdarg|stdatomic"
    r"|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath|threads|time|uchar|wchar|wctype"  # C17
    r"|dirent|fcntl|fnmatch|ftw|getopt|glob|iconv|langinfo|libgen|malloc|netdb|poll|pthread|pwd|regex|sched|semaphore|spawn"
    r"|strings|syslog|termios|unistd|(arpa|net|netinet|sys)/\w+"  # POSIX
    r"|cpuid|immintrin|linux/\w+)\.h"  # processor and kernel
)

MOST_LINES_OF_SOURCE = 800
MOST_LINES_OF_PUBLIC_HEADER = 150
# Names that tools or formats ask for in every folder.
NAMED_BY_TOOLS = {"CMakeLists.txt", "README.md", "model.onnx", "preprocessor_config.json", "__init__.py"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCES = {".c", ".h", ".cpp"}


def includes(path):
    """(line number, '<' or '"', name) of every #include."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in SOURCES) if folder.is_dir() else []


def module_of_public(name):
    stem = Path(name).stem
    return HEADER_OF.get(stem, stem)


def breach_of_quoted(root, path, module, name, public):
    """What is wrong with an #include "name" in a file of `module`, or None."""
    if name.startswith("kin/"):
        if not (root / "include" / name).is_file():
            return f"{name} is not in include/"
        if module_of_public(name) == UMBRELLA:
            return None if public else "kin/kin.h is for users of the library"
        used = module_of_public(name)
        if used not in MAY_USE:
            return f"{name} belongs to no module: add it to HEADER_OF"
        allowed = used == module or module == UMBRELLA or used in MAY_USE[module]
        return None if allowed else f"{module} may not know {used}"
    if public:
        return f"a public header includes {name}, which is not in include/kin"
    parts = Path(name).parts
    if len(parts) == 1:
        return None if (path.parent / name).is_file() else f"{name} is not in src/{module}"
    used = parts[0]
    if used not in MAY_USE or len(parts) != 2 or not (root / "src" / name).is_file():
        return f"{name} is no header of a module"
    if used == module:
        return None
    if used not in MAY_USE[module]:
        return f"{module} may not know {used}"
    if used not in HEADERS_IN_SRC or parts[1] not in (HEADERS_IN_SRC[used] or {parts[1]}):
        return f"{name} is private to {used}"
    return None


def breach_of_angled(path, module, name):
    for pattern, owners in THIRD_PARTY:
        if re.fullmatch(pattern, name):
            return None if module in owners else f"<{name}> belongs to {', '.join(sorted(owners))}"
    if SYSTEM.fullmatch(name) or (path.suffix == ".cpp" and "." not in name):
        return None
    return f"<{name}> is known to no rule: add it to THIRD_PARTY or SYSTEM"


def check_includes(root):
    for path in sources(root / "src"):
        parts = path.relative_to(root / "src").parts
        if len(parts) < 2 or parts[0] not in MAY_USE:
            yield f"{path.relative_to(root)}: is in no module of src/"
            continue
        yield from breaches(root, path, parts[0], public=False)
    for path in sources(root / "include"):
        module = module_of_public(path.name)
        if module != UMBRELLA and module not in MAY_USE:
            yield f"{path.relative_to(root)}: belongs to no module: add it to HEADER_OF"
            continue
        yield from breaches(root, path, module, public=True)


def breaches(root, path, module, public):
    for number, quote, name in includes(path):
        if quote == '"':
            breach = breach_of_quoted(root, path, module, name, public)
        else:
            breach = breach_of_angled(path, module, name)
        if breach:
            yield f"{path.relative_to(root)}:{number}: {breach}"


def links(root):
    """{module: modules that its CMakeLists.txt links}, from kin_module(...) and target_link_libraries(...)."""
    found = {}
    for path in sorted((root / "src").glob("*/CMakeLists.txt")):
        text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
        calls = re.findall(r"\b(?:kin_module|add_executable|target_link_libraries)\s*\(([^)]*)\)", text)
        targets = {name for call in calls for name in re.findall(r"\bkin_(\w+)", call)}
        found[path.parent.name] = (targets & MAY_USE.keys()) - {path.parent.name}
    return found


def closure(linked, module, seen=None):
    seen = set() if seen is None else seen
    for other in linked.get(module, ()):
        if other not in seen:
            seen.add(other)
            closure(linked, other, seen)
    return seen


def check_links(root):
    linked = {module: others for module, others in links(root).items() if module in MAY_USE}
    for module, others in sorted(linked.items()):
        where = f"src/{module}/CMakeLists.txt"
        for other in sorted(others - MAY_USE[module]):
            yield f"{where}: {module} may not link {other}"
        reached = closure(linked, module) | {module}
        used = {
            Path(name).parts[0]
            for path in sources(root / "src" / module)
            for _, quote, name in includes(path)
            if quote == '"' and "/" in name and not name.startswith("kin/")
        }
        for other in sorted((used & MAY_USE[module]) - reached):
            yield f"{where}: {module} includes {other}/ but does not link it"


def check_files(root):
    first = {}
    for top in ("src", "include", "tests", "bench", "tools"):
        for path in sorted((root / top).rglob("*")):
            relative = path.relative_to(root)
            if not path.is_file() or "__pycache__" in relative.parts or relative.parts[:2] == ("tests", "data"):
                continue
            if relative.parts[:3] == ("tests", "fuzz", "corpus"):
                continue
            if path.name not in NAMED_BY_TOOLS and relative.parts[:2] != ("bench", "results"):
                if path.name in first:
                    yield f"{relative}: has the name of {first[path.name]}"
                first.setdefault(path.name, relative)
            yield from check_length(path, relative)


def check_length(path, relative):
    most = MOST_LINES_OF_SOURCE if path.suffix in SOURCES else None
    if relative.parts[0] == "include":
        most = MOST_LINES_OF_PUBLIC_HEADER
    if most is None:
        return
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > most:
        yield f"{relative}: {lines} lines, at most {most}"


def check(root):
    root = Path(root)
    return [*check_includes(root), *check_links(root), *check_files(root)]
