"""Take away each permission check in turn and prove that a test turns red: `make mutate-permissions`.

    python -m tests.mutation.permissions [--only PATH] [--again] [--list]

`--only` takes a path or the beginning of one and may be given more than once, `--again` tries those that nothing
caught the last time and counts the others as they were. Which tests come past which checks is remembered under
var/mutation/ until the source changes; a changed test file is asked again.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutation.mutants import ACCESS_MODULE, Mutant, find

ROOT = Path(__file__).resolve().parents[2]
MEMORY = ROOT / "var" / "mutation" / "reach.json"
CAUGHT = MEMORY.with_name("caught.json")
COPIED = (
    *("portal", "cms", "search", "templates", "tests", "docs", ".ci", ".requirements"),
    *("manage.py", "pyproject.toml", "Makefile", "README.md", ".env.example"),
)
ENOUGH = 95.0

# (path, place, beginning of the change) -> why nobody can see it. Short, or the tests are too weak.
_SECOND = "a second lock: what is asked for belongs to one thing that was fetched by its rule a few lines above"
EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("portal/events/views/workspace.py", "event_together", "`get_for(request.user, 'manage', CoOrganiser"): _SECOND,
    ("portal/events/views/workspace.py", "event_together", "`allowed(request.user, 'manage', CoOrganiser)`"): _SECOND,
    ("portal/events/views/workspace.py", "_entries", "`allowed(request.user, 'manage', SignUp)`"): _SECOND,
    ("portal/municipalities/views.py", "role_list", "`visible(request.user, Membership)`"): _SECOND,
    ("portal/municipalities/views.py", "_audit_entries", "`visible(request.user, AuditEntry)`"): _SECOND,
    ("portal/municipalities/views.py", "_show_members", "`visible(request.user, Membership)`"): _SECOND,
    ("portal/municipalities/views.py", "_show_members", "`visible(request.user, Invitation)`"): _SECOND,
    ("portal/municipalities/views.py", "municipality_list", "`visible(request.user, Municipality)`"): (
        "a second lock: whoever is no portal administrator was refused the line above"
    ),
    ("cms/views/sharing.py", "page_together", "`get_for(request.user, 'manage', CoEditing"): _SECOND,
    ("cms/views/sharing.py", "page_together", "`allowed(request.user, 'manage', CoEditing)`"): _SECOND,
    ("cms/views/sharing.py", "_events", "`allowed(request.user, 'see', TrainingEvent)`"): (
        "a second lock: what any member of one's own municipality may read, one may read oneself"
    ),
    ("cms/permissions.py", "pages_one_may_choose", "`Q(numchild=0)` is dropped"): (
        "a page with nothing below it closes nothing: leaving it out saves a comparison"
    ),
    ("cms/services/adoptions.py", "_root_of", "`origin.source_id is None`"): (
        "for the type checker: no page is opened by no id"
    ),
}


def main() -> int:
    options = _options()
    mutants, sources = find(ROOT)
    chosen = [m for m in mutants if not options.only or m.path.startswith(tuple(options.only))]
    caught = set(json.loads(CAUGHT.read_text())) if CAUGHT.exists() else set()
    remembered = [m for m in chosen if options.again and m.name in caught]
    chosen = [m for m in chosen if m not in remembered]
    if options.list:
        sys.stdout.writelines(f"{mutant}\n" for mutant in chosen)
        return 0
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        results = _run(Path(folder), sources, chosen)
    caught = caught - set(results) | {name for name, result in results.items() if result["killed_by"]}
    CAUGHT.write_text(json.dumps(sorted(caught)))
    results |= {mutant.name: {"killed_by": "remembered"} for mutant in remembered}
    return _summary([*chosen, *remembered], results, (time.monotonic() - start) / 60)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", metavar="PATH", help="only mutants of this file or folder")
    parser.add_argument("--again", action="store_true", help="only mutants that no test caught the last time")
    parser.add_argument("--list", action="store_true", help="list the mutants and run nothing")
    return parser.parse_args()


def _run(folder: Path, sources: dict[str, str], chosen: list[Mutant]) -> dict[str, dict]:
    """Copy the tree, put the rewritten sources in, and let pytest try each of `chosen`."""
    tree = folder / "tree"
    tree.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, tree / name)
    for path, source in sources.items():
        (tree / path).write_text(source)
    product, files = _fingerprints(tree)
    memory = json.loads(MEMORY.read_text()) if MEMORY.exists() else {}
    known = memory.get("tests", {}) if memory.get("product") == product else {}
    job = {
        "folder": str(folder),
        "workers": 2,
        "mutants": {mutant.name: str(mutant) for mutant in chosen},
        "equivalent": [mutant.name for mutant in chosen if _reason(mutant)],
        "known": {path: tests for path, tests in known.items() if memory["files"].get(path) == files.get(path)},
    }
    (folder / "job.json").write_text(json.dumps(job))
    # The database in memory is what makes a fork start with its own copy of everything.
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"MUTATION_JOB": str(folder / "job.json"), "PYTHONPATH": str(tree)}
    log = folder / "pytest.log"
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "tests.mutation.forks", "-p", "no:cacheprovider"]
    with log.open("w") as output:
        subprocess.run([*command, "-p", "no:xdist"], cwd=tree, env=environment, stdout=output, check=False)
    if not (folder / "results.json").exists():
        sys.exit(log.read_text()[-4000:])
    MEMORY.parent.mkdir(parents=True, exist_ok=True)
    reach = json.loads((folder / "reach.json").read_text())
    MEMORY.write_text(json.dumps({"product": product, "files": files, "tests": reach}))
    return json.loads((folder / "results.json").read_text())


def _fingerprints(tree: Path) -> tuple[str, dict[str, str]]:
    """One of everything that any test stands on, and one of each file of tests."""
    product, files = hashlib.sha256(), {}
    for path in sorted(p for p in tree.rglob("*") if p.is_file()):
        name, content = path.relative_to(tree).as_posix(), path.read_bytes()
        if name.startswith("tests/") and path.name.startswith("test_"):
            files[name] = hashlib.sha256(content).hexdigest()
        elif name.endswith((".py", ".html", ".txt", ".mo")) and not name.startswith(("docs/", "tests/mutation/perm")):
            product.update(name.encode() + content)
    return product.hexdigest(), files


def _reason(mutant: Mutant) -> str:
    for (path, place, change), reason in EQUIVALENT.items():
        if mutant.path == path and mutant.place == place and mutant.change.startswith(change):
            return reason
    return ""


def _summary(chosen: list[Mutant], results: dict[str, dict], minutes: float) -> int:
    survivors = [m for m in chosen if not results[m.name]["killed_by"]]
    holes = [m for m in survivors if not _reason(m)]
    counted = [m for m in chosen if m not in survivors or m in holes]
    access = [m for m in counted if m.path == ACCESS_MODULE]
    access_holes = [m for m in holes if m.path == ACCESS_MODULE]
    per_cent = 100 * (len(counted) - len(holes)) / len(counted) if counted else 100.0
    lines = [f"survived: {mutant}" for mutant in holes]
    lines += [f"changes nothing: {m.path}:{m.line} {m.change}: {_reason(m)}" for m in survivors if _reason(m)]
    lines += [f"listed as changing nothing, but caught: {m}" for m in chosen if _reason(m) and m not in survivors]
    lines += [
        f"{len(chosen)} mutants, {len(survivors) - len(holes)} of them change nothing; of {len(counted)} "
        f"{len(counted) - len(holes)} caught: {per_cent:.1f} %; access module {len(access) - len(access_holes)} of "
        f"{len(access)}; {minutes:.1f} minutes",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(per_cent < ENOUGH or bool(access_holes))


if __name__ == "__main__":
    sys.exit(main())
