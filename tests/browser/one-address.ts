/** Two test cameras behind one address, told apart by the path, as the two streams of a real camera are. */
import net from 'node:net';
import { once } from 'node:events';

/**
 * @param ports by the path of the stream, `/stream1`
 * @returns `host:port` of the one address
 */
export async function oneAddress(
  ports: Readonly<Record<string, number>>,
): Promise<{ readonly host: string; close(): Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    client.once('data', (first) => {
      // The first request names the path; OPTIONS and DESCRIBE both do.
      const path = /^[A-Z]+ rtsp:\/\/[^/\s]+(\/[^\s/?]*)/u.exec(first.toString('latin1'))?.[1] ?? '';
      const port = ports[path];
      if (port === undefined) {
        client.end('RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n');
        return;
      }
      const camera = net.connect(port, '127.0.0.1');
      sockets.add(camera);
      camera.on('error', () => client.destroy());
      camera.write(first);
      client.pipe(camera).pipe(client);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
