-- What never changes cannot be changed: whose a card, an e-card, a link, a password or a key is.
REVOKE UPDATE ON cards.card FROM essc_app;
GRANT UPDATE (state, since, version, sequence, until, loss_requested_at, replaced_by, hashes, sealed) ON cards.card TO essc_app;
REVOKE UPDATE ON cards.region_key FROM essc_app;
GRANT UPDATE (ended_at) ON cards.region_key TO essc_app;
REVOKE UPDATE ON cards.request FROM essc_app;
GRANT UPDATE (sent_at, receipt, closed_at) ON cards.request TO essc_app;
REVOKE UPDATE ON cards.import_file FROM essc_app;
GRANT UPDATE (finished_at) ON cards.import_file TO essc_app;
REVOKE UPDATE ON ecards.ecard FROM essc_app;
GRANT UPDATE (version, frozen_at, frozen_why, sessions_since) ON ecards.ecard TO essc_app;
REVOKE UPDATE ON ecards.carried FROM essc_app;
GRANT UPDATE (ecard_id) ON ecards.carried TO essc_app;
REVOKE UPDATE ON ecards.link FROM essc_app;
GRANT UPDATE (level, version, unlinked_at) ON ecards.link TO essc_app;
REVOKE UPDATE ON passwords.password FROM essc_app;
GRANT UPDATE (hashed, pepper_version, epoch, tries, tried_at, set_at) ON passwords.password TO essc_app;
REVOKE UPDATE ON holders.holder FROM essc_app;
GRANT UPDATE (sealed, mobile_proved_at, erased_at) ON holders.holder TO essc_app;

-- Whoever calls this with an hour of long ago would empty the ring that the codes of now are burnt in.
CREATE OR REPLACE FUNCTION codes.prune(before integer) RETURNS integer
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
