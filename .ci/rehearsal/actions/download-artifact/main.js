// The client that the forge's own action uses: with a token it asks the API for the artifacts of another run.
const core = require('@actions/core');
const { DefaultArtifactClient } = require('@actions/artifact');

async function download() {
  const client = new DefaultArtifactClient();
  const [repositoryOwner, repositoryName] = process.env.GITHUB_REPOSITORY.split('/');
  const token = core.getInput('github-token');
  const workflowRunId = Number(core.getInput('run-id'));
  const of = token ? { findBy: { token, workflowRunId, repositoryOwner, repositoryName } } : {};
  const prefix = core.getInput('pattern').replace(/\*$/, '');
  const { artifacts } = await client.listArtifacts(of);
  for (const { id, name } of artifacts.filter((artifact) => artifact.name.startsWith(prefix))) {
    await client.downloadArtifact(id, { ...of, path: core.getInput('path') });
  }
}

download().catch((error) => core.setFailed(error.message));
