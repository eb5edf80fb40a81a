-- Each region's events wait on their own: another region's number of the same value keeps none of them out.
ALTER TABLE cards.held DROP CONSTRAINT held_pkey;
ALTER TABLE cards.held ADD PRIMARY KEY (hash, region, sequence);
