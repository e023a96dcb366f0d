# SPDX-License-Identifier: GPL-2.0-only
"""Reads KTAP, what KUnit and kselftest print, and passes it on."""
import collections
import re

LINE = re.compile(r"^(?P<indent>(?:    )*)(?:"
                  r"(?P<result>not ok|ok) (?P<number>\d+)(?: -)?(?: (?P<name>.*?))?"
                  r"(?:\s*# *(?P<directive>SKIP|XFAIL|TODO)\b:?(?P<why>.*))?"
                  r"|1\.\.(?P<plan>\d+)(?:\s*# *SKIP\b:?(?P<nothing>.*))?)$", re.IGNORECASE)

# name: a tuple of names, from the outermost in; skipped: None or the reason
Case = collections.namedtuple("Case", "name passed skipped detail")


class Level:
    """One test and what is nested in it, while it is being read."""

    def __init__(self):
        self.plan = None
        self.cases = []
        self.seen = 0


def parse(text):
    """The cases without subtests, in their order, and a list of what is wrong with the report
    itself: results that were planned and did not come, and failures that no case shows."""
    levels = [Level()]
    problems = []
    remarks = []

    def close(depth):
        while len(levels) > depth:
            level = levels.pop()
            if level.plan is not None and level.plan != level.seen:
                problems.append(f"{level.plan} results planned, {level.seen} reported"
                                + (f", after {' '.join(level.cases[-1].name)}" if level.cases else ""))
            yield from level.cases

    for line in text.splitlines():
        match = LINE.match(line.rstrip())
        if not match:
            remarks.append(line.strip())
            continue
        depth = len(match["indent"]) // 4
        while len(levels) <= depth:
            levels.append(Level())
        if match["plan"] is not None:
            levels[depth].plan = int(match["plan"])
            if match["nothing"] is not None:
                levels[depth].cases.append(Case((), True, match["nothing"].strip() or "no reason given", ""))
            continue
        nested = list(close(depth + 1))
        level = levels[depth]
        level.seen += 1
        name = (match["name"] or f"number {match['number']}").strip()
        passed = match["result"].lower() == "ok"
        skipped = None
        if match["directive"] and match["directive"].upper() != "TODO":
            skipped = match["why"].strip() or "no reason given"
        if nested:
            level.cases += [case._replace(name=(name, *case.name)) for case in nested]
            if not passed and all(case.passed for case in nested):
                level.cases.append(Case((name,), False, None, "\n".join(remarks)))
        else:
            level.cases.append(Case((name,), passed, skipped, "\n".join(remarks)))
        remarks = []
    cases = list(close(0))
    if not cases:
        problems.append("no result")
    return cases, problems


def pass_on(text, t, title):
    """Makes one TAP line of ours of each case; returns whether all is well."""
    cases, problems = parse(text)
    for case in cases:
        # KUnit's outermost name is that of the suite already
        name = ": ".join(case.name if case.name[:1] == (title,) else (title, *case.name))
        if case.skipped is not None and case.passed:
            t.skip(name, case.skipped)
        else:
            t.check(case.passed, name, case.detail)
    t.check(not problems, f"{title}: the report is complete", "\n".join(problems) + "\n" + text[-2000:])
    return not problems and all(case.passed for case in cases)
