#!/usr/bin/env bash
# PyPI fhircraft 0.9.0 (models and FHIRPath for FHIR R4 in Python): the empty collection, where it is written as {}, counts as a value. FHIRPath
# (4.4 and 6.1.1) has a comparison with it be empty, and (6.5) "true and empty" be empty; empty is what an invariant or a
# rule of a questionnaire gets when something is not known. Where a path finds nothing, the same operators are right, so one rule has two answers.
# Seen: {} = {} true, 1 = {} false, true and {} false, {} implies false true, and iif({}, 1, 2) raises an error; of a Patient who
# says nothing of a death, active and deceased is empty, deceased = true is empty.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv env
env/bin/pip install --quiet fhircraft==0.9.0
cat > empty.py <<'PY'
import warnings

from fhircraft.fhir.path import parse_fhirpath

warnings.simplefilter("ignore")
patient = {"resourceType": "Patient", "active": True}
want = {
    "{} = {}": [True], "1 = {}": [False], "true and {}": [False], "{} implies false": [True],
    "active and deceased": [], "deceased = true": [],
}
for expression, said in want.items():
    got = parse_fhirpath(expression).values(patient)
    print(expression, got)
    if got != said:
        raise SystemExit(f"changed: {expression} is {got}")
try:
    print("iif({}, 1, 2)", parse_fhirpath("iif({}, 1, 2)").values(patient))
except Exception as error:
    print("iif({}, 1, 2)", type(error).__name__)
else:
    raise SystemExit("changed: iif takes an empty criterion")
PY
env/bin/python empty.py
