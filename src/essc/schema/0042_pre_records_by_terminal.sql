-- A counter asks what it verified since its shift began: by terminal, over all holders.
CREATE INDEX use_of_terminal ON records.use (terminal_id, occurred_at) WHERE terminal_id IS NOT NULL;
