# Every place where MySQL or MariaDB lets a statement name a table; what one of the two refuses is asked of the other.
# Queries
SELECT * FROM report

TABLE report

TABLE report ORDER BY id LIMIT 1

TABLE app.report UNION TABLE Report

(SELECT * FROM report)

(TABLE report) UNION (TABLE Report)

SELECT * FROM `report`

SELECT * FROM `app`.`report`

SELECT * FROM app . report

SELECT * FROM app./* x */report

SELECT * FROM app .report, shop. stock

SELECT * FROM .report

SELECT * FROM `select`, `dot.ted`, `quo``ted`

SELECT * FROM app.select

SELECT * FROM überschrift

SELECT * FROM `überschrift`

SELECT * FROM 1st

SELECT * FROM app.1st

SELECT * FROM app.`1st`, Report

SELECT * FROM Report

SELECT * FROM report AS Report

SELECT * FROM report r, ledger l

SELECT * FROM (report)

SELECT * FROM (report, ledger)

SELECT * FROM (report r, ledger l), Report

SELECT * FROM ((report))

SELECT * FROM (((report JOIN ledger)))

SELECT * FROM (report JOIN ledger ON report.id = ledger.id) JOIN (Report, shop.stock) ON true

SELECT * FROM report JOIN (ledger JOIN Report) JOIN shop.stock

SELECT * FROM report JOIN ledger JOIN Report ON true ON true

SELECT * FROM report STRAIGHT_JOIN ledger

SELECT * FROM report CROSS JOIN ledger USING (id)

SELECT * FROM report NATURAL RIGHT OUTER JOIN ledger

SELECT * FROM report LEFT JOIN ledger USING (id), Report

SELECT * FROM { OJ report LEFT OUTER JOIN ledger ON report.id = ledger.id }

SELECT * FROM {oj report LEFT JOIN ledger ON true}, Report

SELECT * FROM {oj (report LEFT JOIN {oj ledger LEFT JOIN Report ON true} ON true)}

SELECT * FROM {xyz report JOIN ledger}

SELECT {fn now()}, {d '2020-01-01'} FROM report

SELECT * FROM parent PARTITION (p0)

SELECT * FROM parent PARTITION (p0, p1) AS x, ledger

SELECT * FROM parent PARTITION (p0) JOIN ledger ON true

SELECT * FROM report USE INDEX (PRIMARY), ledger FORCE INDEX FOR JOIN (by_cake)

SELECT * FROM report IGNORE KEY FOR ORDER BY (PRIMARY) JOIN ledger USE INDEX () ON true

SELECT * FROM report r USE INDEX (PRIMARY) USE INDEX (PRIMARY) JOIN ledger

SELECT * FROM report FOR SYSTEM_TIME ALL

SELECT * FROM (SELECT * FROM report) x

SELECT * FROM ((SELECT * FROM report) UNION (SELECT * FROM Report)) x

SELECT * FROM (SELECT * FROM report UNION ALL SELECT * FROM Report) x JOIN ledger

SELECT * FROM (VALUES (1), (2)) x, report

SELECT * FROM (VALUES ROW(1), ROW(2)) x, report

SELECT * FROM (TABLE report) x

SELECT * FROM report, LATERAL (SELECT * FROM ledger WHERE ledger.id = report.id) x

SELECT * FROM report LEFT JOIN LATERAL (SELECT 1 FROM ledger) x ON true

SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$')) x, report

SELECT * FROM report, JSON_TABLE('[1]', '$[*]' COLUMNS (ledger int PATH '$', n FOR ORDINALITY, NESTED PATH '$' COLUMNS (b int PATH '$'))) AS x, ledger

SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$' DEFAULT '1' ON EMPTY ERROR ON ERROR)) x JOIN report ON true

SELECT * FROM ledger, JSON_TABLE(doc, '$.a[*]' COLUMNS (a int EXISTS PATH '$')) x

VALUES ROW(1, 2), ROW(3, 4)

VALUES (1, 2), (3, 4)

SELECT 1 FROM DUAL

SELECT 1 FROM dual WHERE EXISTS (SELECT 1 FROM report)

SELECT (SELECT id FROM report LIMIT 1)

SELECT EXISTS (SELECT * FROM report), (SELECT count(*) FROM ledger) IN (SELECT id FROM Report)

SELECT 1 WHERE 1 = ANY (SELECT id FROM report) OR 1 > ALL (SELECT id FROM ledger)

SELECT ROW(1, 2) = (SELECT id, a FROM report LIMIT 1)

SELECT CASE WHEN EXISTS (SELECT 1 FROM report) THEN (SELECT count(*) FROM ledger) END

SELECT extract(year FROM day) FROM ledger

SELECT extract(year FROM (SELECT day FROM ledger LIMIT 1)) FROM report

SELECT trim(both 'x' FROM name) FROM report

SELECT trim(FROM name) FROM report

SELECT trim(leading FROM name), trim('x' FROM name) FROM report

