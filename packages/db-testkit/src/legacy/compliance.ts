import { daysAgo, type LegacyTable } from './world.ts';

// biome-ignore format: a list of fifty
const STATES = [
  'Alabama', 'Alaska', 'Arizona', 'Arkansas', 'California', 'Colorado', 'Connecticut', 'Delaware',
  'Florida', 'Georgia', 'Hawaii', 'Idaho', 'Illinois', 'Indiana', 'Iowa', 'Kansas', 'Kentucky',
  'Louisiana', 'Maine', 'Maryland', 'Massachusetts', 'Michigan', 'Minnesota', 'Mississippi', 'Missouri',
  'Montana', 'Nebraska', 'Nevada', 'New Hampshire', 'New Jersey', 'New Mexico', 'New York',
  'North Carolina', 'North Dakota', 'Ohio', 'Oklahoma', 'Oregon', 'Pennsylvania', 'Rhode Island',
  'South Carolina', 'South Dakota', 'Tennessee', 'Texas', 'Utah', 'Vermont', 'Virginia', 'Washington',
  'West Virginia', 'Wisconsin', 'Wyoming',
] as const;

/** Fifty states; the application also offers the District of Columbia and Puerto Rico. */
export const stateRatios: LegacyTable = {
  name: 'state_ratios',
  rows: 50,
  row: ({ id, role, random }) => ({
    id,
    state: STATES[role] ?? 'West Virginia',
    six_weeks: '4:1',
    nine_months: '4:1',
    eighteen_months: `${random.int(4, 6)}:1`,
    twenty_seven_months: `${random.int(5, 8)}:1`,
    three_years: '10:1',
    four_years: `${random.int(10, 12)}:1`,
    five_years: '12:1',
    six_years: '16:1',
    seven_years: '16:1',
    eight_nine_years: '16:1',
    ten_plus_years: random.oneIn(3) ? '20:1*' : '16:1',
    created_at: daysAgo(55, 600),
  }),
};

/** Four changes of state; two of them are still marked active. */
export const stateCompliance: LegacyTable = {
  name: 'state_compliance',
  rows: 4,
  row: ({ id, role }) => ({
    id,
    state: (['West Virginia', 'Ohio', 'West Virginia', 'Pennsylvania'] as const)[role] ?? 'Ohio',
    ratios_data: '{"infant":"4:1","toddler":"5:1","preschool":"10:1"}',
    additional_rules: role === 0 ? '{"outdoorMinutes":60}' : null,
    is_active: role >= 2,
    last_updated: daysAgo(30 - role, 600),
    audit_log: role === 0 ? [`${daysAgo(30, 600)}: State changed to "West Virginia" by admin`] : [],
    created_at: daysAgo(30 - role, 600),
  }),
};
