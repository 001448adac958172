// A package index on the loopback address. Its wheels do not exist: to lock, uv reads their metadata only.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * Serves releases (PEP 691).
 *
 * @param releases `name`, `version`, `requires`
 */
export async function startIndex(releases) {
  const byName = groupByName(releases);
  const byWheel = new Map(releases.map((release) => [wheelOf(release), release]));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url);
    const [, project] = /^\/simple\/([^/]+)\/$/.exec(path) ?? [];
    const [, wheel] = /^\/files\/(.+\.whl)\.metadata$/.exec(path) ?? [];
    if (byName.has(project)) {
      response.writeHead(200, {
        'Content-Type': 'application/vnd.pypi.simple.v1+json',
        'Cache-Control': 'max-age=600',
      });
      response.end(JSON.stringify(page(project, byName.get(project), server.address().port)));
    } else if (byWheel.has(wheel)) response.writeHead(200).end(metadata(byWheel.get(wheel)));
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/simple/`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function groupByName(releases) {
  const groups = new Map();
  for (const release of releases) groups.set(release.name, [...(groups.get(release.name) ?? []), release]);
  return groups;
}

function page(name, releases, port) {
  const files = releases.map((release) => ({
    filename: wheelOf(release),
    url: `http://127.0.0.1:${port}/files/${wheelOf(release)}`,
    hashes: { sha256: sha256(wheelOf(release)) },
    size: 1000,
    'upload-time': '2026-01-01T00:00:00Z',
    'core-metadata': { sha256: sha256(metadata(release)) },
  }));
  return { meta: { 'api-version': '1.1' }, name, files };
}

const wheelOf = ({ name, version }) => `${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`;

function metadata({ name, version, requires }) {
  const lines = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`];
  return [...lines, ...requires.map((each) => `Requires-Dist: ${each}`), ''].join('\n');
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
