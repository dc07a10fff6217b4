package secrets

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
)

// fakeBackend is a system keyring in memory. The functions replace the
// ordinary behaviour where they are set.
type fakeBackend struct {
	look   func(context.Context) (State, error)
	get    func(name string) (string, error)
	set    func(name, value string) error
	stored func(context.Context) (bool, error)
	unlock func(context.Context) error

	calls   atomic.Int32 // Get, Set, Delete so far
	running atomic.Int32 // of them, under way
	overlap atomic.Bool  // two were under way at once

	mu      sync.Mutex
	entries map[string]string // by "service/name"
}

func newFake() *fakeBackend { return &fakeBackend{entries: make(map[string]string)} }

func (f *fakeBackend) enter() (leave func()) {
	f.calls.Add(1)
	if f.running.Add(1) > 1 {
		f.overlap.Store(true)
	}
	return func() { f.running.Add(-1) }
}

func (f *fakeBackend) Look(ctx context.Context) (State, error) {
	if f.look != nil {
		return f.look(ctx)
	}
	return Ready, nil
}

func (f *fakeBackend) Stored(ctx context.Context, service string) (bool, error) {
	if f.stored != nil {
		return f.stored(ctx)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for key := range f.entries {
		if strings.HasPrefix(key, service+"/") {
			return true, nil
		}
	}
	return false, nil
}

func (f *fakeBackend) Get(service, name string) (string, error) {
	defer f.enter()()
	if f.get != nil {
		return f.get(name)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	value, ok := f.entries[service+"/"+name]
	if !ok {
		return "", ErrNotFound
	}
	return value, nil
}

func (f *fakeBackend) Set(service, name, value string) error {
	defer f.enter()()
	if f.set != nil {
		return f.set(name, value)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries[service+"/"+name] = value
	return nil
}

func (f *fakeBackend) Delete(service, name string) error {
	defer f.enter()()
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.entries[service+"/"+name]; !ok {
		return ErrNotFound
	}
	delete(f.entries, service+"/"+name)
	return nil
}

func (f *fakeBackend) Unlock(ctx context.Context) error {
	if f.unlock != nil {
		return f.unlock(ctx)
	}
	return nil
}
