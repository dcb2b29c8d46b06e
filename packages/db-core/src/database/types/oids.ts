/** OIDs of the built-in types and of their arrays, the same in every database: `src/include/catalog/pg_type.dat`. */
export const PG_TYPES = {
  bool: { oid: 16, arrayOid: 1000 },
  bytea: { oid: 17, arrayOid: 1001 },
  char: { oid: 18, arrayOid: 1002 },
  name: { oid: 19, arrayOid: 1003 },
  int8: { oid: 20, arrayOid: 1016 },
  int2: { oid: 21, arrayOid: 1005 },
  int4: { oid: 23, arrayOid: 1007 },
  text: { oid: 25, arrayOid: 1009 },
  oid: { oid: 26, arrayOid: 1028 },
  xid: { oid: 28, arrayOid: 1011 },
  json: { oid: 114, arrayOid: 199 },
  xml: { oid: 142, arrayOid: 143 },
  cidr: { oid: 650, arrayOid: 651 },
  float4: { oid: 700, arrayOid: 1021 },
  float8: { oid: 701, arrayOid: 1022 },
  macaddr8: { oid: 774, arrayOid: 775 },
  money: { oid: 790, arrayOid: 791 },
  macaddr: { oid: 829, arrayOid: 1040 },
  inet: { oid: 869, arrayOid: 1041 },
  bpchar: { oid: 1042, arrayOid: 1014 },
  varchar: { oid: 1043, arrayOid: 1015 },
  date: { oid: 1082, arrayOid: 1182 },
  time: { oid: 1083, arrayOid: 1183 },
  timestamp: { oid: 1114, arrayOid: 1115 },
  timestamptz: { oid: 1184, arrayOid: 1185 },
  interval: { oid: 1186, arrayOid: 1187 },
  timetz: { oid: 1266, arrayOid: 1270 },
  bit: { oid: 1560, arrayOid: 1561 },
  varbit: { oid: 1562, arrayOid: 1563 },
  numeric: { oid: 1700, arrayOid: 1231 },
  regclass: { oid: 2205, arrayOid: 2210 },
  regtype: { oid: 2206, arrayOid: 2211 },
  uuid: { oid: 2950, arrayOid: 2951 },
  pg_lsn: { oid: 3220, arrayOid: 3221 },
  tsvector: { oid: 3614, arrayOid: 3643 },
  tsquery: { oid: 3615, arrayOid: 3645 },
  jsonb: { oid: 3802, arrayOid: 3807 },
  int4range: { oid: 3904, arrayOid: 3905 },
  numrange: { oid: 3906, arrayOid: 3907 },
  tsrange: { oid: 3908, arrayOid: 3909 },
  tstzrange: { oid: 3910, arrayOid: 3911 },
  daterange: { oid: 3912, arrayOid: 3913 },
  int8range: { oid: 3926, arrayOid: 3927 },
  jsonpath: { oid: 4072, arrayOid: 4073 },
  xid8: { oid: 5069, arrayOid: 271 },
} as const satisfies Record<string, { oid: number; arrayOid: number }>;

/** The first OID that a type of a database's own can have. */
const FIRST_OWN_OID = 16_384;

const NAMES = new Map<number, string>(
  Object.entries(PG_TYPES).flatMap(([name, { oid, arrayOid }]): [number, string][] => [
    [oid, name],
    [arrayOid, `${name}[]`],
  ]),
);

/** The name of a type, for messages. */
export function typeName(oid: number): string {
  return NAMES.get(oid) ?? (isOwnType(oid) ? `a type of the database (${oid})` : `type ${oid}`);
}

/** Whether a type was made in the database: an enum, a composite, or one of an extension. */
export function isOwnType(oid: number): boolean {
  return oid >= FIRST_OWN_OID;
}
