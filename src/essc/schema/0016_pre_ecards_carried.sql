-- migrate: statement_timeout=600s
-- 唯一映射 as a constraint: all live links of a person carry one e-card. (Rewrites ecards.link once.)
CREATE TABLE ecards.carried (
    bucket    smallint NOT NULL,
    holder_id uuid     NOT NULL,
    ecard_id  uuid     NOT NULL,
    PRIMARY KEY (bucket, holder_id),
    UNIQUE (bucket, holder_id, ecard_id),
    FOREIGN KEY (bucket, ecard_id, holder_id) REFERENCES ecards.ecard (bucket, id, holder_id)
);
GRANT SELECT, INSERT, UPDATE ON ecards.carried TO essc_app;

INSERT INTO ecards.carried (bucket, holder_id, ecard_id)
SELECT DISTINCT bucket, holder_id, ecard_id FROM ecards.link WHERE unlinked_at IS NULL;

ALTER TABLE ecards.link ADD COLUMN live_holder uuid GENERATED ALWAYS AS (CASE WHEN unlinked_at IS NULL THEN holder_id END) STORED;
ALTER TABLE ecards.link ADD FOREIGN KEY (bucket, live_holder, ecard_id) REFERENCES ecards.carried (bucket, holder_id, ecard_id);
