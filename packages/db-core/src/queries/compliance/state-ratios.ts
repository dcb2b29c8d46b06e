/** How many children one adult may look after, by state and age. */
import { z } from 'zod';
import { defineQuery } from '../../query/define-query.ts';
import { filledText } from '../../query/input.ts';
import { sql } from '../../query/sql.ts';
import { stateRatiosRow } from '../../rows/index.ts';

const ratioColumns = sql`
  ratio.id, ratio.state, ratio.six_weeks AS "sixWeeks", ratio.nine_months AS "nineMonths",
  ratio.eighteen_months AS "eighteenMonths", ratio.twenty_seven_months AS "twentySevenMonths",
  ratio.three_years AS "threeYears", ratio.four_years AS "fourYears", ratio.five_years AS "fiveYears",
  ratio.six_years AS "sixYears", ratio.seven_years AS "sevenYears", ratio.eight_nine_years AS "eightNineYears",
  ratio.ten_plus_years AS "tenPlusYears", ratio.created_at AS "createdAt"`;

const state = filledText(100);
/** Children to one adult, such as `4:1`; a star marks a rule with exceptions. */
export const ratio = z.string().regex(/^\d{1,3}:\d{1,2}\*?$/);

/** Finds the ratios of a state. */
export const getStateRatio = defineQuery({
  name: 'getStateRatio',
  access: 'read',
  input: z.strictObject({ state }),
  row: stateRatiosRow,
  rows: 'maybeOne',
  sql: ({ state }) => sql`
    SELECT ${ratioColumns} FROM public.state_ratios AS ratio WHERE ratio.state = ${state}`,
  samples: [{ state: 'Ohio' }],
});

/** Lists the ratios of all states by name. */
export const listStateRatios = defineQuery({
  name: 'listStateRatios',
  access: 'read',
  input: z.strictObject({}),
  row: stateRatiosRow,
  rows: 'many',
  sql: () => sql`
    SELECT ${ratioColumns} FROM public.state_ratios AS ratio ORDER BY ratio.state LIMIT 200`,
  samples: [{}],
});

/** Writes the ratios of a state, new or not. */
export const upsertStateRatio = defineQuery({
  name: 'upsertStateRatio',
  access: 'write',
  input: z.strictObject({
    state,
    sixWeeks: ratio,
    nineMonths: ratio,
    eighteenMonths: ratio,
    twentySevenMonths: ratio,
    threeYears: ratio,
    fourYears: ratio,
    fiveYears: ratio,
    sixYears: ratio,
    sevenYears: ratio,
    eightNineYears: ratio,
    tenPlusYears: ratio,
  }),
  row: stateRatiosRow,
  rows: 'one',
  sql: (given) => sql`
    INSERT INTO public.state_ratios AS ratio (state, six_weeks, nine_months, eighteen_months, twenty_seven_months,
      three_years, four_years, five_years, six_years, seven_years, eight_nine_years, ten_plus_years)
    VALUES (${given.state}, ${given.sixWeeks}, ${given.nineMonths}, ${given.eighteenMonths},
      ${given.twentySevenMonths}, ${given.threeYears}, ${given.fourYears}, ${given.fiveYears}, ${given.sixYears},
      ${given.sevenYears}, ${given.eightNineYears}, ${given.tenPlusYears})
    ON CONFLICT (state) DO UPDATE SET six_weeks = excluded.six_weeks, nine_months = excluded.nine_months,
      eighteen_months = excluded.eighteen_months, twenty_seven_months = excluded.twenty_seven_months,
      three_years = excluded.three_years, four_years = excluded.four_years, five_years = excluded.five_years,
      six_years = excluded.six_years, seven_years = excluded.seven_years,
      eight_nine_years = excluded.eight_nine_years, ten_plus_years = excluded.ten_plus_years
    RETURNING ${ratioColumns}`,
  samples: [
    {
      state: 'Ohio',
      sixWeeks: '4:1',
      nineMonths: '4:1',
      eighteenMonths: '5:1',
      twentySevenMonths: '6:1',
      threeYears: '10:1',
      fourYears: '10:1',
      fiveYears: '12:1',
      sixYears: '16:1',
      sevenYears: '16:1',
      eightNineYears: '16:1',
      tenPlusYears: '20:1*',
    },
  ],
});
