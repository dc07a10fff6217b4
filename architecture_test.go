package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/version"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// module is the prefix of every import path of ours.
const module = "vastrelay"

// Limits of size. A file is a subject, mostly of 100 to 500 lines: one that
// outgrows these limits, or a function that does, is likely to be two things.
const (
	maxFileLines     = 700
	maxTestFileLines = 900
	maxFuncLines     = 60
)

// Limits of types: one that outgrows them is likely to hold two things. What a struct
// embeds of its own package counts as its own.
const (
	maxFields           = 14
	maxMethods          = 25
	maxInterfaceMethods = 6
)

// largeTypes may exceed one of these limits, for the reason given.
var largeTypes = map[string]string{
	"app/config.Settings": "the settings file, a member for each setting",
	"app/status.Status":   "the answer of /status",
	"relay.Counters":      "a number for each metric",
	"relay.Store":         "what the parts of relay ask of the store; each declares the part that it needs",
	"relay/store.line":    "a line of the exported file",
}

// longFunctions may exceed maxFuncLines, for the reason given.
var longFunctions = map[string]string{
	"relay/tunnel/ngrok/failure.go permanentWords": "a table of sentences, one for each reason",
	"app/health/conditions.go Conditions":          "a table with a line for each condition",
}

// topLevel is everything that may stand in the project's root. Dotfiles and
// what git ignores come in addition.
var topLevel = []string{
	"FyneApp.toml", "LICENSE", "Makefile", "README.md", "app", "architecture_test.go", "assets",
	"go.mod", "go.sum", "gui.go", "main.go", "nogui.go", "relay", "vastapi",
}

// pkg is what go list tells of one package of ours. Paths are import paths;
// those of ours lose the module's name: "relay/store", and "." for the root.
type pkg struct {
	Path    string
	Imports []string // of the program
	Tests   []string // of its tests
	Deps    []string // all that the program reaches through it
}

// within reports whether path is root or lies below it.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func withinAny(path string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return within(path, root) })
}

