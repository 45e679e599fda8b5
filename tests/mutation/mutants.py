"""Finds the permission checks of the source by their shape, and writes a source in which each can be switched off.

A mutant is one check taken away: `if x: raise Http404` whose `if` never holds, a term of a condition that always or
never holds, a `filter` that filters nothing, `get_for(...)` that gets any row. All of them stand in one rewritten
source, each behind its own switch, so that Django starts once and not once per mutant.
"""

import ast
import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ACCESS_MODULE = "portal/municipalities/permissions.py"

WALLS = "cms/wagtail_hooks/walls.py"
# They run once, when the URL map is made: what they decide is taken away entry by entry of their tables instead.
BUILDING_WALLS = {"behind_walls", "_named_patterns"}

# Where every condition is a rule.
RULE_MODULES = {
    ACCESS_MODULE,
    "portal/events/permissions.py",
    "portal/knowledge/permissions.py",
    "cms/permissions.py",
    "cms/permission_policies.py",
    "cms/models/approval.py",
    WALLS,
}
# Rules that stand among other things: functions and classes, with all that is in them.
RULES_ELSEWHERE = {
    "portal/municipalities/querysets.py": {"SharedWorkQuerySet", "InvitationQuerySet"},
    "cms/models/base.py": {
        "SharedPageQuerySet",
        "SharedPage.serve",
        "SharedPage.serve_preview",
        "SharedPage._is_written_by",
        "SharedPageForm._refuse_what_is_not_theirs_to_take",
    },
    "cms/services/adoptions.py": {"is_shared_with", "source_of", "_refuse_unless_adoptable", "_root_of"},
    "cms/services/handovers.py": {"_refuse_unless_own"},
    "portal/events/services/co_organisers.py": {"refuse_unless_sensible"},
    "portal/municipalities/services/memberships.py": {"_refuse_foreign_unit"},
    "search/services/searching.py": {"allowed"},
}
# Code that asks for no right: set-up, demo content, and the reader of project records, which knows no people.
NOT_SEARCHED = re.compile(r"/migrations/|/settings/|/management/|/demo\.py$|/esf_records\.py$")

REFUSALS = {"Http404", "PermissionDenied"}
REFUSING_CALL = re.compile(r"^_?(refuse_unless|refuse_foreign|refuse_what|require|only)_")
# A call of a rule, and what stands in its place when the rule is taken away.
YES = {
    "has_right",
    "has_right_somewhere",
    "may_read",
    "may_see",
    "may_own",
    "may_manage",
    "viewer_may_read",
    "is_shared_with",
    "_may_approve_here",
    "_is_written_by",
    "may_take",
    "may_use_file",
}
NO = {"_wrote", "_lacks_for_sharing"}
METHODS = {"readable_by", "received_by"}


@dataclass(frozen=True)
class Mutant:
    name: str
    path: str
    line: int
    place: str
    change: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} ({self.place}) {self.change}: {self.source}"


