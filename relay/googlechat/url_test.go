package googlechat

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"vastrelay/relay/googlechat/chattest"
)

const (
	goodURL   = "https://chat.googleapis.com/v1/spaces/AAAAexample/messages?key=the-key&token=the-token_-1%3D"
	extraHost = "127.0.0.1:4711"
)

// urlCases feed the test and the fuzz target. An empty reason means accepted,
// with goodURL as the canonical form unless want says otherwise.
var urlCases = []struct {
	name, pasted, reason, want string
}{
	{name: "a URL as Google Chat shows it is accepted", pasted: goodURL},
	{name: "white space around it is dropped", pasted: " \t\n" + goodURL + "\r\n "},
	{name: "no-break spaces around it are dropped", pasted: "\u00a0" + goodURL + "\u00a0"},
	{name: "line wraps inside it are dropped", pasted: goodURL[:50] + "\r\n" + goodURL[50:80] + "\n" + goodURL[80:]},
	{name: "zero-width characters inside it are dropped", pasted: "\ufeff" + goodURL[:40] + "\u200b" + goodURL[40:] + "\u200d"},
	{name: "a soft hyphen and a bidirectional mark are dropped", pasted: goodURL[:30] + "\u00ad" + goodURL[30:] + "\u200e"},
	{name: "quotes around it are dropped", pasted: `"` + goodURL + `"`},
	{name: "angle brackets around it are dropped", pasted: "<" + goodURL + ">"},
	{name: "a decimal entity is unescaped", pasted: strings.ReplaceAll(goodURL, "&", "&#38;")},
	{name: "a hexadecimal entity is unescaped", pasted: strings.ReplaceAll(goodURL, "&", "&#x26;")},
	{name: "a named entity is unescaped", pasted: strings.ReplaceAll(goodURL, "&", "&amp;")},
	{name: "an entity that was escaped twice is unescaped", pasted: strings.ReplaceAll(goodURL, "&", "&amp;amp;")},
	{name: "an upper-case host is accepted", pasted: strings.Replace(goodURL, "chat.g", "CHAT.G", 1)},
	{name: "an unencoded equals sign in the token is encoded", pasted: strings.Replace(goodURL, "%3D", "=", 1)},
	{name: "token before key is put in order", pasted: "https://chat.googleapis.com/v1/spaces/AAAAexample/messages?token=the-token_-1%3D&key=the-key"},
	{name: "thread parameters are dropped", pasted: goodURL + "&threadKey=x&messageReplyOption=REPLY_MESSAGE_OR_FAIL"},
	{name: "foreign ids are dropped", pasted: goodURL + "&messageId=client-a&requestId=b"},
	{name: "a line of JSON around it is dropped", pasted: `"` + goodURL + `",`},
	{name: "the rest of a line of JSON behind it is dropped", pasted: goodURL + `",`},
	{name: "the end of an object of JSON behind it is dropped", pasted: goodURL + `"}`},
	{name: "a quote that a browser encoded is dropped", pasted: goodURL + "%22,"},
	{name: "the end of a sentence is dropped", pasted: "(" + goodURL + ")."},
	{name: "typographic quotes are dropped", pasted: "„" + goodURL + "“"},
	{name: "backticks are dropped", pasted: "`" + goodURL + "`"},
	{name: "marks of bold text are dropped", pasted: "**" + goodURL + "**"},
	{name: "a token that was escaped twice is decoded", pasted: strings.Replace(goodURL, "%3D", "%253D", 1)},
	{name: "a token that was escaped three times is decoded", pasted: strings.Replace(goodURL, "%3D", "%25253d", 1)},
	{name: "a token that was escaped twice in a line of JSON is decoded", pasted: `"` + strings.Replace(goodURL, "%3D", "%253D", 1) + `",`},
	{name: "a URL that is escaped as a whole is decoded", pasted: url.QueryEscape(goodURL)},
	{name: "a URL that is escaped twice as a whole is decoded", pasted: url.QueryEscape(url.QueryEscape(goodURL))},
	{name: "an ampersand as JSON escapes it is unescaped", pasted: strings.ReplaceAll(goodURL, "&", `\u0026`)},
	{name: "an equals sign as JSON escapes it is unescaped", pasted: strings.ReplaceAll(goodURL, "=", `\u003d`)},
	{name: "JSON that was escaped twice is unescaped", pasted: strings.ReplaceAll(goodURL, "&", `\\u0026`)},
	{name: "an ampersand as JavaScript escapes it is unescaped", pasted: strings.ReplaceAll(goodURL, "&", `\x26`)},
	{name: "slashes as JSON can escape them are unescaped", pasted: strings.ReplaceAll(goodURL, "/", `\/`)},
	{name: "zsh's escapes are unescaped", pasted: strings.NewReplacer("?", `\?`, "&", `\&`, "=", `\=`).Replace(goodURL)},
	{name: "underscores as Markdown escapes them are unescaped", pasted: strings.ReplaceAll(goodURL, "_", `\_`)},
	{name: "an entity that ends the URL is unescaped", pasted: strings.TrimSuffix(goodURL, "%3D") + "&#61;"},
	{name: "a quote as HTML escapes it is dropped from the end", pasted: goodURL + "&quot;"},
	{name: "the command prompt's escapes are unescaped", pasted: strings.ReplaceAll(goodURL, "&", "^&")},
	{name: "percent signs as batch files double them are unescaped", pasted: strings.ReplaceAll(goodURL, "%", "%%")},
	{name: "equals signs as mail encodes them are decoded", pasted: strings.NewReplacer("key=", "key=3D", "token=", "token=3D").Replace(goodURL)},
	{name: "a token alone that begins like an encoded equals sign stays", pasted: strings.Replace(goodURL, "token=", "token=3D", 1), want: strings.Replace(goodURL, "token=", "token=3D", 1)},
	{name: "an invisible character that was escaped is dropped", pasted: goodURL + "%E2%80%8B%EF%BB%BF"},
	{name: "a line that a shell goes on with is joined", pasted: goodURL[:60] + "\\\n" + goodURL[60:]},
	{name: "a link of Markdown gives its target", pasted: "[the webhook](" + goodURL + ")"},
	{name: "a link of Markdown that is labelled with itself gives its target", pasted: "[" + goodURL + "](" + goodURL + ")"},
	{name: "a link of Markdown with a title gives its target", pasted: "[a](" + goodURL + ` "title")`},
	{name: "a link of Chat gives its target", pasted: "<" + goodURL + "|the webhook>"},
	{name: "a terminal's bracketed paste is dropped", pasted: "\x1b[200~" + goodURL + "\x1b[201~"},
	{
		name: "an accepted host over plain http is taken on loopback", pasted: "http://127.0.0.1:4711/v1/spaces/S-_1/messages?key=k&token=t%3D",
		want: "http://127.0.0.1:4711/v1/spaces/S-_1/messages?key=k&token=t%3D",
	},
	{
		name: "an accepted host over TLS is taken with the standard port", pasted: "https://chat.example.com:443/v1/spaces/S/messages?key=k&token=t",
		want: "https://chat.example.com:443/v1/spaces/S/messages?key=k&token=t",
	},

	{name: "nothing is refused", pasted: "", reason: URLReasonEmpty},
	{name: "white space alone is refused", pasted: " \n\u200b", reason: URLReasonEmpty},
	{name: "a flood is refused", pasted: goodURL + strings.Repeat("a", maxPasteBytes), reason: URLReasonTooLong},
	{name: "text beside the URL is refused", pasted: "my webhook " + goodURL, reason: URLReasonOtherText},
	{name: "a variable before the URL is refused", pasted: "GOOGLE_CHAT_URL=" + goodURL, reason: URLReasonOtherText},
	{name: "a statement before the URL is refused", pasted: "export GOOGLE_CHAT_URL='" + goodURL + "'", reason: URLReasonOtherText},
	{name: "a command around the URL is refused", pasted: "curl -X POST '" + goodURL + "' -d '{}'", reason: URLReasonOtherText},
	{name: "a URL with an ellipsis for its end is cut off", pasted: goodURL[:len(goodURL)-6] + "...", reason: URLReasonCutOff},
	{name: "a URL with an ellipsis sign for its end is cut off", pasted: `"` + goodURL[:len(goodURL)-6] + `…"`, reason: URLReasonCutOff},
	{name: "an ellipsis for the token is told", pasted: goodURL[:strings.Index(goodURL, "&token")] + "...", reason: URLReasonTokenMissing},
	{name: "a name of the token alone is told", pasted: goodURL[:strings.Index(goodURL, "=the-token")], reason: URLReasonTokenMissing},
	{name: "a URL cut off before its parameters is told", pasted: goodURL[:strings.Index(goodURL, "?")], reason: URLReasonKeyMissing},
	{name: "a URL cut off behind the question mark is told", pasted: goodURL[:strings.Index(goodURL, "key")], reason: URLReasonKeyMissing},
	{name: "a token with a character that none has is refused", pasted: goodURL + "%C3%A9", reason: URLReasonDamaged},
	{name: "a token with a space in it is refused", pasted: strings.Replace(goodURL, "the-token", "the%20token", 1), reason: URLReasonDamaged},
	{name: "a token with padding inside is refused", pasted: goodURL + "x", reason: URLReasonDamaged},
	{name: "a link of Markdown to another host is refused", pasted: "[" + goodURL + "](https://evil.example/)", reason: URLReasonOtherHost},
	{name: "two URLs are refused", pasted: goodURL + "\n" + goodURL, reason: URLReasonSeveral},
	{name: "a word is refused", pasted: "webhook", reason: URLReasonNotURL},
	{name: "a URL without scheme is refused", pasted: strings.TrimPrefix(goodURL, "https://"), reason: URLReasonNotURL},
	{name: "an invalid escape in the host is refused", pasted: "https://%zz/v1", reason: URLReasonNotURL},
	{name: "another scheme is refused", pasted: strings.Replace(goodURL, "https", "ftp", 1), reason: URLReasonNotURL},
	{name: "the link of a space is told apart", pasted: "https://chat.google.com/room/AAAAexample?cls=7", reason: URLReasonSpaceLink},
	{name: "the link of a space in Gmail is told apart", pasted: "https://mail.google.com/chat/u/0/#chat/space/AAAAexample", reason: URLReasonSpaceLink},
	{name: "another host is refused", pasted: strings.Replace(goodURL, "googleapis.com", "googleapis.com.evil.example", 1), reason: URLReasonOtherHost},
	{name: "user info is refused", pasted: strings.Replace(goodURL, "chat.g", "a:b@chat.g", 1), reason: URLReasonOtherHost},
	{name: "a port is refused", pasted: strings.Replace(goodURL, ".com/", ".com:8443/", 1), reason: URLReasonOtherHost},
	{name: "a trailing dot in the host is refused", pasted: strings.Replace(goodURL, ".com/", ".com./", 1), reason: URLReasonOtherHost},
	{name: "plain http is refused", pasted: strings.Replace(goodURL, "https", "http", 1), reason: URLReasonNotHTTPS},
	{name: "plain http to an accepted host that is not loopback is refused", pasted: "http://chat.example.com/v1/spaces/S/messages?key=k&token=t", reason: URLReasonNotHTTPS},
	{name: "loopback that was not accepted is refused", pasted: "http://127.0.0.1:4712/v1/spaces/S/messages?key=k&token=t", reason: URLReasonOtherHost},
	{name: "the legacy webhooks form is told apart", pasted: strings.Replace(goodURL, "/messages", "/webhooks", 1), reason: URLReasonOldForm},
	{name: "the legacy rooms form is told apart", pasted: strings.Replace(goodURL, "spaces", "rooms", 1), reason: URLReasonOldForm},
	{name: "the legacy direct message form is told apart", pasted: strings.Replace(goodURL, "spaces", "dms", 1), reason: URLReasonOldForm},
	{name: "another path is refused", pasted: strings.Replace(goodURL, "/messages", "/members", 1), reason: URLReasonOtherPath},
	{name: "a path that climbs is refused", pasted: strings.Replace(goodURL, "/messages", "/messages/../x", 1), reason: URLReasonOtherPath},
	{name: "an encoded slash in the space is refused", pasted: strings.Replace(goodURL, "AAAAexample", "AAAA%2Fx", 1), reason: URLReasonOtherPath},
	{name: "a broken escape in the query is refused", pasted: strings.Replace(goodURL, "%3D", "%3", 1), reason: URLReasonDamaged},
	{name: "a fragment is refused", pasted: goodURL + "#38;token=x", reason: URLReasonDamaged},
	{name: "two tokens are refused", pasted: goodURL + "&token=x", reason: URLReasonDamaged},
	{name: "a control character in the token is refused", pasted: goodURL + "%0a", reason: URLReasonDamaged},
	{name: "a missing key is told", pasted: "https://chat.googleapis.com/v1/spaces/S/messages?token=the-token_-1", reason: URLReasonKeyMissing},
	{name: "a missing token is told", pasted: goodURL[:strings.Index(goodURL, "&token")], reason: URLReasonTokenMissing},
	{name: "an empty token is told", pasted: goodURL[:strings.Index(goodURL, "the-token")], reason: URLReasonTokenMissing},
}

