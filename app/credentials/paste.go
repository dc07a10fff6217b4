package credentials

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"vastrelay/app/words"
	"vastrelay/relay"
)

// Paste is what a text that was pasted for a credential holds, as far as its shape
// tells. It holds secrets: it must not be shown or logged.
type Paste struct {
	// Value is the credential alone, without the command, the assignment or the file
	// around it; where that is not certain, the text as it was pasted.
	Value string
	// Other is the credential that Value is, when it is certainly not the one that was
	// asked for; empty mostly.
	Other Kind
	// Page is set when the text is the address of a web page, such as the one on which
	// the credential is found.
	Page bool
}

// Usable reports whether Value can be the credential that was asked for.
func (p Paste) Usable() bool { return p.Other == "" && !p.Page }

// ReadPaste tells by its shape alone, without asking anybody, what was pasted for
// the credential want. What it does not recognise counts as that credential, so
// that a vendor can change the form of its keys.
func ReadPaste(want Kind, text string) Paste {
	if len(text) > longestPaste {
		return Paste{Value: text}
	}
	clean := relay.CleanPaste(text)
	found := candidatesIn(clean)
	if own := found.values(want); len(own) > 0 {
		if len(own) > 1 || beginsWithURL(clean) { // Two of a kind; or a URL, which its own package cleans.
			return Paste{Value: text}
		}
		return Paste{Value: own[0]}
	}
	for _, c := range found {
		if want == TunnelmoleKey && c.kind == VastKey && !c.named {
			continue // Its own keys may look like that.
		}
		return Paste{Value: c.value, Other: c.kind}
	}
	return Paste{Value: text, Page: isURL(clean) && !want.isURL()}
}

// Elsewhere is the sentence for a paste that is another credential than the one
// that variable, or the file that it names, should hold: it says which variable it
// belongs in. It is empty for a paste that is usable.
func (p Paste) Elsewhere() words.Sentence {
	switch {
	case p.Other != "":
		return p.Other.pasteWords().variable
	case p.Page:
		return words.New("paste.page")
	default:
		return words.Sentence{}
	}
}

// NextStep is the sentence for a paste that is the credential which the next step
// of the set-up asks for.
func (p Paste) NextStep() words.Sentence { return p.Other.pasteWords().next }

// Under is the sentence for a paste that is another credential than the one asked
// for: it belongs under the name of that one.
func (p Paste) Under() words.Sentence {
	if p.Page {
		return words.New("paste.page")
	}
	return p.Other.pasteWords().under
}

// pasteWords are the sentences about a paste that is a credential of this kind.
func (k Kind) pasteWords() (say struct{ next, under, variable words.Sentence }) {
	switch k {
	case VastKey:
		say.next = words.New("paste.next.vast_key")
		say.under = words.New("paste.under.vast_key", words.Args{"Place": k.Words()})
		say.variable = words.New("paste.variable.vast_key", words.Args{"Variable": k.Variable()})
	case ChatURL:
		say.next = words.New("paste.next.chat_url")
		say.under = words.New("paste.under.chat_url", words.Args{"Place": k.Words()})
		say.variable = words.New("paste.variable.chat_url", words.Args{"Variable": k.Variable()})
	case NgrokToken:
		say.next = words.New("paste.next.ngrok_token")
		say.under = words.New("paste.under.ngrok_token", words.Args{"Place": k.Words()})
		say.variable = words.New("paste.variable.ngrok_token", words.Args{"Variable": k.Variable()})
	case TunnelmoleKey:
		say.next = words.New("paste.next.tunnelmole_key")
		say.under = words.New("paste.under.tunnelmole_key", words.Args{"Place": k.Words()})
		say.variable = words.New("paste.variable.tunnelmole_key", words.Args{"Variable": k.Variable()})
	case CloudflaredToken:
		say.next = words.New("paste.next.cloudflared_token")
		say.under = words.New("paste.under.cloudflared_token", words.Args{"Place": k.Words()})
		say.variable = words.New("paste.variable.cloudflared_token", words.Args{"Variable": k.Variable()})
	case HeartbeatURL:
		say.next = words.New("paste.next.heartbeat_url")
		say.under = words.New("paste.under.heartbeat_url", words.Args{"Place": k.Words()})
		say.variable = words.New("paste.variable.heartbeat_url", words.Args{"Variable": k.Variable()})
	}
	return say
}

// longestPaste bounds in bytes what is searched for credentials: a configuration
// file is far shorter.
const longestPaste = 64 << 10

// isURL reports whether the credential is a URL.
func (k Kind) isURL() bool { return k == ChatURL || k == HeartbeatURL }

// candidate is a part of a text that is a credential by its shape or by what
// stands before it.
type candidate struct {
	kind  Kind
	value string
	named bool // what stands before it says so
}

type candidates []candidate

// values returns the different values of that kind.
func (all candidates) values(k Kind) (values []string) {
	for _, c := range all {
		if c.kind == k && !slices.Contains(values, c.value) {
			values = append(values, c.value)
		}
	}
	return values
}

