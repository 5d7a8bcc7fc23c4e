// Checks a WebSocket echo server with the npm package ws.
//
// Usage: node -e SCRIPT ORIGIN
const crypto = require("node:crypto");
const { once } = require("node:events");

let WebSocket;
try {
  ({ WebSocket } = require("ws"));
} catch {
  console.log("skipped everything: the npm package ws is not installed");
  console.log("end");
  process.exit(0);
}

const LIMIT = 60_000; // milliseconds, for one check
const url = process.argv[1].replace("http", "ws") + "/ws";
const random = crypto.randomBytes(1 << 20);
const prose = Array.from({ length: 6000 }, (_, i) => `${i} waves, ${(i * i) % 977} birds, 🐦`).join("\n");
const messages = [
  "", Buffer.alloc(0), "hello", "grüße, 世界 🐦", "x".repeat(125), "y".repeat(126), "z".repeat(65536),
  prose, prose, random, Buffer.alloc(1 << 20), Buffer.concat([random.subarray(0, 40000), random.subarray(0, 40000)]),
];

// A socket whose messages can be waited for.
async function open(options) {
  const socket = new WebSocket(url, { maxPayload: 0, ...options });
  const came = [], waiting = [];
  socket.on("message", (data, isBinary) => {
    const message = isBinary ? data : data.toString();
    if (waiting.length) waiting.shift()(message);
    else came.push(message);
  });
  socket.next = () => came.length ? came.shift() : new Promise(resolve => waiting.push(resolve));
  await once(socket, "open");
  return socket;
}

function isSame(came, sent) {
  return typeof sent === "string" ? came === sent : Buffer.isBuffer(came) && came.equals(sent);
}

async function echoes(socket, list) {
  for (const [at, message] of list.entries()) {
    socket.send(message);
    same(isSame(await socket.next(), message), true, `that message ${at} comes back`);
  }
}

async function close(socket, code, reason) {
  const closed = once(socket, "close");
  socket.close(code, reason);
  return (await closed)[0];
}

function compressed(options, expected) {
  return async () => {
    const socket = await open({ perMessageDeflate: { threshold: 0, ...options } });
    same(socket.extensions, "permessage-deflate", "the extension");
    const { params } = socket._extensions["permessage-deflate"];
    for (const [name, value] of Object.entries(expected)) same(params[name], value, name);
    await echoes(socket, messages);
    same(await close(socket, 1000), 1000, "the code");
  };
}

async function plain() {
  const socket = await open({ perMessageDeflate: false });
  same(socket.extensions, "", "the extension");
  await echoes(socket, messages);
  same(await close(socket), 1005, "the code");
}

async function fragments() {
  const socket = await open({ perMessageDeflate: { threshold: 0 } });
  // Some cut a character in two.
  const octets = Buffer.from(prose);
  for (let at = 0; at < octets.length; at += 5000) {
    socket.send(octets.subarray(at, at + 5000), { binary: false, fin: false, compress: true });
    if (at % 15000 === 0) socket.ping("between");
  }
  socket.send("", { fin: true });
  same(await socket.next(), prose, "the message in fragments");
  // The first fragment of a message says whether it is compressed.
  socket.send("un", { fin: false, compress: false });
  socket.send("compressed", { fin: true });
  same(await socket.next(), "uncompressed", "the message");
  await close(socket, 1000);
}

async function pings() {
  const socket = await open();
  for (const payload of ["", "x".repeat(125)]) {
    socket.ping(payload);
    same((await once(socket, "pong"))[0].toString(), payload, "the pong");
  }
  await close(socket, 1000);
}

async function inARow() {
  const socket = await open({ perMessageDeflate: { threshold: 0 } });
  const sent = Array.from({ length: 500 }, (_, i) => `message ${i} `.repeat(i % 50));
  for (const message of sent) socket.send(message);
  for (const message of sent) same(await socket.next(), message, "the message");
  await close(socket, 1000);
}

async function large() {
  const socket = await open({ perMessageDeflate: {} });
  await echoes(socket, [crypto.randomBytes(16 << 20), "sechzehn Bytes ö".repeat(1 << 20)]);
  await close(socket, 1000);
}

async function codes() {
  for (const [code, reason] of [[1000, ""], [1001, ""], [1011, "grüße"], [3000, "x".repeat(123)], [4999, ""]]) {
    const socket = await open();
    await echoes(socket, ["hello"]);
    same(await close(socket, code, reason), code, "the code");
  }
}

async function gone() {
  const socket = await open();
  await echoes(socket, ["hello"]);
  socket.terminate();
  await once(socket, "close");
}

const checks = [
  ["uncompressed", plain],
  ["compressed", compressed({}, {})],
  ["compressed without context takeover",
    compressed({ serverNoContextTakeover: true, clientNoContextTakeover: true },
      { server_no_context_takeover: true, client_no_context_takeover: true })],
  ...[9, 10, 11, 12, 13, 14, 15].map(bits => [`compressed with ${bits} window bits`,
    compressed({ serverMaxWindowBits: bits, clientMaxWindowBits: bits }, { server_max_window_bits: bits })]),
  ["fragments", fragments],
  ["pings", pings],
  ["500 messages in a row", inARow],
  ["messages of 16 MiB", large],
  ["close codes", codes],
  ["a connection that breaks", gone],
];

checkAll(checks, LIMIT);
