#!/usr/bin/env bash
# PyPI fhirpathpy 2.2.4: a literal time plus a duration raises TypeError, while a date and a dateTime take one. FHIRPath
# (date/time arithmetic) defines time + quantity for hours, minutes and seconds: @T10:30 + 45 minutes is @T11:15.
# Seen: @2020-01-31 + 1 month is 2020-02-29; @T10:30 + 45 minutes and @T10:30:00 + 1 hour raise TypeError.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet fhirpathpy==2.2.4
cat > arithmetic.py <<'PY'
from fhirpathpy import evaluate
print(evaluate({}, "@2020-01-31 + 1 month"))
assert evaluate({}, "@2020-01-31 + 1 month") == ["2020-02-29"]
for expression in ("@T10:30 + 45 minutes", "@T10:30:00 + 1 hour"):
    try:
        said = evaluate({}, expression)
    except TypeError as error:
        print(expression, "->", error)
    else:
        raise SystemExit(f"{expression} is {said} now")
PY
venv/bin/python arithmetic.py
