//go:build linux || freebsd || openbsd || netbsd

package notify

import "slices"

// maxShown is how many notifications are remembered for the clicks on them. Some
// services never tell that one is gone.
const maxShown = 64

// shownList holds the notifications that may still be on the screen, oldest first, by
// the ids that the service gave them. The zero value is empty. Its owner guards it.
type shownList struct{ all []shown }

// shown is a notification with its id.
type shown struct {
	id uint32
	n  Notification
}

// idOf is the id of the notification in slot; 0: there is none.
func (l *shownList) idOf(slot string) uint32 {
	for _, s := range l.all {
		if slot != "" && s.n.Slot == slot {
			return s.id
		}
	}
	return 0
}

// add remembers what was shown, in place of what it replaces.
func (l *shownList) add(id uint32, n Notification) {
	l.all = slices.DeleteFunc(l.all, func(old shown) bool {
		return old.id == id || n.Slot != "" && old.n.Slot == n.Slot
	})
	l.all = append(l.all, shown{id, n})
	if over := len(l.all) - maxShown; over > 0 {
		l.all = slices.Delete(l.all, 0, over)
	}
}

// take returns the notification with that id, and forgets it; false: it is none of
// ours, or forgotten.
func (l *shownList) take(id uint32) (Notification, bool) {
	for i, s := range l.all {
		if s.id == id {
			l.all = slices.Delete(l.all, i, i+1)
			return s.n, true
		}
	}
	return Notification{}, false
}