// local turns an import path into the form that pkg uses; ours says whether it
// is one of ours.
func local(path string) (short string, ours bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

// arrows says which packages of ours a package of ours may import. The first
// line whose from holds the importer decides; what it does not name is
// forbidden. Stand-ins have a rule of their own.
var arrows = []struct {
	from string
	may  func(from, to string) bool
	rule string
}{
	{"app/words", func(string, string) bool { return false }, "sentences know nothing of ours"},
	{"app/kinds", func(_, to string) bool { return withinAny(to, "app/status", "app/words") || to == "relay" }, "the names of types are words and plain values"},
	{"app/messages", func(_, to string) bool {
		return to == "app/kinds" || to == "app/words" || to == "relay" || to == "relay/googlechat"
	}, "the words of messages are words and what Google Chat asks for"},
	{"app/health", func(_, to string) bool { return to == "app/words" }, "health speaks in sentences and knows nothing else"},
	{"app/status", func(_, to string) bool {
		return withinAny(to, "app/health", "app/credentials", "app/build", "app/words") || to == "relay"
	}, "a snapshot is plain values"},
	{"app/credentials", func(_, to string) bool {
		return withinAny(to, "app/health", "app/secrets", "app/words") || to == "relay"
	}, "credentials are kept, not checked"},
	{"app/checks", func(_, to string) bool {
		return withinAny(to, "app/health", "app/kinds", "app/words", "app/secrets", "app/webhooks", "app/reach", "vastapi") ||
			slices.Contains([]string{"relay", "relay/googlechat", "relay/tunnel"}, to)
	}, "a check is a function of its inputs"},
	{"app/diagnostics", func(_, to string) bool {
		return withinAny(to, "app/build", "app/config", "app/datadir", "app/health", "app/status", "app/words") || to == "relay"
	}, "a report is made of plain values and the log"},
	{"app/timeline", func(_, to string) bool { return to == "app/words" || to == "relay" }, "a timeline is words and plain values"},
	{"app/desktop/autostart", func(_, to string) bool { return to == "app/status" }, "the entry at login is a file, and plain values"},
	{"app/proxy", func(_, to string) bool { return to == "app/status" || to == "relay" }, "the proxy knows no settings"},
	{"app/updates", func(_, to string) bool { return to == "app/datadir" || to == "app/status" || to == "relay" }, "looking for newer versions knows nothing of what the program does"},
	{"app/logging", func(_, to string) bool { return to == "app/datadir" || to == "relay/redact" }, "the log knows nothing of what is logged"},
	{"app/lastrun", func(_, to string) bool { return withinAny(to, "app/datadir", "app/status") }, "how a run ended is in files"},
	{"app/replay", func(_, to string) bool { return to == "app/words" || to == "relay" }, "a command is made from an event alone"},
	{"app/banners/notify", func(_, to string) bool { return to == "app/sessionbus" }, "a notification is text, whatever it is about"},
	{"app/banners", func(_, to string) bool {
		return withinAny(to, "app/banners", "app/config", "app/health", "app/kinds", "app/status", "app/words") || to == "relay"
	}, "notifications are decided from the snapshot and the events"},
	{"app/control", func(string, string) bool { return false }, "the socket knows nothing of what is asked over it"},
	{"app/commands", func(_, to string) bool {
		return withinAny(to, "app/control", "app/status", "app/timeline", "app/health", "app/kinds", "app/words", "app/checks", "app/config", "app/datadir", "app/diagnostics") || to == "relay"
	}, "commands know what the program can do by interfaces"},
	{"app/manual", func(_, to string) bool { return to == "app" || to == "app/build" }, "the manual is made from the command line of the program"},
	{"app/heartbeat", func(_, to string) bool {
		return withinAny(to, "app/health", "app/status", "app/words") || to == "relay"
	}, "the heartbeat follows the status and knows nothing of what makes it"},
	{"app/restart", func(string, string) bool { return false }, "the program's file and the zone are the system's"},
	{"app/systemd", func(_, to string) bool { return withinAny(to, "app/health", "app/status") || to == "relay" }, "the service manager is told the status"},
	{"app/gaps", func(_, to string) bool {
		return withinAny(to, "app/status", "app/health", "app/datadir", "vastapi") || to == "relay" || to == "relay/intake"
	}, "gaps are read from snapshots, and what was missed from Vast.ai"},
	{"app/link", func(_, to string) bool {
		return withinAny(to, "app/health", "app/words", "app/checks", "app/credentials") || to == "relay" || to == "relay/tunnel"
	}, "a link is plain values"},
	{"app/proofs", func(_, to string) bool { return to == "app/datadir" }, "proofs are moments and hashes"},
	{"app/catalogue", func(_, to string) bool {
		return withinAny(to, "app/kinds", "app/status", "app/words", "vastapi") || to == "relay"
	}, "the catalogue groups what Vast.ai lists"},
	{"app/sessionbus", func(string, string) bool { return false }, "the session bus knows nothing of ours"},
	{".", func(_, to string) bool {
		return to == "app" || to == "app/build" || to == "app/ui" || to == "app/ui/launch"
	}, "main knows the program, its version and the window, nothing else"},
	{"app/ui/kit", func(_, to string) bool { return withinAny(to, "app/health", "app/words") || to == "relay" }, "widgets know how problems and steps read, and nothing of events"},
	{"app/ui/cards", func(_, to string) bool {
		return withinAny(to, "app/ui/kit", "app/health", "app/credentials", "app/config", "app/words") || to == "relay/tunnel"
	}, "cards know credentials and what needs them, and no window"},
	{"app/ui/settings", func(_, to string) bool {
		return to == "relay" || to == "relay/tunnel" || withinAny(to, "app/ui/kit", "app/ui/cards", "app/health", "app/status",
			"app/credentials", "app/config", "app/diagnostics", "app/kinds", "app/words", "app/ui/shortcuts")
	}, "the settings know no other window"},
	{"app/ui/shortcuts", func(_, to string) bool { return withinAny(to, "app/ui/kit", "app/words") }, "the list of keys knows widgets and words"},
	{"app/ui/licences", func(_, to string) bool {
		return withinAny(to, "app/ui/kit", "app/ui/shortcuts", "app/words", "assets/licences")
	}, "the licences know widgets, and no other window"},
	{"app/ui/events", func(_, to string) bool {
		return to == "relay" || withinAny(to, "app/ui/kit", "app/ui/activity", "app/health", "app/kinds", "app/status", "app/timeline", "app/replay", "app/words")
	}, "the events know widgets and the snapshot, and no window"},
	{"app/bridge/counts", func(_, to string) bool { return to == "app/backlog" || to == "app/status" || to == "relay" }, "counts are plain values, told to who asked"},
	{"app/bridge/passes", func(string, string) bool { return false }, "what is asked for is told by who asks"},
	{"app/backlog", func(_, to string) bool { return to == "app/status" }, "a backlog is numbers, and how they are shown"},
	{"app/ui/activity", func(_, to string) bool {
		return to == "relay" || withinAny(to, "app/ui/kit", "app/config", "app/status", "app/words")
	}, "the picture of activity knows widgets and the snapshot, and no window"},
	{"app/ui/notes", func(_, to string) bool {
		return withinAny(to, "app/ui/kit", "app/health", "app/status", "app/words")
	}, "notes know widgets and the snapshot, and no window"},
	{"app/ui/setup", func(_, to string) bool {
		return withinAny(to, "app/ui/kit", "app/ui/cards", "app/health", "app/status", "app/words")
	}, "the set-up knows credentials by their cards, and no window"},
	{"app/ui/webhooks", func(_, to string) bool {
		return to == "relay" || withinAny(to, "app/ui/kit", "app/health", "app/kinds", "app/status", "app/words")
	}, "the panels about webhooks know widgets and the snapshot, and no window"},
	{"app/ui", func(from, to string) bool {
		return to == "relay" || to == "relay/tunnel" || withinAny(to, "app/ui", "app/health", "app/kinds", "app/status", "app/credentials", "app/build", "app/config",
			"app/sessionbus", "app/words", "assets") ||
			from == "app/ui/launch" && (to == "app/datadir" || to == "app/banners")
	}, "windows render snapshots: no network, no keyring, no store"},
	{"app/datadir", func(string, string) bool { return false }, "the data folder knows files and nothing of what is in them"},
	{"app/config", func(_, to string) bool { return to == "app/datadir" || to == "relay" || to == "relay/tunnel" }, "settings know the fields of tunnels, and no vendor"},
	{"app", func(from, to string) bool {
		if to == "app" || within(to, "app/ui") || from != "app" && strings.HasPrefix(to, "relay/tunnel/") {
			return false
		}
		return withinAny(to, "app", "relay", "vastapi", "assets")
	}, "app and its parts know no window; its parts know neither app nor a vendor of tunnels"},
	{"relay/store/database", func(_, to string) bool { return to == "relay" }, "the database file knows nothing of the tables"},
	{"relay/store/journal", func(_, to string) bool { return to == "relay" || to == "relay/store/database" }, "the journal asks the tables through an interface"},
	{"relay/store/fulltext", func(_, to string) bool { return to == "relay/store/database" }, "the index knows texts and no events"},
	{"relay/redact", func(_, to string) bool { return to == "relay" }, "redaction knows texts and secrets, and no adapter"},
	{"relay/store", func(_, to string) bool { return to == "relay" || within(to, "relay/store") }, "the store knows relay and its own parts"},
	{"relay", func(from, to string) bool {
		return from != "relay" && (to == "relay" || to == "relay/redact" || within(from, to))
	}, "relay imports nothing of ours, and its parts know relay, redaction and not each other"},
	{"vastapi", func(from, to string) bool { return from != "vastapi" && to == "vastapi" }, "vastapi knows nothing of the rest"},
	{"assets/licences/collect", func(_, to string) bool { return to == "assets/licences" }, "what collects licences knows their form alone"},
	{"assets", func(string, string) bool { return false }, "assets imports nothing of ours"},
}

// standIns are servers that behave like an outside system, with the packages of
// the program that may use them. Tests and other stand-ins may as well.
var standIns = map[string][]string{
	"vastapi/vasttest":                         {"app/demo"},
	"relay/googlechat/chattest":                {"app/demo"},
	"relay/tunnel/ngrok/ngroktest":             {},
	"relay/tunnel/tunneltest":                  {},
	"relay/winetest":                           {},
	"relay/tunnel/tunnelmole/moletest":         {},
	"relay/tunnel/cloudflared/cloudflaredtest": {},
	"app/sessionbus/bustest":                   {},
	"app/ui/tray/traytest":                     {},
	"app/ui/kit/kittest":                       {},
	"app/ui/uitest":                            {},
}

// owners says who may import what is foreign. Each line holds for tests too
// where alsoTests is set.
var owners = []struct {
	library   string
	exactly   bool // only this package of the library, not those below it
	owners    []string
	alsoTests bool
}{
	{library: "fyne.io", owners: []string{"app/ui"}, alsoTests: true},
	{library: "fyne.io/fyne/v2/app", exactly: true, owners: []string{"app/ui/launch"}, alsoTests: true},
	{library: "fyne.io/systray", owners: []string{"app/ui/launch"}, alsoTests: true},
	{library: "github.com/go-gl", owners: []string{"app/ui/launch"}, alsoTests: true},
	{library: "github.com/zalando/go-keyring", owners: []string{"app/secrets"}},
	{library: "golang.ngrok.com", owners: []string{"relay/tunnel/ngrok"}},
	{library: "github.com/coder/websocket", owners: []string{"relay/tunnel/tunnelmole"}, alsoTests: true},
	{library: "github.com/coreos/go-systemd", owners: []string{"app/systemd"}, alsoTests: true},
	{library: "modernc.org", owners: []string{"relay/store/database"}},
	{library: "github.com/nicksnyder/go-i18n", owners: []string{"app/words"}, alsoTests: true},
	{library: "github.com/jeandeaual/go-locale", owners: []string{"app/words"}, alsoTests: true},
	{library: "github.com/jeandeaual/go-locale", owners: []string{"app/words"}, alsoTests: true},
	{library: "github.com/spf13", owners: []string{"app/commands", "app/manual", "app"}},
	{library: "github.com/prometheus", owners: []string{"app/metrics"}},
	{library: "golang.org/x/mod", owners: []string{"app/updates"}},
	{library: "golang.org/x/sys/windows/registry", owners: []string{"app/desktop/autostart", "app/banners/notify"}},
}

// violations returns one sentence for each forbidden edge of the graph.
func violations(graph []pkg, headless bool) []string {
	var found []string
	for _, p := range graph {
		for _, to := range p.Imports {
			found = append(found, badArrow(p.Path, to)...)
			found = append(found, badOwner(p.Path, to, false)...)
		}
		for _, to := range p.Tests {
			found = append(found, badOwner(p.Path, to, true)...)
		}
		windowed := within(p.Path, "app/ui") || p.Path == "." && !headless
		if i := slices.IndexFunc(p.Deps, func(d string) bool { return within(d, "fyne.io") }); i >= 0 && !windowed {
			found = append(found, fmt.Sprintf("%s reaches %s: only windows may reach the toolkit", p.Path, p.Deps[i]))
		}
	}
	return found
}

// badArrow judges an import between two packages of ours.
func badArrow(from, path string) []string {
	to, ours := local(path)
	if !ours {
		return nil
	}
	_, fromStandIn := standIns[from]
	if users, ok := standIns[to]; ok && !fromStandIn && !slices.Contains(users, from) {
		return []string{fmt.Sprintf("%s imports the stand-in %s: only tests and %v may", from, to, users)}
	}
	for _, line := range arrows {
		if !within(from, line.from) {
			continue
		}
		if line.may(from, to) || fromStandIn {
			return nil
		}
		return []string{fmt.Sprintf("%s imports %s: %s", from, to, line.rule)}
	}
	return []string{fmt.Sprintf("%s lies outside of the layout", from)}
}

// badOwner judges the import of a library.
func badOwner(from, to string, test bool) []string {
	var found []string
	for _, line := range owners {
		if test && !line.alsoTests || withinAny(from, line.owners...) {
			continue
		}
		if to == line.library || !line.exactly && within(to, line.library) {
			found = append(found, fmt.Sprintf("%s imports %s: only %v may", from, to, line.owners))
		}
	}
	return found
}

// load lists the packages of ours as they are built for a system and a set of
// tags. Nothing is compiled.
func load(t *testing.T, goos, tags string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-tags", tags,
		"-json=ImportPath,Imports,TestImports,XTestImports,Deps", "./...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var graph []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var listed struct {
			ImportPath                               string
			Imports, TestImports, XTestImports, Deps []string
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return graph
		} else if err != nil {
			t.Fatalf("read the answer of go list: %v", err)
		}
		path, _ := local(listed.ImportPath)
		graph = append(graph, pkg{
			Path: path, Imports: listed.Imports, Deps: listed.Deps,
			Tests: append(listed.TestImports, listed.XTestImports...),
		})
	}
}

