// What a month on Azure uses, and how far the limits of a storage account reach: the tables of docs/azure-cost.md.
//
//   node benchmarks/azure-cost.mjs                 the tables, from benchmarks/azure-cost.json
//   node benchmarks/azure-cost.mjs my-prices.json  the same with your own assumptions and prices: {"assumed": {...}, "prices": {...}}
//
// The counts in azure-cost.json are what the tests count (tests/DailyDigest.Tests/Codebase/AzureCostTests.cs).

import { readFileSync } from 'node:fs';

const read = path => JSON.parse(readFileSync(path, 'utf8'));
const own = process.argv[2] ? read(process.argv[2]) : {};
const file = read(new URL('azure-cost.json', import.meta.url));
const host = read(new URL('../host.json', import.meta.url)).extensions.queues;
const counted = file.counted;
const assumed = { ...file.assumed, ...own.assumed };
const prices = { ...file.prices, ...own.prices };
const limits = file.limits;

const days = 30;
const minutes = days * 24 * 60;
const partsAtOnce = host.batchSize + host.newBatchThreshold;
const pollSeconds = host.maxPollingInterval.split(':').reduce((sum, one) => sum * 60 + Number(one), 0);
const partsOf = readers => readers >= assumed.sliceFrom ? 16 : 1;
const number = value => Math.round(value).toLocaleString('en-GB');
const gigabytes = bytes => bytes / 2 ** 30;
const row = cells => console.log(`| ${cells.join(' | ')} |`);
const table = (head, rows) => {
  row(head);
  row(head.map((_, index) => index === 0 ? '---' : '---:'));
  rows.forEach(row);
  console.log('');
};

/** Messages that a commit carries: twice the connections, and no more than the sender waits for. */
const width = connections => Math.min(2 * connections, counted.enough);

/** Messages a second of one part: the connections send a commit's messages, then wait for the commit. */
const partRate = (connections, messageSeconds) =>
  width(connections) / (width(connections) / connections * messageSeconds + assumed.commitSeconds);

const month = readers => {
  const parts = partsOf(readers);
  const deliveries = days * readers;
  const partSeconds = readers / parts / partRate(assumed.connections, assumed.messageSeconds);
  const hints = days * parts * Math.ceil(partSeconds / assumed.budgetSeconds);
  const instances = Math.ceil(parts / partsAtOnce);
  const timers = minutes * 2 + minutes / 10;
  return {
    tableClock: minutes * (counted.tick + counted.notices) + minutes / 10 * (counted.ingest + assumed.feeds * counted.feed)
      + days * counted.purgeDay,
    tableRuns: days * (counted.runStart + (parts === 1 ? counted.partOverhead : counted.sixteenPartsOverhead)),
    tableDeliveries: deliveries / 1000 * counted.perThousand,
    tablePurge: deliveries / 1000 * counted.purgePerThousand,
    queueHints: hints * 3,
    queuePolls: days * 86400 / pollSeconds,
    executions: timers + hints,
    gbsTimers: timers * assumed.billedSecondsPerTimer * assumed.instanceGB,
    gbsDelivery: days * instances * partSeconds * assumed.instanceGB,
    storage: gigabytes(readers * counted.bytesPerReader + assumed.keepDays * readers * counted.bytesPerDelivery),
    egress: gigabytes(deliveries * assumed.messageBytes),
  };
};

const sizes = [1000, 100000, 1000000];
const months = sizes.map(month);
const lines = [
  ['table requests: clock, service mails, feeds, daily purge', 'tableRequests10k', 'tableClock', 10000],
  ['table requests: beginning and ending runs', 'tableRequests10k', 'tableRuns', 10000],
  ['table requests: deliveries', 'tableRequests10k', 'tableDeliveries', 10000],
  ['table requests: deleting old deliveries', 'tableRequests10k', 'tablePurge', 10000],
  ['queue requests: hints', 'queueRequests10k', 'queueHints', 10000],
  ['queue requests: empty polls of one running instance', 'queueRequests10k', 'queuePolls', 10000],
  ['function executions', 'executionsMillion', 'executions', 1000000],
  ['GB-seconds: timers', 'gigabyteSecond', 'gbsTimers', 1],
  ['GB-seconds: delivery', 'gigabyteSecond', 'gbsDelivery', 1],
  ['storage, GB', 'storageGB', 'storage', 1],
  ['egress to a relay outside Azure, GB', 'egressGB', 'egress', 1],
];
const units = {
  tableRequests10k: '10,000 requests', queueRequests10k: '10,000 requests', executionsMillion: 'a million executions',
  gigabyteSecond: 'GB-second', storageGB: 'GB and month', egressGB: 'GB',
};
const amount = (one, field) => one[field] < 100 ? one[field].toFixed(2) : number(one[field]);

