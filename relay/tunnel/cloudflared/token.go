package cloudflared

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"vastrelay/relay"
)

// tunnelID is the form of the id in a token.
var tunnelID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// errMalformed says that a text is no token. It does not quote the text.
var errMalformed = errors.New("it is not base64 with an account, a tunnel and a secret in it")

// checkToken checks that token has the form of a token of a tunnel, as cloudflared
// does at its start: base64 of a JSON object with the account as "a", the id of
// the tunnel as "t" and its secret as "s". It returns the token without the white
// space around it, and the secret by itself, which must not be shown either.
func checkToken(token relay.Secret) (clean, secret relay.Secret, err error) {
	text := strings.TrimSpace(token.Reveal())
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return relay.Secret{}, relay.Secret{}, errMalformed
	}
	var parts struct {
		Account string `json:"a"`
		Tunnel  string `json:"t"`
		Secret  string `json:"s"`
	}
	if json.Unmarshal(decoded, &parts) != nil || parts.Account == "" || !tunnelID.MatchString(parts.Tunnel) || parts.Secret == "" {
		return relay.Secret{}, relay.Secret{}, errMalformed
	}
	if _, err := base64.StdEncoding.DecodeString(parts.Secret); err != nil {
		return relay.Secret{}, relay.Secret{}, errMalformed
	}
	return relay.NewSecret(text), relay.NewSecret(parts.Secret), nil
}
