import { once } from 'node:events';
import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import { SUBJECT } from './subject.mjs';

/** Express without Nest: with express-oauth2-jwt-bearer, or without any guard. */
export async function listen({ guard, issuer, audience }) {
  const app = express();
  if (guard === 'none') app.get('/me', (_, response) => response.json({ sub: SUBJECT }));
  else {
    app.use(auth({ issuerBaseURL: issuer, audience }));
    app.get('/me', (request, response) => response.json({ sub: request.auth.payload.sub }));
    // Express would print every refusal.
    app.use((error, request, response, next) => {
      if (error.status === 401) response.status(401).end();
      else next(error);
    });
  }
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}
