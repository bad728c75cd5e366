#!/usr/bin/env bash
# Maven ca.uhn.hapi.fhir:hapi-fhir-validation-resources-r4 8.8.0 (the code systems of FHIR R4 4.0.1, as HAPI validates against them):
# in the body parts of HL7 v2 (v2-0550) CHEST and KIDN are deprecated, and the codes in use for a chest tube and a kidney are the same
# letters with a no-break space behind them; the code of the external jugular is such a space and nothing else. Here the space is
# also written as the two characters that its UTF-8 bytes are in Latin-1, so that a code of R4's own package, which has the space, is
# none of these. R4 has no white space in a code but single spaces inside. Nobody sees the difference on a page.
# Seen: 'CHEST' deprecated, 'CHEST\xc2\xa0' in use, 'KIDN' deprecated, 'KIDN\xc2\xa0' in use, '\xa0' deprecated, '\xc2\xa0' in use.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
  -Dartifact=ca.uhn.hapi.fhir:hapi-fhir-validation-resources-r4:8.8.0 -DoutputDirectory=. >/dev/null
seen=$(python3 - <<'PY'
import glob, re, zipfile
jar = zipfile.ZipFile(glob.glob('hapi-fhir-validation-resources-r4-*.jar')[0])
tables = jar.read('org/hl7/fhir/r4/model/valueset/v2-tables.xml').decode('utf-8')
[table] = [t for t in tables.split('<CodeSystem ') if '<url value="http://terminology.hl7.org/CodeSystem/v2-0550"' in t]
said = []
for concept in re.findall(r'<concept[^>]*>.*?</concept>', table, re.S):
    code = re.search(r'<code value="([^"]*)"', concept).group(1)
    if '\u00a0' in code or code in ('CHEST', 'KIDN'):
        said.append(f"{ascii(code)} {'deprecated' if 'deprecated' in concept else 'in use'}")
print(', '.join(said))
PY
)
echo "$seen"
test "$seen" = "'CHEST' deprecated, 'CHEST\\xc2\\xa0' in use, 'KIDN' deprecated, 'KIDN\\xc2\\xa0' in use, '\\xa0' deprecated, '\\xc2\\xa0' in use"
