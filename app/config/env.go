package config

import (
	"encoding/binary"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// Variable is the name of an environment variable that the program reads.
type Variable string

// The environment variables, beside those of the settings and the servers of the
// vendors of tunnels. Each of the secrets can instead be given by the path of a file
// that holds it, under the same name with "_FILE" appended.
const (
	VarVastKey       Variable = "VAST_API_KEY"           // secret
	VarChatURL       Variable = "GOOGLE_CHAT_URL"        // secret
	VarNgrokToken    Variable = "NGROK_AUTHTOKEN"        // secret
	VarWebhookSecret Variable = "VAST_WEBHOOK_SECRET"    // secret
	VarStatusToken   Variable = "VASTRELAY_STATUS_TOKEN" // secret

	VarHeartbeatURL Variable = "VASTRELAY_HEARTBEAT_URL" // secret

	VarEvents        Variable = "VASTRELAY_EVENTS"
	VarVastURL       Variable = "VAST_URL"
	VarTunnel        Variable = "VASTRELAY_TUNNEL"
	VarForm          Variable = "VASTRELAY_FORM"
	VarThreads       Variable = "VASTRELAY_THREADS"
	VarChatLanguage  Variable = "VASTRELAY_CHAT_LANGUAGE"
	VarNgrokCA       Variable = "VASTRELAY_NGROK_CA"
	VarChatHosts     Variable = "VASTRELAY_CHAT_HOSTS"
	VarPublicConnect Variable = "VASTRELAY_PUBLIC_CONNECT"
)

// fileSuffix makes the name of the variable that holds the path of a file.
const fileSuffix = "_FILE"

// maxSecret bounds a secret in bytes; every real one is far smaller.
const maxSecret = 4096

// Env is what the environment says about this run. Nothing of it is stored.
// An empty field means that its variable is not set.
type Env struct {
	Credentials   map[Variable]relay.Secret // those that are given, by their variables
	WebhookSecret relay.Secret              // accepted beside the stored one, byte for byte
	StatusToken   relay.Secret              // bearer token of the status address

	Events []string // full type keys, "client:outbid", each once

	VastURL string // base of the Vast.ai API, scheme and host

	Settings  map[Field]string   // in force instead of the stored ones
	variables map[Field]Variable // those that Settings come from

	Servers       map[Variable]string // other servers of the vendors of tunnels, as host:port, by their variables
	NgrokCA       string              // path of a PEM file
	ChatHosts     []string            // host:port values accepted in a Chat URL, each once
	PublicConnect string              // host:port that the self-probe dials
}

// VariableError says what is wrong with one environment variable. It never
// holds the value of a secret.
type VariableError struct {
	Variable Variable // ends in "_FILE" where that one is wrong
	Sentence string   // what is wrong, as a whole sentence
}

// Error returns the variable and what is wrong with it.
func (e VariableError) Error() string { return string(e.Variable) + ": " + e.Sentence }

// EnvError lists every variable that is wrong, in one line; it is never empty.
type EnvError []VariableError

// Error joins the errors into one line.
func (e EnvError) Error() string {
	parts := make([]string, len(e))
	for i, v := range e {
		parts[i] = v.Error()
	}
	return strings.Join(parts, " ")
}

// Credentials says which variables hold a credential each, and how they are read.
type Credentials struct {
	Variables []Variable
	// Recognise finds the credential of v in what was given for it, such as a whole
	// line of a shell. refusal says, in a sentence without the value, that it is
	// another credential; empty: it is not. nil: what is given is the credential.
	Recognise func(v Variable, given string) (value, refusal string)
}

// FromEnv reads every variable through getenv, and the files that they name
// through readFile. A variable set to the empty string counts as not set. languages are
// the tags of those that messages can be in. The error is nil or an EnvError with
// everything that is wrong at once.
func FromEnv(getenv func(string) string, readFile func(string) ([]byte, error), credentials Credentials, vendors []tunnel.Vendor, languages []string) (Env, error) {
	r := reader{getenv: getenv, readFile: readFile, recognise: credentials.Recognise}
	env := Env{
		Credentials:   r.credentials(credentials.Variables),
		WebhookSecret: r.secret(VarWebhookSecret, trimNewline),
		StatusToken:   r.secret(VarStatusToken, strings.TrimSpace),

		Events:  r.list(VarEvents, parseEvent),
		VastURL: r.text(VarVastURL, relay.ParseOrigin),

		Servers:       r.servers(vendors),
		NgrokCA:       r.text(VarNgrokCA, parsePath),
		ChatHosts:     r.list(VarChatHosts, relay.ParseHostPort),
		PublicConnect: r.text(VarPublicConnect, relay.ParseHostPort),
	}
	env.Settings, env.variables = r.settings(vendors)
	if tag := env.Settings[FieldChatLanguage]; tag != "" && !slices.Contains(languages, tag) {
		r.fail(VarChatLanguage, "Messages can be in %s, and not in %q.", strings.Join(languages, " / "), tag)
	}
	if len(r.wrong) > 0 {
		return Env{}, r.wrong
	}
	return env, nil
}

// Apply returns s with the settings of the environment in place of the stored
// ones. The result is for this run only and must not be saved.
func (e Env) Apply(s Settings) Settings {
	s = s.Clone()
	if len(e.Events) > 0 {
		s.EventTypes, s.Unconfirmed = slices.Clone(e.Events), false
		s.Host = s.Host || slices.ContainsFunc(e.Events, func(key string) bool { return strings.HasPrefix(key, "host:") })
	}
	for field, value := range e.Settings {
		s.set(field, value)
	}
	return s
}

// Check refuses settings in which a person chose something else than the environment
// says: it would not be in force in this run, nor be kept. s are settings in force, as
// Apply returns them, with what was changed. The error is nil or a ValidationError.
func (e Env) Check(s Settings) error {
	var wrong ValidationError
	refuse := func(field Field, v Variable) {
		wrong = append(wrong, FieldError{Field: field, Sentence: fmt.Sprintf("%s in the environment decides this for this run.", v)})
	}
	if len(e.Events) > 0 && !slices.Equal(s.EventTypes, e.Events) {
		refuse(FieldEventTypes, VarEvents)
	}
	for _, field := range slices.Sorted(maps.Keys(e.Settings)) {
		if s.value(field) != e.Settings[field] {
			refuse(field, e.variables[field])
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

// Undo is the opposite of Apply: it returns s with the stored settings in place
// of those of the environment.
func (e Env) Undo(s, stored Settings) Settings {
	s = s.Clone()
	if len(e.Events) > 0 {
		s.EventTypes, s.Host, s.Unconfirmed = slices.Clone(stored.EventTypes), stored.Host, stored.Unconfirmed
	}
	for field := range e.Settings {
		s.set(field, stored.value(field))
	}
	return s
}

// reader reads variables and collects the errors in them.
type reader struct {
	getenv   func(string) string
	readFile func(string) ([]byte, error)
	wrong    EnvError

	recognise func(v Variable, given string) (value, refusal string) // nil: what is given is the credential
}

func (r *reader) fail(v Variable, format string, args ...any) {
	r.wrong = append(r.wrong, VariableError{Variable: v, Sentence: fmt.Sprintf(format, args...)})
}

// secret reads the secret v, or the file that v_FILE names. trim removes
// characters that cannot be part of it; all others are kept.
func (r *reader) secret(v Variable, trim func(string) string) relay.Secret {
	value, from, ok := r.raw(v)
	if !ok {
		return relay.Secret{}
	}
	// An editor's encoding and newline belong to the file, not to the secret.
	if from != v {
		value = trimNewline(decodeText(value))
	}
	clean := trim(value)
	return r.checked(from, value, clean, strings.ContainsFunc(clean, unicode.IsControl))
}

// tokenForm is what API keys and tokens consist of:
// https://www.rfc-editor.org/rfc/rfc6750#section-2.1
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// credentials reads those of variables that are given; nil for none.
func (r *reader) credentials(variables []Variable) (given map[Variable]relay.Secret) {
	for _, v := range variables {
		form := tokenForm
		if v == VarChatURL || v == VarHeartbeatURL {
			form = nil // their packages check them
		}
		if secret := r.credential(v, form); !secret.Empty() {
			if given == nil {
				given = make(map[Variable]relay.Secret)
			}
			given[v] = secret
		}
	}
	return given
}

// credential reads a credential of a vendor as secret does, and removes quotes
// and invisible characters that were copied with it. The rest must match form,
// unless that is nil.
func (r *reader) credential(v Variable, form *regexp.Regexp) relay.Secret {
	value, from, ok := r.raw(v)
	if !ok {
		return relay.Secret{}
	}
	if from != v {
		value = decodeText(value)
	}
	if r.recognise != nil {
		found, refusal := r.recognise(v, value)
		if refusal != "" {
			r.fail(from, "%s", refusal)
			return relay.Secret{}
		}
		value = found
	}
	clean := relay.CleanPaste(value)
	s := r.checked(from, trimNewline(value), clean, strings.ContainsFunc(value, strayControl) || strings.ContainsAny(clean, "\r\n"))
	if !s.Empty() && form != nil && !form.MatchString(clean) {
		r.fail(from, "It holds a space, a quote or another character that no key has: put the key alone there.")
		return relay.Secret{}
	}
	return s
}

// checked returns clean, the cleaned form of value, as a secret, or notes why it
// cannot be one. control tells that it holds a control character.
func (r *reader) checked(from Variable, value, clean string, control bool) relay.Secret {
	switch {
	case value == "":
		r.fail(from, "The file that it names is empty.")
	case clean == "" && strings.TrimSpace(value) == "":
		r.fail(from, "It holds nothing but spaces.")
	case clean == "":
		r.fail(from, "It holds nothing but quotes and characters that nobody sees.")
	case len(clean) > maxSecret:
		r.fail(from, "It is longer than %d bytes.", maxSecret)
	case control:
		r.fail(from, "It holds a line break or another control character.")
	default:
		return relay.NewSecret(clean)
	}
	return relay.Secret{}
}

// strayControl reports whether r is a control character other than white space
// and those that a terminal adds to a paste.
func strayControl(r rune) bool {
	return r < ' ' && !unicode.IsSpace(r) && r != '\x1b' && r != '\a' || r == 0x7f
}

// raw returns the value of the secret v, or the content of the file that v_FILE
// names, and the variable that it is from. ok is false when neither is set, or
// the file cannot be read.
func (r *reader) raw(v Variable) (value string, from Variable, ok bool) {
	value, from = r.getenv(string(v)), v
	path := r.getenv(string(v + fileSuffix))
	if path == "" {
		return value, from, value != ""
	}
	from = v + fileSuffix
	if value != "" {
		r.fail(v, "Set either %s or %s, not both.", v, from)
		return "", from, false
	}
	content, err := r.readFile(path)
	if err != nil {
		r.fail(from, "%s", inputSentence(err))
		return "", from, false
	}
	return string(content), from, true
}

// decodeText returns the text of a file, also of one in UTF-8 or UTF-16 with a byte
// order mark, as editors and shells of Windows write it.
func decodeText(content string) string {
	var order binary.ByteOrder
	switch {
	case strings.HasPrefix(content, "\xff\xfe"):
		order = binary.LittleEndian
	case strings.HasPrefix(content, "\xfe\xff"):
		order = binary.BigEndian
	default:
		return strings.TrimPrefix(content, "\xef\xbb\xbf")
	}
	var units []uint16
	for rest := []byte(content[2:]); len(rest) >= 2; rest = rest[2:] {
		units = append(units, order.Uint16(rest))
	}
	return string(utf16.Decode(units))
}

// Source returns the variable that v is given by: v itself, or the one that
// names a file.
func Source(getenv func(string) string, v Variable) Variable {
	if getenv(string(v)) == "" && getenv(string(v+fileSuffix)) != "" {
		return v + fileSuffix
	}
	return v
}

// text reads v and brings it into its one spelling. The errors of parse are
// whole sentences.
func (r *reader) text(v Variable, parse func(string) (string, error)) string {
	raw := strings.TrimSpace(r.getenv(string(v)))
	if raw == "" {
		return ""
	}
	value, err := parse(raw)
	if err != nil {
		r.fail(v, "%s", err)
		return ""
	}
	return value
}

// settings reads the settings that a variable can stand in for; nil for none.
func (r *reader) settings(vendors []tunnel.Vendor) (values map[Field]string, variables map[Field]Variable) {
	for _, f := range textFields(vendors) {
		if f.variable == "" {
			continue
		}
		value := r.text(f.variable, f.parse)
		if value == "" {
			continue
		}
		if values == nil {
			values, variables = map[Field]string{}, map[Field]Variable{}
		}
		values[f.field], variables[f.field] = value, f.variable
	}
	return values, variables
}

// servers reads the other servers of vendors that are given; nil for none.
func (r *reader) servers(vendors []tunnel.Vendor) (given map[Variable]string) {
	for _, vendor := range vendors {
		if vendor.ServerVariable == "" {
			continue
		}
		v := Variable(vendor.ServerVariable)
		if server := r.text(v, relay.ParseHostPort); server != "" {
			if given == nil {
				given = make(map[Variable]string)
			}
			given[v] = server
		}
	}
	return given
}

// list reads v as values separated by commas, each kept once.
func (r *reader) list(v Variable, parse func(string) (string, error)) []string {
	var values []string
	for part := range strings.SplitSeq(r.getenv(string(v)), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		value, err := parse(part)
		if err != nil {
			r.fail(v, "%s", err)
			return nil
		}
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values
}

func parseEvent(raw string) (string, error) {
	return raw, checkEventTypes([]string{raw})
}

func parsePath(raw string) (string, error) {
	if strings.ContainsRune(raw, 0) {
		return "", sentence("It is not the path of a file.")
	}
	return raw, nil
}

func trimNewline(s string) string { return strings.TrimRight(s, "\r\n") }
