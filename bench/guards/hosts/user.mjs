import { createParamDecorator, UseGuards } from '@nestjs/common';

/** What guards of the usual kind leave on the request. */
const User = createParamDecorator((_, context) => context.switchToHttp().getRequest().user);

/** A route behind guards that leave the claims as `request.user`. */
export function behind(...guards) {
  return (controller, method) => {
    User()(controller.prototype, method, 0);
    UseGuards(...guards)(controller.prototype, method, Object.getOwnPropertyDescriptor(controller.prototype, method));
  };
}
