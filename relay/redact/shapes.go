package redact

import (
	"regexp"
	"strings"
	"sync"
)

// shape is the pattern of one kind of credential. The first group is kept and
// everything after it is masked.
type shape struct {
	// hints are lower-case words of which a text must hold one to match at all.
	// Looking for them first keeps ordinary log lines cheap.
	hints   []string
	pattern *regexp.Regexp
}

// shapes are tried in order. Ids of events, 32 hexadecimal digits, match none
// of them.
var shapes = sync.OnceValue(func() []shape {
	return []shape{
		// A webhook's secret in JSON, then also in JSON within a string.
		newShape(`(?i)("webhook_secret"\s*:\s*")(?:[^"\\]|\\.)+`, "webhook_secret"),
		newShape(`(?i)(webhook_secret\\*["']?\s*[:=]\s*\\*["']?)[^"'\\\s,}]+`, "webhook_secret"),
		// The parameters of a Chat URL, in plain text, JSON, HTML and escaped,
		// https://developers.google.com/workspace/chat/quickstart/webhooks .
		newShape(`(?i)((?:[?&;]|\\u0026|%26|%3f)(?:key|token|access_token|api_key)(?:=|%3d|\\u003d))[^&\s"'<>\\;]+`,
			"key=", "token=", "key%3d", "token%3d", `key\u003d`, `token\u003d`),
		// Headers.
		newShape(`(?i)(authorization\\*["']?\s*[:=]\s*[\[\\"']*(?:[a-z]+\s+)?)[^\s"'\\\],]+`, "authorization"),
		newShape(`(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}`, "bearer", "basic"),
		// An ngrok authtoken; the texts of errors 105 and 107 quote it whole,
		// https://ngrok.com/docs/errors/err_ngrok_107 .
		newShape(`(?i)(your authtoken:\s*)\S+`, "your authtoken"),
		newShape(`()\b[0-9][0-9A-Za-z]{20,31}_[0-9A-Za-z]{16,31}\b`, "_"),
		newShape(`(?i)(authtoken:?["']?[ \t]*[:=]?[ \t]*["']?)[0-9A-Za-z]{8,}_[0-9A-Za-z_]{8,}`, "authtoken"),
		// A long run of letters and digits that is called a secret.
		newShape(`(?i)((?:secret|token|key|password)[a-z_]{0,12}\\*["']?(?:[\s:=>"'\\(\[{]|is|was){1,8})[0-9A-Za-z+/_=-]{40,}`,
			"secret", "token", "key", "password"),
	}
})

func newShape(pattern string, hints ...string) shape {
	return shape{hints: hints, pattern: regexp.MustCompile(pattern)}
}

// minShaped is the shortest text that can hold something of a known shape.
const minShaped = len("?key=x")

func redactShapes(text, mark string) string {
	if len(text) < minShaped {
		return text
	}
	lower := strings.ToLower(text)
	for _, s := range shapes() {
		if s.hinted(lower) {
			text = s.pattern.ReplaceAllString(text, "${1}"+mark)
		}
	}
	return text
}

func (s shape) hinted(lower string) bool {
	for _, hint := range s.hints {
		if strings.Contains(lower, hint) {
			return true
		}
	}
	return false
}
