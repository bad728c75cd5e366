#!/usr/bin/env bash
# PyPI fhirclient 4.4.0 (SMART on FHIR, models of R4): whatever stands in `_birthDate`, `_given` and the like is read without
# a word and is gone when the resource is written again, and a required element that carries only an extension counts as
# missing. R4 (json.html, primitive elements) has both: a UK Core birth time, or the reason why a
# status is unknown, is lost by a client that reads a Patient and puts it back.
# Seen: the birth time is not in what is written; FHIRValidationError "Non-optional property "status" ... is missing".
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q install fhirclient==4.4.0
"$dir/venv/bin/python" - <<'PY'
from fhirclient.models.fhirabstractbase import FHIRValidationError
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient

read = {
    "resourceType": "Patient",
    "birthDate": "1970-03-30",
    "_birthDate": {"extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
        "valueDateTime": "1970-03-30T12:00:00+01:00"}]},
}
written = Patient(read).as_json()
print("read", sorted(read), "written", sorted(written))
assert sorted(written) == ["birthDate", "resourceType"], written

unknown = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
try:
    Observation({"resourceType": "Observation", "_status": {"extension": [unknown]}, "code": {"text": "weight"}})
except FHIRValidationError as error:
    print(error)
    assert "status" in str(error) and "is missing" in str(error), error
else:
    raise SystemExit("a status that is only an extension is taken now")
PY
