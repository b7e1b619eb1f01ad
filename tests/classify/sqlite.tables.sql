# Every place where SQLite lets a statement name a table.
# Queries
SELECT * FROM report

SELECT * FROM main.report

SELECT * FROM MAIN.REPORT

SELECT * FROM "main"."report"

SELECT * FROM [main].[report]

SELECT * FROM `main`.`report`

SELECT * FROM 'main'.'report'

SELECT * FROM 'report'

SELECT * FROM "report" 'ledger'

SELECT * FROM main . report

SELECT * FROM main/* x */./* y */report

SELECT * FROM Report

SELECT * FROM überschrift

SELECT * FROM "überschrift", [select], "dot.ted", "quo""ted"

SELECT * FROM [dot.ted], [quo"ted]

SELECT * FROM `select`, 'dot.ted'

SELECT * FROM report, ledger

SELECT * FROM report r, ledger AS l, keyed 'x', sale "y"

SELECT * FROM report INDEXED BY x

SELECT * FROM ledger INDEXED BY by_cake WHERE cake_id = 1

SELECT * FROM ledger AS l INDEXED BY by_cake JOIN report ON report.id = l.cake_id WHERE cake_id = 1

SELECT * FROM ledger NOT INDEXED, report

SELECT * FROM ledger l NOT INDEXED JOIN report r NOT INDEXED ON l.id = r.id

SELECT * FROM (report)

SELECT * FROM (report, ledger)

SELECT * FROM ((report JOIN ledger))

SELECT * FROM (((report))) x, keyed

SELECT * FROM (report r JOIN ledger l ON r.id = l.id) AS j JOIN keyed

SELECT * FROM report JOIN (ledger JOIN keyed)

SELECT * FROM report CROSS JOIN ledger

SELECT * FROM report NATURAL LEFT OUTER JOIN ledger

SELECT * FROM report LEFT JOIN ledger USING (id), keyed

SELECT * FROM report RIGHT JOIN ledger USING (id)

SELECT * FROM report FULL OUTER JOIN ledger USING (id)

SELECT * FROM report INNER JOIN ledger ON true JOIN keyed ON true

SELECT * FROM (SELECT * FROM report) x

SELECT * FROM (SELECT * FROM report UNION SELECT * FROM ledger) x, keyed

SELECT * FROM (VALUES (1), (2)) x, report

SELECT * FROM ((SELECT * FROM report)) x

SELECT * FROM pragma_table_info('report')

SELECT * FROM pragma_table_info('report') AS p JOIN ledger

SELECT * FROM pragma_table_list, report

SELECT * FROM pragma_index_list('ledger') i, pragma_index_info(i.name)

SELECT * FROM json_each('[1]'), report

SELECT * FROM report, json_each(report.name) AS ledger

SELECT * FROM json_tree('[]', '$') t JOIN report ON true JOIN ledger

SELECT * FROM sqlite_master, report

SELECT * FROM main.sqlite_schema JOIN ledger

SELECT * FROM sqlite_temp_master, report

SELECT * FROM words

SELECT * FROM words WHERE words MATCH 'from'

SELECT * FROM words('title'), report

SELECT highlight(words, 0, '', '') FROM words JOIN ledger ON true WHERE words MATCH 'b'

SELECT (SELECT id FROM report)

SELECT EXISTS (SELECT 1 FROM report), 1 IN (SELECT id FROM ledger)

SELECT 1 IN report

SELECT 1 IN main.report

SELECT id IN keyed FROM report

SELECT 1 IN "dot.ted", 2 NOT IN keyed

SELECT * FROM report WHERE a IN ledger

SELECT * FROM report WHERE a NOT IN main.ledger OR a IN (1, 2)

SELECT * FROM report WHERE (a, b) IN (SELECT id, cake_id FROM ledger)

SELECT * FROM report WHERE (a, b) IN (VALUES (1, 2))

SELECT * FROM report WHERE (a, b) = (SELECT id, cake_id FROM ledger)

SELECT 1 IN json_each('[1]') FROM report

SELECT CASE WHEN EXISTS (SELECT 1 FROM report) THEN (SELECT count(*) FROM ledger) END

SELECT a IS DISTINCT FROM b FROM report

SELECT a IS NOT DISTINCT FROM (SELECT count(*) FROM ledger) FROM report

SELECT CAST(a AS varchar(10)) FROM report

SELECT a COLLATE nocase, a -> '$', a ->> '$' FROM report

SELECT sum(a) FILTER (WHERE a > (SELECT count(*) FROM ledger)) OVER (PARTITION BY b) FROM report

SELECT sum(a) OVER w FROM report WINDOW w AS (ORDER BY id)

SELECT group_concat(name, (SELECT note FROM ledger)) FROM report

SELECT a FROM report GROUP BY a HAVING count(*) > (SELECT count(*) FROM ledger)

SELECT a FROM report ORDER BY (SELECT max(id) FROM ledger) LIMIT (SELECT count(*) FROM keyed) OFFSET 0

SELECT a FROM report LIMIT 1, 2

SELECT DISTINCT a FROM report

SELECT report.* FROM report

SELECT main.report.id FROM main.report

SELECT ledger.id FROM report ledger

SELECT ledger.id FROM report AS ledger

SELECT 'x' AS ledger, 'ledger' "keyed" FROM report

SELECT id "from", a [join], b `where` FROM report

SELECT id AS 'from ledger' FROM report

SELECT 1 -- FROM ledger
FROM report

SELECT 1 /* FROM ledger */ FROM report

SELECT 1 FROM report /* unterminated , ledger

SELECT/**/1/**/FROM/**/report

SELECT*FROM"report"

SELECT"id"FROM[report]JOIN[ledger]USING([id])

SELECT 1.FROM report

SELECT{BOM} 1 FROM{BOM}report

SELECT 1{BOM}FROM{BOM}report{BOM},{BOM}ledger

{BOM}SELECT 1 FROM report

SELECT 1 FROM report;

;SELECT 1 FROM report

SELECT 1 FROM report; -- ; SELECT 1 FROM ledger

SELECT 'FROM ledger', "FROM ledger", x'00', 'it''s' FROM report

SELECT 1 UNION SELECT id FROM report UNION ALL SELECT id FROM ledger

SELECT id FROM report EXCEPT SELECT id FROM ledger INTERSECT SELECT id FROM keyed

VALUES (1), ((SELECT id FROM report))

VALUES (1) UNION SELECT id FROM report

SELECT 1 UNION VALUES (2) UNION ALL SELECT id FROM ledger

SELECT * FROM cheap

SELECT * FROM cheap, report

SELECT * FROM report WHERE name LIKE 'from' ESCAPE '!' AND name GLOB 'x' AND name NOT NULL AND name ISNULL

SELECT * FROM report WHERE a BETWEEN 1 AND (SELECT count(*) FROM ledger)

SELECT * FROM report JOIN ledger ON CASE WHEN true THEN true END JOIN keyed ON true

SELECT * FROM report JOIN ledger ON report.a IN (SELECT id FROM keyed) JOIN sale

SELECT * FROM report natural, ledger

SELECT * FROM report offset, ledger

SELECT * FROM report window, ledger

SELECT * FROM report filter JOIN ledger

SELECT * FROM report replace, ledger

SELECT * FROM report key, ledger query, keyed plan

SELECT * FROM report of, ledger "order"

SELECT * FROM report temp, temp.sqlite_master

SELECT * FROM report JOIN ledger ON ledger.id = report.id AND EXISTS (SELECT 1 FROM keyed), sale

SELECT iif(a, b, (SELECT 1 FROM ledger)), coalesce(a, b), max(a, b) FROM report

SELECT rowid, _rowid_, oid FROM report

SELECT ?1, :a, @b, $c, $d::e(f) FROM report

SELECT a FROM report WHERE a = ?1 AND b = :ledger

# WITH
WITH x AS (SELECT * FROM report) SELECT * FROM x

WITH report AS (SELECT 1) SELECT * FROM report

WITH REPORT AS (SELECT 1) SELECT * FROM report

WITH "report" AS (SELECT 1) SELECT * FROM [REPORT]

WITH 'report' AS (SELECT 1) SELECT * FROM report

WITH report AS (SELECT 1) SELECT * FROM main.report

WITH report AS (SELECT * FROM main.report) SELECT * FROM report

WITH RECURSIVE report AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM report WHERE n < 3) SELECT * FROM report

WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, report

WITH a AS (SELECT 1), b AS (SELECT * FROM a, report) SELECT * FROM b, ledger

WITH a AS (WITH report AS (SELECT 1) SELECT * FROM report) SELECT * FROM a, report

WITH a (report) AS MATERIALIZED (SELECT id FROM ledger) SELECT report FROM a

WITH a AS NOT MATERIALIZED (VALUES (1)) SELECT * FROM a, report

WITH x AS (SELECT 1) SELECT * FROM (WITH x AS (SELECT * FROM report) SELECT * FROM x) y, x

SELECT * FROM (WITH x AS (SELECT id FROM report) SELECT * FROM x) y

SELECT (WITH x AS (SELECT id FROM report) SELECT id FROM x) FROM ledger

WITH x AS (SELECT 1 AS id) INSERT INTO report (id) SELECT id FROM x

WITH x AS (SELECT 1 AS id) UPDATE report SET a = 1 FROM x WHERE x.id = report.id

WITH x AS (SELECT id FROM ledger) DELETE FROM report WHERE id IN x

WITH x AS (SELECT id FROM ledger) DELETE FROM report WHERE id IN (SELECT id FROM x)

WITH report AS (SELECT 1 AS id) DELETE FROM report

WITH report AS (SELECT 1 AS id) SELECT 1 IN report

WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t LIMIT 3) SELECT * FROM t, report

WITH x AS (SELECT 1){BOM}DELETE FROM report

# Changes of rows
INSERT INTO report (id) VALUES (10)

INSERT INTO main.report AS r (id) VALUES (11)

INSERT INTO report DEFAULT VALUES

INSERT INTO "report" VALUES (12, 'a', 1, 1), (13, 'b', 1, 1)

INSERT INTO 'report' (id) VALUES (14)

INSERT INTO [report] (id) VALUES (14)

INSERT OR REPLACE INTO report (id) VALUES (1)

INSERT OR IGNORE INTO report (id) VALUES (1)

INSERT OR ROLLBACK INTO report (id) VALUES (15)

REPLACE INTO report (id) VALUES (1)

REPLACE INTO main.report SELECT id, note, 1, 2 FROM ledger

INSERT INTO report (id) SELECT id + 20 FROM ledger

INSERT INTO report (id) VALUES ((SELECT max(id) + 30 FROM ledger))

INSERT INTO report (id) WITH x AS (SELECT id FROM ledger) SELECT id + 40 FROM x

INSERT INTO keyed SELECT * FROM "select" UNION SELECT * FROM "dot.ted"

INSERT INTO report (id) VALUES (1) ON CONFLICT DO NOTHING

