package settings

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/config"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

func TestTheThemeIsShownAndKeptAsSoonAsItIsPicked(t *testing.T) {
	light, dark := kit.Theme().Color(theme.ColorNameBackground, theme.VariantLight), kit.Theme().Color(theme.ColorNameBackground, theme.VariantDark)
	for _, tt := range []struct {
		pick string
		kept config.Theme
		// backgrounds on a light and on a dark desktop
		onLight, onDark color.Color
	}{
		{"Dark", config.ThemeDark, dark, dark},
		{"Light", config.ThemeLight, light, light},
		{"As the system", config.ThemeSystem, light, dark},
	} {
		t.Run(tt.pick, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			d.b.InForce.General.Theme = config.ThemeLight
			if tt.kept == config.ThemeLight {
				d.b.InForce.General.Theme = config.ThemeDark
			}
			c := d.showSettings(SectionGeneral).win.Content()
			picked(t, c).SetSelected(tt.pick)
			d.Until("the answer", func() bool { return kittest.Sees(c, "Saved;") })
			if got := d.b.Settings().General.Theme; got != tt.kept {
				t.Errorf("kept %q, want %q", got, tt.kept)
			}
			shown := fyne.CurrentApp().Settings().Theme()
			if got := shown.Color(theme.ColorNameBackground, theme.VariantLight); got != tt.onLight {
				t.Errorf("on a light desktop: got %v, want %v", got, tt.onLight)
			}
			if got := shown.Color(theme.ColorNameBackground, theme.VariantDark); got != tt.onDark {
				t.Errorf("on a dark desktop: got %v, want %v", got, tt.onDark)
			}
		})
	}
}

func TestAThemeOfANewerVersionIsTheSystems(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.b.InForce.General.Theme = "sepia"
	c := d.showSettings(SectionGeneral).win.Content()
	if got := picked(t, c).Selected; got != "As the system" {
		t.Errorf("picked is %q, want the default", got)
	}
	if d.b.Called("ChangeSettings") > 0 {
		t.Error("opening the page saves")
	}
}

// picked is the choice of the theme in c.
func picked(t *testing.T, c fyne.CanvasObject) *kit.SelectBox {
	t.Helper()
	for _, name := range []string{"As the system", "Light", "Dark"} {
		if s := kittest.Select(c, name); s != nil {
			return s
		}
	}
	t.Fatal("there is no choice of the theme")
	return nil
}
