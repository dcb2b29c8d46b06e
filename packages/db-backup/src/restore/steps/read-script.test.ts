import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readScript } from './read-script.ts';

const SCRIPT = String.raw`--
-- PostgreSQL database dump
--

\restrict KeY

SET client_encoding = 'UTF8';

--
-- TOC entry 6 (class 2615 OID 1)
-- Name: app; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA app;


SET default_tablespace = '';

--
-- TOC entry 21 (class 1259 OID 16404)
-- Dependencies: 6 7
-- Name: c d; Type: TABLE; Schema: app; Owner: -
-- Data Pos: 0
--

CREATE TABLE app."c
d" (id integer DEFAULT '
--
\restrict is data
');


--
-- TOC entry 30 (class 0 OID 16404)
-- Dependencies: 21
-- Data for Name: c d; Type: TABLE DATA; Schema: app; Owner: -
--

COPY app."c
d" ("x FROM stdin;
y") FROM stdin;
1\tä
\\.
--
\.


--
-- TOC entry 31 (class 0 OID 1)
-- Data for Name: e; Type: TABLE DATA; Schema: app; Owner: -
--

COPY app.e (x) FROM stdin;
\.


--
-- TOC entry 40 (class 0 OID 0)
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('77', 131072);
COMMIT;

--
-- TOC entry 50 (class 2606 OID 1)
-- Dependencies: 21
-- Name: c d k; Type: CONSTRAINT; Schema: app; Owner: -
--

ALTER TABLE x;


-- Completed on 2026-01-01

--
-- PostgreSQL database dump complete
--

\unrestrict KeY

`;

async function* inPieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const cut of [...cuts.map((at) => at % bytes.length)].sort((a, b) => a - b)) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
  yield bytes.subarray(from);
}

async function read(script: string, cuts: readonly number[] = []): Promise<unknown[]> {
  const pieces: unknown[] = [];
  for await (const { rows, statements, ...piece } of readScript(
    inPieces(Buffer.from(script), cuts),
  )) {
    let more = '';
    for await (const part of rows ?? []) more += part.toString('latin1');
    for await (const part of statements ?? []) more += part;
    pieces.push([
      piece.id,
      piece.dependencies.join(' '),
      piece.type,
      piece.heading,
      piece.sql,
      more,
    ]);
  }
  return pieces;
}

it('reads objects, rows and large objects, and nothing of psql', async () => {
  expect(await read(SCRIPT)).toMatchInlineSnapshot(`
    [
      [
        null,
        "",
        "",
        "",
        "--
    -- PostgreSQL database dump
    --


    SET client_encoding = 'UTF8';",
        "",
      ],
      [
        6,
        "",
        "SCHEMA",
        "app; Type: SCHEMA; Schema: -",
        "--

    CREATE SCHEMA app;",
        "",
      ],
      [
        21,
        "6 7",
        "TABLE",
        "c d; Type: TABLE; Schema: app",
        "SET default_tablespace = '';
    -- Data Pos: 0
    --

    CREATE TABLE app."c
    d" (id integer DEFAULT '
    --
    \\restrict is data
    ');",
        "",
      ],
      [
        30,
        "21",
        "TABLE DATA",
        "c d; Type: TABLE DATA; Schema: app",
        "COPY app."c
    d" ("x FROM stdin;
    y") FROM stdin;",
        "1\\tÃ¤
    \\\\.
    --
    ",
      ],
      [
        31,
        "",
        "TABLE DATA",
        "e; Type: TABLE DATA; Schema: app",
        "COPY app.e (x) FROM stdin;",
        "",
      ],
      [
        40,
        "",
        "BLOBS",
        "BLOBS; Type: BLOBS; Schema: -",
        "",
        "--


    SELECT pg_catalog.lo_open('77', 131072);

    ",
      ],
      [
        50,
        "21",
        "CONSTRAINT",
        "c d k; Type: CONSTRAINT; Schema: app",
        "--

    ALTER TABLE x;


    -- Completed on 2026-01-01

    --
    -- PostgreSQL database dump complete
    --",
        "",
      ],
    ]
  `);
});

it('reads the same however the bytes come', async () => {
  const whole = await read(SCRIPT);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 40 }), async (cuts) => {
      expect(await read(SCRIPT, cuts)).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});

it('refuses rows that are cut off, and names in another encoding', async () => {
  await expect(read(SCRIPT.slice(0, SCRIPT.indexOf('\n\\.\n')))).rejects.toThrow(
    'before their end',
  );
  const latin = SCRIPT.replace("'UTF8'", "'LATIN1'").replace('SCHEMA app;', 'SCHEMA äpp;');
  await expect(read(latin)).rejects.toThrow('another encoding');
});