func TestImportsFollowTheLayout(t *testing.T) {
	for _, goos := range []string{"linux", "windows", "darwin"} {
		for _, tags := range []string{"", "headless"} {
			t.Run(strings.TrimSpace(goos+" "+tags), func(t *testing.T) {
				t.Parallel()
				graph := load(t, goos, tags)
				if len(graph) < 5 {
					t.Fatalf("go list found %d packages, want the whole program", len(graph))
				}
				for _, sentence := range violations(graph, tags == "headless") {
					t.Error(sentence)
				}
			})
		}
	}
}

// TestForbiddenEdgesAreFound proves that each rule can fail, and that what the
// layout allows passes.
func TestForbiddenEdgesAreFound(t *testing.T) {
	const fyne = "fyne.io/fyne/v2"
	for name, tc := range map[string]struct {
		from, to string
		fromTest bool
		want     string // part of the sentence; empty: allowed
	}{
		"main may import app":                           {from: ".", to: "vastrelay/app"},
		"main may import the window":                    {from: ".", to: "vastrelay/app/ui/launch"},
		"main may not import the domain":                {from: ".", to: "vastrelay/relay", want: ". imports relay"},
		"app may import the bridge":                     {from: "app", to: "vastrelay/app/bridge"},
		"app may not import a window":                   {from: "app", to: "vastrelay/app/ui", want: "app imports app/ui"},
		"a part of app may not import app":              {from: "app/bridge", to: "vastrelay/app", want: "app/bridge imports app"},
		"windows may import the snapshot":               {from: "app/ui/tray", to: "vastrelay/app/status"},
		"events may import what became of them":         {from: "app/ui/events", to: "vastrelay/app/timeline"},
		"other windows may not":                         {from: "app/ui/tray", to: "vastrelay/app/timeline", want: "app/ui/tray imports app/timeline"},
		"a timeline may not import the window":          {from: "app/timeline", to: "vastrelay/app/ui/kit", want: "app/timeline imports app/ui/kit"},
		"windows may not import the bridge":             {from: "app/ui/tray", to: "vastrelay/app/bridge", want: "app/ui/tray imports app/bridge"},
		"the names of types may not import a window":    {from: "app/kinds", to: "vastrelay/app/ui/kit", want: "app/kinds imports app/ui/kit"},
		"the words of messages may not import settings": {from: "app/messages", to: "vastrelay/app/config", want: "app/messages imports app/config"},
		"googlechat is given its words":                 {from: "relay/googlechat", to: "vastrelay/app/words", want: "relay/googlechat imports app/words"},
		"health may not import the snapshot":            {from: "app/health", to: "vastrelay/app/status", want: "app/health imports app/status"},
		"a snapshot may not import the bridge":          {from: "app/status", to: "vastrelay/app/bridge", want: "app/status imports app/bridge"},
		"gaps may import the snapshot":                  {from: "app/gaps", to: "vastrelay/app/status"},
		"gaps may not import the bridge":                {from: "app/gaps", to: "vastrelay/app/bridge", want: "app/gaps imports app/bridge"},
		"widgets may import the words of problems":      {from: "app/ui/kit", to: "vastrelay/app/health"},
		"widgets may not import the snapshot":           {from: "app/ui/kit", to: "vastrelay/app/status", want: "app/ui/kit imports app/status"},
		"cards may import widgets":                      {from: "app/ui/cards", to: "vastrelay/app/ui/kit"},
		"cards may not import a window":                 {from: "app/ui/cards", to: "vastrelay/app/ui/settings", want: "app/ui/cards imports app/ui/settings"},
		"the settings may import cards":                 {from: "app/ui/settings", to: "vastrelay/app/ui/cards"},
		"the settings may not import other windows":     {from: "app/ui/settings", to: "vastrelay/app/ui", want: "app/ui/settings imports app/ui"},
		"the events may import the snapshot":            {from: "app/ui/events", to: "vastrelay/app/status"},
		"the events may not import a window":            {from: "app/ui/events", to: "vastrelay/app/ui/settings", want: "app/ui/events imports app/ui/settings"},
		"the settings may not import the events":        {from: "app/ui/settings", to: "vastrelay/app/ui/events", want: "app/ui/settings imports app/ui/events"},
		"the set-up may import cards":                   {from: "app/ui/setup", to: "vastrelay/app/ui/cards"},
		"the set-up may not import the settings":        {from: "app/ui/setup", to: "vastrelay/app/ui/settings", want: "app/ui/setup imports app/ui/settings"},
		"the set-up may not import its window":          {from: "app/ui/setup", to: "vastrelay/app/ui", want: "app/ui/setup imports app/ui"},
		"panels about webhooks may import widgets":      {from: "app/ui/webhooks", to: "vastrelay/app/ui/kit"},
		"and may not import what changes webhooks":      {from: "app/ui/webhooks", to: "vastrelay/app/webhooks", want: "app/ui/webhooks imports app/webhooks"},
		"widgets may not import a window":               {from: "app/ui/kit", to: "vastrelay/app/ui", want: "app/ui/kit imports app/ui"},
		"windows may not import the keyring":            {from: "app/ui", to: "vastrelay/app/secrets", want: "app/ui imports app/secrets"},
		"windows may not import the store":              {from: "app/ui", to: "vastrelay/relay/store", want: "app/ui imports relay/store"},
		"relay may not import its parts":                {from: "relay", to: "vastrelay/relay/store", want: "relay imports relay/store"},
		"relay may not import app":                      {from: "relay", to: "vastrelay/app/config", want: "relay imports app/config"},
		"relay may not import vastapi":                  {from: "relay", to: "vastrelay/vastapi", want: "relay imports vastapi"},
		"relay may not count with Prometheus":           {from: "relay", to: "github.com/prometheus/client_golang/prometheus", want: "only [app/metrics]"},
		"parts of relay may import relay":               {from: "relay/store", to: "vastrelay/relay"},
		"parts of relay may not import each other":      {from: "relay/store", to: "vastrelay/relay/googlechat", want: "relay/store imports relay/googlechat"},
		"parts of relay may import redaction":           {from: "relay/googlechat", to: "vastrelay/relay/redact"},
		"redaction may not import an adapter":           {from: "relay/redact", to: "vastrelay/relay/googlechat", want: "relay/redact imports relay/googlechat"},
		"relay may not import redaction":                {from: "relay", to: "vastrelay/relay/redact", want: "relay imports relay/redact"},
		"the outbox may not import the intake":          {from: "relay/outbox", to: "vastrelay/relay/intake", want: "relay/outbox imports relay/intake"},
		"the intake may not import the store":           {from: "relay/intake", to: "vastrelay/relay/store", want: "relay/intake imports relay/store"},
		"vastapi may not import relay":                  {from: "vastapi", to: "vastrelay/relay", want: "vastapi imports relay"},
		"assets may not import anything of ours":        {from: "assets", to: "vastrelay/relay", want: "assets imports relay"},
		"the socket may not import the bridge":          {from: "app/control", to: "vastrelay/app/bridge", want: "app/control imports app/bridge"},
		"commands may import the socket":                {from: "app/commands", to: "vastrelay/app/control"},
		"commands may not import the bridge":            {from: "app/commands", to: "vastrelay/app/bridge", want: "app/commands imports app/bridge"},
		"commands may not import the store":             {from: "app/commands", to: "vastrelay/relay/store", want: "app/commands imports relay/store"},
		"the manual may import the program":             {from: "app/manual", to: "vastrelay/app"},
		"the manual may not import its parts":           {from: "app/manual", to: "vastrelay/app/commands", want: "app/manual imports app/commands"},
		"the demo may import stand-ins":                 {from: "app/demo", to: "vastrelay/vastapi/vasttest"},
		"the demo may not import the ngrok stand-in":    {from: "app/demo", to: "vastrelay/relay/tunnel/ngrok/ngroktest", want: "stand-in relay/tunnel/ngrok/ngroktest"},
		"the program may not import stand-ins":          {from: "app/bridge", to: "vastrelay/vastapi/vasttest", want: "stand-in vastapi/vasttest"},
		"tests may import stand-ins":                    {from: "app/bridge", to: "vastrelay/vastapi/vasttest", fromTest: true},
		"stand-ins may import each other":               {from: "vastapi/vasttest", to: "vastrelay/relay/googlechat/chattest"},
		"windows may import the toolkit":                {from: "app/ui", to: fyne},
		"a report may not import the keyring":           {from: "app/diagnostics", to: "vastrelay/app/secrets", want: "app/diagnostics imports app/secrets"},
		"a report may not import the store":             {from: "app/diagnostics", to: "vastrelay/relay/store", want: "app/diagnostics imports relay/store"},
		"the settings may import a report":              {from: "app/ui/settings", to: "vastrelay/app/diagnostics"},
		"the settings may import the list of keys":      {from: "app/ui/settings", to: "vastrelay/app/ui/shortcuts"},
		"which may not import the settings":             {from: "app/ui/shortcuts", to: "vastrelay/app/ui/settings", want: "app/ui/shortcuts imports app/ui/settings"},
		"the licences may not import the settings":      {from: "app/ui/licences", to: "vastrelay/app/ui/settings", want: "app/ui/licences imports app/ui/settings"},
		"other windows may not import one":              {from: "app/ui/events", to: "vastrelay/app/diagnostics", want: "app/ui/events imports app/diagnostics"},
		"app may not import the toolkit":                {from: "app", to: fyne, want: "app imports " + fyne},
		"tests of app may not import the toolkit":       {from: "app", to: fyne + "/test", fromTest: true, want: "app imports " + fyne},
		"windows may not import the driver":             {from: "app/ui", to: fyne + "/app", want: "only [app/ui/launch]"},
		"the launcher may import the driver":            {from: "app/ui/launch", to: fyne + "/app"},
		"newer versions know no settings":               {from: "app/updates", to: "vastrelay/app/config", want: "knows nothing of what the program does"},
		"few may import the registry":                   {from: "app/reach", to: "golang.org/x/sys/windows/registry", want: "only [app/desktop/autostart app/banners/notify]"},
		"the launcher may import notifications":         {from: "app/ui/launch", to: "vastrelay/app/banners"},
		"windows may not import notifications":          {from: "app/ui", to: "vastrelay/app/banners", want: "app/ui imports app/banners"},
		"showing one may not know what it is about":     {from: "app/banners/notify", to: "vastrelay/app/status", want: "a notification is text"},
		"notifications may not know the store":          {from: "app/banners", to: "vastrelay/relay/store", want: "from the snapshot and the events"},
		"the login may not import the data folder":      {from: "app/desktop/autostart", to: "vastrelay/app/datadir", want: "a file, and plain values"},
		"only secrets may import the keyring":           {from: "app/bridge", to: "github.com/zalando/go-keyring", want: "only [app/secrets]"},
		"only tunnels may import ngrok":                 {from: "app", to: "golang.ngrok.com/ngrok/v2", want: "only [relay/tunnel/ngrok]"},
		"the ngrok stand-in may import ngrok":           {from: "relay/tunnel/ngrok/ngroktest", to: "golang.ngrok.com/muxado/v2"},
		"the tunnel's contract may not import one":      {from: "relay/tunnel", to: "vastrelay/relay/tunnel/ngrok", want: "relay/tunnel imports relay/tunnel/ngrok"},
		"own addresses may not import ngrok":            {from: "relay/tunnel/ownurl", to: "vastrelay/relay/tunnel/ngrok", want: "relay/tunnel/ownurl imports relay/tunnel/ngrok"},
		"the data folder may not import settings":       {from: "app/datadir", to: "vastrelay/app/config", want: "app/datadir imports app/config"},
		"settings may import the data folder":           {from: "app/config", to: "vastrelay/app/datadir"},
		"windows may not import the data folder":        {from: "app/ui", to: "vastrelay/app/datadir", want: "app/ui imports app/datadir"},
		"the launcher may import the data folder":       {from: "app/ui/launch", to: "vastrelay/app/datadir"},
		"sentences may not import anything of ours":     {from: "app/words", to: "vastrelay/relay", want: "app/words imports relay"},
		"only sentences may import the translator":      {from: "app", to: "github.com/nicksnyder/go-i18n/v2/i18n", want: "only [app/words]"},
		"only the database file may import SQLite":      {from: "relay/store", to: "modernc.org/sqlite", want: "only [relay/store/database]"},
		"the store may import its parts":                {from: "relay/store", to: "vastrelay/relay/store/database"},
		"the database file may not import the store":    {from: "relay/store/database", to: "vastrelay/relay/store", want: "knows nothing of the tables"},
		"the journal may import the database file":      {from: "relay/store/journal", to: "vastrelay/relay/store/database"},
		"the journal may not import the store":          {from: "relay/store/journal", to: "vastrelay/relay/store", want: "asks the tables through an interface"},
		"the search index may not know the domain":      {from: "relay/store/fulltext", to: "vastrelay/relay", want: "the index knows texts and no events"},
		"a new top-level package is outside":            {from: "internal/x", to: "vastrelay/relay", want: "outside of the layout"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pkg{Path: tc.from, Imports: []string{tc.to}}
			if tc.fromTest {
				p = pkg{Path: tc.from, Tests: []string{tc.to}}
			}
			got := strings.Join(violations([]pkg{p}, false), "\n")
			if tc.want == "" && got != "" {
				t.Errorf("allowed, but found %q", got)
			}
			if tc.want != "" && !strings.Contains(got, tc.want) {
				t.Errorf("found %q, want a sentence with %q", got, tc.want)
			}
		})
	}
}

