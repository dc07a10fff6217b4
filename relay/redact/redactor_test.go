package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"vastrelay/relay"
)

const (
	vastKey = "5f0d9c1e7ab34c62881d04f5e6a7b8c95f0d9c1e7ab34c62881d04f5e6a7b8c9"
	chatURL = "https://chat.googleapis.com/v1/spaces/AAAAx-y_z/messages?key=AIzaSyPLANTED-key-0001&token=PLANTED-token_0001%3D"
	ngrok   = "2aPLANTEDauthtoken0001xyzabc_4QqPLANTEDsecond0001x"
	odd     = "süß & \"quoted\" <tag>/\\ \nline + 100%"
	eventID = "0123456789abcdef0123456789abcdef"
)

// pieces are what must not be found again of each secret.
var pieces = map[string][]string{
	vastKey: {vastKey},
	chatURL: {chatURL, "AIzaSyPLANTED-key-0001", "PLANTED-token_0001%3D", "PLANTED-token_0001="},
	ngrok:   {ngrok},
	odd:     {odd},
}

func knowing(secrets ...string) *Redactor {
	r := New()
	for _, s := range secrets {
		r.Add(relay.NewSecret(s))
	}
	return r
}

// spelled returns text with the secret in every encoding in which it may
// travel, by the name of the encoding.
func spelled(secret string) map[string]string {
	in := func(v any) string { data, _ := json.Marshal(v); return string(data) }
	return map[string]string{
		"plain":                      "before " + secret + " after",
		"glued to its neighbours":    "x" + secret + "x",
		"twice":                      secret + secret,
		"quoted by Go":               fmt.Sprintf("value %q", secret),
		"quoted in ASCII":            strconv.QuoteToASCII(secret),
		"in JSON":                    in(map[string]string{"v": secret}),
		"in JSON within JSON":        in(in(secret)),
		"in a query":                 url.Values{"x": {secret}}.Encode(),
		"in a path":                  "/" + url.PathEscape(secret) + "/",
		"in hexadecimal":             hex.EncodeToString([]byte(secret)),
		"in base64":                  base64.StdEncoding.EncodeToString([]byte(secret)),
		"in base64 for URLs":         base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"in a basic authorization":   "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+secret)),
		"second in base64":           base64.StdEncoding.EncodeToString([]byte("a" + secret + "z")),
		"third in base64":            base64.StdEncoding.EncodeToString([]byte("ab" + secret + "yz")),
		"in an error of a client":    (&url.Error{Op: "Post", URL: "https://x/?u=" + url.QueryEscape(secret), Err: fmt.Errorf("refused")}).Error(),
		"in lower-case percent code": strings.ToLower("%2F") + lowerPercent(url.QueryEscape(secret)),
	}
}

func TestNoRegisteredSecretSurvivesInAnyEncoding(t *testing.T) {
	for secret := range pieces {
		r := knowing(secret)
		for name, text := range spelled(secret) {
			got := r.Redact(text)
			if got == text || !strings.Contains(got, Mask) {
				t.Errorf("%s: got %q, want the secret masked", name, got)
			}
			wantNoTrace(t, name, got, secret)
		}
	}
}

// wantNoTrace fails when got holds the secret or a piece of it, in plain text
// or in an encoding.
func wantNoTrace(t *testing.T, what, got, secret string) {
	t.Helper()
	for _, piece := range pieces[secret] {
		for _, form := range []string{piece, url.QueryEscape(piece), hex.EncodeToString([]byte(piece)), base64.RawStdEncoding.EncodeToString([]byte(piece))} {
			if strings.Contains(got, form) {
				t.Errorf("%s: %q holds %q", what, got, form)
			}
		}
	}
}

