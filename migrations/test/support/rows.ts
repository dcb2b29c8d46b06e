import type pg from 'pg';

let serial = 0;

/** Inserts a row with the given columns and returns it. */
export async function insert(
  client: pg.Client,
  table: string,
  row: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const columns = Object.keys(row);
  const { rows } = await client.query(
    `INSERT INTO public.${table} (${columns.join(', ')})
     VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING *`,
    Object.values(row),
  );
  return rows[0];
}

/** A child as the application creates one; its id. */
export async function addChild(client: pg.Client, id = `child-${++serial}`): Promise<string> {
  await insert(client, 'children', {
    id,
    first_name: 'Given',
    last_name: 'Family',
    date_of_birth: '2022-02-02',
    age_group: 'toddler',
    room: 'Acorns',
    parent_name: 'Typed name',
  });
  return id;
}

/** A parent as the application creates one; its id. */
export async function addParent(
  client: pg.Client,
  childrenIds: readonly (string | null)[] | null = [],
  id = `parent-${++serial}`,
): Promise<string> {
  await insert(client, 'parents', {
    id,
    username: id,
    password_hash: 'not a hash',
    email: `${id}@example.test`,
    first_name: 'Given',
    last_name: 'Family',
    children_ids: childrenIds,
  });
  return id;
}

/** A member of staff as the application creates one; its id. */
export async function addStaff(client: pg.Client, id = `staff-${++serial}`): Promise<string> {
  await insert(client, 'staff', { id, first_name: 'Given', last_name: 'Family', position: 'Lead' });
  return id;
}

/** A lock as the application creates one; its id. */
export async function addDevice(client: pg.Client, id = `device-${++serial}`): Promise<string> {
  await insert(client, 'security_devices', {
    id,
    name: 'Front door',
    type: 'keypad',
    location: 'Entrance',
    connection_type: 'network',
    connection_config: '{}',
  });
  return id;
}
