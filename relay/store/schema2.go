package store

// schema2 lets urgent posts go first and finds dead letters without a search.
// posts.urgent is what relay.KindOf says of the post's events, of a digest's
// if it says so of any; the step knows the types that were urgent when it was
// written, since open posts of an older version have no mark.
const schema2 = `
ALTER TABLE posts ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
UPDATE posts SET urgent = 1 WHERE (state = 'waiting' OR state = 'sending') AND EXISTS (
	SELECT 1 FROM post_events m JOIN events e ON e.num = m.event WHERE m.post = posts.id
		AND e.type IN ('outbid', 'upcoming_downtime', 'instance_offline', 'low_credit', 'billing_failed'));
DROP INDEX posts_open;
CREATE INDEX posts_open ON posts (space, state, urgent DESC, id, not_before, created_at)
	WHERE state = 'waiting' OR state = 'sending';
CREATE INDEX posts_dead ON posts (id) WHERE state = 'dead';
`