SELECT substring(name FROM 1 FOR 2), substr(name, 1) FROM report

SELECT substring((SELECT note FROM ledger LIMIT 1) FROM 1) FROM report

SELECT position('a' IN name) FROM report

SELECT get_format(date, 'USA'), timestampdiff(day, day, now()) FROM ledger

SELECT group_concat(DISTINCT name ORDER BY (SELECT count(*) FROM ledger) SEPARATOR ',') FROM report

SELECT convert(name USING utf8mb4), convert(name, char(3)), cast(name AS char(3)) FROM report

SELECT weight_string(name AS char(3)) FROM report

SELECT char(77 USING utf8mb4), _utf8mb4'x' COLLATE utf8mb4_bin FROM report

SELECT date_add(day, INTERVAL (SELECT count(*) FROM report) DAY) FROM ledger

SELECT MATCH (extra) AGAINST ('from ledger' IN BOOLEAN MODE) FROM cake

SELECT doc -> '$.a', doc ->> '$.a' FROM ledger

SELECT 1 MEMBER OF (doc) FROM ledger

SELECT a <=> b, a DIV b, a MOD 2, NOT a, !a, ~a, a XOR b, a << 1 FROM report

SELECT sum(a) OVER (PARTITION BY (SELECT count(*) FROM ledger)) FROM report

SELECT sum(a) OVER w FROM report WINDOW w AS (PARTITION BY id)

SELECT a FROM report GROUP BY a WITH ROLLUP HAVING (SELECT count(*) FROM ledger)

SELECT a FROM report ORDER BY (SELECT max(id) FROM ledger) LIMIT 1, 2

SELECT a FROM report LIMIT 1 OFFSET 2

SELECT DISTINCT a FROM report

SELECT DISTINCTROW SQL_SMALL_RESULT SQL_NO_CACHE HIGH_PRIORITY STRAIGHT_JOIN a FROM report, ledger

SELECT ALL a FROM report

SELECT report.* FROM report

SELECT app.report.id FROM app.report

SELECT .report.id FROM report

SELECT ledger.id FROM report ledger

SELECT ledger.id FROM report AS ledger

SELECT 'x' AS ledger, 'ledger' `Report` FROM report

SELECT id AS 'from', a `join` FROM report

SELECT id from_, a AS `from ledger` FROM report

SELECT 1 FROM report AS 'ledger'

SELECT 1 FROM report `ledger`, Report `select`

SELECT "FROM ledger", 'FROM ''ledger', 'FROM \'ledger' FROM report

SELECT 1 -- FROM ledger
FROM report

SELECT 1 # FROM ledger
FROM report

SELECT 1 /* FROM ledger */ FROM report

SELECT 1 /*! FROM report */

SELECT 1 /*!40000 FROM report */

SELECT 1 /*!40000 FROM report, */ /*!40000 ledger */

SELECT 1 FROM report /*!40000 JOIN ledger */

SELECT 1 FROM report /*!40000 , ledger */ WHERE true

SELECT/**/1/**/FROM/**/report

SELECT 1FROM report

SELECT 1.FROM report

SELECT*FROM`report`

SELECT`id`FROM`app`.`report`JOIN`ledger`USING(`id`)

SELECT 1--1 FROM report

SELECT 1-- 1 FROM ledger
FROM report

select * fRoM report jOiN ledger

SELECT * FROM report;

SELECT * FROM report ; ;

SELECT * FROM report PROCEDURE ANALYSE()

SELECT * FROM report FOR UPDATE

SELECT * FROM report, ledger FOR UPDATE OF report

SELECT * FROM report FOR SHARE SKIP LOCKED

SELECT * FROM report LOCK IN SHARE MODE

SELECT * FROM report WHERE id IN (SELECT id FROM ledger FOR UPDATE)

SELECT a INTO @x FROM report LIMIT 1

SELECT a FROM report LIMIT 1 INTO @x

SELECT a, b INTO @x, @y FROM report, ledger LIMIT 1

SELECT @x := a FROM report

SELECT @@version, @@session.sql_mode FROM report

SELECT 1 UNION SELECT id FROM report UNION ALL SELECT id FROM ledger

SELECT id FROM report EXCEPT SELECT id FROM ledger

SELECT id FROM report INTERSECT SELECT id FROM ledger

(SELECT id FROM report LIMIT 1) UNION (SELECT id FROM ledger LIMIT 1) ORDER BY 1 LIMIT 1

(SELECT id FROM report) EXCEPT (SELECT id FROM ledger)

SELECT * FROM cheap, report

SELECT * FROM information_schema.tables, report

SELECT * FROM mysql.user, report

SELECT count(*), count(DISTINCT a, b), std(a) FROM report

SELECT if(a, b, 1), ifnull(a, 0), nullif(a, b), interval(1, 2, 3), values_.a FROM report values_

