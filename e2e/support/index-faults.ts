import type { IncomingMessage, ServerResponse } from 'node:http';

/** Ways in which an index, or what is between, answers otherwise than it should. */
export type Fault =
  | '401'
  | '403'
  | '404'
  | '429'
  | '500'
  | '503'
  | 'silent'
  | 'silent-midway'
  | 'dropped'
  | 'dropped-midway'
  | 'redirect-loop'
  | 'redirect-elsewhere'
  | 'login-page'
  | 'login-page-as-json'
  | 'plain-text'
  | 'truncated'
  | 'empty'
  | 'binary'
  | 'no-files'
  | 'no-hash'
  | 'md5-only'
  | 'broken-hash'
  | 'other-metadata'
  | 'redirect'
  | 'slow'
  | 'trickle';

/** What the index would have answered. */
export interface Answer {
  readonly type: string;
  readonly body: string | Buffer;
}

const LOGIN_PAGE = '<!DOCTYPE html><html><body><h1>Please log in</h1><form></form></body></html>';

/** Answers a request wrongly. */
export function misbehave(fault: Fault, request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { type, body } = answer;
  const half = body.slice(0, body.length / 2);
  const send = (text: string | Buffer, as = type) => response.writeHead(200, { 'Content-Type': as }).end(text);
  const begin = () => response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length }).write(half);
  const redirect = (to: string) => response.writeHead(302, { Location: to }).end();
  const page = (change: (file: Record<string, unknown>) => object) => {
    const { files, ...rest } = JSON.parse(String(body)) as { files: Record<string, unknown>[] };
    send(JSON.stringify({ ...rest, files: files.map(change) }));
  };
  switch (fault) {
    case 'silent':
      return;
    case 'silent-midway':
      begin();
      return;
    case 'dropped':
      request.socket.destroy();
      return;
    case 'dropped-midway':
      begin();
      setTimeout(() => request.socket.destroy(), 50);
      return;
    case 'slow':
      setTimeout(() => send(body), 500);
      return;
    case 'trickle': {
      // Each byte is in time, and the last one never comes.
      response.writeHead(200, { 'Content-Type': type });
      const timer = setInterval(() => response.write(' '), 200);
      request.socket.on('close', () => {
        clearInterval(timer);
      });
      return;
    }
    case 'redirect':
      redirect(`${request.url ?? ''}?again`);
      return;
    case 'redirect-loop':
      redirect(request.url ?? '');
      return;
    case 'redirect-elsewhere':
      redirect('http://login.invalid/');
      return;
    case 'login-page':
      send(LOGIN_PAGE, 'text/html');
      return;
    case 'login-page-as-json':
      send(LOGIN_PAGE);
      return;
    case 'plain-text':
      send('It works!', 'text/plain');
      return;
    case 'truncated':
      send(half);
      return;
    case 'empty':
      send('');
      return;
    case 'binary':
      send(Buffer.from([0, 255, 254, 27, 91, 72]));
      return;
    case 'no-files':
      send(JSON.stringify({ ...(JSON.parse(String(body)) as object), files: [] }));
      return;
    case 'no-hash':
      page((file) => ({ ...file, hashes: {} }));
      return;
    case 'md5-only':
      page((file) => ({ ...file, hashes: { md5: '0'.repeat(32) } }));
      return;
    case 'broken-hash':
      page((file) => ({ ...file, hashes: { sha256: 'nonsense' } }));
      return;
    case 'other-metadata':
      page((file) => ({ ...file, 'core-metadata': { sha256: '0'.repeat(64) } }));
      return;
    case '401':
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="index"' }).end();
      return;
    case '403':
    case '404':
    case '429':
    case '500':
    case '503':
      response.writeHead(Number(fault), fault === '429' ? { 'Retry-After': '1' } : {}).end('no');
  }
}