INSERT INTO report (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET a = excluded.a

INSERT INTO report (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET a = (SELECT count(*) FROM ledger) WHERE report.a > 0 RETURNING (SELECT count(*) FROM keyed)

INSERT INTO report (id) SELECT id FROM ledger WHERE true ON CONFLICT (id) DO UPDATE SET (a, b) = (SELECT 1, 2 FROM keyed)

INSERT INTO report (id) SELECT l.id FROM ledger l JOIN keyed k ON true WHERE true ON CONFLICT DO NOTHING

INSERT INTO report (id) VALUES (50) ON CONFLICT (id) DO UPDATE SET a = 1 ON CONFLICT DO NOTHING

INSERT INTO report (id) VALUES (60) RETURNING id, name AS ledger

INSERT INTO words VALUES ('a', 'b')

INSERT INTO words (words) VALUES ('optimize')

UPDATE report SET a = 1

UPDATE OR IGNORE main.report AS r SET a = 1

UPDATE OR REPLACE report SET a = 1

UPDATE report AS ledger SET a = 1

UPDATE report INDEXED BY x SET a = 1

UPDATE ledger INDEXED BY by_cake SET note = 'x' WHERE cake_id = 1

UPDATE ledger NOT INDEXED SET note = 'x'

UPDATE report SET a = ledger.id FROM ledger WHERE ledger.id = report.id

UPDATE report SET a = l.id FROM ledger l JOIN keyed k ON true, sale WHERE l.id = report.id

UPDATE report SET a = 1 FROM (SELECT * FROM ledger) l WHERE l.id = report.id

UPDATE report SET a = 1 FROM ledger RETURNING report.id

UPDATE report SET (a, b) = (SELECT 1, count(*) FROM ledger)

UPDATE report SET a = (SELECT count(*) FROM ledger), name = CAST(1 AS text) WHERE id IN keyed

UPDATE report SET a = a IS DISTINCT FROM b

UPDATE report SET a = a IS NOT DISTINCT FROM b FROM ledger

UPDATE report SET a = 1 FROM json_each('[1]') j, ledger

UPDATE "quo""ted" SET a = 1

UPDATE [select] SET a = 1

UPDATE report SET a = 1 RETURNING id

DELETE FROM report

DELETE FROM main.report AS r WHERE r.id = 1

DELETE FROM report INDEXED BY x

DELETE FROM ledger INDEXED BY by_cake WHERE cake_id = 1

DELETE FROM ledger NOT INDEXED WHERE id IN (SELECT id FROM report)

DELETE FROM report WHERE id IN ledger

DELETE FROM report WHERE EXISTS (SELECT 1 FROM ledger WHERE ledger.id = report.id) RETURNING *

DELETE FROM 'report'

DELETE FROM/**/report

DELETE FROM[report]

DELETE FROM words WHERE words MATCH 'a'

# Definitions
CREATE TABLE made (x INT)

CREATE TABLE IF NOT EXISTS main.made (x INT) STRICT

CREATE TABLE "ma de" (x INT PRIMARY KEY) WITHOUT ROWID

CREATE TABLE 'made' (x INT)

CREATE TABLE [made] (x INT)

CREATE TEMP TABLE made (x INT)

CREATE TABLE temp.made (x INT)

CREATE TABLE made AS SELECT * FROM report

CREATE TABLE made AS VALUES ((SELECT id FROM report))

CREATE TABLE made AS WITH x AS (SELECT * FROM report) SELECT * FROM x, ledger

CREATE TABLE made AS WITH report AS (SELECT 1) SELECT * FROM report

CREATE TABLE made AS SELECT id FROM report UNION SELECT id FROM ledger

CREATE TEMP TABLE made AS SELECT * FROM report

CREATE TABLE temp.made AS SELECT * FROM report

CREATE VIEW temp.made AS SELECT * FROM report

CREATE TABLE made (x INT REFERENCES report)

CREATE TABLE made (x INT REFERENCES report (id) ON DELETE CASCADE, y INT REFERENCES ledger)

CREATE TABLE made (x INT, FOREIGN KEY (x) REFERENCES report (id))

CREATE TABLE made (x INT CHECK (x LIKE 'a'), y TEXT DEFAULT 'REFERENCES ledger', z AS (x + 1))

CREATE TABLE made (x INT DEFAULT (1), y GENERATED ALWAYS AS (x) STORED, z REFERENCES report)

CREATE TABLE made (x INT, CHECK (CAST(x AS TEXT) LIKE 'report'))

CREATE TABLE made (x INTEGER PRIMARY KEY AUTOINCREMENT)

CREATE VIEW made AS SELECT * FROM report

CREATE VIEW IF NOT EXISTS main.made (x) AS SELECT id FROM report UNION SELECT id FROM ledger

CREATE TEMP VIEW made AS SELECT * FROM report

CREATE VIEW made AS WITH x AS (SELECT * FROM report) SELECT * FROM x

CREATE VIEW made AS VALUES ((SELECT id FROM report))

CREATE INDEX made ON report (a)

CREATE UNIQUE INDEX IF NOT EXISTS main.made ON report (a COLLATE nocase DESC, b + 1) WHERE a > 0

CREATE INDEX "ma de" ON "report" ("a")

CREATE TRIGGER made AFTER INSERT ON report BEGIN SELECT 1; END

CREATE TRIGGER IF NOT EXISTS made BEFORE UPDATE OF a, b ON report FOR EACH ROW WHEN NEW.a > 0 BEGIN DELETE FROM ledger; END

CREATE TRIGGER made INSTEAD OF INSERT ON cheap BEGIN INSERT INTO ledger (id) VALUES (NEW.id); END

CREATE TEMP TRIGGER made AFTER DELETE ON main.report BEGIN SELECT 1; END

CREATE VIRTUAL TABLE made USING fts5 (x)

CREATE VIRTUAL TABLE IF NOT EXISTS main.made USING rtree (a, b, c)

ALTER TABLE report ADD c INT

ALTER TABLE main.report ADD COLUMN c INT REFERENCES ledger

ALTER TABLE report ADD c TEXT DEFAULT 'REFERENCES ledger'

ALTER TABLE report RENAME a TO ledger

ALTER TABLE report RENAME COLUMN a TO c

ALTER TABLE report RENAME TO made

ALTER TABLE main.report RENAME TO made

ALTER TABLE "quo""ted" RENAME TO "ma""de"

ALTER TABLE report DROP COLUMN b

DROP TABLE report

DROP TABLE IF EXISTS main.ledger

DROP TABLE 'keyed'

DROP TABLE [dot.ted]

DROP VIEW cheap

DROP VIEW IF EXISTS main.cheap

DROP TABLE words

DROP TABLE IF EXISTS missing

DROP TRIGGER IF EXISTS missing

# Plans
EXPLAIN SELECT * FROM report, ledger

EXPLAIN QUERY PLAN SELECT * FROM report JOIN ledger

EXPLAIN DELETE FROM report

EXPLAIN UPDATE report SET a = 1 FROM ledger

EXPLAIN INSERT INTO report (id) SELECT id FROM ledger

EXPLAIN WITH x AS (SELECT * FROM report) SELECT * FROM x

EXPLAIN VALUES ((SELECT id FROM report))

EXPLAIN CREATE TABLE made AS SELECT * FROM report

EXPLAIN DROP TABLE report

EXPLAIN CREATE INDEX made ON report (a)

EXPLAIN ALTER TABLE report ADD c INT

EXPLAIN REPLACE INTO report (id) VALUES (1)

SELECT * FROM ledger, main.report

SELECT * FROM ledger, "report"

SELECT * FROM ledger, [report]

SELECT * FROM ledger, `report`

SELECT * FROM ledger, main."report"

SELECT * FROM ledger, REPORT

SELECT 1 FROM ledger JOIN main.report x

SELECT 1 FROM ledger JOIN "report" x

SELECT 1 FROM ledger JOIN [report] x

SELECT 1 FROM ledger JOIN `report` x

SELECT 1 FROM ledger JOIN main."report" x

SELECT 1 FROM ledger JOIN REPORT x

SELECT 2 IN main.report

SELECT 2 IN "report"

SELECT 2 IN [report]

SELECT 2 IN `report`

SELECT 2 IN main."report"

SELECT 2 IN REPORT

INSERT INTO main.report (id) VALUES (99)

INSERT INTO "report" (id) VALUES (99)

INSERT INTO [report] (id) VALUES (99)

INSERT INTO `report` (id) VALUES (99)

INSERT INTO main."report" (id) VALUES (99)

INSERT INTO REPORT (id) VALUES (99)

REPLACE INTO main.report (id) SELECT id FROM ledger

REPLACE INTO "report" (id) SELECT id FROM ledger

REPLACE INTO [report] (id) SELECT id FROM ledger

REPLACE INTO `report` (id) SELECT id FROM ledger

REPLACE INTO main."report" (id) SELECT id FROM ledger

REPLACE INTO REPORT (id) SELECT id FROM ledger

UPDATE main.report SET b = 1

UPDATE "report" SET b = 1

UPDATE [report] SET b = 1

UPDATE `report` SET b = 1

UPDATE main."report" SET b = 1

UPDATE REPORT SET b = 1

DELETE FROM main.report WHERE id = 1

DELETE FROM "report" WHERE id = 1

DELETE FROM [report] WHERE id = 1

DELETE FROM `report` WHERE id = 1

DELETE FROM main."report" WHERE id = 1

DELETE FROM REPORT WHERE id = 1

CREATE TABLE made2 AS SELECT * FROM main.report

CREATE TABLE made2 AS SELECT * FROM "report"

CREATE TABLE made2 AS SELECT * FROM [report]

CREATE TABLE made2 AS SELECT * FROM `report`

CREATE TABLE made2 AS SELECT * FROM main."report"

CREATE TABLE made2 AS SELECT * FROM REPORT

ALTER TABLE main.report ADD d

ALTER TABLE "report" ADD d

ALTER TABLE [report] ADD d

ALTER TABLE `report` ADD d

ALTER TABLE main."report" ADD d

ALTER TABLE REPORT ADD d

DROP TABLE main.report

DROP TABLE "report"

DROP TABLE [report]

DROP TABLE `report`

DROP TABLE main."report"

DROP TABLE REPORT

# A table as the list of `IN`
SELECT 1 IN solo

SELECT id FROM report WHERE id NOT IN main.solo

SELECT 1 IN "solo", 2 IN [solo], 3 IN `solo`, 4 IN 'solo' FROM ledger

DELETE FROM report WHERE id IN solo

UPDATE report SET a = id IN solo

WITH solo AS (SELECT 1) SELECT 1 IN solo FROM report

WITH x AS (SELECT 1) SELECT 1 IN x, 1 IN SOLO FROM report

SELECT 1 IN json_each('[1]'), 1 IN pragma_table_list FROM report

# Tables with arguments
SELECT * FROM pragma_table_info('report')

SELECT * FROM report, pragma_index_list('ledger')

# Aliases that may be keywords
SELECT * FROM report window NOT INDEXED, ledger

SELECT * FROM report offset, ledger

SELECT * FROM report straight_join NOT INDEXED, ledger

SELECT * FROM (SELECT 1) straight_join JOIN ledger

SELECT * FROM (SELECT 1) for JOIN ledger

UPDATE report AS for SET a = 1 FROM ledger

WITH recursive AS (SELECT * FROM report) SELECT * FROM recursive, ledger

# Inside of statements that are no queries, and what pragmas are about
VACUUM INTO (SELECT name FROM report)

ATTACH (SELECT name FROM report) AS other

DETACH (SELECT name FROM report)

SELECT * FROM pragma_table_list('report')

SELECT * FROM main.pragma_table_info('report')

SELECT 1 IN pragma_table_info('report')

ALTER TABLE ledger ADD COLUMN report TEXT

CREATE TABLE made (report INT, a INT REFERENCES report (id))
