package relay

// Fitting returns how many events, from the first, a digest carries that
// starts in the given form: for tests that stand outside, with real parts.
func Fitting(events []Event, form Rung) int {
	posts := make([]Post, len(events))
	for i, ev := range events {
		posts[i] = Post{ID: PostID(i + 1), Events: []Event{ev}}
	}
	return roomOf(form).holds(posts)
}
