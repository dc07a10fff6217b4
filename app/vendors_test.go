package app

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/cloudflared/cloudflaredtest"
	"vastrelay/relay/tunnel/tunneltest"
)

// TestEveryTunnelVendorDescribesItself holds each vendor in the list to what the
// settings, the window, the environment and the bridge read of it.
func TestEveryTunnelVendorDescribesItself(t *testing.T) {
	used := map[string]string{}
	once := func(t *testing.T, what, value, vendor string) {
		t.Helper()
		if other, twice := used[what+value]; value == "" || twice {
			t.Errorf("%s %q of %s: used by %q already, or empty", what, value, vendor, other)
		}
		used[what+value] = vendor
	}
	for _, v := range TunnelVendors() {
		t.Run(v.Name, func(t *testing.T) {
			once(t, "name", v.Name, v.Name)
			once(t, "title", v.Title, v.Name)
			if !strings.HasSuffix(v.AwayCost, ".") {
				t.Errorf("what sleep costs: got %q, want a sentence", v.AwayCost)
			}
			if v.Away == nil || !slices.Contains([]tunnel.Away{tunnel.AwayFinal, tunnel.AwayRetried}, v.Away(nil)) {
				t.Error("what becomes of deliveries meanwhile is not said")
			}
			if v.ServerVariable != "" {
				once(t, "variable", v.ServerVariable, v.Name)
			} else if v.Credential != "" && !slices.ContainsFunc(v.Fields, func(f tunnel.Field) bool { return f.Receives }) {
				t.Error("its credential cannot be kept from somebody else, whom no variable names")
			}
			if v.New == nil {
				t.Fatal("it makes no provider")
			}
			if needs := v.Credential != ""; needs != (v.Check != nil) {
				t.Errorf("it needs a credential: %v, it checks one: %v", needs, v.Check != nil)
			} else if needs && !slices.Contains(credentials.Kinds(), credentials.Kind(v.Credential)) {
				t.Errorf("the credential %q is in no table", v.Credential)
			}
			o := tunnel.Options{Values: tunnel.Values{}, Folder: t.TempDir(), Token: relay.NewSecret(cloudflaredtest.Token("of a vendor"))}
			for _, f := range v.Fields {
				once(t, "key", f.Key, v.Name)
				once(t, "variable", f.Variable, v.Name)
				once(t, "label", f.Label, v.Name)
				if !strings.HasSuffix(f.Hint, ".") || f.Parse == nil {
					t.Errorf("%s: got the hint %q, want sentences, and a parser", f.Key, f.Hint)
					continue
				}
				if spelled, err := f.Parse(f.Example); err != nil || spelled != f.Example {
					t.Errorf("%s: got %q, %v for its own example", f.Key, spelled, err)
				}
				if _, err := f.Parse("\x00"); err == nil || !strings.HasSuffix(err.Error(), ".") {
					t.Errorf("%s: got %v for no value at all, want a sentence", f.Key, err)
				}
				o.Values[f.Key] = f.Example
			}
			if provider, err := v.New(o); err != nil || provider == nil {
				t.Errorf("made from its own examples: got %v, %v", provider, err)
			}
			if v.PublicURL != nil && relay.PublicPath(v.PublicURL(o.Values)) != "" {
				t.Errorf("got the path of %q, want none", v.PublicURL(o.Values))
			}
			for _, f := range v.Fields {
				o.Values[f.Key] = "\x00"
			}
			if provider, err := v.New(o); err == nil || provider != nil {
				t.Errorf("made from settings that cannot work: got %v, %v, want nil and an error", provider, err)
			}
		})
	}
}

// TestVendorsOfTestsAreThoseOfTheProgram keeps the screens that tests draw true.
func TestVendorsOfTestsAreThoseOfTheProgram(t *testing.T) {
	described := func(vendors []tunnel.Vendor) []tunnel.Vendor {
		var list []tunnel.Vendor
		for _, v := range vendors {
			v.Away, v.New, v.Check, v.PublicURL, v.ProxyInFront, v.Policy = nil, nil, nil, nil, nil, nil
			v.Fields = slices.Clone(v.Fields)
			for i := range v.Fields {
				v.Fields[i].Parse = nil
				if v.Fields[i].Key == "cloudflared_path" { // where programs lie, each system has its own example
					v.Fields[i].Example = ""
				}
			}
			list = append(list, v)
		}
		return list
	}
	if got, want := described(tunneltest.Vendors()), described(TunnelVendors()); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// TestSettingsOfAVendorNeedNoCodeOfTheirOwn gives the settings a vendor that the
// program does not have.
func TestSettingsOfAVendorNeedNoCodeOfTheirOwn(t *testing.T) {
	vendors := append(TunnelVendors(), tunnel.Vendor{
		Name:   "pigeon",
		Fields: []tunnel.Field{{Key: "pigeon_loft", Variable: "VASTRELAY_PIGEON_LOFT", Required: true, Parse: relay.ParseDomain}},
	})
	path := t.TempDir() + "/settings.json"
	kept, err := config.Open(path, vendors)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Change(to(config.Settings{Tunnel: "pigeon"})); err == nil {
		t.Error("saved without the field that the vendor needs")
	}
	if err := kept.Change(to(config.Settings{Tunnel: "pigeon", TunnelValues: tunnel.Values{"pigeon_loft": "Loft.Example."}})); err != nil {
		t.Fatal(err)
	}
	again, err := config.Open(path, vendors)
	if err != nil {
		t.Fatal(err)
	}
	if s := again.Settings(); s.Tunnel != "pigeon" || s.TunnelValues["pigeon_loft"] != "loft.example" || len(again.UnknownValues(s)) > 0 {
		t.Errorf("read again: got %+v", s)
	}
	getenv := func(name string) string { return map[string]string{"VASTRELAY_PIGEON_LOFT": "other.example"}[name] }
	env, err := config.FromEnv(getenv, nil, config.Credentials{}, vendors, nil)
	if s := env.Apply(again.Settings()); err != nil || s.TunnelValues["pigeon_loft"] != "other.example" {
		t.Errorf("with the environment: got %+v, %v", s, err)
	}
	without, err := config.Open(path, TunnelVendors())
	if err != nil {
		t.Fatal(err)
	}
	if s := without.Settings(); tunnel.Choose(TunnelVendors(), s.Tunnel).Name != "ngrok" || len(without.UnknownValues(s)) != 2 {
		t.Errorf("read by a version without it: got %+v, unknown %q", s, without.UnknownValues(s))
	}
}

// TestEveryTextOfAVendorIsTranslated compares the catalogue with what the vendors say
// of themselves, in English, where they work without the catalogue.
func TestEveryTextOfAVendorIsTranslated(t *testing.T) {
	de := words.Choose("de")
	check := func(vendor, part, own string) {
		t.Helper()
		s, ok := words.Tunnel(vendor, part)
		if ok != (own != "") || s.String() != own || ok && (s.In(de) == "" || s.In(de) == own) {
			t.Errorf("%s, %s: the catalogue has %q and %q, the vendor says %q", vendor, part, s, s.In(de), own)
		}
	}
	for _, v := range TunnelVendors() {
		check(v.Name, "title", v.Title)
		check(v.Name, "away", v.AwayCost)
		check(v.Name, "remark", v.Remark)
		for _, f := range v.Fields {
			check(v.Name, f.Key+".label", f.Label)
			check(v.Name, f.Key+".hint", f.Hint)
		}
	}
}