SELECT * FROM report WHERE name LIKE 'from ledger' ESCAPE '!' AND name RLIKE 'x' AND name NOT REGEXP 'y' AND name SOUNDS LIKE 'z'

SELECT * FROM report WHERE a BETWEEN 1 AND (SELECT count(*) FROM ledger)

SELECT * FROM report JOIN ledger ON CASE WHEN true THEN true END JOIN Report ON true

SELECT * FROM report JOIN ledger ON report.a IN (SELECT id FROM Report) JOIN shop.stock

SELECT * FROM report AS `left`, ledger

SELECT * FROM report offset, ledger

SELECT * FROM report ledger, ledger report

# WITH
WITH x AS (SELECT * FROM report) SELECT * FROM x

WITH report AS (SELECT 1) SELECT * FROM report

WITH report AS (SELECT * FROM report) SELECT * FROM report

WITH report AS (SELECT 1) SELECT * FROM app.report

WITH RECURSIVE report AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM report WHERE n < 3) SELECT * FROM report

WITH RECURSIVE a AS (SELECT * FROM ledger), b AS (SELECT * FROM a) SELECT * FROM a, b, report

WITH a AS (SELECT 1), b AS (SELECT * FROM a, report) SELECT * FROM b, ledger

WITH a AS (WITH report AS (SELECT 1) SELECT * FROM report) SELECT * FROM a, report

WITH a (report) AS (SELECT id FROM ledger) SELECT report FROM a

WITH x AS (SELECT 1) SELECT * FROM (WITH x AS (SELECT * FROM report) SELECT * FROM x) y, x

SELECT * FROM (WITH x AS (SELECT id FROM report) SELECT * FROM x) y

SELECT (WITH x AS (SELECT id FROM report) SELECT id FROM x LIMIT 1) FROM ledger

WITH x AS (SELECT id FROM ledger) UPDATE report, x SET report.a = 1 WHERE report.id = x.id

WITH x AS (SELECT id FROM ledger) DELETE FROM report WHERE id IN (SELECT id FROM x)

WITH x AS (SELECT id FROM ledger) DELETE report FROM report, x WHERE report.id = x.id

INSERT INTO report (id) WITH x AS (SELECT id FROM ledger) SELECT id + 100 FROM x

WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) CYCLE n RESTRICT SELECT * FROM t, report

# INSERT and REPLACE
INSERT INTO report (id) VALUES (10)

INSERT report (id) VALUES (11)

INSERT report VALUES (11, 'a', 1, 1)

INSERT LOW_PRIORITY IGNORE INTO report (id) VALUES (12)

INSERT HIGH_PRIORITY report (id) VALUES (13)

INSERT IGNORE report SET id = 14, a = (SELECT count(*) FROM ledger)

INSERT INTO report SET id = 15

INSERT INTO app.report () VALUES ()

INSERT INTO report () VALUES (16, 'a', 1, 1)

INSERT INTO report (report.id, app.report.a) VALUES (17, 1)

INSERT INTO report VALUE (18, 'a', 1, 1)

INSERT INTO report VALUES (19, 'a', 1, 1), (20, 'b', DEFAULT, 1)

INSERT INTO report VALUES ROW(21, 'a', 1, 1)

INSERT INTO report (id) VALUES ((SELECT max(id) + 22 FROM ledger))

INSERT INTO report (id) SELECT id + 30 FROM ledger

INSERT INTO report (id) (SELECT id + 30 FROM ledger)

INSERT INTO report (id) ((SELECT id + 30 FROM ledger))

INSERT INTO report (SELECT id + 30, name, a, b FROM Report)

INSERT INTO twin TABLE 1st

INSERT INTO twin SELECT * FROM 1st UNION SELECT * FROM `select`

INSERT INTO twin (SELECT * FROM 1st) UNION (SELECT * FROM `select`)

INSERT INTO report (id) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(id)

INSERT INTO report (id) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUE(id), b = (SELECT count(*) FROM ledger)

INSERT INTO report (id) VALUES (1) AS new ON DUPLICATE KEY UPDATE a = new.id

INSERT INTO report (id) VALUES (1) AS new (x) ON DUPLICATE KEY UPDATE a = x + (SELECT count(*) FROM ledger)

INSERT INTO report SET id = 1 AS new ON DUPLICATE KEY UPDATE a = new.id

INSERT INTO report (id) SELECT id FROM ledger ON DUPLICATE KEY UPDATE a = ledger.cake_id

INSERT INTO report (id) SELECT l.id FROM ledger l JOIN Report r ON true ON DUPLICATE KEY UPDATE a = 1

INSERT INTO report (id) SELECT * FROM (SELECT id FROM ledger) AS x ON DUPLICATE KEY UPDATE report.a = x.id

INSERT INTO report (id) VALUES (40) RETURNING id, (SELECT count(*) FROM ledger)

INSERT INTO parent PARTITION (p0) VALUES (1, 1)

INSERT INTO parent PARTITION (p0, p1) (id) SELECT id FROM ledger