// candidatesIn finds the credentials in a text. What has a certain shape comes
// first, and wins over a name that says otherwise.
func candidatesIn(text string) candidates {
	var found candidates
	for _, link := range urlForm.FindAllString(text, -1) {
		if u, err := url.Parse(link); err == nil {
			found.add(link, func(f form) bool { return f.link != nil && f.link(u) })
		}
	}
	rest := urlForm.ReplaceAllString(text, " ")
	for word := range strings.FieldsFuncSeq(rest, func(r rune) bool { return !strings.ContainsRune(tokenRunes, r) }) {
		if name, value, assigned := strings.Cut(strings.TrimRight(word, "="), "="); assigned && name != "" {
			word = value + word[len(strings.TrimRight(word, "=")):] // The padding belongs to the value.
		}
		found.add(word, func(f form) bool { return f.token != nil && f.token(word) })
	}
	shaped := found
	for _, f := range forms {
		for _, match := range f.named.FindAllStringSubmatch(text, -1) {
			value := relay.CleanPaste(match[1])
			can := wholeToken.MatchString(value)
			if f.link != nil {
				can = isURL(value)
			}
			if can && !slices.ContainsFunc(shaped, func(c candidate) bool { return strings.HasPrefix(c.value, value) }) {
				found = append(found, candidate{kind: f.kind, value: value, named: true})
			}
		}
	}
	return found
}

// add adds value as the credential whose form is the first that fits.
func (all *candidates) add(value string, fits func(form) bool) {
	if at := slices.IndexFunc(forms, fits); at >= 0 {
		*all = append(*all, candidate{kind: forms[at].kind, value: value})
	}
}

// The shapes. A shape is certain: nothing of another vendor's looks like it.
var (
	urlForm = regexp.MustCompile("(?i:https?)://[^\\s\"'`<>|{}]+")
	// tokenRunes are those of keys and tokens, https://www.rfc-editor.org/rfc/rfc6750#section-2.1 .
	tokenRunes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
	wholeToken = regexp.MustCompile(`^[A-Za-z0-9._~+/-]{8,}=*$`)

	vastKeyForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// ngrokForm: 27 characters that begin with the time, and a secret; the tokens of
	// the first years were shorter. https://ngrok.com/docs/agent/#authtokens
	ngrokForm = regexp.MustCompile(`^[A-Za-z0-9]{18,32}_[A-Za-z0-9]{12,32}$`)
	chatPath  = regexp.MustCompile(`^/v1/spaces/[A-Za-z0-9_-]+/messages`)
	pushPath  = regexp.MustCompile(`/api/push/[A-Za-z0-9]+/?$`) // of Uptime Kuma
)

// form is how a credential is recognised in a text.
type form struct {
	kind  Kind
	token func(word string) bool // whether a word is one; nil: it has no certain shape
	link  func(u *url.URL) bool  // whether a URL is one; nil: it is no URL
	named *regexp.Regexp         // what stands after its variable, and after what vendors call it
}

// forms is the table of what is known of the shape of each credential. An
// optional setting of a shell or a configuration file may stand around a value:
// export, $env:, YAML, JSON, the options of commands.
var forms = []form{
	{VastKey, vastKeyForm.MatchString, nil, after("VAST_API_KEY", "VASTAI_API_KEY", "api-key")},
	{ChatURL, nil, isChatURL, after("GOOGLE_CHAT_URL")},
	{NgrokToken, ngrokForm.MatchString, nil, after("NGROK_AUTHTOKEN", "add-authtoken", "authtoken")},
	// Tunnelmole says nothing of the form of its keys.
	{TunnelmoleKey, nil, nil, after("TUNNELMOLE_API_KEY", "tmole --set-api-key")},
	{CloudflaredToken, isTunnelToken, nil, after("CLOUDFLARED_TOKEN", "TUNNEL_TOKEN")},
	{HeartbeatURL, nil, isHeartbeatURL, after("VASTRELAY_HEARTBEAT_URL")},
}

// after finds the value that one of names is given.
func after(names ...string) *regexp.Regexp {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = regexp.QuoteMeta(name)
	}
	return regexp.MustCompile(`(?:^|[^A-Za-z0-9_-])(?:` + strings.Join(quoted, "|") + `)["']?(?:\s*[=:]\s*|\s+)["']?([^\s"',;}]+)`)
}

func isChatURL(u *url.URL) bool {
	return strings.EqualFold(u.Hostname(), "chat.googleapis.com") || chatPath.MatchString(u.Path)
}

// isHeartbeatURL knows the services whose URLs can be told from others.
func isHeartbeatURL(u *url.URL) bool {
	return strings.EqualFold(u.Hostname(), "hc-ping.com") || pushPath.MatchString(u.Path)
}

// isTunnelToken reports whether word has the form of the token of a Cloudflare
// tunnel: base64 of a JSON object with an account, a tunnel and a secret.
func isTunnelToken(word string) bool {
	if !strings.HasPrefix(word, "eyJ") {
		return false
	}
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(word, "="))
	var parts struct{ A, T, S string }
	return err == nil && json.Unmarshal(decoded, &parts) == nil && parts.A != "" && parts.T != "" && parts.S != ""
}

// beginsWithURL reports whether text begins with a URL.
func beginsWithURL(text string) bool {
	at := urlForm.FindStringIndex(text)
	return at != nil && at[0] == 0
}

// isURL reports whether text is one URL and nothing else.
func isURL(text string) bool {
	at := urlForm.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}
