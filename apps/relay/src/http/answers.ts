/** Answers that more than one kind of route gives. */
import { ERRORS } from '@sealcam/protocol';
import type { FastifyReply } from 'fastify';
import { PRIVATE_HEADERS } from './route.ts';

/** The same for what does not exist and for what is not to be seen. */
export function notFound(reply: FastifyReply): FastifyReply {
  return reply.status(404).type('text/plain; charset=utf-8').send('Not found.\n');
}

/** To whoever asks by a name that is not ours. Nothing that was asked is in it: it may be another site's page that reads it. */
export function foreignHost(reply: FastifyReply): FastifyReply {
  const { status, words } = ERRORS['host.foreign'];
  return reply.status(status).headers(PRIVATE_HEADERS).type('text/html; charset=utf-8').send(FOREIGN_HOST_PAGE(words));
}

const FOREIGN_HOST_PAGE = (words: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not a name of this Sealcam</title>
<h1>Not a name of this Sealcam</h1>
<p>${words}</p>
<p>It goes by the names and addresses of its own machine, by what its certificate says, and by what the settings <code>url</code> and
<code>name</code> say: <code>--name cams.example</code>, or the line <code>name:</code> of sealcam.yaml.</p>
</html>
`;
