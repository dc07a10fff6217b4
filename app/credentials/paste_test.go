package credentials

import (
	"encoding/base64"
	"strings"
	"testing"

	"vastrelay/relay"
)

// Values of each credential in the form that its vendor gives it, made up.
var (
	pastedKey    = strings.Repeat("0123456789abcdef", 4)
	pastedURL    = "https://chat.googleapis.com/v1/spaces/AAAAbbbbCCC/messages?key=AIzaSyPlanted0&token=pLaNtEd-token_0"
	pastedNgrok  = "2aBcDeFgHiJkLmNoPqRsTuVwXyZ_4pLaNtEdSeCrEt0123456"
	pastedTunnel = base64.StdEncoding.EncodeToString([]byte(`{"a":"0a1b","t":"6ff42ae2-765d-4adf-8112-31c55c1551ef","s":"cGxhbnRlZA=="}`))
	pastedPing   = "https://hc-ping.com/0a1b2c3d-0000-4000-8000-planted00000"
	pastedMole   = "planted-mole-key-77"
)

// pasted holds a value of each credential whose shape is certain.
var pasted = map[Kind]string{
	VastKey: pastedKey, ChatURL: pastedURL, NgrokToken: pastedNgrok, CloudflaredToken: pastedTunnel, HeartbeatURL: pastedPing,
}

func TestEveryCredentialIsToldFromEveryOther(t *testing.T) {
	for want := range pasted {
		for is, value := range pasted {
			got := ReadPaste(want, "  \""+value+"\"\n")
			switch {
			case is == want && (!got.Usable() || !strings.Contains(got.Value, value)):
				t.Errorf("%s pasted where it belongs: taken for %s", is, got.Other)
			case is != want && (got.Other != is || got.Value != value):
				t.Errorf("%s pasted for %s: taken for %q", is, want, got.Other)
			}
			if said := got.Under().String() + got.NextStep().String() + got.Elsewhere().String(); strings.Contains(said, value) {
				t.Errorf("%s pasted for %s: the sentences show it", is, want)
			}
			if got.Other != "" && (got.Under().IsZero() || got.NextStep().IsZero() || !strings.Contains(got.Elsewhere().String(), is.Variable())) {
				t.Errorf("%s pasted for %s: says %q, %q and %q", is, want, got.Under(), got.NextStep(), got.Elsewhere())
			}
		}
	}
}

