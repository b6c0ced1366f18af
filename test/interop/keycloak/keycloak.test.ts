import { administration } from './administration.js';
import { backchannelLogout } from './backchannel-logout.js';
import { codeFlow } from './code-flow.js';
import { deviceFlow } from './device-flow.js';
import { exchange } from './exchange.js';
import { logout } from './logout.js';
import { outage } from './outage.js';
import { realmKeys } from './realm-keys.js';
import { refresh } from './refresh.js';
import { requirements } from './requirements.js';
import { useSite } from './support/site.js';

// One file, because it is one Keycloak: its start takes longer than any of these.
const site = useSite();

codeFlow(site);
refresh(site);
deviceFlow(site);
requirements(site);
exchange(site);
logout(site);
backchannelLogout(site);
administration(site);
realmKeys(site);
outage(site);
