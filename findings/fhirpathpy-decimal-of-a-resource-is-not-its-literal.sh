#!/usr/bin/env bash
# PyPI fhirpathpy 2.2.4 with its R4 model: a decimal of a resource that has no exact binary form does not equal the same number
# written in the expression; 5.5 does and 5.4 does not, so an invariant or a filter works for some results and not for
# others. `~` and `-` see no difference between the two. FHIRPath (6.1.1) compares decimals as decimals.
# Seen: value.value = 5.4 false, value.value ~ 5.4 true, value.value - 5.4 is 0.0; of the values 0.1, 5.4, 5.5, 120.0 only the
# last two are found by equality.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q install fhirpathpy==2.2.4
"$dir/venv/bin/python" - <<'PY'
from fhirpathpy import evaluate
from fhirpathpy.models import models

def ask(value, expression):
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "potassium"},
                   "valueQuantity": {"value": value, "unit": "mmol/L"}}
    got = evaluate(observation, expression, {}, models["r4"])
    print(value, expression, got)
    return got

assert ask(5.4, "value.value = 5.4") == [False]
assert ask(5.4, "value.value ~ 5.4") == [True]
assert [float(v) for v in ask(5.4, "value.value - 5.4")] == [0.0]
assert ask(0.1, "value.value = 0.1") == [False]
assert ask(5.5, "value.value = 5.5") == [True]
assert ask(120.0, "value.value = 120.0") == [True]
PY