func TestReadPaste(t *testing.T) {
	for _, c := range []struct {
		name  string
		want  Kind
		text  string
		value string // empty: the text as it is
		other Kind
	}{
		{"a key alone", VastKey, pastedKey, pastedKey, ""},
		{"a key of another form", VastKey, "vk-planted", "", ""},
		{"two keys", VastKey, pastedKey + "\n" + strings.Repeat("f", 64), "", ""},
		{"a line for a shell", VastKey, "export VAST_API_KEY=" + pastedKey, pastedKey, ""},
		{"a quoted line for a shell", VastKey, `export VAST_API_KEY="` + pastedKey + `";`, pastedKey, ""},
		{"a line for a shell with a key of another form", VastKey, "export VAST_API_KEY=planted-key-0001", "planted-key-0001", ""},
		{"a line for PowerShell", NgrokToken, `$env:NGROK_AUTHTOKEN = "` + pastedNgrok + `"`, pastedNgrok, ""},
		{"a line for cmd", TunnelmoleKey, "setx TUNNELMOLE_API_KEY " + pastedMole, pastedMole, ""},
		{"a line with a variable in place of the value", VastKey, "export VAST_API_KEY=$KEY_OF_MINE", "", ""},
		{"a line with the name of a file", VastKey, "VAST_API_KEY_FILE=/run/secrets/vast", "", ""},
		{"curl with the key", VastKey, `curl -s "https://console.vast.ai/api/v0/users/current/" -H "Authorization: Bearer ` + pastedKey + `"`, pastedKey, ""},
		{"curl to the space", ChatURL, `curl -X POST -H 'Content-Type: application/json' '` + pastedURL + `' -d '{"text":"hi"}'`, pastedURL, ""},
		{"the URL in JSON", ChatURL, `{"webhook": "` + pastedURL + `"}`, pastedURL, ""},
		{"the URL over two lines", ChatURL, pastedURL[:50] + "\n  " + pastedURL[50:], "", ""},
		{"the URL with what escapes it", ChatURL, strings.ReplaceAll(pastedURL, "&", "&amp;"), "", ""},
		{"ngrok's command", NgrokToken, "ngrok config add-authtoken " + pastedNgrok, pastedNgrok, ""},
		{"ngrok's configuration", NgrokToken, "version: 3\nagent:\n  authtoken: " + pastedNgrok + "\n", pastedNgrok, ""},
		{"a short old token by its name", NgrokToken, "authtoken: planted_0", "planted_0", ""},
		{"cloudflared's command", CloudflaredToken, "sudo cloudflared service install " + pastedTunnel, pastedTunnel, ""},
		{"a whole file of settings", NgrokToken, "VAST_API_KEY=" + pastedKey + "\nGOOGLE_CHAT_URL=" + pastedURL + "\nNGROK_AUTHTOKEN=" + pastedNgrok + "\n", pastedNgrok, ""},
		{"a file of settings without it", HeartbeatURL, "VAST_API_KEY=" + pastedKey + "\n", pastedKey, VastKey},
		{"another's assignment", VastKey, "export NGROK_AUTHTOKEN=" + pastedNgrok, pastedNgrok, NgrokToken},
		{"another's value under the own name", VastKey, "VAST_API_KEY=" + pastedURL, pastedURL, ChatURL},
		{"another's assignment without a certain shape", NgrokToken, "TUNNELMOLE_API_KEY=" + pastedMole, pastedMole, TunnelmoleKey},
		{"what may be a key of Tunnelmole", TunnelmoleKey, pastedKey, "", ""},
		{"the key of Vast.ai, by its name, for Tunnelmole", TunnelmoleKey, "VAST_API_KEY=planted-key-0001", "planted-key-0001", VastKey},
		{"any https address is a heartbeat URL", HeartbeatURL, "https://status.example.net/ping/planted", "", ""},
		{"the address of Chat at another host", VastKey, "http://127.0.0.1:7000/v1/spaces/S/messages?key=k&token=t", "http://127.0.0.1:7000/v1/spaces/S/messages?key=k&token=t", ChatURL},
		{"a push monitor", ChatURL, "https://kuma.example.net/api/push/pLaNtEd?status=up", "https://kuma.example.net/api/push/pLaNtEd?status=up", HeartbeatURL},
		{"nothing", VastKey, "", "", ""},
		{"far too much", VastKey, strings.Repeat("a ", longestPaste) + pastedURL, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			value := c.value
			if value == "" {
				value = c.text
			}
			if got := ReadPaste(c.want, c.text); got.Value != value || got.Other != c.other || got.Page {
				t.Errorf("got %q as %q, page %v; want %q as %q", got.Value, got.Other, got.Page, value, c.other)
			}
		})
	}
}

func TestTheAddressOfAPageIsNoKey(t *testing.T) {
	const page = "https://dashboard.ngrok.com/get-started/your-authtoken"
	for want, isPage := range map[Kind]bool{VastKey: true, NgrokToken: true, TunnelmoleKey: true, CloudflaredToken: true, ChatURL: false, HeartbeatURL: false} {
		got := ReadPaste(want, page+"\n")
		if got.Page != isPage || got.Usable() == isPage {
			t.Errorf("%s: got page %v, usable %v", want, got.Page, got.Usable())
		}
		if isPage && (got.Under().IsZero() || got.Elsewhere().IsZero()) {
			t.Errorf("%s: nothing is said of it", want)
		}
	}
}

// FuzzReadPaste holds what a paste is, whatever it holds: the value is a part of
// the text, reading it again changes nothing, and no sentence shows it.
func FuzzReadPaste(f *testing.F) {
	for i := range Kinds() {
		for _, text := range []string{
			"", pastedKey, pastedURL, pastedNgrok, pastedTunnel, pastedPing, "export VAST_API_KEY=\"" + pastedKey + "\"",
			`{"NGROK_AUTHTOKEN":"` + pastedNgrok + `"}`, "tmole --set-api-key " + pastedMole, "VAST_API_KEY==\xff", "https://\u200b@",
		} {
			f.Add(i, text)
		}
	}
	f.Fuzz(func(t *testing.T, at int, text string) {
		if at < 0 || at >= len(Kinds()) {
			return
		}
		want := Kinds()[at]
		got := ReadPaste(want, text)
		if got.Value != text && !strings.Contains(relay.CleanPaste(text), got.Value) {
			t.Fatalf("got %q, which is no part of %q", got.Value, text)
		}
		if got.Other == want || got.Page && got.Other != "" {
			t.Fatalf("got %+v for %s", got, want)
		}
		if got.Other == "" && !got.Page && got.Value != text {
			if again := ReadPaste(want, got.Value); !again.Usable() || again.Value != got.Value {
				t.Fatalf("read again, %q becomes %+v", got.Value, again)
			}
		}
	})
}
