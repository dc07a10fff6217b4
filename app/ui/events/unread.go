package events

import (
	"context"
	"slices"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// unread follows which events nobody has read, and notes those that are.
type unread struct {
	v     *View
	count int

	counting func()   // cancels the count under way; nil while there is none
	again    bool     // something changed while a count was under way
	hidden   bool     // nobody looks, so that nothing is counted
	waiting  []string // ids to be noted once the note under way is written
	noting   []string // ids whose note is being written; nil for none
}

// reload counts again. A change that comes while a count is under way leads to one
// more count after it.
func (u *unread) reload() {
	if u.hidden {
		return
	}
	if u.counting != nil {
		u.again = true
		return
	}
	u.counting = kit.Start(u.v.deps.Work, u.v.deps.History.Unread, func(n int, err error) {
		u.counting = nil
		if err == nil { // Else the list says why the history cannot be read.
			u.set(n)
		}
		if u.again {
			u.again = false
			u.reload()
		}
	})
}

// set takes how many events are unread and says so, here and in the window.
func (u *unread) set(n int) {
	u.count = n
	u.v.list.foot.arrange()
	u.v.deps.On.Unread(n)
}

// show counts again for a person who looks.
func (u *unread) show() {
	u.hidden = false
	u.reload()
}

// hide gives up the count under way. What is to be noted is noted all the same.
func (u *unread) hide() {
	u.hidden, u.again = true, false
	if u.counting != nil {
		u.counting()
		u.counting = nil
	}
}

// read notes that a person has seen the events of those ids. What comes while a note
// is being written is written together afterwards: arrow keys can pass many events.
// A note that cannot be written leaves its events unread, and says nothing: whatever
// keeps the store from being written is told elsewhere.
func (u *unread) read(ids ...string) {
	for i := range u.v.list.events {
		e := &u.v.list.events[i]
		switch at := slices.Index(ids, e.ID); {
		case at < 0:
		case e.Unread:
			e.Unread = false
			u.set(max(u.count-1, 0))
		default:
			ids = slices.Delete(slices.Clone(ids), at, at+1)
		}
	}
	if len(ids) == 0 {
		return
	}
	u.v.list.foot.arrange()
	u.v.list.rows.Refresh()
	u.waiting = append(u.waiting, ids...)
	u.note()
}

// note writes what waits to be noted.
func (u *unread) note() {
	if u.noting != nil || len(u.waiting) == 0 {
		return
	}
	ids := u.waiting
	u.noting, u.waiting = ids, nil
	u.v.deps.Work.Do(func(ctx context.Context) error {
		return u.v.deps.History.MarkRead(ctx, ids...)
	}, func(error) {
		u.noting = nil
		u.reload()
		u.note()
	})
}

// know corrects what was read from the history before a note was written there.
func (u *unread) know(rows []relay.Summary) {
	for i, e := range rows {
		if e.Unread && (slices.Contains(u.noting, e.ID) || slices.Contains(u.waiting, e.ID)) {
			rows[i].Unread = false
		}
	}
}

// readAll notes that all events are read.
func (u *unread) readAll() {
	u.v.deps.Work.Do(u.v.deps.History.MarkAllRead, func(err error) {
		if err != nil {
			u.v.deps.On.Failed(words.Text("failed.mark_read"), err)
			return
		}
		for i := range u.v.list.events {
			u.v.list.events[i].Unread = false
		}
		u.v.list.rows.Refresh()
		u.reload()
	})
}
