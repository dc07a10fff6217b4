package app

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vastrelay/app/config"
)

// TestTheTableOfCredentialsKnowsTheVariablesThatHaveRules: the rules for what an
// override bars name three variables, which the table of credentials must have.
func TestTheTableOfCredentialsKnowsTheVariablesThatHaveRules(t *testing.T) {
	have := credentialVariables()
	for _, v := range []config.Variable{config.VarVastKey, config.VarChatURL, config.VarNgrokToken} {
		if !slices.Contains(have, v) {
			t.Errorf("no credential comes from %s", v)
		}
	}
}

// TestCredentialsInTheEnvironmentAreToldApart gives each credential in the variable
// of another, and in whole lines, by value and by file.
func TestCredentialsInTheEnvironmentAreToldApart(t *testing.T) {
	key, link := strings.Repeat("0123456789abcdef", 4), "https://chat.googleapis.com/v1/spaces/S/messages?key=k&token=planted"
	const token = "2aBcDeFgHiJkLmNoPqRsTuVwXyZ_4pLaNtEdSeCrEt0123456"
	for _, c := range []struct {
		name, variable, given string
		want                  string // the credential that is read; empty: it is refused
		refusal               string
	}{
		{"the URL in place of the key", "VAST_API_KEY", link, "", "That is a Google Chat URL; it belongs in GOOGLE_CHAT_URL."},
		{"the key in place of the URL", "GOOGLE_CHAT_URL", key, "", "That is a Vast.ai API key; it belongs in VAST_API_KEY."},
		{"the token in place of the key", "VAST_API_KEY", token, "", "That is an ngrok authtoken; it belongs in NGROK_AUTHTOKEN."},
		{"the key in place of the token", "NGROK_AUTHTOKEN", "export VAST_API_KEY=" + key, "", "That is a Vast.ai API key; it belongs in VAST_API_KEY."},
		{"a page in place of the token", "NGROK_AUTHTOKEN", "https://dashboard.ngrok.com/get-started/your-authtoken", "", "That is the address of a web page. Copy the value that the page shows."},
		{"the line of a shell", "VAST_API_KEY", "export VAST_API_KEY='" + key + "'", key, ""},
		{"the configuration of ngrok", "NGROK_AUTHTOKEN", "version: 3\nagent:\n  authtoken: " + token + "\n", token, ""},
		{"a command that posts to the space", "GOOGLE_CHAT_URL", "curl -X POST '" + link + "' -d '{}'", link, ""},
		{"the credential alone", "VAST_API_KEY", key, key, ""},
	} {
		for _, from := range []string{c.variable, c.variable + "_FILE"} {
			t.Run(c.name+" in "+from, func(t *testing.T) {
				given := c.given
				if from != c.variable {
					given = filepath.Join(t.TempDir(), "secret")
					if err := os.WriteFile(given, []byte(c.given), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				env, _, err := readEnvironment(t.Context(), func(name string) string {
					if name == from {
						return given
					}
					return ""
				})
				if got := env.Credentials[config.Variable(c.variable)].Reveal(); got != c.want {
					t.Errorf("got the credential %q, want %q", got, c.want)
				}
				var wrong config.EnvError
				switch {
				case c.refusal == "" && err != nil:
					t.Errorf("refused: %v", err)
				case c.refusal != "" && (!errors.As(err, &wrong) || len(wrong) != 1 || string(wrong[0].Variable) != from || wrong[0].Sentence != c.refusal):
					t.Errorf("got %v, want %s: %s", err, from, c.refusal)
				}
			})
		}
	}
}
