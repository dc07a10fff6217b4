package tray

import (
	"image"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/status"
	"vastrelay/assets"
)

// iconSize is the least that panels show.
const iconSize = 16

// allIcons are the names of all pictures.
var allIcons = []string{
	string(status.Setup), string(status.Starting), string(status.Relaying), string(status.Paused),
	string(status.Standby), string(status.Attention), string(status.Stopped), retrying,
}

// draw renders an icon as the toolkit does for the tray.
func draw(name string) image.Image {
	c := software.NewTransparentCanvas()
	c.SetPadded(false)
	c.SetContent(canvas.NewImageFromResource(fyne.NewStaticResource("icon.svg", assets.Tray(name))))
	c.Resize(fyne.NewSquareSize(iconSize))
	return c.Capture()
}

func opaque(c color.Color) bool {
	_, _, _, a := c.RGBA()
	return a > 0x7fff
}

// differing counts the pixels that are painted in only one of two pictures.
func differing(a, b image.Image) int {
	n := 0
	for y := range iconSize {
		for x := range iconSize {
			if opaque(a.At(x, y)) != opaque(b.At(x, y)) {
				n++
			}
		}
	}
	return n
}

func TestPhasesAreToldApartByShapeAlone(t *testing.T) {
	test.NewTempApp(t)
	const least = iconSize * iconSize / 25 // a twenty-fifth of the picture
	blank := image.NewRGBA(image.Rect(0, 0, iconSize, iconSize))
	for i, phase := range allIcons {
		if n := differing(draw(phase), blank); n < 3*least {
			t.Errorf("the icon of %q paints %d pixels, want at least %d", phase, n, 3*least)
		}
		for _, other := range allIcons[:i] {
			if n := differing(draw(phase), draw(other)); n < least {
				t.Errorf("%q and %q differ in %d pixels, want at least %d", phase, other, n, least)
			}
		}
	}
}

func TestIconsContrastWithEveryPanel(t *testing.T) {
	test.NewTempApp(t)
	panels := map[string]color.Color{
		"white": color.White, "light": color.Gray{0xf4}, "dark": color.Gray{0x2b}, "black": color.Black,
	}
	picture := draw(string(status.Relaying))
	ink := picture.At(iconSize/2, iconSize/2) // inside the bell
	if !opaque(ink) {
		t.Fatal("the middle of the icon is empty")
	}
	for name, panel := range panels {
		if got := contrast(ink, panel); got < 3 {
			t.Errorf("contrast with a %s panel is %.2f, want at least 3", name, got)
		}
	}
}

// contrast is the ratio of https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio .
func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}
