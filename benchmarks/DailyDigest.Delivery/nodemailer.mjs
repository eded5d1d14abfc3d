// A pool of nodemailer that sends one personalised message per reader. Arguments: module, mail.json, port, connections, messages, warm-up.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [modulePath, mailPath, port, connections, messages, warmUp] = process.argv.slice(2);
const nodemailer = createRequire(modulePath)('nodemailer');
const mail = JSON.parse(readFileSync(mailPath, 'utf8'));

const pool = nodemailer.createTransport({
  pool: true, host: '127.0.0.1', port: Number(port), secure: false, ignoreTLS: true,
  maxConnections: Number(connections), maxMessages: Infinity,
});

async function send(count) {
  let next = 0;
  await Promise.all(Array.from({ length: Number(connections) }, async () => {
    while (next < count) {
      const token = `reader${next++}`.padEnd(51, 'x');
      await pool.sendMail({
        from: mail.from, to: `reader${next}@example.com`, subject: mail.subject,
        text: mail.text.replaceAll('@@TOKEN@@', token), html: mail.html.replaceAll('@@TOKEN@@', token),
        headers: { 'List-Unsubscribe': `<https://digest.example.com/unsubscribe/${token}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      });
    }
  }));
}

await send(Number(warmUp));
const [began, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
await send(Number(messages));
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const used = process.cpuUsage(cpu);
pool.close();
console.log(JSON.stringify({
  Messages: Number(messages), Seconds: seconds, CpuSeconds: (used.user + used.system) / 1e6,
  PeakMegabytes: process.resourceUsage().maxRSS / 1024,
}));
