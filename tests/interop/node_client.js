// Checks a server with Node's http and its fetch.
//
// Usage: node -e SCRIPT ORIGIN

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const http = require('node:http');
const { once } = require('node:events');

const LIMIT = 30_000; // milliseconds, for one check
const LARGE = 24 << 20;
const LINE = Buffer.from('The sanderling runs ahead of each wave and follows it back out.\n');
const origin = process.argv[1];

const pattern = (length) => Buffer.alloc(length, LINE);
const sha1 = (octets) => crypto.createHash('sha1').update(octets).digest('hex');

// Large enough that it can lie in no buffer on the way, and different everywhere.
const large = Buffer.alloc(LARGE);
for (let at = 0; at < LARGE; at += 4) large.writeUInt32LE(Math.imul(at, 0x9e3779b1) >>> 0, at);

const single = () => new http.Agent({ keepAlive: true, maxSockets: 1 });

async function content(response) {
  const pieces = [];
  for await (const piece of response) pieces.push(piece);
  assert.ok(response.complete, 'the answer is cut off');
  return Buffer.concat(pieces);
}

/** The answer to a request with no body or a short one. */
async function ask(path, { body, ...options } = {}) {
  const request = http.request(origin + path, options).end(body);
  const [response] = await once(request, 'response');
  response.content = await content(response);
  response.reused = request.reusedSocket;
  return response;
}

async function isUsable(agent) {
  const response = await ask('/hello', { agent });
  assert.equal(response.content.toString(), 'Hello, World!');
  assert.ok(response.reused, 'it took another connection');
}

async function manyRequests() {
  const agent = single();
  for (let count = 0; count < 300; count++) {
    const { content, reused, headers } = await ask(`/bytes/${count * 37}`, { agent });
    assert.equal(reused, count > 0);
    assert.equal(headers['content-length'], String(count * 37));
    assert.equal(headers.connection ?? 'keep-alive', 'keep-alive');
    assert.equal(sha1(content), sha1(pattern(count * 37)));
  }
  agent.destroy();
}

async function parallel() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const ports = new Set();
  agent.on('free', (socket) => ports.add(socket.localPort));
  const sizes = [...Array(200).keys()].map((index) => index * 501);
  const answers = await Promise.all(sizes.map((size) => ask(`/bytes/${size}`, { agent })));
  answers.forEach(({ content }, at) => assert.equal(sha1(content), sha1(pattern(sizes[at]))));
  assert.ok(ports.size <= 8, `${ports.size} connections`);
  agent.destroy();
}

async function head() {
  const agent = single();
  for (const path of ['/hello', '/bytes/1073741824', '/stream', '/nothing', '/hello']) {
    const { content, statusCode, headers } = await ask(path, { agent, method: 'HEAD' });
    assert.equal(statusCode, path === '/nothing' ? 404 : 200);
    assert.equal(content.length, 0);
    if (path === '/bytes/1073741824') assert.equal(headers['content-length'], '1073741824');
  }
  await isUsable(agent);
  agent.destroy();
}

async function statuses() {
  const agent = single();
  await ask('/hello', { agent });
  for (const [method, path, status, allow] of [
    ['GET', '/nothing', 404], ['DELETE', '/hello', 405, 'GET, HEAD, OPTIONS'], ['GET', '/echo', 405, 'POST, PUT, OPTIONS'],
    ['GET', '/bytes/x', 400], ['DELETE', '/echo', 405, 'POST, PUT, OPTIONS'], ['PROPFIND', '/hello', 405, 'GET, HEAD, OPTIONS'],
  ]) {
    const { statusCode, headers } = await ask(path, { agent, method });
    assert.deepEqual([statusCode, headers.allow], [status, allow], `${method} ${path}`);
    await isUsable(agent);
  }
  agent.destroy();
}

