import { createServer } from 'node:http';
import { approve, interaction } from './login.js';
import { createProvider, type LocalProvider } from './provider.js';

const settings = JSON.parse(process.env.LOCAL_PROVIDER ?? '') as LocalProvider;
const provider = createProvider(settings);
const standard = provider.callback();

const server = createServer((request, response) => {
  const { method, url = '' } = request;
  if (url.startsWith('/interaction/')) {
    interaction(provider, request, response).catch(() => {
      response.writeHead(400).end('This log-in is over, or was never begun: begin it anew.\n');
    });
  } else if (method === 'POST' && url === '/approve') {
    void approve(provider, settings.audience, request, response);
  } else {
    void standard(request, response);
  }
});

server.listen(Number(process.env.PORT), '127.0.0.1');
