package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The three text sizes, as names of the theme.
const (
	SizeTitle = theme.SizeNameSubHeadingText // the sentence of state, titles
	SizeBody  = theme.SizeNameText
	SizeSmall = theme.SizeNameCaptionText
)

// look is the product's theme: the toolkit's own with one accent, readable
// secondary text and the colours of the outcome marks.
type look struct {
	fyne.Theme
	light, dark map[fyne.ThemeColorName]color.Color
	fixed       *fyne.ThemeVariant // shown whatever the desktop says; nil: as the desktop
}

// Theme returns the look of Vast Relay for light and dark desktops. Colours of
// text and marks keep a contrast of at least 4.5:1 on their background.
func Theme() fyne.Theme {
	return &look{Theme: theme.DefaultTheme(), light: lightColours(), dark: darkColours()}
}

// ThemeIn is Theme in one variant, whatever the desktop says.
func ThemeIn(variant fyne.ThemeVariant) fyne.Theme {
	return &look{Theme: theme.DefaultTheme(), light: lightColours(), dark: darkColours(), fixed: &variant}
}

// Color returns the product's colour of that name, else the toolkit's.
func (l *look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if l.fixed != nil {
		variant = *l.fixed
	}
	own := l.light
	if variant == theme.VariantDark {
		own = l.dark
	}
	if c, ok := own[name]; ok {
		return c
	}
	return l.Theme.Color(name, variant)
}

// Size returns the product's size of that name, else the toolkit's.
func (l *look) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case SizeTitle:
		return 19
	case SizeSmall:
		return 12
	case theme.SizeNameInlineIcon:
		return 18
	case theme.SizeNameInputRadius, theme.SizeNameButtonRadius, theme.SizeNameSelectionRadius:
		return 6
	case theme.SizeNameCardRadius:
		return 8
	case theme.SizeNameSplitThickness:
		return 3
	default:
		return l.Theme.Size(name)
	}
}

// rgb is an opaque colour from its usual notation, 0xRRGGBB.
func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff} //nolint:gosec // Cutting to a byte is the point.
}

// shade is a colour with an opacity.
func shade(v uint32, alpha uint8) color.NRGBA {
	c := rgb(v)
	c.A = alpha
	return c
}

func lightColours() map[fyne.ThemeColorName]color.Color {
	return map[fyne.ThemeColorName]color.Color{
		theme.ColorNameBackground:          rgb(0xffffff),
		theme.ColorNameForeground:          rgb(0x1d2129),
		theme.ColorNamePlaceHolder:         rgb(0x5d6675),
		theme.ColorNameDisabled:            rgb(0x5d6675),
		theme.ColorNamePrimary:             rgb(0x3552c8),
		theme.ColorNameHyperlink:           rgb(0x3552c8),
		theme.ColorNameForegroundOnPrimary: rgb(0xffffff),
		theme.ColorNameFocus:               shade(0x3552c8, 0x38),
		theme.ColorNameSelection:           shade(0x3552c8, 0x26),
		theme.ColorNameSuccess:             rgb(0x0b6e6a),
		theme.ColorNameForegroundOnSuccess: rgb(0xffffff),
		theme.ColorNameWarning:             rgb(0x8a5300),
		theme.ColorNameForegroundOnWarning: rgb(0xffffff),
		theme.ColorNameError:               rgb(0xb3261e),
		theme.ColorNameForegroundOnError:   rgb(0xffffff),
		theme.ColorNameButton:              rgb(0xeceff4),
		theme.ColorNameDisabledButton:      rgb(0xf3f5f8),
		theme.ColorNameInputBackground:     rgb(0xf4f6f9),
		theme.ColorNameInputBorder:         rgb(0x8a93a3),
		theme.ColorNameHeaderBackground:    rgb(0xf6f8fb),
		theme.ColorNameMenuBackground:      rgb(0xffffff),
		theme.ColorNameOverlayBackground:   rgb(0xffffff),
		theme.ColorNameSeparator:           rgb(0xdfe3ea),
		theme.ColorNameShadow:              shade(0x000000, 0x22),
	}
}

func darkColours() map[fyne.ThemeColorName]color.Color {
	return map[fyne.ThemeColorName]color.Color{
		theme.ColorNameBackground:          rgb(0x181a1f),
		theme.ColorNameForeground:          rgb(0xe9ebf0),
		theme.ColorNamePlaceHolder:         rgb(0xa2a9b7),
		theme.ColorNameDisabled:            rgb(0xa2a9b7),
		theme.ColorNamePrimary:             rgb(0x9db2ff),
		theme.ColorNameHyperlink:           rgb(0x9db2ff),
		theme.ColorNameForegroundOnPrimary: rgb(0x14161b),
		theme.ColorNameFocus:               shade(0x9db2ff, 0x48),
		theme.ColorNameSelection:           shade(0x9db2ff, 0x30),
		theme.ColorNameSuccess:             rgb(0x55c7b8),
		theme.ColorNameForegroundOnSuccess: rgb(0x14161b),
		theme.ColorNameWarning:             rgb(0xf0b354),
		theme.ColorNameForegroundOnWarning: rgb(0x14161b),
		theme.ColorNameError:               rgb(0xff8f80),
		theme.ColorNameForegroundOnError:   rgb(0x14161b),
		theme.ColorNameButton:              rgb(0x2b2f37),
		theme.ColorNameDisabledButton:      rgb(0x23262d),
		theme.ColorNameInputBackground:     rgb(0x1f2228),
		theme.ColorNameInputBorder:         rgb(0x6f7886),
		theme.ColorNameHeaderBackground:    rgb(0x1f2229),
		theme.ColorNameMenuBackground:      rgb(0x23262d),
		theme.ColorNameOverlayBackground:   rgb(0x1f2229),
		theme.ColorNameSeparator:           rgb(0x31353e),
	}
}
