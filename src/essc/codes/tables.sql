-- Room codes: which codes were used, and who guesses. A code that was never used leaves no row.
CREATE SCHEMA codes;
GRANT USAGE ON SCHEMA codes TO essc_app;

-- By holder. The burn is the one-use rule and the record that a repeated request is answered from.
CREATE TABLE codes.burn (
    bucket       smallint    NOT NULL,
    hour         integer     NOT NULL,   -- hours since 1970 in which the code was minted
    key          bigint      NOT NULL,   -- slot 24 · second 12 · epoch 4 · nonce 8 bits
    ring         smallint    NOT NULL,   -- hour % 4: the partition, emptied whole
    terminal_id  uuid        NOT NULL,
    request_hash bytea       NOT NULL,   -- of terminal, request id and scene: the same again is a replay
    verdict      text        NOT NULL,
    card_version integer     NOT NULL,
    scene        text        NOT NULL,
    burnt_at     timestamptz NOT NULL,
    PRIMARY KEY (bucket, hour, key, ring),
    CHECK (ring = hour % 4)
) PARTITION BY LIST (ring);
CREATE TABLE codes.burn_0 PARTITION OF codes.burn FOR VALUES IN (0);
CREATE TABLE codes.burn_1 PARTITION OF codes.burn FOR VALUES IN (1);
CREATE TABLE codes.burn_2 PARTITION OF codes.burn FOR VALUES IN (2);
CREATE TABLE codes.burn_3 PARTITION OF codes.burn FOR VALUES IN (3);
GRANT SELECT, INSERT ON codes.burn TO essc_app;

-- Reference. Codes of hours before this one are refused whatever the clock says.
CREATE TABLE codes.horizon (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    pruned_before integer NOT NULL
);
INSERT INTO codes.horizon (pruned_before) VALUES (0);
GRANT SELECT ON codes.horizon TO essc_app;

-- Reference, by terminal and minute: what could not be opened has no holder, so it is counted, not told as an event each.
CREATE TABLE codes.forged (
    terminal_id uuid    NOT NULL,
    minute      integer NOT NULL,        -- minutes since 1970
    tries       integer NOT NULL CHECK (tries > 0),
    PRIMARY KEY (terminal_id, minute)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON codes.forged TO essc_app;

-- For rooms above: how often a terminal held up what is none of our codes, by minute since 1970.
CREATE VIEW codes.pub_forged AS SELECT terminal_id, minute, tries FROM codes.forged;
GRANT SELECT ON codes.pub_forged TO essc_app;

-- Empties the partition of the hour before `before` and moves the horizon to it, together; what the application may do to burns.
-- Live are the hours before, before+1 and before+2 (a clock may run ahead over the hour), so the fourth ring is the one to empty.
CREATE FUNCTION codes.prune(before integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    was integer;
BEGIN
    SELECT pruned_before INTO was FROM codes.horizon FOR UPDATE;
    IF before <= was THEN
        RETURN was;
    END IF;
    -- Any other hour shares its ring with one whose codes live.
    IF before NOT BETWEEN extract(epoch FROM now())::bigint / 3600 - 2 AND extract(epoch FROM now())::bigint / 3600 - 1 THEN
        RAISE EXCEPTION 'only the burns before the last hour may go' USING ERRCODE = '22023';
    END IF;
    EXECUTE format('TRUNCATE codes.%I', 'burn_' || (before - 1) % 4);
    UPDATE codes.horizon SET pruned_before = before;
    RETURN before;
END $$;
REVOKE ALL ON FUNCTION codes.prune(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION codes.prune(integer) TO essc_app;
