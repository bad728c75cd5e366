#!/usr/bin/env bash
# PyPI fhircraft 0.9.0 (models and FHIRPath for FHIR R4 in Python): the second argument of substring() is taken for the place where the text
# ends. FHIRPath (5.6.2, substring) has it be how many characters there are. With a start of 0 the two are the same, so that an expression
# which was tried on the beginning of a text is wrong on the rest of it, and no error is raised: a check digit or a part of an identifier
# that is cut out by substring() is empty or too short.
# Seen, of 'abcdef': substring(0, 3) abc and substring(2) cdef, which are right; substring(1, 3) bc and not bcd; substring(2, 2) nothing
# and not cd.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv env
env/bin/pip install --quiet fhircraft==0.9.0
cat > cut.py <<'PY'
from fhircraft.fhir.path import parse_fhirpath

seen = {}
for expression in ("'abcdef'.substring(0, 3)", "'abcdef'.substring(2)", "'abcdef'.substring(1, 3)", "'abcdef'.substring(2, 2)"):
    seen[expression] = parse_fhirpath(expression).values({"resourceType": "Patient"})
    print(expression, seen[expression])
if list(seen.values()) != [["abc"], ["cdef"], ["bc"], [""]]:
    raise SystemExit("changed: " + repr(seen))
PY
env/bin/python cut.py
