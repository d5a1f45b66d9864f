// Talk to face-worker from Node.js 18 or newer: one file, no packages.
//
//     import { FaceWorker } from "./face-worker.mjs";
//
//     const worker = new FaceWorker(["face-worker", "--data", "faces"]);
//     const { result } = await worker.call("identify", { attachments: [await readFile("party.jpg")] });
//     await worker.close();
//
// A worker that dies is replaced: what it had in flight fails with `sessionLost`, later requests go to the next one.
// The wire format is described in PROTOCOL.md.

import { spawn } from "node:child_process";

const MAX_FRAME = 67_108_864;
const HEADER = 16; // bytes of a frame between its length and its JSON
const [MAGIC, VERSION] = [0xfa, 1];
const [REQUEST, CANCEL, READY, EVENT, RESULT, ERROR] = [1, 2, 16, 17, 18, 19];
const MAX_FAILURES = 5; // deaths without a single answer between them
const GRACE_MS = 1000; // how long after its deadline a request waits for the worker to say so itself

/** An error answer, or `sessionLost` when the worker died. `code` is for programs, `retry` is never, now or later. */
export class FaceWorkerError extends Error {
  constructor({ code = "internal", message = "no message", retry = "never", retryAfterMs, details = {} } = {}) {
    super(`${code}: ${message}`);
    Object.assign(this, { name: "FaceWorkerError", code, retry, retryAfterMs, details });
  }
}

/** A request on its way: `answer` is a promise, `events()` an async iterator, `cancel()` asks the worker to stop. */
class Call {
  #events = [];
  #wake = () => {};
  #settle;
  id = 0;
  done = false;

  constructor(frame, cancel) {
    Object.assign(this, frame);
    this.cancel = cancel;
    this.answer = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.answer.catch(() => {}); // whoever only reads the events need not handle it
  }

