-- Venues by name, of all and of a region, are a walk along an index; so are terminals in the order of their venues.
DROP INDEX venues.venue_by_region;
CREATE INDEX venue_by_region ON venues.venue (region, name, id);
CREATE INDEX venue_by_name ON venues.venue (name, id);