func TestTheToolkitIsFoundHoweverFar(t *testing.T) {
	graph := []pkg{{Path: ".", Deps: []string{"fmt", "fyne.io/fyne/v2/widget"}}}
	if got := violations(graph, false); len(got) != 0 {
		t.Errorf("the desktop program may reach the toolkit, but found %q", got)
	}
	if got := violations(graph, true); len(got) != 1 {
		t.Errorf("the headless program reaches the toolkit: found %q, want one sentence", got)
	}
}

// sources returns every Go file of the project, as slash-separated paths.
func sources(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			name := entry.Name()
			if path != "." && (strings.HasPrefix(name, ".") || slices.Contains([]string{"build", "dist", "testdata"}, name)) {
				return filepath.SkipDir
			}
		case strings.HasSuffix(path, ".go"):
			files = append(files, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	for _, path := range sources(t) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, sentence := range oversized(t, path, content) {
			t.Error(sentence)
		}
	}
}

// oversized returns a sentence for the file and for each function that is too
// long. Tests may have long tables, so their functions are not measured.
func oversized(t *testing.T, path string, content []byte) []string {
	t.Helper()
	limit, isTest := maxFileLines, strings.HasSuffix(path, "_test.go")
	if isTest {
		limit = maxTestFileLines
	}
	var found []string
	if n := bytes.Count(content, []byte("\n")); n > limit {
		found = append(found, fmt.Sprintf("%s has %d lines, want at most %d: split it by what it is about", path, n, limit))
	}
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, path, content, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || isTest {
			continue
		}
		start, end := positions.Position(function.Pos()), positions.Position(function.End())
		_, excused := longFunctions[path+" "+function.Name.Name]
		if n := end.Line - start.Line + 1; n > maxFuncLines && !excused {
			found = append(found, fmt.Sprintf("%s: %s has %d lines, want at most %d", start, function.Name.Name, n, maxFuncLines))
		}
	}
	return found
}

