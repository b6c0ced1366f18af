// What grows with what, in one process. Each measure gives the cost of one operation by size.
import { logins } from './logins.mjs';
import { issuers } from './issuers.mjs';
import { keys } from './keys.mjs';
import { requirements, routes, starts } from './routes.mjs';

const settings = JSON.parse(process.argv[2]);
const measures = { routes, starts, requirements, keys, issuers, logins };
const measured = {};
for (const [name, measure] of Object.entries(measures)) measured[name] = await measure(settings);
process.on('disconnect', () => process.exit());
process.send(measured);
