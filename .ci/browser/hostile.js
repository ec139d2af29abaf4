// Writes hostile names into the stored runs of a folder that `make_history` made.
// Usage: node hostile.js FOLDER
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const HOSTILE = '<img src=x onerror="window.injected=true;alert(1)">\'`--></script><script>window.injected=true</script>{{ 7 }}\u202e';
const folder = process.argv[2];
const runs = fs.readdirSync(folder, { recursive: true }).filter((name) => /[0-9a-f]{16}\.json$/.test(name)).sort();

// The newest run, and one of a second machine on which the other of two mechanisms is more expensive: the report must say so.
const newest = path.join(folder, runs.at(-1));
const twin = newest.replace('x86_64-made-up', 'aarch64-made-up').replace(/[0-9a-f]{16}\.json$/, 'aaaaaaaaaaaaaaaa.json');
const exactly = (ns) => ({ center: ns, low: ns, high: ns });
const withMechanisms = (run, thread, fork) => {
  const sample = run.measurements[0];
  for (const [mechanism, ns] of Object.entries({ thread, fork })) {
    const benchmark = { group: 'spawn', function: mechanism, parameters: { count: 1 } };
    run.measurements.push({ ...structuredClone(sample), benchmark, estimate: exactly(ns) });
  }
  return run;
};
const first = JSON.parse(fs.readFileSync(newest, 'utf8'));
const second = structuredClone(first);
second.id = 'aaaaaaaaaaaaaaaa';
second.machine.key = second.machine.key.replace('x86_64', 'aarch64');
fs.mkdirSync(path.dirname(twin), { recursive: true });
fs.writeFileSync(newest, JSON.stringify(withMechanisms(first, 10, 90)));
fs.writeFileSync(twin, JSON.stringify(withMechanisms(second, 90, 10)));

for (const file of [...runs.map((name) => path.join(folder, name)), twin]) {
  const run = JSON.parse(fs.readFileSync(file, 'utf8'));
  run.profile += HOSTILE;
  run.commit.branch = HOSTILE;
  run.machine.hardware[HOSTILE] = { value: HOSTILE };
  run.omissions.push({ topic: 'spawn', what: HOSTILE, reason: HOSTILE });
  for (const measurement of run.measurements) measurement.topic += HOSTILE;
  for (const measurement of run.measurements) measurement.benchmark.function += HOSTILE;
  fs.writeFileSync(file, JSON.stringify(run));
}
