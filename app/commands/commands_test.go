package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/config"
	"vastrelay/app/control"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/winetest"
)

// folder is a data folder with a path short enough for a socket in it.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "commands")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// serve makes a running copy of p and returns its folder.
func serve(t *testing.T, p Program) string {
	t.Helper()
	winetest.Needs(t, winetest.LocalSockets)
	dir := folder(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- control.Serve(ctx, dir, control.Handlers{Commands: Handlers(p)}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for { // A socket is there only once it is listened at.
		conn, err := net.Dial("unix", filepath.Join(dir, "socket"))
		if err == nil {
			_ = conn.Close()
			return dir
		}
		time.Sleep(time.Millisecond)
	}
}

// programFlags are flags as the program has them.
func programFlags() *flag.FlagSet {
	set := flag.NewFlagSet("vastrelay", flag.ContinueOnError)
	set.Bool("headless", false, "run without a window")
	set.Bool("demo", false, "run against stand-ins")
	set.String("data-dir", "", "keep all data in this `folder`")
	return set
}

// result is what one command came to.
type result struct {
	code        int
	out, errors string
}

// run runs one command for the copy in the first of folders that has one.
func run(t *testing.T, folders []string, args ...string) result {
	t.Helper()
	return runAt(t, 0, folders, args...)
}

// runAt is run on a terminal with that many columns.
func runAt(t *testing.T, width int, folders []string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(t.Context(), Invocation{
		Args: args, Flags: programFlags(), Folders: func() ([]string, error) { return folders, nil }, Stdout: &out, Stderr: &errs, Width: width,
	})
	return result{code, out.String(), errs.String()}
}

// want fails the test unless r has that code, and its text each of the parts: of
// standard output after success, else of standard error.
func (r result) want(t *testing.T, code int, parts ...string) {
	t.Helper()
	text, silent := r.out, r.errors
	if code != ExitDone {
		text, silent = silent, text
	}
	if r.code != code || silent != "" {
		t.Errorf("got exit code %d, output %q and errors %q, want code %d and the other stream empty", r.code, r.out, r.errors, code)
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("got %q, want it to hold %q", text, part)
		}
	}
}

// decode reads the JSON that r printed.
func decode[T any](t *testing.T, r result, code int) (value T) {
	t.Helper()
	if r.code != code || r.errors != "" {
		t.Errorf("got exit code %d and errors %q, want code %d and nothing but JSON", r.code, r.errors, code)
	}
	if err := json.Unmarshal([]byte(r.out), &value); err != nil {
		t.Errorf("got %q: %v", r.out, err)
	}
	return value
}

// quiet is a program that does nothing.
func quiet() Program {
	d := &deeds{}
	return Program{
		History: manyEvents(1), Resender: d, Controls: d, Tests: d, Webhooks: d, Settings: d, Cleaner: d, Doctor: d, Gaps: gapsOf{deeds: d}, Paused: func() relay.Pause { return d.paused },
		Backlog: d.backlog, Diagnostics: reports{},
		Status: func() status.Status {
			return status.Status{Phase: status.Relaying, Headline: words.Verbatim("Relaying")}
		},
	}
}

// deeds are what a program was asked to do. It does none of it.
type deeds struct {
	done    []string
	paused  relay.Pause
	posts   int
	waiting int
	steps   []health.Step
	others  []status.Webhook
	unsure  bool // nobody has confirmed the settings
	found   health.Report
	err     error
}

func (d *deeds) Perform(_ context.Context, a health.Action) error { return d.did("%s", a) }

func (d *deeds) ForeignWebhooks(context.Context) ([]status.Webhook, error) { return d.others, d.err }

func (d *deeds) ReplaceWebhook(_ context.Context, id int64, keep bool) error {
	if keep {
		return d.did("replace %d, keeping its events", id)
	}
	return d.did("replace %d", id)
}

func (d *deeds) RestoreOurs(context.Context) error { return d.did("restore") }

func (d *deeds) TakeTheirs(context.Context) error { return d.did("take theirs") }

func (d *deeds) Settings() config.Settings { return config.Settings{Unconfirmed: d.unsure} }

func (d *deeds) CleanUp(_ context.Context, secrets, data bool, report func(health.Step)) error {
	return d.test(fmt.Sprintf("clean-up, secrets: %v, data: %v", secrets, data), report)
}

func (d *deeds) Examine(_ context.Context, report func(health.Step)) (health.Report, error) {
	return d.found, d.test("everything", report)
}

func (d *deeds) Text(health.Report) string { return "the report\n  of all checks\n" }

func (d *deeds) backlog(context.Context) (relay.Backlog, error) {
	return relay.Backlog{Count: d.waiting}, nil
}

func (d *deeds) did(format string, args ...any) error {
	d.done = append(d.done, fmt.Sprintf(format, args...))
	return d.err
}

func (d *deeds) Resend(_ context.Context, ids ...string) (int, error) {
	return d.posts, d.did("resend %s", strings.Join(ids, " "))
}

func (d *deeds) ResendDead(context.Context) (int, error) { return d.posts, d.did("resend the dead") }

func (d *deeds) PostAnyway(_ context.Context, id string) error { return d.did("post %s anyway", id) }

func (d *deeds) Pause(_ context.Context, until time.Time) error {
	err := d.did("pause for %v", time.Until(until).Round(time.Minute))
	if until.IsZero() {
		d.done[len(d.done)-1] = "pause"
	}
	return err
}

func (d *deeds) Resume(_ context.Context, keep bool) error { return d.did("resume, keep: %v", keep) }

func (d *deeds) TestFromVast(_ context.Context, report func(health.Step)) error {
	return d.test("vast", report)
}

func (d *deeds) TestToChat(_ context.Context, report func(health.Step)) error {
	return d.test("chat", report)
}

func (d *deeds) test(what string, report func(health.Step)) error {
	for _, s := range d.steps {
		report(s)
	}
	return d.did("test %s", what)
}

// doing is a program that does d, with those events.
func doing(d *deeds, h History) Program {
	p := withHistory(h)
	p.Resender, p.Controls, p.Tests, p.Webhooks, p.Settings, p.Paused = d, d, d, d, d, func() relay.Pause { return d.paused }
	p.Cleaner, p.Doctor, p.Gaps, p.Backlog = d, d, gapsOf{deeds: d}, d.backlog
	return p
}

// asking are the command lines of all commands that ask the running copy.
func asking() map[string][]string {
	return map[string][]string{
		"status":               {"status"},
		"doctor":               {"doctor"},
		"gaps":                 {"gaps"},
		"catch-up":             {"catch-up"},
		"events":               {"events"},
		"show":                 {"show", "00"},
		"export":               {"export", filepath.Join(os.TempDir(), "vastrelay-commands-test.csv")},
		"resend":               {"resend", "00"},
		"post-anyway":          {"post-anyway", "00"},
		"pause":                {"pause"},
		"resume":               {"resume"},
		"test":                 {"test", "vast"},
		"webhooks":             {"webhooks"},
		"webhooks switch-on":   {"webhooks", "switch-on"},
		"webhooks take-theirs": {"webhooks", "take-theirs"},
		"webhooks restore":     {"webhooks", "restore"},
		"webhooks replace":     {"webhooks", "replace", "1"},
		"webhooks confirm":     {"webhooks", "confirm"},
		"webhooks clean-up":    {"webhooks", "clean-up", "--yes"},
		"diagnostics":          {"diagnostics", "-"},
	}
}

func TestEveryCommandIsTested(t *testing.T) {
	lines := asking()
	for name := range Handlers(quiet()) {
		if len(lines[name]) == 0 {
			t.Errorf("the command %q has no command line in asking", name)
		}
	}
}

func TestCommandsWithoutARunningCopy(t *testing.T) {
	first, second := folder(t), folder(t)
	for name, line := range asking() {
		t.Run(name, func(t *testing.T) {
			run(t, []string{first, second}, line...).want(t, ExitNotRunning, "vastrelay: No running Vast Relay was found", first, second, "--data-dir")
			got := decode[failedAnswer](t, run(t, []string{first, second}, append(line, "--json")...), ExitNotRunning)
			if p := got.Error; p.Code != string(health.NotRunning) || len(p.Folders) != 2 || p.Headline == "" || p.Next == "" {
				t.Errorf("got %+v, want why and where", got)
			}
		})
	}
	t.Run("a folder in which this user may not look is named", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("root may look everywhere")
		}
		if runtime.GOOS == "windows" {
			t.Skip("the mode of a folder keeps nobody out on Windows")
		}
		closed := folder(t)
		if err := os.Chmod(closed, 0); err != nil {
			t.Fatal(err)
		}
		run(t, []string{closed}, "status").want(t, ExitNotRunning, "sudo")
	})
}

