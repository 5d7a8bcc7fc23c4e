// What each script for Node begins with: how a check compares, and the line that says what came of it.
"use strict";

function same(found, expected, what) {
  if (found !== expected) throw new Error(`${what} is ${String(found).slice(0, 100)}, not ${String(expected).slice(0, 100)}`);
}

// Each check may take so many milliseconds.
async function checkAll(checks, limit) {
  for (const [name, check] of checks) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error(`not over after ${limit} ms`)), limit);
    });
    try {
      await Promise.race([check(), late]);
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`FAILED ${name}: ${String(error).replaceAll("\n", " ").slice(0, 1000)}`);
    }
    clearTimeout(timer);
  }
  console.log("end");
  process.exit(0);
}

