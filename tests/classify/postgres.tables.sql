# Every place where PostgreSQL lets a statement name a table.
# Queries
SELECT * FROM report

TABLE report

TABLE ONLY report

TABLE report *

(TABLE report)

((TABLE report) UNION ALL (TABLE "Report"))

TABLE report UNION TABLE "Report" ORDER BY 1 LIMIT 1

TABLE public.report ORDER BY 1

SELECT * FROM ONLY report

SELECT * FROM ONLY (report)

SELECT * FROM report *

SELECT * FROM public.report * AS r

SELECT * FROM report AS r (id, cake_id)

SELECT * FROM report r (ledger)

SELECT * FROM REPORT

SELECT * FROM "Report"

SELECT * FROM "report"

SELECT * FROM PUBLIC."report"

SELECT * FROM "public" . "report"

SELECT * FROM public /* dot */ . /* dot */ report

SELECT * FROM public . -- dot
report

SELECT * FROM U&"rep\006Frt"

SELECT * FROM U&"rep!006Frt" UESCAPE '!'

SELECT * FROM U&"\+000072eport" r

SELECT * FROM u&"report"

SELECT * FROM U&"public" UESCAPE '!' . report

SELECT * FROM public.U&"rep\006Frt", ledger

SELECT * FROM "public".U&"d!0061ta" UESCAPE '!', ledger

SELECT * FROM "überschrift"

SELECT * FROM überschrift

SELECT * FROM U&"\00FCberschrift"

SELECT * FROM "select"

SELECT * FROM "dot.ted"

SELECT * FROM "quo""ted"

SELECT * FROM public."dot.ted", public."quo""ted"

SELECT 1 FROM report, ledger, "Report", shop.stock

SELECT 1 FROM report CROSS JOIN ledger CROSS JOIN LATERAL (SELECT * FROM shop.stock s WHERE s.id = ledger.id) l

SELECT 1 FROM report r LEFT JOIN LATERAL (TABLE ledger) l ON true

SELECT 1 FROM (report JOIN ledger ON true)

SELECT 1 FROM ((report JOIN ledger ON true))

SELECT 1 FROM (((report JOIN ledger ON true)) CROSS JOIN ("Report" CROSS JOIN shop.stock))

SELECT 1 FROM (report r CROSS JOIN ledger l) AS j

SELECT 1 FROM ((SELECT * FROM report)) x

SELECT 1 FROM (((TABLE report))) x

SELECT 1 FROM ((SELECT * FROM report) UNION (SELECT * FROM "Report")) x

SELECT 1 FROM ((VALUES (1)) UNION ALL (SELECT id FROM report)) x

SELECT 1 FROM report NATURAL JOIN ledger

SELECT 1 FROM report NATURAL LEFT OUTER JOIN ledger

SELECT 1 FROM report r RIGHT JOIN ledger l USING (id)

SELECT 1 FROM report r FULL JOIN ledger l USING (id) AS both_

SELECT 1 FROM report r JOIN ledger l ON r.id = l.id JOIN "Report" x ON x.id = l.id

SELECT 1 FROM report r JOIN ledger l JOIN "Report" x ON x.id = l.id ON r.id = l.id

SELECT 1 FROM report r JOIN (ledger l JOIN "Report" x ON x.id = l.id) ON r.id = l.id

SELECT * FROM report TABLESAMPLE system (50)

SELECT * FROM report r TABLESAMPLE bernoulli (50) REPEATABLE (1), ledger

SELECT * FROM report TABLESAMPLE system (50) CROSS JOIN ledger

SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS t, report

SELECT * FROM ROWS FROM (json_to_recordset('[]') AS (a int)) WITH ORDINALITY, report

SELECT * FROM generate_series(1, (SELECT max(id) FROM report)) g

SELECT * FROM generate_series(1, 2) WITH ORDINALITY AS g (a, b), report

SELECT * FROM unnest(ARRAY(SELECT id FROM report)) u, ledger

SELECT * FROM json_to_recordset('[]') AS x (a int, report text)

SELECT * FROM json_to_recordset('[]') AS x (a int, report text), ledger

SELECT * FROM XMLTABLE('/r' PASSING (SELECT '<r/>'::xml FROM report) COLUMNS a int PATH 'a')

SELECT * FROM XMLTABLE('/r' PASSING '<r/>'::xml COLUMNS a int PATH 'a', b text DEFAULT (SELECT name FROM report LIMIT 1)) x, ledger

SELECT * FROM report, LATERAL XMLTABLE('/r' PASSING '<r/>'::xml COLUMNS ledger int PATH 'a') x

SELECT * FROM XMLTABLE(XMLNAMESPACES('x' AS y), '/y:r' PASSING '<r/>'::xml COLUMNS a FOR ORDINALITY) x, report

SELECT (SELECT id FROM report LIMIT 1)

SELECT (TABLE ledger LIMIT 0) IS NULL FROM report WHERE false AND (SELECT count(*) FROM ledger) = 1

SELECT EXISTS (TABLE report)

SELECT ARRAY(TABLE detached)

SELECT ARRAY(SELECT id FROM report UNION SELECT id FROM ledger)

SELECT 1 WHERE 1 IN (SELECT id FROM report) AND 1 NOT IN (SELECT id FROM ledger)

SELECT 1 WHERE (1, 2) = (SELECT id, a FROM report LIMIT 1)

SELECT 1 WHERE 1 = ANY (SELECT id FROM report) OR 1 <> ALL (SELECT id FROM ledger) OR 1 < SOME (SELECT id FROM "Report")

SELECT CASE WHEN EXISTS (SELECT 1 FROM report) THEN (SELECT count(*) FROM ledger) ELSE (SELECT count(*) FROM "Report") END

SELECT coalesce((SELECT name FROM report LIMIT 1), (SELECT note FROM ledger LIMIT 1))

