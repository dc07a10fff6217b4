package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vastrelay/assets/licences"
)

func TestNothingIsMissing(t *testing.T) {
	embedded, err := licences.All()
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := func(all []licences.Licence) (names []string) {
		for _, l := range all {
			names = append(names, fmt.Sprintf("%s %s %v", l.Module, l.Version, l.Files))
		}
		return names
	}
	got, want := names(embedded), names(compiled)
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("%s is part of the program, and its licence is not shown: run make licences", name)
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("%s is no part of the program any more: run make licences", name)
		}
	}
}

func TestEveryLicenceHasItsText(t *testing.T) {
	all, err := licences.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if l.Module == "" || len(l.Files) == 0 || len(l.Files) != len(l.Texts) {
			t.Errorf("%s: got %d files and %d texts", l.Module, len(l.Files), len(l.Texts))
		}
		for _, text := range l.Texts {
			if len(strings.TrimSpace(text)) < 20 {
				t.Errorf("%s: a text is empty", l.Module)
			}
		}
	}
	text, err := licences.Text()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"fyne.io/fyne/v2 v2.8", "SIL OPEN FONT LICENSE", "modernc.org/sqlite", "Go, LICENSE"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text has no %q", want)
		}
	}
}
