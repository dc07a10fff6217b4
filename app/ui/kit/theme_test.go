package kit

import (
	"image"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
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

// under is what is seen of top, which may let through, over a ground.
func under(top, ground color.Color) color.Color {
	r, g, b, a := top.RGBA() // with the alpha multiplied in
	gr, gg, gb, _ := ground.RGBA()
	mixed := func(t, g uint32) uint8 { return uint8((t + g*(0xffff-a)/0xffff) >> 8) }
	return color.RGBA{mixed(r, gr), mixed(g, gg), mixed(b, gb), 0xff}
}

// seenAs is a way to see colours.
type seenAs struct {
	name string
	rows [3][3]float64 // what becomes of red, green and blue, as light
}

// eyes are those of most people, and those that cannot tell red from green: the
// matrices of https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html
// at full severity.
func eyes() []seenAs {
	return []seenAs{
		{"most eyes", [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
		{"deuteranopia", [3][3]float64{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
		{"protanopia", [3][3]float64{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
	}
}

// see is c as those eyes see it.
func (e seenAs) see(c color.Color) color.Color {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	light := [3]float64{linear(r), linear(g), linear(b)}
	var out [3]uint8
	for i, row := range e.rows {
		v := min(max(row[0]*light[0]+row[1]*light[1]+row[2]*light[2], 0), 1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out[i] = uint8(math.Round(v * 255))
	}
	return color.RGBA{out[0], out[1], out[2], 0xff}
}

// grounds are the surfaces that texts and marks stand on.
func grounds() []fyne.ThemeColorName {
	return []fyne.ThemeColorName{
		theme.ColorNameBackground, theme.ColorNameHeaderBackground, theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground,
		theme.ColorNameInputBackground,
	}
}

// texts are the colours of texts, and marks those of marks beside them.
func texts() []fyne.ThemeColorName {
	return []fyne.ThemeColorName{
		theme.ColorNameForeground, theme.ColorNamePlaceHolder, theme.ColorNameDisabled, theme.ColorNamePrimary, theme.ColorNameHyperlink,
		theme.ColorNameSuccess, theme.ColorNameWarning, theme.ColorNameError,
	}
}

func marks() []fyne.ThemeColorName {
	return []fyne.ThemeColorName{
		theme.ColorNamePrimary, theme.ColorNameSuccess, theme.ColorNameWarning, theme.ColorNameError, theme.ColorNamePlaceHolder, theme.ColorNameForeground,
	}
}

// The least contrasts of texts and of marks, after
// https://www.w3.org/TR/WCAG21/#contrast-minimum and #non-text-contrast .
const leastText, leastMark = 4.5, 3

func TestColoursCanBeRead(t *testing.T) {
	look := Theme()
	check := func(who, word string, ink, ground color.Color, least float64, what string) {
		t.Helper()
		if got := contrast(ink, ground); got < least {
			t.Errorf("%s, %s: %s has a contrast of %.2f, want at least %v", word, who, what, got, least)
		}
	}
	for variant, word := range map[fyne.ThemeVariant]string{theme.VariantLight: "light", theme.VariantDark: "dark"} {
		of := func(name fyne.ThemeColorName) color.Color { return look.Color(name, variant) }
		for _, eye := range eyes() {
			for _, ground := range grounds() {
				for _, ink := range texts() {
					least := leastText
					if eye.name != "most eyes" && ink != theme.ColorNameForeground {
						least = leastMark // Beside each stands a word or a shape.
					}
					check(eye.name, word, eye.see(of(ink)), eye.see(of(ground)), least, string(ink)+" on "+string(ground))
				}
				for _, ink := range marks() {
					check(eye.name, word, eye.see(of(ink)), eye.see(of(ground)), leastMark, "a mark in "+string(ink)+" on "+string(ground))
				}
			}
			for ground, ink := range map[fyne.ThemeColorName]fyne.ThemeColorName{
				theme.ColorNamePrimary: theme.ColorNameForegroundOnPrimary,
				theme.ColorNameSuccess: theme.ColorNameForegroundOnSuccess,
				theme.ColorNameWarning: theme.ColorNameForegroundOnWarning,
				theme.ColorNameError:   theme.ColorNameForegroundOnError,
				theme.ColorNameButton:  theme.ColorNameForeground,
			} {
				check(eye.name, word, eye.see(of(ink)), eye.see(of(ground)), leastText, string(ink)+" on "+string(ground))
			}
		}
		// A selected row and one under the pointer lie over the ground.
		for _, veil := range []fyne.ThemeColorName{theme.ColorNameSelection, theme.ColorNameHover, theme.ColorNameFocus} {
			ground := under(of(veil), of(theme.ColorNameBackground))
			for _, ink := range []fyne.ThemeColorName{theme.ColorNameForeground, theme.ColorNamePlaceHolder} {
				least := leastText
				if veil == theme.ColorNameFocus {
					least = leastMark // Only the grounds of large buttons have it.
				}
				check("most eyes", word, of(ink), ground, least, string(ink)+" on a row with "+string(veil))
			}
		}
		check("most eyes", word, of(theme.ColorNameInputBorder), of(theme.ColorNameBackground), leastMark, "the border of a field")
		check("most eyes", word, of(theme.ColorNamePrimary), of(theme.ColorNameInputBackground), leastMark, "the border of a field with the focus")
	}
}

// TestMarksAreToldApartByShapeAlone draws every shape: eyes that see no colour at all
// must find them different.
func TestMarksAreToldApartByShapeAlone(t *testing.T) {
	test.NewTempApp(t)
	shapes := map[string]string{
		"tick disc": ShapeTickDisc, "tick": ShapeTick, "ring": ShapeRing, "clock": ShapeClock, "triangle": ShapeTriangle, "warning": ShapeWarning,
		"gap": ShapeGap, "bars": ShapeBars, "dot": ShapeDot, "square": ShapeSquare, "page": ShapePage, "tray": ShapeTray, "plus": ShapePlus, "dots": ShapeDots,
	}
	const side = 18 // as in the list of events
	drawn := map[string]image.Image{}
	for name, shape := range shapes {
		c := software.NewTransparentCanvas()
		c.SetPadded(false)
		c.SetContent(canvas.NewImageFromResource(Mark("test-"+name, shape, theme.ColorNameForeground)))
		c.Resize(fyne.NewSquareSize(side))
		drawn[name] = c.Capture()
	}
	for a := range shapes {
		for b := range shapes {
			if a >= b {
				continue
			}
			different := 0
			for y := range side {
				for x := range side {
					_, _, _, one := drawn[a].At(x, y).RGBA()
					_, _, _, other := drawn[b].At(x, y).RGBA()
					if (one > 0x7fff) != (other > 0x7fff) {
						different++
					}
				}
			}
			if least := side * side / 25; different < least {
				t.Errorf("%s and %s differ in %d pixels, want at least %d", a, b, different, least)
			}
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
