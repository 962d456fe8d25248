/** Listening, with the error a person understands. */
import { SealcamError } from '@sealcam/protocol';
import type { AddressInfo, ListenOptions, Server } from 'node:net';

/**
 * @returns the port, which the system chose where 0 was asked
 * @throws {SealcamError} `port.in-use`
 */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  await listenAt(server, { port, host }, `${host}:${port}`);
  return (server.address() as AddressInfo).port;
}

export async function listenAt(server: Server, where: ListenOptions, name: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      fail(error.code === 'EADDRINUSE' ? new SealcamError('port.in-use', name, { cause: error }) : error);
    });
    server.listen(where, done);
  });
}
