import { fork, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runFolder } from './workspace';

const TOOL = resolve(__dirname, '../../tools/local-registry.mjs');

/** A registry on the loopback address that has the packed plugin; all else comes through it from npm's own. */
export class LocalRegistry {
  private constructor(
    private readonly process: ChildProcess,
    readonly address: string,
  ) {}

  static start(): Promise<LocalRegistry> {
    const [packed] = readdirSync(runFolder()).filter((name) => name.endsWith('.tgz'));
    if (packed === undefined) throw new Error('setup.cjs has packed no plugin');
    const child = fork(TOOL, [join(runFolder(), packed)], { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return new Promise((resolve, reject) => {
      child.once('message', ({ registry }: { registry: string }) => {
        resolve(new LocalRegistry(child, registry));
      });
      child.once('exit', () => {
        reject(new Error(`the registry did not start:\n${output}`));
      });
    });
  }

  /** Has npm use this registry. */
  get env(): NodeJS.ProcessEnv {
    return {
      npm_config_registry: this.address,
      npm_config_noproxy: '127.0.0.1',
      npm_config_yes: 'true',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
    };
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.process.once('exit', () => {
        resolve();
      });
      this.process.kill();
    });
  }
}
