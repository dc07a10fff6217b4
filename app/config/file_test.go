package config

import (
	"errors"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestAReplacementThatFailsLeavesTheOldContent(t *testing.T) {
	errDisk := errors.New("disk trouble")
	for _, c := range []struct {
		name   string
		broken func(*steps)
		want   string // what the file holds afterwards
	}{
		{"the disk fills up half way", func(s *steps) {
			s.write = func(f *os.File, data []byte) error { _, _ = f.Write(data[:1]); return errDisk }
		}, "old"},
		{"the sync of the content fails", func(s *steps) { s.sync = func(*os.File) error { return errDisk } }, "old"},
		{"the rename fails", func(s *steps) { s.rename = func(string, string) error { return errDisk } }, "old"},
		{"the sync of the folder fails", func(s *steps) { s.syncDir = func(string) error { return errDisk } }, "new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			if err := ReplaceFile(path, []byte("old")); err != nil {
				t.Fatal(err)
			}
			s := osSteps()
			c.broken(&s)
			if err := s.replace(path, []byte("new")); !errors.Is(err, errDisk) {
				t.Errorf("got %v, want the cause", err)
			}
			if got, _ := os.ReadFile(path); string(got) != c.want {
				t.Errorf("content: got %q, want %q", got, c.want)
			}
			if names := namesIn(t, filepath.Dir(path)); !slices.Equal(names, []string{"file"}) {
				t.Errorf("folder: got %v, want the file alone", names)
			}
		})
	}
}

