package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readPropertyList returns the texts of a property list that is one dictionary, by
// key; "true" and "false" for what is a truth value. It leaves out lists. Source:
// https://www.apple.com/DTDs/PropertyList-1.0.dtd .
func readPropertyList(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := os.Open(path) //nolint:gosec // A file of this tree.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	values := map[string]string{}
	decoder := xml.NewDecoder(file)
	key, text, inList := "", "", false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return values
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			text, inList = "", inList || token.Name.Local == "array"
		case xml.CharData:
			text += string(token)
		case xml.EndElement:
			switch token.Name.Local {
			case "key":
				if _, twice := values[text]; twice || key != "" {
					t.Errorf("%s: %q comes twice, or %q has no value", path, text, key)
				}
				key = text
			case "true", "false":
				values[key], key = token.Name.Local, ""
			case "string":
				if !inList {
					values[key], key = text, ""
				}
			case "array":
				key, inList = "", false
			}
		}
	}
}

// TestBundleOfMacOS compares what the system reads of the bundle with what the script
// puts into it.
func TestBundleOfMacOS(t *testing.T) {
	folder := filepath.Join(top, "assets/packaging/macos")
	content, err := os.ReadFile(filepath.Join(folder, "bundle"))
	if err != nil {
		t.Fatal(err)
	}
	script := string(content)
	oldest := regexp.MustCompile(`MACOSX_DEPLOYMENT_TARGET=(.*)`).FindStringSubmatch(script)
	if oldest == nil {
		t.Fatal("the script does not say for which system it builds")
	}
	info := readPropertyList(t, filepath.Join(folder, "Info.plist"))
	for key, want := range map[string]string{
		"CFBundleIdentifier":         iconName,
		"CFBundleExecutable":         "vastrelay",
		"CFBundleIconFile":           "vastrelay",
		"CFBundlePackageType":        "APPL",
		"CFBundleShortVersionString": "VERSION",
		"CFBundleVersion":            "VERSION",
		"LSMinimumSystemVersion":     oldest[1],
		"LSUIElement":                "true",
		"NSHighResolutionCapable":    "true",
	} {
		if got := info[key]; got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	for _, part := range []string{
		`"$app/Contents/MacOS/` + info["CFBundleExecutable"] + `"`, `"$app/Contents/Resources/` + info["CFBundleIconFile"] + `.icns"`, `s/VERSION/$version/g`,
	} {
		if !strings.Contains(script, part) {
			t.Errorf("the script has no %s", part)
		}
	}
}
