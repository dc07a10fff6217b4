package diagnostics

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"vastrelay/app/build"
	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/redact"
	"vastrelay/relay/winetest"
)

// noon is when every report of the tests is made.
var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// seeds are what must never be in a report, by what they are.
func seeds() map[string]string {
	return map[string]string{
		"the API key":                "8f3b1d6c0a9e4f7782b5c1d0e9f8a7b68f3b1d6c0a9e4f7782b5c1d0e9f8a7b6",
		"a token of ngrok":           "2abcDEFghiJKLmnoPQRstuVWxyz_5TuVwXyZ0123456789AbC",
		"the Chat URL":               "https://chat.googleapis.com/v1/spaces/AAAAspaceX/messages?key=AIzaSyC0ffee&token=t0kenOfTheSpace",
		"a webhook secret":           "whsec_9d8c7b6a5f4e3d2c1b0a9988776655443322",
		"an e-mail address":          "ada.lovelace@analytical.example",
		"the public address":         "https://brave-otter-17.ngrok-free.app/vast/client",
		"a host name":                "farm-7.analytical.example",
		"the name of this computer":  "adas-thinkpad",
		"an IPv4 address":            "203.0.113.77",
		"an IPv6 address":            "2001:db8::42:17",
		"a path":                     "/home/adalovelace/.local/share/vastrelay/events.db",
		"a path of Windows":          `C:\Users\adalovelace\AppData\Local\vastrelay`,
		"the user":                   "adalovelace",
		"the name of a person":       "Ada Lovelace",
		"what a person calls a room": "Ops alerts (Berlin)",
		"the text of an event":       "Your interruptible instance 48926820 on machine 20417 was outbid and has been paused.",
		"the subject of an event":    "Instance outbid #48926820",
	}
}

// knownPrivate are the seeds that the program can know.
func knownPrivate() []string {
	s := seeds()
	return []string{s["the name of this computer"], s["the user"], s["the name of a person"], s["what a person calls a room"]}
}

// knowing returns a redactor that knows the secrets among the seeds.
func knowing() *redact.Redactor {
	r := redact.New()
	for _, name := range []string{"the API key", "a token of ngrok", "the Chat URL", "a webhook secret"} {
		r.Add(relay.NewSecret(seeds()[name]))
	}
	return r
}

// fill puts text into every string below v, a pointer, and makes one element of
// every slice and map and the value behind every pointer.
func fill(v reflect.Value, text string) {
	if v.CanSet() && v.Type() == reflect.TypeFor[words.Sentence]() {
		v.Set(reflect.ValueOf(words.Verbatim(text)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(text)
		}
	case reflect.Pointer:
		if v.IsNil() {
			if !v.CanSet() {
				return
			}
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), text)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	case reflect.Slice:
		if v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0), text)
		}
	case reflect.Map:
		if v.CanSet() {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, text)
			fill(value, text)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(key, value)
		}
	}
}

// seeded are facts that hold text wherever there is room for one.
func seeded(t *testing.T, text string) Facts {
	t.Helper()
	folder := t.TempDir()
	log := fmt.Sprintf("time=2026-11-28T12:00:00.000Z level=INFO msg=%q %q=1 phase=%q err=%q address=%q\n%s\ntime=%s level=%s msg=%s\n", text, text, text, text, text, text, text, text, text)
	crash := fmt.Sprintf("panic: %s\n\ngoroutine 1 [running]:\nmain.main(%q)\n\t%s/main.go:12 +0x1d\n%s\nexit status 2\n", text, text, text, text)
	for name, content := range map[string]string{"vastrelay.log": log, "crash.log": crash} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := Facts{
		At: noon, Running: true, Folder: folder, Secrets: knowing(), Private: knownPrivate(), Tunnels: []string{"ngrok"},
		Checks: &health.Report{At: noon},
	}
	fill(reflect.ValueOf(&f.Status), text)
	fill(reflect.ValueOf(&f.Settings), text)
	fill(reflect.ValueOf(&f.System), text)
	fill(reflect.ValueOf(&f.Build), text)
	f.Keyring = text
	for _, c := range health.Conditions() {
		p := health.Problem{Code: c.Code, Headline: words.Verbatim(text), Cause: words.Verbatim(text), Next: words.Verbatim(text), Details: text}
		f.Checks.Findings = append(f.Checks.Findings, health.Finding{Code: text, Name: words.Verbatim(text), State: health.Failed, Text: words.Verbatim(text), Problem: p})
	}
	f.Checks.Findings = append(f.Checks.Findings, health.Finding{State: health.Failed, Problem: health.Problem{Headline: words.Verbatim(text), Details: text}})
	return f
}

// everyByte returns the zip file of b and all that is in it.
func everyByte(t *testing.T, b Bundle) string {
	t.Helper()
	var file bytes.Buffer
	if err := b.WriteZip(&file); err != nil {
		t.Fatal(err)
	}
	all := file.String()
	r, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintf("%+v\n%s", f.FileHeader, text)
	}
	return all
}

