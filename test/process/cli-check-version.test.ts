/** `sentry-options check-version`: the versions that services have, installed or in a lockfile. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { temporaryDirectory } from '../support/base.js';
import { runCliInServer } from '../support/cli-server.js';
import { root } from '../support/pages.js';

const OWN = manifest.version;
const OTHER = '0.0.9';

/** A repository with files, in which the command runs. */
class Place {
  readonly directory = temporaryDirectory();

  constructor() {
    mkdirSync(join(this.directory, '.git'));
  }

  write(path: string, content: object | string): this {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return this;
  }

  /** Installs the library in `directory`. */
  install(version: string, directory = '.'): this {
    return this.write(join(directory, 'node_modules/sentry-options/package.json'), { name: 'sentry-options', version });
  }

  /** Writes a lockfile with the library in each of `folders`. */
  lock(folders: Readonly<Record<string, string>>, file = 'package-lock.json'): this {
    const packages = Object.entries(folders).map(([folder, version]) => [
      join(folder, 'node_modules/sentry-options'),
      { version },
    ]);
    return this.write(file, { lockfileVersion: 3, packages: Object.fromEntries(packages) });
  }

  async run(...directories: readonly string[]) {
    const { code, stdout, stderr } = await runCliInServer(['check-version', ...directories], { cwd: this.directory });
    expect(stdout).toBe('');
    return { code, messages: stderr.split('\n').slice(0, -1) };
  }
}

function found(version: string, file: string): string {
  return ` INFO sentry-options: Found a version version=${version} file=${file}`;
}

function success(directories = 1): string {
  return ` INFO sentry-options: Version check successful version=${OWN} directories=${directories}`;
}

function failure(files: string, version = OTHER): string {
  return (
    `ERROR sentry-options: ${files}: the version is ${version}, but this command line is ${OWN}. A service may reject ` +
    `what another version accepts. Run \`npx sentry-options@${version}\`, or install sentry-options@${OWN} in the service`
  );
}

const INSTALLED = 'node_modules/sentry-options/package.json';

