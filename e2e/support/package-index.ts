import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { misbehave, type Answer, type Fault } from './index-faults';

/** A release that the index offers. Its wheels need not exist until they are installed: to lock, uv reads metadata only. */
export interface Release {
  readonly name: string;
  readonly version: string;
  readonly requires?: readonly string[];
  /** Of each wheel; default: one for everything, `py3-none-any`. */
  readonly tags?: readonly string[];
  /** Without one, a cutoff finds nothing. */
  readonly uploadTime?: string;
  /** What is in its wheels. */
  readonly wheel?: string | Buffer;
}

/** A package index (PEP 691) on the loopback address, with a port of its own. */
export class PackageIndex {
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  /** Milliseconds that each answer takes. */
  delay = 0;
  /** Project, or name of a wheel, → what goes wrong when it is asked for. */
  readonly faults = new Map<string, Fault>();
  private releases: Release[];

  private constructor(
    private readonly server: Server,
    releases: readonly Release[],
    private readonly credentials: string | undefined,
  ) {
    this.releases = [...releases];
    server.on('request', (request, response) => {
      this.requests.push(decodeURIComponent(request.url ?? ''));
      setTimeout(() => {
        // Who asked may be gone, and the test with it.
        if (server.listening) this.answer(request, response);
      }, this.delay).unref();
    });
  }

  /** @param credentials `user:password` that every request must bring */
  static async start(releases: readonly Release[], credentials?: string): Promise<PackageIndex> {
    const server = createServer();
    const index = new PackageIndex(server, releases, credentials);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return index;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/simple/`;
  }

  add(release: Release): void {
    this.releases.push(release);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url ?? '');
    const expected = this.credentials && `Basic ${Buffer.from(this.credentials).toString('base64')}`;
    if (expected !== undefined && request.headers.authorization !== expected) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="index"' }).end();
      return;
    }
    const answer = this.answerTo(path.replace(/\?again$/, ''));
    if (!answer) {
      response.writeHead(404).end();
      return;
    }
    const fault = path.endsWith('?again') ? undefined : this.faults.get(answer.of);
    if (fault !== undefined) misbehave(fault, request, response, answer);
    else response.writeHead(200, { 'Content-Type': answer.type }).end(answer.body);
  }

  private answerTo(path: string): (Answer & { readonly of: string }) | undefined {
    const [, project] = /^\/simple\/([^/]+)\/$/.exec(path) ?? [];
    if (project !== undefined && this.releases.some(({ name }) => name === project)) {
      const type = 'application/vnd.pypi.simple.v1+json';
      return { of: project, type, body: JSON.stringify(this.page(project)) };
    }
    const [, wheel = '', isMetadata] = /^\/files\/(.+\.whl)(\.metadata)?$/.exec(path) ?? [];
    const release = this.releases.find((each) => wheelNames(each).includes(wheel));
    const body = release && (isMetadata ? metadata(release) : release.wheel);
    return body === undefined ? undefined : { of: wheel, type: 'application/octet-stream', body };
  }

  private page(project: string): object {
    const files = this.releases
      .filter(({ name }) => name === project)
      .flatMap((release) =>
        wheelNames(release).map((filename) => ({
          filename,
          url: `http://${this.host}/files/${filename}`,
          hashes: { sha256: sha256(release.wheel ?? filename) },
          size: release.wheel?.length ?? 1000,
          'upload-time': release.uploadTime ?? '2026-01-01T00:00:00Z',
          'core-metadata': { sha256: sha256(metadata(release)) },
        })),
      );
    return { meta: { 'api-version': '1.1' }, name: project, files };
  }
}

function wheelNames({ name, version, tags = ['py3-none-any'] }: Release): string[] {
  return tags.map((tag) => `${name.replaceAll('-', '_')}-${version}-${tag}.whl`);
}

/** A wheel's METADATA. */
export function metadata({ name, version, requires = [] }: Release): string {
  return [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...requires.map((each) => `Requires-Dist: ${each}`),
    '',
  ].join('\n');
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
