#!/usr/bin/env bash
# npm @solarahealth/fhir-r4-server 1.2.0 (a framework for facades of FHIR R4): a search by POST reads the parameters of its URL and not
# those of its form, also where express has parsed the form. The handler of GET Observation?code=a is told the code, that of POST
# Observation/_search with the form code=a is told nothing, and answers as if nobody had narrowed the search. Clients use POST to keep
# numbers and names out of URLs (FHIR R4, RESTful API, search).
# Seen: "GET: 200, told a" and "POST: 200, told nothing".
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @solarahealth/fhir-r4-server@1.2.0 express@5.1.0 zod@3.25.76 >/dev/null
cat > facade.mjs <<'JS'
import express from 'express'
import { z } from 'zod'
import { RestServer, builder } from '@solarahealth/fhir-r4-server'

const told = []
const observation = builder.defineResource('Observation')
  .search(b => b.params(z.record(z.any())).list(async parameters => {
    told.push(parameters.code ?? 'nothing')
    return { resourceType: 'Bundle', type: 'searchset', total: 0 }
  }))
  .searchParams([{ name: 'code', type: 'token' }]).build()
const server = RestServer.init({ capabilities: {
  resourceType: 'CapabilityStatement', status: 'active', date: '2026-11-30', kind: 'instance', fhirVersion: '4.0.1', format: ['json'],
  software: { name: 'facade' }, implementation: { description: 'facade', url: 'http://127.0.0.1/fhir' },
  rest: [{ mode: 'server', resource: [observation] }],
} })
const app = express()
app.use(express.urlencoded({ extended: true }))
app.use('/fhir', RestServer.expressMiddleware(server, { context: async () => ({}) }))
const listening = app.listen(0, '127.0.0.1', async () => {
  const base = `http://127.0.0.1:${listening.address().port}/fhir/Observation`
  const got = await fetch(`${base}?code=a`)
  const posted = await fetch(`${base}/_search`, { method: 'POST', body: new URLSearchParams({ code: 'a' }) })
  console.log(`GET: ${got.status}, told ${told[0]}`)
  console.log(`POST: ${posted.status}, told ${told[1]}`)
  process.exit(0)
})
JS
seen=$(node facade.mjs)
echo "$seen"
test "$seen" = "GET: 200, told a
POST: 200, told nothing"