func TestHonestTextSurvives(t *testing.T) {
	r := knowing(vastKey, chatURL, ngrok)
	for _, text := range []string{
		"",
		"accepted event " + eventID + " of type client:outbid",
		`{"event_id":"` + eventID + `","notif_type":"outbid"}`,
		"event key " + eventID,
		"token_missing: the token is missing from the Chat URL",
		"key=client:outbid count=3",
		"the API key was refused (401)",
		"https://console.vast.ai/api/v0/webhooks/8101/",
		"https://chat.googleapis.com/v1/spaces/AAAAx-y_z/messages",
		"webhook-secret-8101 read back from the keyring",
		"host_machine_offline_and_more_words_than_usual_in_a_slug_name",
		"messageId client-0123456789abcdef0123456789abcdef01234567",
		"authorization missing",
		"Basic auth", "bearer token required",
		"süß ☂ \x00 \xff",
	} {
		if got := r.Redact(text); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
}

// shaped are texts with a credential that nobody registered: the text, and what
// must not be found in the result.
var shaped = []struct{ name, text, gone, kept string }{
	{"a Chat URL", chatURL, "PLANTED", "https://chat.googleapis.com/v1/spaces/AAAAx-y_z/messages?key="},
	{"a Chat URL out of JSON", `https://chat.googleapis.com/v1/spaces/A/messages?key=PLANTED\u0026token=PLANTED`, "PLANTED", "spaces/A"},
	{"a Chat URL out of HTML", `?key=PLANTED1&amp;token=PLANTED2"`, "PLANTED", `"`},
	{"a Chat URL within another", "next=https%3A%2F%2Fx%3Fkey%3DPLANTED%26token%3DPLANTED", "PLANTED", "next="},
	{"an authorization header", "Authorization: Bearer PLANTED0001 and more", "PLANTED", "and more"},
	{"an authorization header as Go prints it", `map[Authorization:[Bearer PLANTED0001] Accept:[*/*]]`, "PLANTED", "Accept:[*/*]"},
	{"an authorization header in JSON", `{"authorization":"PLANTED0001","x":1}`, "PLANTED", `"x":1}`},
	{"a bearer token alone", "sent bearer PLANTED-0001.x", "PLANTED", "sent bearer "},
	{"an ngrok token", "token " + ngrok + " refused", "PLANTED", "refused"},
	{"an ngrok token of another length in JSON", `{"Authtoken":"2abcDEFghi0123456_7jkPLANTED"}`, "PLANTED", `"}`},
	{"ngrok's own message", "The authtoken is not valid.\nYour authtoken: PLANTED\nERR_NGROK_107", "PLANTED", "ERR_NGROK_107"},
	{"a webhook's secret in JSON", `{"webhook_secret": "PLANTED \"0001", "id": 8101}`, "PLANTED", `"id": 8101}`},
	{"a webhook's secret in JSON within JSON", `{\"webhook_secret\":\"PLANTED0001\",\"id\":8101}`, "PLANTED", "8101"},
	{"a webhook's secret as Go prints it", "webhook_secret:PLANTED0001 id:8101", "PLANTED", "id:8101"},
	{"a long value called a key", "api key: " + vastKey + ".", vastKey, "."},
	{"a long value called a token", "token=" + vastKey, vastKey, "token="},
	{"a long value called a secret in JSON", `{"secret_value":"` + vastKey + `"}`, vastKey, `"}`},
	{"a long value in words", "the secret is " + vastKey, vastKey, "the secret is "},
}

func TestKnownShapesAreMasked(t *testing.T) {
	r := New()
	for _, c := range shaped {
		t.Run(c.name, func(t *testing.T) {
			got := r.Redact(c.text)
			if strings.Contains(got, c.gone) || !strings.Contains(got, c.kept) || !strings.Contains(got, Mask) {
				t.Errorf("got %q, want %q gone and %q kept", got, c.gone, c.kept)
			}
		})
	}
}

func TestShortValuesAreNotMasked(t *testing.T) {
	r := knowing("", "a", "short12", "redacted")
	if got, want := r.Redact("a short12 text is redacted"), "a short12 text is redacted"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOverlappingSecretsLeaveNothingOfEither(t *testing.T) {
	r := knowing("abcdefgh12345678", "12345678ijklmnop", "abcdefgh", "cdefgh1234567")
	got := r.Redact("x abcdefgh12345678ijklmnop abcdefgh x")
	for _, secret := range []string{"abcdefgh", "12345678"} {
		if strings.Contains(got, secret) {
			t.Errorf("got %q, which holds %q", got, secret)
		}
	}
}

func TestAddAndRedactMayRunAtOnce(t *testing.T) {
	r := New()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			secret := fmt.Sprintf("planted-secret-%04d", i)
			r.Add(relay.NewSecret(secret))
			if got := r.Redact("x " + secret); strings.Contains(got, secret) {
				t.Errorf("got %q", got)
			}
		})
	}
	all.Wait()
	for i := range 8 {
		if got := r.Redact(fmt.Sprintf("planted-secret-%04d", i)); got != Mask {
			t.Errorf("got %q, want %q", got, Mask)
		}
	}
}

func FuzzNoRegisteredSecretSurvives(f *testing.F) {
	for secret := range pieces {
		for _, text := range spelled(secret) {
			f.Add(secret, "another-secret", text, "")
		}
	}
	for _, c := range shaped {
		f.Add("planted-secret", "token=PLA", c.text, c.kept)
	}
	f.Add("abcdefgh12345678", "12345678ijklmnop", "abcdefgh12345678", "ijklmnop")
	f.Add("xx[redacted]yy", "12345678", "xx12345678yy", "")
	f.Fuzz(func(t *testing.T, one, two, before, after string) {
		r := knowing(one, two)
		for _, text := range []string{before + one + after + two, before + two + one + after, before + after} {
			got := r.Redact(text)
			for _, secret := range []string{one, two} {
				if len(secret) >= minValue && !strings.Contains(Mask, secret) && strings.Contains(got, secret) {
					t.Errorf("%q became %q, which holds %q", text, got, secret)
				}
			}
			for _, encoded := range []string{url.QueryEscape(one), hex.EncodeToString([]byte(one))} {
				if len(one) >= minValue && !strings.Contains(Mask, encoded) && strings.Contains(r.Redact("<"+encoded+">"), encoded) {
					t.Errorf("%q survived encoded as %q", one, encoded)
				}
			}
			if again := r.Redact(got); strings.Count(again, Mask) < strings.Count(got, Mask) && again != Mask {
				t.Errorf("redacting %q again lost a mask: %q", got, again)
			}
		}
	})
}

func FuzzEventIDsSurvive(f *testing.F) {
	f.Add([]byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) < 16 {
			return
		}
		id := hex.EncodeToString(raw[:16])
		for _, text := range []string{"event " + id, `{"event_id":"` + id + `"}`, "event_id=" + id, "key " + id} {
			if got := knowing(vastKey, chatURL).Redact(text); got != text {
				t.Errorf("got %q, want %q", got, text)
			}
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	r := knowing(vastKey, chatURL, ngrok)
	line := "posted event_id=" + eventID + " attempt=1 status=200 took=123ms space=AAAAx-y_z"
	for b.Loop() {
		r.Redact(line)
	}
}

func TestAValueIsMaskedWithoutItsPadding(t *testing.T) {
	r := NewMarked("[gone]")
	r.Add(relay.NewSecret("PLANTED-token_0001=="))
	if got, want := r.Redact("the token PLANTED-token_0001 is refused"), "the token [gone] is refused"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
