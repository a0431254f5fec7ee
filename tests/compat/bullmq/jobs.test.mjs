// One queue and its workers: the life of a job.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DelayedError, RateLimitError, UnrecoverableError, Worker } from 'bullmq';
import { connection, event, open, redis, sleep, until } from './server.mjs';

test('a job is processed and its result comes back', async (t) => {
  const { queue, worker, events } = open(t);
  const q = queue(), e = await events();
  worker(async (job) => {
    await job.log(`adding ${job.data.a} and ${job.data.b}`);
    await job.updateProgress({ percent: 50 });
    await job.updateData({ ...job.data, seen: true });
    return { sum: job.data.a + job.data.b, name: job.name };
  });
  const progress = event(e, 'progress');
  const job = await q.add('add', { a: 2, b: 3, text: 'Grüße, 世界 / "quoted"', nested: { empty: [], none: {}, nil: null } });

  assert.deepEqual(await job.waitUntilFinished(e), { sum: 5, name: 'add' });
  assert.deepEqual((await progress)[0].data, { percent: 50 });
  const done = await q.getJob(job.id);
  assert.equal(await done.getState(), 'completed');
  assert.deepEqual(done.data, { ...job.data, seen: true });
  assert.deepEqual((await q.getJobLogs(job.id)).logs, ['adding 2 and 3']);
  assert.deepEqual(await q.getJobCounts('waiting', 'active', 'completed', 'failed', 'delayed'),
    { waiting: 0, active: 0, completed: 1, failed: 0, delayed: 0 });
});

test('many jobs, several workers: each job once', async (t) => {
  const { queue, worker } = open(t);
  const q = queue(), count = 500, seen = new Map();
  const work = async (job) => { seen.set(job.data.i, (seen.get(job.data.i) ?? 0) + 1); };
  worker(work, { concurrency: 20 });
  worker(work, { concurrency: 20 });
  await q.addBulk(Array.from({ length: count }, (_, i) => ({ name: 'n', data: { i } })));

  await until('all are done', async () => (await q.getCompletedCount()) === count);
  assert.equal(seen.size, count);
  assert.ok([...seen.values()].every((times) => times === 1));
});

test('first in, first out; last in, first out; priorities before numbers', async (t) => {
  const { queue, worker } = open(t);
  const q = queue(), order = [];
  await q.addBulk([
    { name: 'low', opts: { priority: 10 } },
    { name: 'first' },
    { name: 'high', opts: { priority: 1 } },
    { name: 'second' },
    { name: 'middle', opts: { priority: 5 } },
    { name: 'again-middle', opts: { priority: 5 } },
    { name: 'lifo', opts: { lifo: true } },
  ]);
  const changed = (await q.getJobs(['prioritized'])).find((job) => job.name === 'again-middle');
  await changed.changePriority({ priority: 2 });
  assert.deepEqual(await q.getCountsPerPriority([0, 1, 2, 5, 10]), { 0: 3, 1: 1, 2: 1, 5: 1, 10: 1 });
  worker(async (job) => { order.push(job.name); });

  await until('all are done', () => order.length === 7);
  assert.deepEqual(order, ['lifo', 'first', 'second', 'high', 'again-middle', 'middle', 'low']);
});

test('delayed jobs wait, can be changed and promoted', async (t) => {
  const { queue, worker } = open(t);
  const q = queue(), done = [];
  const soon = await q.add('soon', {}, { delay: 150 });
  const later = await q.add('later', {}, { delay: 3_600_000 });
  const promoted = await q.add('promoted', {}, { delay: 3_600_000 });
  assert.equal(await q.getDelayedCount(), 3);
  await later.changeDelay(60);
  await promoted.promote();
  worker(async (job) => { done.push(job.name); assert.ok(Date.now() >= job.timestamp + (job.delay ?? 0) - 1); });

  await until('all are done', () => done.length === 3);
  assert.equal(done[0], 'promoted');
  assert.equal(await soon.getState() === 'delayed', false);
});

