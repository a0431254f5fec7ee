// The client that BullMQ stands on, used alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { event, redis, until } from './server.mjs';

let prefixes = 0;
const own = (t, options = {}) => redis(t, { keyPrefix: `io-${process.pid}-${++prefixes}:`, ...options });

test('commands of all types, also as buffers', async (t) => {
  const r = own(t);
  assert.equal(await r.set('a', 'ä', 'PX', 60_000), 'OK');
  assert.deepEqual(await r.getBuffer('a'), Buffer.from('ä'));
  assert.equal(await r.get('absent'), null);
  await r.hset('h', { f: 1, g: 'two' });
  assert.deepEqual(await r.hgetall('h'), { f: '1', g: 'two' });
  await r.zadd('z', 1, 'a', 2.5, 'b');
  assert.deepEqual(await r.zrange('z', 0, -1, 'WITHSCORES'), ['a', '1', 'b', '2.5']);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await r.rpush('l', bytes);
  assert.deepEqual(await r.lindexBuffer('l', 0), bytes);
  await assert.rejects(r.incr('h'), /^ReplyError: WRONGTYPE/);
});

test('scripts are loaded once, also in pipelines, and again when they are forgotten', async (t) => {
  const r = own(t, {
    scripts: {
      take: { numberOfKeys: 1, lua: "local n = tonumber(redis.call('GET', KEYS[1]) or 0) + ARGV[1]; redis.call('SET', KEYS[1], n); return n" },
      told: { numberOfKeys: 0, readOnly: true, lua: "return {1, 'two', false, {ok = 'fine'}, 3.9, cjson.decode(ARGV[1]).list}" },
    },
  });
  assert.equal(await r.take('n', 5), 5);
  assert.deepEqual(await r.told('{"list":["x","y"]}'), [1, 'two', null, 'fine', 3, ['x', 'y']]);
  await r.script('FLUSH');
  assert.equal(await r.take('n', 2), 7);
  await r.script('FLUSH');
  assert.deepEqual(await r.pipeline().take('n', 1).take('n', 1).exec(), [[null, 8], [null, 9]]);
  assert.deepEqual(await r.multi().set('n', 1).take('n', 1).exec(), [[null, 'OK'], [null, 2]]);
  await assert.rejects(r.eval("return redis.error_reply('MINE of my own')", 0), /^ReplyError: MINE of my own/);
  await assert.rejects(r.eval('return redis.call("nosuch")', 0), /Unknown Redis command called from script/);
  await assert.rejects(r.eval('return 1 +', 0), /Error compiling script/);
});

test('transactions, and what breaks them', async (t) => {
  const r = own(t), other = redis(t);
  assert.deepEqual(await r.multi().set('a', 1).incr('a').lpush('a', 'x').exec().then((all) => all.map(([e, v]) => e ? e.message.split(' ')[0] : v)),
    ['OK', 2, 'WRONGTYPE']);
  await r.watch('a');
  await other.set(r.options.keyPrefix + 'a', 'changed');
  assert.equal(await r.multi().set('a', 'mine').exec(), null);
  assert.equal(await r.get('a'), 'changed');
});

test('messages: channels, patterns, shards and keyspace events', async (t) => {
  const r = redis(t), sub = redis(t), heard = [];
  sub.on('message', (channel, text) => heard.push(`${channel}=${text}`));
  sub.on('pmessage', (pattern, channel, text) => heard.push(`${pattern}>${channel}=${text}`));
  sub.on('smessage', (channel, text) => heard.push(`shard ${channel}=${text}`));
  assert.equal(await sub.subscribe('news', 'other'), 2);
  assert.equal(await sub.psubscribe('n?ws'), 3);
  assert.equal(await sub.ssubscribe('shard'), 1);
  assert.equal(await r.publish('news', 'hello'), 2);
  assert.equal(await r.spublish('shard', 'there'), 1);
  await until('all has arrived', () => heard.length === 3);
  assert.deepEqual(heard, ['news=hello', 'n?ws>news=hello', 'shard shard=there']);
  assert.equal(await sub.ping(), 'PONG');
  await sub.unsubscribe('news', 'other');
  assert.equal(await r.publish('other', 'nobody'), 0);

  await r.config('SET', 'notify-keyspace-events', 'Ex');
  await sub.psubscribe('__keyevent@*__:expired');
  await r.set('io-brief', 1, 'PX', 20);
  await until('its expiry is told', () => heard.includes('__keyevent@*__:expired>__keyevent@0__:expired=io-brief'));
  await r.config('SET', 'notify-keyspace-events', '');
});

test('blocking reads, automatic pipelines, scans and a monitor', async (t) => {
  const r = own(t, { enableAutoPipelining: true }), blocked = own(t, { keyPrefix: r.options.keyPrefix });
  const popped = blocked.blpop('queue', 10);
  await r.rpush('queue', 'job');
  assert.deepEqual(await popped, [r.options.keyPrefix + 'queue', 'job']);
  const read = blocked.xread('BLOCK', 10_000, 'STREAMS', 'stream', '0');
  const id = await r.xadd('stream', '*', 'f', 'v');
  assert.deepEqual(await read, [[r.options.keyPrefix + 'stream', [[id, ['f', 'v']]]]]);

  await Promise.all(Array.from({ length: 500 }, (_, i) => r.set(`key:${i}`, i)));
  const seen = new Set();
  for await (const keys of redis(t).scanStream({ match: r.options.keyPrefix + 'key:*', count: 50 })) keys.forEach((key) => seen.add(key));
  assert.equal(seen.size, 500);

  const monitor = await redis(t).monitor();
  t.after(() => monitor.disconnect());
  const shown = event(monitor, 'monitor', (_, args) => args[0].toLowerCase() === 'echo');
  await r.echo('seen');
  assert.deepEqual((await shown)[1].slice(1), ['seen']);
});

test('a client that is killed comes back', async (t) => {
  const r = redis(t), other = redis(t, { connectionName: 'victim' });
  await other.ping();
  const again = event(other, 'ready');
  const id = await other.client('ID');
  assert.equal(await r.client('KILL', 'ID', id), 1);
  await again;
  assert.equal(await other.client('GETNAME'), 'victim');
  assert.notEqual(await other.client('ID'), id);
});
