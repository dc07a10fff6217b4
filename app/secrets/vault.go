package secrets

import (
	"context"
	"errors"
	"strconv"
	"time"

	"vastrelay/relay"
)

// Service is the name under which the system keyring files our entries: the
// application id.
const Service = "app.vastrelay.desktop"

// The names of the credentials.
const (
	NameVastKey          = "vast-api-key"
	NameChatURL          = "google-chat-url"
	NameNgrokToken       = "ngrok-authtoken"
	NameTunnelmoleKey    = "tunnelmole-api-key"
	NameCloudflaredToken = "cloudflared-token"
	NameHeartbeatURL     = "heartbeat-url"
)

// WebhookSecret is the name of the secret of the webhook with that id. Each
// webhook has a name of its own, so that the secret of an old webhook is never
// taken for that of a new one.
func WebhookSecret(id int64) string { return "webhook-secret-" + strconv.FormatInt(id, 10) }

// Vault keeps secrets by name. Implementations are safe for concurrent use and
// return within the deadline of ctx.
type Vault interface {
	// Get returns the secret under name; ErrNotFound when there is none.
	Get(ctx context.Context, name string) (relay.Secret, error)
	// Set keeps s under name, replacing what was there. When it returns nil,
	// s was read back and is durable, as far as the vault is.
	Set(ctx context.Context, name string, s relay.Secret) error
	// Delete forgets the secret under name; it is no error when there is none.
	Delete(ctx context.Context, name string) error
}

// Errors that a caller may branch on.
var (
	// ErrNotFound means that the vault works and holds nothing by that name.
	ErrNotFound = errors.New("no such secret")
	// ErrTimeout means that the keyring did not answer in time. It always
	// comes inside a StateError that says Locked, or NoCollection when a
	// collection was to be created.
	ErrTimeout = errors.New("the keyring did not answer in time")
	// ErrNotKept means that the keyring took a secret and then gave back
	// something else.
	ErrNotKept = errors.New("the keyring did not keep what was stored")
	// ErrTooLarge means that this system's keyring has no room for a secret of
	// that size.
	ErrTooLarge = errors.New("the secret is too large for the keyring")
	// ErrDismissed means that the person closed the keyring's question.
	ErrDismissed = errors.New("the keyring's question was dismissed")
	// ErrNotCreated means that the person closed the keyring's question for the
	// password of a new collection.
	ErrNotCreated = errors.New("no collection was created: the keyring's question was dismissed")
	// ErrEmpty means that an empty secret was to be stored.
	ErrEmpty = errors.New("the secret is empty")
)

// Deadlines of one operation, waiting for its turn included.
const (
	quietDeadline       = 2 * time.Second
	interactiveDeadline = 60 * time.Second
)

type interactiveKey struct{}

// Interactive marks ctx as that of a person who waits and may be typing a
// password: keyring operations under it get 60 seconds instead of 2.
func Interactive(ctx context.Context) context.Context {
	return context.WithValue(ctx, interactiveKey{}, true)
}

func deadlineFor(ctx context.Context) time.Duration {
	if waiting, _ := ctx.Value(interactiveKey{}).(bool); waiting {
		return interactiveDeadline
	}
	return quietDeadline
}
