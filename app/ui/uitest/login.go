package uitest

import (
	"context"
	"sync"

	"vastrelay/app/status"
)

// Login plays the entry by which the system opens the program at login. The zero value
// is one that is off.
type Login struct {
	Mu   sync.Mutex
	Item status.LoginItem
	Sets []bool // what was asked for, in order

	OnSet func(ctx context.Context, on bool) error // what Set returns; nil: it succeeds
}

// Look is that of settings.Login.
func (l *Login) Look(context.Context) status.LoginItem {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	if l.Item.State == "" {
		return status.LoginItem{State: status.LoginOff}
	}
	return l.Item
}

// Set is that of settings.Login.
func (l *Login) Set(ctx context.Context, on bool) error {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	l.Sets = append(l.Sets, on)
	if l.OnSet != nil {
		if err := l.OnSet(ctx, on); err != nil {
			return err
		}
	}
	l.Item.State, l.Item.Command = status.LoginOff, nil
	if on {
		l.Item.State, l.Item.Command = status.LoginOn, []string{"/opt/vastrelay/vastrelay", "--hidden"}
	}
	return nil
}

// Become makes the entry that of somebody else's hand.
func (l *Login) Become(item status.LoginItem) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	l.Item = item
}

// LoginChanged is a program in place of which another copy is opened at login.
func LoginChanged() *Program {
	b := Working()
	b.AtLogin.Become(status.LoginItem{State: status.LoginOtherProgram, Command: []string{"/home/ada/Downloads/vastrelay-1.0.0/vastrelay", "--hidden"}})
	return b
}
