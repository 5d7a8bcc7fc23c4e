// A server by Node for the example clients. Prints where it listens, ends with SIGTERM.

'use strict';
const crypto = require('node:crypto');
const http = require('node:http');

let connections = 0;
let seen = [];

function content(length) {
  const octets = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) octets[at] = at % 251;
  return octets;
}

const ROUTES = {
  length(request, response, length) {
    response.setHeader('Content-Length', length);
    response.end(content(Number(length)));
  },
  chunked(request, response, length) {
    if (request.method === 'HEAD') return response.end();
    const octets = content(Number(length));
    response.setHeader('Trailer', 'Check');
    for (let at = 0, size = 1; at < octets.length; at += size, size = (size * 3) % 65_521) {
      response.write(octets.subarray(at, at + size));
    }
    response.addTrailers({ Check: crypto.createHash('sha1').update(octets).digest('hex') });
    response.end();
  },
  // Neither a length nor chunks: only the end of the connection ends it.
  close(request, response, length) {
    response.removeHeader('Transfer-Encoding');
    response.setHeader('Connection', 'close');
    response.useChunkedEncodingByDefault = false;
    response.flushHeaders();
    response.end(content(Number(length)));
  },
  hints(request, response, length) {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' }, () => {
      response.writeEarlyHints({ link: '</script.js>; rel=preload; as=script' }, () => ROUTES.length(request, response, length));
    });
  },
  status(request, response, status) {
    response.statusCode = Number(status);
    response.end(`status ${status}`);
  },
  redirect(request, response, length) {
    response.writeHead(302, { Location: `/length/${length}` }).end('over there');
  },
  broken(request, response, length) {
    response.write(content(Number(length)), () => response.socket.destroy());
  },
  echo(request, response) {
    const { 'content-length': length, 'content-type': type } = request.headers;
    if (length !== undefined) response.setHeader('Content-Length', length);
    if (type !== undefined) response.setHeader('Content-Type', type);
    request.pipe(response);
  },
  refuse(request, response) {
    response.writeHead(417, { 'Content-Length': 0 }).end();
  },
  seen(request, response) {
    response.end(seen.join(''));
    seen = [];
  },
};

function note({ socket, method, url, headers }) {
  const framing = headers['transfer-encoding'] ?? headers['content-length'] ?? '-';
  if (url !== '/seen') seen.push(`${socket.number} ${method} ${url} ${framing} ${headers.expect ?? '-'}\n`);
}

function answer(request, response) {
  note(request);
  const [, route, argument] = request.url.split('/');
  ROUTES[route](request, response, argument);
}

const server = http.createServer({ keepAliveTimeout: 60_000 }, answer);
server.on('connection', (socket) => {
  socket.number = connections++;
  socket.on('error', () => {});
});
server.on('checkContinue', (request, response) => {
  if (request.url !== '/refuse') response.writeContinue();
  answer(request, response);
});
server.on('upgrade', (request, socket) => {
  note(request);
  socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\nsomething else');
});
server.on('connect', (request, socket) => {
  note(request);
  socket.end('HTTP/1.1 200 Connected\r\n\r\nsomething else');
});
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}/`));
