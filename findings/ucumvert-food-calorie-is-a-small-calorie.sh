#!/usr/bin/env bash
# PyPI ucumvert 0.3.2 (UCUM for pint): [Cal], the nutrition label Calorie, is read as the small calorie, a thousandth of it
# (ucum-essence.xml: 1 [Cal] = 1 kcal_th = 4184 J). And g%, which the same file defines as 1 g/dl (13 g% is a usual
# haemoglobin), becomes gram times percent and cannot be compared with g/dL at all.
# Seen: 1 [Cal] = 4.184 J; DimensionalityError for g% against g/dL.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q install ucumvert==0.3.2
"$dir/venv/bin/python" -W ignore - <<'PY'
from pint import DimensionalityError
from ucumvert import PintUcumRegistry

units = PintUcumRegistry()
energy = units.from_ucum("[Cal]").to("joule").magnitude
print("1 [Cal] =", energy, "J")
assert abs(energy - 4.184) < 1e-9, energy
try:
    print((13 * units.from_ucum("g%")).to(units.from_ucum("g/dL")))
except DimensionalityError as error:
    print("13 g%:", error)
else:
    raise SystemExit("g% is g/dL now")
PY
