package cloudflared

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/redact"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/cloudflared/cloudflaredtest"
	"vastrelay/relay/tunnel/tunneltest"
)

// knowing is a redactor that knows the planted secret.
func knowing() *redact.Redactor {
	red := redact.NewMarked("[secret]")
	red.Add(relay.NewSecret(planted))
	return red
}

var lineCases = []struct {
	name, in string
	want     line
	signs    signs
}{
	{
		"a connection that was made",
		`{"level":"info","connIndex":0,"event":0,"ip":"198.51.100.7","location":"fra08","protocol":"http2","time":"2026-11-01T10:00:00Z","message":"Registered tunnel connection"}`,
		line{level: "info", message: "Registered tunnel connection", text: "Registered tunnel connection"},
		signs{},
	},
	{
		"a tunnel that is refused",
		`{"level":"error","error":"Unauthorized: Invalid tunnel secret","connIndex":0,"message":"Register tunnel error from server side"}`,
		line{level: "error", message: "Register tunnel error from server side", text: "Register tunnel error from server side: Unauthorized: Invalid tunnel secret"},
		signs{refusals: 1, trouble: "Register tunnel error from server side: Unauthorized: Invalid tunnel secret"},
	},
	{
		"a registration that failed for another reason",
		`{"level":"error","error":"context deadline exceeded","message":"Register tunnel error from server side"}`,
		line{level: "error", message: "Register tunnel error from server side", text: "Register tunnel error from server side: context deadline exceeded"},
		signs{trouble: "Register tunnel error from server side: context deadline exceeded"},
	},
	{
		"too many quick tunnels",
		`{"level":"error","error":"invalid character 'e'","status_code":"429 Too Many Requests","message":"Error unmarshaling QuickTunnel response: error code: 1015"}`,
		line{
			level: "error", message: "Error unmarshaling QuickTunnel response: error code: 1015",
			text: "Error unmarshaling QuickTunnel response: error code: 1015: invalid character 'e': 429 Too Many Requests",
		},
		signs{limited: true, trouble: "Error unmarshaling QuickTunnel response: error code: 1015: invalid character 'e': 429 Too Many Requests"},
	},
	{
		"another failure of the same service",
		`{"level":"error","status_code":"500 Internal Server Error","message":"Error unmarshaling QuickTunnel response: error code: 1101"}`,
		line{
			level: "error", message: "Error unmarshaling QuickTunnel response: error code: 1101",
			text: "Error unmarshaling QuickTunnel response: error code: 1101: 500 Internal Server Error",
		},
		signs{trouble: "Error unmarshaling QuickTunnel response: error code: 1101: 500 Internal Server Error"},
	},
	{"the end, in plain words", "Provided Tunnel token is not valid.", line{text: "Provided Tunnel token is not valid."}, signs{malformed: true, trouble: "Provided Tunnel token is not valid."}},
	{
		"an option that it does not know", "Incorrect Usage: flag provided but not defined: -output",
		line{text: "Incorrect Usage: flag provided but not defined: -output"},
		signs{tooOld: true, trouble: "Incorrect Usage: flag provided but not defined: -output"},
	},
	{"news without trouble", `{"level":"info","message":"Version 2026.9.1"}`, line{level: "info", message: "Version 2026.9.1", text: "Version 2026.9.1"}, signs{}},
	{"a secret", `{"level":"warn","message":"using ` + planted + `"}`, line{level: "warn", message: "using [secret]", text: "using [secret]"}, signs{trouble: "using [secret]"}},
	{"control characters", "{\"level\":\"warn\",\"message\":\"a\\u001b[31mb\\nc\"}", line{level: "warn", message: "ab c", text: "ab c"}, signs{trouble: "ab c"}},
	{"JSON of another kind", `{"level":7}`, line{text: `{"level":7}`}, signs{trouble: `{"level":7}`}},
	{"nothing", "", line{}, signs{}},
	{"an empty object", "{}", line{}, signs{}},
}

