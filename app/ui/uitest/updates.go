package uitest

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
)

// Updates plays what is known of newer versions. The zero value is that of a build that
// asks nobody.
type Updates struct {
	Mu    sync.Mutex
	Known status.Updates

	OnCheck func() // changes Known, with Mu held

	watch map[int]func()
}

// Updates is that of notes.Updates.
func (u *Updates) Updates() status.Updates {
	u.Mu.Lock()
	defer u.Mu.Unlock()
	return u.Known
}

// Choose is what a person answers.
func (u *Updates) Choose(yes bool) {
	u.change(func() { u.Known.Asked, u.Known.Wanted = true, yes })
}

// Check is that of settings.Updates.
func (u *Updates) Check(context.Context) error {
	u.change(func() {
		if u.OnCheck != nil {
			u.OnCheck()
		}
	})
	return nil
}

// PutAway is that of notes.Updates.
func (u *Updates) PutAway(string) { u.change(func() { u.Known.PutAway = true }) }

// Watch is that of ui.Updates.
func (u *Updates) Watch(changed func()) (stop func()) {
	u.Mu.Lock()
	defer u.Mu.Unlock()
	if u.watch == nil {
		u.watch = map[int]func(){}
	}
	id := len(u.watch)
	u.watch[id] = changed
	return func() {
		u.Mu.Lock()
		defer u.Mu.Unlock()
		delete(u.watch, id)
	}
}

// change changes what is known and tells of it.
func (u *Updates) change(how func()) {
	u.Mu.Lock()
	how()
	var all []func()
	for _, f := range u.watch {
		all = append(all, f)
	}
	u.Mu.Unlock()
	for _, f := range all {
		f()
	}
}

// Outdated is a program of which there is a newer version.
func Outdated() *Program {
	b := Working()
	b.News.Known = status.Updates{
		Host: "updates.example.net", Asked: true, Wanted: true, Checked: kittest.Noon.Add(-3 * time.Hour),
		Newer: &status.Release{
			Version: "1.3.0", Page: "https://updates.example.net/1.3.0",
			News: []string{"Banners for what needs you, with quiet hours.", "The window opens in half the time.", "German."},
		},
	}
	return b
}

// Unasked is a program that has not asked yet whether to look for newer versions.
func Unasked() *Program {
	b := Working()
	b.News.Known = status.Updates{Host: "updates.example.net"}
	return b
}

// Proxy plays the way to the outside world.
type Proxy struct {
	Now   status.Proxy
	Fault status.ProxyFault // of every address but an empty one
}

// InUse is that of settings.Proxy.
func (p *Proxy) InUse() status.Proxy { return p.Now }

// Check is that of settings.Proxy.
func (p *Proxy) Check(address string) status.ProxyFault {
	if address == "" {
		return ""
	}
	return p.Fault
}

// Misproxied is a program that is given a proxy that it cannot use.
func Misproxied() *Program {
	b := Working()
	b.Way.Fault = status.ProxyScheme
	return b
}