test('failures are tried again with a backoff, and then given up', async (t) => {
  const { queue, worker, events } = open(t);
  const q = queue(), e = await events(), tries = { twice: 0, never: 0, fatal: 0 };
  worker(async (job) => {
    tries[job.name]++;
    if (job.name === 'fatal') throw new UnrecoverableError('no use');
    if (job.name === 'never' || tries.twice < 3) throw new Error(`attempt ${tries[job.name]}`);
    return 'at last';
  }, { concurrency: 3 });
  const options = { attempts: 3, backoff: { type: 'exponential', delay: 20 } };
  const [twice, never, fatal] = await Promise.all(
    ['twice', 'never', 'fatal'].map((name) => q.add(name, {}, options)));

  assert.equal(await twice.waitUntilFinished(e), 'at last');
  await assert.rejects(never.waitUntilFinished(e), /attempt 3/);
  await assert.rejects(fatal.waitUntilFinished(e), /no use/);
  assert.deepEqual(tries, { twice: 3, never: 3, fatal: 1 });
  const given = await q.getJob(never.id);
  assert.equal(given.attemptsMade, 3);
  assert.equal(given.stacktrace.length, 3);
  assert.equal(await q.getFailedCount(), 2);
});

test('failed jobs are retried by hand, one or all', async (t) => {
  const { queue, worker } = open(t);
  const q = queue();
  let broken = true;
  worker(async () => { if (broken) throw new Error('broken'); }, { concurrency: 5 });
  const jobs = await q.addBulk(Array.from({ length: 10 }, () => ({ name: 'n' })));
  await until('all have failed', async () => (await q.getFailedCount()) === 10);
  broken = false;
  await (await q.getJob(jobs[0].id)).retry();
  await until('one is done', async () => (await q.getCompletedCount()) === 1);
  await q.retryJobs({ count: 3 });

  await until('all are done', async () => (await q.getCompletedCount()) === 10);
  assert.equal(await q.getFailedCount(), 0);
});

test('what is finished is kept as asked', async (t) => {
  const { queue, worker } = open(t);
  const q = queue();
  let done = 0;
  worker(async () => { done++; });
  for (let i = 0; i < 12; i++) await q.add('n', {}, { removeOnComplete: { count: 4 } });
  await until('all are done', () => done === 12);
  await until('four are left', async () => (await q.getCompletedCount()) === 4);

  assert.equal((await q.clean(0, 2, 'completed')).length, 2);
  assert.equal(await q.getCompletedCount(), 2);
});

test('a paused queue waits; a drained one is empty; an obliterated one leaves no key', async (t) => {
  const { queue, worker } = open(t);
  const q = queue(), seen = [];
  await q.pause();
  worker(async (job) => { seen.push(job.name); });
  await q.add('a');
  await q.add('b', {}, { delay: 10 });
  await sleep(60);
  assert.equal(await q.isPaused(), true);
  assert.deepEqual(seen, []);
  await q.resume();
  await until('both are done', () => seen.length === 2);

  await q.pause();
  await q.addBulk([{ name: 'c' }, { name: 'd' }, { name: 'e', opts: { delay: 5000 } }, { name: 'f', opts: { priority: 2 } }]);
  await q.drain(true);
  assert.equal(await q.count(), 0);
  await q.obliterate();
  assert.deepEqual(await redis(t).keys(`bull:${q.name}:*`), []);
});

test('a job of the same name or deduplication id is added once', async (t) => {
  const { queue, worker, events } = open(t);
  const q = queue(), e = await events();
  const duplicated = event(e, 'duplicated'), deduplicated = event(e, 'deduplicated');
  await q.add('named', { n: 1 }, { jobId: 'the-one' });
  await q.add('named', { n: 2 }, { jobId: 'the-one' });
  const first = await q.add('once', {}, { deduplication: { id: 'd', ttl: 60_000 } });
  const second = await q.add('once', {}, { deduplication: { id: 'd', ttl: 60_000 } });
  assert.equal(first.id, second.id);
  assert.equal(await q.getDeduplicationJobId('d'), first.id);
  assert.equal((await duplicated)[0].jobId, 'the-one');
  assert.equal((await deduplicated)[0].deduplicationId, 'd');
  assert.equal(await q.getWaitingCount(), 2);
  assert.equal((await q.getJob('the-one')).data.n, 1);
  assert.equal(await q.removeDeduplicationKey('d'), 1);

  let done = 0;
  worker(async () => { done++; });
  await until('both are done', () => done === 2);
});