func TestOversizeIsFound(t *testing.T) {
	long := "package p\n\nfunc f() {\n" + strings.Repeat("\tg()\n", maxFileLines) + "}\n"
	if got := oversized(t, "p.go", []byte(long)); len(got) != 2 {
		t.Errorf("found %q, want one sentence for the file and one for its function", got)
	}
	if got := oversized(t, "p.go", []byte("package p\n\nfunc f() {}\n")); len(got) != 0 {
		t.Errorf("found %q in a small file", got)
	}
}

// typeSizes are the numbers of what the types of a program have, by the path of the
// package and the type's name.
type typeSizes struct {
	fields, methods, asked map[string]int // asked: the methods of an interface
	embedded               map[string][]string
}

func newTypeSizes() *typeSizes {
	return &typeSizes{map[string]int{}, map[string]int{}, map[string]int{}, map[string][]string{}}
}

// add counts what is declared in a file of that package, in the build of any system.
func (s *typeSizes) add(folder string, file *ast.File) {
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv != nil {
				s.methods[folder+"."+typeName(d.Recv.List[0].Type)]++
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					s.addType(folder, t)
				}
			}
		}
	}
}

func (s *typeSizes) addType(folder string, t *ast.TypeSpec) {
	name := folder + "." + t.Name.Name
	switch t := t.Type.(type) {
	case *ast.InterfaceType:
		s.asked[name] = t.Methods.NumFields()
	case *ast.StructType:
		s.fields[name] = t.Fields.NumFields()
		for _, f := range t.Fields.List {
			if of := typeName(f.Type); len(f.Names) == 0 && of != "" {
				s.embedded[name] = append(s.embedded[name], folder+"."+of)
			}
		}
	}
}

