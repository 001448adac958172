import { gitEnvironment } from './git-environment';

describe('the environment for git', () => {
  // Windows knows variables in any case, and so does git there.
  it.each(['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_LITERAL_PATHSPECS', 'git_dir'])(
    'is without %s, as a hook has it',
    (name) => {
      process.env[name] = 'elsewhere';
      try {
        expect(gitEnvironment()).not.toHaveProperty(name);
      } finally {
        Reflect.deleteProperty(process.env, name);
      }
    },
  );
});