INSERT INTO cheap (id, price) VALUES (50, 1)

INSERT INTO `quo``ted` VALUES (1, 1)

INSERT/**/INTO/**/report/**/(id)VALUES(60)

INSERT INTO.report (id) VALUES (61)

REPLACE INTO report (id) VALUES (1)

REPLACE report VALUES (1, 'a', 1, 1)

REPLACE LOW_PRIORITY INTO report SET id = 1

REPLACE INTO report (id) SELECT id FROM ledger

REPLACE parent PARTITION (p0) VALUES (1, 1)

REPLACE INTO twin TABLE 1st

REPLACE INTO report (id) VALUES (1) RETURNING id

INSERT INTO report (id, name) VALUES (62, 'FROM ledger'), (63, "ON DUPLICATE KEY UPDATE")

# UPDATE
UPDATE report SET a = 1

UPDATE LOW_PRIORITY IGNORE report SET a = 1

UPDATE IGNORE report AS r SET r.a = 1

UPDATE report ledger SET ledger.a = 1

UPDATE app.report SET report.a = 1, app.report.b = 2 WHERE id = 1 ORDER BY id LIMIT 1

UPDATE report, ledger SET report.a = 1

UPDATE report r, ledger l SET r.a = 1, l.note = 'x' WHERE r.id = l.id

UPDATE report r JOIN ledger l ON l.id = r.id SET r.a = 1

UPDATE report r LEFT JOIN (ledger l, Report x) ON l.id = r.id SET r.a = 1

UPDATE report JOIN (SELECT id FROM ledger) x ON x.id = report.id SET a = 1

UPDATE (report) SET a = 1

UPDATE (report, ledger) SET report.a = 1

UPDATE (report r JOIN ledger l ON true) SET r.a = 1

UPDATE ((report)) SET a = 1

UPDATE (SELECT id FROM ledger) x, report SET report.a = 1 WHERE x.id = report.id

UPDATE (SELECT id FROM ledger) x JOIN report ON true SET report.a = 1

UPDATE {oj report LEFT JOIN ledger ON true} SET report.a = 1

UPDATE parent PARTITION (p0) SET a = 1

UPDATE report USE INDEX (PRIMARY) SET a = 1

UPDATE report FORCE INDEX (PRIMARY), ledger SET report.a = 1

UPDATE report SET a = (SELECT count(*) FROM ledger)

UPDATE report SET a = DEFAULT, name = extract(year FROM now()) WHERE id IN (SELECT id FROM ledger)

UPDATE report SET name = trim(leading 'x' FROM name)

UPDATE cheap SET name = 'x'

UPDATE `report`SET`a`=1

UPDATE report STRAIGHT_JOIN ledger SET report.a = 1

UPDATE report NATURAL JOIN ledger SET report.a = 1

UPDATE report CROSS JOIN ledger CROSS JOIN Report SET report.a = 1

UPDATE app.report, shop.stock SET app.report.a = shop.stock.a

# DELETE
DELETE FROM report

DELETE LOW_PRIORITY QUICK IGNORE FROM report WHERE id = 1 ORDER BY id LIMIT 1

DELETE FROM report AS r WHERE r.id = 1

DELETE FROM app.report

DELETE FROM report PARTITION (p0)

DELETE FROM parent PARTITION (p0, p1) WHERE id = 1

DELETE FROM report WHERE id IN (SELECT id FROM ledger)

DELETE FROM report RETURNING id, (SELECT count(*) FROM ledger)

DELETE report FROM report

DELETE report FROM report, ledger WHERE report.id = ledger.id

DELETE report, ledger FROM report, ledger

DELETE report.*, ledger.* FROM report JOIN ledger

DELETE r FROM report r

DELETE r FROM report AS r JOIN ledger l ON l.id = r.id

DELETE r.*, l FROM report r, ledger l

DELETE app.report FROM app.report

DELETE app.report.* FROM app.report, ledger

DELETE app.report FROM report JOIN ledger

DELETE report FROM app.report JOIN shop.stock ON true

DELETE stock FROM report JOIN shop.stock ON true

DELETE QUICK IGNORE r FROM report r

DELETE r FROM report r JOIN (SELECT id FROM ledger) x ON x.id = r.id

DELETE r FROM (report r, ledger)

DELETE r FROM {oj report r LEFT JOIN ledger ON true}

DELETE FROM report USING report

DELETE FROM report USING report, ledger WHERE report.id = ledger.id

DELETE FROM r USING report r JOIN ledger l ON l.id = r.id

DELETE FROM r, l USING report AS r, ledger AS l

DELETE FROM report.*, ledger.* USING report JOIN ledger

DELETE FROM app.report USING app.report, ledger

DELETE FROM r.* USING report r, (SELECT 1 FROM Report) x

DELETE IGNORE FROM r USING report r

DELETE FROM ledger USING report AS ledger

DELETE ledger FROM report AS ledger, Report

DELETE/**/FROM/**/report

