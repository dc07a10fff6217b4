package kit

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// luminance follows https://www.w3.org/TR/WCAG21/#dfn-relative-luminance .
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	part := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestColoursCanBeRead(t *testing.T) {
	look := Theme()
	for variant, word := range map[fyne.ThemeVariant]string{theme.VariantLight: "light", theme.VariantDark: "dark"} {
		for _, ground := range []fyne.ThemeColorName{theme.ColorNameBackground, theme.ColorNameHeaderBackground} {
			for _, ink := range []fyne.ThemeColorName{
				theme.ColorNameForeground, theme.ColorNamePlaceHolder, theme.ColorNameDisabled, theme.ColorNamePrimary, theme.ColorNameHyperlink,
				theme.ColorNameSuccess, theme.ColorNameWarning, theme.ColorNameError,
			} {
				if got := contrast(look.Color(ink, variant), look.Color(ground, variant)); got < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want at least 4.5", word, ink, ground, got)
				}
			}
		}
		for ground, ink := range map[fyne.ThemeColorName]fyne.ThemeColorName{
			theme.ColorNamePrimary: theme.ColorNameForegroundOnPrimary,
			theme.ColorNameSuccess: theme.ColorNameForegroundOnSuccess,
			theme.ColorNameWarning: theme.ColorNameForegroundOnWarning,
			theme.ColorNameError:   theme.ColorNameForegroundOnError,
			theme.ColorNameButton:  theme.ColorNameForeground,
		} {
			if got := contrast(look.Color(ink, variant), look.Color(ground, variant)); got < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want at least 4.5", word, ink, ground, got)
			}
		}
		if got := contrast(look.Color(theme.ColorNameInputBorder, variant), look.Color(theme.ColorNameBackground, variant)); got < 3 {
			t.Errorf("%s: the border of a field has a contrast of %.2f, want at least 3", word, got)
		}
	}
}

func TestThereAreThreeTextSizes(t *testing.T) {
	look := Theme()
	state, common, small := look.Size(SizeTitle), look.Size(SizeBody), look.Size(SizeSmall)
	if state <= common || common <= small || small < 12 {
		t.Errorf("got sizes %v, %v, %v", state, common, small)
	}
}
