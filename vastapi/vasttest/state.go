package vasttest

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"vastrelay/vastapi"
)

// The scopes that the notification endpoints ask for.
// Source: https://docs.vast.ai/api-reference/permissions .
const (
	ScopeRead  = "user_read"
	ScopeWrite = "user_write"
)

// Two types beyond the published catalogue; both are invented, to prove that
// clients bear them.
const (
	FutureType     = "client:gpu_temperature_high" // released, but unknown to every client
	UnreleasedType = "host:payout_scheduled"       // listed with unreleased: true
)

// state is what the service remembers. It is safe for concurrent use.
type state struct {
	mu       sync.Mutex
	keys     map[string]access
	users    map[int64]*user
	hooks    map[int64]*hook
	lastUser int64
	lastHook int64
	types    []vastapi.NotificationType
	options  stateOptions
}

// stateOptions are the open questions about the service that a test can decide.
type stateOptions struct {
	bareSlugs   bool // stores and lists bare slugs instead of full keys
	ownURLTaken bool // an update with the webhook's own URL is refused
}

// access is what a key may do, on whose behalf.
type access struct {
	user   int64
	scopes []string
}

// user is one account.
type user struct {
	id          int64
	preferences map[string]map[string]bool // full key -> channel -> on
}

// hook is one webhook with its secret.
type hook struct {
	id, user         int64
	name             *string
	url              string
	types            []string
	created, updated time.Time
	secret           string
}

func newState() *state {
	types := append(vastapi.Catalogue(),
		vastapi.NotificationType{
			Key: FutureType, Slug: "gpu_temperature_high", Context: "client", Topic: "instance",
			Category: "transactional", DisplayName: "GPU temperature high",
			DefaultPreferences: map[string]bool{"email": false, "webhooks": false, "pager": false},
		},
		vastapi.NotificationType{
			Key: UnreleasedType, Slug: "payout_scheduled", Context: "host", Topic: "payout",
			Category: "transactional", DisplayName: "Payout scheduled", Unreleased: true,
			DefaultPreferences: map[string]bool{"email": false, "webhooks": false},
		})
	return &state{
		keys: make(map[string]access), users: make(map[int64]*user), hooks: make(map[int64]*hook),
		lastUser: 4710, lastHook: 8100, types: types,
	}
}

// AddAccount makes an account with one key and returns the account's id.
// Without scopes the key may do everything.
func (s *Server) AddAccount(key string, scopes ...string) int64 {
	st := s.state
	st.mu.Lock()
	st.lastUser++
	id := st.lastUser
	u := &user{id: id, preferences: make(map[string]map[string]bool)}
	for _, t := range st.types {
		u.preferences[t.Key] = maps.Clone(t.DefaultPreferences)
	}
	st.users[id] = u
	st.mu.Unlock()
	s.AddKey(id, key, scopes...)
	return id
}

// AddKey gives the account one more key. Without scopes it may do everything.
func (s *Server) AddKey(account int64, key string, scopes ...string) {
	if len(scopes) == 0 {
		scopes = []string{ScopeRead, ScopeWrite}
	}
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	s.state.keys[key] = access{user: account, scopes: scopes}
}

// RevokeKey makes the key unknown.
func (s *Server) RevokeKey(key string) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	delete(s.state.keys, key)
}

// SeedWebhook makes a webhook in the account as another program would have,
// past all limits, and returns its id.
func (s *Server) SeedWebhook(account int64, w vastapi.NewWebhook) int64 {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	return s.state.add(account, w.URL, w.EventTypes, &w.Name, s.now()).id
}

// RemoveWebhook deletes the webhook as a person would in the console.
func (s *Server) RemoveWebhook(id int64) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	delete(s.state.hooks, id)
}

// Webhooks lists the account's webhooks by rising id.
func (s *Server) Webhooks(account int64) []vastapi.Webhook {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	var list []vastapi.Webhook
	for _, h := range s.state.of(account) {
		list = append(list, h.public())
	}
	return list
}

// Secret returns the webhook's current secret; empty when there is no such
// webhook.
func (s *Server) Secret(id int64) string {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	if h := s.state.hooks[id]; h != nil {
		return h.secret
	}
	return ""
}

// SetPreference switches one channel of one type, by its full key, as a person
// would in the console.
func (s *Server) SetPreference(account int64, key, channel string, on bool) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	if u := s.state.users[account]; u != nil {
		if u.preferences[key] == nil {
			u.preferences[key] = make(map[string]bool)
		}
		u.preferences[key][channel] = on
	}
}

// ListBareSlugs makes the service list subscriptions as bare slugs, which is
// one of the ways in which it may keep them.
func (s *Server) ListBareSlugs(on bool) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	s.state.options.bareSlugs = on
}

// RefuseOwnURL makes an update that repeats the webhook's own URL fail as a
// duplicate, which is not documented either way.
func (s *Server) RefuseOwnURL(on bool) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	s.state.options.ownURLTaken = on
}

// The methods below expect the caller to hold mu.

// add makes a webhook and switches the webhook channel of its types on.
func (st *state) add(account int64, url string, types []string, name *string, now time.Time) *hook {
	st.lastHook++
	h := &hook{
		id: st.lastHook, user: account, name: name, url: url, types: slices.Clone(types),
		created: now, updated: now, secret: newSecret(),
	}
	st.hooks[h.id] = h
	return h
}

// of returns the account's webhooks by rising id.
func (st *state) of(account int64) []*hook {
	var list []*hook
	for _, id := range slices.Sorted(maps.Keys(st.hooks)) {
		if st.hooks[id].user == account {
			list = append(list, st.hooks[id])
		}
	}
	return list
}

// owned returns the webhook if it belongs to the account.
func (st *state) owned(account, id int64) *hook {
	if h := st.hooks[id]; h != nil && h.user == account {
		return h
	}
	return nil
}

// expand returns the full keys that a full key or bare slug stands for; none
// when it is unknown.
func (st *state) expand(value string) []string {
	var keys []string
	for _, t := range st.types {
		if t.Key == value || t.Slug == value {
			keys = append(keys, t.Key)
		}
	}
	return keys
}

// enable switches the webhook channel of the types on and returns the keys for
// which it was off.
func (st *state) enable(account int64, types []string) []string {
	enabled := []string{}
	u := st.users[account]
	for _, value := range types {
		for _, key := range st.expand(value) {
			if u != nil && !u.preferences[key]["webhooks"] {
				u.preferences[key]["webhooks"] = true
				enabled = append(enabled, key)
			}
		}
	}
	return enabled
}

// takes reports whether the webhook is subscribed to key and its channel is on.
func (st *state) takes(h *hook, key string) bool {
	_, slug, _ := strings.Cut(key, ":")
	if !slices.Contains(h.types, key) && !slices.Contains(h.types, slug) {
		return false
	}
	u := st.users[h.user]
	return u != nil && u.preferences[key]["webhooks"]
}

// public is the webhook as it is listed, without its secret.
func (h *hook) public() vastapi.Webhook {
	w := vastapi.Webhook{
		ID: h.id, UserID: h.user, URL: h.url, EventTypes: slices.Clone(h.types),
		CreatedAt: h.created, UpdatedAt: h.updated,
	}
	if h.name != nil {
		w.Name = *h.name
	}
	return w
}

// newSecret returns 64 hexadecimal digits. The real form is not documented.
func newSecret() string { return randomHex(32) }

// randomHex returns n random bytes as hexadecimal digits.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // It never fails.
	return hex.EncodeToString(b)
}
