package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vastrelay/relay/tunnel"
)

// Limits of what a person can enter.
const (
	maxLabel      = 100 // characters
	maxSpace      = 128
	maxProxy      = 300 // bytes
	maxEventTypes = 200
)

// Field names a setting for a FieldError, by its JSON name.
type Field string

// The fields that can be wrong, beside those of the vendors of tunnels.
const (
	FieldEventTypes Field = "event_types"
	FieldForm       Field = "form"
	FieldThreads    Field = "threads"
	FieldTunnel     Field = "tunnel"
	FieldSpace      Field = "space"
	FieldLabel      Field = "space_label"
	FieldTheme      Field = "general.theme"
	FieldUpdates    Field = "general.updates"
	FieldProxy      Field = "general.proxy"

	FieldChatLanguage Field = "general.chat_language"

	FieldNotifiedEvents Field = "notifications.events"
	FieldNotifiedTypes  Field = "notifications.types"
	FieldQuietFrom      Field = "notifications.quiet_from"
	FieldQuietTo        Field = "notifications.quiet_to"
)

// textField is a setting that is one text.
type textField struct {
	field    Field
	variable Variable                     // stands in for it in the environment; empty: none does
	parse    func(string) (string, error) // returns its one spelling; the error is a sentence
	vendor   string                       // the tunnel vendor that it belongs to; empty: to none
	required bool                         // whether it must be given while its vendor is chosen
}

// textFields lists the settings that are one text.
func textFields(vendors []tunnel.Vendor) []textField {
	fields := []textField{
		{field: FieldForm, variable: VarForm, parse: oneOf(Forms(), "Choose card or text as the form of messages.")},
		{field: FieldThreads, variable: VarThreads, parse: oneOf(ThreadChoices(), "Choose off, type or instance for threads.")},
		{field: FieldChatLanguage, variable: VarChatLanguage, parse: parseLanguage},
		{field: FieldTunnel, variable: VarTunnel, parse: parseTunnel(vendors)},
	}
	for _, v := range vendors {
		for _, f := range v.Fields {
			fields = append(fields, textField{
				field: Field(f.Key), variable: Variable(f.Variable), parse: f.Parse, vendor: v.Name, required: f.Required,
			})
		}
	}
	return append(
		fields,
		textField{field: FieldSpace, parse: parseSpace},
		textField{field: FieldLabel, parse: parseLabel},
		textField{field: FieldProxy, parse: parseProxy},
		textField{field: FieldUpdates, parse: oneOf([]UpdateChoice{UpdatesOn, UpdatesOff}, "Looking for newer versions is either on or off.")},
		textField{field: FieldTheme, parse: oneOf(Themes(), "Choose the theme of the system, the light one or the dark one.")},
		textField{field: FieldNotifiedEvents, parse: oneOf(NotifiedChoices(), "Choose notifications for no events, urgent ones, all, or some types.")},
		textField{field: FieldQuietFrom, parse: parseTimeOfDay},
		textField{field: FieldQuietTo, parse: parseTimeOfDay},
	)
}

// oneOf returns the parser of a setting that is one of some values.
func oneOf[T ~string](choices []T, otherwise string) func(string) (string, error) {
	return func(raw string) (string, error) {
		if !slices.Contains(choices, T(raw)) {
			return "", sentence("%s", otherwise)
		}
		return raw, nil
	}
}

func parseTunnel(vendors []tunnel.Vendor) func(string) (string, error) {
	return func(raw string) (string, error) {
		names := make([]string, len(vendors))
		for i, v := range vendors {
			if names[i] = v.Name; raw == v.Name {
				return raw, nil
			}
		}
		return "", sentence("%q is not a tunnel; choose %s.", raw, strings.Join(names, " or "))
	}
}

func parseSpace(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxSpace || strings.ContainsFunc(raw, notSpaceID) {
		return "", sentence("The Chat space id holds characters that no space id has.")
	}
	return raw, nil
}

// languageTag is the form of a tag of BCP 47, https://www.rfc-editor.org/info/bcp47 .
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// parseLanguage takes what names a language. The package that has the words says
// whether it has that one; a newer version may.
func parseLanguage(raw string) (string, error) {
	if !languageTag.MatchString(raw) {
		return "", sentence("%q names no language.", raw)
	}
	return raw, nil
}

// parseProxy takes what could be the address of a proxy; the package that uses it says
// what is wrong with it.
func parseProxy(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxProxy || strings.ContainsFunc(raw, unicode.IsControl) || strings.Contains(raw, "@") {
		return "", sentence("Enter the address of a proxy, without a password.")
	}
	return raw, nil
}

func parseLabel(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if utf8.RuneCountInString(raw) > maxLabel || strings.ContainsFunc(raw, unicode.IsControl) {
		return "", sentence("Use a name of at most %d characters on one line.", maxLabel)
	}
	return raw, nil
}

// sentenceError is an error whose text is a whole sentence for a person.
type sentenceError string

func (e sentenceError) Error() string { return string(e) }

func sentence(format string, args ...any) error {
	return sentenceError(fmt.Sprintf(format, args...))
}

// eventKey is a full type key of Vast.ai's catalogue: context, colon, slug,
// https://docs.vast.ai/guides/reference/notifications .
var eventKey = regexp.MustCompile(`^(client|host):[a-z0-9_]{1,64}$`)

func checkEventTypes(keys []string) error {
	if len(keys) > maxEventTypes {
		return sentence("Choose at most %d event types.", maxEventTypes)
	}
	for i, key := range keys {
		if !eventKey.MatchString(key) {
			return sentence("%q is not an event type; one looks like client:outbid.", key)
		}
		if slices.Contains(keys[:i], key) {
			return sentence("The event type %s is chosen twice.", key)
		}
	}
	return nil
}

// KnownEventKey reports whether key has the form of a type key that Vast.ai's
// API can be asked for.
func KnownEventKey(key string) bool { return eventKey.MatchString(key) }

func notSpaceID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}
