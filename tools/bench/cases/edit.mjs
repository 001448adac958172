// A lock after a launch module was edited: nothing is resolved, the number moves. Compared to one trivial task that is
// not cached, in a workspace of as many projects.
import { interleave, resultOf } from '../statistics.mjs';
import { editModule, lockAll, numberOf, onStacks } from '../stack-to-lock.mjs';
import { forVenvstacks, venvstacksLock } from '../venvstacks.mjs';

const GOAL = { kind: 'ratio', limit: 1.2 };

export const name = 'edit';
export const sizes = [5, 50];

export function run({ installation, sizes, runs }) {
  return onStacks(installation, sizes, async (stack) => {
    const [workspace, trivial] = [stack.workspace(), stack.trivial(false)];
    await lockAll(workspace);
    workspace.commit();
    const results = [];
    for (const daemon of [false, true]) results.push(...(await measure(stack, workspace, trivial, daemon, runs)));
    return results;
  });
}

async function measure(stack, workspace, trivial, daemon, runs) {
  const [application] = stack.applications;
  const target = (name) => ['run', `${application.name}:${name}`, '--output-style=static'];
  const edited = async () => {
    const before = numberOf(workspace, application);
    editModule(workspace, application);
    const { seconds } = await workspace.nx(target('lock'), { daemon });
    if (numberOf(workspace, application) !== before + 1) throw new Error('the number did not move');
    // A committed number moves with every edit; one that was not committed only once.
    workspace.commit();
    return seconds;
  };
  const task = async () => {
    editModule(trivial, application);
    const { seconds } = await trivial.nx([...target('write'), '--excludeTaskDependencies'], { daemon });
    return seconds;
  };
  const folder = daemon ? undefined : await forVenvstacks(stack);
  const venvstacks = () => {
    folder.append(`${application.name}/${application.name.replaceAll('-', '_')}.py`, '\nEDITED = True\n');
    return venvstacksLock(folder);
  };
  const found = await interleave(runs, { edited, task, ...(folder && { venvstacks }) });

  const row = (reference, goal) =>
    resultOf(
      {
        case: 'launch module edited',
        layers: stack.layers.length,
        daemon: daemon ? 'on' : 'off',
        runs: found.edited,
        unit: 's',
      },
      reference,
      goal,
    );
  return [
    row({ name: 'a trivial task, not cached', runs: found.task }, GOAL),
    ...(folder ? [row({ name: 'venvstacks', runs: found.venvstacks })] : []),
  ];
}