DELETE FROM`report`

# TABLE definitions
CREATE TABLE made (x int)

CREATE TABLE IF NOT EXISTS shop.made (x int) ENGINE = InnoDB

CREATE OR REPLACE TABLE made (x int)

CREATE TEMPORARY TABLE made (x int)

CREATE TABLE made LIKE report

CREATE TABLE made (LIKE report)

CREATE TABLE IF NOT EXISTS made LIKE shop.stock

CREATE TABLE made (LIKE shop.stock)

CREATE TEMPORARY TABLE made LIKE report

CREATE TABLE made AS SELECT * FROM report

CREATE TABLE made SELECT * FROM report

CREATE TABLE made (SELECT * FROM report)

CREATE TABLE made ((SELECT id FROM report) UNION (SELECT id FROM ledger))

CREATE TABLE made (x int) SELECT id AS x FROM report

CREATE TABLE made (x int) ENGINE = InnoDB AS SELECT id AS x FROM report, ledger

CREATE TABLE made ENGINE = InnoDB IGNORE SELECT id FROM report

CREATE TABLE made (id int PRIMARY KEY) REPLACE AS SELECT id FROM report

CREATE TABLE made AS TABLE report

CREATE TABLE made TABLE report

CREATE TABLE made AS WITH x AS (SELECT id FROM report) SELECT * FROM x, ledger

CREATE TABLE made WITH x AS (SELECT id FROM report) SELECT * FROM x

CREATE TABLE made AS VALUES ROW(1), ROW(2)

CREATE TABLE made (x int, FOREIGN KEY (x) REFERENCES report (id))

CREATE TABLE made (x int, CONSTRAINT c FOREIGN KEY i (x) REFERENCES app.report (id) ON DELETE CASCADE)

CREATE TABLE made (x int REFERENCES report (id))

CREATE TABLE made (x int CHECK (x > 0), y int AS (x + 1), z int DEFAULT (1), FOREIGN KEY (x) REFERENCES report (id))

CREATE TABLE made (x varchar(9) CHECK (x LIKE 'a'), y int)

CREATE TABLE made (x int COMMENT 'LIKE report', y int) COMMENT = 'REFERENCES ledger'

CREATE TABLE made (x int) PARTITION BY HASH (x) PARTITIONS 2

CREATE TABLE made (x int) PARTITION BY RANGE (x) (PARTITION p0 VALUES LESS THAN (1), PARTITION p1 VALUES LESS THAN MAXVALUE)

CREATE TABLE `ma``de` (x int)

CREATE TABLE made (`references` int, `like` int)

CREATE VIEW made AS SELECT * FROM report

CREATE OR REPLACE ALGORITHM = MERGE DEFINER = CURRENT_USER SQL SECURITY INVOKER VIEW made (x) AS SELECT id FROM report WITH CHECK OPTION

CREATE VIEW made AS (SELECT id FROM report) UNION (SELECT id FROM ledger)

CREATE VIEW made AS WITH x AS (SELECT id FROM report) SELECT * FROM x

CREATE VIEW made AS TABLE report

CREATE VIEW IF NOT EXISTS made AS SELECT * FROM report JOIN ledger USING (id)

CREATE OR REPLACE VIEW cheap AS SELECT * FROM report

ALTER VIEW cheap AS SELECT * FROM report

ALTER ALGORITHM = TEMPTABLE VIEW cheap (x) AS SELECT id FROM ledger

CREATE INDEX made ON report (a)

CREATE UNIQUE INDEX made USING BTREE ON report (a DESC, name(10)) ALGORITHM = INPLACE LOCK = NONE

CREATE FULLTEXT INDEX made ON report (name)

CREATE OR REPLACE INDEX made ON app.report (a)

CREATE INDEX IF NOT EXISTS made ON report (a)

CREATE INDEX made ON ledger ((cast(doc AS char(10))))

DROP INDEX by_cake ON ledger

DROP INDEX IF EXISTS by_cake ON app.ledger LOCK = NONE

DROP INDEX `PRIMARY` ON report

CREATE TRIGGER made BEFORE INSERT ON report FOR EACH ROW SET NEW.a = 1

CREATE TRIGGER made AFTER DELETE ON app.report FOR EACH ROW INSERT INTO twin (id) VALUES (1)

CREATE DEFINER = CURRENT_USER TRIGGER IF NOT EXISTS made AFTER UPDATE ON report FOR EACH ROW BEGIN SET @x = 1; END

CREATE SEQUENCE made

CREATE SEQUENCE IF NOT EXISTS made START WITH 1

CREATE FUNCTION made() RETURNS int DETERMINISTIC RETURN (SELECT count(*) FROM report)

CREATE PROCEDURE made() DELETE FROM report

CREATE PROCEDURE made() BEGIN DELETE FROM report; SELECT * FROM ledger; END

# ALTER, RENAME, DROP, TRUNCATE
ALTER TABLE report ADD c int