var urlOptions = ParseOptions{ExtraHosts: []string{extraHost, "chat.example.com", " "}}

func TestParseURL(t *testing.T) {
	for _, tc := range urlCases {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ParseURL(tc.pasted, urlOptions)
			if tc.reason != "" {
				var refusal *URLError
				if !errors.As(err, &refusal) {
					t.Fatalf("error = %v, want a *URLError", err)
				}
				if refusal.Reason != tc.reason {
					t.Errorf("reason = %q, want %q", refusal.Reason, tc.reason)
				}
				if !strings.HasSuffix(refusal.Text, ".") {
					t.Errorf("text = %q, want a sentence", refusal.Text)
				}
				if !got.Empty() {
					t.Error("a refused URL is not empty")
				}
				for _, part := range []string{"the-key", "the-token", "AAAAexample"} {
					if strings.Contains(fmt.Sprintf("%v %+v %#v", err, refusal, refusal), part) {
						t.Errorf("the error holds %q of the pasted value", part)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := tc.want
			if want == "" {
				want = goodURL
			}
			if got.Secret().Reveal() != want {
				t.Errorf("canonical = %q, want %q", got.Secret().Reveal(), want)
			}
			if got.Empty() || got.Space() == "" || !strings.Contains(want, "/spaces/"+got.Space()+"/") {
				t.Errorf("space = %q, want that of %q", got.Space(), want)
			}
		})
	}
}

func TestURLReasonsHaveTexts(t *testing.T) {
	for reason, text := range urlTexts {
		if text == "" || !strings.HasSuffix(text, ".") || strings.Count(text, ". ") > 0 {
			t.Errorf("%s: %q is not one sentence", reason, text)
		}
	}
	for _, tc := range urlCases {
		if tc.reason != "" && urlTexts[tc.reason] == "" {
			t.Errorf("%s has no text", tc.reason)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, tc := range urlCases {
		f.Add(tc.pasted)
	}
	f.Fuzz(func(t *testing.T, pasted string) {
		u, err := ParseURL(pasted, urlOptions)
		if err != nil {
			var refusal *URLError
			if !errors.As(err, &refusal) || refusal.Text == "" || !u.Empty() {
				t.Fatalf("refusal = %#v", err)
			}
			return
		}
		again, err := ParseURL(u.Secret().Reveal(), urlOptions)
		if err != nil || again != u {
			t.Fatalf("the canonical form does not parse to itself: %v", err)
		}
		raw := u.Secret().Reveal()
		if !strings.HasPrefix(raw, "https://chat.googleapis.com/v1/spaces/") &&
			!strings.HasPrefix(raw, "http://127.0.0.1:4711/v1/spaces/") &&
			!strings.HasPrefix(raw, "https://127.0.0.1:4711/v1/spaces/") &&
			!strings.HasPrefix(raw, "https://chat.example.com/v1/spaces/") &&
			!strings.HasPrefix(raw, "https://chat.example.com:443/v1/spaces/") {
			t.Fatalf("accepted a URL to another place: %q", raw)
		}
	})
}

func TestURLNeverPrintsItself(t *testing.T) {
	u := mustParse(t, goodURL)
	type holder struct{ URL URL }
	type hider struct{ hidden URL } // fmt cannot call methods of unexported fields
	assertNoLeak(t, u, u, &u, holder{u}, hider{u}, &hider{u}, map[string]URL{"u": u}, []URL{u})
	sender := New(Options{})
	sender.SetURL(u)
	assertNoLeak(t, u, sender)

	marshalled, err := xml.Marshal(holder{u})
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("saved", "url", u)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("saved", "url", u)
	if leaks := chattest.Leaks(goodURL, string(marshalled), logged.String(), u.String(), u.GoString()); len(leaks) > 0 {
		t.Errorf("leaks: %v", leaks)
	}
	text, err := json.Marshal(u)
	if err != nil || string(text) != `"[secret]"` {
		t.Errorf("JSON = %s, %v", text, err)
	}
	if !(URL{}).Empty() || (URL{}).Secret().Reveal() != "" {
		t.Error("the zero URL is not empty")
	}
}
