//! Where a statement that is no query names the table `report`, by kinds of places; and where a name is none.

use sea_orm::DatabaseBackend::{self as DbBackend, MySql, Postgres, Sqlite};

use super::{Functions, classify, statement::classify_with_loose};

/// How a text has `report`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// In no way.
    Nothing,
    /// As a name that no rule has taken.
    Loose,
    /// As an object.
    Object,
    /// As a type, or what else may be a table.
    Perhaps,
    Table,
}

fn told(backend: DbBackend, sql: &str) -> Told {
    let (class, loose) = classify_with_loose(backend, sql, &Functions::builtin());
    assert_eq!(
        class,
        classify(backend, sql, &Functions::builtin()),
        "{sql}"
    );
    let is_it = |name: &str| name.eq_ignore_ascii_case("report");
    if class.tables.iter().any(|table| is_it(&table.name)) {
        Told::Table
    } else if class.perhaps.iter().any(|table| is_it(&table.name)) {
        Told::Perhaps
    } else if class.objects.iter().any(|object| is_it(&object.name)) {
        Told::Object
    } else if loose.iter().any(|table| is_it(&table.name)) {
        Told::Loose
    } else {
        Told::Nothing
    }
}

fn assert_told(expected: Told, backend: DbBackend, texts: &[&str]) {
    let wrong: Vec<_> = texts
        .iter()
        .map(|sql| (told(backend, sql), sql))
        .filter(|(found, _)| *found != expected)
        .map(|(found, sql)| format!("{found:?}: {sql}"))
        .collect();
    assert!(
        wrong.is_empty(),
        "{backend:?} not {expected:?}:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_query_in_parentheses_is_one_wherever_it_stands() {
    let mysql = [
        "LOAD DATA INFILE 'x' INTO TABLE b (a, @r) SET c = (SELECT 1 FROM report WHERE x = @r)",
        "LOAD DATA INFILE 'x' INTO TABLE b SET d = 1, c = ((SELECT 1 FROM report) + 1)",
        "LOAD DATA INFILE 'x' INTO TABLE b SET c = (TABLE report)",
        "LOAD DATA INFILE 'x' INTO TABLE b SET c = (WITH q AS (SELECT 1 FROM report) SELECT * FROM q)",
        "LOAD DATA INFILE 'x' INTO TABLE b SET c = (VALUES ROW((SELECT 1 FROM report)))",
        "LOAD XML INFILE 'x' INTO TABLE b SET c = IF((SELECT 1 FROM report), 1, 2)",
        "SET @a = 1, @b = (SELECT 1 FROM report)",
        "SET GLOBAL max_connections = (SELECT a FROM report)",
        "DO (SELECT 1 FROM b), (SELECT 1 FROM report)",
        "DO SLEEP((SELECT a FROM report))",
        "CALL p(1, (SELECT a FROM report))",
        "KILL (SELECT a FROM report)",
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = (SELECT a FROM report)",
        "EXECUTE IMMEDIATE (SELECT a FROM report)",
        "EXECUTE p USING (SELECT a FROM report)",
        "PURGE BINARY LOGS BEFORE (SELECT a FROM report)",
        "SOMETHING NEW (a, (SELECT 1 FROM report))",
        "BEGIN NOT ATOMIC IF (SELECT 1 FROM report) THEN DO 1; END IF; END",
        "BEGIN NOT ATOMIC DECLARE a int DEFAULT (SELECT a FROM report); END",
        "IF EXISTS (SELECT 1 FROM report) THEN DO 1; END IF",
        "BEGIN INSERT INTO report VALUES (1); END",
        "DECLARE a int; BEGIN UPDATE report SET a = 1; END",
        "BEGIN NOT ATOMIC LOCK TABLES report WRITE; END",
        "BEGIN NOT ATOMIC LOAD DATA INFILE 'x' INTO TABLE report; END",
        "BEGIN NOT ATOMIC DECLARE a TYPE OF report.x; END",
        "BEGIN NOT ATOMIC DECLARE a ROW TYPE OF report; END",
        "DECLARE CURSOR c IS SELECT 1 FROM report; BEGIN NULL; END",
        "DECLARE CURSOR c(a int) IS WITH q AS (SELECT 1 FROM report) SELECT * FROM q; BEGIN NULL; END",
        "BEGIN NOT ATOMIC SHOW COLUMNS FROM report; END",
        "BEGIN NOT ATOMIC SHOW CREATE TABLE report; END",
        "BEGIN NOT ATOMIC DESCRIBE report; END",
        "BEGIN NOT ATOMIC DESC report a; END",
        "BEGIN NOT ATOMIC EXPLAIN report; END",
        "BEGIN NOT ATOMIC EXPLAIN EXTENDED SELECT 1 FROM b; EXPLAIN FORMAT=JSON SELECT 1 FROM report; END",
        "BEGIN NOT ATOMIC ANALYZE FORMAT=JSON SELECT 1 FROM report; END",
        "BEGIN NOT ATOMIC CHECKSUM TABLE b, report; END",
        "IF 1 THEN CHECKSUM TABLE report; END IF",
        "BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR NOT FOUND SHOW INDEX FROM report; END",
        "SET STATEMENT a = 1 FOR SET STATEMENT b = (SELECT 1 FROM report) FOR SELECT 1",
        "SET STATEMENT a = 1 FOR SET STATEMENT b = 1 FOR TRUNCATE report",
        "SET STATEMENT a = 1 FOR BEGIN NOT ATOMIC SELECT 1; TRUNCATE report; END",
    ];
    assert_told(Told::Table, MySql, &mysql);
    let postgres = [
        "CALL p(a => (SELECT 1 FROM report))",
        "EXECUTE p((SELECT 1 FROM report))",
        "CREATE INDEX i ON c ((SELECT 1 FROM report))",
        "CREATE POLICY p ON c FOR INSERT WITH CHECK ((SELECT 1 FROM report) > a)",
        "ALTER POLICY p ON c USING (EXISTS (SELECT 1 FROM b)) WITH CHECK (a IN (SELECT 1 FROM report))",
        "CREATE FUNCTION f(a int DEFAULT (SELECT 1 FROM report)) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS int RETURN (SELECT 1 FROM b) + (SELECT 1 FROM report)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 FROM b; SELECT 1 FROM report; END",
        "CREATE RULE r AS ON INSERT TO c WHERE EXISTS (SELECT 1 FROM report) DO NOTHING",
        "CREATE RULE r AS ON INSERT TO c DO ALSO (DELETE FROM b; DELETE FROM report)",
        "CREATE TRIGGER g AFTER INSERT ON c FOR EACH ROW WHEN (EXISTS (TABLE report)) EXECUTE FUNCTION f()",
        "CREATE TABLE c PARTITION OF b FOR VALUES IN ((SELECT 1 FROM report))",
        "ALTER TABLE c ALTER a TYPE int USING (SELECT 1 FROM report)",
        "COPY c FROM '/x' WHERE a IN (SELECT 1 FROM report)",
        "SOMETHING NEW (VALUES ((SELECT 1 FROM report)))",
        "CREATE TABLE c AS (WITH q AS (SELECT 1) TABLE report)",
    ];
    assert_told(Told::Table, Postgres, &postgres);
    let sqlite = [
        "VACUUM INTO (SELECT a FROM report)",
        "VACUUM main INTO (WITH q AS (SELECT a FROM report) SELECT * FROM q)",
        "ATTACH (SELECT a FROM report) AS x",
        "ATTACH DATABASE (SELECT a FROM b) || (SELECT a FROM report) AS x KEY (SELECT 1)",
        "DETACH (SELECT a FROM report)",
        "CREATE INDEX i ON c (a) WHERE a IN (SELECT 1 FROM report)",
        "PRAGMA something((SELECT a FROM report))",
        "CREATE TABLE c (a DEFAULT ((SELECT a FROM report)))",
    ];
    assert_told(Told::Table, Sqlite, &sqlite);
}

#[test]
fn what_a_with_clause_defines_is_no_table_inside_a_statement_either() {
    assert_told(
        Told::Nothing,
        Postgres,
        &[
            "CREATE VIEW v AS WITH report AS (SELECT 1) SELECT * FROM (SELECT * FROM report) x",
            "CREATE TABLE c AS (WITH report AS (SELECT 1) (SELECT * FROM report))",
            "PREPARE p AS WITH report AS (SELECT 1) SELECT (SELECT 1 FROM report)",
            "DECLARE p CURSOR FOR WITH report AS (SELECT 1) SELECT (SELECT 1 FROM report)",
            "EXPLAIN ANALYZE WITH report AS (SELECT 1) SELECT (SELECT 1 FROM report)",
            "CALL p((WITH report AS (SELECT 1) SELECT (SELECT 1 FROM report)))",
        ],
    );
    assert_told(
        Told::Nothing,
        MySql,
        &[
            "SET STATEMENT a = 1 FOR WITH report AS (SELECT 1) SELECT (SELECT 1 FROM report)",
            "SET @a = (WITH report AS (SELECT 1) SELECT (SELECT 1 FROM report))",
            "CREATE TABLE c WITH report AS (SELECT 1) SELECT (SELECT 1 FROM report) AS a",
        ],
    );
}

#[test]
fn fixed_words_name_a_table_at_every_depth() {
    let mysql = [
        "ALTER TABLE c ADD (a int, FOREIGN KEY (a) REFERENCES report (x))",
        "ALTER TABLE c ADD COLUMN (a int, CONSTRAINT z FOREIGN KEY (a) REFERENCES report (x))",
        "ALTER TABLE c ADD (a int REFERENCES report(x))",
        "CREATE TABLE c (a int, FOREIGN KEY (a) REFERENCES report (x)) SELECT 1 AS a",
        "CREATE TABLE c (LIKE report)",
        "CREATE TABLE c LIKE report",
        "CREATE TABLE c (a int) ENGINE=MERGE UNION=(b, report)",
        "CREATE TABLE c (a int) ENGINE=MERGE UNION (report)",
        "ALTER TABLE c UNION = (b, `report`), COMMENT = 'x'",
        "ALTER TABLE c EXCHANGE PARTITION p WITH TABLE report WITHOUT VALIDATION",
        "ALTER TABLE c CONVERT TABLE report TO PARTITION p VALUES LESS THAN (5)",
        "ALTER TABLE c CONVERT PARTITION p TO TABLE report",
        "BACKUP LOCK report",
        "LOAD INDEX INTO CACHE b, report IGNORE LEAVES",
        "CACHE INDEX b, report IN hot",
    ];
    assert_told(Told::Table, MySql, &mysql);
    let postgres = [
        "CLUSTER i ON report",
        "CLUSTER VERBOSE i ON public.report",
        "CLUSTER report USING i",
        "CREATE SCHEMA s GRANT ALL ON TABLE public.report TO x",
        "CREATE SCHEMA s GRANT ALL ON report TO x",
        "CREATE SCHEMA AUTHORIZATION x CREATE TABLE c (a int) GRANT SELECT (a), CREATE ON report TO x WITH GRANT OPTION",
        "CREATE SCHEMA s CREATE TABLE c (a int REFERENCES public.report)",
        "CREATE TABLE c (a int, b int REFERENCES report (x) ON DELETE CASCADE)",
        "CREATE TABLE c (LIKE report INCLUDING ALL)",
        "CREATE TABLE c (a int, LIKE b, LIKE report)",
        "CREATE TABLE c () INHERITS (b, report)",
        "CREATE TABLE c PARTITION OF report DEFAULT",
        "CREATE FOREIGN TABLE c PARTITION OF report DEFAULT SERVER s",
        "ALTER TABLE c ADD COLUMN a int, ADD CONSTRAINT z FOREIGN KEY (a) REFERENCES report",
        "ALTER TABLE c ATTACH PARTITION report DEFAULT",
        "ALTER TABLE IF EXISTS c DETACH PARTITION report CONCURRENTLY",
        "ALTER TABLE c MERGE PARTITIONS (p1, report) INTO p2",
        "ALTER TABLE c MERGE PARTITIONS (p1, p2) INTO report",
        "ALTER TABLE c SPLIT PARTITION report INTO (PARTITION p FOR VALUES IN (1))",
        "ALTER TABLE c SPLIT PARTITION p INTO (PARTITION q FOR VALUES IN (1), PARTITION report DEFAULT)",
        "ALTER TABLE c NO INHERIT report",
        "IMPORT FOREIGN SCHEMA x LIMIT TO (report) FROM SERVER s INTO public",
        "IMPORT FOREIGN SCHEMA x LIMIT TO (b, report) FROM SERVER s INTO public OPTIONS (a 'b')",
        "REPACK report",
        "REPACK (VERBOSE) public.report USING INDEX i",
        "CREATE PUBLICATION p FOR ALL TABLES EXCEPT (TABLE b, report)",
        "CREATE PUBLICATION p FOR ALL TABLES EXCEPT TABLE (report)",
        "CREATE PROPERTY GRAPH g VERTEX TABLES (b KEY (id), report LABEL x)",
        "ALTER EXTENSION e ADD TABLE report",
        "ALTER EXTENSION e DROP MATERIALIZED VIEW report",
        "ALTER EXTENSION e ADD FOREIGN TABLE public.report",
    ];
    assert_told(Told::Table, Postgres, &postgres);
    let sqlite = [
        "CREATE TABLE c (a REFERENCES report)",
        "CREATE TABLE c (a REFERENCES 'report' (b))",
        "ALTER TABLE c ADD COLUMN a REFERENCES report (x)",
        "CREATE VIRTUAL TABLE v USING fts5vocab(report, row)",
        "CREATE VIRTUAL TABLE v USING fts5vocab('main', \"report\", 'col')",
        "CREATE VIRTUAL TABLE temp.v USING fts4aux(report)",
        "CREATE VIRTUAL TABLE temp.v USING fts4aux(main, report)",
        "CREATE VIRTUAL TABLE v USING fts5(a, b, content='report')",
        "CREATE VIRTUAL TABLE v USING fts5(a, content = report, content_rowid=id)",
        "CREATE VIRTUAL TABLE IF NOT EXISTS v USING FTS4(a, CONTENT=\"report\")",
    ];
    assert_told(Told::Table, Sqlite, &sqlite);
    assert_told(
        Told::Perhaps,
        Sqlite,
        &[
            "CREATE VIRTUAL TABLE v USING fuzzer(report)",
            "CREATE VIRTUAL TABLE v USING transitive_closure(tablename='report', idcolumn=id)",
        ],
    );
}

#[test]
fn words_that_mean_no_table_name_none() {
    let postgres = [
        "ALTER TABLE orders ADD COLUMN report text",
        "ALTER TABLE orders ADD COLUMN IF NOT EXISTS report text",
        "ALTER TABLE orders ADD report text",
        "ALTER TABLE orders DROP COLUMN report",
        "ALTER TABLE orders ALTER COLUMN report TYPE text USING report::text",
        "ALTER TABLE orders ALTER report SET DEFAULT 1",
        "ALTER TABLE orders RENAME COLUMN report TO b",
        "ALTER TABLE orders RENAME COLUMN a TO report",
        "ALTER TABLE orders ADD CONSTRAINT report CHECK (a > 0)",
        "ALTER TABLE orders ADD UNIQUE (report)",
        "ALTER TABLE orders ADD CONSTRAINT x CHECK (report > 0) NO INHERIT NOT VALID",
        "CREATE TABLE c (report int)",
        "CREATE TABLE c (a int, report int REFERENCES b (report))",
        "CREATE TABLE c (a int, report text[] NOT NULL, UNIQUE (report, a))",
        "CREATE TABLE c (a int, CONSTRAINT report PRIMARY KEY (a))",
        "CREATE TABLE c (a int) PARTITION BY RANGE (report)",
        "CREATE UNLOGGED TABLE IF NOT EXISTS c (a int, report double precision)",
        "INSERT INTO c (report) VALUES (1)",
        "INSERT INTO c (a, report) SELECT a, report FROM b",
        "COPY c (report) FROM STDIN",
        "CREATE INDEX i ON c (report)",
        "CREATE INDEX i ON c USING btree (lower(report)) INCLUDE (report) WHERE report > 1",
        "CREATE INDEX report ON c (a)",
        "CREATE VIEW v (report) AS SELECT 1",
        "CREATE VIEW v AS SELECT report FROM c",
        "CREATE STATISTICS s ON a, b FROM c",
        "GRANT SELECT (report) ON c TO x",
        "GRANT REFERENCES ON c TO report",
        "REVOKE REFERENCES, SELECT ON c FROM report",
        "CREATE FUNCTION f(report int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(IN report int, OUT b int) LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION report(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(update boolean, lock report_kind) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE t AS (report int)",
        "CREATE TYPE t AS ENUM ('report')",
        "ALTER TYPE t ADD ATTRIBUTE report int",
        "CREATE TRIGGER g AFTER UPDATE OF report ON c EXECUTE FUNCTION f(report)",
        "COMMENT ON COLUMN c.report IS 'report'",
        "COMMENT ON TABLE c IS 'see report'",
        "SAVEPOINT report",
        "NOTIFY report",
        "SET search_path = report",
        "GRANT report TO x",
        "ALTER TABLE c CLUSTER ON report",
        "CREATE ROLE report",
        "ALTER TABLE c OWNER TO report",
        "SELECT a report FROM c",
        "SELECT 1 FROM c report",
        "SELECT * FROM f() AS x (report int)",
        "SELECT json_value(a, '$' RETURNING int) AS report FROM c",
        "INSERT INTO c (a) VALUES (1) RETURNING report",
        "SELECT * FROM xmltable('/x' PASSING a COLUMNS report int PATH 'y')",
        "SELECT * FROM json_table(a, '$' COLUMNS (report int PATH '$.a')) j",
    ];
    for sql in postgres {
        let found = told(Postgres, sql);
        assert!(matches!(found, Told::Nothing), "{found:?}: {sql}");
    }
    let mysql = [
        "ALTER TABLE orders ADD COLUMN report text AFTER report",
        "ALTER TABLE orders ADD (report int, b int)",
        "ALTER TABLE orders CHANGE report b int",
        "ALTER TABLE orders CHANGE COLUMN a report int",
        "ALTER TABLE orders MODIFY report int",
        "ALTER TABLE orders ADD INDEX report (a)",
        "ALTER TABLE orders ADD INDEX (report), ADD KEY k (report(10))",
        "CREATE TABLE c (report int, KEY (report), KEY report (a), CHECK (report > 0))",
        "CREATE TABLE c (a int, FOREIGN KEY (report) REFERENCES b (report))",
        "CREATE TABLE c (a int) PARTITION BY LIST (report) (PARTITION report VALUES IN (1))",
        "CREATE TABLE c (a int AS (report + 1) STORED)",
        "LOAD DATA INFILE 'report' INTO TABLE b (report, @a)",
        "GRANT PROXY ON report TO x",
        "REVOKE PROXY ON 'report'@'%' FROM x",
        "CREATE USER report",
        "GRANT SELECT (report) ON c TO report",
        "ANALYZE TABLE c UPDATE HISTOGRAM ON report",
    ];
    for sql in mysql {
        let found = told(MySql, sql);
        assert!(matches!(found, Told::Nothing), "{found:?}: {sql}");
    }
    let sqlite = [
        "ALTER TABLE orders ADD COLUMN report",
        "CREATE TABLE c (report, a, UNIQUE (report))",
        "CREATE VIRTUAL TABLE v USING fts5(report, b)",
        "CREATE VIRTUAL TABLE v USING rtree(id, report, b)",
        "CREATE INDEX i ON c (report)",
        "SELECT * FROM c, pragma_table_info(c.report)",
        "SELECT * FROM pragma_table_info(report)",
    ];
    for sql in sqlite {
        let found = told(Sqlite, sql);
        assert!(matches!(found, Told::Nothing), "{found:?}: {sql}");
    }
}

/// Words that lead to a type in one definition are names in others.
#[test]
fn columns_beside_words_of_types_are_no_tables() {
    let texts = [
        "CREATE TABLE b (CHECK (element = report))",
        "CREATE POLICY p ON b USING (subtype = report)",
        "CREATE INDEX i ON b (x) WHERE subtype = report",
        "CREATE TRIGGER g BEFORE UPDATE ON b FOR EACH ROW WHEN (NEW.element = NEW.report) EXECUTE FUNCTION f()",
        "ALTER TABLE b ALTER c TYPE int USING (stype = report)",
        "CREATE STATISTICS s ON (leftarg = report) FROM b",
        "ALTER GROUP x ADD USER report",
        "CREATE PUBLICATION p FOR TABLE b (id, report)",
        "CREATE PUBLICATION p FOR TABLE b WHERE (f(a, report) = 1)",
        "ALTER PUBLICATION p SET TABLE b (id, report), c",
        "DO LANGUAGE report 'x'",
        "ALTER TABLE b RENAME add TO report",
        "ALTER TABLE b RENAME COLUMN add TO report",
    ];
    for sql in texts {
        let found = told(Postgres, sql);
        assert!(
            matches!(found, Told::Nothing | Told::Loose),
            "{found:?}: {sql}"
        );
    }
}

#[test]
fn types_of_postgres_may_be_tables() {
    let texts = [
        "CREATE FUNCTION f(report) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(a report) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(a int, INOUT b public.report) LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(a IN report) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(VARIADIC a report[]) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(a report DEFAULT NULL) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(report = NULL) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(json report) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(a double precision, date report) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE b (period report)",
        "CREATE FUNCTION f() RETURNS report LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS SETOF \"report\" LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS TABLE (a int, b report) LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE PROCEDURE f(a report) LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION f(report)",
        "DROP FUNCTION IF EXISTS s.f(int), g(a report)",
        "DROP ROUTINE f(report)",
        "ALTER FUNCTION f(report) STABLE",
        "COMMENT ON FUNCTION f(report) IS 'x'",
        "GRANT EXECUTE ON FUNCTION f(int), g(report) TO x",
        "SECURITY LABEL ON FUNCTION f(report) IS 'x'",
        "ALTER EXTENSION e ADD FUNCTION f(report)",
        "CREATE TABLE c (a report)",
        "CREATE TABLE c (a int, b report[], c int)",
        "CREATE TABLE IF NOT EXISTS s.c (a report NOT NULL)",
        "CREATE FOREIGN TABLE c (a report) SERVER s",
        "CREATE SCHEMA s CREATE TABLE c (a report)",
        "ALTER TABLE c ADD a report",
        "ALTER TABLE c ADD COLUMN IF NOT EXISTS a report",
        "ALTER TABLE c ALTER COLUMN a TYPE report",
        "ALTER TABLE c ALTER a SET DATA TYPE report USING a::text",
        "CREATE TYPE t AS (a int, b report)",
        "CREATE TYPE t AS RANGE (SUBTYPE = report)",
        "CREATE TYPE t (INPUT = f, OUTPUT = g, LIKE = report)",
        "ALTER TYPE t ADD ATTRIBUTE a report",
        "ALTER TYPE t ALTER ATTRIBUTE a TYPE report",
        "CREATE DOMAIN d AS report",
        "CREATE DOMAIN s.d report",
        "CREATE CAST (report AS text) WITH INOUT",
        "CREATE CAST (text AS report) WITH FUNCTION f(text)",
        "DROP CAST IF EXISTS (report AS text)",
        "COMMENT ON CAST (report AS text) IS 'x'",
        "CREATE AGGREGATE a(report) (SFUNC = f, STYPE = int)",
        "CREATE AGGREGATE a(int ORDER BY b report) (SFUNC = f, STYPE = int)",
        "CREATE AGGREGATE a(int) (SFUNC = f, STYPE = report)",
        "DROP AGGREGATE a(int ORDER BY report)",
        "CREATE OPERATOR + (LEFTARG = report, RIGHTARG = int, FUNCTION = f)",
        "CREATE OPERATOR s.<> (FUNCTION = f, RIGHTARG = report)",
        "DROP OPERATOR +(report, int)",
        "DROP OPERATOR ~(NONE, int), +(report, int)",
        "DROP OPERATOR IF EXISTS s.<=(int, report)",
        "ALTER OPERATOR @@ (report, int) OWNER TO x",
        "CREATE OPERATOR CLASS o FOR TYPE report USING btree AS OPERATOR 1 <",
        "CREATE OPERATOR CLASS o FOR TYPE int USING btree AS OPERATOR 1 < (report, int)",
        "CREATE OPERATOR CLASS o FOR TYPE int USING btree AS FUNCTION 1 f(report)",
        "CREATE OPERATOR CLASS o FOR TYPE int USING btree AS FUNCTION 1 (int, report) f(int)",
        "CREATE OPERATOR CLASS o FOR TYPE int USING gist AS STORAGE report",
        "CREATE TRANSFORM FOR report LANGUAGE x (FROM SQL WITH FUNCTION f(internal))",
        "DROP TRANSFORM IF EXISTS FOR report LANGUAGE x",
        "PREPARE p (report) AS SELECT 1",
        "PREPARE p (int, report[]) AS SELECT 1",
        "SELECT json_query(a, '$' RETURNING report) FROM c",
        "SELECT json_table.* FROM json_table(a, '$' COLUMNS (x int, y report PATH '$.y'))",
        "SELECT 1 FROM json_table(a, '$' COLUMNS (NESTED PATH '$' COLUMNS (x report)))",
        "SELECT 1 FROM xmltable('/x' PASSING a COLUMNS x int PATH 'a', y report PATH 'b')",
        "SELECT xmlserialize(CONTENT a AS report)",
        "SELECT report '(1,2)'",
        "SELECT public.report '(1,2)'",
        "SELECT * FROM f() AS x (a int, b report)",
        "SELECT * FROM f() AS (a report)",
        "SELECT * FROM f() x(a report[])",
        "SELECT * FROM ROWS FROM (f() AS (a report)) x",
        "SELECT treat(a AS report) FROM c",
        "ALTER OPERATOR FAMILY f USING btree DROP OPERATOR 1 (report, int)",
    ];
    assert_told(Told::Perhaps, Postgres, &texts);
    let of_columns = [
        "CREATE FUNCTION f(a report.id%TYPE) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(public.report.id%TYPE) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS SETOF report.id%TYPE LANGUAGE sql AS 'SELECT 1'",
        "CREATE PROCEDURE f(INOUT a public.report.id % TYPE) LANGUAGE sql AS 'SELECT 1'",
    ];
    assert_told(Told::Table, Postgres, &of_columns);
}

/// An account may have the name of any kind of object.
#[test]
fn definers_of_mysql_hide_no_table() {
    let texts = [
        "CREATE DEFINER=user@localhost TRIGGER g BEFORE INSERT ON report FOR EACH ROW SET NEW.a = 1",
        "CREATE DEFINER = event@localhost VIEW v AS SELECT * FROM report",
        "CREATE DEFINER=role@'%' SQL SECURITY DEFINER VIEW report AS SELECT 1",
        "CREATE DEFINER=`user`@`server` VIEW v AS SELECT * FROM report",
        "ALTER DEFINER=user@localhost VIEW report AS SELECT 1",
    ];
    assert_told(Told::Table, MySql, &texts);
}

#[test]
fn pragmas_of_sqlite_are_about_a_table_in_any_quotes() {
    assert_told(
        Told::Table,
        Sqlite,
        &[
            "SELECT * FROM pragma_table_info('report', 'main')",
            "SELECT * FROM main.pragma_table_info('report')",
            "SELECT * FROM pragma_table_list('report')",
            "SELECT 1 FROM pragma_table_info('report')",
            "SELECT 1 IN pragma_table_info('report')",
            "PRAGMA table_list(report)",
            "PRAGMA table_list='report'",
            "PRAGMA main.table_list(\"report\")",
            "PRAGMA table_info(report)",
        ],
    );
    assert_told(
        Told::Perhaps,
        Sqlite,
        &[
            "SELECT * FROM pragma_table_info(\"report\")",
            "SELECT * FROM pragma_table_info(\"report\", 'main')",
            "SELECT * FROM pragma_index_list(\"report\")",
            "SELECT * FROM pragma_quick_check(\"report\")",
            "SELECT * FROM pragma_foreign_key_list((\"report\"))",
            "SELECT * FROM pragma_table_info(CAST('report' AS text))",
            "SELECT * FROM pragma_table_info('report' || '')",
            "SELECT 'ok' IN pragma_quick_check(\"report\")",
            "SELECT 'ok' IN pragma_integrity_check('report')",
            "SELECT 1 FROM c WHERE 1 IN report(1)",
            "SELECT * FROM pragma_table_info WHERE arg = 'report'",
            "SELECT * FROM pragma_table_info WHERE schema = 'main' AND arg = \"report\"",
        ],
    );
    assert_told(
        Told::Object,
        Sqlite,
        &[
            "SELECT * FROM pragma_index_info(\"report\")",
            "SELECT * FROM pragma_index_xinfo((('report')))",
        ],
    );
}

#[test]
fn objects_are_looked_up_wherever_they_are_named() {
    assert_told(
        Told::Object,
        MySql,
        &[
            "SHOW CREATE PROCEDURE report",
            "SHOW CREATE FUNCTION s.report",
            "SHOW CREATE TRIGGER report",
            "SHOW CREATE EVENT report",
            "SHOW CREATE PACKAGE BODY report",
            "SHOW FUNCTION CODE report",
            "SHOW PROCEDURE CODE report",
            "SHOW PACKAGE BODY CODE report",
            "SHOW CREATE LIBRARY report",
            "DROP LIBRARY IF EXISTS report",
            "GRANT EXECUTE ON LIBRARY report TO x",
            "GRANT EXECUTE ON PROCEDURE report TO x",
            "DO NEXTVAL(report)",
            "SET @a = NEXT VALUE FOR report",
            "CALL p(SETVAL(report, 1))",
            "DROP PACKAGE BODY report",
        ],
    );
    assert_told(
        Told::Object,
        Postgres,
        &[
            "COMMENT ON CONSTRAINT c ON DOMAIN report IS 'x'",
            "GRANT USAGE ON FOREIGN SERVER report TO x",
            "REVOKE USAGE ON FOREIGN DATA WRAPPER report FROM x",
            "CREATE USER MAPPING FOR x SERVER report",
            "DROP USER MAPPING IF EXISTS FOR x SERVER report",
            "ALTER USER MAPPING FOR PUBLIC SERVER report OPTIONS (SET a 'b')",
            "SECURITY LABEL ON TYPE report IS 'x'",
            "SECURITY LABEL FOR y ON FUNCTION report() IS 'x'",
            "SECURITY LABEL ON DOMAIN report IS 'x'",
            "DROP CONVERSION report",
            "ALTER INDEX i ATTACH PARTITION report",
            "SECURITY LABEL ON EVENT TRIGGER report IS 'x'",
            "DROP TEXT SEARCH CONFIGURATION report",
            "ALTER TEXT SEARCH DICTIONARY s.report (a)",
            "COMMENT ON TEXT SEARCH PARSER report IS 'x'",
            "DROP EVENT TRIGGER report",
            "ALTER EVENT TRIGGER report DISABLE",
            "DROP FOREIGN DATA WRAPPER IF EXISTS report",
            "COMMENT ON FOREIGN DATA WRAPPER report IS 'x'",
            "DROP OPERATOR CLASS report USING btree",
            "ALTER OPERATOR FAMILY report USING btree RENAME TO x",
            "IMPORT FOREIGN SCHEMA x FROM SERVER report INTO public",
            "CALL p(nextval('report'))",
            "EXECUTE p(setval('report', 1))",
        ],
    );
    let objects = |sql| {
        let class = classify(Postgres, sql, &Functions::builtin());
        class
            .objects
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(objects("DROP OPERATOR s.<= (int, int)"), ["operator s.<="]);
    assert_eq!(
        objects("ALTER INDEX ALL IN TABLESPACE a SET TABLESPACE b"),
        [""; 0]
    );
}

/// Whatever else a text may hold: nothing is silent but what a rule has taken.
#[test]
fn names_that_no_rule_takes_are_told() {
    let postgres = [
        "SOMETHING NEW report",
        "ALTER TABLE c SOMETHING NEW report",
        "ALTER TABLE c SOMETHING NEW (a, report)",
        "ALTER PROPERTY GRAPH g NEW TABLES (report)",
        "IMPORT FOREIGN SCHEMA x EXCEPT (report) FROM SERVER s INTO public",
        "DO $$ BEGIN DELETE FROM report; END $$",
        "DO 'BEGIN PERFORM 1; UPDATE report SET a = 1; END'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT a FROM report'",
        "DO $$ BEGIN PERFORM a FROM report; END $$",
        "DO $$ DECLARE a report%ROWTYPE; BEGIN EXECUTE 'x'; END $$",
        "DO $$ BEGIN EXECUTE 'DELETE FROM report'; END $$",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO report VALUES (1); RETURN NEW; END $f$",
    ];
    assert_told(Told::Loose, Postgres, &postgres);
    let mysql = [
        "SOMETHING NEW report",
        "ALTER TABLE c SOMETHING NEW report.x",
        "CREATE TRIGGER g BEFORE INSERT ON c FOR EACH ROW INSERT INTO report VALUES (1)",
        "CREATE PROCEDURE p() BEGIN DELETE FROM b; DELETE FROM report; END",
        "CREATE PROCEDURE p() UPDATE report SET a = 1",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO TRUNCATE TABLE report",
        "EXECUTE IMMEDIATE 'DELETE FROM report'",
        "EXECUTE IMMEDIATE CONCAT('DELETE FROM ', 'report')",
        "BEGIN NOT ATOMIC EXECUTE IMMEDIATE 'DELETE FROM report'; END",
        "PREPARE p FROM 'DELETE FROM report'",
    ];
    assert_told(Told::Loose, MySql, &mysql);
    assert_told(
        Told::Loose,
        Sqlite,
        &[
            "SOMETHING NEW report",
            "CREATE TRIGGER g AFTER INSERT ON c BEGIN INSERT INTO report VALUES (1); END",
            "CREATE TRIGGER g AFTER INSERT ON c BEGIN DELETE FROM b WHERE 1 IN report; END",
        ],
    );
}

/// Behind the conditions of a handler, whatever they are, stands a statement.
#[test]
fn a_handler_has_a_statement_behind_its_conditions() {
    let conditions = [
        "SQLEXCEPTION",
        "SQLWARNING",
        "NOT FOUND",
        "SQLSTATE '42S02'",
        "SQLSTATE VALUE '42S02'",
        "1062",
        "mine",
        "`mine`",
        "1062, SQLSTATE '42S02', mine, NOT FOUND",
        "SQLSTATE VALUE '42S02', SQLEXCEPTION",
    ];
    let statements = [
        "INSERT INTO report VALUES (9)",
        "REPLACE INTO report VALUES (9)",
        "REPLACE report VALUES (9)",
        "UPDATE report SET a = 1",
        "DELETE FROM report",
        "TRUNCATE report",
        "ALTER TABLE report ADD a int",
        "SELECT 1 FROM report",
        "WITH q AS (SELECT 1 FROM report) SELECT * FROM q",
        "DROP TABLE report",
        "OPTIMIZE TABLE report",
        "SET STATEMENT a = 1 FOR UPDATE report SET a = 1",
    ];
    for kind in ["EXIT", "CONTINUE"] {
        for condition in conditions {
            for statement in statements {
                let handler = format!("DECLARE {kind} HANDLER FOR {condition} {statement};");
                let block = format!("BEGIN NOT ATOMIC {handler} INSERT INTO b VALUES (1); END");
                assert_eq!(told(MySql, &block), Told::Table, "{block}");
                let routine = format!("CREATE PROCEDURE p() BEGIN {handler} END");
                assert_eq!(told(MySql, &routine), Told::Loose, "{routine}");
            }
        }
    }
    assert_told(
        Told::Nothing,
        MySql,
        &["BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR report, 1062 DELETE FROM b; END"],
    );
}

#[test]
fn a_variable_of_a_tables_type_names_it() {
    let texts = [
        "DECLARE r report%ROWTYPE; BEGIN NULL; END",
        "DECLARE r report.a%TYPE; BEGIN NULL; END",
        "DECLARE r app.report.a%TYPE; BEGIN NULL; END",
        "DECLARE r app.report%ROWTYPE; BEGIN NULL; END",
    ];
    assert_told(Told::Perhaps, MySql, &texts);
}

#[test]
fn what_else_has_a_type_or_a_handler_names_no_table() {
    let texts = [
        "CREATE ACCESS METHOD m TYPE TABLE HANDLER report",
        "CREATE ACCESS METHOD report TYPE INDEX HANDLER h",
        "CREATE LANGUAGE l HANDLER report INLINE report VALIDATOR report",
        "CREATE FOREIGN DATA WRAPPER w HANDLER report VALIDATOR report",
    ];
    assert_told(Told::Nothing, Postgres, &texts);
    let class = classify(
        Postgres,
        "CREATE ACCESS METHOD m TYPE TABLE HANDLER h",
        &Functions::builtin(),
    );
    assert!(class.perhaps.is_empty());
}

#[test]
fn a_triggers_condition_names_the_table_behind_in() {
    assert_told(
        Told::Table,
        Sqlite,
        &[
            "CREATE TRIGGER g AFTER INSERT ON c WHEN new.a IN report BEGIN SELECT 1; END",
            "CREATE TRIGGER g AFTER INSERT ON c WHEN (new.a NOT IN main.report) BEGIN SELECT 1; END",
            "CREATE TRIGGER g AFTER INSERT ON c WHEN new.a IN 'report' BEGIN SELECT 1; END",
            "EXPLAIN CREATE TRIGGER g AFTER INSERT ON c WHEN new.a IN report BEGIN SELECT 1; END",
        ],
    );
}

/// Each of these took time by the square of its length once, or might.
#[test]
fn time_is_linear_in_what_stands_inside_a_statement() {
    const TIMES: usize = 50_000;
    let of = |start: &str, part: &str| format!("{start}{}", part.repeat(TIMES));
    let nested = |start: &str, open: &str, close: &str| {
        format!("{start}{}1{}", open.repeat(TIMES), close.repeat(TIMES))
    };
    let postgres = [
        of("CREATE TABLE c (", "a report, "),
        of("ALTER TABLE c ", "ADD COLUMN a report, "),
        of("ALTER TABLE c ", "ADD a int REFERENCES report, "),
        of("ALTER TABLE c MERGE PARTITIONS ", "(report, "),
        of("CREATE TABLE c () ", "INHERITS (report, "),
        of("DROP FUNCTION ", "f(report), "),
        of("DROP OPERATOR ", "<"),
        of("DROP OPERATOR <", "<("),
        of("CREATE FUNCTION f() ", "RETURNS a.b%TYPE "),
        of("CREATE INDEX i ON c (", "(SELECT 1 FROM report), "),
        of("CREATE INDEX i ON c (", "(SELECT (1 "),
        nested("CREATE INDEX i ON c ", "(SELECT ", ")"),
        nested("CREATE INDEX i ON c ", "(", ")"),
        of("CREATE SCHEMA s ", "GRANT ALL ON report TO x "),
        of("CREATE SCHEMA s ", "CREATE TABLE c (a report) "),
        of(
            "CREATE SCHEMA s ",
            "CREATE VIEW c AS SELECT 1 GRANT ALL ON c TO x ",
        ),
        of("CREATE PUBLICATION p FOR TABLE ", "a, "),
        of(
            "CREATE RULE r AS ON INSERT TO c DO ALSO (",
            "DELETE FROM report; ",
        ),
        of("SELECT json_table(", "a COLUMNS (b report, "),
        of("SELECT xmltable(", "COLUMNS a report, "),
        of("SELECT ", "report '1', "),
        of("DO '", "DELETE FROM report; "),
        of("ALTER EXTENSION e ", "ADD TABLE report "),
        of("SOMETHING ", "report.x("),
        of(
            "CREATE SCHEMA s ",
            "CREATE RULE a AS ON INSERT TO c DO NOTHING ",
        ),
        of(
            "CREATE SCHEMA s ",
            "CREATE TRIGGER atomic BEFORE INSERT ON c EXECUTE FUNCTION f() ",
        ),
        of(
            "CREATE SCHEMA s ",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END ",
        ),
        of("CREATE SCHEMA s ", "CREATE TABLE c () INHERITS ( "),
        of("CREATE SCHEMA s ", "CREATE TABLE c ((("),
        of("CREATE SCHEMA s ", "CREATE SCHEMA s "),
        of("DO 'a'", "\n'b'"),
        of("DO 'a'", " 'b'"),
        of("DO ", "'b', "),
        of("DO ", "U&'b' "),
        of("DO '", "a."),
        of("CREATE FUNCTION f() RETURNS int AS 'a'", "\n'b'"),
        of("DO 'EXECUTE ''a''", "\n''b''"),
    ];
    let mysql = [
        of(
            "LOAD DATA INFILE 'x' INTO TABLE c SET ",
            "a = (SELECT 1 FROM report), ",
        ),
        of("ALTER TABLE c ", "ADD (a int REFERENCES report (x)), "),
        of("ALTER TABLE c ", "UNION (report, "),
        of("BEGIN NOT ATOMIC ", "IF (SELECT 1 FROM report) THEN "),
        of("BEGIN ", "BEGIN "),
        of("BEGIN NOT ATOMIC ", "CREATE EVENT e;"),
        of(
            "BEGIN NOT ATOMIC ",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1;",
        ),
        of(
            "BEGIN NOT ATOMIC ",
            "CREATE TRIGGER g BEFORE INSERT ON c FOR EACH ROW SET NEW.a = 1;",
        ),
        of(
            "BEGIN NOT ATOMIC ",
            "CREATE PROCEDURE p() EXECUTE IMMEDIATE 'a' 'b';",
        ),
        of("BEGIN NOT ATOMIC ", "SHOW TABLES WHERE (a;"),
        of("BEGIN NOT ATOMIC ", "EXPLAIN SELECT (a;"),
        of(
            "BEGIN NOT ATOMIC ",
            "EXPLAIN INTO @a FOR SCHEMA s SELECT (;",
        ),
        of("BEGIN NOT ATOMIC ", "DELETE a, b;"),
        of("BEGIN NOT ATOMIC ", "DECLARE EXIT HANDLER FOR "),
        of("BEGIN NOT ATOMIC ", "DECLARE EXIT HANDLER FOR a, "),
        of("BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR a", ", 1062"),
        of("BEGIN NOT ATOMIC DECLARE a ", "a.b%TYPE "),
        of("DECLARE a ", "b."),
        of("", "SET STATEMENT a=1 FOR "),
        of("", "DELETE a FROM a; "),
        of("", "DELETE FROM a USING a; "),
        of("CREATE PROCEDURE p() ", "a."),
        of("", "SET STATEMENT a=1 FOR BEGIN NOT ATOMIC SELECT 1; "),
        of("", "SET STATEMENT a=(1 FOR "),
        of("SET STATEMENT a=1 FOR ", "SET STATEMENT a=(SELECT 1) FOR "),
        of("ANALYZE TABLE c", " PERSISTENT FOR ALL, c"),
        of("CREATE PROCEDURE p() BEGIN ", "DELETE FROM report; "),
        of("CREATE PROCEDURE p() ", "DELETE FROM report "),
    ];
    let sqlite = [
        nested("SELECT * FROM ", "pragma_table_info((SELECT 1 FROM ", "))"),
        of("SELECT * FROM pragma_table_info(", "'report', "),
        of("CREATE VIRTUAL TABLE v USING fts5vocab(", "report, "),
        of("CREATE VIRTUAL TABLE v USING fts5vocab(", "=a "),
        of("CREATE VIRTUAL TABLE v USING fts4aux(", "=a "),
        of("CREATE VIRTUAL TABLE v USING x(", "a = report, "),
        of("SELECT 1 ", "IN pragma_table_info("),
    ];
    let all = [
        (Postgres, &postgres[..]),
        (MySql, &mysql),
        (Sqlite, &sqlite),
    ];
    for (backend, sql) in all
        .iter()
        .flat_map(|(backend, texts)| texts.iter().map(|sql| (*backend, sql)))
    {
        classify_with_loose(backend, sql, &Functions::builtin());
    }
}

/// Whatever is repeated, it takes no more stack: an eighth of a worker's is enough.
#[test]
fn no_repetition_deepens_the_stack() {
    const LENGTH: usize = 50_000;
    const STACK: usize = 1 << 18;
    let parts = [
        "SET STATEMENT a=1 FOR ",
        "EXPLAIN ",
        "EXPLAIN ANALYZE ",
        "EXPLAIN FORMAT=JSON ",
        "EXPLAIN QUERY PLAN ",
        "EXPLAIN INTO @a ",
        "ANALYZE ",
        "DESCRIBE ",
        "PREPARE p AS ",
        "PREPARE p FROM ",
        "EXECUTE IMMEDIATE ",
        "BEGIN NOT ATOMIC ",
        "BEGIN ",
        "BEGIN ATOMIC ",
        "CREATE SCHEMA s ",
        "CREATE SCHEMA s CREATE TABLE a (",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO ",
        "CREATE PROCEDURE p() ",
        "CREATE TRIGGER g BEFORE INSERT ON a FOR EACH ROW ",
        "CREATE RULE r AS ON INSERT TO a DO ",
        "CREATE RULE r AS ON INSERT TO a DO ALSO ",
        "CREATE TRIGGER g AFTER INSERT ON a BEGIN ",
        "CREATE PACKAGE p AS ",
        "SET STATEMENT a=1 FOR BEGIN NOT ATOMIC ",
        "SHOW TABLES WHERE ",
        "CREATE RULE r AS ON INSERT TO a DO ALSO (",
        "CREATE VIEW v AS ",
        "CREATE TABLE a AS ",
        "CREATE FUNCTION f() RETURNS int RETURN ",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ",
        "CREATE FUNCTION f() AS '",
        "DO ",
        "DO '",
        "DO $$ BEGIN ",
        "COPY (",
        "DECLARE c CURSOR FOR ",
        "DECLARE CURSOR c IS ",
        "DECLARE EXIT HANDLER FOR NOT FOUND ",
        "DECLARE EXIT HANDLER FOR NOT FOUND SHOW TABLES WHERE (",
        "IF 1 THEN ",
        "LOOP ",
        "WHILE 1 DO ",
        "FOR a IN (SELECT 1) DO ",
        "CASE 1 WHEN 1 THEN ",
        "WITH a AS (",
        "SELECT (",
        "SELECT * FROM (",
        "SELECT 1 UNION ",
        "INSERT INTO a ",
        "(",
        "[",
        "{",
        "CASE WHEN ",
        "NOT ",
        "- ",
        "f(",
        "a.",
        "a::",
        "a IN (",
        "CAST(",
        "ARRAY[",
        "/*",
        "/*!",
        "/*!50000 ",
        "/*M! ",
        "/*+ ",
        "'",
        "''",
        "\"",
        "`",
        "$$",
        "$a$",
        "E'\\",
        "U&'\\",
        "--",
        "; ",
        "COMMENT ON ",
        "GRANT ",
        "ALTER TABLE a ",
        "LOCK TABLE ",
        "CALL p(",
        "XA ",
        "HANDLER a ",
        "SHOW ",
        "PRAGMA a(",
        "ATTACH ",
        "USING a(",
        "PARTITION BY (",
    ];
    let run = move || {
        for backend in [Postgres, MySql, Sqlite] {
            for part in parts {
                let text = part.repeat(LENGTH / part.len());
                for sql in [text.clone(), format!("{text}SELECT 1")] {
                    classify_with_loose(backend, &sql, &Functions::builtin());
                }
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run);
    let ended = thread.expect("the system has threads").join();
    assert!(ended.is_ok(), "a text was not answered");
}

/// Looking for doubtful names changes no class, and ends, whatever the text.
#[test]
fn doubtful_names_change_no_class() {
    const WORDS: [&str; 60] = [
        "CREATE",
        "ALTER",
        "DROP",
        "TABLE",
        "FUNCTION",
        "SCHEMA",
        "GRANT",
        "ON",
        "(",
        ")",
        "(",
        ")",
        ",",
        ".",
        ";",
        "%",
        "TYPE",
        "OPERATOR",
        "CAST",
        "AS",
        "EXISTS",
        "IF",
        "NOT",
        "REFERENCES",
        "report",
        "a",
        "b",
        "'report'",
        "\"report\"",
        "1",
        "<",
        "=",
        "SELECT",
        "FROM",
        "WITH",
        "VALUES",
        "BEGIN",
        "ATOMIC",
        "END",
        "DO",
        "RULE",
        "TO",
        "COLUMNS",
        "RETURNS",
        "ADD",
        "UNION",
        "PARTITION",
        "EXECUTE",
        "VIRTUAL",
        "USING",
        "fts5vocab",
        "pragma_table_info",
        "IN",
        "INSERT",
        "INTO",
        "LOAD",
        "PREPARE",
        "nextval",
        "EXTENSION",
        "$$",
    ];
    let mut seed = 7u64;
    let mut next = move |most: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % most
    };
    for round in 0..20_000 {
        let words: Vec<_> = (0..2 + next(24))
            .map(|_| WORDS[next(WORDS.len())])
            .collect();
        told([Postgres, MySql, Sqlite][round % 3], &words.join(" "));
    }
}