SELECT extract(year FROM (SELECT day FROM ledger LIMIT 1))

SELECT extract(year FROM day) FROM ledger

SELECT substring(name FROM 1 FOR 2) FROM report

SELECT substring((SELECT name FROM report LIMIT 1) FROM 1 FOR (SELECT id FROM "Report" LIMIT 1)) FROM ledger

SELECT trim(both 'x' FROM name) FROM report

SELECT trim(FROM name) FROM report

SELECT trim(leading FROM (SELECT note FROM ledger LIMIT 1)) FROM report

SELECT overlay(name PLACING 'x' FROM 1 FOR 1) FROM report

SELECT position('a' IN name) FROM report

SELECT a IS DISTINCT FROM b FROM report

SELECT a IS NOT DISTINCT FROM (SELECT count(*) FROM ledger) FROM report

SELECT 1 FROM report WHERE a IS DISTINCT FROM b

SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) FROM report

SELECT sum(a) OVER (PARTITION BY (SELECT count(*) FROM ledger) ORDER BY id) FROM report

SELECT sum(a) OVER w FROM report WINDOW w AS (PARTITION BY (SELECT count(*) FROM ledger))

SELECT a FROM report GROUP BY a HAVING count(*) > (SELECT count(*) FROM ledger)

SELECT a FROM report GROUP BY GROUPING SETS ((a), ()) HAVING EXISTS (TABLE ledger)

SELECT a FROM report GROUP BY ROLLUP (a, b), CUBE (a)

SELECT a FROM report ORDER BY (SELECT max(id) FROM ledger)

SELECT a FROM report LIMIT (SELECT count(*) FROM ledger) OFFSET (SELECT 0 FROM "Report" LIMIT 1)

SELECT a FROM report OFFSET 0 ROWS FETCH FIRST (1) ROWS ONLY

SELECT a FROM report FETCH FIRST 1 ROW WITH TIES

SELECT DISTINCT ON ((SELECT count(*) FROM ledger)) a FROM report

SELECT report FROM report

SELECT report.* FROM report, ledger AS report2

SELECT (report).a FROM report

SELECT ledger FROM report AS ledger

SELECT ledger.id FROM report ledger

SELECT 'ledger' AS ledger FROM report

SELECT id AS from, a AS table, b AS select FROM report

SELECT id "from", a "join" FROM report

SELECT report.id FROM public.report JOIN shop.stock ON report.id = stock.id

SELECT public.report.id FROM public.report

SELECT VALUES.a FROM (VALUES (1)) AS values (a), report

VALUES ((SELECT id FROM report LIMIT 1)), ((SELECT id FROM ledger LIMIT 1))

VALUES (1) UNION TABLE detached2

VALUES (1) UNION SELECT id FROM report

SELECT 1 UNION SELECT id FROM report EXCEPT ALL SELECT id FROM ledger INTERSECT SELECT id FROM "Report"

SELECT * FROM totals

SELECT * FROM totals, listed, cheap

SELECT * FROM listed

SELECT * FROM parent

SELECT * FROM child_one

SELECT * FROM ONLY parent

SELECT * FROM heir

SELECT tableoid::regclass FROM report

SELECT 'ledger'::regclass, 'report'::regclass::oid FROM detached

SELECT * FROM pg_class, report

SELECT * FROM pg_catalog.pg_class c JOIN information_schema.tables t ON t.table_name = c.relname

SELECT twice((SELECT id FROM report LIMIT 1))

SELECT name::varchar(10), a::numeric(4, 2), CAST(b AS numeric(4, 2)) FROM report

SELECT * FROM report WHERE name LIKE 'from ledger' AND name SIMILAR TO 'join "Report"'

SELECT $$ FROM ledger $$, $x$ JOIN "Report" $x$, E'\' FROM ledger' FROM report

SELECT 1 AS "a from ledger" FROM report

SELECT 1 -- FROM ledger
FROM report

SELECT 1 /* FROM ledger /* nested */ JOIN */ FROM report

SELECT/**/1/**/FROM/**/report

SELECT 1 FROM/**/report/**/,/**/ledger

SELECT 1 FROM report;

;SELECT 1 FROM report

SELECT 1 FROM report; ;

# WITH
WITH x AS (SELECT * FROM report) SELECT * FROM x

WITH report AS (SELECT 1) SELECT * FROM report

WITH report AS (SELECT * FROM report) SELECT * FROM report

WITH report AS (SELECT 1) SELECT * FROM public.report

WITH "Report" AS (SELECT 1) SELECT * FROM report

WITH Report AS (SELECT 1) SELECT * FROM "report"

WITH RECURSIVE report AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM report WHERE n < 3) SELECT * FROM report

WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b, report

WITH a AS (SELECT 1), b AS (SELECT * FROM a, report) SELECT * FROM b, ledger

WITH a AS (WITH report AS (SELECT 1) SELECT * FROM report) SELECT * FROM a, ledger

WITH a AS (WITH report AS (SELECT 1) SELECT * FROM report) SELECT * FROM a, report

WITH a AS (SELECT 1) SELECT * FROM (WITH a AS (TABLE report) SELECT * FROM a) x, a

WITH a (report) AS MATERIALIZED (SELECT id FROM ledger) SELECT report FROM a

WITH a AS NOT MATERIALIZED (TABLE report) TABLE a

WITH a AS (VALUES (1)) SELECT * FROM a WHERE EXISTS (SELECT 1 FROM report)

WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 2) SEARCH DEPTH FIRST BY n SET o SELECT * FROM t, report

WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 2) CYCLE n SET c USING p SELECT * FROM t, report

SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x, report) y

SELECT (WITH x AS (SELECT id FROM report) SELECT id FROM x LIMIT 1) FROM ledger

(WITH report AS (SELECT 1) SELECT * FROM report) UNION ALL SELECT id FROM report