ALTER ONLINE TABLE report ADD c int

ALTER IGNORE TABLE report ADD c int

ALTER TABLE IF EXISTS report ADD COLUMN (c int, d int)

ALTER TABLE report WAIT 1 ADD c int

ALTER TABLE report ADD c int FIRST, ADD d int AFTER a, DROP COLUMN b

ALTER TABLE report ADD COLUMN c int, ADD INDEX x (a), ADD UNIQUE y (b)

ALTER TABLE report ADD FOREIGN KEY (a) REFERENCES ledger (id)

ALTER TABLE report ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES app.ledger (id), ADD d int

ALTER TABLE report MODIFY a bigint, CHANGE b c int, ALTER a SET DEFAULT 1

ALTER TABLE report RENAME COLUMN a TO ledger

ALTER TABLE report RENAME INDEX x TO y

ALTER TABLE ledger RENAME KEY by_cake TO by_pie

ALTER TABLE report RENAME TO made

ALTER TABLE report RENAME made

ALTER TABLE report RENAME AS made

ALTER TABLE report RENAME = made

ALTER TABLE report ADD c int, RENAME TO made

ALTER TABLE report RENAME TO shop.made

ALTER TABLE shop.stock RENAME TO app.made

ALTER TABLE report ENGINE = InnoDB, COMMENT = 'x'

ALTER TABLE report CONVERT TO CHARACTER SET utf8mb4

ALTER TABLE report ORDER BY a

ALTER TABLE report DISABLE KEYS

ALTER TABLE report FORCE

ALTER TABLE parent TRUNCATE PARTITION p0

ALTER TABLE parent DROP PARTITION p0

ALTER TABLE parent EXCHANGE PARTITION p0 WITH TABLE twin

ALTER TABLE parent EXCHANGE PARTITION p0 WITH TABLE app.twin WITHOUT VALIDATION

ALTER TABLE parent CONVERT PARTITION p0 TO TABLE made

ALTER TABLE parent CONVERT TABLE twin TO PARTITION p9 VALUES LESS THAN (20)

ALTER TABLE parent REORGANIZE PARTITION p0 INTO (PARTITION p5 VALUES LESS THAN (5), PARTITION p0 VALUES LESS THAN (10))

ALTER TABLE parent REMOVE PARTITIONING

ALTER TABLE parent ANALYZE PARTITION p0

ALTER TABLE parent COALESCE PARTITION 1

ALTER TABLE report PARTITION BY HASH (id) PARTITIONS 2

ALTER TABLE report DROP PRIMARY KEY, ADD PRIMARY KEY (id)

ALTER TABLE report DISCARD TABLESPACE

RENAME TABLE report TO made

RENAME TABLE report TO made, ledger TO report

RENAME TABLE app.report TO shop.made

RENAME TABLES report TO made

RENAME TABLE IF EXISTS report TO made

RENAME TABLE report WAIT 1 TO made

RENAME TABLE `quo``ted` TO made

DROP TABLE report

DROP TABLES report, ledger

DROP TABLE IF EXISTS report, app.ledger, shop.stock CASCADE

DROP TABLE report WAIT 1

DROP TEMPORARY TABLE IF EXISTS made

DROP VIEW cheap

DROP VIEW IF EXISTS cheap, missing

DROP TABLE `quo``ted`, `dot.ted`, `select`

DROP SEQUENCE IF EXISTS missing

DROP FUNCTION IF EXISTS missing

DROP TRIGGER IF EXISTS missing

DROP PROCEDURE bake

TRUNCATE report

TRUNCATE TABLE report

TRUNCATE TABLE app.report

TRUNCATE TABLE report WAIT 1

# Care
ANALYZE TABLE report

ANALYZE NO_WRITE_TO_BINLOG TABLE report, ledger

ANALYZE LOCAL TABLES report, app.ledger

ANALYZE TABLE report PERSISTENT FOR ALL

ANALYZE TABLE report PERSISTENT FOR COLUMNS (a) INDEXES (PRIMARY)

ANALYZE TABLE report PERSISTENT FOR ALL, ledger

ANALYZE TABLE report PERSISTENT FOR COLUMNS (a) INDEXES (), ledger PERSISTENT FOR ALL

ANALYZE TABLE report PERSISTENT FOR COLUMNS ALL INDEXES ALL, ledger

ANALYZE TABLE report UPDATE HISTOGRAM ON a, b WITH 10 BUCKETS

ANALYZE TABLE report DROP HISTOGRAM ON a

CHECK TABLE report, ledger EXTENDED

CHECK TABLES report FOR UPGRADE

CHECK VIEW cheap

OPTIMIZE TABLE report, ledger

OPTIMIZE LOCAL TABLE app.report

REPAIR TABLE report, ledger QUICK EXTENDED

REPAIR NO_WRITE_TO_BINLOG TABLE report USE_FRM

REPAIR VIEW cheap

CHECKSUM TABLE report, ledger QUICK

