'use strict';
// The hook as one would write it in Express 4: check the secret, parse the JSON, answer with oid, tid and amr.
// It has neither metrics nor a log, and checks nothing else, all of which is in its favour.
// Environment: BENCH_ADDR (host:port), BENCH_SECRET, BENCH_TID, and for https BENCH_CERT and BENCH_KEY (files).

const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const express = require('express');

const { BENCH_ADDR, BENCH_SECRET, BENCH_TID, BENCH_CERT, BENCH_KEY } = process.env;
const digest = (text) => crypto.createHash('sha256').update(text).digest();
const wanted = digest(BENCH_SECRET);

// The AMR policy that the service has built in.
const rules = [
  { all: ['sc', 'pin', 'hwk'], any: [], emit: ['sc', 'pin', 'mfa', 'hwk'] },
  { all: ['pwd', 'mfa'], any: ['okta_verify', 'swk'], emit: ['swk', 'mfa', 'pwd', 'okta_verify'] },
];

function mapAMR(amr) {
  const rule = rules.find(({ all, any }) => all.every((v) => amr.includes(v)) && (any.length === 0 || any.some((v) => amr.includes(v))));
  return rule ? rule.emit : amr;
}

function authenticate(req, res, next) {
  if (crypto.timingSafeEqual(digest(req.get('authorization') ?? ''), wanted)) return next();
  return res.status(401).json({ error: { errorSummary: 'the credential is missing or wrong' } });
}

function answer(req, res) {
  const { identity, access, context } = req.body?.data ?? {};
  const oid = identity?.claims?.sub ?? access?.claims?.uid ?? context?.user?.id;
  if (oid === undefined) return res.status(204).end();
  const tid = { op: 'add', path: '/claims/tid', value: BENCH_TID };
  const commands = [];
  if (identity) commands.push({ type: 'com.okta.identity.patch', value: [tid] });
  if (access) {
    const value = [{ op: 'add', path: '/claims/oid', value: oid }, tid];
    if (identity?.claims?.amr) value.push({ op: 'add', path: '/claims/amr', value: mapAMR(identity.claims.amr) });
    commands.push({ type: 'com.okta.access.patch', value });
  }
  return res.json({ commands });
}

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post('/hooks/okta/token', authenticate, express.json({ limit: '256kb' }), answer);

const server = BENCH_CERT
  ? https.createServer({ cert: fs.readFileSync(BENCH_CERT), key: fs.readFileSync(BENCH_KEY) }, app)
  : http.createServer(app);
const [host, port] = BENCH_ADDR.split(':');
server.listen({ host, port: Number(port), backlog: 4096 });
process.once('SIGTERM', () => process.exit(0));