// typeName is the name of a type of the same package, or of what it points to; empty
// for any other.
func typeName(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	default:
		return ""
	}
}

// whole is what the type has together with all that it embeds.
func (s *typeSizes) whole(name string) (fields, methods int) {
	fields, methods = s.fields[name], s.methods[name]
	for _, of := range s.embedded[name] {
		f, m := s.whole(of)
		fields, methods = fields+f, methods+m
	}
	return fields, methods
}

// oversized returns a sentence for each type beyond a limit that has no excuse, and for
// each excuse that none needs.
func (s *typeSizes) oversized(excuses map[string]string) []string {
	large := map[string]string{}
	for name, n := range s.asked {
		if n > maxInterfaceMethods {
			large[name] = fmt.Sprintf("%d methods to implement, want at most %d", n, maxInterfaceMethods)
		}
	}
	for _, names := range []map[string]int{s.fields, s.methods} {
		for name := range names {
			switch fields, methods := s.whole(name); {
			case fields > maxFields:
				large[name] = fmt.Sprintf("%d fields, want at most %d", fields, maxFields)
			case methods > maxMethods:
				large[name] = fmt.Sprintf("%d methods, want at most %d", methods, maxMethods)
			}
		}
	}
	var found []string
	for name, size := range large {
		if excuses[name] == "" {
			found = append(found, name+" has "+size+": it is likely to be two things")
		}
	}
	for name := range excuses {
		if large[name] == "" {
			found = append(found, name+" is small: it needs no excuse")
		}
	}
	return found
}