describe('check-version', () => {
  it('The command passes if the installed and the locked version are its own', async () => {
    const place = new Place().install(OWN).lock({ '': OWN });
    expect(await place.run()).toEqual({
      code: 0,
      messages: [found(OWN, INSTALLED), found(OWN, 'package-lock.json'), success()],
    });
  });

  it.each([
    ['installed', (place: Place) => place.install(OTHER).lock({ '': OWN }), INSTALLED],
    ['locked', (place: Place) => place.install(OWN).lock({ '': OTHER }), 'package-lock.json'],
    ['both', (place: Place) => place.install(OTHER).lock({ '': OTHER }), `${INSTALLED} and package-lock.json`],
    [
      'shrinkwrapped',
      (place: Place) => place.lock({ '': OWN }).lock({ '': OTHER }, 'npm-shrinkwrap.json'),
      'npm-shrinkwrap.json',
    ],
  ])('The command fails if a service has another version, and names both: %s', async (_, prepare, files) => {
    const { code, messages } = await prepare(new Place()).run();
    expect(code).toBe(1);
    expect(messages.filter((line) => line.startsWith('ERROR'))).toEqual([failure(files)]);
  });

  it('The command checks several services, and reports each that differs', async () => {
    const place = new Place()
      .lock({ '': OWN }, 'shop/package-lock.json')
      .lock({ '': OTHER }, 'cart/package-lock.json')
      .install('0.0.8', 'bakery');
    const { code, messages } = await place.run('shop', 'cart', 'bakery');
    expect(code).toBe(1);
    expect(messages.slice(-2)).toEqual([failure('cart/package-lock.json'), failure(`bakery/${INSTALLED}`, '0.0.8')]);
  });

  it('In a workspace, the nearest copy counts', async () => {
    const place = new Place().install(OTHER).install(OWN, 'packages/shop').lock({ '': OTHER, 'packages/shop': OWN });
    mkdirSync(join(place.directory, 'packages/cart'));
    expect((await place.run('packages/shop')).messages).toEqual([
      found(OWN, `packages/shop/${INSTALLED}`),
      found(OWN, 'package-lock.json'),
      success(),
    ]);
    expect((await place.run('packages/cart')).messages.slice(-1)).toEqual([
      failure(`${INSTALLED} and package-lock.json`),
    ]);
  });

  it('The nearest lockfile that lists the package counts, and a file outside has its whole path', async () => {
    const place = new Place().lock({ '': OTHER }).lock({}, 'packages/shop/package-lock.json');
    expect((await place.run('packages/shop')).messages.slice(-1)).toEqual([failure('package-lock.json')]);
    const outside = await new Place().run(place.directory);
    expect(outside.messages.slice(-1)).toEqual([failure(join(place.directory, 'package-lock.json'))]);
  });

  it('A link in node_modules and in a lockfile leads to the version', async () => {
    const place = new Place().write('service/package.json', {});
    mkdirSync(join(place.directory, 'service/node_modules'));
    symlinkSync(root, join(place.directory, 'service/node_modules/sentry-options'));
    // As npm wrote it, with the version of this package.
    const lockfile = JSON.parse(readFileSync(join(root, 'examples/fastify/package-lock.json'), 'utf8'));
    lockfile.packages['../..'].version = OWN;
    place.write('service/package-lock.json', lockfile);
    expect(await place.run('service')).toEqual({
      code: 0,
      messages: [found(OWN, `service/${INSTALLED}`), found(OWN, 'service/package-lock.json'), success()],
    });
  });

  it('A lockfile of any form is none of this package, and a version forges no message', async () => {
    for (const packages of [null, {}, { 'node_modules/sentry-options': null }, { 'node_modules/sentry-options': {} }]) {
      const { messages } = await new Place().write('package-lock.json', { packages }).run();
      expect(messages).toEqual([expect.stringMatching(/^ERROR sentry-options: \. has no sentry-options: /)]);
    }
    for (const text of ['null', '7', '[]']) {
      const { messages } = await new Place().write('package-lock.json', text).run();
      expect(messages).toEqual([expect.stringMatching(/^ERROR sentry-options: \. has no sentry-options: /)]);
    }
    const { code, messages } = await new Place().install('0.0.1\nERROR sentry-options: \u001b[2J').run();
    expect({ code, messages }).toEqual({
      code: 1,
      messages: [
        expect.stringMatching(/^ INFO .* version=0\.0\.1\\nERROR sentry-options: \\u001b\[2J file=/),
        expect.stringContaining('the version is 0.0.1\\u000aERROR sentry-options: \\u001b[2J, but'),
      ],
    });
  });

  it('A check that finds no version fails, and so does one that cannot read it', async () => {
    const outside = new Place().install(OWN);
    mkdirSync(join(outside.directory, 'values/.git'), { recursive: true });
    const none = (directory: string) =>
      `ERROR sentry-options: ${directory} has no sentry-options: neither node_modules/sentry-options nor a ` +
      'package-lock.json that lists it, up to the root of the repository. Install the dependencies first, or pass the ' +
      'directory of the service';
    expect(await new Place().run()).toEqual({ code: 1, messages: [none('.')] });
    expect(await new Place().lock({}).run()).toEqual({ code: 1, messages: [none('.')] });
    expect(await outside.run('values')).toEqual({ code: 1, messages: [none('values')] });
    expect(await new Place().write('package-lock.json', '{').run()).toEqual({
      code: 1,
      messages: [expect.stringMatching(/^ERROR sentry-options: package-lock\.json cannot be read \(.*JSON/)],
    });
    expect(await new Place().write(INSTALLED, {}).run()).toEqual({
      code: 1,
      messages: [`ERROR sentry-options: ${INSTALLED} must have a version. Install the dependencies again`],
    });
    expect(await new Place().run('nowhere', '.')).toEqual({
      code: 1,
      messages: ['ERROR sentry-options: nowhere must be the directory of a service', none('.')],
    });
  });
});