CHECKSUM TABLES app.report EXTENDED

FLUSH TABLE report

FLUSH TABLES report, ledger

FLUSH LOCAL TABLES report

FLUSH TABLES report WITH READ LOCK

FLUSH TABLES report, ledger FOR EXPORT

CACHE INDEX report IN missing

LOAD INDEX INTO CACHE report

LOAD INDEX INTO CACHE report IGNORE LEAVES, ledger

LOCK TABLES report READ

LOCK TABLE report AS r WRITE, ledger READ LOCAL

LOCK TABLES report r LOW_PRIORITY WRITE, app.ledger AS l READ

LOCK TABLES report READ, cheap WRITE

HANDLER report OPEN

HANDLER app.report OPEN AS r

LOAD DATA INFILE '/dev/null' INTO TABLE report

LOAD DATA LOW_PRIORITY LOCAL INFILE '/dev/null' REPLACE INTO TABLE app.report (id, @x) SET a = (SELECT count(*) FROM ledger)

LOAD XML INFILE '/dev/null' INTO TABLE report

# Descriptions, plans, programs
DESCRIBE report

DESC report a

EXPLAIN report

SHOW COLUMNS FROM report

SHOW FULL COLUMNS IN report IN app LIKE 'a%'

SHOW FIELDS FROM app.report

SHOW INDEX FROM report

SHOW KEYS IN report FROM app

SHOW EXTENDED INDEXES FROM report WHERE Key_name = 'PRIMARY'

SHOW CREATE TABLE report

SHOW CREATE TABLE app.report

SHOW CREATE VIEW cheap

SHOW TABLES

SHOW TABLE STATUS LIKE 'report'

SHOW TABLES WHERE Tables_in_app IN (SELECT name FROM report)

SHOW COLUMNS FROM report WHERE Field IN (SELECT note FROM ledger)

SHOW TRIGGERS FROM app

EXPLAIN SELECT * FROM report, ledger

EXPLAIN FORMAT = JSON SELECT * FROM report

EXPLAIN EXTENDED SELECT * FROM report

EXPLAIN PARTITIONS SELECT * FROM parent

EXPLAIN (SELECT * FROM report)

EXPLAIN UPDATE report SET a = 1

EXPLAIN DELETE FROM report

EXPLAIN INSERT INTO report (id) SELECT id FROM ledger

EXPLAIN REPLACE INTO report (id) VALUES (1)

EXPLAIN TABLE report

EXPLAIN ANALYZE SELECT * FROM report

EXPLAIN FORMAT = TREE SELECT * FROM report

EXPLAIN INTO @x FORMAT = JSON SELECT * FROM report

EXPLAIN FOR SCHEMA app SELECT * FROM report

ANALYZE SELECT * FROM report

ANALYZE FORMAT = JSON SELECT * FROM report, ledger

ANALYZE UPDATE report SET a = 1

DESCRIBE SELECT * FROM report

DESC FORMAT = JSON SELECT * FROM report

DO (SELECT count(*) FROM report)

DO 1, (SELECT 2 FROM ledger LIMIT 1), (SELECT count(*) FROM report)

SET @x = (SELECT count(*) FROM report)

SET @x = 1, @y = (SELECT count(*) FROM report), @z = (SELECT count(*) FROM ledger)

SET STATEMENT max_statement_time = 10 FOR SELECT * FROM report

SET STATEMENT max_statement_time = 10 FOR UPDATE report SET a = 1

SET STATEMENT max_statement_time = 10 FOR DELETE FROM report

SET STATEMENT max_statement_time = 10 FOR INSERT INTO report (id) SELECT id FROM ledger

SET STATEMENT max_statement_time = 10 FOR ALTER TABLE report ADD c int

SET STATEMENT max_statement_time = 10 FOR CREATE TABLE made AS SELECT * FROM report

SET STATEMENT max_statement_time = 10 FOR TRUNCATE TABLE report

PREPARE p FROM 'SELECT * FROM report'

EXECUTE IMMEDIATE 'SELECT 1'

CALL missing((SELECT count(*) FROM report))

BEGIN NOT ATOMIC DELETE FROM report; END

BEGIN NOT ATOMIC DECLARE x int DEFAULT 1; IF x THEN DELETE FROM report; ELSE UPDATE ledger SET note = 'x'; END IF; END

BEGIN NOT ATOMIC DECLARE x int DEFAULT (SELECT count(*) FROM report); WHILE x > 5 DO INSERT INTO ledger (id) VALUES (1); END WHILE; SELECT * FROM Report; END

BEGIN NOT ATOMIC FOR r IN (SELECT * FROM report) DO DELETE FROM ledger; END FOR; END

BEGIN NOT ATOMIC CREATE TABLE made AS SELECT * FROM report; END

BEGIN NOT ATOMIC SELECT * FROM shop.stock; DELETE report FROM report JOIN ledger; END

BEGIN NOT ATOMIC SELECT * FROM shop.stock; DELETE FROM report USING report JOIN ledger; END