func TestTypesStaySmall(t *testing.T) {
	sizes := newTypeSizes()
	for _, path := range sources(t) {
		folder := filepath.ToSlash(filepath.Dir(path))
		if _, isStandIn := standIns[folder]; isStandIn || strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		sizes.add(folder, file)
	}
	for _, sentence := range sizes.oversized(largeTypes) {
		t.Error(sentence)
	}
}

func TestLargeTypesAreFound(t *testing.T) {
	const half = "a, b, c, d, e, f, g, h int"
	for name, tc := range map[string]struct {
		source string
		want   int
	}{
		"a small struct":                       {"type s struct { " + half + " }", 0},
		"a struct with many fields":            {"type s struct { " + half + "; " + strings.ToUpper(half) + " }", 1},
		"a struct that embeds the other half":  {"type t struct { " + half + " }; type s struct { *t; " + strings.ToUpper(half) + " }", 1},
		"an interface that asks for much":      {"type i interface { a(); b(); c(); d(); e(); f(); g() }", 1},
		"a type with many methods":             {"type s int" + strings.Repeat("; func (s) m() {}", maxMethods+1), 1},
		"a type with as many as it may have":   {"type s int" + strings.Repeat("; func (*s) m() {}", maxMethods), 0},
		"a generic type with too many methods": {"type s[T any] struct{}" + strings.Repeat("; func (*s[T]) m() {}", maxMethods+1), 1},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := parser.ParseFile(token.NewFileSet(), "p.go", "package p; "+tc.source, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			sizes := newTypeSizes()
			sizes.add("p", file)
			if got := sizes.oversized(nil); len(got) != tc.want {
				t.Errorf("found %q, want %d", got, tc.want)
			}
		})
	}
	if got := newTypeSizes().oversized(map[string]string{"p.s": "a reason"}); len(got) != 1 {
		t.Errorf("found %q for an excuse of nothing, want one", got)
	}
}

