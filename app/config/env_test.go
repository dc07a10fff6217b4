package config

import (
	"errors"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
)

// ngrokServer is the variable that names another server of ngrok's.
const ngrokServer Variable = "VASTRELAY_NGROK_CONNECT_URL"

const planted = "planted-SECRET-value-0001"

// envOf reads a made-up environment with one file, /run/secret.
func envOf(vars map[string]string, file string) (Env, error) {
	return FromEnv(
		func(name string) string { return vars[name] },
		func(path string) ([]byte, error) {
			if path != "/run/secret" {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}
			return []byte(file), nil
		},
		Credentials{Variables: []Variable{VarVastKey, VarChatURL, VarNgrokToken}}, tunneltest.Vendors(), []string{"en", "de"})
}

func TestFromEnvReadsEveryVariable(t *testing.T) {
	got, err := envOf(map[string]string{
		"VAST_API_KEY":                " key ",
		"GOOGLE_CHAT_URL":             "https://chat.googleapis.com/v1/spaces/S/messages?key=k&token=t\n",
		"NGROK_AUTHTOKEN":             "token",
		"VAST_WEBHOOK_SECRET":         " opaque ",
		"VASTRELAY_STATUS_TOKEN":      "status",
		"VASTRELAY_EVENTS":            "client:outbid, host:machine_offline,,client:outbid",
		"VAST_URL":                    "http://127.0.0.1:9000/",
		"VASTRELAY_TUNNEL":            "url",
		"VASTRELAY_FORM":              "text",
		"VASTRELAY_THREADS":           "instance",
		"VASTRELAY_CHAT_LANGUAGE":     "de",
		"VASTRELAY_PUBLIC_URL":        "https://Relay.Example.net:443/",
		"VASTRELAY_LISTEN":            "0.0.0.0:8080",
		"VASTRELAY_NGROK_DOMAIN":      "Example.ngrok.app",
		"VASTRELAY_NGROK_CONNECT_URL": "edge.example.net:443",
		"VASTRELAY_NGROK_CA":          "/etc/ca.pem",
		"VASTRELAY_CHAT_HOSTS":        "127.0.0.1:7000,[::1]:7000",
		"VASTRELAY_PUBLIC_CONNECT":    "127.0.0.1:7443",
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	want := Env{
		Credentials: map[Variable]relay.Secret{
			VarVastKey: relay.NewSecret("key"), VarChatURL: relay.NewSecret("https://chat.googleapis.com/v1/spaces/S/messages?key=k&token=t"),
			VarNgrokToken: relay.NewSecret("token"),
		},
		WebhookSecret: relay.NewSecret(" opaque "),
		StatusToken:   relay.NewSecret("status"),
		Events:        []string{"client:outbid", "host:machine_offline"},
		VastURL:       "http://127.0.0.1:9000",
		Settings: map[Field]string{
			"tunnel": "url", "public_url": "https://relay.example.net", "listen": "0.0.0.0:8080", "ngrok_domain": "example.ngrok.app",
			"form": "text", "threads": "instance", "general.chat_language": "de",
		},
		variables: map[Field]Variable{
			"tunnel": VarTunnel, "public_url": "VASTRELAY_PUBLIC_URL", "listen": "VASTRELAY_LISTEN", "ngrok_domain": "VASTRELAY_NGROK_DOMAIN",
			"form": VarForm, "threads": VarThreads, "general.chat_language": VarChatLanguage,
		},
		Servers:       map[Variable]string{"VASTRELAY_NGROK_CONNECT_URL": "edge.example.net:443"},
		NgrokCA:       "/etc/ca.pem",
		ChatHosts:     []string{"127.0.0.1:7000", "[::1]:7000"},
		PublicConnect: "127.0.0.1:7443",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestFromEnvOfNothingIsEmpty(t *testing.T) {
	got, err := envOf(nil, "")
	if err != nil || !reflect.DeepEqual(got, Env{}) {
		t.Errorf("got %+v, %v, want the zero Env", got, err)
	}
}

func TestFromEnvReadsSecretsFromFiles(t *testing.T) {
	secretOf := map[Variable]func(Env) relay.Secret{
		VarVastKey:       func(e Env) relay.Secret { return e.Credentials[VarVastKey] },
		VarChatURL:       func(e Env) relay.Secret { return e.Credentials[VarChatURL] },
		VarNgrokToken:    func(e Env) relay.Secret { return e.Credentials[VarNgrokToken] },
		VarWebhookSecret: func(e Env) relay.Secret { return e.WebhookSecret },
		VarStatusToken:   func(e Env) relay.Secret { return e.StatusToken },
	}
	files := map[string]string{
		"with the line end of Windows": planted + "\r\n",
		"in UTF-8 with a mark":         "\xef\xbb\xbf" + planted + "\n",
		"in UTF-16":                    utf16Of(planted + "\r\n"),
	}
	for v, secret := range secretOf {
		for name, content := range files {
			t.Run(string(v)+" "+name, func(t *testing.T) {
				env, err := envOf(map[string]string{string(v) + "_FILE": "/run/secret"}, content)
				if err != nil {
					t.Fatal(err)
				}
				if got := secret(env).Reveal(); got != planted {
					t.Errorf("got %q, want %q", got, planted)
				}
			})
		}
	}
}

// utf16Of encodes text as Windows PowerShell writes it into a file.
func utf16Of(text string) string {
	out := "\xff\xfe"
	for _, unit := range utf16.Encode([]rune(text)) {
		out += string([]byte{byte(unit), byte(unit >> 8)})
	}
	return out
}

// TestFromEnvCleansCredentialsAlone gives each secret with what people bring
// along: taken away from the credentials, part of the value of the others.
func TestFromEnvCleansCredentialsAlone(t *testing.T) {
	brought := []struct{ name, value string }{
		{"a byte order mark", "\ufeff" + planted},
		{"a zero-width space", planted + "\u200b"},
		{"a soft hyphen inside", planted[:5] + "\u00ad" + planted[5:]},
		{"direction marks", "\u202a" + planted + "\u202c"},
		{"no-break spaces", "\u00a0" + planted + "\u00a0"},
		{"double quotes", `"` + planted + `"`},
		{"single quotes", "'" + planted + "'"},
		{"typographic quotes", "“" + planted + "”"},
		{"backticks", "`" + planted + "`"},
		{"angle brackets", "<" + planted + ">"},
		{"a quoted value with its comma", `"` + planted + `",`},
	}
	credentials := map[Variable]func(Env) relay.Secret{
		VarVastKey:    func(e Env) relay.Secret { return e.Credentials[VarVastKey] },
		VarChatURL:    func(e Env) relay.Secret { return e.Credentials[VarChatURL] },
		VarNgrokToken: func(e Env) relay.Secret { return e.Credentials[VarNgrokToken] },
	}
	opaque := map[Variable]func(Env) relay.Secret{
		VarWebhookSecret: func(e Env) relay.Secret { return e.WebhookSecret },
		VarStatusToken:   func(e Env) relay.Secret { return e.StatusToken },
	}
	for _, b := range brought {
		t.Run(b.name, func(t *testing.T) {
			for v, secret := range credentials {
				env, err := envOf(map[string]string{string(v): b.value}, "")
				if err != nil || secret(env).Reveal() != planted {
					t.Errorf("%s: got %q, %v, want it cleaned", v, secret(env).Reveal(), err)
				}
				for _, content := range []string{b.value, b.value + "\r\n", utf16Of(b.value + "\r\n")} {
					env, err = envOf(map[string]string{string(v) + "_FILE": "/run/secret"}, content)
					if err != nil || secret(env).Reveal() != planted {
						t.Errorf("%s_FILE with %q: got %q, %v, want it cleaned", v, content, secret(env).Reveal(), err)
					}
				}
			}
			for v, secret := range opaque {
				env, err := envOf(map[string]string{string(v) + "_FILE": "/run/secret"}, b.value+"\n")
				want := strings.TrimPrefix(b.value, "\ufeff") // Which is of the file's encoding.
				if v == VarStatusToken {                      // White space around it is no part of a header.
					want = strings.TrimSpace(want)
				}
				if err != nil || secret(env).Reveal() != want {
					t.Errorf("%s_FILE: got %q, %v, want it as it is", v, secret(env).Reveal(), err)
				}
			}
		})
	}
}

// TestFromEnvNamesTheVariableThatCannotBeRight gives keys that no key can be.
func TestFromEnvNamesTheVariableThatCannotBeRight(t *testing.T) {
	for name, value := range map[string]string{
		"two words":              planted + " " + planted,
		"a no-break space in it": planted + "\u00a0" + planted,
		"a quote at one end":     `"` + planted,
		"quotes that differ":     `"` + planted + `'`,
		"the statement of it":    "export VAST_API_KEY=" + planted,
		"the assignment of it":   "VAST_API_KEY=" + planted,
		"a variable of a shell":  "$" + planted,
		"a placeholder":          "{{ " + planted + " }}",
		"a letter of no key":     planted + "é",
		"a line of YAML":         "authtoken: " + planted,
		"quotes alone":           `""`,
		"a mark alone":           "\ufeff\u200b",
		"two lines":              planted + "\n" + planted,
		"a control character":    planted + "\x01",
		"a mark of no text":      planted + "\xff",
	} {
		for _, v := range []Variable{VarVastKey, VarNgrokToken} {
			for _, vars := range []map[string]string{{string(v): value}, {string(v) + "_FILE": "/run/secret"}} {
				_, err := envOf(vars, value)
				var envErr EnvError
				if !errors.As(err, &envErr) || len(envErr) != 1 || vars[string(envErr[0].Variable)] == "" || strings.Contains(err.Error(), planted) {
					t.Errorf("%s: got %v of %v, want the variable named and no value", name, err, slices.Collect(maps.Keys(vars)))
				}
			}
		}
	}
}

func TestFromEnvRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		vars map[string]string
		file string
		want string // what the error must begin with
	}{
		{"a secret given twice", map[string]string{"VAST_API_KEY": planted, "VAST_API_KEY_FILE": "/run/secret"}, planted, "VAST_API_KEY: Set either VAST_API_KEY or VAST_API_KEY_FILE, not both."},
		{"a file that is missing", map[string]string{"NGROK_AUTHTOKEN_FILE": "/run/absent"}, "", "NGROK_AUTHTOKEN_FILE: The file"},
		{"a secret in place of a path", map[string]string{"NGROK_AUTHTOKEN_FILE": planted}, "", "NGROK_AUTHTOKEN_FILE: The file"},
		{"an empty file", map[string]string{"VAST_API_KEY_FILE": "/run/secret"}, "\n", "VAST_API_KEY_FILE: The file that it names is empty."},
		{"a file of spaces", map[string]string{"VAST_API_KEY_FILE": "/run/secret"}, "  \n", "VAST_API_KEY_FILE: It holds nothing but spaces."},
		{"a secret of spaces", map[string]string{"VAST_API_KEY": "  "}, "", "VAST_API_KEY: It holds nothing but spaces."},
		{"a secret of two lines", map[string]string{"VAST_API_KEY": planted + "\n" + planted}, "", "VAST_API_KEY: It holds a line break"},
		{"a file with a NUL", map[string]string{"VAST_API_KEY_FILE": "/run/secret"}, planted + "\x00", "VAST_API_KEY_FILE: It holds a line break"},
		{"a secret that is far too long", map[string]string{"GOOGLE_CHAT_URL": strings.Repeat(planted, 400)}, "", "GOOGLE_CHAT_URL: It is longer"},
		{"an event key without its context", map[string]string{"VASTRELAY_EVENTS": "outbid"}, "", `VASTRELAY_EVENTS: "outbid" is not an event type`},
		{"Vast.ai over plain http", map[string]string{"VAST_URL": "http://vast.example.net"}, "", "VAST_URL: The address must begin with https://."},
		{"Vast.ai with a path", map[string]string{"VAST_URL": "https://vast.example.net/api"}, "", "VAST_URL: Enter the address without a path"},
		{"Vast.ai with a password", map[string]string{"VAST_URL": "https://u:" + planted + "@vast.example.net"}, "", "VAST_URL: The address must not hold"},
		{"an address that cannot be parsed", map[string]string{"VAST_URL": "https://" + planted + "\x7f"}, "", "VAST_URL: This is not a web address."},
		{"an unknown form", map[string]string{"VASTRELAY_FORM": "cards"}, "", "VASTRELAY_FORM: Choose card or text as the form of messages."},
		{"unknown threads", map[string]string{"VASTRELAY_THREADS": "yes"}, "", "VASTRELAY_THREADS: Choose off, type or instance for threads."},
		{"a language that messages do not have", map[string]string{"VASTRELAY_CHAT_LANGUAGE": "fr"}, "", `VASTRELAY_CHAT_LANGUAGE: Messages can be in en / de, and not in "fr".`},
		{"what names no language", map[string]string{"VASTRELAY_CHAT_LANGUAGE": "de_DE.UTF-8"}, "", `VASTRELAY_CHAT_LANGUAGE: "de_DE.UTF-8" names no language.`},
		{"an unknown tunnel", map[string]string{"VASTRELAY_TUNNEL": "carrier"}, "", "VASTRELAY_TUNNEL: \"carrier\" is not a tunnel"},
		{"a public address over plain http", map[string]string{"VASTRELAY_PUBLIC_URL": "http://relay.example.net"}, "", "VASTRELAY_PUBLIC_URL: The address must begin"},
		{"a listen address without a port", map[string]string{"VASTRELAY_LISTEN": "127.0.0.1"}, "", "VASTRELAY_LISTEN: Enter a host and a port"},
		{"a domain without a dot", map[string]string{"VASTRELAY_NGROK_DOMAIN": "example"}, "", "VASTRELAY_NGROK_DOMAIN: Enter just the domain"},
		{"an ngrok server as a URL", map[string]string{"VASTRELAY_NGROK_CONNECT_URL": "https://edge.example.net"}, "", "VASTRELAY_NGROK_CONNECT_URL: Enter a host and a port"},
		{"a path with a NUL", map[string]string{"VASTRELAY_NGROK_CA": "/etc\x00/ca"}, "", "VASTRELAY_NGROK_CA: It is not the path of a file."},
		{"a Chat host without a port", map[string]string{"VASTRELAY_CHAT_HOSTS": "chat.example.net"}, "", "VASTRELAY_CHAT_HOSTS: Enter a host and a port"},
		{"a probe target without a host", map[string]string{"VASTRELAY_PUBLIC_CONNECT": ":443"}, "", "VASTRELAY_PUBLIC_CONNECT: The host"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env, err := envOf(c.vars, c.file)
			var envErr EnvError
			if !errors.As(err, &envErr) || len(envErr) != 1 {
				t.Fatalf("got %v, want one error", err)
			}
			if got := err.Error(); !strings.HasPrefix(got, c.want) {
				t.Errorf("got %q, want it to begin with %q", got, c.want)
			}
			if strings.Contains(err.Error(), planted) {
				t.Errorf("the error shows a secret: %v", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is longer than a line: %q", err)
			}
			if !reflect.DeepEqual(env, Env{}) {
				t.Errorf("got %+v beside an error, want the zero Env", env)
			}
		})
	}
}

func TestFromEnvNamesEverythingThatIsWrongAtOnce(t *testing.T) {
	_, err := envOf(map[string]string{"VAST_URL": "ftp://x", "VASTRELAY_TUNNEL": "x", "VAST_API_KEY": " "}, "")
	var envErr EnvError
	if !errors.As(err, &envErr) || len(envErr) != 3 {
		t.Fatalf("got %v, want three errors", err)
	}
}

func TestApplyLetsTheEnvironmentWin(t *testing.T) {
	chosen := Settings{InstallationID: "abcd1234", EventTypes: []string{"client:outbid"}, TunnelValues: tunnel.Values{"listen": "127.0.0.1:1"}, Label: "Ops"}
	env := Env{Events: []string{"host:machine_offline"}, Settings: map[Field]string{"tunnel": "url", "public_url": "https://a.example", "ngrok_domain": "d.example"}}
	got := env.Apply(chosen)
	want := Settings{
		InstallationID: "abcd1234", EventTypes: []string{"host:machine_offline"}, Host: true, Tunnel: "url",
		TunnelValues: tunnel.Values{"public_url": "https://a.example", "ngrok_domain": "d.example", "listen": "127.0.0.1:1"}, Label: "Ops",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got := (Env{}).Apply(chosen); !reflect.DeepEqual(got, chosen) {
		t.Errorf("an empty environment changed the settings: got %+v, want %+v", got, chosen)
	}
	if chosen.EventTypes[0] != "client:outbid" {
		t.Error("Apply changed the settings it was given")
	}
}

func TestOverridesNamesWhatLeadsElsewhere(t *testing.T) {
	for _, c := range []struct {
		name string
		env  Env
		want []string
	}{
		{"nothing set", Env{}, nil},
		{"the vendors' own hosts, spelt out", Env{VastURL: DefaultVastURL, ChatHosts: []string{"chat.googleapis.com:443"}}, nil},
		{"an address of one's own is no override", Env{Settings: map[Field]string{"public_url": "https://a.example", "ngrok_domain": "d.example"}}, nil},
		{
			"everything",
			Env{VastURL: "https://a.example", ChatHosts: []string{"b.example:443"}, Servers: map[Variable]string{ngrokServer: "c.example:443"}, NgrokCA: "/ca", PublicConnect: "d.example:443"},
			[]string{"VAST_URL", "VASTRELAY_CHAT_HOSTS", "VASTRELAY_NGROK_CONNECT_URL", "VASTRELAY_NGROK_CA", "VASTRELAY_PUBLIC_CONNECT"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.env.Overrides(); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestStoredCredentialsGoToTheVendorsOwnHostsOnly(t *testing.T) {
	const google = "https://chat.googleapis.com/v1/spaces/S/messages?key=k&token=" + planted
	for _, c := range []struct {
		name       string
		env        Env
		credential Variable
		stored     string
		want       *OverrideError // nil: allowed
	}{
		{"the key without overrides", Env{}, VarVastKey, "", nil},
		{"the key to Vast.ai, spelt out", Env{VastURL: DefaultVastURL}, VarVastKey, "", nil},
		{"the key to another host", Env{VastURL: "https://evil.example"}, VarVastKey, "", &OverrideError{VarVastURL, VarVastKey}},
		{"the key to loopback", Env{VastURL: "http://127.0.0.1:1"}, VarVastKey, "", &OverrideError{VarVastURL, VarVastKey}},
		{"the key to another port of Vast.ai", Env{VastURL: DefaultVastURL + ":8443"}, VarVastKey, "", &OverrideError{VarVastURL, VarVastKey}},
		{"the key while only Chat is led elsewhere", Env{ChatHosts: []string{"a.example:1"}}, VarVastKey, "", nil},
		{"the token without overrides", Env{}, VarNgrokToken, "", nil},
		{"the token to another server", Env{Servers: map[Variable]string{ngrokServer: "evil.example:443"}}, VarNgrokToken, "", &OverrideError{ngrokServer, VarNgrokToken}},
		{"the token under another root of trust", Env{NgrokCA: "/ca"}, VarNgrokToken, "", &OverrideError{VarNgrokCA, VarNgrokToken}},
		{"the token while only another vendor is led elsewhere", Env{Servers: map[Variable]string{"VASTRELAY_PIGEON_SERVER": "a.example:1"}}, VarNgrokToken, "", nil},
		{"the token while only Vast.ai is led elsewhere", Env{VastURL: "https://a.example"}, VarNgrokToken, "", nil},
		{"a Google URL without overrides", Env{}, VarChatURL, google, nil},
		{"a Google URL while other hosts are accepted, too", Env{ChatHosts: []string{"a.example:1"}}, VarChatURL, google, nil},
		{"a stand-in's URL while its host is accepted", Env{ChatHosts: []string{"127.0.0.1:1"}}, VarChatURL, "http://127.0.0.1:1/v1/spaces/S/messages?key=k&token=t", &OverrideError{VarChatHosts, VarChatURL}},
		{"a stand-in's URL without overrides", Env{}, VarChatURL, "http://127.0.0.1:1/v1/spaces/S/messages?key=k&token=t", &OverrideError{"", VarChatURL}},
		{"Google over plain http", Env{}, VarChatURL, strings.Replace(google, "https", "http", 1), &OverrideError{"", VarChatURL}},
		{"a host that begins like Google's", Env{}, VarChatURL, strings.Replace(google, ".com", ".com.evil.example", 1), &OverrideError{"", VarChatURL}},
		{"Google's host as a user name", Env{}, VarChatURL, "https://chat.googleapis.com@evil.example/", &OverrideError{"", VarChatURL}},
		{"no URL at all", Env{}, VarChatURL, "%zz", &OverrideError{"", VarChatURL}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := Variable("")
			if c.credential == VarNgrokToken {
				server = ngrokServer
			}
			err := c.env.AllowStored(c.credential, relay.NewSecret(c.stored), server)
			var got *OverrideError
			if errors.As(err, &got); !reflect.DeepEqual(got, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), planted) || !strings.Contains(err.Error(), string(c.credential))) {
				t.Errorf("got %q, want the variable named and no secret", err)
			}
		})
	}
}

func TestTheWebhookSecretIsTakenByteForByte(t *testing.T) {
	for _, value := range []string{"  ", " inside and around ", `"quoted"`} {
		env, err := envOf(map[string]string{"VAST_WEBHOOK_SECRET": value}, "")
		if got := env.WebhookSecret.Reveal(); err != nil || got != value {
			t.Errorf("got %q, %v, want %q", got, err, value)
		}
	}
}
