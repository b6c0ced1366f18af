import { Inject, Injectable, Module } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { OidcAuth, OidcAuthModule, type OidcAuthOptions, type OidcAuthOptionsFactory } from 'nestjs-oidc-auth';
import { bootContext, soundOptions } from './booted-context.js';

@Injectable()
class Vault {
  read(): Promise<string> {
    return Promise.resolve('https://app.example.org/from-the-vault');
  }
}

@Module({ providers: [Vault], exports: [Vault] })
class VaultModule {}

let made = 0;

@Injectable()
class Settings implements OidcAuthOptionsFactory {
  constructor(@Inject(Vault) private readonly vault: Vault) {
    made++;
  }

  async createOidcAuthOptions(): Promise<OidcAuthOptions> {
    return { ...soundOptions, baseUrl: await this.vault.read() };
  }
}

@Module({ imports: [VaultModule], providers: [Settings], exports: [Settings] })
class SettingsModule {}

type Definition = Parameters<typeof OidcAuthModule.forRootAsync>[0];

async function baseUrlWith(definition: Definition): Promise<string | undefined> {
  const { context } = await bootContext({ imports: [OidcAuthModule.forRootAsync(definition)] });
  const { baseUrl } = context.get(OidcAuth);
  await context.close();
  return baseUrl;
}

const fromTheVault = 'https://app.example.org/from-the-vault';
const useFactory = async (vault: Vault) => ({ ...soundOptions, baseUrl: await vault.read() });

describe('forRootAsync', () => {
  it('injects what the modules that it imports export', async () => {
    expect(await baseUrlWith({ imports: [VaultModule], inject: [Vault], useFactory })).toBe(fromTheVault);
  });

  it('imports dynamic modules, too', async () => {
    @Module({})
    class Empty {}

    const imports = [{ module: Empty, providers: [Vault], exports: [Vault] }];
    expect(await baseUrlWith({ imports, inject: [Vault], useFactory })).toBe(fromTheVault);
  });

  it('injects what may be missing', async () => {
    const inject = [{ token: 'nowhere', optional: true }];
    expect(await baseUrlWith({ inject, useFactory: (none?: string) => ({ ...soundOptions, baseUrl: none }) })).toBe(
      undefined,
    );
  });

  it('stops the boot where what it injects is nowhere', async () => {
    await expect(baseUrlWith({ inject: [Vault], useFactory })).rejects.toThrow(/Vault/);
  });

  it('makes one instance of a useClass, and takes the one that is there for useExisting', async () => {
    made = 0;
    expect(await baseUrlWith({ imports: [VaultModule], useClass: Settings })).toBe(fromTheVault);
    expect(made).toBe(1);
    expect(await baseUrlWith({ imports: [SettingsModule], useExisting: Settings })).toBe(fromTheVault);
    expect(made).toBe(2);
  });

  it('asks the factory once for its options', async () => {
    let asked = 0;
    await baseUrlWith({
      useFactory: () => {
        asked++;
        return soundOptions;
      },
    });
    expect(asked).toBe(1);
  });

  it('gives each of several registrations its own options', async () => {
    const registration = (name: string) =>
      OidcAuthModule.forRootAsync({
        name,
        prefix: `/${name}`,
        useFactory: () => ({ ...soundOptions, baseUrl: `https://app.example.org/${name}` }),
      });
    const { context } = await bootContext({ imports: ['one', 'two'].map(registration) });
    const names = ['one', 'two'].map((name) => context.get<OidcAuth>(`nestjs-oidc-auth:${name}`).baseUrl);
    expect(names).toEqual(['https://app.example.org/one', 'https://app.example.org/two']);
    await context.close();
  });

  it.each(['throws', 'rejects'])('stops the boot with what a useClass %s', async (how) => {
    @Injectable()
    class Broken implements OidcAuthOptionsFactory {
      createOidcAuthOptions(): Promise<OidcAuthOptions> {
        const error = new Error('no vault today');
        if (how === 'rejects') return Promise.reject(error);
        throw error;
      }
    }
    await expect(baseUrlWith({ useClass: Broken })).rejects.toThrow('no vault today');
  });
});