WITH a AS (SELECT 1) (SELECT * FROM a UNION SELECT id FROM report)

WITH a AS (INSERT INTO report (id) VALUES (70) RETURNING id) SELECT * FROM a, ledger

WITH a AS (UPDATE report SET a = 1 FROM ledger WHERE ledger.id = report.id RETURNING report.id) TABLE a

WITH a AS (DELETE FROM report USING ledger WHERE ledger.id = report.id RETURNING report.id) TABLE a

WITH a AS (TABLE ledger) INSERT INTO report (id) SELECT id + 70 FROM a

WITH a AS (SELECT 1 AS id) UPDATE report SET a = 1 FROM a WHERE a.id = report.id

WITH report AS (SELECT 1 AS id) UPDATE report SET a = 1

WITH report AS (SELECT 1 AS id) DELETE FROM report

WITH report AS (SELECT 1 AS id) INSERT INTO report (id) SELECT id + 80 FROM report

WITH ledger AS (SELECT 1 AS id) DELETE FROM report USING ledger WHERE ledger.id = report.id

WITH a AS (SELECT 1 AS id) MERGE INTO report USING a ON a.id = report.id WHEN MATCHED THEN DELETE

WITH x AS (SELECT 1) SELECT * INTO made FROM x, report

WITH x AS (SELECT id FROM report FOR UPDATE) SELECT * FROM x

# Locks
SELECT * FROM report FOR UPDATE

SELECT * FROM report r, ledger l FOR UPDATE OF r

SELECT * FROM report r, ledger l FOR SHARE OF l NOWAIT

SELECT * FROM report FOR NO KEY UPDATE SKIP LOCKED

SELECT * FROM (SELECT * FROM report FOR KEY SHARE) x, ledger

LOCK report

LOCK TABLE report, ledger

LOCK TABLE ONLY report, ONLY ledger IN ACCESS SHARE MODE

LOCK TABLE report *, ledger * IN SHARE ROW EXCLUSIVE MODE NOWAIT

LOCK public.report IN EXCLUSIVE MODE

LOCK TABLE listed

# Changes of rows
INSERT INTO report (id) VALUES (10)

INSERT INTO public.report AS r (id, a) VALUES (11, 1)

INSERT INTO report AS ledger (id) VALUES (12)

INSERT INTO report DEFAULT VALUES

INSERT INTO "Report" (id) OVERRIDING USER VALUE VALUES (10)

INSERT INTO report (id) SELECT id + 20 FROM ledger

INSERT INTO report (id) TABLE detached3

INSERT INTO detached TABLE detached

INSERT INTO detached (TABLE parent)

INSERT INTO detached (SELECT id, a FROM "select")

INSERT INTO detached (id) (SELECT id FROM "select")

INSERT INTO detached ((SELECT id, a FROM "select") UNION (SELECT id, a FROM "dot.ted"))

INSERT INTO detached WITH x AS (SELECT id, a FROM report) SELECT * FROM x

INSERT INTO detached (id) WITH x AS (SELECT id FROM report) SELECT * FROM x

INSERT INTO report (id) VALUES ((SELECT max(id) + 1 FROM ledger))

INSERT INTO report (id) VALUES (1) ON CONFLICT DO NOTHING

INSERT INTO report (id) VALUES (1) ON CONFLICT (id) DO NOTHING

INSERT INTO report (id) VALUES (1) ON CONFLICT ON CONSTRAINT report_pkey DO NOTHING

INSERT INTO report (id) VALUES (1) ON CONFLICT (id) WHERE id > 0 DO UPDATE SET a = excluded.a WHERE report.a > 0

