package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"vastrelay/relay"
)

// Mask stands where something was redacted.
const Mask = "[redacted]"

// minValue is the shortest value that is masked, in bytes. Every credential is
// far longer; masking "a" would make everything unreadable and hide nothing.
const minValue = 8

// Redactor masks secrets in text: every value that it was told, in the
// encodings in which values travel, and everything that has the shape of a
// credential. The zero value is not ready; use New.
type Redactor struct {
	mark  string
	mu    sync.Mutex // held by Add
	forms atomic.Pointer[forms]
}

// forms is what is searched for, replaced as a whole by Add.
type forms struct {
	all      []string // longest first
	replacer *strings.Replacer
}

// New returns a Redactor that knows the shapes of credentials and no
// values yet.
func New() *Redactor { return NewMarked(Mask) }

// NewMarked is New with another mark in place of Mask.
func NewMarked(mark string) *Redactor {
	r := &Redactor{mark: mark}
	r.forms.Store(&forms{})
	return r
}

// Add makes r mask the value of secret from now on. Of a URL, the values of its
// query parameters are masked as well, since they grant access without the
// rest. A value of fewer than 8 bytes is ignored.
func (r *Redactor) Add(secret relay.Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := slices.Clone(r.forms.Load().all)
	for _, value := range valuesOf(secret.Reveal()) {
		known = append(known, encodings(value)...)
	}
	known = slices.DeleteFunc(known, func(form string) bool {
		return len(form) < minValue || strings.Contains(r.mark, form)
	})
	slices.SortFunc(known, func(a, b string) int {
		// The replacer prefers what comes first, so the longest is first.
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	known = slices.Compact(known)
	pairs := make([]string, 0, 2*len(known))
	for _, form := range known {
		pairs = append(pairs, form, r.mark)
	}
	r.forms.Store(&forms{all: known, replacer: strings.NewReplacer(pairs...)})
}

// Redact returns text with every known value and every known shape replaced by
// Mask. No form of a value that was added before survives in the result.
func (r *Redactor) Redact(text string) string {
	if text == "" {
		return text
	}
	known := r.forms.Load()
	// Values first: a shape that ends too early must not cut one in two.
	text = redactShapes(known.replace(text), r.mark)
	// Two replacements can leave a value between them that was not there
	// before. Honest text never does; then nothing of it is worth the risk.
	for range 3 {
		if !known.in(text) {
			return text
		}
		text = known.replace(text)
	}
	if known.in(text) {
		return r.mark
	}
	return text
}

func (f *forms) replace(text string) string {
	if f.replacer == nil {
		return text
	}
	return f.replacer.Replace(text)
}

func (f *forms) in(text string) bool {
	return slices.ContainsFunc(f.all, func(form string) bool { return strings.Contains(text, form) })
}

// valuesOf returns value and, when it is a URL with a query, the parameters'
// values, decoded and as they stand.
func valuesOf(value string) []string {
	values := []string{value}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.RawQuery == "" {
		return values
	}
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		_, raw, _ := strings.Cut(part, "=")
		values = append(values, raw)
		if decoded, err := url.QueryUnescape(raw); err == nil {
			values = append(values, decoded)
		}
	}
	return values
}

// encodings returns the forms in which value turns up in text.
func encodings(value string) []string {
	if len(value) < minValue {
		return nil
	}
	quoted := strconv.Quote(value)
	ascii := strconv.QuoteToASCII(value)
	found := []string{
		value, strings.TrimSpace(value),
		strings.TrimRight(value, "="), // what quotes a token may have lost its padding
		quoted[1 : len(quoted)-1], ascii[1 : len(ascii)-1],
		html.EscapeString(value),
		hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value))),
	}
	for _, escaped := range []string{url.QueryEscape(value), url.PathEscape(value), percentEncode(value)} {
		found = append(found, escaped, lowerPercent(escaped))
	}
	for _, escaped := range jsonForms(value) {
		// And JSON within a JSON string, as when an answer is logged whole.
		found = append(append(found, escaped), jsonForms(escaped)...)
	}
	return append(found, base64Forms(value)...)
}

// jsonForms returns value as encoding/json writes it, with and without the
// escaping of <, > and &.
func jsonForms(value string) []string {
	var found []string
	if data, err := json.Marshal(value); err == nil {
		found = append(found, string(data[1:len(data)-1]))
	}
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) == nil {
		text := strings.TrimSuffix(plain.String(), "\n")
		found = append(found, text[1:len(text)-1], strings.ReplaceAll(text[1:len(text)-1], "/", `\/`))
	}
	return found
}

// base64Forms returns the text that value gives rise to in base64, whatever
// stands before and after it: three bytes become four letters, so there are
// three ways to fall, and at each end the letters shared with a neighbour are
// left out. The Authorization header of user and password is the usual case.
func base64Forms(value string) []string {
	var found []string
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := encoding.EncodeToString(append(make([]byte, before), value...))
			first := (before*8 + 5) / 6           // the first letter made of value alone
			last := (before + len(value)) * 8 / 6 // one past the last such letter
			found = append(found, text[first:last])
		}
		found = append(found, encoding.EncodeToString([]byte(value)))
	}
	return found
}

// percentEncode escapes everything but letters and digits, as strict encoders
// do.
func percentEncode(value string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return b.String()
}

// lowerPercent writes the escapes of a percent-encoded text in lower case.
func lowerPercent(escaped string) string {
	text := []byte(escaped)
	for i := 0; i+2 < len(text); i++ {
		if text[i] == '%' {
			copy(text[i+1:i+3], strings.ToLower(string(text[i+1:i+3])))
			i += 2
		}
	}
	return string(text)
}
