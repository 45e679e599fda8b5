"""One line at the end of a run: how much the matrix looked at, and what it found."""

from collections import Counter


def pytest_terminal_summary(terminalreporter):
    """Imported by tests/conftest.py: with several workers, only what stands there hears of all of them."""
    patterns, found = 0, Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            if (counted := dict(report.user_properties).get("walls")) is not None:
                patterns += 1
                found.update(counted)
    if patterns:
        figures = ", ".join(f"{name.replace('_', ' ')} {found[name]}" for name in ("cells", "leaks", "foreign_writes"))
        rest = f"server errors {found['errors']}, answers against the rule {found['wrong_answers']}"
        terminalreporter.write_line(f"walls: patterns with a rule {patterns}, {figures}, {rest}")
