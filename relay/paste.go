package relay

import "strings"

// quotePairs are the quotes that come with text out of documents, configuration
// files and shells, each with the one that ends it.
var quotePairs = []struct{ begin, end string }{
	{`"`, `"`},
	{"'", "'"},
	{"`", "`"},
	{"<", ">"},
	{"“", "”"},
	{"„", "“"},
	{"„", "”"},
	{"”", "”"},
	{"‘", "’"},
	{"‚", "‘"},
	{"‚", "’"},
	{"’", "’"},
	{"«", "»"},
	{"»", "«"},
	{"‹", "›"},
	{"「", "」"},
	{"＂", "＂"},
	{"＇", "＇"},
}

// CleanPaste takes away what clipboards, editors and configuration files add to
// a credential: invisible characters wherever they are, and around it white
// space, quotes that match, and the comma or semicolon that follows it in a
// list. It is for the credentials of the vendors, which hold none of
// that; secrets that are opaque must not go through it.
func CleanPaste(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u200c', '\u200d', '\ufe0e', '\ufe0f': // CleanText leaves them to scripts and emoji.
			return -1
		default:
			return r
		}
	}, CleanText(s))
	for {
		before := s
		s = unquote(strings.TrimRight(strings.TrimSpace(s), ",;"))
		if s == before {
			return s
		}
	}
}

// unquote returns s without the quotes around it, if they match.
func unquote(s string) string {
	for _, q := range quotePairs {
		if inner, found := strings.CutPrefix(s, q.begin); found {
			if inner, found = strings.CutSuffix(inner, q.end); found {
				return inner
			}
		}
	}
	return s
}
