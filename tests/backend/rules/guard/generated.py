"""Small policies and documents, made up.

Left out is what is done otherwise on purpose (OTHERWISE in cases.py): `not` before a comparison, filters after [*] and
.*, equality of what two queries find, and lists of lists.
"""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from([0, 1, 2, "x", "y", "xy", "", True, False, 1.5, None])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.dictionaries(NAMES, inner, max_size=3)
        | st.lists(st.dictionaries(NAMES, inner, max_size=2) | SCALARS, max_size=3)
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=3)
WRITTEN = st.sampled_from(
    [
        "0",
        "1",
        "1.5",
        "'x'",
        '"xy"',
        "''",
        "true",
        "null",
        "/x/",
        "/^(?i)X$/",
        "r[0,1]",
        "r(0,2]",
        "['x', 'y']",
        "[1]",
        "[]",
    ]
)
PLAIN_STEPS = st.sampled_from(["", ".a", ".b", ".c", "[*]", ".*", "[0]", ".a[*]", ".*.b", "[*].c", ".a.b", "['a']"])
STEPS = PLAIN_STEPS | st.just(".%names")
COMPARISONS = st.sampled_from(["==", "!=", "in", "!in", "not in", "<", "<=", ">", ">="])
TESTS = st.sampled_from(
    [
        "exists",
        "!exists",
        "empty",
        "not empty",
        "is_string",
        "!is_list",
        "is_struct",
        "is_int",
        "not is_float",
        "is_bool",
        "is_null",
    ]
)
KEY_COMPARISONS = st.sampled_from(["==", "!=", "in", "!in"])
KEYS = st.sampled_from(["'a'", "/[ab]/", "['a', 'c']", "['b']", "%names"])
HEADS = st.sampled_from(["a", "b", "c", "this", "%found", "%some_found", "%picked", "%number", "%counted"])


@st.composite
def queries(draw: st.DrawFn, heads: st.SearchStrategy[str] = HEADS) -> str:
    head, steps = draw(heads), draw(STEPS if heads is HEADS else PLAIN_STEPS)
    if head == "this" and steps.startswith("["):
        steps = ""
    return draw(st.sampled_from(["", "", "some "])) + head + steps


@st.composite
def plain_clauses(draw: st.DrawFn, heads: st.SearchStrategy[str] = HEADS) -> str:
    query = draw(queries(heads))
    if draw(st.booleans()):
        return f"{draw(st.sampled_from(['', '', 'not ']))}{query} {draw(TESTS)}"
    operator = draw(COMPARISONS)
    ordering = operator in ("<", "<=", ">", ">=", "in")
    expected = draw(queries(heads)).removeprefix("some ") if ordering and draw(st.booleans()) else draw(WRITTEN)
    return f"{query} {operator} {expected}"


@st.composite
def conjunctions(draw: st.DrawFn, clauses: st.SearchStrategy[str]) -> str:
    lines = draw(st.lists(clauses, min_size=1, max_size=3))
    return "".join(line + draw(st.sampled_from(["\n", "\n", " or\n"])) for line in lines[:-1]) + lines[-1] + "\n"


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lines = conjunctions(inner)
    return st.one_of(
        st.builds("{} {{\n{}}}".format, queries(), lines),
        st.builds("when {}{{\n{}}}".format, conjunctions(plain_clauses()), lines),
        st.builds("{}[ {}] {}".format, st.sampled_from(["a", "b.a", "%found", "%picked"]), conjunctions(inner), TESTS),
        st.builds("{}[ keys {} {} ] {}".format, NAMES, KEY_COMPARISONS, KEYS, TESTS),
        st.builds("shared({}, {})".format, queries().map(lambda query: query.removeprefix("some ")), WRITTEN),
        st.builds("{} {{\nlet inner = {}\n%inner {}\n{}}}".format, queries(), queries(), TESTS, lines),
    )


CLAUSES = st.recursive(plain_clauses(), nested, max_leaves=5)


@st.composite
def policies(draw: st.DrawFn) -> str:
    lets = {
        "names": draw(st.sampled_from(["c", "'a'", "['a', 'b']", "b[*]"])),
        "number": draw(WRITTEN),
        "found": draw(st.sampled_from(["a", "a[*]", "a.*", "b.a", "c[0]"])),
        "some_found": draw(st.sampled_from(["some a[*].b", "some b.*", "some c.c"])),
        "counted": draw(
            st.sampled_from(["count(a)", "count(a[*])", "count(b.*)", "count(c.a.b)", "parse_string(a.b)"])
        ),
        "picked": f"{draw(NAMES)}[ {draw(conjunctions(plain_clauses(NAMES)))}]",
    }
    first, second = draw(conjunctions(CLAUSES)), draw(conjunctions(CLAUSES))
    condition = draw(
        st.sampled_from(["", "when one\n", "when not one\n", f"when {draw(conjunctions(plain_clauses()))}"])
    )
    variables = "".join(f"let {name} = {value}\n" for name, value in lets.items())
    shared = "rule shared(one, other) {\n%one == %other or\nthis.a exists\n}\n"
    return f"{variables}{shared}rule one {{\n{first}}}\nrule two {condition}{{\n{second}}}\n"