func TestNothingPrivateIsInAnyByteOfAReport(t *testing.T) {
	for name, seed := range seeds() {
		t.Run(name, func(t *testing.T) {
			for how, text := range map[string]string{
				"by itself":   seed,
				"in quotes":   `"` + seed + `"`,
				"among words": "cannot use " + seed + " just now",
			} {
				all := strings.ToLower(everyByte(t, New(seeded(t, text))))
				for _, form := range []string{seed, base64.StdEncoding.EncodeToString([]byte(seed)), strings.ReplaceAll(seed, `\`, `\\`)} {
					if at := strings.Index(all, strings.ToLower(form)); at >= 0 {
						t.Errorf("%s: the report holds %q: …%s…", how, form, all[max(0, at-80):min(len(all), at+len(form)+40)])
					}
				}
			}
		})
	}
}

// TestPrivateTextsAreCutOutEvenInPieces looks for the parts by which a person could
// be recognised.
func TestPrivateTextsAreCutOutEvenInPieces(t *testing.T) {
	for _, s := range seeds() {
		all := strings.ToLower(everyByte(t, New(seeded(t, s))))
		for _, piece := range []string{"lovelace", "analytical", "brave-otter", "thinkpad", "203.0.113", "2001:db8", "48926820", "20417", "berlin", "aaaaspacex", "aizasy", "t0kenof"} {
			if strings.Contains(all, piece) {
				t.Errorf("of %q the report holds %q", s, piece)
			}
		}
	}
}

func TestAReportSaysWhatHelps(t *testing.T) {
	folder := t.TempDir()
	lines := `time=2026-11-28T11:58:00.000Z level=INFO msg="tunnel online" address=https://brave-otter-17.ngrok-free.app
time=2026-11-28T11:59:00.000Z level=WARN msg="no tunnel, will try again" attempt=3 code=ERR_NGROK_108 err="dial tcp 203.0.113.77:443: connect: connection refused" pause=30s
time=2026-11-28T11:59:30.000Z level=INFO msg="not posted yet" event_id=0123456789abcdef0123456789abcdef attempt=2 outcome=server_trouble reason=HTTP_503 status=503
`
	crash := "panic: runtime error: index out of range [3] with length 3\n\ngoroutine 7 [running]:\nvastrelay/app/ui.(*UI).act(0xc000123400, {0x1, 0x2})\n\t/home/ada/src/vastrelay/app/ui/ui.go:231 +0x1d\n"
	for name, content := range map[string]string{"vastrelay.log": lines, "crash.log": crash} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := New(Facts{
		At: noon, Running: true, Keyring: "locked", Folder: folder, Tunnels: []string{"ngrok"},
		Build:  build.Info{Version: "1.2.3", Revision: "0123456789ab"},
		System: System{Release: "debian 13", Kernel: "6.12.4", Desktop: "kde", Display: "wayland", Tray: "there", Toolkit: "2.8.1"},
		Status: status.Status{
			Phase: status.Attention, Address: "https://x.example", Waiting: 3, Overrides: []string{"VAST_URL"},
			Hops:     []health.Hop{{Name: health.HopChat, State: health.HopFailing, Code: "HTTP 404 NOT_FOUND webhook_gone"}},
			Counters: relay.Counters{Accepted: 12, Refused: map[string]uint64{"invalid_signature": 2}},
		},
		Settings: config.Settings{Tunnel: "ngrok", EventTypes: []string{"client:outbid", "client:invented_by_somebody"}, Form: config.FormCard, Label: "Ops"},
		Checks: &health.Report{At: noon, Findings: []health.Finding{
			{Code: "key", State: health.Passed},
			{Code: "webhooks", State: health.Failed, Problem: health.New(health.WebhookMoved, map[string]any{"Host": "hooks.example.net"}).With("HTTP 403")},
		}},
	})
	all := everyByte(t, b)
	for _, want := range []string{
		"1.2.3", "0123456789ab", "debian 13", "6.12.4", "kde", "wayland", "there", "2.8.1", "attention", "locked", "HTTP 404", "NOT_FOUND", "webhook_gone",
		"VAST_URL", "client:outbid", "card", "tunnel online [1 left out]", "attempt=3", "connection refused", "ERR_NGROK_108", "pause=30s",
		"outcome=server_trouble", "status=503 [1 left out]", "index out of range", "vastrelay/app/ui.(*UI).act", "ui.go:231", "refused invalid_signature", "HTTP 403",
		"Somebody gave it the address …",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if t.Failed() {
		for _, f := range b.Files {
			t.Logf("%s\n%s", f.Name, f.Text)
		}
	}
	for _, absent := range []string{"invented_by_somebody", "otter", "hooks.example", "/home/ada", "0xc000123400"} {
		if strings.Contains(all, absent) {
			t.Errorf("the report holds %q", absent)
		}
	}
}

func TestAReportWithoutARunningProgramHoldsItsLog(t *testing.T) {
	b := New(Facts{At: noon, Folder: t.TempDir()})
	all := everyByte(t, b)
	absent := "no such file"
	switch {
	case winetest.Running():
		absent = "File not found"
	case runtime.GOOS == "windows":
		absent = "cannot find the file"
	}
	for _, want := range []string{"does not run", "The log could not be read", absent} {
		if !strings.Contains(all, want) {
			t.Errorf("the report lacks %q:\n%+v", want, b.Files)
		}
	}
}

// TestSentencesOfConditionsNameNothing compares the names that are left blank with
// those that the sentences use.
func TestSentencesOfConditionsNameNothing(t *testing.T) {
	content, err := os.ReadFile("../words/en/conditions.json")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"Count": true}
	for _, match := range regexp.MustCompile(`{{\.([A-Za-z]+)}}`).FindAllSubmatch(content, -1) {
		used[string(match[1])] = true
	}
	for name := range used {
		if _, ok := blanks()[name]; !ok {
			t.Errorf("the sentences of conditions use {{.%s}}, which is not among conditionArgs", name)
		}
	}
	for _, c := range health.Conditions() {
		if headline, _, _ := words.Condition(string(c.Code), blanks()); headline.IsZero() {
			t.Errorf("%s has no headline without its arguments", c.Code)
		}
	}
}
