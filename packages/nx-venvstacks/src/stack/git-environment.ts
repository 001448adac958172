/** Variables of git's that would lead it elsewhere, as in a hook, or make it read paths otherwise. */
const LEADING_ELSEWHERE = /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|NAMESPACE|COMMON_DIR|.*PATHSPECS)$/i;

/** The environment for git: it works where it is told to, locks nothing, and speaks English, so that it is understood. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !LEADING_ELSEWHERE.test(name));
  return { ...Object.fromEntries(inherited), GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
}
