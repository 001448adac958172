import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { show } from '../cli/show';
import { createNodes } from '../inference';
import { casesIn, describeConformance } from '../testing/conformance';
import { makeFolder } from '../testing/folder';

const SOUND = '[[runtimes]]\nname = "sound"\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';

// Through Nx: a broken stack keeps its layers in the graph, with the report, and takes no other stack down.
describeConformance('invalid', (root) => {
  it.each(casesIn(root))('%s leaves the other stack of a workspace usable and gives its report', async (name) => {
    const workspaceRoot = makeFolder({ 'sound/venvstacks.toml': SOUND });
    cpSync(join(root, name), join(workspaceRoot, 'broken'), { recursive: true });
    const files = ['broken/venvstacks.toml', 'sound/venvstacks.toml'].filter((file) =>
      existsSync(join(workspaceRoot, file)),
    );
    const said: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);

    const nodes = await createNodes[1](files, {}, { workspaceRoot, nxJsonConfiguration: {} });
    write.mockRestore();

    const projects = nodes.flatMap(([, { projects: found = {} }]) => Object.values(found));
    const targets = (tag: string) =>
      projects.filter(({ tags }) => tags?.includes(tag)).map((project) => project.targets?.lock);
    expect(targets('stack:sound')).toMatchObject([{ cache: true, options: { layer: 'sound' } }]);
    const reports = targets('stack:broken').map((target) => (target?.options as { report?: string }).report);
    const { stderr } = show('broken/venvstacks.toml', { json: false, cwd: workspaceRoot, env: {} });
    const text = stderr.replace(/^warning: .*\n/gm, '').trimEnd();
    // Where no layer has a name that could be a project's, the report is told when the graph is built.
    expect(reports.length ? [...new Set(reports)] : [said.join('').trimEnd()]).toEqual([text]);
  });
});
