// Checks the HTML of a mail: html-validate's recommended rules without those that mail clients make impossible, and caniemail's data.
// Input: the page. Output: {"html": ["line: rule: message", ...], "clients": ["error|warning feature: client, client", ...]}.
'use strict';
const { HtmlValidate } = require('html-validate');

// Rules that no mail can keep, with the reason.
const excused = {
  'no-inline-style': 'off', // clients drop style blocks; only inline styles remain
  'no-deprecated-attr': 'off', // Outlook for Windows takes widths, alignment and cell spacing from attributes only
  'no-conditional-comment': 'off', // the one way to give Outlook for Windows a fixed width
  'prefer-native-element': 'off', // role=presentation on layout tables has no native element
  'long-title': 'off', // the title is the subject: up to 78 characters
  'tel-non-breaking': 'off', // headlines and addresses are the publisher's
  'prefer-tbody': 'off', // every parser adds it; sixty of them would cost a kilobyte
};

const clients = [
  'gmail.*', 'outlook.windows', 'apple-mail.*', 'yahoo.*',
];

async function main() {
  let page = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    page += chunk;
  }
  const report = await new HtmlValidate({ extends: ['html-validate:recommended'], rules: excused }).validateString(page);
  const html = report.results.flatMap((file) => file.messages).map((m) => `${m.line}: ${m.ruleId}: ${m.message}`);

  const { caniemail } = await import('caniemail');
  const { issues } = caniemail({ clients, html: page });
  const found = [];
  for (const kind of ['errors', 'warnings']) {
    const features = new Map();
    for (const [client, list] of issues[kind]) {
      for (const issue of list) {
        features.set(issue.title, [...(features.get(issue.title) || []), client]);
      }
    }
    for (const [title, where] of features) {
      found.push(`${kind === 'errors' ? 'error' : 'warning'} ${title}: ${[...new Set(where)].sort().join(', ')}`);
    }
  }
  process.stdout.write(JSON.stringify({ html, clients: found }) + '\n');
}

main();