def find(root: Path) -> tuple[list[Mutant], dict[str, str]]:
    """All mutants of the tree under `root`, and the rewritten source of each file that has any."""
    mutants: list[Mutant] = []
    sources = {}
    for package in ("portal", "cms", "search"):
        for file in sorted((root / package).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            if NOT_SEARCHED.search(path):
                continue
            writer = _Writer(path, file.read_text())
            if writer.mutants:
                mutants += writer.mutants
                sources[path] = writer.rewritten
    return mutants, sources


def _expression(text: str, **parts: ast.expr) -> ast.expr:
    """The expression `text`, with copies of `parts` where their names stand."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node):
            return copy.deepcopy(parts[node.id]) if node.id in parts else node

    return Fill().visit(ast.parse(text, mode="eval").body)


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


class _Writer(ast.NodeTransformer):
    """Goes through one module once: collects its mutants and puts their switches in.

    What stands in a check's place is made of the source as it was; the other switches stay in the check itself.
    """

    def __init__(self, path: str, text: str):
        self.path, self.lines = path, text.splitlines()
        self.mutants: list[Mutant] = []
        self.seen: Counter[str] = Counter()
        self.places: list[str] = []
        self.in_comparison = False
        self.entries: dict[str, str] = {}
        tree = self.visit(ast.parse(text))
        docstring = 1 if ast.get_docstring(tree) is not None else 0
        tree.body[docstring:docstring] = ast.parse("from tests.mutation import switch as __mutant__").body
        self.rewritten = ast.unparse(ast.fix_missing_locations(tree))

    # --- Switches -----------------------------------------------------------------------------------------------

    def _switch(self, node: ast.AST, change: str) -> ast.expr:
        line = node.lineno
        source = self.lines[line - 1].strip()
        place = ".".join(self.places) or "module"
        key = f"{self.path}|{place}|{change}|{source}"
        self.seen[key] += 1
        name = f"{key}|{self.seen[key]}"
        self.mutants.append(Mutant(name, self.path, line, place, change, source))
        return _expression(f"__mutant__.off({name!r})")

    def _instead(self, original: ast.expr, node: ast.expr, change: str, replacement: ast.expr) -> ast.expr:
        return ast.IfExp(test=self._switch(original, change), body=replacement, orelse=node)

    def _holds(self, original: ast.expr, node: ast.expr, value: bool) -> ast.expr:
        """`node`, or always `value`; a call of a rule is answered so already."""
        if _called(original) in (YES if value else NO):
            return node
        switch = self._switch(original, f"`{ast.unparse(original)}` is always {value}")
        if value:
            return ast.BoolOp(ast.Or(), [switch, node])
        return ast.BoolOp(ast.And(), [ast.UnaryOp(ast.Not(), switch), node])

    def _dropped(self, node: ast.stmt) -> ast.stmt:
        switch = self._switch(node, f"`{ast.unparse(node).splitlines()[0]}` is dropped")
        return ast.If(test=ast.UnaryOp(ast.Not(), switch), body=[self.generic_visit(node)], orelse=[])

    # --- Where we are -------------------------------------------------------------------------------------------

    @property
    def in_rules(self) -> bool:
        if self.path == WALLS and self.places and self.places[0] in BUILDING_WALLS:
            return False
        if self.path in RULE_MODULES:
            return True
        chosen = RULES_ELSEWHERE.get(self.path, set())
        return any(".".join(self.places[:end]) in chosen for end in range(1, len(self.places) + 1))

    def visit_ClassDef(self, node):
        self.places.append(node.name)
        try:
            return self.generic_visit(node)
        finally:
            self.places.pop()

    def visit_FunctionDef(self, node):
        """Only the body and the decorators: annotations and defaults are no checks."""
        self.places.append(node.name)
        try:
            first = self._way_round(node)
            node.decorator_list = [self._decorator(decorator) for decorator in node.decorator_list]
            node.body = [*first, *self._block(node.body)]
            return node
        finally:
            self.places.pop()

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [self.visit(statement) for statement in statements]

    def visit_AnnAssign(self, node):
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def _decorator(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Name) and node.id == "login_required":
            switch = self._switch(node, "`@login_required` is dropped")
            return _expression("__mutant__.decorator(name, decorate)", name=switch.args[0], decorate=node)
        return node

    def _way_round(self, node) -> list[ast.stmt]:
        """A hook that does nothing; a wrapper of a view that only calls the view."""
        hook = next((d.args[0].value for d in node.decorator_list if ast.unparse(d).startswith("hooks.register(")), "")
        if hook.startswith(("before_", "construct_")):
            result = node.args.args[0].arg if hook.endswith("_queryset") else "None"
            return [ast.If(self._switch(node, "the hook does nothing"), ast.parse(f"return {result}").body, [])]
        if node.name == "guarded":
            arguments = [a.arg for a in node.args.args]
            arguments += [f"*{node.args.vararg.arg}"] if node.args.vararg else []
            arguments += [f"**{node.args.kwarg.arg}"] if node.args.kwarg else []
            call = ast.Return(_expression(f"view({', '.join(arguments)})"))
            return [ast.If(self._switch(node, "the wrapper does nothing"), [call], [])]
        return []

    # --- Statements ---------------------------------------------------------------------------------------------

    def visit_If(self, node):
        original = copy.deepcopy(node.test)
        refuses = _refuses(node.body)
        if self.in_rules or refuses:
            node.test = self._condition(node.test)
            if refuses or _says_no(node.body):
                node.test = self._holds(original, node.test, False)
            elif not any(isinstance(part, ast.NamedExpr) for part in ast.walk(original)):
                node.test = self._holds(original, node.test, True)
                node.test = self._holds(original, node.test, False)
        else:
            node.test = self.visit(node.test)
        node.body, node.orelse = self._block(node.body), self._block(node.orelse)
        return node

    def visit_Assign(self, node):
        """Walls that stand in tables: each line of a table is a check."""
        if self.path == WALLS and not self.places and isinstance(node.value, ast.Set):
            for entry in node.value.elts:
                name = self._switch(entry, f"{ast.unparse(entry)} is left out").args[0]
                self.entries[entry.value] = name.value
        elif self.path == WALLS and not self.places and isinstance(node.value, ast.Dict):
            for place, (key, guard) in enumerate(zip(node.value.keys, node.value.values, strict=True)):
                name = self._switch(key, f"{ast.unparse(key)} is left out").args[0]
                node.value.values[place] = _expression("__mutant__.guard(name, wall)", name=name, wall=guard)
        elif self.path == WALLS and isinstance(node.value, ast.Name) and self.places == ["behind_walls"]:
            node.value = _expression(
                f"__mutant__.walls_of(names, {self.entries!r}, wall, _GUARDS.get(name) or _GUARDS.get(parts[0]))",
                wall=node.value,
            )
        else:
            return self.generic_visit(node)
        return node

    def visit_AugAssign(self, node):
        if self.in_rules and isinstance(node.op, ast.BitOr | ast.BitAnd):
            return self._dropped(node)
        return self.generic_visit(node)

    def visit_Expr(self, node):
        if REFUSING_CALL.match(_called(node.value)):
            return self._dropped(node)
        if self.in_rules and _called(node.value) in ("add", "update"):
            return self._dropped(node)
        return self.generic_visit(node)

    # --- Expressions --------------------------------------------------------------------------------------------

    def _condition(self, node: ast.expr) -> ast.expr:
        """A condition whose terms are checks, also where the module is no module of rules."""
        if isinstance(node, ast.BoolOp):
            return self._terms(node)
        return self.visit(node)

    def visit_BoolOp(self, node):
        return self._terms(node) if self.in_rules and not self.in_comparison else self.generic_visit(node)

    def visit_Compare(self, node):
        """`x < (y or z)` chooses a value, which is no condition."""
        before, self.in_comparison = self.in_comparison, True
        try:
            return self.generic_visit(node)
        finally:
            self.in_comparison = before

    def _terms(self, node: ast.BoolOp) -> ast.BoolOp:
        whole = isinstance(node.op, ast.And)
        node.values = [self._holds(copy.deepcopy(term), self._condition(term), whole) for term in node.values]
        return node

    def visit_BinOp(self, node):
        original = copy.deepcopy(node)
        self.generic_visit(node)
        if not self.in_rules or not isinstance(node.op, ast.BitOr | ast.BitAnd):
            return node
        left, right = ast.unparse(original.left), ast.unparse(original.right)
        result = self._instead(original.left, node, f"`{left}` is dropped", original.right)
        return self._instead(original.right, result, f"`{right}` is dropped", original.left)

    def visit_IfExp(self, node):
        original = copy.deepcopy(node.test)
        self.generic_visit(node)
        if self.in_rules:
            node.test = self._holds(original, self._holds(original, node.test, True), False)
        return node

    def visit_comprehension(self, node):
        originals = copy.deepcopy(node.ifs)
        self.generic_visit(node)
        if self.in_rules:
            node.ifs = [self._holds(was, now, True) for was, now in zip(originals, node.ifs, strict=True)]
        return node

    def visit_Call(self, node):
        if _called(node) == "isinstance":  # a union of types is no condition
            return node
        original = copy.deepcopy(node)
        self.generic_visit(node)
        name = _called(original)
        if name == "register_scope" and len(original.args) == 3:
            switch = self._switch(original, f"the scope {ast.unparse(original.args[2])} is all rows")
            node.args[2] = _expression(
                "__mutant__.scope(name, model, rows)", name=switch.args[0], model=original.args[0], rows=node.args[2]
            )
            return node
        result: ast.expr = node
        for change, replacement in self._loosened(original, name):
            result = self._instead(original, result, change, replacement)
        return result

    def _loosened(self, call: ast.Call, name: str) -> Iterator[tuple[str, ast.expr]]:
        text = " ".join(ast.unparse(call).split())
        if name in REPLACEMENTS and (name not in METHODS or isinstance(call.func, ast.Attribute)):
            replacement = REPLACEMENTS[name](call)
            yield f"`{text}` becomes `{ast.unparse(replacement).removeprefix('__mutant__.')}`", replacement
        if not self.in_rules or not isinstance(call.func, ast.Attribute):
            return
        if name in ("filter", "exclude"):
            yield f"`.{name}` filters nothing", _expression("rows.all()", rows=call.func.value)
            if len(call.args) + len(call.keywords) > 1:
                for part in [*call.args, *call.keywords]:
                    rest = copy.copy(call)
                    rest.args = [argument for argument in call.args if argument is not part]
                    rest.keywords = [keyword for keyword in call.keywords if keyword is not part]
                    yield f"`{ast.unparse(part)}` is dropped", copy.deepcopy(rest)
        if name in ("active", "published"):
            yield f"`.{name}()` filters nothing", _expression("rows.all()", rows=call.func.value)


def _refuses(body: list[ast.stmt]) -> bool:
    last = body[-1]
    if not isinstance(last, ast.Raise) or last.exc is None:
        return False
    return (_called(last.exc) or getattr(last.exc, "id", "")) in REFUSALS


def _says_no(body: list[ast.stmt]) -> bool:
    """Ends with a refusal of any kind, or with an answer that gives nothing."""
    last = body[-1]
    if isinstance(last, ast.Raise):
        return True
    if not isinstance(last, ast.Return):
        return False
    nothing = ("False", "None", "NOBODY", "[]", "{}")
    return last.value is None or ast.unparse(last.value) in nothing or _called(last.value) == "none"


def _listed_for(call: ast.Call) -> ast.expr:
    if isinstance(call.func, ast.Attribute):
        return _expression("rows.readable_by(user)", rows=call.func.value, user=call.args[0])
    return copy.deepcopy(call.args[1])


def _municipalities_with(call: ast.Call) -> ast.expr:
    by_name = isinstance(call.func, ast.Name)
    return _expression("__mutant__.every_municipality()" if by_name else "__mutant__.every_municipality_id()")


def _any_row_of(call: ast.Call, model: ast.expr) -> ast.expr:
    found = _expression("__mutant__.any_row(model)", model=model)
    found.keywords = copy.deepcopy(call.keywords)
    return found


REPLACEMENTS: dict[str, Callable[[ast.Call], ast.expr]] = {
    "get_for": lambda call: _any_row_of(call, call.args[2]),
    "allowed": lambda call: _expression("__mutant__.all_rows(model)", model=call.args[2]),
    "visible": lambda call: _expression("__mutant__.all_rows(model)", model=call.args[1]),
    "municipalities_with": _municipalities_with,
    "visible_to": lambda call: copy.deepcopy(call.args[1]),
    "_readable_by": lambda call: copy.deepcopy(call.args[1]),
    "shared_with_members_of": lambda call: copy.deepcopy(call.args[1]),
    "listed_for": _listed_for,
    "readable_by": lambda call: _expression("rows.live()", rows=call.func.value),
    "received_by": lambda call: _expression("rows.live()", rows=call.func.value),
    "tokens_of": lambda call: _expression("None"),
    "audience_of": lambda call: _expression("{'public'}"),
    "municipalities_to_sign_up_for": lambda call: _expression("sorted(__mutant__.every_municipality_id())"),
    "pages_one_may_change": lambda call: _expression("__mutant__.every_page()"),
    "pages_one_may_choose": lambda call: _expression("__mutant__.every_page()"),
    "get_file_for": lambda call: ast.Tuple([_any_row_of(call, call.args[1]), ast.Constant(False)], ast.Load()),
    **dict.fromkeys(YES, lambda call: _expression("True")),
    **dict.fromkeys(NO, lambda call: _expression("False")),
}