func TestFoldersOfWhichOneIsClosed(t *testing.T) {
	p := (&notRunningError{folders: []string{"/a", "/b"}, denied: []string{"/b"}}).problem()
	if !strings.Contains(p.Cause.String(), "/a and /b") || !strings.Contains(p.Next.String(), "may look into /b:") {
		t.Errorf("got %+v, want all folders, and the one where only others may look", p)
	}
}

func TestTheFirstFolderWithACopyIsAsked(t *testing.T) {
	dir := serve(t, quiet())
	run(t, []string{folder(t), dir}, "status").want(t, ExitDone, "Relaying")
}

func TestFoldersThatCannotBeNamed(t *testing.T) {
	var out, errs bytes.Buffer
	code := Run(t.Context(), Invocation{
		Args: []string{"status"}, Flags: programFlags(), Stdout: &out, Stderr: &errs,
		Folders: func() ([]string, error) {
			return nil, &datadir.Error{Cause: "The home folder is not known.", Next: "Name one."}
		},
	})
	if code != ExitWrongUse || errs.String() != "vastrelay: The home folder is not known. Name one.\n" {
		t.Errorf("got exit code %d, %q and %q, want the reason", code, out.String(), errs.String())
	}
}

func TestWrongUse(t *testing.T) {
	dir := serve(t, quiet())
	for name, tt := range map[string]struct {
		line []string
		says string
	}{
		"a command that is not there":              {[]string{"dance"}, `There is no command "dance". Run "vastrelay help"`},
		"a command with a slip":                    {[]string{"statsu"}, "did you mean status?"},
		"a flag that is not there":                 {[]string{"status", "--loud"}, "There is no flag --loud. Run"},
		"a short flag that is not there":           {[]string{"status", "-lx"}, "There is no flag -lx. Run"},
		"a flag without a name":                    {[]string{"status", "--=1"}, "There is no flag --=1. Run"},
		"a flag without its value":                 {[]string{"pause", "--for"}, "The flag --for needs a value. Run"},
		"a span that is none":                      {[]string{"pause", "--for", "5"}, "vastrelay: 5 is not a span of time: give one"},
		"a number that is none":                    {[]string{"events", "--limit", "many"}, `The flag --limit does not take "many". Run`},
		"an outcome that is none":                  {[]string{"export", "--outcome", "lost", "-"}, "vastrelay: lost is not an outcome: give one of posted"},
		"an argument too many":                     {[]string{"status", "now"}, "vastrelay status"},
		"help for a command that is not there":     {[]string{"help", "dance"}, `There is no command "dance"`},
		"completion for a shell that is not there": {[]string{"completion", "tcsh"}, "bash|zsh|fish"},
		"completion for no shell":                  {[]string{"completion"}, "bash|zsh|fish"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, []string{dir}, tt.line...)
			r.want(t, ExitWrongUse, tt.says)
			if strings.Count(r.errors, "\n") != 1 {
				t.Errorf("got %q, want one line", r.errors)
			}
		})
	}
}