WITH q AS (SELECT id FROM shop.stock) DELETE report FROM report JOIN q ON report.id = q.id

WITH q AS (SELECT id FROM shop.stock) DELETE FROM report USING report JOIN q ON report.id = q.id

BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR SQLEXCEPTION INSERT INTO report (id) VALUES (90); SELECT * FROM nosuch; END

BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR 1146, SQLSTATE VALUE '42S02', NOT FOUND DELETE FROM report; SELECT * FROM nosuch; END

BEGIN NOT ATOMIC DECLARE missing CONDITION FOR 1146; DECLARE EXIT HANDLER FOR missing TRUNCATE report; SELECT * FROM nosuch; END

BEGIN NOT ATOMIC SHOW COLUMNS FROM report; DESCRIBE ledger; END

BEGIN NOT ATOMIC EXPLAIN SELECT * FROM report; CHECKSUM TABLE ledger; END

SET STATEMENT max_statement_time = 1 FOR SET STATEMENT sort_buffer_size = 100000 FOR DELETE FROM report

IF EXISTS (SELECT 1 FROM report) THEN DELETE FROM ledger; END IF

CASE (SELECT count(*) FROM report) WHEN 5 THEN DELETE FROM ledger; ELSE SELECT 1 FROM Report; END CASE

FOR i IN 1 .. 2 DO UPDATE report SET a = i; END FOR

SELECT * FROM report; SELECT * FROM ledger

DELETE FROM report; UPDATE ledger SET note = 'x'

GRANT SELECT ON report TO app@'127.0.0.1'

GRANT SELECT (id), INSERT ON TABLE app.report TO app@'127.0.0.1'

REVOKE SELECT ON app.report FROM app@'127.0.0.1'

GRANT ALL ON app.* TO app@'127.0.0.1'

GRANT ALL ON *.* TO app@'127.0.0.1'

XA RECOVER

USE shop

SELECT * FROM report FOR UPDATE WAIT 1

SELECT a FROM report HAVING a > (SELECT count(*) FROM ledger)

SELECT NEXT VALUE FOR missing

SELECT SQL_CALC_FOUND_ROWS * FROM report

SELECT SQL_BUFFER_RESULT SQL_BIG_RESULT * FROM report GROUP BY a

SELECT /*+ NO_MERGE(ledger) */ * FROM report

SELECT /*+ QB_NAME(x) */ * FROM report, ledger

# A dot before a table is nothing
INSERT INTO .report (id) VALUES (71)

UPDATE .report SET a = 1

DELETE FROM .report

DROP TABLE .report

SELECT * FROM ledger JOIN .report ON true

EXPLAIN FOR SCHEMA shop SELECT * FROM stock

# A hint that may end elsewhere than its comment
SELECT /*+ MAX_EXECUTION_TIME(' */ * FROM report

# A plan that is kept in a variable
EXPLAIN FORMAT = JSON INTO @plan SELECT * FROM report

EXPLAIN FORMAT=JSON INTO @plan UPDATE report SET a = 2

# Rows that the server makes as the name says
SELECT * FROM seq_1_to_3, report

SELECT * FROM report JOIN seq_1_to_9_step_2 ON seq = id

# Queries in parentheses that begin with another word than SELECT
SET @v = (TABLE report LIMIT 1)

SET @v = (WITH w AS (SELECT id FROM report) SELECT max(w.id) FROM w, ledger)

DO (WITH w AS (SELECT id FROM report) SELECT max(w.id) FROM w, ledger)

DO (TABLE report LIMIT 0)

# Aliases that may be keywords
SELECT * FROM report offset USE INDEX (), ledger

SELECT * FROM report offset IGNORE INDEX (`PRIMARY`), ledger

SELECT * FROM report offset FORCE KEY (`PRIMARY`) JOIN ledger ON true

# Inside of statements that are no queries
ALTER TABLE ledger ADD (x int, CONSTRAINT fresh FOREIGN KEY (x) REFERENCES report (id))

ALTER TABLE ledger ADD COLUMN (report int, y int)

ALTER TABLE ledger ADD COLUMN report int AFTER id

CREATE TABLE made (report int, KEY (report), KEY report_too (report))

CREATE TABLE made (a int, b int, FOREIGN KEY (a) REFERENCES report (id), FOREIGN KEY (b) REFERENCES ledger (id))

BACKUP LOCK report

SET @a = 1, @b = (SELECT max(a) FROM report), @c = (SELECT max(id) FROM ledger)

DO (SELECT 1 FROM report LIMIT 1), (SELECT 1 FROM ledger LIMIT 1)

BEGIN NOT ATOMIC DECLARE x ROW TYPE OF report; END

BEGIN NOT ATOMIC DECLARE x TYPE OF report.a; END

BEGIN NOT ATOMIC IF (SELECT count(*) FROM report) > 0 THEN DELETE FROM ledger; END IF; END
