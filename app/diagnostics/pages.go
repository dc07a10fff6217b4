package diagnostics

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// page collects lines of a name and a value.
type page struct{ strings.Builder }

// line adds a line. The value is printed as it is: it must be on the allow-list.
func (p *page) line(name string, value any) { fmt.Fprintf(&p.Builder, "%-22s %v\n", name, value) }

// at adds a line with a moment; nothing for the zero time.
func (p *page) at(name string, t time.Time) {
	if !t.IsZero() {
		p.line(name, stamp(t))
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// title adds a heading.
func (p *page) title(text string) {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	p.WriteString(text + "\n")
}

// plain is a word of the program's own, or two: a state, a code, a version.
var plain = compiled(`^[a-zA-Z0-9_][a-zA-Z0-9_.+/-]{0,39}( [a-z0-9.]{1,12})?$`)

// allowed returns text where it has the form of one.
func allowed(text string) string {
	switch {
	case text == "":
		return "none"
	case plain().MatchString(text):
		return text
	default:
		return left
	}
}

func given(text string) string {
	if text == "" {
		return "not set"
	}
	return "set"
}

// versions says which program runs on which system.
func versions(f Facts) string {
	var p page
	p.at("made at", f.At)
	p.line("program", allowed(f.Build.Version))
	p.line("commit", allowed(f.Build.Revision))
	p.at("of", f.Build.Date)
	p.line("go", allowed(runtime.Version()))
	p.line("toolkit", allowed(f.System.Toolkit))
	p.line("system", runtime.GOOS+"/"+runtime.GOARCH)
	p.line("release", allowed(f.System.Release))
	p.line("kernel", allowed(f.System.Kernel))
	p.line("desktop", allowed(f.System.Desktop))
	p.line("display", allowed(f.System.Display))
	p.line("tray", allowed(f.System.Tray))
	p.line("processors", runtime.NumCPU())
	return p.String()
}

// statusPage says how the copy does that runs.
func statusPage(f Facts) string {
	if !f.Running {
		return "The program does not run.\n"
	}
	var p page
	s := f.Status
	p.line("phase", allowed(string(s.Phase)))
	p.at("since", s.Since)
	p.line("demo", s.Demo)
	p.line("keyring", allowed(f.Keyring))
	p.line("address", given(s.Address))
	p.line("address before", given(s.AddressBefore))
	p.line("space", given(s.Space))
	p.line("waiting", s.Waiting)
	p.line("today", s.Today)
	p.line("late", s.Late)
	p.line("unreadable", s.Unreadable)
	p.line("disk", trouble(s.Disk.String()))
	p.line("notice", given(s.Notice.String()))
	p.at("last event", s.LastEvent)
	p.at("paused until", s.PausedUntil)
	p.at("another computer seen", s.StandbySeen)
	if s.ClockOffset != nil {
		p.line("clock ahead by", s.ClockOffset.Round(time.Millisecond))
	}
	p.line("variables in force", variableNames(s.Overrides))
	for _, h := range s.Hops {
		p.line("hop "+allowed(string(h.Name)), fmt.Sprintf("%s since %s %s", allowed(string(h.State)), stamp(h.Since), trouble(h.Code)))
	}
	for i, w := range s.Webhooks {
		p.line(fmt.Sprintf("webhook %d", i+1), fmt.Sprintf("%s, %d types, edited: %v", allowed(string(w.Role)), len(w.Types), w.Edited != nil))
	}
	p.line("gap open", s.Gaps.Open != nil)
	p.line("gaps that ended", len(s.Gaps.Last))
	countersInto(&p, s.Counters)
	return p.String()
}

// trouble is what is known of a technical text.
func trouble(text string) string {
	if text == "" {
		return ""
	}
	return causes(text)
}

// countersInto adds what this run has counted.
func countersInto(p *page, c relay.Counters) {
	p.title("This run")
	for _, n := range []struct {
		name  string
		count uint64
	}{
		{"accepted", c.Accepted},
		{"duplicates", c.Duplicates},
		{"recorded", c.Recorded},
		{"late", c.Late},
		{"unreadable", c.Unreadable},
		{"posted anyway", c.Promoted},
		{"retries", c.Retries},
		{"given up", c.Dead},
		{"resent", c.Resent},
		{"digests", c.Digests},
		{"suspensions", c.Parks},
	} {
		p.line(n.name, n.count)
	}
	for _, code := range sortedKeys(c.Refused) {
		p.line("refused "+allowed(code), c.Refused[code])
	}
	for _, outcome := range sortedKeys(c.Posts) {
		p.line("attempts "+allowed(string(outcome)), c.Posts[outcome])
	}
	p.at("last accepted", c.LastAccepted)
	p.at("last posted", c.LastPosted)
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// variablePattern is the name of a variable of the environment that the program
// reads.
var variablePattern = compiled(`^(VAST|VASTRELAY|GOOGLE|NGROK|CLOUDFLARED|TUNNELMOLE|HTTPS|HTTP|NO)_[A-Z_]{1,40}$`)

func variableNames(names []string) string {
	var shown []string
	for _, name := range names {
		if variablePattern().MatchString(name) {
			shown = append(shown, name)
		}
	}
	if len(shown) == 0 {
		return "none"
	}
	return strings.Join(shown, " ")
}

// settingsPage says what is chosen: of texts only that they are set, since a person
// has typed them; of lists how long they are.
func settingsPage(f Facts) string {
	var p page
	tunnel := f.Settings.Tunnel
	if tunnel != "" && !slices.Contains(f.Tunnels, tunnel) {
		tunnel = "another"
	}
	p.line("chosen tunnel", allowed(tunnel))
	for _, key := range sortedKeys(f.Settings.TunnelValues) {
		p.line(allowed(key), given(f.Settings.TunnelValues[key]))
	}
	p.line("types known to us", knownTypes(f.Settings))
	fieldsInto(&p, "", reflect.ValueOf(f.Settings))
	return p.String()
}

// knownTypes are the chosen types of events that are in the vendor's list.
func knownTypes(s config.Settings) string {
	var known []string
	for _, k := range relay.Kinds() {
		if key := string(k.Role) + ":" + k.Slug; slices.Contains(s.EventTypes, key) {
			known = append(known, key)
		}
	}
	if len(known) == 0 {
		return "none"
	}
	return strings.Join(known, " ")
}

// jsonName is the name of a field in the settings file.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// fieldsInto adds the fields of a struct of the settings. A field that is new is in
// the report by itself, as far as its type says that it is no text of a person.
func fieldsInto(p *page, prefix string, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := jsonName(field)
		switch {
		case field.Anonymous && field.Type.Kind() == reflect.Struct:
			fieldsInto(p, prefix, v.Field(i))
		case !field.IsExported() || name == "" || name == "-":
		case field.Type.Kind() == reflect.Struct && field.Type != reflect.TypeFor[time.Time]():
			fieldsInto(p, prefix+name+" ", v.Field(i))
		default:
			if shown, ok := settingValue(v.Field(i)); ok {
				p.line(prefix+name, shown)
			}
		}
	}
}

// choice is a value of a setting that has its own type, such as "card".
var choice = compiled(`^[a-z_]{1,24}$`)

// settingValue is what a report shows of a setting; ok is false for nothing.
func settingValue(v reflect.Value) (shown string, ok bool) {
	switch v.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint, reflect.Uint64, reflect.Float64:
		return fmt.Sprint(v.Interface()), true
	case reflect.Slice, reflect.Map:
		return fmt.Sprintf("%d of them", v.Len()), true
	case reflect.String:
		text := v.String()
		if v.Type() != reflect.TypeFor[string]() && choice().MatchString(text) {
			return text, true
		}
		return given(text), true
	case reflect.Struct: // a moment
		if v.IsZero() {
			return given(""), true
		}
		return "set", true
	default:
		return "", false
	}
}

// blanks stand for whatever a condition names, so that its sentences can be shown
// without it.
func blanks() words.Args {
	args := words.Args{"Count": 2}
	for _, name := range conditionArgs {
		args[name] = "…"
	}
	return args
}

// conditionArgs are the names of all arguments of the sentences of conditions.
var conditionArgs = []string{
	"Beginning", "Credential", "Event", "Folders", "Host", "Missing", "Path", "Proxy", "Readings", "Reason", "Since", "State", "Time", "Types", "Variable",
}

// checksPage is the doctor's report: of what failed the sentences of its condition,
// with nothing filled in.
func checksPage(r *health.Report) string {
	if r == nil {
		return "Nothing was checked in this run. “Check everything” does that.\n"
	}
	var p page
	p.at("checked at", r.At)
	for _, f := range r.Findings {
		p.line("check "+allowed(f.Code), fmt.Sprintf("%s, %s", allowed(string(f.State)), f.Took.Round(time.Millisecond)))
		if f.State != health.Failed {
			continue
		}
		if f.Problem.Code == "" {
			p.line("", "worded by the vendor "+trouble(f.Problem.Details))
			continue
		}
		headline, cause, next := words.Condition(string(f.Problem.Code), blanks())
		p.line("", allowed(string(f.Problem.Code))+" "+trouble(f.Problem.Details))
		for _, sentence := range []words.Sentence{headline, cause, next} {
			if text := sentence.String(); text != "" { // which is English
				p.line("", text)
			}
		}
	}
	return p.String()
}
