// Writes hostile names into the stored runs of a folder that `make_history` made.
// Usage: node hostile.js FOLDER
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const HOSTILE = '<img src=x onerror="window.injected=true;alert(1)">\'`--></script><script>window.injected=true</script>{{ 7 }}\u202e';
for (const name of fs.readdirSync(process.argv[2], { recursive: true }).filter((name) => /[0-9a-f]{16}\.json$/.test(name))) {
  const file = path.join(process.argv[2], name);
  const run = JSON.parse(fs.readFileSync(file, 'utf8'));
  run.profile += HOSTILE;
  run.commit.branch = HOSTILE;
  run.machine.hardware[HOSTILE] = { value: HOSTILE };
  run.omissions.push({ topic: 'spawn', what: HOSTILE, reason: HOSTILE });
  for (const measurement of run.measurements) measurement.topic += HOSTILE;
  for (const measurement of run.measurements) measurement.benchmark.function += HOSTILE;
  fs.writeFileSync(file, JSON.stringify(run));
}
