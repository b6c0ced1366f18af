import { createParamDecorator } from '@nestjs/common';
import { SUBJECT } from './subject.mjs';

const user = { sub: SUBJECT };
const Somebody = createParamDecorator(() => user);

/** No guard: what everything is compared with. */
export function guarded() {
  return { imports: [], decorate: (controller, method) => Somebody()(controller.prototype, method, 0) };
}
