import { GeneratedWorkspace } from '../../testing/generated-workspace';
import init from './init';

const PLUGINS = '"plugins": [{ "plugin": "nx-venvstacks", "options": {} }]';
const BUILD = '"nx-venvstacks:build": { "cache": false }';

/** Runs the generator with an `nx.json`. @returns what became of it, and what was said */
async function run(nxJson: string, files: Record<string, string> = {}) {
  const workspace = new GeneratedWorkspace({ ...files, 'nx.json': nxJson });
  const { output } = await workspace.run(init, {});
  return { workspace, nxJson: workspace.read('nx.json'), output };
}

describe('environments are kept out of the cache', () => {
  it.each<[string, string, string]>([
    ['without the plugin', '{}', `{ ${PLUGINS}, "targetDefaults": { ${BUILD} } }`],
    ['without defaults', `{\n  ${PLUGINS}\n}\n`, `{\n  ${PLUGINS},\n  "targetDefaults": { ${BUILD} }\n}\n`],
    ['with none', `{ "targetDefaults": {}, ${PLUGINS} }`, `{ "targetDefaults": { ${BUILD} }, ${PLUGINS} }`],
    [
      'with build cached, as most have it',
      `{\n  ${PLUGINS},\n  "targetDefaults": {\n    "build": { "cache": true } // ours\n  }\n}\n`,
      `{\n  ${PLUGINS},\n  "targetDefaults": {\n    "build": { "cache": true }, // ours\n    ${BUILD}\n  }\n}\n`,
    ],
    [
      "with tabs, a last comma and Windows' line ends",
      `{\r\n\t${PLUGINS},\r\n\t"targetDefaults": {\r\n\t\t"b*": [{ "cache": true }],\r\n\t},\r\n}\r\n`,
      `{\r\n\t${PLUGINS},\r\n\t"targetDefaults": {\r\n\t\t"b*": [{ "cache": true }],\r\n\t\t${BUILD},\r\n\t},\r\n}\r\n`,
    ],
    [
      'with the lock-check under a name that is cached',
      '{ "plugins": ["x", { "plugin": "nx-venvstacks", "options": { "lockCheckTargetName": "lint" } }], "targetDefaults": { "lint": [{ "cache": true }] } }',
      `{ "plugins": ["x", { "plugin": "nx-venvstacks", "options": { "lockCheckTargetName": "lint" } }], "targetDefaults": { "lint": [{ "cache": true }], ${BUILD}, "nx-venvstacks:lock-check": { "cache": false } } }`,
    ],
    [
      'with launch cached, by one entry of two',
      '{ "plugins": ["nx-venvstacks", { "plugin": "nx-venvstacks", "options": { "launchTargetName": "go", "showTargetName": false } }], "targetDefaults": { "go": { "cache": true }, "false": { "cache": true } } }',
      `{ "plugins": ["nx-venvstacks", { "plugin": "nx-venvstacks", "options": { "launchTargetName": "go", "showTargetName": false } }], "targetDefaults": { "go": { "cache": true }, "false": { "cache": true }, ${BUILD}, "nx-venvstacks:launch": { "cache": false } } }`,
    ],
  ])('%s', async (_, before, after) => {
    const { workspace, nxJson, output } = await run(before);
    expect(nxJson).toBe(after);
    expect(output).toContain(
      '\nnx.json: Nx knows the layers, and keeps their environments out of its cache, whatever else is called build\n',
    );
    const again = await workspace.run(init, {});
    expect(again.changes).toEqual([]);
    expect(again.output).not.toContain('nx.json');
  });

  it('without hiding the defaults of a file that nx.json extends', async () => {
    const { nxJson } = await run('{ "extends": "./base.json" }', {
      'base.json': '{ "targetDefaults": { "build": { "cache": true, "dependsOn": ["^build"] } } }',
    });
    expect(JSON.parse(nxJson)).toMatchObject({
      targetDefaults: {
        build: { cache: true, dependsOn: ['^build'] },
        'nx-venvstacks:build': { cache: false },
      },
    });
  });

  it.each([
    ['nothing of the cache', '{ "inputs": ["default"] }'],
    ['false', '{ "cache": false, "dependsOn": [] }'],
    ['false, in a list', '[{ "cache": false }, { "filter": { "projects": ["a"] }, "inputs": [] }]'],
  ])('by an entry of the user that says %s', async (_, entry) => {
    const text = `{ ${PLUGINS}, "targetDefaults": { "nx-venvstacks:build": ${entry} } }`;
    const { nxJson, output } = await run(text);
    expect(nxJson).toBe(text);
    expect(output).not.toContain('Left to you');
  });

  it.each([
    ['true', '{ "cache": true }'],
    ['nothing', 'null'],
    ['nothing, in a list', '[]'],
    ['something for some projects', '[{ "filter": { "projects": ["a"] }, "cache": false }]'],
    ['true for some projects', '[{ "cache": false }, { "filter": { "projects": ["a"] }, "cache": true }]'],
  ])('or the user is told, who has an entry that says %s', async (_, entry) => {
    const text = `{ ${PLUGINS}, "targetDefaults": { "nx-venvstacks:build": ${entry} } }`;
    const { nxJson, output } = await run(text);
    expect(nxJson).toBe(text);
    expect(output).toContain(
      '\nLeft to you:\n\n- have "cache": false, without a filter, for "nx-venvstacks:build" in the targetDefaults of nx.json: no cache restores what it does\n',
    );
  });

  it.each(['null', '[]', '"build"'])('but not where targetDefaults are %s', async (defaults) => {
    const workspace = new GeneratedWorkspace({ 'nx.json': `{ "targetDefaults": ${defaults} }` });
    expect(await workspace.refusal(init, {})).toBe(
      '\'targetDefaults\' of nx.json must be an object\n  As in: { "build": { "cache": true } }',
    );
  });
});