  /** The events until the request is done. One loop at a time. */
  async *events() {
    for (;;) {
      while (this.#events.length > 0) yield this.#events.shift();
      if (this.done) return;
      await new Promise((resolve) => (this.#wake = resolve));
    }
  }

  event(message) {
    this.#events.push(message);
    this.#wake();
  }

  finish(error, answer) {
    if (this.done) return;
    this.done = true;
    clearTimeout(this.timer);
    if (error) this.#settle.reject(error);
    else this.#settle.resolve(answer);
    this.#wake();
  }
}

export class FaceWorker {
  #nextId = 1;
  #waiting = []; // calls that were not sent yet
  #inFlight = new Map(); // id -> Call
  #child;
  #isReady = false;
  #isBlocked = false; // the pipe to the worker is full
  #ending = false;
  #dead; // why no further worker is started
  #failures = 0; // deaths since the last answer
  #whenReady = newDeferred();
  #ended = newDeferred();

  /** `command`: program and options. `onLog` gets each line of its log, `onEvent` events about the connection. */
  constructor(command, { startLimitMs = 30_000, maxInFlight = 64, onLog = () => {}, onEvent = () => {} } = {}) {
    Object.assign(this, { command, startLimitMs, maxInFlight, onLog, onEvent });
    this.#start();
  }

  /** The process id of the worker that runs now. */
  get pid() {
    return this.#child?.pid;
  }

  /** What the worker said when it became ready; after a restart, what the new one says. */
  ready() {
    return this.#whenReady.promise;
  }

  /** Sends a request: bytes or `{ data, name, type, width, ... }` as attachments, `signal` to cancel it. */
  request(method, { params = {}, attachments = [], deadlineMs, key, signal } = {}) {
    const blobs = attachments.map((item) => Buffer.from(item.data ?? item));
    const fields = attachments.map(({ data, ...rest }, i) => ({ ...(data ? rest : {}), length: blobs[i].length }));
    const call = new Call({ message: { method, params, key, attachments: fields }, blobs }, () => this.#cancel(call));
    if (deadlineMs !== undefined) {
      call.deadline = performance.now() + deadlineMs;
      call.timer = setTimeout(() => this.#cancel(call, "deadlineExceeded"), deadlineMs + GRACE_MS);
    }
    if (signal?.aborted) call.finish(wireError("cancelled", "The request was cancelled before it was sent.", "now"));
    signal?.addEventListener("abort", call.cancel, { once: true });
    call.answer.catch(() => {}).finally(() => signal?.removeEventListener("abort", call.cancel));
    if (this.#dead || this.#ending) call.finish(this.#dead ?? lost("The worker was closed.", "never"));
    this.#waiting.push(call);
    this.#pump();
    return call;
  }

  /** Sends a request and waits: `{ result, timing, generation, replayed, attachments }`. */
  call(method, options) {
    return this.request(method, options).answer;
  }

  /** Lets the worker finish what it has, closes its input and gives its exit status (or the signal that ended it). */
  async close({ timeoutMs = 30_000 } = {}) {
    this.#ending = true;
    if (!this.#child) this.#ended.resolve(null);
    const kill = setTimeout(() => this.#child?.kill("SIGKILL"), timeoutMs);
    this.#pump();
    return this.#ended.promise.finally(() => clearTimeout(kill));
  }

  // Sending

  /** Sends what may be sent: never more than the pipe takes without a wait, nor than the worker should have at once. */
  #pump() {
    while (this.#isReady && !this.#isBlocked && this.#waiting.length > 0 && this.#inFlight.size < this.maxInFlight) {
      const call = this.#waiting.shift();
      if (call.done) continue;
      const { deadline, message, blobs } = call;
      if (deadline !== undefined) message.deadlineMs = Math.max(1, Math.round(deadline - performance.now()));
      call.id = this.#nextId++; // never used again, so that no answer can reach the wrong request
      const chunks = encodeFrame(REQUEST, call.id, message, blobs);
      if (!chunks) {
        call.finish(wireError("badParams", `This request does not fit into a frame of ${MAX_FRAME} bytes.`));
        continue;
      }
      this.#inFlight.set(call.id, call);
      for (const chunk of chunks) this.#isBlocked = !this.#child.stdin.write(chunk);
    }
    const idle = this.#waiting.length === 0 || this.#dead;
    if (this.#ending && idle && this.#isReady && !this.#isBlocked) this.#child.stdin.end();
  }

  #cancel(call, code = "cancelled") {
    if (call.done) return;
    if (this.#inFlight.has(call.id)) this.#child.stdin.write(encodeFrame(CANCEL, call.id, {})[0]);
    // The worker answers what is cancelled. It is not waited for when there is none, or when it was too slow before.
    if (!call.id || code !== "cancelled") {
      this.#inFlight.delete(call.id);
      call.finish(wireError(code, "The host gave up waiting.", "now"));
      this.#pump();
    }
  }

  // The process

  #start() {
    const child = spawn(this.command[0], this.command.slice(1), { stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.#child = child;
    let reason; // why this worker is no longer trusted, where we know better than its exit status
    const giveUp = (why) => {
      reason ??= why;
      child.kill("SIGKILL");
    };
    const limit = setTimeout(() => giveUp(`The worker was not ready after ${this.startLimitMs} ms.`), this.startLimitMs);
    const reader = new FrameReader((frame) => this.#receive(frame, () => clearTimeout(limit), (why) => (reason ??= why)));
    child.stdout.on("data", (chunk) => {
      const problem = reader.push(chunk);
      if (problem) giveUp(problem);
    });
    child.stdout.on("end", () => setTimeout(() => child.kill("SIGKILL"), 5000).unref()); // deaf and dumb, if it still lives
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      const lines = (log + text).split("\n");
      log = lines.pop().slice(-65_536);
      lines.forEach((line) => this.onLog(line));
    });
    child.stdin.on("error", () => {}); // a broken pipe: the exit tells more
    child.stdin.on("drain", () => {
      this.#isBlocked = false;
      this.#pump();
    });
    child.on("error", (error) => (reason ??= error.message)); // no such program; "close" follows
    child.on("close", (status, signal) => {
      clearTimeout(limit);
      if (child === this.#child) this.#lose(reason ?? `The worker ended with ${signal ?? `status ${status}`}.`, status ?? signal);
    });
  }

  #receive({ kind, id, json, blob }, onReady, onReason) {
    const call = this.#inFlight.get(id);
    if (kind === READY && id === 0) {
      onReady();
      this.#isReady = true;
      this.#whenReady.resolve(json);
    } else if (kind === ERROR && id === 0) {
      onReason(json.error?.message);
    } else if (kind === EVENT) {
      if (id === 0) this.onEvent(json);
      else call?.event(json);
      return;
    } else if (call) {
      this.#inFlight.delete(id);
      this.#failures = 0;
      if (kind === RESULT) call.finish(null, { replayed: false, ...json, attachments: blob });
      else call.finish(new FaceWorkerError(json.error));
    } // kinds of later versions, and answers nobody waits for any more, are dropped
    this.#pump();
  }

  /** The worker is gone: everything in flight fails, and the next worker is started. */
  #lose(reason, status) {
    this.#child = undefined;
    this.#failures += 1;
    if (this.#isReady) this.#whenReady = newDeferred();
    this.#isReady = this.#isBlocked = false;
    const calls = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const call of calls) call.finish(lost(reason, "later"));
    if (!this.#ending && this.#failures < MAX_FAILURES) {
      setTimeout(() => (this.#ending ? this.#ended.resolve(status) : this.#start()), 100 * 2 ** this.#failures);
      return;
    }
    this.#dead = lost(reason, "never");
    this.#whenReady.reject(this.#dead);
    for (const call of this.#waiting.splice(0)) call.finish(this.#dead);
    this.#ended.resolve(status);
  }
}

/** Puts frames together from chunks of any size. `push` gives the reason when the bytes are no frames. */
class FrameReader {
  #chunks = [];
  #size = 0;

  constructor(onFrame) {
    this.onFrame = onFrame;
  }

  push(chunk) {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= 4) {
      if (this.#chunks[0].length < 4) this.#chunks = [Buffer.concat(this.#chunks)];
      const length = this.#chunks[0].readUInt32BE(0);
      if (length < HEADER || length > MAX_FRAME) return `The worker sent something that is no frame: a length of ${length}.`;
      if (this.#size < 4 + length) return undefined; // the chunks are joined once, when the last one is there
      const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
      this.#chunks = [bytes.subarray(4 + length)];
      this.#size -= 4 + length;
      const jsonEnd = 20 + bytes.readUInt32BE(16);
      if (bytes[4] !== MAGIC || bytes[5] !== VERSION || bytes[7] !== 0 || jsonEnd > 4 + length) {
        return "The worker sent a frame with a wrong header.";
      }
      let json;
      try {
        json = JSON.parse(bytes.toString("utf8", 20, jsonEnd));
      } catch (error) {
        return `The worker sent a frame that cannot be read: ${error.message}`;
      }
      const id = Number(bytes.readBigUInt64BE(8));
      this.onFrame({ kind: bytes[6], id, json, blob: bytes.subarray(jsonEnd, 4 + length) });
    }
    return undefined;
  }
}

/** The chunks of a frame, or undefined when they do not fit into one. */
function encodeFrame(kind, id, message, blobs = []) {
  const json = Buffer.from(JSON.stringify(message));
  const length = HEADER + json.length + blobs.reduce((sum, blob) => sum + blob.length, 0);
  if (length > MAX_FRAME) return undefined;
  const head = Buffer.alloc(20);
  head.writeUInt32BE(length, 0);
  head.set([MAGIC, VERSION, kind, 0], 4);
  head.writeBigUInt64BE(BigInt(id), 8);
  head.writeUInt32BE(json.length, 16);
  return [Buffer.concat([head, json]), ...blobs];
}

const wireError = (code, message, retry) => new FaceWorkerError({ code, message, retry });
const lost = (message, retry) => wireError("sessionLost", message, retry);

function newDeferred() {
  const deferred = {};
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  deferred.promise.catch(() => {});
  return deferred;
}