/** Sends pieces as the server takes them, and compares what comes back meanwhile. */
const upload = (fields) => async () => {
  const agent = single();
  const request = http.request(`${origin}/echo`, { method: 'PUT', agent, headers: fields });
  const hash = crypto.createHash('sha1');
  const answered = once(request, 'response').then(async ([response]) => {
    for await (const piece of response) hash.update(piece);
    assert.ok(response.complete, 'the answer is cut off');
    return response;
  });
  for (let at = 0, size = 1; at < LARGE; at += size, size = (size * 7) % 262_139) {
    if (!request.write(large.subarray(at, at + size))) await Promise.race([once(request, 'drain'), answered]);
  }
  request.end();
  const { headers } = await answered;
  assert.equal(headers['content-length'], fields['Content-Length']);
  assert.equal(headers['transfer-encoding'], fields['Content-Length'] ? undefined : 'chunked');
  assert.equal(hash.digest('hex'), sha1(large));
  await isUsable(agent);
  agent.destroy();
};

async function requestTrailers() {
  const agent = single();
  for (let count = 0; count < 3; count++) {
    const request = http.request(`${origin}/echo`, { method: 'POST', agent, headers: { Trailer: 'Check' } });
    request.write('some ');
    request.addTrailers({ Check: 'sum', Another: 'one' });
    request.end('body');
    const [response] = await once(request, 'response');
    assert.equal((await content(response)).toString(), 'some body');
    assert.deepEqual(response.trailers, {});
  }
  await isUsable(agent);
  agent.destroy();
}

async function expectation() {
  const agent = single();
  for (const headers of [{ 'Content-Length': '7' }, {}]) {
    const options = { method: 'POST', agent, headers: { Expect: '100-continue', ...headers } };
    const request = http.request(`${origin}/echo`, options);
    const told = [];
    request.on('continue', () => told.push('continue'));
    request.on('information', ({ statusCode }) => told.push(statusCode));
    request.flushHeaders();
    await once(request, 'continue');
    request.end('as told');
    const [response] = await once(request, 'response');
    assert.equal((await content(response)).toString(), 'as told');
    assert.deepEqual(told, ['continue', 100]);
  }
  await isUsable(agent);
  agent.destroy();
}

