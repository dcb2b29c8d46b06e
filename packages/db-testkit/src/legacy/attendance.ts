import { children, parentNameOf } from './families.ts';
import { daysAgo, type LegacyTable } from './world.ts';

/** Days that were never closed: 11 of the 12 first rows have no check-out, and one child is open twice. */
export const attendance: LegacyTable = {
  name: 'attendance',
  rows: 12,
  growth: 'activity',
  row({ index, role, block, id, random }, world) {
    const total = world.count(children);
    // Row 1 is the child and the day of row 0 again, signed in once more after lunch.
    const twice = index === 1;
    const child = twice ? 0 : index % total;
    const day = block === 0 ? (twice ? 2 : 2 + role) : 30 + Math.floor(index / total);
    const arrival = twice ? 785 : 420 + random.int(0, 90);
    const open = block === 0 && role < 11;
    return {
      id,
      child_id: world.id(children, child),
      check_in_time: daysAgo(day, arrival),
      check_out_time: open ? null : daysAgo(day, arrival + random.int(300, 540)),
      checked_in_by: parentNameOf(world, child),
      checked_out_by: open ? null : parentNameOf(world, child),
      room: random.pick(['Acorns', 'Bumblebees', 'Caterpillars']),
      // Half of the app writes midnight, half writes the moment.
      date: index % 2 === 0 ? daysAgo(day) : daysAgo(day, arrival),
      created_at: daysAgo(day, arrival),
      notes: random.oneIn(4) ? 'Slept well.' : null,
      mood_rating: random.oneIn(3) ? random.int(1, 5) : null,
      biometric_method: random.oneIn(3) ? 'manual' : null,
    };
  },
};
