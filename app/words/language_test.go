package words

import (
	"slices"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		name      string
		preferred string // separated by spaces
		want      string
	}{
		{"nothing is preferred", "", "en"},
		{"a locale of POSIX", "de_DE.UTF-8", "de"},
		{"one with a variant", "de_DE@euro", "de"},
		{"a tag", "de-AT", "de"},
		{"Swiss German, which is written otherwise", "gsw", "en"},
		{"the first that is known", "fr_FR.UTF-8 de_DE.UTF-8 en_GB", "de"},
		{"English before German", "en_GB de_DE", "en"},
		{"the language of programs", "C.UTF-8", "en"},
		{"nonsense", "... \x00 de", "de"},
		{"nothing that is known", "fr ja_JP", "en"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Match(strings.Fields(tt.preferred)...).Tag(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"", "de_DE.UTF-8", "de-AT", "x-klingon", "de@", ".", "C"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, preferred string) {
		if l := Match(preferred); !slices.Contains(Languages(), l) {
			t.Errorf("got %v", l)
		}
	})
}

func TestFromEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  map[string]string
		want []string
	}{
		{"nothing is set", nil, nil},
		{"LANG alone", map[string]string{"LANG": "de_DE.UTF-8"}, []string{"de_DE.UTF-8"}},
		{"LC_MESSAGES outranks LANG", map[string]string{"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, []string{"en_GB.UTF-8"}},
		{"LC_ALL outranks both", map[string]string{"LANG": "en", "LC_MESSAGES": "en", "LC_ALL": "de"}, []string{"de"}},
		{"LANGUAGE is a list that outranks all", map[string]string{"LANG": "en_US.UTF-8", "LANGUAGE": "fr:de:"}, []string{"fr", "de", "en_US.UTF-8"}},
		{"unless translation is off", map[string]string{"LC_ALL": "C", "LANG": "de_DE", "LANGUAGE": "de"}, nil},
		{"or there is no locale", map[string]string{"LANGUAGE": "de"}, nil},
		{"LC_ALL that is empty counts as not set", map[string]string{"LC_ALL": "", "LANG": "de"}, []string{"de"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fromEnvironment(func(name string) string { return tt.env[name] }); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	if got := Choose("de").Name(); got != "Deutsch" {
		t.Errorf("got %q", got)
	}
	system := Match(System()...)
	for _, tag := range []string{"", "tlh"} {
		if got := Choose(tag); got != system {
			t.Errorf("%q: got %q, want the system's", tag, got.Tag())
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int][2]string{
		0: {"0", "0"}, 999: {"999", "999"}, 1234: {"1,234", "1.234"}, -1234567: {"-1,234,567", "-1.234.567"},
	} {
		if en, de := English().Number(n), german(t).Number(n); en != want[0] || de != want[1] {
			t.Errorf("%d: got %q and %q, want %q", n, en, de, want)
		}
	}
}