// TestOneFileTalksToTheDispatcher keeps every other file free of the toolkit's
// threading: it is easy to get wrong and impossible to fake.
func TestOneFileTalksToTheDispatcher(t *testing.T) {
	const adapter = "app/ui/launch/adapter.go"
	users := map[string]bool{}
	for _, path := range sources(t) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "Do") && s.Sel.Name != "DoubleTappable" {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "fyne" {
					users[path] = true
				}
			}
			return true
		})
	}
	if !users[adapter] {
		t.Errorf("%s does not use the dispatcher: this test looks in the wrong place", adapter)
	}
	delete(users, adapter)
	for path := range users {
		t.Errorf("%s uses the toolkit's dispatcher: take the injected Post", path)
	}
}

func TestTheLauncherAndTheKeyringKnowTheSameProgram(t *testing.T) {
	content, err := os.ReadFile("FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	if want := []byte(`ID = "app.vastrelay.desktop"`); !bytes.Contains(content, want) {
		t.Errorf("FyneApp.toml lacks %s", want)
	}
}

// TestTheToolchainIsTheOneNamed fails for a build with an older Go than go.mod
// names: older ones trust certificate authorities that are compromised.
func TestTheToolchainIsTheOneNamed(t *testing.T) {
	content, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var named string
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, "toolchain "); ok {
			named = strings.TrimSpace(rest)
		}
	}
	if !version.IsValid(named) {
		t.Fatalf("go.mod names the toolchain %q", named)
	}
	if built := runtime.Version(); version.IsValid(built) && version.Compare(built, named) < 0 {
		t.Errorf("built by %s, and go.mod names %s: make asks for it, plain go with GOTOOLCHAIN=%s", built, named, named)
	}
}

func TestTheTopLevelIsClosed(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	ignored, _ := exec.CommandContext(t.Context(), "git", "status", "--ignored", "--porcelain").Output()
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") || slices.Contains(topLevel, name) ||
			bytes.Contains(ignored, []byte("!! "+name)) {
			continue
		}
		t.Errorf("%s stands at the top level, where nothing new goes", name)
	}
}

// pathInText finds a path of ours between backticks.
var pathInText = regexp.MustCompile("`((?:app|relay|vastapi|assets)(?:/[a-z0-9_./]+)?)`")

func TestDocumentsNameFilesThatExist(t *testing.T) {
	for _, document := range []string{"README.md", "relay/README.md"} {
		content, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range pathInText.FindAllSubmatch(content, -1) {
			if _, err := os.Stat(string(match[1])); err != nil {
				t.Errorf("%s names %s, which is not there", document, match[1])
			}
		}
	}
}

// TestEveryPackageHasItsRow holds the README's table of layers to the tree.
func TestEveryPackageHasItsRow(t *testing.T) {
	content, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := string(content)
	for _, path := range sources(t) {
		folder := filepath.ToSlash(filepath.Dir(path))
		testOnly := strings.HasSuffix(folder, "test") || folder == "."
		if !testOnly && !strings.Contains(rows, "`"+folder+"`") {
			t.Errorf("the README has no row for %s", folder)
		}
	}
}
