#!/usr/bin/env bash
# PyPI fhirsnake 1.1.0 (a FHIR server over files): a resource that was created without an id is listed and shown with its id,
# and cannot be read by it. R4 (http.html, create) has the server give an id, which read then takes. Beside it: any search
# parameter but _id is passed over, so a search by identifier shows everybody, with no self link that would say so.
# Seen: POST Patient answers 200 with an id; GET Patient/[id] is 404; Patient?identifier=... of nobody has total 1.
# Whoever takes a 404 for "there is none" loses a record that every list shows.
set -euo pipefail
dir=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet fhirsnake==1.1.0
cp -r "$(venv/bin/python -c 'import importlib.util as u, os; print(os.path.dirname(u.find_spec("fhirsnake").origin))')" app
mkdir app/resources
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(cd app && exec ../venv/bin/uvicorn --host 127.0.0.1 --port "$port" --log-level critical main:app) 2>/dev/null & server=$!
cat > ask.py <<'PY'
import json, sys, time, urllib.error, urllib.request
base = f"http://127.0.0.1:{sys.argv[1]}"
def ask(path, body=None):
    request = urllib.request.Request(base + path, data=body and json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None
for _ in range(100):
    try:
        ask("/")
        break
    except urllib.error.URLError:
        time.sleep(0.1)
status, made = ask("/Patient", {"resourceType": "Patient", "active": True})
listed = ask("/Patient")[1]["entry"][0]["resource"]["id"]
read, _ = ask("/Patient/" + made["id"])
nobody = ask("/Patient?identifier=https://example.org/none%7C1")[1]
print("create", status, "read", read, "listed", listed == made["id"], "found by nobody's identifier", nobody["total"], "links", nobody.get("link"))
assert (status, read, listed, nobody["total"], nobody.get("link")) == (200, 404, made["id"], 1, None), "it behaves otherwise now"
PY
venv/bin/python ask.py "$port"
