// Sends requests from standard input, one JSON object a line, and prints an answer for each, in their order:
//
//     echo '{"method": "identify", "files": ["party.jpg"]}' | node ask.mjs -- face-worker --data faces
//
// Members: method, params, deadlineMs, key, files (attachments), cancelAfterEvents. A blank line waits for all answers.

import { readFileSync } from "node:fs";
import process from "node:process";
import { FaceWorker } from "./face-worker.mjs";

const [divider, ...command] = process.argv.slice(2);
if (divider !== "--" || command.length === 0) throw new Error("usage: ask.mjs -- WORKER OPTIONS...");
const worker = new FaceWorker(command, { startLimitMs: Number(process.env.FACE_WORKER_START_MS ?? 30_000) });
let calls = [];

async function answer(call, cancelAfterEvents) {
  const events = [];
  for await (const event of call.events()) if (events.push(event) === cancelAfterEvents) call.cancel();
  try {
    const { result, replayed, attachments } = await call.answer;
    return { events, result, replayed, attachmentBytes: attachments.length };
  } catch ({ code, retry, retryAfterMs = null }) {
    return { events, error: { code, retry, retryAfterMs } };
  }
}

for (const line of [...readFileSync(0, "utf8").trimEnd().split("\n"), ""]) {
  if (line.trim() === "") {
    for (const call of calls) console.log(JSON.stringify(await call));
    calls = [];
  } else {
    const { method, params, deadlineMs, key, files = [], cancelAfterEvents } = JSON.parse(line);
    const attachments = files.map((file) => readFileSync(file));
    calls.push(answer(worker.request(method, { params, deadlineMs, key, attachments }), cancelAfterEvents));
  }
}
console.log(JSON.stringify({ exitStatus: await worker.close() }));
