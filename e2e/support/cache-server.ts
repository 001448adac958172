import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of Nx's self-hosted remote cache (`GET` and `PUT /v1/cache/{hash}`), on the loopback address. */
export class CacheServer {
  /** Key → archive, a `.tar.gz` of a task's outputs. */
  readonly entries = new Map<string, Buffer>();
  /** Keys that were asked for and found. */
  readonly hits: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly token: string,
  ) {
    server.on('request', (request, response) => {
      void this.answer(request, response);
    });
  }

  static async start(token = 'a-token'): Promise<CacheServer> {
    const server = createServer();
    const cache = new CacheServer(server, token);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return cache;
  }

  /** Variables that make Nx use it. */
  get env(): NodeJS.ProcessEnv {
    return {
      NX_SELF_HOSTED_REMOTE_CACHE_SERVER: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
      NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: this.token,
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const [, key] = /^\/v1\/cache\/([^/]+)$/.exec(request.url ?? '') ?? [];
    const known = key === undefined ? undefined : this.entries.get(key);
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      response.writeHead(401, { 'content-type': 'text/plain' }).end('unauthorized');
    } else if (key === undefined) {
      response.writeHead(404).end();
    } else if (request.method === 'PUT') {
      if (!known) this.entries.set(key, body);
      response.writeHead(known ? 409 : 202).end();
    } else if (known) {
      this.hits.push(key);
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(known);
    } else {
      response.writeHead(404).end();
    }
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