func TestAReplacementSyncsTheContentBeforeTheRenameAndTheFolderAfter(t *testing.T) {
	var order []string
	s := osSteps()
	note := func(step string) { order = append(order, step) }
	write, sync, rename, syncDir := s.write, s.sync, s.rename, s.syncDir
	s.write = func(f *os.File, data []byte) error { note("write"); return write(f, data) }
	s.sync = func(f *os.File) error { note("sync"); return sync(f) }
	s.rename = func(from, to string) error { note("rename"); return rename(from, to) }
	s.syncDir = func(dir string) error { note("sync folder"); return syncDir(dir) }
	if err := s.replace(filepath.Join(t.TempDir(), "file"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"write", "sync", "rename", "sync folder"}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}

func TestALeftoverOfACrashIsNeitherReadNorFollowed(t *testing.T) {
	dir := t.TempDir()
	path, victim := filepath.Join(dir, "file"), filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("untouched"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path+".tmp"); err != nil {
		t.Skip("no symbolic links here")
	}
	if err := ReplaceFile(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(victim); string(got) != "untouched" {
		t.Errorf("the link was followed: got %q", got)
	}
	if got := modeOf(t, path); runtime.GOOS != "windows" && got != 0o600 {
		t.Errorf("mode: got %o, want 600", got)
	}
}

func TestSetAsideNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"one", "two", "three"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		aside, err := SetAside(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(aside); string(got) != content {
			t.Errorf("%s: got %q, want %q", aside, got, content)
		}
	}
	if got, want := namesIn(t, dir), []string{"file.damaged", "file.damaged-2", "file.damaged-3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := SetAside(path); err == nil {
		t.Error("a missing file: got nil, want an error")
	}
}

func TestLoadOfAMissingFileIsTheZeroValue(t *testing.T) {
	f := NewFile[[]string](filepath.Join(t.TempDir(), "list"))
	if got, err := f.Load(); err != nil || got != nil {
		t.Errorf("got %v, %v, want nil, nil", got, err)
	}
	if err := f.Save([]string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Load(); err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %v, %v, want the list", got, err)
	}
	if err := NewFile[chan int](filepath.Join(t.TempDir(), "x")).Save(nil); err == nil {
		t.Error("a value that JSON cannot hold: got nil, want an error")
	}
}

func TestDamagedErrorSaysWhereTheFileIs(t *testing.T) {
	cause := errors.New("cause")
	for want, err := range map[string]*DamagedError{
		"a.json is damaged: cause":                                     {Path: "/d/a.json", Err: cause},
		"a.json is damaged and was set aside as a.json.damaged: cause": {Path: "/d/a.json", Aside: "/d/a.json.damaged", Err: cause},
	} {
		if got := err.Error(); got != want || !errors.Is(err, cause) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzSettingsFile(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"installation_id":"abcd1234"}`, `{"installation_id":"abcd1234","event_types":["client:outbid"],"tunnel":"url","public_url":"https://a.example"}`,
		`{"installation_id":5}`, `[`, "\x00\x00", `{"installation_id":"abcd1234"}trailing`,
	} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(dir, "settings.json")
		_ = os.Remove(path + ".damaged")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Open(path)
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		if !validID(c.InstallationID()) {
			t.Errorf("got id %q", c.InstallationID())
		}
		again, err := Open(path)
		if err != nil || again.Damaged() != nil || again.InstallationID() != c.InstallationID() {
			t.Errorf("second open: %v, %v, id %q and %q", err, again.Damaged(), c.InstallationID(), again.InstallationID())
		}
	})
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// origins seeds both the test and the fuzz target of ParseOrigin.
var origins = map[string]string{ // raw: want; empty: refused
	"https://relay.example.net":             "https://relay.example.net",
	" https://Relay.Example.NET./ ":         "https://relay.example.net",
	"https://relay.example.net:443":         "https://relay.example.net",
	"https://relay.example.net:0443":        "https://relay.example.net",
	"https://relay.example.net:08443":       "https://relay.example.net:8443",
	"https://relay.example.net:8443/":       "https://relay.example.net:8443",
	"https://[2001:DB8::1]:8443":            "https://[2001:db8::1]:8443",
	"https://[2001:db8::1]":                 "https://[2001:db8::1]",
	"http://127.0.0.1:8787":                 "http://127.0.0.1:8787",
	"http://localhost:80":                   "http://localhost",
	"http://[::1]:8787":                     "http://[::1]:8787",
	"":                                      "",
	"relay.example.net":                     "",
	"http://relay.example.net":              "",
	"http://127.0.0.1.evil.example":         "",
	"https://":                              "",
	"https://:443":                          "",
	"https://relay.example.net:":            "",
	"https://relay.example.net:0":           "",
	"https://relay.example.net:65536":       "",
	"https://relay.example.net/path":        "",
	"https://relay.example.net?x":           "",
	"https://relay.example.net?":            "",
	"https://relay.example.net#x":           "",
	"https://relay.example.net#":            "",
	"https://u@relay.example.net":           "",
	"https://re lay.example.net":            "",
	"https://relay_example.net":             "",
	"https://-relay.example.net":            "",
	"https://réseau.example":                "https://xn--rseau-bsa.example",
	"https://BÜCHER.example.:443/":          "https://xn--bcher-kva.example",
	"https://b%C3%BCcher.example":           "https://xn--bcher-kva.example",
	"https://例え。テスト":                        "https://xn--r8jz45g.xn--zckzah",
	"https://a\u202eb.example":              "",
	"https://" + strings.Repeat("ü", 70):    "",
	"https://[fe80::1%25eth0]":              "",
	"mailto:a@b.example":                    "",
	"https:relay.example.net":               "",
	"javascript:alert(1)":                   "",
	"https://a.example\x00":                 "",
	"https://" + strings.Repeat("a.", 1200): "",
}

func TestParseOrigin(t *testing.T) {
	for raw, want := range origins {
		got, err := ParseOrigin(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", raw, got, err, want)
		}
	}
}

func FuzzParseOrigin(f *testing.F) {
	for raw := range origins {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := ParseOrigin(raw)
		if err != nil {
			return
		}
		again, err := ParseOrigin(got)
		if err != nil || again != got {
			t.Errorf("%q became %q, which became %q, %v", raw, got, again, err)
		}
		if !strings.HasPrefix(got, "https://") && !strings.HasPrefix(got, "http://localhost") &&
			!strings.HasPrefix(got, "http://127.") && !strings.HasPrefix(got, "http://[::") {
			t.Errorf("%q became %q, which is neither https nor loopback", raw, got)
		}
	})
}

// publicURLs seeds both the test and the fuzz target of ParsePublicURL, beside
// origins, of which only those with a path have another result.
var publicURLs = map[string]string{ // raw: want; empty: refused
	"https://relay.example.net/path":             "https://relay.example.net/path",
	"https://My.TLD/Hooks/":                      "https://my.tld/Hooks",
	" https://my.tld:443/a/b-c_d~e.f/// ":        "https://my.tld/a/b-c_d~e.f",
	"https://bücher.example:8443/post fach/ü":    "https://xn--bcher-kva.example:8443/post%20fach/%C3%BC",
	"https://my.tld/%c3%bc/%61":                  "https://my.tld/%C3%BC/a",
	"http://127.0.0.1:8787/hooks":                "http://127.0.0.1:8787/hooks",
	"https://my.tld//hooks":                      "",
	"https://my.tld/a/../b":                      "",
	"https://my.tld/./b":                         "",
	"https://my.tld/%2e%2E/b":                    "",
	"https://my.tld/a%2Fb":                       "",
	"https://my.tld/a\\b":                        "",
	"https://my.tld/a%00b":                       "",
	"https://my.tld/%zz":                         "",
	"https://my.tld/hooks?x=1":                   "",
	"https://my.tld/hooks#x":                     "",
	"https://ada@my.tld/hooks":                   "",
	"http://my.tld/hooks":                        "",
	"my.tld/hooks":                               "",
	"https://my.tld/" + strings.Repeat("ü", 990): "",
}

func TestParsePublicURL(t *testing.T) {
	want := maps.Clone(origins)
	maps.Copy(want, publicURLs)
	for raw, want := range want {
		got, err := ParsePublicURL(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", raw, got, err, want)
		}
	}
}

func FuzzParsePublicURL(f *testing.F) {
	for raw := range publicURLs {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := ParsePublicURL(raw)
		if err != nil {
			return
		}
		again, err := ParsePublicURL(got)
		if err != nil || again != got {
			t.Errorf("%q became %q, which became %q, %v", raw, got, again, err)
		}
		u, err := url.Parse(got)
		if err != nil || strings.HasSuffix(got, "/") || u.EscapedPath() != u.Path && u.RawPath != "" {
			t.Errorf("%q became %q, %v", raw, got, err)
		}
		if path := PublicPath(got); path != u.Path {
			t.Errorf("PublicPath(%q): got %q, want %q", got, path, u.Path)
		}
	})
}

func TestParseHostsPortsAndDomains(t *testing.T) {
	for _, c := range []struct {
		name  string
		parse func(string) (string, error)
		raw   string
		want  string // empty: refused
	}{
		{"listen on loopback", ParseListen, " 127.0.0.1:8787 ", "127.0.0.1:8787"},
		{"listen on every interface", ParseListen, ":8787", ":8787"},
		{"listen on a name", ParseListen, "LOCALHOST:08787", "localhost:8787"},
		{"listen on any free port", ParseListen, "127.0.0.1:0", ""},
		{"listen on a service name", ParseListen, "127.0.0.1:http", ""},
		{"listen on a URL", ParseListen, "http://127.0.0.1:8787", ""},
		{"connect to a name", ParseHostPort, "Edge.example.net:443", "edge.example.net:443"},
		{"connect to IPv6", ParseHostPort, "[::1]:443", "[::1]:443"},
		{"connect without a host", ParseHostPort, ":443", ""},
		{"connect with a user", ParseHostPort, "u@host:443", ""},
		{"a domain", ParseDomain, " Example.ngrok.app ", "example.ngrok.app"},
		{"a pasted address", ParseDomain, "https://example.ngrok.app/", "example.ngrok.app"},
		{"a domain in upper case with a final dot", ParseDomain, "Example.ngrok.APP.", "example.ngrok.app"},
		{"a pasted address in upper case with its port", ParseDomain, " HTTPS://Example.ngrok.app:443/ ", "example.ngrok.app"},
		{"a domain beyond ASCII", ParseDomain, "Bücher.example", "xn--bcher-kva.example"},
		{"a pasted address beyond ASCII", ParseDomain, "https://bücher.example./", "xn--bcher-kva.example"},
		{"a pasted http address", ParseDomain, "http://example.ngrok.app", ""},
		{"a pasted address with another port", ParseDomain, "https://example.ngrok.app:8443", ""},
		{"a pasted address with a path", ParseDomain, "https://example.ngrok.app/x", ""},
		{"a domain with a port", ParseDomain, "example.ngrok.app:443", ""},
		{"a domain with a path", ParseDomain, "example.ngrok.app/x", ""},
		{"an IP address as a domain", ParseDomain, "127.0.0.1", ""},
		{"an empty domain", ParseDomain, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.parse(c.raw)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%q: got %q, %v, want %q", c.raw, got, err, c.want)
			}
		})
	}
}

func TestValidateNamesEachField(t *testing.T) {
	many := make([]string, 201)
	for _, c := range []struct {
		name     string
		settings Settings
		want     Field // empty: well
	}{
		{"the defaults", Settings{}, ""},
		{"an address of one's own", Settings{Tunnel: TunnelURL, PublicURL: "https://a.example"}, ""},
		{"an event without context", Settings{EventTypes: []string{"outbid"}}, FieldEventTypes},
		{"an event twice", Settings{EventTypes: []string{"client:outbid", "client:outbid"}}, FieldEventTypes},
		{"too many events", Settings{EventTypes: many}, FieldEventTypes},
		{"an unknown form", Settings{Form: "opera"}, FieldForm},
		{"unknown threads", Settings{Threads: "sideways"}, FieldThreads},
		{"an unknown tunnel", Settings{Tunnel: "carrier"}, FieldTunnel},
		{"a tunnel without its address", Settings{Tunnel: TunnelURL}, FieldPublicURL},
		{"a wrong address that is not in use", Settings{PublicURL: "ftp://a.example"}, FieldPublicURL},
		{"a wrong domain", Settings{NgrokDomain: "x"}, FieldNgrokDomain},
		{"a wrong port", Settings{Listen: "127.0.0.1:x"}, FieldListen},
		{"a space id with a slash", Settings{Space: "spaces/A"}, FieldSpace},
		{"a name of two lines", Settings{Label: "a\nb"}, FieldLabel},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Validate(c.settings)
			if c.want == "" {
				if err != nil {
					t.Errorf("got %v, want nil", err)
				}
				return
			}
			var wrong ValidationError
			if !errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Field != c.want {
				t.Fatalf("got %v, want an error of %s alone", err, c.want)
			}
			if s := wrong.Sentence(c.want); !strings.HasSuffix(s, ".") || s != err.Error() || !strings.HasPrefix(wrong[0].Error(), string(c.want)) {
				t.Errorf("got %q, want a sentence", s)
			}
		})
	}
}
