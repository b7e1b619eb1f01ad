/// What matters of the relations of MySQL and MariaDB.
///
/// A view is told by its definition, which is empty for who may not see it. A slave that was restarted has lost the rows
/// of its MEMORY tables (<https://dev.mysql.com/doc/refman/8.4/en/replication-features-memory.html>), a BLACKHOLE table may
/// be another one on a slave, and the others fetch their rows elsewhere.
pub(super) const RELATIONS: &str = r"
SELECT 'kept' AS what, CONVERT(TABLE_SCHEMA USING utf8mb4) AS `schema`, CONVERT(TABLE_NAME USING utf8mb4) AS name,
       TABLE_SCHEMA = DATABASE() AS visible, NULL AS other_schema,
       CONVERT(IF(TABLE_TYPE = 'SEQUENCE', 'sequence', CONCAT(ENGINE, ' table')) USING utf8mb4) AS other
FROM information_schema.TABLES
WHERE (TABLE_TYPE = 'SEQUENCE' OR ENGINE IN ('MEMORY', 'BLACKHOLE', 'FEDERATED', 'CONNECT', 'SPIDER', 'S3', 'SPHINX', 'ndbcluster'))
  AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
UNION ALL
SELECT 'query', CONVERT(TABLE_SCHEMA USING utf8mb4), CONVERT(TABLE_NAME USING utf8mb4), TABLE_SCHEMA = DATABASE(),
       NULL, CONVERT(VIEW_DEFINITION USING utf8mb4)
FROM information_schema.VIEWS WHERE TABLE_SCHEMA NOT IN ('mysql', 'sys')
UNION ALL
SELECT DISTINCT 'fires', CONVERT(EVENT_OBJECT_SCHEMA USING utf8mb4), CONVERT(EVENT_OBJECT_TABLE USING utf8mb4),
       EVENT_OBJECT_SCHEMA = DATABASE(), NULL, NULL
FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA NOT IN ('mysql', 'sys')
UNION ALL
SELECT 'cascades', CONVERT(UNIQUE_CONSTRAINT_SCHEMA USING utf8mb4), CONVERT(REFERENCED_TABLE_NAME USING utf8mb4),
       UNIQUE_CONSTRAINT_SCHEMA = DATABASE(), CONVERT(CONSTRAINT_SCHEMA USING utf8mb4), CONVERT(TABLE_NAME USING utf8mb4)
FROM information_schema.REFERENTIAL_CONSTRAINTS
WHERE UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT')";