async function expectationOfNothing() {
  const options = { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': '7' } };
  const request = http.request(`${origin}/nothing`, options);
  const told = [];
  request.on('information', ({ statusCode }) => told.push(statusCode));
  request.flushHeaders();
  const [response] = await once(request, 'response');
  assert.equal(response.statusCode, 404);
  assert.equal((await content(response)).toString(), 'Not Found');
  assert.deepEqual(told, []);
  request.on('error', () => {}).destroy();
}

function upgrade(key, version = '13') {
  return http.request(`${origin}/ws`, {
    headers: {
      Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': version,
    },
  }).end();
}

/** A masked frame (RFC 6455 section 5.2). */
function frame(first, payload) {
  const mask = crypto.randomBytes(4);
  const masked = Buffer.from(payload).map((octet, at) => octet ^ mask[at % 4]);
  return Buffer.concat([Buffer.from([first, 0x80 | masked.length]), mask, masked]);
}

async function webSocket() {
  const key = crypto.randomBytes(16).toString('base64');
  const [response, socket, start] = await once(upgrade(key), 'upgrade');
  assert.equal(response.statusCode, 101);
  assert.equal(response.headers.upgrade.toLowerCase(), 'websocket');
  assert.equal(response.headers.connection.toLowerCase(), 'upgrade');
  const accept = crypto.createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  assert.equal(response.headers['sec-websocket-accept'], accept);
  let input = start;
  socket.on('data', (piece) => {
    input = Buffer.concat([input, piece]);
    socket.emit('more');
  });
  const expect = async (octets) => {
    while (input.length < octets.length) await once(socket, 'more');
    assert.deepEqual(input.subarray(0, octets.length), octets);
    input = input.subarray(octets.length);
  };
  socket.write(frame(0x81, 'hello'));
  await expect(Buffer.from('\x81\x05hello', 'latin1'));
  socket.write(Buffer.concat([frame(0x01, 'in '), frame(0x89, 'ping'), frame(0x80, 'two')]));
  await expect(Buffer.from('\x8a\x04ping\x81\x06in two', 'latin1'));
  // The status code comes back (RFC 6455 section 5.5.1), the reason need not.
  socket.write(frame(0x88, Buffer.from('\x03\xe8bye', 'latin1')));
  await expect(Buffer.from('\x88\x02\x03\xe8', 'latin1'));
  if (!socket.readableEnded) await once(socket, 'end');
  assert.equal(input.length, 0);
  socket.destroy();
}

async function upgradeRefused() {
  const [response] = await once(upgrade(crypto.randomBytes(16).toString('base64'), '12'), 'response');
  await content(response);
  assert.deepEqual([response.statusCode, response.headers['sec-websocket-version']], [426, '13']);
  for (const key of ['', 'c2hvcnQ=', 'not base64 at all']) {
    const [response] = await once(upgrade(key), 'response');
    await content(response);
    assert.equal(response.statusCode, 400);
  }
}

async function upgradeElsewhere() {
  const headers = { Connection: 'Upgrade', Upgrade: 'something/1, else' };
  const { statusCode, content } = await ask('/hello', { headers });
  assert.deepEqual([statusCode, content.toString()], [200, 'Hello, World!']);
}

async function connect() {
  const request = http.request(origin, { method: 'CONNECT', path: 'sanderling.example:443' }).end();
  const [response, socket] = await once(request, 'connect');
  assert.ok(response.statusCode >= 400 && response.statusCode < 600, `the status is ${response.statusCode}`);
  socket.destroy();
}

async function givenUp() {
  for (let count = 0; count < 20; count++) {
    const request = http.request(`${origin}/bytes/1073741824`).end();
    const [response] = await once(request, 'response');
    await once(response, 'data');
    response.on('error', () => {});
    request.destroy();
  }
  assert.equal((await ask('/hello')).content.toString(), 'Hello, World!');
}

/** Nothing is read until others have had their answers. */
async function slowReader() {
  const [response] = await once(http.get(`${origin}/bytes/${LARGE}`), 'response');
  for (let count = 0; count < 20; count++) await ask('/hello');
  assert.equal(sha1(await content(response)), sha1(pattern(LARGE)));
}

async function close() {
  const agent = single();
  const first = await ask('/hello', { agent, headers: { Connection: 'close' } });
  assert.equal(first.headers.connection, 'close');
  assert.ok(!(await ask('/hello', { agent })).reused);
  agent.destroy();
}

async function fetches() {
  const sizes = [...Array(50).keys()].map((index) => index * 1001);
  await Promise.all(sizes.map(async (size) => {
    const response = await fetch(`${origin}/bytes/${size}`);
    assert.equal(sha1(Buffer.from(await response.arrayBuffer())), sha1(pattern(size)));
  }));
  const body = new ReadableStream({
    start(controller) {
      for (let at = 0; at < 1 << 20; at += 65_536) controller.enqueue(large.subarray(at, at + 65_536));
      controller.close();
    },
  });
  const response = await fetch(`${origin}/echo`, { method: 'POST', body, duplex: 'half' });
  assert.equal(response.headers.get('transfer-encoding'), 'chunked');
  assert.equal(sha1(Buffer.from(await response.arrayBuffer())), sha1(large.subarray(0, 1 << 20)));
  const missing = await fetch(`${origin}/nothing`);
  assert.deepEqual([missing.status, await missing.text()], [404, 'Not Found']);
}

const CHECKS = [
  ['one connection for 300 requests', manyRequests],
  ['eight connections for 200 requests', parallel],
  ['HEAD', head],
  ['error statuses keep the connection', statuses],
  ['a streamed upload with a length', upload({ 'Content-Length': String(LARGE) })],
  ['a streamed upload in chunks', upload({})],
  ['trailers are passed over', requestTrailers],
  ['Expect: 100-continue', expectation],
  ['Expect: 100-continue where nothing is', expectationOfNothing],
  ['a WebSocket by hand', webSocket],
  ['upgrades to be refused', upgradeRefused],
  ['an upgrade to something else is passed over', upgradeElsewhere],
  ['CONNECT is refused', connect],
  ['answers given up half-way', givenUp],
  ['a reader that takes its time', slowReader],
  ['Connection: close', close],
  ['fetch', fetches],
];

checkAll(CHECKS, LIMIT);
