import type { GeneratorContext, ValueGenerator } from '../profile.ts';
import { wordsOf } from './names.ts';

/**
 * Believable text for a column, by its name. Nobody's data: people are invented, mail goes to the reserved
 * example.org (RFC 2606), phones are 555-01xx, addresses of machines come from RFC 5737.
 */
export function textByName(relation: string, column: string): ValueGenerator | undefined {
  const words = wordsOf(column);
  const name = ` ${words.join(' ')} `;
  const rule = rules.find(([pattern]) => pattern.test(name));
  if (rule) return rule[1];
  return / name $/.test(name) ? nameOf(wordsOf(relation), words) : undefined;
}

const sentence: ValueGenerator = ({ faker }) => faker.lorem.sentence({ min: 4, max: 9 });
const ascii = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[^a-zA-Z]/g, '')
    .toLowerCase();
const known = (context: GeneratorContext, column: string, otherwise: () => string): string => {
  const value = Object.hasOwn(context.row, column) ? context.row[column] : undefined;
  return typeof value === 'string' && value !== '' ? value : otherwise();
};
const handle = (context: GeneratorContext): string => {
  const first = known(context, 'first_name', () => context.faker.person.firstName());
  const last = known(context, 'last_name', () => context.faker.person.lastName());
  const again = context.attempt > 0 ? `.${context.attempt}` : '';
  return `${ascii(first)}.${ascii(last)}${context.index + 1}${again}`;
};
const reserved = (context: GeneratorContext, ending = ''): string =>
  `https://example.org/${context.random.hex(8)}${ending}`;

// The first match counts, so what is more specific stands first.
const rules: readonly (readonly [RegExp, ValueGenerator])[] = [
  [/ e ?mails? (?!id|status|message)/, (context) => `${handle(context)}@example.org`],
  [
    / (phone|mobile|cell|fax|telephone|tel)s? (?!type)/,
    ({ random }) => `202-555-01${String(random.integer(0, 99)).padStart(2, '0')}`,
  ],
  [
    / (password|passwd|secret|token|pin|ssn|hash|key|iban|credential)s? /,
    ({ random }) => `sample-${random.hex(24)}`,
  ],
  [/ (first|given) name | forename /, ({ faker }) => faker.person.firstName()],
  [/ (last|family) name | surname /, ({ faker }) => faker.person.lastName()],
  [/ middle name /, ({ faker }) => faker.person.middleName()],
  [
    / (full|contact|parent|guardian|customer|staff|employee|teacher|author|owner|student|child|display) name /,
    ({ faker }) => `${faker.person.firstName()} ${faker.person.lastName()}`,
  ],
  [/ (user ?name|login|nick ?name|handle) /, handle],
  [/ (avatar|photo|picture|image|img|logo|thumbnail) /, (context) => reserved(context, '.jpg')],
  [/ (url|uri|link|website|homepage|href)s? /, (context) => reserved(context)],
  [/ (path|file ?name|file) $/, ({ random }) => `samples/${random.hex(8)}.pdf`],
  [/ (domain|host|hostname) /, ({ random }) => `host-${random.hex(4)}.example.org`],
  [/ ip( address)? /, ({ random }) => `192.0.2.${random.integer(1, 254)}`],
  [/ mac( address)? /, ({ random }) => `02:00:5e:10:00:${random.hex(2)}`],
  [/ user agent /, () => 'Mozilla/5.0 (X11; Linux x86_64)'],
  [/ city | town /, ({ faker }) => faker.location.city()],
  [/ (state|province) $/, ({ faker }) => faker.location.state({ abbreviated: true })],
  [/ county /, ({ faker }) => faker.location.county()],
  [/ country code /, () => 'US'],
  [/ country /, () => 'United States'],
  [/ (zip|postal|postcode)( code)? /, ({ random }) => String(random.integer(10000, 99999))],
  [
    / (street|address|addr)( line)?( \d)? /,
    ({ faker, random }) => `${random.integer(1, 999)} ${faker.location.street()}`,
  ],
  [
    / (company|organi[sz]ation|employer|vendor|provider) /,
    ({ faker }) => `${faker.person.lastName()} & Sample Co.`,
  ],
  [/ job title | position /, ({ faker }) => faker.person.jobTitle()],
  [/ department /, ({ faker }) => faker.commerce.department()],
  [/ currency /, () => 'USD'],
  [/ (language|locale|lang) /, () => 'en'],
  [/ (time ?zone|tz) /, () => 'America/New_York'],
  [/ colou?r /, ({ faker }) => faker.color.human()],
  [
    / (title|subject|headline|caption|label) /,
    ({ faker }) => faker.lorem.words({ min: 2, max: 4 }),
  ],
  [/ slug /, ({ faker }) => faker.lorem.slug(2)],
  [/ (sku|code|number|reference) /, ({ random }) => random.hex(8).toUpperCase()],
  [
    / (note|notes|description|comment|comments|message|content|body|bio|summary|details|remarks|text|instructions|reason) /,
    sentence,
  ],
];

const people =
  /^(users?|customers?|staff|employees?|parents?|children|child|people|persons?|contacts?|authors?|students?|teachers?|members?|guardians?|profiles?|accounts?)$/;

/** A bare `name` is a person's in a table of people, else a thing's. */
function nameOf(relation: readonly string[], words: readonly string[]): ValueGenerator {
  const isPerson = [...relation, ...words].some((word) => people.test(word));
  return ({ faker }) =>
    isPerson
      ? `${faker.person.firstName()} ${faker.person.lastName()}`
      : `${faker.word.adjective()} ${faker.word.noun()}`;
}
