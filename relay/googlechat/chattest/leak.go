package chattest

import (
	"fmt"
	"net/url"
	"strings"
)

// Leaks says which secret parts of a webhook URL occur in texts: the URL as a
// whole, its key and its token, raw, encoded or without padding. It returns
// nothing when all is well, and never the secret itself. Programs assert with
// it that no error, log line, file or status page carries a webhook URL.
func Leaks(webhookURL string, texts ...string) []string {
	forms := map[string]string{"the whole url": webhookURL}
	if u, err := url.Parse(webhookURL); err == nil {
		for _, name := range []string{"key", "token"} {
			if value := u.Query().Get(name); value != "" {
				forms[name] = value
				forms[name+", encoded"] = url.QueryEscape(value)
				forms[name+", without padding"] = strings.TrimRight(value, "=")
			}
		}
	}
	var found []string
	for i, text := range texts {
		for what, form := range forms {
			if form != "" && strings.Contains(text, form) {
				found = append(found, fmt.Sprintf("text %d holds %s", i, what))
			}
		}
	}
	return found
}
