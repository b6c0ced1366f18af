import { Get } from '@nestjs/common';
import { AuthController } from 'nestjs-oidc-auth';

/** The standard endpoints, and one of our own beside them. */
export class SampleAuthController extends AuthController {
  /** The loopback ports that the provider knows as redirect targets of command-line clients. */
  @Get('auth/v2/auth-ports')
  authPorts() {
    return { valid_ports: [53100, 53101, 53102, 53103, 53104, 53105] };
  }
}