INSERT INTO report (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET a = (SELECT count(*) FROM ledger)

INSERT INTO report (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET (a, b) = (SELECT 1, 2 FROM ledger LIMIT 1) RETURNING (SELECT count(*) FROM "Report")

INSERT INTO report (id) SELECT l.id FROM ledger l JOIN "Report" r ON true ON CONFLICT (id) DO UPDATE SET a = 1

INSERT INTO report (id) VALUES (30) RETURNING *, (SELECT count(*) FROM ledger)

INSERT INTO ledger (id, note) VALUES (31, 'FROM report')

INSERT INTO listed (id) VALUES (1)

INSERT INTO parent VALUES (1, 1)

INSERT INTO child_one VALUES (1, 1)

UPDATE report SET a = 1

UPDATE ONLY report SET a = 1

UPDATE ONLY (report) SET a = 1

UPDATE report * SET a = 1

UPDATE report AS r SET a = 1 WHERE r.id = 1

UPDATE report ledger SET a = 1

UPDATE report SET a = ledger.id FROM ledger

UPDATE report SET a = l.id FROM ledger l JOIN "Report" x ON true, shop.stock WHERE l.id = report.id

UPDATE report SET (a, b) = (SELECT 1, count(*) FROM ledger)

UPDATE report SET (a, b) = ROW (1, 2), name = (SELECT note FROM ledger LIMIT 1)

UPDATE report SET a = extract(year FROM now()) FROM ledger

UPDATE report SET a = DEFAULT WHERE id IN (SELECT id FROM ledger) RETURNING *

UPDATE report SET a = 1 FROM (SELECT * FROM ledger) l, LATERAL (SELECT l.id) x WHERE l.id = report.id

UPDATE report SET a = 1 FROM ROWS FROM (generate_series(1, 2)) g, ledger

UPDATE public.report SET a = 1 WHERE a IS DISTINCT FROM 1

UPDATE "quo""ted" SET a = 1

UPDATE U&"rep\006Frt" SET a = 1

UPDATE listed SET a = 1

UPDATE parent SET a = 1

UPDATE heir SET a = 1

DELETE FROM report

DELETE FROM ONLY report

DELETE FROM ONLY (report)

DELETE FROM report *

DELETE FROM report AS r WHERE r.id = 1

DELETE FROM report r USING ledger l WHERE l.id = r.id

DELETE FROM report USING ledger, "Report" AS x JOIN shop.stock ON true WHERE ledger.id = report.id

DELETE FROM report USING (SELECT * FROM ledger) l WHERE l.id = report.id RETURNING *, (SELECT count(*) FROM "Report")

DELETE FROM report WHERE id = (SELECT max(id) FROM ledger)

DELETE FROM report USING report AS r2 WHERE r2.id = report.id

DELETE FROM/**/report

DELETE/**/FROM ONLY/**/report

MERGE INTO report USING ledger ON ledger.id = report.id WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (ledger.id)

MERGE INTO report AS r USING (SELECT * FROM ledger JOIN "Report" USING (id)) AS l ON l.id = r.id WHEN MATCHED AND EXISTS (SELECT 1 FROM shop.stock) THEN DELETE WHEN NOT MATCHED THEN DO NOTHING

MERGE INTO ONLY report USING ONLY ledger ON ledger.id = report.id WHEN MATCHED THEN DO NOTHING

MERGE INTO report r USING (VALUES (1)) AS v (id) ON v.id = r.id WHEN NOT MATCHED THEN INSERT (id, a) VALUES (v.id, (SELECT count(*) FROM ledger))

MERGE INTO public.report USING public.ledger l ON l.id = report.id WHEN MATCHED THEN UPDATE SET (a, b) = (1, 2)

MERGE INTO report USING report AS other ON other.id = report.id WHEN MATCHED THEN DELETE

# Tables made of others
SELECT * INTO made FROM report

SELECT * INTO TABLE made FROM report JOIN ledger USING (id)

SELECT * INTO TEMP made FROM report

SELECT * INTO UNLOGGED made FROM report

SELECT id INTO shop.made FROM report UNION SELECT id FROM ledger

CREATE TABLE made AS SELECT * FROM report

CREATE TABLE made AS TABLE report

CREATE TABLE made AS (SELECT * FROM report)

CREATE TABLE made AS (TABLE report)

CREATE TABLE made AS ((TABLE detached))

CREATE TABLE made AS VALUES ((SELECT id FROM report LIMIT 1))

CREATE TABLE made AS WITH x AS (SELECT * FROM report) SELECT * FROM x, ledger

CREATE TABLE made AS WITH report AS (SELECT 1) SELECT * FROM report

CREATE TABLE made (x, y) AS SELECT id, a FROM report WITH NO DATA

CREATE TABLE IF NOT EXISTS shop.made AS TABLE ledger WITH DATA

CREATE UNLOGGED TABLE made AS TABLE report

CREATE TEMP TABLE made AS TABLE report

CREATE TABLE pg_temp.made AS TABLE report

CREATE VIEW pg_temp.made AS TABLE report

SELECT * INTO pg_temp.made FROM report

CREATE TEMPORARY TABLE made ON COMMIT DROP AS TABLE report

CREATE TABLE made (LIKE report)

CREATE TABLE made (x int, LIKE report INCLUDING ALL, LIKE shop.stock)

CREATE TABLE made (x int, LIKE public.ledger EXCLUDING ALL, y int)

CREATE TABLE made () INHERITS (detached)

CREATE TABLE made (x int) INHERITS (detached, shop.stock)

CREATE TABLE made (x int CHECK (x > 0)) INHERITS (public.report)

CREATE TABLE made PARTITION OF parent FOR VALUES FROM (10) TO (20)

CREATE TABLE made PARTITION OF parent DEFAULT

CREATE TABLE IF NOT EXISTS made PARTITION OF public.parent (a DEFAULT 1) FOR VALUES FROM (30) TO (40) PARTITION BY LIST (a)

CREATE TABLE made (x int REFERENCES report)

CREATE TABLE made (x int REFERENCES public.report (id) ON DELETE CASCADE, y int REFERENCES ledger)

CREATE TABLE made (x int, y int, FOREIGN KEY (x) REFERENCES report (id), CONSTRAINT c FOREIGN KEY (y) REFERENCES ledger)

CREATE TABLE made (x int REFERENCES U&"rep\006Frt")

CREATE TABLE made (x int GENERATED ALWAYS AS IDENTITY, y int GENERATED ALWAYS AS (1) STORED, z int REFERENCES report)

CREATE TABLE made (x int DEFAULT 1, y text COLLATE "C", z int REFERENCES report)

CREATE TABLE made (x int CHECK (x::text LIKE 'a'), y int REFERENCES ledger)

CREATE TABLE made (x int CHECK (CAST(x AS text) LIKE 'a'), y int REFERENCES ledger)

CREATE TABLE made (x serial, y int)

CREATE TABLE made (x int) PARTITION BY RANGE (x)

CREATE TABLE made (EXCLUDE USING btree (x WITH =), x int)

CREATE VIEW made AS SELECT * FROM report

CREATE OR REPLACE VIEW made AS TABLE report

CREATE TEMP VIEW made AS SELECT * FROM report, ledger

CREATE VIEW made (x) WITH (security_barrier) AS SELECT id FROM report WITH LOCAL CHECK OPTION

CREATE RECURSIVE VIEW made (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM made WHERE n < 3

CREATE RECURSIVE VIEW made (n) AS SELECT id FROM report UNION ALL SELECT n + 1 FROM made WHERE n < 3

CREATE MATERIALIZED VIEW made AS TABLE report

CREATE MATERIALIZED VIEW IF NOT EXISTS shop.made AS SELECT count(*) FROM report, ledger WITH NO DATA

# What belongs to a table
CREATE INDEX ON report (a)

CREATE UNIQUE INDEX IF NOT EXISTS made ON ONLY report USING btree ((a + 1) DESC) INCLUDE (b) WHERE a > 0

CREATE INDEX made ON public.report (twice(a))

CREATE INDEX CONCURRENTLY made_concurrently ON report (a)

CREATE TRIGGER made BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION noted()

CREATE OR REPLACE TRIGGER made AFTER INSERT OR UPDATE OF a, b ON public.report FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION noted()

CREATE CONSTRAINT TRIGGER made AFTER INSERT ON report FROM ledger DEFERRABLE FOR EACH ROW EXECUTE FUNCTION noted()

CREATE TRIGGER made AFTER UPDATE ON report REFERENCING OLD TABLE AS ledger NEW TABLE AS x FOR EACH STATEMENT EXECUTE FUNCTION noted()

CREATE TRIGGER made INSTEAD OF INSERT ON listed FOR EACH ROW EXECUTE FUNCTION noted()

CREATE RULE made AS ON INSERT TO report DO INSTEAD NOTHING

CREATE RULE made AS ON INSERT TO report DO ALSO INSERT INTO ledger (id) VALUES (NEW.id)

CREATE OR REPLACE RULE made AS ON DELETE TO report WHERE OLD.id > 1 DO ALSO (DELETE FROM ledger; UPDATE "Report" SET a = 1)

CREATE RULE made AS ON UPDATE TO report DO INSTEAD SELECT * FROM ledger

CREATE POLICY made ON report USING (EXISTS (SELECT 1 FROM ledger))

CREATE POLICY made ON report FOR INSERT TO public WITH CHECK (id IN (SELECT id FROM ledger))

CREATE POLICY made ON public.report AS RESTRICTIVE FOR SELECT USING (id IN (TABLE detached4) OR true)

CREATE STATISTICS made ON a, b FROM report

CREATE STATISTICS IF NOT EXISTS made (ndistinct) ON a, b FROM public.report

CREATE STATISTICS ON a, b FROM report

CREATE STATISTICS made ON (a + 1), (extract(year FROM day)) FROM ledger

CREATE STATISTICS made ON (a % 2), b FROM report

CREATE PUBLICATION made FOR TABLE report

CREATE PUBLICATION made FOR TABLE report, ONLY ledger (id), public."Report" WHERE (id > 0)

CREATE PUBLICATION made FOR TABLE report, TABLE shop.stock

CREATE PUBLICATION made FOR TABLE report WHERE (a > 1), ledger WITH (publish = 'insert')

CREATE PUBLICATION made FOR TABLES IN SCHEMA shop

CREATE PUBLICATION made FOR TABLE report, TABLES IN SCHEMA shop

CREATE PUBLICATION made FOR ALL TABLES

CREATE PUBLICATION made

ALTER PUBLICATION printed ADD TABLE report

ALTER PUBLICATION printed ADD TABLE report, public."Report"

ALTER PUBLICATION printed SET TABLE report (id), ONLY detached

ALTER PUBLICATION printed DROP TABLE ledger

ALTER PUBLICATION printed SET (publish = 'insert')

CREATE SEQUENCE made

CREATE SEQUENCE made OWNED BY report.id

ALTER SEQUENCE cake_seq OWNED BY report.id

ALTER SEQUENCE cake_seq OWNED BY public.report.id

ALTER SEQUENCE cake_seq OWNED BY NONE

CREATE TYPE made AS (report int)

CREATE FUNCTION made(report) RETURNS int LANGUAGE sql AS 'SELECT 1'

CREATE FUNCTION made() RETURNS SETOF report LANGUAGE sql AS 'SELECT * FROM report'

CREATE FUNCTION made() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM report; END

CREATE FUNCTION made() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM report)

CREATE PROCEDURE made() LANGUAGE sql BEGIN ATOMIC DELETE FROM report; INSERT INTO ledger (id) VALUES (1); END

CREATE SCHEMA made CREATE TABLE x (a int REFERENCES public.report) CREATE VIEW y AS SELECT * FROM public.ledger

CREATE SCHEMA made CREATE VIEW y AS TABLE public.report

CREATE CAST (report AS text) WITH INOUT

CREATE AGGREGATE made (int) (sfunc = int4pl, stype = int)

CREATE DOMAIN made AS int CHECK (VALUE > 0)

# ALTER
ALTER TABLE report ADD c int

ALTER TABLE IF EXISTS ONLY report ADD COLUMN IF NOT EXISTS c int

ALTER TABLE report * ADD COLUMN c int

ALTER TABLE report ADD COLUMN c int REFERENCES ledger

ALTER TABLE report ADD FOREIGN KEY (a) REFERENCES ledger (id)

ALTER TABLE report ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES public.ledger NOT VALID, ADD COLUMN d int REFERENCES "Report"

ALTER TABLE report ALTER a TYPE bigint USING a + 1

ALTER TABLE report ALTER COLUMN a SET DEFAULT 1, ALTER b DROP NOT NULL, DROP name

ALTER TABLE report DROP COLUMN a CASCADE

ALTER TABLE report RENAME a TO ledger

ALTER TABLE report RENAME COLUMN a TO c

ALTER TABLE report RENAME CONSTRAINT report_pkey TO c

ALTER TABLE report RENAME TO made

ALTER TABLE shop.stock RENAME TO made

ALTER TABLE IF EXISTS report RENAME TO made

ALTER TABLE report SET SCHEMA shop

ALTER TABLE detached INHERIT shop.stock

ALTER TABLE heir NO INHERIT report

ALTER TABLE heir NO INHERIT public.report, ADD c int

ALTER TABLE parent ATTACH PARTITION detached FOR VALUES FROM (50) TO (60)

ALTER TABLE public.parent ATTACH PARTITION public.detached DEFAULT

ALTER TABLE parent DETACH PARTITION child_one

ALTER TABLE parent DETACH PARTITION public.child_one FINALIZE

ALTER TABLE parent DETACH PARTITION child_one CONCURRENTLY

ALTER TABLE report OF made

ALTER TABLE report NOT OF

ALTER TABLE report CLUSTER ON report_pkey

ALTER TABLE report REPLICA IDENTITY USING INDEX report_pkey

ALTER TABLE report REPLICA IDENTITY FULL

ALTER TABLE report OWNER TO CURRENT_USER

ALTER TABLE report ENABLE ROW LEVEL SECURITY

ALTER TABLE ledger DISABLE TRIGGER on_ledger

ALTER TABLE detached DISABLE RULE on_detached

ALTER TABLE report SET (fillfactor = 70), SET UNLOGGED

ALTER TABLE report ADD UNIQUE (a), ADD CHECK (a > 0)

ALTER TABLE report ADD PRIMARY KEY USING INDEX x

ALTER TABLE report VALIDATE CONSTRAINT report_pkey

ALTER TABLE ledger VALIDATE CONSTRAINT ledger_positive

ALTER TABLE U&"rep\006Frt" ADD c int

ALTER TABLE report ADD c text DEFAULT 'REFERENCES ledger'

ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default

ALTER VIEW cheap RENAME TO made

ALTER VIEW listed ALTER COLUMN a SET DEFAULT 1

ALTER VIEW IF EXISTS listed SET (security_barrier)

ALTER MATERIALIZED VIEW totals RENAME TO made

ALTER MATERIALIZED VIEW totals SET (fillfactor = 70)

ALTER TRIGGER on_ledger ON ledger RENAME TO made

ALTER RULE on_detached ON detached RENAME TO made

ALTER POLICY own ON ledger RENAME TO made

ALTER POLICY own ON ledger USING (EXISTS (SELECT 1 FROM report))

ALTER STATISTICS ledger_statistics RENAME TO made

ALTER FUNCTION twice(int) RENAME TO made

ALTER FUNCTION twice(int) DEPENDS ON EXTENSION plpgsql

ALTER TRIGGER on_ledger ON ledger DEPENDS ON EXTENSION plpgsql

# DROP and TRUNCATE
DROP TABLE ledger CASCADE

DROP TABLE IF EXISTS "Report", detached

DROP TABLE public."Report", shop.stock CASCADE

DROP TABLE "quo""ted", "dot.ted", "select" RESTRICT

DROP VIEW listed

DROP VIEW IF EXISTS listed, cheap CASCADE

DROP MATERIALIZED VIEW totals

DROP TRIGGER on_ledger ON ledger

DROP TRIGGER IF EXISTS on_ledger ON public.ledger CASCADE

DROP RULE on_detached ON detached

DROP POLICY own ON ledger

DROP POLICY IF EXISTS missing ON report

DROP FUNCTION twice(int)

DROP FUNCTION IF EXISTS twice(int), missing(text)

DROP PROCEDURE bake()

DROP OWNED BY reader

DROP ROUTINE bake

DROP SCHEMA IF EXISTS missing

DROP PUBLICATION printed

DROP STATISTICS IF EXISTS missing

TRUNCATE report

TRUNCATE TABLE report, ledger

TRUNCATE ONLY report, "Report" RESTART IDENTITY

TRUNCATE TABLE ONLY public.report CONTINUE IDENTITY CASCADE

TRUNCATE report *, ledger *

# Rights, comments, labels
GRANT SELECT ON report TO reader

GRANT SELECT, INSERT (id) ON TABLE report, ledger TO reader WITH GRANT OPTION

GRANT ALL PRIVILEGES ON public.report, public."Report" TO public

GRANT SELECT (id, a), UPDATE (a) ON report TO reader

GRANT EXECUTE ON FUNCTION twice(int) TO reader

GRANT USAGE ON SCHEMA shop TO reader

GRANT SELECT ON ALL TABLES IN SCHEMA shop TO reader

GRANT USAGE ON SEQUENCE cake_seq TO reader

GRANT USAGE ON TYPE report TO reader

GRANT USAGE ON LANGUAGE sql TO reader

GRANT reader TO CURRENT_USER

GRANT SET ON PARAMETER work_mem TO reader

GRANT CREATE ON DATABASE app TO reader

REVOKE SELECT ON report FROM reader

REVOKE GRANT OPTION FOR SELECT ON TABLE report, shop.stock FROM reader CASCADE

REVOKE ALL ON report FROM reader GRANTED BY CURRENT_USER

ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO reader

ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM reader

COMMENT ON TABLE report IS 'x'

COMMENT ON TABLE public.report IS NULL

COMMENT ON COLUMN report.a IS 'x'

COMMENT ON COLUMN public.report.a IS 'x'

COMMENT ON COLUMN U&"rep\006Frt".a IS 'x'

COMMENT ON COLUMN "dot.ted".a IS 'x'

COMMENT ON CONSTRAINT report_pkey ON report IS 'x'

COMMENT ON CONSTRAINT ledger_positive ON public.ledger IS 'x'

COMMENT ON TRIGGER on_ledger ON ledger IS 'x'

COMMENT ON RULE on_detached ON detached IS 'x'

COMMENT ON POLICY own ON ledger IS 'x'

COMMENT ON VIEW listed IS 'x'

COMMENT ON MATERIALIZED VIEW totals IS 'x'

COMMENT ON FUNCTION twice(int) IS 'on report'

COMMENT ON SCHEMA shop IS 'x'

COMMENT ON TYPE report IS 'x'

COMMENT ON DATABASE app IS 'x'

COMMENT ON ROLE reader IS 'x'

COMMENT ON AGGREGATE sum(int) IS 'x'

COMMENT ON LARGE OBJECT 1 IS 'x'

COMMENT ON STATISTICS ledger_statistics IS 'x'

SECURITY LABEL ON TABLE report IS 'x'

SECURITY LABEL FOR x ON COLUMN report.a IS 'x'

# Care
VACUUM report

VACUUM (VERBOSE, ANALYZE) report, ledger (id, note)

VACUUM FULL FREEZE VERBOSE ANALYZE public.report

VACUUM ANALYZE report (id), public."Report"

VACUUM (FULL) "dot.ted"

VACUUM (PARALLEL 1, INDEX_CLEANUP off) ledger

ANALYZE report

ANALYZE VERBOSE report (a, b), ledger

ANALYZE (VERBOSE, SKIP_LOCKED false) public.report

ANALYSE report

CLUSTER report USING report_pkey

CLUSTER VERBOSE report USING report_pkey

CLUSTER (VERBOSE) public.report USING report_pkey

REINDEX TABLE report

REINDEX (VERBOSE) TABLE public.report

REINDEX TABLE CONCURRENTLY report

REINDEX (CONCURRENTLY) TABLE ledger

REFRESH MATERIALIZED VIEW totals

REFRESH MATERIALIZED VIEW CONCURRENTLY totals WITH DATA

REFRESH MATERIALIZED VIEW public.totals WITH NO DATA

CHECKPOINT

# COPY
COPY report TO STDOUT

COPY report (id, a) TO STDOUT

COPY public.report TO STDOUT WITH (FORMAT csv)

COPY BINARY report TO STDOUT

COPY (SELECT * FROM report) TO STDOUT

COPY (TABLE report) TO STDOUT

COPY (SELECT * FROM report r JOIN ledger l ON true WHERE r.id IN (TABLE detached5)) TO STDOUT

COPY (WITH x AS (TABLE report) SELECT * FROM x) TO STDOUT

COPY (INSERT INTO report (id) SELECT id + 90 FROM ledger RETURNING id) TO STDOUT

COPY (UPDATE report SET a = 1 RETURNING *) TO STDOUT

COPY (DELETE FROM report USING ledger WHERE false RETURNING report.id) TO STDOUT

COPY report TO '/dev/null'

COPY (TABLE ledger) TO PROGRAM 'cat > /dev/null'

COPY report FROM '/dev/null'

COPY report (id) FROM PROGRAM 'true' WITH (FORMAT csv)

COPY report FROM '/dev/null' WITH (FORMAT csv) WHERE id > 0

COPY "Report" (id, a) FROM '/dev/null'

COPY U&"rep\006Frt" TO STDOUT

# Plans, cursors, prepared statements, programs
EXPLAIN SELECT * FROM report, ledger

EXPLAIN TABLE report

EXPLAIN (TABLE report)

EXPLAIN ((SELECT * FROM report))

EXPLAIN ANALYZE VERBOSE SELECT * FROM report

EXPLAIN (ANALYZE, COSTS off) UPDATE report SET a = 1 FROM ledger

EXPLAIN VERBOSE DELETE FROM report USING ledger

EXPLAIN INSERT INTO report (id) SELECT id FROM ledger

EXPLAIN MERGE INTO report USING ledger ON false WHEN NOT MATCHED THEN DO NOTHING

EXPLAIN CREATE TABLE made AS TABLE report

EXPLAIN CREATE MATERIALIZED VIEW made AS TABLE report

EXPLAIN ANALYZE CREATE TABLE made AS TABLE report

EXPLAIN DECLARE c CURSOR FOR TABLE report

EXPLAIN REFRESH MATERIALIZED VIEW totals

EXPLAIN VALUES ((SELECT id FROM report LIMIT 1))

EXPLAIN WITH x AS (TABLE report) TABLE x

DECLARE c CURSOR FOR SELECT * FROM report

DECLARE c CURSOR FOR TABLE report

DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT * FROM report, ledger

DECLARE c INSENSITIVE NO SCROLL CURSOR FOR (TABLE ledger)

DECLARE c CURSOR FOR WITH x AS (TABLE report) TABLE x

DECLARE c CURSOR FOR VALUES ((SELECT id FROM report LIMIT 1))

DECLARE c CURSOR FOR SELECT * FROM report FOR UPDATE

PREPARE made AS SELECT * FROM report

PREPARE made AS TABLE report

PREPARE made (int) AS INSERT INTO report (id) SELECT $1 FROM ledger

PREPARE made AS UPDATE report SET a = 1 FROM ledger

PREPARE made AS DELETE FROM report

PREPARE made AS VALUES ((SELECT id FROM report LIMIT 1))

PREPARE made AS (TABLE ledger)

PREPARE made AS WITH x AS (TABLE report) TABLE x

CREATE TABLE made AS EXECUTE missing

SET LOCAL search_path = shop

SHOW search_path

LISTEN report

NOTIFY report, 'x'

SELECT * FROM report; SELECT * FROM ledger

DELETE FROM report; TABLE ledger

TABLE report; TABLE ledger; UPDATE "Report" SET a = 1

# White space, case, quoting
SELECT*FROM report

SELECT 1FROM report

SELECT 'a'FROM report

SELECT "id"FROM"report"

SELECT"id","a"FROM"public"."report"JOIN"ledger"USING("id")

select * fRoM rePORT r jOiN LEDGER l oN true

SELECT*FROM(report)r

SELECT 1.FROM report

SELECT 1e1FROM report

SELECT $tag$ ' $tag$ FROM report

SELECT E'\\' FROM report -- '

SELECT B'1', X'1F', N'a' FROM report

SELECT U&'\0061' FROM report

SELECT U&'!0061' UESCAPE '!' FROM report

SELECT 'a'
'b' FROM report

SELECT ARRAY[1, 2][1], (ARRAY(SELECT id FROM report))[1:2]

SELECT (ROW (1, 2)).f1 FROM report

SELECT r.a::text || 'x' FROM report r

SELECT a @> b FROM (SELECT '{}'::jsonb AS a, '{}'::jsonb AS b FROM report) x

SELECT - - 1, +1, 2 ^ 2, |/ 4, @ -5 FROM report

SELECT 1 OPERATOR(pg_catalog.+) 2 FROM report

SELECT now() AT TIME ZONE 'UTC' FROM report

SELECT INTERVAL '1' DAY FROM report

SELECT a COLLATE "C" FROM (SELECT name AS a FROM report) x

SELECT count(DISTINCT a), string_agg(name, ',' ORDER BY id) FROM report

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM report

SELECT * FROM report r WHERE r IS NOT NULL AND (r.a, r.b) OVERLAPS (now(), now()) IS NULL

SELECT xmlelement(name report, xmlattributes(id AS ledger)) FROM report

SELECT xmlforest(id AS ledger, a) FROM report

SELECT xmlserialize(CONTENT '<a/>'::xml AS text) FROM report

SELECT CURRENT_DATE, CURRENT_USER, LOCALTIMESTAMP FROM report

SELECT GREATEST(1, (SELECT id FROM ledger LIMIT 1)), NULLIF(1, 2) FROM report

SELECT * FROM current_date, report

SELECT * FROM COALESCE(1, 2) x, report

SELECT * FROM CAST(1 AS int) x, report

SELECT * FROM report LEFT JOIN ledger ON CASE WHEN true THEN true END JOIN "Report" ON true

SELECT * FROM report JOIN ledger ON report.a IN (SELECT id FROM "Report") JOIN shop.stock ON true

SELECT * FROM report JOIN ledger ON (SELECT true FROM "Report" LIMIT 1), shop.stock

SELECT a FROM report WINDOW w AS (ORDER BY id), v AS (w)

SELECT lead(a) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM report

SELECT * FROM report AS natural_, ledger AS left_

SELECT * FROM report offset_, ledger

SELECT * FROM report "on", ledger "where", "Report" "set"

SELECT * FROM report AS "order by", ledger

SELECT 1 FROM report WHERE EXISTS (SELECT FROM ledger) AND NOT EXISTS (SELECT FROM "Report" HAVING true)

# A function without parentheses, and what looks like one
SELECT * FROM current_schema, session_user, report

# Names are cut
CREATE TABLE a_name_of_more_than_sixty_three_bytes_as_generators_make_them_ää_and_more (id int)

# ONLY with parentheses
TRUNCATE ONLY (report)

TRUNCATE TABLE ONLY (report), ONLY (public.ledger) CASCADE

LOCK TABLE ONLY (report), ONLY ledger

LOCK ONLY (shop.stock), ONLY (report) IN SHARE MODE

ALTER TABLE ONLY (report) ADD c int

ALTER TABLE IF EXISTS ONLY (report) ALTER a SET DEFAULT 1

CREATE INDEX made ON ONLY (report) (a)

CREATE PUBLICATION made FOR TABLE ONLY (report), ONLY (ledger) (id)

ALTER PUBLICATION printed ADD TABLE ONLY (report)

UPDATE ONLY (report) r SET a = 1 FROM ONLY (ledger) l

DELETE FROM ONLY (report) USING ONLY (ledger)

MERGE INTO ONLY (report) r USING ONLY (ledger) l ON r.id = l.id WHEN MATCHED THEN DELETE

TABLE ONLY (report)

# Aliases that may be keywords
SELECT * FROM generate_series(1, 2) WITH ORDINALITY set, report

SELECT * FROM report * values, ledger

SELECT * FROM unnest(ARRAY[1]) WITH ORDINALITY values (a, b), report JOIN ledger ON true

SELECT * FROM report set TABLESAMPLE system (50), ledger

SELECT * FROM report straight_join JOIN ledger ON true

UPDATE report straight_join SET a = 1 FROM ledger

DELETE FROM report straight_join USING ledger

WITH recursive AS (TABLE report) SELECT * FROM recursive, ledger

WITH a AS (TABLE report), recursive AS MATERIALIZED (TABLE a) SELECT * FROM recursive, ledger

# Inside of statements that are no queries
CREATE SCHEMA made_one GRANT ALL ON TABLE public.report TO reader

CREATE SCHEMA made_two CREATE TABLE own (a int) GRANT SELECT (a) ON own TO reader WITH GRANT OPTION

CREATE SCHEMA made_three GRANT SELECT ON report TO reader CREATE VIEW own AS SELECT 1 AS a

CLUSTER report_pkey ON report

CLUSTER VERBOSE report_pkey ON public.report

ALTER TABLE ledger ADD CONSTRAINT fresh CHECK (id > 0) NO INHERIT NOT VALID

ALTER TABLE ledger ADD COLUMN report text

CREATE TABLE made (report int, UNIQUE (report))

CREATE TABLE made (a int, CONSTRAINT report CHECK (a > 0))

CREATE TABLE made (a int, b int REFERENCES report (id) ON DELETE CASCADE)

CREATE POLICY fresh ON ledger USING (id > (SELECT max(id) FROM report)) WITH CHECK ((SELECT true FROM "select") AND id > (SELECT 1 FROM twin_of_none))

CREATE POLICY fresh ON ledger USING (id > (SELECT max(id) FROM report)) WITH CHECK (EXISTS (SELECT 1 FROM "select"))

CREATE FUNCTION made(a int DEFAULT 1) RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM report; SELECT count(*) FROM ledger; END

CREATE FUNCTION made() RETURNS bigint RETURN (SELECT count(*) FROM report) + (SELECT count(*) FROM ledger)

CREATE RULE fresh AS ON INSERT TO detached DO ALSO (DELETE FROM report; UPDATE ledger SET note = (SELECT name FROM "Report"))

CREATE VIEW made AS WITH report AS (SELECT 1 AS a) SELECT * FROM (SELECT * FROM report) x

ALTER EXTENSION plpgsql ADD TABLE report

COMMENT ON TABLE ledger IS 'see report'

ALTER INDEX ALL IN TABLESPACE pg_default SET TABLESPACE pg_default
