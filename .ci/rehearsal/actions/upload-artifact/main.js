// The client that the forge's own action uses: it speaks to the artifact server of act.
const fs = require('node:fs');
const path = require('node:path');
const core = require('@actions/core');
const { DefaultArtifactClient } = require('@actions/artifact');

const top = path.resolve(core.getInput('path'));
const entries = fs.existsSync(top) ? fs.readdirSync(top, { recursive: true }) : [];
const files = entries.map((entry) => path.join(top, entry)).filter((file) => fs.lstatSync(file).isFile());
if (files.length) {
  new DefaultArtifactClient().uploadArtifact(core.getInput('name'), files, top).catch((error) => core.setFailed(error.message));
} else {
  core[core.getInput('if-no-files-found') === 'error' ? 'setFailed' : 'warning'](`there are no files in ${top}`);
}
