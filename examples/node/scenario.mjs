// The scenario that every host example passes: node scenario.mjs PHOTOS -- WORKER OPTIONS...
// Each step prints one line; ../test_hosts.py compares them with those of the other languages.

import { readFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { FaceWorker } from "./face-worker.mjs";

const [folder, divider, ...command] = process.argv.slice(2);
if (divider !== "--" || command.length === 0) throw new Error("usage: scenario.mjs PHOTOS -- WORKER OPTIONS...");
const photo = (name) => readFile(path.join(folder, name));
const [obama3, hopper, noImage] = [await photo("obama3.jpg"), await photo("grace_hopper.jpg"), Buffer.from("This is no image.")];

const say = (text) => console.log(text);
const outcome = (promise) => promise.then(() => "no error", (error) => `${error.code}, retry ${error.retry}`);
const names = ({ error, faces }) => error?.code ?? faces.map((face) => face.identity?.subject ?? "unknown").join(" and ");

const worker = new FaceWorker(command);
const enroll = async (subject, files) =>
  worker.call("enroll", { params: { subject }, attachments: await Promise.all(files.map(photo)), key: `scenario-${subject}` });
const identify = (image) => worker.call("identify", { attachments: [image], deadlineMs: 60_000 });

const first = await worker.ready();
say(`ready: protocol ${first.protocol}, ${first.models.map((model) => model.id).join(", ")}`);
for (const [subject, files] of [["obama", ["obama.jpg", "obama2.jpg"]], ["hopper", ["grace_hopper.jpg"]]]) {
  const { result } = await enroll(subject, files);
  say(`enrolled ${subject}: ${result.added} added, ${result.templates} templates`);
}
let again = await enroll("obama", ["obama.jpg", "obama2.jpg"]);
say(`the same key again: replayed ${again.replayed}, ${again.result.templates} templates`);
say(`identified obama3.jpg: ${names((await identify(obama3)).result)}`);
say(`identified biden.jpg: ${names((await identify(await photo("biden.jpg"))).result)}`);
say(`a bad photo: ${await outcome(identify(noImage))}`);

const batch = worker.request("identify", { attachments: [obama3, noImage, hopper] });
const events = [];
for await (const event of batch.events()) events[event.index] = names(event);
say(`three photos: ${events.join(", ")}; ${(await batch.answer).result.failed} failed`);
say(`an unknown method: ${await outcome(worker.call("guess"))}`);
say(`a deadline of 1 ms: ${await outcome(worker.call("identify", { attachments: [obama3], deadlineMs: 1 }))}`);

const stop = new AbortController();
const cancelled = worker.request("identify", { attachments: Array(24).fill(hopper), signal: stop.signal });
for await (const _ of cancelled.events()) stop.abort();
say(`cancelled after the first event: ${await outcome(cancelled.answer)}`);

const gray = { data: Buffer.alloc(10_000), type: "image/x-gray", width: 100, height: 100 };
const answers = await Promise.all(Array.from({ length: 300 }, () => worker.call("detect", { attachments: [gray] })));
say(`300 requests at once: ${answers.filter(({ result }) => result.faces.length === 0).length} answers`);

const interrupted = worker.request("identify", { attachments: Array(24).fill(hopper) });
for await (const _ of interrupted.events()) process.kill(worker.pid, "SIGKILL");
say(`killed in the middle: ${await outcome(interrupted.answer)}`);
say(`a new worker: ${(await worker.ready()).bootID !== first.bootID}`);
say(`identified obama3.jpg: ${names((await identify(obama3)).result)}`);
again = await enroll("hopper", ["grace_hopper.jpg"]);
say(`the same key again: replayed ${again.replayed}, ${again.result.templates} templates`);
say(`a bad photo: ${await outcome(identify(noImage))}`);
say(`identified grace_hopper.jpg: ${names((await identify(hopper)).result)}`);
say(`closed: exit status ${await worker.close()}`);
