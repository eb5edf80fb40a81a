-- A mark of how far something has come is no row of anybody.
ALTER TABLE reports.earlier RENAME COLUMN bucket TO at_bucket;
