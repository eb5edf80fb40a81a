-- Whoever pauses a channel is told how many people that stops; paid once when somebody links or unlinks, never when a code is shown.
CREATE INDEX link_by_channel ON ecards.link (channel_id) WHERE unlinked_at IS NULL;
