#!/usr/bin/env bash
# npm @atomic-ehr/ucum 0.2.5: an underscore inside an annotation is refused. UCUM (2.6, curly braces) takes any character from
# 33 to 126 but the braces there; mL/min/{1.73_m2} is the usual unit of an estimated glomerular filtration rate, with LOINC
# and in UCUM's own list of common codes.
# Seen: validate says invalid, "Unexpected character '_' at position 12".
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent @atomic-ehr/ucum@0.2.5
cat > unit.mjs <<'JS'
import { ucum } from '@atomic-ehr/ucum';
let said = '';
try { said = JSON.stringify(ucum.validate('mL/min/{1.73_m2}')); } catch (error) { said = error.message; }
console.log(said);
if (!said.includes("Unexpected character '_'")) throw new Error('the unit is taken now: ' + said);
JS
node unit.mjs
