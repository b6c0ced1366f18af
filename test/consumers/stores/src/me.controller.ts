import { Controller, Get } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IDToken, Required } from 'nestjs-oidc-auth';
import { Repository } from 'typeorm';
import { Visit } from './visit.entity.js';

@Controller()
export class MeController {
  constructor(@InjectRepository(Visit) private readonly visits: Repository<Visit>) {}

  @Get('me')
  async me(@Required() { sub }: IDToken) {
    await this.visits.insert({ sub });
    return { sub, visits: await this.visits.countBy({ sub }) };
  }
}