console.log(`A month of ${days} days, one cohort, one digest a day, ${assumed.connections} connections a part:\n`);
table(['used in a month', ...sizes.map(size => `${number(size)} readers`), 'priced by', 'your price'], lines.map(([name, price, field]) =>
  [name, ...months.map(one => amount(one, field)), units[price], prices[price] ?? '']));
if (lines.every(([, price]) => typeof prices[price] === 'number')) {
  const sum = one => lines.reduce((all, [, price, field, unit]) => all + one[field] / unit * prices[price], 0);
  table(['sum with your prices', ...sizes.map(size => `${number(size)} readers`)], [['', ...months.map(one => sum(one).toFixed(2))]]);
}

console.log('A million readers in one run of 16 parts:\n');
const hour = (connections, seconds) => {
  const rate = Math.min(partRate(connections, seconds), assumed.coresPerInstance / counted.cpuSecondsPerMessage / partsAtOnce);
  const needed = 1e6 / 3600 / rate;
  return [String(connections), `${seconds} s`, number(rate), number(1e6 / 16 / rate / 60),
    needed > 16 ? 'not with these connections' : String(Math.ceil(needed / partsAtOnce))];
};
table(['connections a part', 'a message takes', 'a part sends, a second', 'minutes with 3 instances', 'instances for one hour'],
  [4, 16].flatMap(connections => [0.05, 0.1, 0.25, 0.5, 1].map(seconds => hour(connections, seconds))));

/** Sends second by second, as fast as the limits of the account and of its partitions allow. Nothing is timed. */
const simulate = (readers, connections, entitiesAreRequests) => {
  const [parts, commit, page] = [16, width(connections), 1000];
  const left = Array(parts).fill(readers / parts);
  const unread = Array(parts).fill(0);
  let [seconds, requests, mostRequests, mostEntities] = [0, 0, 0, 0];
  const held = { partition: 0, account: 0 };
  while (left.some(one => one > 0)) {
    const ledger = Array(parts).fill(limits.partitionEntities);
    const audience = Array(parts).fill(limits.partitionEntities);
    let account = limits.accountRequests;
    const open = new Set(left.keys());
    while (open.size > 0) {
      for (const part of open) {
        const sent = Math.min(commit, left[part]);
        const read = unread[part] < sent ? page : 0;
        const entities = 2 * sent + 1;
        const cost = entitiesAreRequests ? entities + read : 1 + (read > 0 ? 1 : 0);
        if (sent === 0 || ledger[part] < entities || audience[part] < read || account < cost) {
          held.account += sent > 0 && account < cost ? 1 : 0;
          held.partition += sent > 0 && account >= cost ? 1 : 0;
          open.delete(part);
          continue;
        }
        left[part] -= sent;
        unread[part] += read - sent;
        ledger[part] -= entities;
        audience[part] -= read;
        account -= cost;
        requests += 1 + (read > 0 ? 1 : 0);
      }
    }
    mostRequests = Math.max(mostRequests, limits.accountRequests - account);
    mostEntities = Math.max(mostEntities, ...ledger.map(one => limits.partitionEntities - one));
    seconds++;
  }
  return [number(readers), String(connections), entitiesAreRequests ? 'each entity' : 'each request', (seconds / 60).toFixed(1),
    number(readers / seconds), number(requests / readers * 1000), number(mostRequests), number(mostEntities),
    held.account > held.partition ? 'the account' : 'the partitions'];
};

console.log('Readers of one run, sent as fast as one storage account allows:\n');
table(['readers', 'connections a part', 'counts against the account', 'minutes', 'messages a second', 'requests per 1,000',
  'account, most in a second', 'partition, most entities in a second', 'the limit is'],
[[1e6, 4, false], [1e7, 4, false], [1e7, 16, false], [1e7, 4, true], [1e7, 16, true]].map(one => simulate(...one)));