// socket listens in a new data folder in place of a running copy, and answers each
// caller with answer.
func socket(t *testing.T, answer func(net.Conn)) (dir string) {
	t.Helper()
	winetest.Needs(t, winetest.LocalSockets)
	dir = folder(t)
	listener, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			answer(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-ended
	})
	return dir
}

func TestARunningCopyThatIsOfNoHelp(t *testing.T) {
	said := func(line string) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 1<<10))
			_, _ = io.WriteString(conn, line+"\n")
		}
	}
	for name, tt := range map[string]struct {
		answer func(net.Conn)
		code   health.Code
		says   string
	}{
		"it hangs up, as one without commands does": {func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1<<10)) }, health.CopyEnded, "has just stopped"},
		"it does not know the command":              {said(`{"failure":{"code":"unknown_command","headline":"x"}}`), health.CopyOtherVersion, "another version"},
		"it speaks another protocol":                {said(`{"failure":{"code":"other_protocol","headline":"x"}}`), health.CopyOtherVersion, "another version"},
		"it has too much to do":                     {said(`{"failure":{"code":"too_many_commands","headline":"x"}}`), health.CopyBusy, "busy"},
		"it fails":                                  {said(`{"failure":{"code":"disk_refuses","headline":"The disk refuses","next_step":"Make room"}}`), health.DiskRefuses, "The disk refuses. Make room."},
		"its words hold what a terminal obeys":      {said(`{"failure":{"code":"disk_refuses","headline":"red \u001b[31m\u009bmalert"}}`), health.DiskRefuses, "red alert"},
		"its result is something else":              {said(`{"result":[1,2]}`), health.CopyOtherVersion, "another version"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := socket(t, tt.answer)
			for command, line := range asking() {
				run(t, []string{dir}, line...).want(t, ExitFailed, tt.says)
				got := decode[failedAnswer](t, run(t, []string{dir}, append(line, "--json")...), ExitFailed)
				if got.Error.Code != string(tt.code) {
					t.Errorf("%s: got %+v, want the code %s", command, got, tt.code)
				}
			}
		})
	}
	t.Run("the socket is a file", func(t *testing.T) {
		dir := folder(t)
		if err := os.WriteFile(filepath.Join(dir, "socket"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, []string{dir}, "status").want(t, ExitFailed, "not your Vast Relay")
	})
}

