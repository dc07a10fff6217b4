package replay

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

// literals splits a command into the texts of its literals, read as PowerShell reads
// them, and what stands outside of them.
func literals(t *testing.T, command string) (texts []string, outside string) {
	t.Helper()
	var out, text strings.Builder
	isQuote := func(r rune) bool { return strings.ContainsRune("'‘’‚‛", r) }
	runes := []rune(command)
	for i := 0; i < len(runes); i++ {
		if !isQuote(runes[i]) {
			out.WriteRune(runes[i])
			continue
		}
		text.Reset()
		for i++; ; i++ {
			if i == len(runes) {
				t.Fatalf("a literal does not end in\n%s", command)
			}
			if isQuote(runes[i]) {
				if i+1 == len(runes) || !isQuote(runes[i+1]) {
					break
				}
				i++
			}
			text.WriteRune(runes[i])
		}
		texts = append(texts, text.String())
		out.WriteString("''")
	}
	return texts, out.String()
}

// powershellForm is a command without what its literals hold.
var powershellForm = regexp.MustCompile("^\\$body = \\[Convert\\]::FromBase64String\\(''\\)\n" +
	"Invoke-WebRequest -UseBasicParsing -Method Post -Uri ''(?: `\n  -(?:ContentType|UserAgent) '')* `\n  -Headers @\\{\n(?:    '' = ''\n)+  \\} -Body \\$body\n$")

// command returns what follows the notes of a command for PowerShell.
func command(t *testing.T, ev relay.Event, secret string) string {
	t.Helper()
	all := Command(PowerShell, ev, secret, time.Unix(1_800_000_000, 0))
	lines := strings.SplitN(all, "\n", 4)
	if len(lines) < 4 || !strings.HasPrefix(lines[0], "# ") || !strings.HasPrefix(lines[1], "# ") || !strings.HasPrefix(lines[2], "# ") {
		t.Fatalf("want three notes at the beginning of\n%s", all)
	}
	return lines[3]
}

// TestTheCommandForPowerShellIsSafeAndWhole reads the commands by PowerShell's rules.
func TestTheCommandForPowerShellIsSafeAndWhole(t *testing.T) {
	cases := commandCases()
	quotes := relay.Event{ID: "ev-1'; exit", Role: relay.RoleClient, Payload: []byte(`{"x":"‘’‚‛'"}`)}
	quotes.Headers = []relay.Header{{Name: "X-Vast-Q", Value: "'); exit; ('"}, {Name: "x-vast-q", Value: "again"}, {Name: "X-Vast-Empty"}}
	cases["with the quotes of PowerShell"] = quotes
	for name, ev := range cases {
		t.Run(name, func(t *testing.T) {
			texts, outside := literals(t, command(t, ev, "replay-1"))
			if !powershellForm.MatchString(outside) {
				t.Fatalf("outside of its literals the command is\n%s", outside)
			}
			if body, err := base64.StdEncoding.DecodeString(texts[0]); err != nil || !bytes.Equal(body, ev.Payload) {
				t.Errorf("it sends %q, %v", body, err)
			}
			if want := target + ev.Role.Path(); texts[1] != want {
				t.Errorf("it sends to %q, want %q", texts[1], want)
			}
			for _, want := range []string{"1800000000", ev.ID, "sha256=" + sign("replay-1", "1800000000", ev.Payload)} {
				found := 0
				for _, text := range texts {
					if text == want {
						found++
					}
				}
				if found != 1 {
					t.Errorf("%q stands %d times in %.2000q", want, found, texts)
				}
			}
		})
	}
}

func TestPowerShellTakesTwoHeadersAsParameters(t *testing.T) {
	ev := relay.Event{ID: "ev-1", Role: relay.RoleClient, Payload: []byte("{}"), Headers: []relay.Header{
		{Name: "Content-Type", Value: "application/json"},
		{Name: "User-Agent", Value: "Vast.ai/1.0"},
		{Name: "X-Vast-Q", Value: "first"},
		{Name: "x-vast-q", Value: "second"},
		{Name: "X-Vast-Empty"},
		{Name: "X-Vast-Name", Value: "Gerät"},
	}}
	got := command(t, ev, "replay-1")
	_, table, _ := strings.Cut(got, "-Headers @{")
	for _, want := range []string{"-ContentType 'application/json'", "-UserAgent 'Vast.ai/1.0'"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, unwanted := range []string{"Content-Type", "User-Agent", "second", "X-Vast-Empty", "X-Vast-Name"} {
		if strings.Contains(table, unwanted) {
			t.Errorf("%q stands in the table\n%s", unwanted, table)
		}
	}
}

func TestTheShellOfASystem(t *testing.T) {
	for goos, want := range map[string]Shell{"windows": PowerShell, "linux": POSIX, "darwin": POSIX} {
		if got := ShellOf(goos); got != want {
			t.Errorf("%s: got %q, want %q", goos, got, want)
		}
	}
	got := Command(PowerShell, relay.Event{Role: relay.RoleClient}, "replay-1", time.Now())
	if !strings.Contains(got, "$env:VAST_WEBHOOK_SECRET='replay-1'") {
		t.Errorf("the command does not say how to set the secret in PowerShell:\n%s", got)
	}
}

func TestQuotesOfPowerShellAreDoubled(t *testing.T) {
	const text = "it's ‘q’ ‚l‛ $(x) `n"
	if got, outside := literals(t, powershellQuoted(text)); len(got) != 1 || got[0] != text || outside != "''" {
		t.Errorf("got %q and %q outside, want %q", got, outside, text)
	}
}
