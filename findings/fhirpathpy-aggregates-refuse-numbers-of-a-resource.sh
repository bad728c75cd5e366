#!/usr/bin/env bash
# PyPI fhirpathpy 2.2.4: sum(), min(), max() and avg() take numbers that stand in the expression and raise TypeError for numbers
# of a resource, which they are for. FHIRPath (aggregates) says nothing of where the numbers come from, and aggregate() with the
# same addition works.
# Seen: (1|2|3).sum() is [6]; Observation.component.value.sum() raises "unsupported operand type(s) for +: 'int' and
# 'ResourceNode'", and the others likewise.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet fhirpathpy==2.2.4
cat > sum.py <<'PY'
from fhirpathpy import evaluate
from fhirpathpy.models import models
code = {"coding": [{"system": "http://loinc.org", "code": "9269-2"}]}
observation = {"resourceType": "Observation", "status": "final", "code": code,
               "component": [{"code": code, "valueInteger": 3}, {"code": code, "valueInteger": 4}]}
def ask(expression):
    return evaluate(observation, expression, model=models["r4"])
print(ask("(1|2|3).sum()"), ask("Observation.component.value.aggregate($this + $total, 0)"))
assert ask("(1|2|3).sum()") == [6] and ask("Observation.component.value.aggregate($this + $total, 0)") == [7]
for function in ("sum", "min", "max", "avg"):
    try:
        said = ask(f"Observation.component.value.{function}()")
    except TypeError as error:
        print(function, "->", error)
        assert "ResourceNode" in str(error)
    else:
        raise SystemExit(f"{function}() of the numbers of a resource is {said} now")
PY
venv/bin/python sum.py