test('a limiter and a rate limit by hand slow the workers down', async (t) => {
  const { queue, worker } = open(t);
  const q = queue(), at = [];
  let held = false;
  const w = worker(async () => {
    if (!held) {
      held = true;
      await w.rateLimit(100);
      throw new RateLimitError();
    }
    at.push(Date.now());
  }, { limiter: { max: 2, duration: 150 }, concurrency: 5 });
  await q.addBulk(Array.from({ length: 6 }, () => ({ name: 'n' })));

  await until('all are done', () => at.length === 6);
  assert.ok(at[5] - at[0] >= 250, `six jobs at two per 150 ms took ${at[5] - at[0]} ms`);
});

test('a job moves itself to later', async (t) => {
  const { queue, worker, events } = open(t);
  const q = queue(), e = await events();
  worker(async (job, token) => {
    if (job.data.step) return 'second step';
    await job.updateData({ step: 2 });
    await job.moveToDelayed(Date.now() + 50, token);
    throw new DelayedError();
  });
  assert.equal(await (await q.add('steps', {})).waitUntilFinished(e), 'second step');
});

test('jobs are fetched and finished by hand; a lock that ran out makes them stall', async (t) => {
  const { queue, worker, name, events } = open(t);
  const q = queue(), e = await events();
  const manual = worker(null, { name });
  const added = await q.add('by-hand', { n: 1 });
  const job = await manual.getNextJob('token');
  assert.equal(job.id, added.id);
  assert.equal(await job.extendLock('token', 10_000), 1);
  await job.moveToCompleted('fine', 'token', false);
  assert.equal(await added.getState(), 'completed');
  await assert.rejects(job.moveToCompleted('twice', 'token', false), /Missing lock|not in the active state/);

  const stalled = event(e, 'stalled');
  const lost = worker(null, { name, lockDuration: 60 });
  const victim = await q.add('lost', {});
  assert.equal((await lost.getNextJob('gone')).id, victim.id);
  worker(async (j) => `rescued ${j.name}`, { stalledInterval: 100 });
  assert.equal((await stalled)[0].jobId, victim.id);
  assert.equal(await victim.waitUntilFinished(e), 'rescued lost');
});

test('a worker that closes lets its job finish', async (t) => {
  const { queue, name } = open(t);
  const q = queue();
  let finished = false;
  const w = new Worker(name, async () => { await sleep(150); finished = true; }, { connection });
  await q.add('slow');
  await event(w, 'active');
  await w.close();
  assert.equal(finished, true);
  assert.equal(await q.getCompletedCount(), 1);
});

test('concurrency of the whole queue, metrics, workers and names are known', async (t) => {
  const { queue, worker } = open(t);
  const q = queue();
  await q.setGlobalConcurrency(1);
  let running = 0, most = 0, done = 0;
  const work = async () => { most = Math.max(most, ++running); await sleep(10); running--; done++; };
  const options = { concurrency: 5, metrics: { maxDataPoints: 60 } };
  worker(work, options);
  worker(work, options);
  await q.addBulk(Array.from({ length: 8 }, () => ({ name: 'n' })));
  await until('all are done', async () => (await q.getCompletedCount()) === 8);

  assert.equal(most, 1);
  assert.equal(await q.getGlobalConcurrency(), 1);
  assert.equal((await q.getMetrics('completed')).meta.count, 8);
  assert.equal((await q.getWorkers()).length, 2);
  assert.match(await q.exportPrometheusMetrics(), /bullmq_job_count\{.*state="completed"\} 8/);
});
