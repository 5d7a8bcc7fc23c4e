// Checks a command-line WebSocket client with the npm package ws as the server.
//
// Usage: node -e SCRIPT CLIENT
const { spawn } = require("node:child_process");
const crypto = require("node:crypto");
const { once } = require("node:events");

let WebSocketServer;
try {
  ({ WebSocketServer } = require("ws"));
} catch {
  console.log("skipped everything: the npm package ws is not installed");
  console.log("end");
  process.exit(0);
}

const LIMIT = 60_000; // milliseconds, for one check
const program = process.argv[1];
const random = crypto.randomBytes(1 << 20);
const prose = Array.from({ length: 6000 }, (_, i) => `${i} waves, ${(i * i) % 977} birds, 🐦`).join(" ");
const messages = [
  "", Buffer.alloc(0), "hello", "grüße, 世界 🐦", "x".repeat(125), "y".repeat(126), "z".repeat(65536),
  prose, prose, random, Buffer.alloc(1 << 20),
];

// The client, and the server's side of its connection.
async function talk(args, options, check) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", maxPayload: 0, ...options });
  await once(server, "listening");
  const child = spawn(program, [...args, `ws://127.0.0.1:${server.address().port}/`]);
  const printed = [], said = [];
  child.stdout.on("data", data => printed.push(data));
  child.stderr.on("data", data => said.push(data));
  child.stdin.on("error", () => {});
  const ended = once(child, "close");
  try {
    const [socket, request] = await Promise.race([
      once(server, "connection"),
      ended.then(() => { throw new Error(`the client has ended: ${Buffer.concat(said)}`); }),
    ]);
    const came = [], waiting = [];
    socket.on("message", (data, isBinary) => {
      const message = isBinary ? data : data.toString();
      if (waiting.length) waiting.shift()(message);
      else came.push(message);
    });
    socket.next = () => came.length ? came.shift() : new Promise(resolve => waiting.push(resolve));
    const client = {
      write: line => child.stdin.write(line),
      ends: async code => {
        child.stdin.end();
        same((await ended)[0], code, "the exit code");
        const lines = Buffer.concat(said).toString();
        same(lines.split("\n").length - 1, code === 0 ? 0 : 1, "the number of lines on standard error");
        return [Buffer.concat(printed), lines];
      },
    };
    await check(client, socket, request);
  } finally {
    child.kill("SIGKILL");
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
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

const echo = (args, options, list = messages) => () => talk(["--echo", ...args], options, async (client, socket) => {
  same(socket.extensions, options.perMessageDeflate ? "permessage-deflate" : "", "the extension");
  await echoes(socket, list);
  socket.ping("still there?");
  same((await once(socket, "pong"))[0].toString(), "still there?", "the pong");
  socket.close(1000, "done");
  await client.ends(0);
});

const lines = args => () => talk(args, { perMessageDeflate: { threshold: 0 } }, async (client, socket) => {
  const sent = ["hello", "", "grüße, 世界 🐦", prose];
  for (const line of sent) {
    client.write(line + "\n");
    const came = await socket.next();
    same(isSame(came, args.includes("--binary") ? Buffer.from(line) : line), true, "that the line comes");
    socket.send(came);
  }
  const [printed] = await client.ends(0);
  same(printed.toString(), sent.map(line => line + "\n").join(""), "what it printed");
});

const closing = (code, exitCode) => () => talk([], {}, async (client, socket) => {
  const closed = once(socket, "close");
  socket.close(code, "grüße");
  // Only then may its input end, for which it would close with 1000 itself.
  same((await closed)[0], code, "the code");
  const [, said] = await client.ends(exitCode);
  if (exitCode !== 0) same(said.includes(`${code}: grüße`), true, `that ${said} has the reason`);
});

const fields = () => talk(["--header", "X-Wave: two", "--subprotocol", "surf"],
  { handleProtocols: offered => [...offered].at(-1) }, async (client, socket, request) => {
    same(request.headers["x-wave"], "two", "the field");
    same(socket.protocol, "surf", "the subprotocol");
    await client.ends(0);
  });

const gone = () => talk([], {}, async (client, socket) => {
  socket.terminate();
  await client.ends(1);
});

const refused = () => talk([], { verifyClient: () => false }, async () => {})
  .then(() => { throw new Error("it was let in"); }, error => same(String(error).includes("401"), true, `that ${error} has the status`));

const checks = [
  ["--echo", echo([], {})],
  ["--echo with --deflate", echo(["--deflate"], { perMessageDeflate: { threshold: 0 } })],
  ["--echo without context takeover", echo(["--deflate"], {
    perMessageDeflate: { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
  })],
  ...[9, 11, 13, 15].map(bits => [`--echo with ${bits} window bits`, echo(["--deflate"], {
    perMessageDeflate: { threshold: 0, serverMaxWindowBits: bits, clientMaxWindowBits: bits },
  })]),
  ["--echo of 16 MiB", echo(["--deflate"], { perMessageDeflate: {} },
    [crypto.randomBytes(16 << 20), "sechzehn Bytes ö".repeat(1 << 20)])],
  ["lines", lines([])],
  ["lines with --deflate", lines(["--deflate"])],
  ["lines with --deflate --binary", lines(["--deflate", "--binary"])],
  ["close code 1000", closing(1000, 0)],
  ["close code 1001", closing(1001, 0)],
  ["close code 1011", closing(1011, 3)],
  ["close code 4000", closing(4000, 3)],
  ["a field and a subprotocol", fields],
  ["a server that goes away", gone],
  ["a server that refuses", refused],
];

checkAll(checks, LIMIT);
