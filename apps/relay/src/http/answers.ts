/** Answers that more than one kind of route gives. */
import type { FastifyReply } from 'fastify';

/** The same for what does not exist and for what is not to be seen. */
export function notFound(reply: FastifyReply): FastifyReply {
  return reply.status(404).type('text/plain; charset=utf-8').send('Not found.\n');
}
