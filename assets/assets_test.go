package assets

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"slices"
	"testing"
)

// phases lists every phase that must have an icon of its own, and the trouble that
// mends itself.
var phases = []string{"setup", "starting", "relaying", "paused", "standby", "attention", "retrying", "stopped"}

func TestIconIsASquarePNG(t *testing.T) {
	icon, err := png.DecodeConfig(bytes.NewReader(Icon()))
	if err != nil {
		t.Fatalf("decode the icon: %v", err)
	}
	if icon.Width != 256 || icon.Height != 256 {
		t.Errorf("icon is %d x %d, want 256 x 256", icon.Width, icon.Height)
	}
}

func TestEveryPhaseHasItsOwnTrayIcon(t *testing.T) {
	seen := map[string]string{}
	for _, phase := range phases {
		content := string(Tray(phase))
		if other, taken := seen[content]; taken {
			t.Errorf("phases %q and %q have the same icon", phase, other)
		}
		seen[content] = phase
	}
}

func TestTrayIconsUseOnlyWhatEveryRasteriserDraws(t *testing.T) {
	allowed := []string{"svg", "path", "circle", "rect"}
	for _, phase := range phases {
		t.Run(phase, func(t *testing.T) {
			decoder := xml.NewDecoder(bytes.NewReader(Tray(phase)))
			shapes := 0
			for {
				token, err := decoder.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("parse: %v", err)
				}
				element, ok := token.(xml.StartElement)
				if !ok {
					continue
				}
				if !slices.Contains(allowed, element.Name.Local) {
					t.Errorf("element <%s> is not among %v", element.Name.Local, allowed)
				}
				shapes++
			}
			if shapes < 3 {
				t.Errorf("the icon has %d elements, want the picture and at least two shapes", shapes)
			}
		})
	}
}

func TestAnUnknownPhaseNeverLooksHealthy(t *testing.T) {
	for _, phase := range []string{"", "nonsense", "../icon", "relaying/../paused"} {
		if !bytes.Equal(Tray(phase), Tray("attention")) {
			t.Errorf("Tray(%q) is not the attention icon", phase)
		}
	}
}

func TestCallersCannotSpoilTheIcons(t *testing.T) {
	for name, read := range map[string]func() []byte{
		"icon": Icon,
		"tray": func() []byte { return Tray("relaying") },
	} {
		first := read()
		want := bytes.Clone(first)
		first[0] ^= 0xff
		if got := read(); !bytes.Equal(got, want) {
			t.Errorf("%s: a change made by one caller reached the next", name)
		}
	}
}
