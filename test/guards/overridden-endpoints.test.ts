import {
  Controller,
  Get,
  HttpException,
  ServiceUnavailableException,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
} from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { AuthController, Requires } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { expectWireError } from '../support/expect-wire.js';
import { WireClient } from '../support/wire-client.js';
import { doorsOn } from './guarded-app.js';

const refusing = (exception: HttpException): CanActivate => ({
  canActivate: () => {
    throw exception;
  },
});

describe.each(adapters)('an endpoint that a subclass overrides, on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it.each([
    [new HttpException('Too many requests', 429), 'invalid_request'],
    [new UnauthorizedException('Come back with a cookie'), 'invalid_token'],
    [new ServiceUnavailableException('Closed on Sundays'), 'server_error'],
  ])('keeps the guards of the override, and tells their refusal in the wire format: %s', async (exception, error) => {
    class LimitedController extends AuthController {
      @UseGuards(refusing(exception))
      override device(request: unknown, response: unknown): Promise<void> {
        return super.device(request, response);
      }
    }
    const app = await doors.boot({ auth: { controller: LimitedController } });
    const answer = await new WireClient(app.url).post('/auth/v2/device');
    expectWireError(answer, exception.getStatus(), error);
    expect(answer.json.detail).toBe(exception.message);
  });
});

describe.each(adapters)('a handler that was replaced by a function without a name, on %s', (adapter) => {
  const doors = doorsOn(adapter);

  @Controller()
  class WrappedController {
    constructor() {
      Object.defineProperty(this, 'list', { value: (() => () => ({ in: true }))() });
    }

    @Requires({ scopes: 'admin' })
    @Get('list')
    list(): { in: boolean } {
      return { in: true };
    }
  }

  it('stops the boot, because nobody knows what it requires', async () => {
    await expect(doors.open(WrappedController)).rejects.toThrow(
      /WrappedController\.list: .*does not tell which method it is.*keep the name and metadata/,
    );
  });
});