func TestParseLine(t *testing.T) {
	t.Parallel()
	for _, c := range lineCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := parseLine([]byte(c.in), knowing())
			if got != c.want {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
			var shown signs
			shown.note(got)
			if shown != c.signs {
				t.Errorf("got the signs %+v\nwant %+v", shown, c.signs)
			}
		})
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	refuses := exec.CommandContext(tunneltest.Within(t), cloudflaredtest.Install(t, cloudflaredtest.Behaviour{}).Path, "tunnel", "run") // #nosec G204 -- the test binary itself
	refuses.Env = []string{}                                                                                                            // without a token
	exit := refuses.Run()
	for name, c := range map[string]struct {
		shown  signs
		named  bool
		reason string // empty: it passes
		says   string
	}{
		"a token that it cannot read":          {signs{malformed: true, trouble: "x"}, true, ReasonTokenMalformed, ""},
		"an option that it does not know":      {signs{tooOld: true, trouble: "usage"}, false, ReasonExecutableTooOld, ""},
		"a named tunnel that was refused":      {signs{refusals: 1, trouble: "Unauthorized"}, true, ReasonTokenRefused, ""},
		"a quick tunnel that was refused":      {signs{refusals: 1, trouble: "Unauthorized"}, false, "", "cloudflared ended (exit status 255): Unauthorized"},
		"some trouble":                         {signs{trouble: "no such host"}, true, "", "cloudflared ended (exit status 255): no such host"},
		"an end without a word":                {signs{}, false, "", "cloudflared ended (exit status 255)"},
		"an end that comes of asking too much": {signs{limited: true, trouble: "429"}, false, "", "429"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := classify(c.shown, exit, c.named)
			switch {
			case c.reason != "" && (got.permanent == nil || got.permanent.Reason != c.reason):
				t.Errorf("got %+v, want reason %s", got, c.reason)
			case c.reason == "" && (got.permanent != nil || !strings.Contains(got.err.Error(), c.says) || got.limited != c.shown.limited):
				t.Errorf("got %+v, want %q", got, c.says)
			}
		})
	}
}

func TestNotStarted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		goos   string
		passes bool
	}{
		"no process is left":                               {syscall.EAGAIN, "linux", true},
		"no memory is left":                                {syscall.ENOMEM, "linux", true},
		"no file can be opened":                            {syscall.EMFILE, "linux", true},
		"a file that is being written":                     {syscall.ETXTBSY, "linux", true},
		"a file for another computer":                      {syscall.ENOEXEC, "linux", false},
		"a file that may not be run":                       {syscall.EACCES, "linux", false},
		"a file that has gone meanwhile":                   {syscall.ENOENT, "linux", false},
		"a file that Windows has open for another program": {syscall.Errno(32), "windows", true},
		"no memory is left on Windows":                     {syscall.Errno(8), "windows", true},
		"no page file is left on Windows":                  {syscall.Errno(1455), "windows", true},
		"a file that is no program of Windows":             {syscall.Errno(193), "windows", false},
		"a file that may not be run on Windows":            {syscall.Errno(5), "windows", false},
		"a job that Windows does not make":                 {guardError{syscall.Errno(5)}, "windows", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := notStarted(&fs.PathError{Op: "fork/exec", Path: "/home/ada/cloudflared", Err: c.err}, c.goos)
			if passes := got.permanent == nil; passes != c.passes {
				t.Fatalf("got %+v, want it to pass: %v", got, c.passes)
			}
			if err := errors.Join(got.err, errorOf(got.permanent)); strings.Contains(err.Error(), "ada") {
				t.Errorf("got %v, want no folder of the person in it", err)
			}
		})
	}
}

// errorOf is a permanent error as an error; nil for none.
func errorOf(e *tunnel.PermanentError) error {
	if e == nil {
		return nil
	}
	return e
}

