"""Writes a server's functions as the Rust file that the classifier compiles in."""

import sys

WIDTH = 100


def names(text):
    """The words of a hand-written list."""
    return set(text.split())


def write(header, reads, writes, session, server=frozenset()):
    """Prints the file; the effects of a name in several lists are those of the strictest."""
    writes = writes - session - server
    server = server - session
    reads = reads - writes - session - server
    out = [f"//! {line}".rstrip() + "\n" for line in header.strip().splitlines()]
    out.append("\nuse super::lists::Lists;\n\n")
    out.append("pub(super) static LISTS: Lists = Lists {\n")
    out.append("    reads: READS,\n    writes: WRITES,\n    session: SESSION,\n    server: SERVER,\n};\n")
    out += constant("READS", "They leave nothing behind.", reads)
    out += constant("WRITES", "They change something, or only the master can answer.", writes)
    out += constant("SESSION", "They change, or depend on, what the connection remembers.", session)
    out += constant("SERVER", "They tell of the server that is asked, and change nothing.", server)
    sys.stdout.write("".join(out))


def constant(name, doc, functions):
    yield f"\n/// {doc}\n#[rustfmt::skip]\nconst {name}: &[&str] = &[\n"
    line = ""
    for function in sorted(functions):
        item = f'"{function}",'
        if len(line) + len(item) + 5 > WIDTH:
            yield f"    {line}\n"
            line = ""
        line = f"{line} {item}".strip()
    if line:
        yield f"    {line}\n"
    yield "];\n"
