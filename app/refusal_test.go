package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode"

	"vastrelay/app/config"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/app/metrics"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// TestRefusalsAreSentences looks at what each failure of a start says: a person
// reads it first, and must find what is wrong, why, and what to do.
func TestRefusalsAreSentences(t *testing.T) {
	denied := &fs.PathError{Op: "open", Path: "/home/ada/.local/share/vastrelay/lock", Err: fs.ErrPermission}
	tests := []struct {
		name string
		err  error
		code int
		says string
	}{
		{"another copy runs", alreadyRunning(words.New("start.running.here"), words.New("start.running.stop_it")), 1, "Vast Relay is already running with this data folder. Stop that copy"},
		{"the lock is closed to this user", fmt.Errorf("lock the data folder: %w", denied), 2, "A file of this program cannot be used: "},
		{"the settings cannot be read", fmt.Errorf("open the settings: read settings.json: %w", denied), 2, "A file of this program cannot be used: "},
		{"something else stands where a file belongs", fmt.Errorf("lock the data folder: %w", &datadir.NotRegularError{Name: "lock", Kind: "a named pipe"}), 2, "A file in the data folder cannot be used: lock is a named pipe, not a regular file. Move it"},
		{"there is no data folder", &datadir.Error{Cause: "HOME is not set.", Next: "Name a folder with --data-dir."}, 2, "The data folder cannot be used: HOME is not set. Name a folder with --data-dir."},
		{"the data folder may come", &datadir.Error{Cause: "The folder cannot be made: input/output error.", Next: "Name another.", MayPass: true}, 1, "The data folder cannot be used: "},
		{"the environment is wrong", permanent(words.New("start.refused.environment"), config.EnvError{{Variable: config.VarTunnel, Sentence: "It is no tunnel."}}), 2, "The environment cannot be used: VASTRELAY_TUNNEL: It is no tunnel. Correct it"},
		{"the file of certificates is wrong", permanent(words.New("start.refused.variable", words.Args{"Variable": config.VarNgrokCA}), errors.New("the file cannot be read")), 2, "VASTRELAY_NGROK_CA cannot be used: the file cannot be read. Correct it"},
		{"the status address is taken", permanent(words.New("start.refused.status_address"), &metrics.ListenError{Address: "127.0.0.1:1", Err: errors.New("bind")}), 2, "The status address cannot be used: The system refuses"},
		{"the store cannot be opened", fmt.Errorf("open the event store: %w", relay.ErrStoreUnavailable), 1, "Events cannot be written to disk: "},
		{"the key cannot be proven", fmt.Errorf("prove the API key, which the sealed secrets do not know: %w", &vastapi.Error{Class: vastapi.Unreachable, Message: "no connection"}), 1, "Vast.ai cannot be reached: "},
		{"a page answers in place of Vast.ai", fmt.Errorf("prove the API key: %w", &vastapi.Error{Class: vastapi.Intercepted, Status: 401, Message: "a web page"}), 1, "Something else answers in place of Vast.ai: "},
		{"a part ended by itself", fmt.Errorf("serve the status: %w", errors.New("accept: too many open files")), 1, "Something went wrong: "},
		{"the tunnel is refused", &tunnel.PermanentError{Headline: "ngrok does not accept the token.", Cause: "It is mistyped.", Next: "Paste it."}, 1, "ngrok does not accept the token: It is mistyped. Paste it."},
		{"no answer came in time", context.DeadlineExceeded, 1, "No answer in time. Check the network"},
		{"a problem that is known", health.Problem{Headline: words.Verbatim("This is not the demo")}, 1, "This is not the demo."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var said strings.Builder
			code := Invocation{Stderr: &said}.refuse(tt.err)
			line := said.String()
			if code != tt.code || !strings.Contains(line, tt.says) {
				t.Errorf("got exit code %d and %q, want %d and %q", code, line, tt.code, tt.says)
			}
			text := strings.TrimPrefix(line, "vastrelay: ")
			if text == line || strings.Count(line, "\n") != 1 || strings.Contains(line, "..") || strings.Contains(line, " .") {
				t.Errorf("got %q, want one line of whole sentences", line)
			}
			if first := []rune(text)[0]; !unicode.IsUpper(first) && !strings.HasPrefix(text, "ngrok") {
				t.Errorf("got %q, want it to begin as a sentence does", line)
			}
			if strings.Contains(text, "/home/ada") {
				t.Errorf("got %q, want the file named and not its folder", line)
			}
			problem, _ := refusal(tt.err)
			if problem.Headline.IsZero() || strings.Contains(problem.Headline.String(), ": ") {
				t.Errorf("got %+v, want a headline of its own for the window", problem)
			}
		})
	}
}
