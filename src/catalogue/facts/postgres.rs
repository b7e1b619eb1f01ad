/// What matters of PostgreSQL's relations.
///
/// `pg_depend` leaves out what belongs to the server itself (<https://www.postgresql.org/docs/current/catalog-pg-depend.html>,
/// "pinned"), so the functions and relations behind a view or a policy are taken from its stored tree, where an operator
/// or cast has its function's number. A domain in it runs the functions of its constraints.
///
/// `current_setting('app.tenant')` asks for what the session itself has set, on whichever server.
pub(super) const RELATIONS: &str = r"
WITH named AS (
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, n.nspname = ANY (current_schemas(true)) AS visible,
           c.relkind, c.relpersistence, n.nspname IN ('pg_catalog', 'information_schema') AS is_own
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND n.nspname <> 'pg_toast'
), tree AS (
    SELECT r.ev_class AS relation, r.ev_action::text AS text
    FROM pg_catalog.pg_rewrite r JOIN named v ON v.oid = r.ev_class
    WHERE v.relkind = 'v' AND r.ev_type = '1' AND NOT v.is_own
    UNION ALL
    SELECT polrelid, polqual::text FROM pg_catalog.pg_policy WHERE polcmd IN ('r', '*')
), node AS (
    SELECT DISTINCT relation, field[1] AS field, field[2]::oid AS id
    FROM tree, pg_catalog.regexp_matches(
        text, ':(relid|funcid|opfuncid|aggfnoid|winfnoid|resulttype) ([1-9][0-9]*)', 'g') AS field
), call AS (
    SELECT relation, id FROM node WHERE field NOT IN ('relid', 'resulttype')
    UNION
    SELECT node.relation, called[1]::oid
    FROM node
    JOIN pg_catalog.pg_type t ON t.oid = id AND t.typtype = 'd'
    JOIN pg_catalog.pg_constraint d ON d.contypid IN (t.oid, t.typbasetype),
    pg_catalog.regexp_matches(d.conbin::text, ':(?:funcid|opfuncid) ([1-9][0-9]*)', 'g') AS called
    WHERE node.field = 'resulttype'
)
SELECT 'kept' AS what, schema, name, visible, NULL::text AS other_schema,
       CASE relkind WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'unlogged table' END AS other
FROM named WHERE NOT is_own AND (relkind IN ('S', 'f') OR relpersistence = 'u')
UNION ALL
SELECT 'reads', v.schema, v.name, v.visible, r.schema, r.name
FROM node JOIN named v ON v.oid = relation JOIN named r ON r.oid = id
WHERE field = 'relid' AND id <> relation
UNION ALL
SELECT 'calls', v.schema, v.name, v.visible, n.nspname::text, p.proname::text
FROM call JOIN named v ON v.oid = relation
JOIN pg_catalog.pg_proc p ON p.oid = id JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE CASE
    WHEN n.nspname <> 'pg_catalog' THEN true
    WHEN p.proname = 'current_setting' THEN CASE v.relkind
        WHEN 'v' THEN pg_get_viewdef(v.oid)
        ELSE (SELECT string_agg(pg_get_expr(polqual, polrelid), ' ') FROM pg_catalog.pg_policy WHERE polrelid = v.oid)
        END ~ 'current_setting\((?!''[^''.]+\.)'
    ELSE p.provolatile <> 'i'
END
UNION ALL
SELECT DISTINCT 'locks', v.schema, v.name, v.visible, NULL, NULL
FROM tree JOIN named v ON v.oid = relation WHERE text LIKE '%:rowMarks (%'
UNION ALL
SELECT 'holds', p.schema, p.name, p.visible, c.schema, c.name
FROM pg_catalog.pg_inherits JOIN named p ON p.oid = inhparent JOIN named c ON c.oid = inhrelid
UNION ALL
SELECT 'held', c.schema, c.name, c.visible, p.schema, p.name
FROM pg_catalog.pg_inherits JOIN named p ON p.oid = inhparent JOIN named c ON c.oid = inhrelid
UNION ALL
SELECT DISTINCT 'fires', t.schema, t.name, t.visible, NULL, NULL
FROM named t WHERE NOT is_own AND (
    EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = t.oid AND NOT tgisinternal)
    OR EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE ev_class = t.oid AND ev_type <> '1'))
UNION ALL
SELECT 'cascades', t.schema, t.name, t.visible, o.schema, o.name
FROM pg_catalog.pg_constraint k JOIN named t ON t.oid = k.confrelid JOIN named o ON o.oid = k.conrelid
WHERE k.contype = 'f' AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))";

/// Changes with whatever `RELATIONS` tells, and costs a fraction of it. Rows that are made or changed have the number of
/// a later transaction than all before, so that no change leaves both number and sum as they were.
pub(super) const STAMP: &str = r"
SELECT concat_ws(' ',
    (SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM pg_catalog.pg_class),
    (SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM pg_catalog.pg_namespace),
    (SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM pg_catalog.pg_rewrite),
    (SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM pg_catalog.pg_policy),
    (SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM pg_catalog.pg_inherits),
    (SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM pg_catalog.pg_trigger),
    (SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM pg_catalog.pg_constraint),
    (SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM pg_catalog.pg_type WHERE typtype = 'd'),
    (SELECT concat(count(*), ':', sum(xmin::text::bigint)) FROM pg_catalog.pg_proc),
    current_schemas(true)::text) AS stamp";
