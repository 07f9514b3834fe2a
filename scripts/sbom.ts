/**
 * Prints what the operator is installed with, as CycloneDX. `npm sbom --omit dev` leaves out what a development dependency
 * needs as well (seen with npm 11.19: zod, yaml), so it is made from the lockfile.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { productionDependencies } from './generate/licences.ts';

const { name, version, license } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
) as { name: string; version: string; license: string };

const purlOf = (name: string, version: string) => `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
const licensed = (id: string) => [{ license: { id } }];

const components = productionDependencies().map(({ name, version, licence, integrity }) => {
  const content = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
  const purl = purlOf(name, version);
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    licenses: licensed(licence),
    hashes: [{ alg: 'SHA-512', content }],
  };
});

const purl = purlOf(name, version);
const component = { type: 'application', 'bom-ref': purl, name, version, purl, licenses: licensed(license) };
console.log(
  JSON.stringify(
    { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata: { component }, components },
    undefined,
    2,
  ),
);
