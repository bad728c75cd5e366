#!/usr/bin/env bash
# npm @asymmetrik/node-fhir-server-core 2.2.5 (a framework for FHIR R4 servers): a parameter that is given twice, which is how FHIR
# writes AND (search, 3.1.1.4.1: date=ge2020-01-01&date=lt2021-01-01), is refused with 400 before the server's own search is called,
# although its CapabilityStatement declares the parameter. Each of the two alone is answered. So nobody can ask a server that is
# built on it for a period.
# Seen: date=ge2020-01-01 200; date=lt2021-01-01 200; both 400, "date is invalid".
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @asymmetrik/node-fhir-server-core@2.2.5 >/dev/null
cat > service.js <<'JS'
const { resolveSchema } = require('@asymmetrik/node-fhir-server-core');
module.exports = { search: async () => new (resolveSchema('4_0_1', 'Bundle'))({ type: 'searchset', total: 0 }) };
JS
cat > ask.js <<'JS'
const net = require('net');
const path = require('path');
const { initialize } = require('@asymmetrik/node-fhir-server-core');

const free = net.createServer().listen(0, '127.0.0.1', () => {
  const { port } = free.address();
  free.close(() => {
    const app = initialize({ profiles: { observation: { service: path.resolve('service.js'), versions: ['4_0_1'] } } });
    app.listen(port, '127.0.0.1', async () => {
      const seen = [];
      for (const query of ['date=ge2020-01-01', 'date=lt2021-01-01', 'date=ge2020-01-01&date=lt2021-01-01']) {
        const answer = await fetch(`http://127.0.0.1:${port}/4_0_1/Observation?${query}`);
        const text = await answer.text();
        seen.push(answer.status);
        console.error(query, answer.status, answer.status === 200 ? '' : text.slice(0, 300));
      }
      if (seen.join() !== '200,200,400') console.error('it answers otherwise now');
      process.exit(seen.join() === '200,200,400' ? 0 : 1);
    });
  });
});
JS
node ask.js >/dev/null