func TestALinkThatStaysAwayIsAskedForLater(t *testing.T) {
	t.Parallel()
	limits := defaultLimits()
	for _, c := range []struct {
		name string
		link linkView
		want time.Duration
	}{
		{"on its way", linkView{since: time.Now()}, limits.soon},
		{"away for a while", linkView{since: time.Now().Add(-firstWait)}, limits.later},
		{"up", linkView{up: true, since: time.Now().Add(-time.Hour)}, limits.seldom},
	} {
		if got := (&session{cfg: &config{limits: limits}, link: c.link}).pause(); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestALongLineIsCut(t *testing.T) {
	t.Parallel()
	j := &strings.Builder{}
	o := newOutput(knowing(), newTextLogger(j))
	for range 100 {
		_, _ = o.Write([]byte(strings.Repeat("x", 10_000)))
	}
	if len(o.buffer) > longestLine {
		t.Errorf("got %d bytes kept, want at most %d", len(o.buffer), longestLine)
	}
	_, _ = o.Write([]byte("\nshort\n"))
	if got := o.shown().trouble; got != "short" {
		t.Errorf("got %q, want the next line by itself", got)
	}
}

func TestTheLastLineMayLackItsEnd(t *testing.T) {
	t.Parallel()
	o := newOutput(knowing(), newTextLogger(&strings.Builder{}))
	_, _ = o.Write([]byte("first\nlast wor"))
	_, _ = o.Write([]byte("ds"))
	o.flush()
	if got := o.shown().trouble; got != "last words" {
		t.Errorf("got %q, want the last line", got)
	}
}

var tokenCases = []struct {
	name, in string
	ok       bool
}{
	{"a token", cloudflaredtest.Token(planted), true},
	{"a token with white space around it", " " + cloudflaredtest.Token(planted) + "\r\n", true},
	{"half a token", cloudflaredtest.Token(planted)[:60], false},
	{"the id of the tunnel alone", "5c1b2f9e-1111-4222-8333-444455556666", false},
	{"another object", base64.StdEncoding.EncodeToString([]byte(`{"a":"x"}`)), false},
	{"no object", base64.StdEncoding.EncodeToString([]byte(`[]`)), false},
	{"an id of another form", base64.StdEncoding.EncodeToString([]byte(`{"a":"x","t":"y","s":"eA=="}`)), false},
	{"a secret that is no base64", base64.StdEncoding.EncodeToString([]byte(`{"a":"x","t":"5c1b2f9e-1111-4222-8333-444455556666","s":"?"}`)), false},
	{"nothing", "", false},
}

func TestCheckToken(t *testing.T) {
	t.Parallel()
	for _, c := range tokenCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clean, secret, err := checkToken(relay.NewSecret(c.in))
			if (err == nil) != c.ok {
				t.Fatalf("got %v, want accepted: %v", err, c.ok)
			}
			if c.ok && (clean.Reveal() != strings.TrimSpace(c.in) || secret.Reveal() != base64.StdEncoding.EncodeToString([]byte(planted))) {
				t.Errorf("got %q and %q", clean.Reveal(), secret.Reveal())
			}
		})
	}
}

var quickHostCases = []struct{ name, in, want string }{
	{"a name", `{"hostname":"brave-otter-lamp.trycloudflare.com"}`, quickHost1},
	{"a name with its scheme", `{"hostname":"https://brave-otter-lamp.trycloudflare.com"}`, quickHost1},
	{"none yet", `{"hostname":""}`, ""},
	{"a path", `{"hostname":"example.com/x"}`, ""},
	{"a page", `<html>`, ""},
	{"another kind", `{"hostname":7}`, ""},
}

func TestQuickHost(t *testing.T) {
	t.Parallel()
	for _, c := range quickHostCases {
		if got := quickHost([]byte(c.in)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestParseListenTakesThisComputerAlone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"127.0.0.1:9000": "127.0.0.1:9000", "localhost:9000": "localhost:9000", "[::1]:9000": "[::1]:9000", ":9000": "", "0.0.0.0:9000": "", "192.168.1.5:9000": "", "x": ""} {
		if got, err := parseListen(in); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestEndingsAreTold(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{"exit status 0": nil, "broken": errors.New("broken")} {
		if got := ending(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

// FuzzOutput feeds what cloudflared may write, in two parts.
func FuzzOutput(f *testing.F) {
	for _, c := range lineCases {
		f.Add([]byte(c.in+"\n"), len(c.in)/2)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		j := &strings.Builder{}
		o := newOutput(knowing(), newTextLogger(j))
		cut = max(0, min(cut, len(text)))
		for _, part := range [][]byte{text[:cut], text[cut:]} {
			if n, err := o.Write(part); n != len(part) || err != nil {
				t.Fatalf("got %d, %v, want all %d taken", n, err, len(part))
			}
		}
		o.flush()
		shown := o.shown()
		if len(shown.trouble) > longestText+len("[secret]") || strings.ContainsAny(shown.trouble, "\n\r\x00\x1b") {
			t.Errorf("got %q, want one short plain line", shown.trouble)
		}
		if strings.Contains(shown.trouble+j.String(), planted) {
			t.Errorf("the secret was shown: %+v\n%s", shown, j)
		}
	})
}

func FuzzCheckToken(f *testing.F) {
	for _, c := range tokenCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		clean, secret, err := checkToken(relay.NewSecret(in))
		if err == nil && (clean.Empty() || secret.Empty() || strings.ContainsAny(clean.Reveal(), " \n\x00")) {
			t.Errorf("accepted %q as %q", in, clean.Reveal())
		}
	})
}

func FuzzQuickHost(f *testing.F) {
	for _, c := range quickHostCases {
		f.Add([]byte(c.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if host := quickHost(in); strings.ContainsAny(host, "/:@ \n") {
			t.Errorf("%q: got the name %q", in, host)
		}
	})
}
