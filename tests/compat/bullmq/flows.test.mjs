// Jobs that wait for others, and jobs that come again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingChildrenError } from 'bullmq';
import { event, open, redis, until } from './server.mjs';

test('a parent waits for its children and sees their values', async (t) => {
  const { name, queue, worker, events, flows } = open(t);
  queue();
  const e = await events();
  worker(async (job) => {
    if (job.name === 'leaf') return job.data.n;
    return Object.values(await job.getChildrenValues()).reduce((a, b) => a + b, 0);
  }, { concurrency: 4 });
  const tree = await flows().add({
    name: 'root', queueName: name, children: [
      { name: 'leaf', queueName: name, data: { n: 1 } },
      { name: 'branch', queueName: name, children: [2, 3, 4].map((n) => ({ name: 'leaf', queueName: name, data: { n } })) },
    ],
  });
  assert.equal(await tree.job.waitUntilFinished(e), 10);
  assert.deepEqual(await tree.job.getDependenciesCount(), { processed: 2, unprocessed: 0, failed: 0, ignored: 0 });
});

test('a flow is read back, and removed with its children', async (t) => {
  const { name, queue, flows } = open(t);
  const q = queue(), f = flows();
  const { job } = await f.add({
    name: 'root', queueName: name, data: { top: true }, children: [
      { name: 'a', queueName: name, opts: { delay: 60_000 } }, { name: 'b', queueName: name, opts: { priority: 3 } },
    ],
  });
  const read = await f.getFlow({ id: job.id, queueName: name });
  assert.deepEqual(read.children.map((child) => child.job.name).sort(), ['a', 'b']);
  assert.equal(await job.getState(), 'waiting-children');
  await job.remove();
  assert.equal(await q.getJobCountByTypes('waiting', 'delayed', 'prioritized', 'waiting-children'), 0);
});

test('a failed child fails its parent, is ignored, or is removed from it, as asked', async (t) => {
  const { name, queue, worker, events, flows } = open(t);
  queue();
  const e = await events(), f = flows();
  worker(async (job) => {
    if (job.name === 'bad') throw new Error('bad child');
    return Object.values(await job.getIgnoredChildrenFailures?.() ?? {}).length;
  }, { concurrency: 4 });
  const family = (opts) => f.add({ name: 'parent', queueName: name, children: [{ name: 'bad', queueName: name, opts }] });

  const failing = await family({ failParentOnFailure: true });
  await assert.rejects(failing.job.waitUntilFinished(e), /child .* failed/);
  const ignoring = await family({ ignoreDependencyOnFailure: true });
  assert.equal(await ignoring.job.waitUntilFinished(e), 1);
  const removing = await family({ removeDependencyOnFailure: true });
  assert.equal(await removing.job.waitUntilFinished(e), 0);
  const going = await family({ continueParentOnFailure: true });
  await going.job.waitUntilFinished(e);
});

test('a job adds children while it runs and waits for them', async (t) => {
  const { name, queue, worker, events } = open(t);
  const q = queue(), e = await events();
  worker(async (job, token) => {
    if (job.name === 'child') return job.data.n * 2;
    if (!job.data.asked) {
      for (const n of [1, 2, 3]) {
        await q.add('child', { n }, { parent: { id: job.id, queue: `bull:${name}` } });
      }
      await job.updateData({ asked: true });
      if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();
    }
    return Object.values(await job.getChildrenValues()).sort((a, b) => a - b);
  }, { concurrency: 2 });
  assert.deepEqual(await (await q.add('asking', {})).waitUntilFinished(e), [2, 4, 6]);
});

test('a bulk of flows', async (t) => {
  const { name, queue, worker, flows } = open(t);
  const q = queue();
  worker(async () => 1, { concurrency: 10 });
  await flows().addBulk(Array.from({ length: 10 }, (_, i) => ({
    name: `p${i}`, queueName: name, children: Array.from({ length: 5 }, () => ({ name: 'c', queueName: name })),
  })));
  await until('all are done', async () => (await q.getCompletedCount()) === 60);
});

test('schedulers produce jobs again and again', async (t) => {
  const { queue, worker } = open(t);
  const q = queue(), names = [];
  await q.upsertJobScheduler('tick', { every: 60 }, { name: 'tick', data: { n: 1 } });
  await q.upsertJobScheduler('nightly', { pattern: '0 15 3 * * *', tz: 'UTC' }, { name: 'nightly' });
  worker(async (job) => { names.push(job.name); });
  await until('it has ticked five times', () => names.length >= 5);
  assert.ok(names.every((name) => name === 'tick'));

  const schedulers = await q.getJobSchedulers();
  assert.deepEqual(schedulers.map((s) => s.key).sort(), ['nightly', 'tick']);
  assert.equal(schedulers.find((s) => s.key === 'nightly').pattern, '0 15 3 * * *');
  assert.equal(await q.removeJobScheduler('tick'), true);
  assert.equal(await q.removeJobScheduler('tick'), false);
  assert.equal(await q.getJobSchedulersCount(), 1);
});

test('events come in order, from a stream that is trimmed', async (t) => {
  const { name, queue, worker, events } = open(t);
  const q = queue({ streams: { events: { maxLen: 50 } } }), e = await events();
  const heard = [], drained = event(e, 'drained');
  for (const kind of ['added', 'waiting', 'active', 'completed']) e.on(kind, ({ jobId }) => heard.push(`${kind} ${jobId}`));
  const w = worker(async () => {});
  const job = await q.add('n');
  await until('it is told that it is done', () => heard.includes(`completed ${job.id}`));
  assert.deepEqual(heard, ['added', 'waiting', 'active', 'completed'].map((kind) => `${kind} ${job.id}`));
  await drained;

  await w.close();
  await q.addBulk(Array.from({ length: 200 }, () => ({ name: 'n' })));
  const kept = await redis(t).xlen(`bull:${name}:events`);
  assert.ok(kept >= 50 && kept <= 150, `${kept} of some 400 events are kept`);
});
