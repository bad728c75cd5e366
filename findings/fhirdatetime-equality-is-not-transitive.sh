#!/usr/bin/env bash
# PyPI fhirdatetime 1.1.0: a year equals every month and day in it, so equality is not transitive and sorted() of a mixed list
# depends on the order that it came in. FHIRPath leaves such comparisons empty. A date without a zone also equals an
# instant in UTC, and a leap second is the second before it.
# Seen: 2018 == 2018-03 and 2018 == 2018-12 but 2018-03 != 2018-12; two orders of the same list sort differently;
# 2016-12-31T23:59:60Z is written as 23:59:59.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q install fhirdatetime==1.1.0
"$dir/venv/bin/python" - <<'PY'
from fhirdatetime import FhirDateTime as D

year, march, december = D(2018), D(2018, 3), D(2018, 12)
print(year == march, year == december, march == december)
assert year == march and year == december and march != december
one = [d.isoformat() for d in sorted([december, year, march])]
two = [d.isoformat() for d in sorted([march, year, december])]
print(one, two)
assert one != two
assert D(2019, 3, 31) == D.fromisoformat("2019-03-31T00:00:00Z")
leap = D.fromisoformat("2016-12-31T23:59:60Z").isoformat()
print(leap)
assert leap == "2016-12-31T23:59:59+00:00", leap
PY