func TestACommandThatIsInterruptedSaysNothing(t *testing.T) {
	dir := socket(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, context.Canceled)
	defer cancel()
	stopped, stop := context.WithCancel(t.Context())
	context.AfterFunc(ctx, stop)
	var out, errs bytes.Buffer
	code := Run(stopped, Invocation{
		Args: []string{"status"}, Flags: programFlags(), Folders: func() ([]string, error) { return []string{dir}, nil }, Stdout: &out, Stderr: &errs,
	})
	if code != ExitFailed || out.Len()+errs.Len() > 0 {
		t.Errorf("got exit code %d, %q and %q, want 1 and silence", code, out.String(), errs.String())
	}
}

// brokenPipe is a stream whose reader has gone.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestAReaderThatGoesAwayIsNoNews(t *testing.T) {
	dir := serve(t, quiet())
	var errs bytes.Buffer
	code := Run(t.Context(), Invocation{
		Args: []string{"status"}, Flags: programFlags(), Folders: func() ([]string, error) { return []string{dir}, nil }, Stdout: brokenPipe{}, Stderr: &errs,
	})
	if code != ExitFailed || errs.Len() > 0 {
		t.Errorf("got exit code %d and %q, want 1 and silence", code, errs.String())
	}
}

// TestHelp compares the help of every command with what it was. UPDATE_GOLDEN=1
// accepts what it is.
func TestHelp(t *testing.T) {
	var names []string
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		names = append(names, strings.TrimPrefix(c.CommandPath(), "vastrelay"))
		for _, below := range c.Commands() {
			visit(below)
		}
	}
	visit(Tree(programFlags()))
	for _, name := range names {
		t.Run("vastrelay"+name, func(t *testing.T) {
			words := strings.Fields(name)
			r := runAt(t, 80, nil, append([]string{"help"}, words...)...)
			r.want(t, ExitDone)
			if again := runAt(t, 80, nil, append(words, "--help")...); again != r {
				t.Errorf("--help: got %+v, want what help says: %+v", again, r)
			}
			golden := filepath.Join("testdata", "help", "vastrelay"+strings.ReplaceAll(name, " ", "-")+".txt")
			if os.Getenv("UPDATE_GOLDEN") == "1" {
				if err := os.WriteFile(golden, []byte(r.out), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden) // #nosec G304 -- the test's own
			if err != nil || r.out != string(want) {
				t.Errorf("got\n%s\nwant (%v)\n%s", r.out, err, want)
			}
			for line := range strings.Lines(r.out) {
				if n := columns(strings.TrimRight(line, "\n")); n > 80 && !strings.Contains(line, " > ") {
					t.Errorf("%q has %d columns, want at most 80", line, n)
				}
			}
		})
	}
}

