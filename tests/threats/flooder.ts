/**
 * Floods a relay until it is ended, from a process of its own: sockets that say nothing from many loopback addresses, some before their
 * upgrade and some after it, each opened again as soon as it is closed; and meeting numbers that are nobody's.
 * Arguments: port, silent sockets, addresses. Says `up` once all were open, then `opened N guesses N` each second.
 */
import { connect } from 'node:net';
import { WebSocket } from 'ws';

const [port = 0, sockets = 0, addresses = 1] = process.argv.slice(2).map(Number);
/** A closed one comes back after so long: a flood that never waits would measure this machine's two cores and nothing else. */
const AGAIN_MS = 250;
const GUESS_MS = 20;
const count = { opened: 0, guesses: 0 };

const OPENINGS = ['/ws/viewer', '/ws/agent', '/ws/pair', undefined].map((path) => {
  if (path === undefined) return 'GET / HT';
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13';
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`;
});

/** Addresses from 127.0.1.1 on: nobody else's. */
function silent(index: number): void {
  const from = index % addresses;
  const socket = connect({
    host: '127.0.0.1',
    port,
    localAddress: `127.0.${1 + Math.floor(from / 250)}.${1 + (from % 250)}`,
  });
  socket.on('error', () => undefined);
  socket.on('connect', () => {
    count.opened += 1;
    if (count.opened === sockets) process.stdout.write('up\n');
    socket.write(OPENINGS[Math.floor(index / addresses) % OPENINGS.length] ?? '');
  });
  socket.resume();
  socket.on('close', () => void setTimeout(() => silent(index), AGAIN_MS));
}

/** From the very address of honest people. */
function guess(): void {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/pair`);
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    count.guesses += 1;
    socket.send(JSON.stringify({ t: 'join', id: count.guesses, number: '0000' }));
  }, GUESS_MS);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearInterval(timer);
    setTimeout(guess, AGAIN_MS);
  });
}

// In portions: a queue of the system that is full drops, and says nothing for a second.
let next = 0;
const filling = setInterval(() => {
  for (let n = 0; n < 100 && next < sockets; n += 1, next += 1) silent(next);
  if (next >= sockets) clearInterval(filling);
}, 20);
guess();
setInterval(() => process.stdout.write(`opened ${count.opened} guesses ${count.guesses}\n`), 1_000);
process.stdin.on('end', () => process.exit(0)).resume();
