// What every test of this folder needs: the server's address, and BullMQ objects on queues of their own
// that are closed when the test ends.

import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const port = Number(process.env.SOLOKV_PORT);
if (!port) throw new Error('SOLOKV_PORT is not set: the Go test beside this folder sets it');

export const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };

const waitMsMax = 60_000;
let queues = 0;

// open returns makers of BullMQ objects that all work on one new queue.
export function open(t) {
  const name = `queue-${process.pid}-${++queues}`;
  const keep = (object) => {
    object.on('error', (error) => { if (!object.closing) console.error(error); });
    t.after(() => object.close());
    return object;
  };
  return {
    name,
    queue: (options = {}) => keep(new Queue(options.name ?? name, { connection, ...options })),
    worker: (process, options = {}) => keep(new Worker(options.name ?? name, process, { connection, ...options })),
    flows: () => keep(new FlowProducer({ connection })),
    // From the first event on: from "$", those before the reader's first XREAD would be missed.
    async events(options = {}) {
      const events = keep(new QueueEvents(name, { connection, lastEventId: '0-0', ...options }));
      await events.waitUntilReady();
      return events;
    },
  };
}

// redis returns a connection without BullMQ.
export function redis(t, options = {}) {
  const client = new Redis({ ...connection, ...options });
  t.after(() => client.disconnect());
  return client;
}

// until waits for a condition, which may be a promise's.
export async function until(what, condition) {
  for (const end = Date.now() + waitMsMax; Date.now() < end; await sleep(5)) {
    if (await condition()) return;
  }
  throw new Error(`waited ${waitMsMax} ms in vain until ${what}`);
}

// event resolves with the first event of this name for which the condition holds.
export function event(emitter, name, condition = () => true) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no event "${name}" within ${waitMsMax} ms`)), waitMsMax);
    emitter.on(name, function listen(...values) {
      if (!condition(...values)) return;
      clearTimeout(timer);
      emitter.off(name, listen);
      resolve(values);
    });
  });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