func TestHelpWithWhatFollowsACommand(t *testing.T) {
	for _, line := range [][]string{{"test", "vast"}, {"completion", "bash"}, {"show", "abc"}} {
		if got, want := runAt(t, 80, nil, append([]string{"help"}, line...)...), runAt(t, 80, nil, "help", line[0]); got != want {
			t.Errorf("help %v: got %+v, want %+v", line, got, want)
		}
	}
}

func TestHelpShowsDefaultsWhateverWasGiven(t *testing.T) {
	var plain, given bytes.Buffer
	Help(Invocation{Flags: programFlags(), Stdout: &plain})
	flags := programFlags()
	if err := flags.Parse([]string{"--demo", "--data-dir", "/srv", "--headless"}); err != nil {
		t.Fatal(err)
	}
	Help(Invocation{Flags: flags, Stdout: &given})
	if given.String() != plain.String() || plain.Len() == 0 {
		t.Errorf("got\n%s\nwant\n%s", &given, &plain)
	}
}

// A script with a variable that is not set gives an empty value.
func TestEmptyValuesAreRefused(t *testing.T) {
	dir := serve(t, doing(&deeds{}, manyEvents(1)))
	for _, line := range [][]string{
		{"show", ""},
		{"resend", ""},
		{"post-anyway", ""},
		{"export", ""},
		{"diagnostics", ""},
		{"webhooks", "replace", ""},
		{"events", "--since", ""},
		{"events", "--outcome", ""},
		{"pause", "--for", ""},
	} {
		t.Run(strings.Join(line, " "), func(t *testing.T) {
			r := run(t, []string{dir}, line...)
			if r.want(t, ExitWrongUse); strings.Contains(r.errors, "vastrelay: is") {
				t.Errorf("got %q, want a sentence with a subject", r.errors)
			}
		})
	}
}

func TestHelpHoldsNoWordsOfTheLibrary(t *testing.T) {
	words.Use(words.Choose("de"))
	t.Cleanup(func() { words.Use(words.English()) })
	flags := programFlags()
	flags.String("log-level", "INFO", "protokollieren")
	for _, about := range []string{"", "events"} {
		var out bytes.Buffer
		Run(t.Context(), Invocation{Args: strings.Fields("help " + about), Flags: flags, Stdout: &out})
		if text := out.String(); !strings.Contains(text, "Optionen") || strings.Contains(text, "default") {
			t.Errorf("help %s: got\n%s\nwant it in German alone", about, text)
		}
	}
}

func TestJSONNamesFoldersInEnglish(t *testing.T) {
	words.Use(words.Choose("de"))
	t.Cleanup(func() { words.Use(words.English()) })
	for name, folders := range map[string][]string{"two": {folder(t), folder(t)}, "three": {folder(t), folder(t), folder(t)}} {
		r := run(t, folders, "status", "--json")
		if r.code != ExitNotRunning || strings.Contains(r.out, " und ") || !strings.Contains(r.out, " and ") {
			t.Errorf("%s: got %+v, want the sentence in English", name, r)
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		run(t, nil, "completion", shell).want(t, ExitDone, "vastrelay", "__complete")
	}
	for name, tt := range map[string]struct {
		line []string
		want string
	}{
		"the name of a command": {[]string{"sta"}, "status\t"},
		"a flag of a command":   {[]string{"status", "--js"}, "--json\t"},
		"a flag of the program": {[]string{"--head"}, "--headless\t"},
		"the name of a shell":   {[]string{"completion", ""}, "fish\n"},
		"help for a command":    {[]string{"help", "sta"}, "status\t"},
		"help for one below":    {[]string{"help", "webhooks", "sw"}, "switch-on\t"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := run(t, nil, append([]string{"__complete"}, tt.line...)...); !strings.Contains(r.out, tt.want) {
				t.Errorf("got %q, want %q in it", r.out, tt.want)
			}
		})
	}
}
