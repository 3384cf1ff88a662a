#!/usr/bin/env python3
"""Doxygen's input filter: takes a header as it stands in include/kin and marks its comments for Doxygen.

A comment before a declaration documents that declaration, and those that follow it line upon line without a comment of
their own. A comment behind a declaration or member documents what stands before it. The first comment of a header
documents the file. What Doxygen would take for markup is escaped, so that text stays text.

    doc_filter.py HEADER
"""

import re
import sys

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"/\* -{2,}.*-{2,} \*/")


def escaped(text):
    """The comment's text with Doxygen's own characters taken literally."""
    return re.sub(r"([\\@#<>%&$])", r"\\\1", text.replace("::", "\\::"))


def body_of(comment):
    return escaped(comment[2:-2])


def marked(comment, mark):
    """Lines stay where they are, so that a warning names the right one."""
    return f"/**{mark}{body_of(comment)}*/"


def document(text, name):
    out, at, first, pending = [], 0, True, None
    for match in COMMENT.finditer(text):
        before, comment = text[at:match.start()], match.group()
        line = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        out.append(continued(before, pending))
        pending = None
        if first:
            out.append(f"/** @file {name}\n * {body_of(comment)}*/")
            first = False
        elif RULE.fullmatch(comment):
            out.append(comment)
        elif line.strip():
            out.append(marked(comment, "<"))
        else:
            out.append(marked(comment, ""))
            pending = out[-1]
        at = match.end()
    out.append(continued(text[at:], pending))
    return "".join(out)


def continued(code, comment):
    """Code behind a comment: where function declarations follow one another without a blank line, each gets a copy of
    the comment, on the line that it is on."""
    if comment is None:
        return code
    flat = re.sub(r"\s*\n\s*\*?\s*", " ", comment)
    paragraph, blank, rest = code.partition("\n\n")
    declarations = re.split(r"(?<=;)\n(?=\w)", paragraph)
    return f"\n{flat} ".join(declarations) + blank + rest


if __name__ == "__main__":
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        sys.stdout.write(document(file.read(), "kin/" + path.rpartition("/")[2]))
