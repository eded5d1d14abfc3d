// A real mail server that keeps every message it accepts and fails on request.
// Input: one JSON object a line. The first one starts the server. A later one replaces the faults, or asks for an event "synced" after all
// earlier events: {sync: number}. The server ends when its input ends.
// Output: one JSON object a line: {event: "listening"|"scripted"|"synced"|"connect"|"close"|"message", ...}.
'use strict';
const readline = require('node:readline');
const { SMTPServer } = require('smtp-server');

let server;
let faults = [];
const known = new Set();

const say = (event, more) => process.stdout.write(JSON.stringify({ event, ...more }) + '\n');

// The first fault for this stage and recipient that has times left. Each call uses one of them.
function fault(stage, recipients = []) {
  const found = faults.find((f) => f.at === stage && f.times !== 0
    && (!f.recipient || recipients.some((r) => r.toLowerCase() === f.recipient.toLowerCase())));
  if (found && found.times > 0) {
    found.times -= 1;
  }
  return found;
}

function refusal(found) {
  const error = new Error(found.text);
  error.responseCode = found.code;
  return error;
}

function drop(session) {
  for (const connection of server.connections) {
    if (connection.session === session) {
      connection._socket.destroy();
    }
  }
}

// Ends the stage with the scripted fault, or with success.
function settle(stage, session, recipients, callback, done) {
  const found = fault(stage, recipients);
  const act = () => {
    if (!found || (!found.drop && !found.code)) {
      done();
    } else if (found.drop) {
      drop(session);
    } else {
      callback(refusal(found));
    }
  };
  if (found && found.delay) {
    setTimeout(act, found.delay);
  } else {
    act();
  }
}

const addresses = (session) => session.envelope.rcptTo.map((to) => to.address);

function onData(stream, session, callback) {
  const chunks = [];
  const cut = fault('mid-data', addresses(session));
  let size = 0;
  let dropped = false;
  stream.on('data', (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (cut && !dropped && size > cut.after) {
      dropped = true;
      drop(session);
    }
  });
  stream.on('end', () => {
    if (dropped) {
      return;
    }
    if (stream.sizeExceeded) {
      callback(refusal({ code: 552, text: '5.3.4 Message too big for this server' }));
      return;
    }
    settle('data', session, addresses(session), callback, () => {
      const lost = fault('reply', addresses(session));
      say('message', {
        from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
        to: addresses(session),
        session: session.id,
        client: session.hostNameAppearsAs || '',
        user: session.user || null,
        secure: session.secure,
        replied: !lost,
        raw: Buffer.concat(chunks).toString('base64'),
      });
      if (lost) {
        drop(session);
      } else {
        callback(null, `2.0.0 Kept as ${session.id}`);
      }
    });
  });
}

function start(options) {
  faults = options.faults || [];
  server = new SMTPServer({
    name: 'recorder.test',
    banner: 'DailyDigest test recorder',
    size: options.maxSize || undefined,
    key: options.key || undefined,
    cert: options.certificate || undefined,
    secure: options.security === 'tls',
    authOptional: !options.user,
    authMethods: options.mechanisms || ['PLAIN', 'LOGIN'],
    allowInsecureAuth: true,
    disabledCommands: [
      ...(options.security === 'starttls' ? [] : ['STARTTLS']),
      ...(options.user ? [] : ['AUTH']),
    ],
    disableReverseLookup: true,
    hidePIPELINING: false,
    closeTimeout: 100,
    onConnect(session, callback) {
      known.add(session.id);
      say('connect', { session: session.id });
      settle('connect', session, [], callback, () => callback());
    },
    onSecure(socket, session, callback) {
      settle('secure', session, [], callback, () => callback());
    },
    onAuth(auth, session, callback) {
      settle('auth', session, [], callback, () => {
        const proven = auth.method === 'XOAUTH2'
          ? Boolean(options.tokenPrefix) && auth.accessToken.startsWith(options.tokenPrefix)
          : Boolean(options.password) && auth.password === options.password;
        if (auth.username === options.user && proven) {
          callback(null, { user: auth.username });
        } else if (auth.method === 'XOAUTH2') {
          callback(null, { data: { status: '401', schemes: 'bearer', scope: 'mail' } });
        } else {
          callback(refusal({ code: 535, text: '5.7.8 Authentication credentials invalid' }));
        }
      });
    },
    onMailFrom(address, session, callback) {
      if (options.security === 'starttls' && options.requireTls && !session.secure) {
        callback(refusal({ code: 530, text: '5.7.0 Must issue a STARTTLS command first' }));
        return;
      }
      settle('mail', session, [], callback, () => callback());
    },
    onRcptTo(address, session, callback) {
      settle('rcpt', session, [address.address], callback, () => callback());
    },
    onData,
    onClose(session) {
      // A client that fails in the TLS handshake closes a connection that never became a session.
      if (known.delete(session.id)) {
        say('close', { session: session.id });
      }
    },
  });
  server.on('error', () => {}); // A sender that dies ends only its own connection.
  server.listen(options.port || 0, '127.0.0.1', () => say('listening', { port: server.server.address().port }));
}

readline.createInterface({ input: process.stdin })
  .on('line', (line) => {
    const options = JSON.parse(line);
    if (options.sync) {
      // Two rounds, so that all data that has arrived by now is read first: the first round may be the one that reads this line.
      setImmediate(() => setImmediate(() => say('synced', { sync: options.sync })));
    } else if (server) {
      faults = options.faults || [];
      say('scripted', {});
    } else {
      start(options);
    }
  })
  .on('close', () => process.exit(0));
